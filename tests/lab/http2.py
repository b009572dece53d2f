"""HTTP/2 by hand, frame by frame: what no library would send."""

import contextlib
import socket
import ssl
import struct
from pathlib import Path

from lab.servers import Act
from stand_ins.certificates import Pem

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
REFUSED, EXCESSIVE = 7, 11  # error codes


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """<https://www.rfc-editor.org/rfc/rfc9113#name-frame-format>"""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name: bytes, value: bytes) -> bytes:
    """A literal header field that enters no table (<https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2>)."""
    return b"\x00" + _length(name) + _length(value)


def _length(text: bytes) -> bytes:
    if len(text) < 127:
        return bytes([len(text)]) + text
    rest, out = len(text) - 127, [127]
    while rest >= 128:
        out.append(rest % 128 + 128)
        rest //= 128
    return bytes([*out, rest]) + text


OK = b"\x88"  # :status 200, from the static table
ANSWERED = frame(HEADERS, END_HEADERS, 1, OK)


def number(value: int) -> bytes:
    return struct.pack(">I", value)


def status(value: bytes, *fields: bytes) -> bytes:
    """A whole answer without a body."""
    return frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b":status", value) + b"".join(fields))


def read_request(connection: socket.socket) -> None:
    """Agrees to the client's settings, and reads up to the header fields of its request: an answer before these would be no answer."""
    connection.sendall(frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0))
    _exactly(connection, 24)  # the preface
    kind = SETTINGS
    while kind != HEADERS:
        head = _exactly(connection, 9)
        kind = head[3]
        _exactly(connection, int.from_bytes(head[:3]))


def _exactly(connection: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        some = connection.recv(count - len(read))
        if not some:
            raise ConnectionError
        read += some
    return read


def says(*frames: bytes, again: bytes = b"") -> Act:
    """These frames, and then the same again until the client goes."""

    def act(connection: socket.socket) -> None:
        connection.sendall(b"".join(frames))
        while again:
            connection.sendall(again)
            _drain(connection)
        while connection.recv(65536):
            pass

    return act


def _drain(connection: socket.socket) -> None:
    """A client that cannot write any more might not read either."""
    connection.settimeout(0)
    with contextlib.suppress(ssl.SSLWantReadError, BlockingIOError):
        while connection.recv(65536):
            pass
    connection.settimeout(20)


def context(pem: Pem, folder: Path, protocol: str = "h2") -> ssl.SSLContext:
    """TLS with this certificate, that agrees on this protocol only."""
    file = folder / "server.pem"
    file.write_bytes(pem.certificate + pem.chain + pem.key)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file)
    made.set_alpn_protocols([protocol])
    return made
