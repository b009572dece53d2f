"""Whatever an answer holds, nothing of it steers the terminal of the person who reads the report."""

import unicodedata

import pytest

from lab import servers
from lab.laboratory import Lab

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m \u202egnp.exe\u2066 \x9b1m \x08\x7f"
HOSTILE = {
    "body": f"HTTP/1.1 500 Oops\nServer: orders/1\nContent-Type: text/html\nConnection: close\n\n<h1>{ESCAPES}</h1>",
    "headers": f"HTTP/1.1 302 Found\nServer: or\x9bders \u202e\nLocation: https://example.org/\u202e{'%1b[2J'}\nContent-Length: 0\n\n",
    "message": 'HTTP/1.1 404 Not Found\nServer: orders/1\nConnection: close\n\n{"message":"\\u001b[2J\\u202eNot Found"}',
    "no-http": ESCAPES * 10,
}


@pytest.mark.parametrize("form", ["text", "short", "json"])
@pytest.mark.parametrize("place", HOSTILE)
def test_nothing_steers_the_terminal(lab: Lab, place: str, form: str) -> None:
    lab.clean()
    lab.in_front(servers.says(HOSTILE[place]))
    run = lab.doctor("check", lab.article.api, "--invoke-url", str(lab.url), "--format", form, "--color", "never")
    assert run.code == 1
    assert "panicked" not in run.err
    steering = {c for c in run.out + run.err if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf")}
    assert steering == set()
