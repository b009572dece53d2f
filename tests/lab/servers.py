"""Servers that misbehave on purpose, over plain sockets: what no HTTP library would send."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

from stand_ins import LOOPBACK

Act = Callable[[socket.socket], None]


class Hostile:
    """Reads a request on each connection (its head, unless `read` says how), then acts. With `tls` the handshake comes before that."""

    def __init__(self, act: Act, tls: ssl.SSLContext | None = None, read: Callable[[socket.socket], object] | None = None) -> None:
        self._act, self._tls, self._read = act, tls, read or read_head
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with contextlib.suppress(OSError), connection:
            speaking = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with speaking:
                self._read(speaking)
                self._act(speaking)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)  # wakes up accept()
        self._listening.close()


def read_head(connection: socket.socket) -> bytes:
    """The request up to the empty line; of a TLS handshake that nobody here understands, what comes first."""
    head = b""
    while b"\r\n\r\n" not in head and not head.startswith(b"\x16"):
        some = connection.recv(65536)
        if not some:
            break
        head += some
    return head


def never_answers(connection: socket.socket) -> None:
    connection.recv(1)  # until the client goes


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() sends RST


def hangs_up(connection: socket.socket) -> None:
    """An orderly end without a byte."""


def half_closes(connection: socket.socket) -> None:
    """Its own side is closed; it would go on reading for ever."""
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)


def says(text: str | bytes) -> Act:
    """These bytes, then the end. In a text, line ends are those of HTTP."""
    sent = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()

    def act(connection: socket.socket) -> None:
        connection.sendall(sent)

    return act


def drips(text: str, pause_s: float) -> Act:
    """One byte after another."""

    def act(connection: socket.socket) -> None:
        for byte in text.replace("\n", "\r\n").encode():
            connection.sendall(bytes([byte]))
            time.sleep(pause_s)

    return act


def after(seconds: float, act: Act) -> Act:
    def later(connection: socket.socket) -> None:
        time.sleep(seconds)
        act(connection)

    return later


def says_for_ever(head: str) -> Act:
    """A body without end."""

    def act(connection: socket.socket) -> None:
        says(head)(connection)
        while True:
            connection.sendall(b"and so on, " * 1000)

    return act


HEAD = "HTTP/1.1 200 OK\nContent-Type: text/plain\n"

garbage = says(bytes(range(256)) * 8)
plain_400 = says("HTTP/1.1 400 Bad Request\nContent-Length: 0\nConnection: close\n\n")
ssh_banner = says("SSH-2.0-OpenSSH_9.2p1 Debian-2\n")
http_0_9 = says("<html>health: ok</html>\n")
gigantic_header = says(HEAD + f"X-Filler: {'x' * 1_000_000}\nContent-Length: 2\n\nok")
two_lengths = says(HEAD + "Content-Length: 2\nContent-Length: 20\n\nok")
body_cut_short = says(HEAD + "Content-Length: 1000\n\nonly this")
chunk_cut_short = says(HEAD + "Transfer-Encoding: chunked\n\n400\nonly this")
more_than_promised = says(HEAD + "Content-Length: 2\n\nok, and this nobody waits for")


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        return probe.getsockname()[1]
