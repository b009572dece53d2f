"""Each case of the laboratory, end to end: what came back, who wrote it, the first cause, the exit code."""

from typing import Any

import pytest
from doctor import Run

from lab.case import Case
from lab.cases import CASES
from lab.laboratory import Lab
from lab.samples import SAMPLES


def _marked(case: Case) -> Any:
    marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=case.wrong)] if case.wrong else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", map(_marked, CASES))
def test_case(lab: Lab, case: Case) -> None:
    lab.clean()
    case.arrange(lab)
    run = lab.check(case)
    if case.name in SAMPLES.values():
        lab.samples[case.name] = lab.sample(case, run)
    observed = run.observed
    producer = "client-side" if observed["kind"] == "failed" else observed["producer"]
    answer = (observed.get("status"), producer, observed["symptom"])
    assert answer == (case.seen.status, case.seen.producer, case.seen.symptom), case.broken
    assert (run.first_cause, run.code) == (case.first, case.code), case.broken
    assert run.with_verdict("crashed") == set()
    assert named(run, "causes") & named(run, "ruled_out") == set(), "named as a cause, and ruled out"


def named(run: Run, part: str) -> set[str]:
    """The checks in this part of the diagnosis."""
    return {entry["check"] for entry in run.diagnosis[part]}


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert sorted(names) == sorted(set(names))
