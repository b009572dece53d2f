"""An answer as it comes over the wire, and the same without what differs from run to run."""

import re
import socket
from urllib.parse import SplitResult

_TIDY = [
    (r"(?im)^date: .*$", "date: Fri, 01 Jan 2027 00:00:00 GMT"),
    (r"nginx/\d+\.\d+\.\d+", "nginx/1.x"),
    (r"\b[a-z0-9]{10}(?=\.execute-api\.)", "a1b2c3d4e5"),
    (r"127\.0\.0\.1:\d+|localhost:\d+", "127.0.0.1:8443"),
    (r"UNIX time \d+", "UNIX time 1798761600"),
    (r"(?i)(os error )\d+", r"\g<1>N"),
]
_MOST = 4000


def exchange(url: SplitResult, asks: tuple[str, ...]) -> str:
    """One request as the doctor makes it (method and headers from its arguments), and the whole answer."""
    options = dict(zip(asks[::2], asks[1::2], strict=False))
    lines = [f"{options.get('--method', 'GET')} {url.path}{options.get('--path', '/health')} HTTP/1.1", f"Host: {url.netloc}"]
    lines += [options["--header"]] if "--header" in options else []
    request = "\r\n".join([*lines, "Connection: close", "", ""]).encode()
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while len(answer) < _MOST and (some := connection.recv(65536)):
            answer += some
    return answer.decode("utf-8", "replace")


def tidy(text: str) -> str:
    """Dates, versions, ids and ports are those of nobody; line ends are those of a page."""
    text = text.replace("\r\n", "\n")
    for pattern, instead in _TIDY:
        text = re.sub(pattern, instead, text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))
