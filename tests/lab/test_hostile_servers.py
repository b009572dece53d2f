"""Servers that mean no good: the probe ends in its time, keeps little, does not break, and shows nothing that steers or is secret.

No time is asserted: a run that goes on long after its limit is stopped, and that is the failure.
"""

import gzip
import json
import subprocess
import time
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from doctor import Doctor

from lab import http2, servers
from lab.laboratory import Lab
from lab.http2 import ACK, ANSWERED, END_HEADERS, OK, field, frame, number
from lab.servers import Act, Hostile, says
from stand_ins.certificates import Authority

LIMIT, FAR_BEYOND = "500ms", 20.0
ROOM = 24 * 1024  # so many KiB more than a harmless answer costs
SECRET = b"s3cr3tc00kie"
CONTROLS = b"\xc2\x9b2J\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\x9b31m\xe2\x80\x8b\xc2\x9d0;owned\xc2\x9c"
HEAD = b"HTTP/1.1 200 OK\r\n"
ZEROS = bytes(50_000_000)


def again(first: bytes, rest: bytes) -> Act:
    """A beginning, and then the same until the client goes."""

    def act(connection) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(rest)

    return act


def then(first: bytes, act: Act) -> Act:
    def both(connection) -> None:
        connection.sendall(first)
        act(connection)

    return both


