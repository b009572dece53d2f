"""Each symptom's page shows what the laboratory really answers. `UPDATE_SAMPLES=1` writes the samples anew."""

import os
import re
from pathlib import Path

import pytest
from doctor import REPOSITORY

from lab.cases import CASES
from lab.laboratory import Lab
from lab.samples import SAMPLES

PAGES = REPOSITORY / "checks" / "symptoms"

_BY_NAME = {case.name: case for case in CASES}
_SAMPLE = re.compile(r"(?<=```text\n).*?(?=\n```)", re.DOTALL)


def page(symptom: str) -> Path:
    return PAGES / f"{symptom}.md"


def test_every_page_has_a_case_that_shows_its_symptom() -> None:
    assert set(SAMPLES) == {path.stem for path in PAGES.glob("*.md")}
    assert {symptom: _BY_NAME[name].seen.symptom for symptom, name in SAMPLES.items()} == {name: name for name in SAMPLES}


@pytest.mark.parametrize("symptom", SAMPLES)
def test_sample(lab: Lab, symptom: str) -> None:
    name = SAMPLES[symptom]
    if name not in lab.samples:  # the test of the case has not run
        lab.clean()
        _BY_NAME[name].arrange(lab)
        lab.samples[name] = lab.sample(_BY_NAME[name], lab.check(_BY_NAME[name]))
    answered, text = lab.samples[name], page(symptom).read_text()
    if os.environ.get("UPDATE_SAMPLES"):
        page(symptom).write_text(_SAMPLE.sub(lambda _: answered, text, count=1))
        return
    shown = _SAMPLE.search(text)
    assert shown and shown[0] == answered, f"{page(symptom)} shows something else: UPDATE_SAMPLES=1 tests/run e2e tests/lab -k sample"
