"""While an answer takes its time, whoever waits reads what the configuration alone says; who does not wait reads nothing of it."""

import socket
import threading
from collections.abc import Iterator

import pytest
from doctor import Doctor

from stand_ins import LOOPBACK
from stand_ins.article import Article


class Patient:
    """Answers no request before it is told to."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self._listening = socket.create_server((LOOPBACK, 0))
        self.url = f"http://{LOOPBACK}:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            connection.recv(65536)
            self.may_answer.wait()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def close(self) -> None:
        self.may_answer.set()
        self._listening.close()


@pytest.fixture
def patient() -> Iterator[Patient]:
    server = Patient()
    yield server
    server.close()


def test_findings_are_told_before_the_answer_comes(doctor: Doctor, founding: Article, patient: Patient) -> None:
    process = doctor.start("check", founding.api, "--invoke-url", patient.url, "--timeout", "25s")
    assert process.stderr
    early = []
    # Without the line this ends with the process, when its time is up.
    for line in process.stderr:
        early.append(line)
        if "secure-server-name-missing" in line:
            break
    assert process.poll() is None, "it still waits"
    assert early[0] == "still waiting for an answer; the configuration alone says:\n"
    assert early[-1].startswith("  error secure-server-name-missing: ")
    patient.may_answer.set()
    out, err = process.communicate(timeout=60)
    # What was told early is told once, on standard error; the report stands alone on standard output.
    assert "still waiting" not in err + out
    assert "200 in" in out and "secure-server-name-missing" in out and process.returncode == 1


def test_a_report_for_machines_has_no_lines_before_it(doctor: Doctor, founding: Article, patient: Patient) -> None:
    process = doctor.start("check", founding.api, "--invoke-url", patient.url, "--timeout", "5s", "--format", "json")
    out, err = process.communicate(timeout=60)
    assert (err, process.returncode) == ("", 1) and '"reason": "timeout"' in out


def test_who_does_not_wait_reads_nothing_of_it(doctor: Doctor, founding: Article) -> None:
    run = doctor.check(founding, "--format", "text")
    assert (run.err, run.code) == ("", 1) and "secure-server-name-missing" in run.out