def encoded(encoding: str, body: bytes) -> Act:
    return says(HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def answer(first_line: bytes, rest: bytes = b"Content-Length: 0\r\n\r\n") -> Act:
    return says(b"HTTP/1.1 " + first_line + b"\r\n" + rest)


# What is to be seen: a status, or where it failed.
PLAIN: dict[str, tuple[Act, int | str]] = {
    "harmless": (answer(b"200 OK"), 200),
    "interim": (again(b"", b"HTTP/1.1 199 X\r\n\r\n" * 500), "timeout"),
    "interim-with-fields": (again(b"", b"HTTP/1.1 102 Processing\r\nX-A: bbbbbbbb\r\n\r\n" * 300), "timeout"),
    "chunk-size-of-zeros": (again(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 1000), "timeout"),
    "gzip": (encoded("gzip", gzip.compress(ZEROS)), 200),
    "gzip-in-gzip": (encoded("gzip, gzip", gzip.compress(gzip.compress(ZEROS))), 200),
    "deflate": (encoded("deflate", zlib.compress(ZEROS)), 200),
    "no-brotli": (encoded("br", b"\xff" * 1000), 200),
    "no-zstandard": (encoded("zstd", b"\x28\xb5\x2f\xfd" + b"\xff" * 1000), 200),
    "body-drips": (servers.drips("HTTP/1.1 200 OK\nContent-Length: 1000\n\n" + "x" * 1000, 0.02), "timeout"),
    "resets-mid-head": (then(b"HTTP/1.1 200 OK\r\nX-A:", servers.resets), "reset"),
    "resets-mid-body": (then(HEAD + b"Content-Length: 10\r\n\r\nab", servers.resets), "reset"),
    "half-closes-mid-head": (then(b"HTTP/1.1 200 OK\r\nX-", servers.half_closes), "reset"),
    "half-closes-mid-body": (then(HEAD + b"Content-Length: 10\r\n\r\nab", servers.half_closes), "reset"),
    "switches-protocols": (again(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b"x" * 1000), 101),
    "controls-in-the-reason": (answer(b"500 " + CONTROLS), 500),
    "controls-in-fields": (
        answer(b"302 X", b"".join(b"%s: %s\r\n" % (name, CONTROLS) for name in (b"Server", b"Location", b"Via")) + b"\r\n"),
        302,
    ),
    "escape-in-a-name": (answer(b"500 X", b"X-\x1b[31m: a\r\n\r\n"), "protocol"),
    "cookies": (answer(b"500 X", b"Set-Cookie: sid=%s\r\nset-COOKIE2: %s\r\nContent-Length: 0\r\n\r\n" % (SECRET, SECRET)), 500),
    "long-field": (answer(b"400 X", b"Location: " + b"a" * 300_000 + b"\r\nContent-Length: 0\r\n\r\n"), 400),
    "no-utf8": (answer(b"500 X", b"\r\n" + b"\xff" * 70_000), 500),
    "cut-in-a-character": (answer(b"500 X", b"\r\n" + "€".encode() * 30_000), 500),
    "redirect-to-a-file": (answer(b"302 X", b"Location: file:///etc/passwd\r\nLocation: javascript:x\r\n\r\n"), 302),
    "length-beyond-numbers": (answer(b"200 X", b"Content-Length: 99999999999999999999999\r\n\r\nok"), "protocol"),
    "length-below-zero": (answer(b"200 X", b"Content-Length: -1\r\n\r\nok"), "protocol"),
    "length-as-long-as-it-gets": (answer(b"200 X", b"Content-Length: 18446744073709551615\r\n\r\nok"), "protocol"),
    "length-and-chunks": (answer(b"200 X", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), 200),
    "204-with-a-body": (answer(b"204 X", b"Content-Length: 5\r\n\r\nhello"), 204),
    "204-without-an-end": (again(b"HTTP/1.1 204 X\r\n\r\n", b"x" * 1000), 204),
    "status-099": (answer(b"099 X"), "protocol"),
    "status-999": (answer(b"999 X"), 999),
    "status-1000": (answer(b"1000 X"), "protocol"),
    "second-answer": (answer(b"200 X", b"Content-Length: 2\r\n\r\nokHTTP/1.1 500 Evil\r\n\r\n"), 200),
}

HTTP2: dict[str, tuple[Act, int | str]] = {
    "settings": (http2.says(again=frame(http2.SETTINGS, 0, 0) * 500), "timeout"),
    "pings": (http2.says(again=frame(http2.PING, 0, 0, b"01234567") * 500), "timeout"),
    "windows": (http2.says(again=frame(http2.WINDOW_UPDATE, 0, 0, number(1)) * 500), "timeout"),
    "priorities": (http2.says(again=frame(http2.PRIORITY, 0, 1, b"\0\0\0\0\x10") * 500), "timeout"),
    "unknown-frames": (http2.says(again=frame(0x42, 0, 1) * 500), "timeout"),
    "interim": (http2.says(again=frame(http2.HEADERS, END_HEADERS, 1, field(b":status", b"103")) * 200), "timeout"),
    "goaway-again": (http2.says(again=frame(http2.GOAWAY, 0, 0, number(2**31 - 1) + number(0) + b"\x1b[31m" * 9) * 99), "timeout"),
    "goaway": (http2.says(frame(http2.GOAWAY, 0, 0, number(0) + number(http2.EXCESSIVE) + b"\x1b[31m")), "protocol"),
    "continuations": (
        http2.says(frame(http2.HEADERS, 0, 1, OK), again=frame(http2.CONTINUATION, 0, 1, field(b"x-a", b"b" * 1000)) * 10),
        "protocol",
    ),
    "empty-continuations": (http2.says(frame(http2.HEADERS, 0, 1, OK), again=frame(http2.CONTINUATION, 0, 1) * 500), "protocol"),
    "empty-data": (http2.says(ANSWERED, again=frame(http2.DATA, 0, 1) * 500), "protocol"),
    "endless-data": (http2.says(ANSWERED, again=frame(http2.DATA, 0, 1, b"x" * 16384)), 200),
    "resets": (http2.says(frame(http2.RST_STREAM, 0, 1, number(http2.REFUSED))), "protocol"),
    "resets-mid-body": (http2.says(ANSWERED, frame(http2.DATA, 0, 1, b"abc"), frame(http2.RST_STREAM, 0, 1, number(2))), "protocol"),
    "pushes": (http2.says(frame(http2.PUSH_PROMISE, END_HEADERS, 1, number(2) + b"\x82\x87\x84\x41\x01a")), "protocol"),
    "field-bomb": (
        # One field of four thousand bytes that enters the table, and ten thousand references to it.
        http2.says(frame(http2.HEADERS, END_HEADERS, 1, OK + b"\x40\x03x-a\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 10_000)),
        "protocol",
    ),
    "long-length": (http2.says(b"\xff\xff\xff\0\0\0\0\0\1", again=b"x" * 65536), "protocol"),
    "garbage": (http2.says(again=bytes(range(256)) * 10), "protocol"),
    "http1": (says(HEAD + b"Content-Length: 2\r\n\r\nok"), "protocol"),
    "status-099": (http2.says(http2.status(b"099")), "protocol"),
    "controls-in-a-field": (http2.says(http2.status(b"500", field(b"server", CONTROLS))), 500),
    "escape-in-a-field": (http2.says(http2.status(b"500", field(b"server", b"\x1b[31m"))), "protocol"),
    "cookie": (http2.says(http2.status(b"500", field(b"set-cookie", b"sid=" + SECRET))), 500),
    "data-first": (http2.says(frame(http2.DATA, ACK, 1, b"ok")), "protocol"),
    "closes": (servers.hangs_up, "reset"),
}


@dataclass
class Ran:
    code: int
    out: str
    err: str
    peak: int  # KiB


def run(doctor: Doctor, *arguments: str, trusting: Path | None = None) -> Ran:
    """Runs it to its end, and looks at the memory it takes all the while."""
    process = doctor.start("probe", *arguments, env={"SSL_CERT_FILE": str(trusting) if trusting else None}, stdout=-1)
    over, peak = time.monotonic() + FAR_BEYOND, 0
    status = Path(f"/proc/{process.pid}/status")
    try:
        while process.poll() is None and time.monotonic() < over:
            lines = status.read_text().splitlines()
            peak = max([peak, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))])
            try:
                out, err = process.communicate(timeout=0.005)
            except subprocess.TimeoutExpired:
                continue
        assert process.poll() is not None, f"it does not end: {arguments}"
    finally:
        process.kill()
    out, err = process.communicate()
    return Ran(process.returncode, out, err, peak)


@pytest.fixture(scope="module")
def harmless(lab: Lab) -> int:
    """What a harmless answer costs, in KiB."""
    server = Hostile(PLAIN["harmless"][0])
    peak = run(lab.doctor, f"http://127.0.0.1:{server.port}/").peak
    server.close()
    return peak


def prove(doctor: Doctor, url: str, expected: int | str, calm: int, *more: str, trusting: Path | None = None) -> None:
    for form in ("text", "json"):
        ran = run(doctor, url, "--timeout", LIMIT, "--format", form, *more, trusting=trusting)
        assert ran.err == "" and ran.code == (0 if expected in range(200, 300) else 1), ran
        steering = {c for c in ran.out if c != "\n" and unicodedata.category(c) in ("Cc", "Zl", "Zp")}
        assert not steering and not {"\u202e", "\u2066", "\u200b"} & set(ran.out), ran.out[:2000]
        assert SECRET.decode() not in ran.out
        assert ran.peak < calm + ROOM, f"{ran.peak} KiB, and a harmless answer takes {calm} KiB"
    seen = json.loads(ran.out)["requests"][0]["answers"][0]["observed"]
    assert (seen.get("status") or seen["reason"]) == expected, seen


@pytest.fixture
def hostile() -> Iterator[list[Hostile]]:
    started: list[Hostile] = []
    yield started
    for server in started:
        server.close()


@pytest.mark.parametrize("kind", PLAIN)
def test_plain(lab: Lab, kind: str, harmless: int, hostile: list[Hostile]) -> None:
    act, expected = PLAIN[kind]
    hostile.append(Hostile(act))
    prove(lab.doctor, f"http://127.0.0.1:{hostile[0].port}/", expected, harmless)


@pytest.mark.parametrize("kind", HTTP2)
def test_http2(
    lab: Lab, kind: str, harmless: int, hostile: list[Hostile], public_authority: Authority, tmp_path: Path
) -> None:
    act, expected = HTTP2[kind]
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(public_authority.chain)
    hostile.append(Hostile(act, http2.context(public_authority.issue("localhost"), tmp_path), http2.read_request))
    prove(lab.doctor, f"https://localhost:{hostile[0].port}/", expected, harmless, "--ipv4", trusting=trusted)


def test_a_long_body_that_nobody_reads(lab: Lab, harmless: int, hostile: list[Hostile], tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"x" * 10 * 1024 * 1024)
    hostile.append(Hostile(lambda connection: time.sleep(FAR_BEYOND)))
    url = f"http://127.0.0.1:{hostile[0].port}/"
    prove(lab.doctor, url, "timeout", harmless, "--method", "POST", "--body", f"@{body}", "--repeat", "3")


def test_another_status_each_time(lab: Lab, harmless: int, hostile: list[Hostile]) -> None:
    statuses = iter(range(600, 999))

    def act(connection) -> None:
        long = b"X-A: " + b"b" * 300_000 + b"\r\nServer: orders/1\r\nContent-Length: 65536\r\n\r\n" + b"\xff" * 65536
        connection.sendall(b"HTTP/1.1 %d X\r\n" % next(statuses) + long)

    hostile.append(Hostile(act))
    ran = run(lab.doctor, f"http://127.0.0.1:{hostile[0].port}/", "--repeat", "150", "--format", "json")
    answers = json.loads(ran.out)["requests"][0]["answers"]
    assert ran.code == 1 and len(answers) == 150
    assert 2 < sum(len(answer["body"]) > 60_000 for answer in answers) < 10, "a few are kept whole"
    assert {answer["observed"]["producer"] for answer in answers} == {"target"}, "kept whole or not: the long field pushes no other out"
    assert ran.peak < harmless + 2 * ROOM


def test_many_given_addresses(lab: Lab, harmless: int) -> None:
    port = servers.closed_port()
    pins = [f"--resolve=many.example:{port}:127.0.{a}.{b}" for a in range(2, 6) for b in range(1, 200)]
    prove(lab.doctor, f"http://many.example:{port}/", "connect", harmless, *pins)


def test_waiting_for_a_flood_ends(lab: Lab, hostile: list[Hostile]) -> None:
    hostile.append(Hostile(PLAIN["interim"][0]))
    ran = run(lab.doctor, f"http://127.0.0.1:{hostile[0].port}/", "--wait", "2s", "--interval", "100ms", "--timeout", "300ms")
    assert ran.code == 1 and "no answer (timeout)" in ran.out and "not yet: no answer (timeout)" in ran.err


def test_a_chain_without_an_end(lab: Lab, harmless: int, hostile: list[Hostile], public_authority: Authority, tmp_path: Path) -> None:
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(public_authority.chain)
    leaf = public_authority.issue("localhost")
    for length, expected in ((40, 200), (2000, "tls")):
        long = replace(leaf, chain=leaf.chain * length)
        hostile.append(Hostile(PLAIN["harmless"][0], http2.context(long, tmp_path, "http/1.1")))
        prove(lab.doctor, f"https://localhost:{hostile[-1].port}/", expected, harmless, "--ipv4", trusting=trusted)
