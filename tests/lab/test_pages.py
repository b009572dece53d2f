"""Each symptom's page shows what the laboratory really answers. `UPDATE_SAMPLES=1` writes the samples anew."""

import os
import re
from pathlib import Path

import pytest
from doctor import REPOSITORY

from lab.cases import CASES
from lab.laboratory import Lab

PAGES = REPOSITORY / "checks" / "symptoms"

# Which case shows a symptom.
SAMPLES = {
    "target-answer": "express-404",
    "plain-http-to-https-port": "server-name-blank",
    "gateway-not-found": "greedy-route-and-root",
    "gateway-unauthorized": "route-wants-token",
    "gateway-forbidden": "route-wants-signature",
    "gateway-too-many-requests": "throttled-to-zero",
    "gateway-internal-error": "certificate-over",
    "gateway-service-unavailable": "link-pending",
    "gateway-timeout": "gateway-impatient-504",
    "gateway-other": "header-too-large",
    "lb-redirect": "redirect-to-another-host",
    "lb-bad-request": "desync-strictest",
    "lb-unauthorized": "login-denies",
    "lb-forbidden": "web-acl-blocks",
    "lb-fixed-response": "rule-for-another-path",
    "lb-internal-error": "web-acl-unreachable",
    "lb-bad-gateway": "task-resets",
    "lb-service-unavailable": "all-targets-leave",
    "lb-gateway-timeout": "task-silent",
    "lb-protocol-mismatch": "group-speaks-http2",
    "lb-other": "forwarded-too-often",
    "no-dns": "no-name",
    "connect-failed": "nobody-listens",
    "tls-failed": "endpoint-expired",
    "timed-out": "silence",
    "reset": "hung-up",
    "protocol-error": "ssh",
    "unrecognised": "empty-500",
}
_BY_NAME = {case.name: case for case in CASES}
_SAMPLE = re.compile(r"(?<=```text\n).*?(?=\n```)", re.DOTALL)


def page(symptom: str) -> Path:
    return PAGES / f"{symptom}.md"


def test_every_page_has_a_case_that_shows_its_symptom() -> None:
    assert set(SAMPLES) == {path.stem for path in PAGES.glob("*.md")}
    assert {symptom: _BY_NAME[name].seen.symptom for symptom, name in SAMPLES.items()} == {name: name for name in SAMPLES}


@pytest.mark.parametrize("symptom", SAMPLES)
def test_sample(lab: Lab, symptom: str) -> None:
    case = _BY_NAME[SAMPLES[symptom]]
    lab.clean()
    case.arrange(lab)
    answered = lab.answer(case)
    text = page(symptom).read_text()
    if os.environ.get("UPDATE_SAMPLES"):
        page(symptom).write_text(_SAMPLE.sub(lambda _: answered, text, count=1))
        return
    shown = _SAMPLE.search(text)
    assert shown and shown[0] == answered, f"{page(symptom)} shows something else: UPDATE_SAMPLES=1 tests/run e2e lab -k sample"
