"""Each case of the laboratory, end to end: what came back, who wrote it, the first cause, the exit code."""

import pytest
from conftest import the_binary

from lab.case import Case
from lab.cases import CASES
from lab.laboratory import Lab


@pytest.fixture(scope="module")
def lab(one_control_plane, one_data_plane, public_authority, tmp_path_factory):
    laboratory = Lab(the_binary(one_control_plane, one_data_plane, tmp_path_factory.mktemp("home")), public_authority)
    yield laboratory
    laboratory.close()


def _marked(case: Case):
    marks = [pytest.mark.xfail(strict=True, reason=case.wrong)] if case.wrong else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", map(_marked, CASES))
def test_case(lab: Lab, case: Case) -> None:
    lab.clean()
    case.arrange(lab)
    run = lab.check(case)
    observed = run.observed
    producer = "client-side" if observed["kind"] == "failed" else observed["producer"]
    answer = (observed.get("status"), producer, observed["symptom"])
    assert answer == (case.seen.status, case.seen.producer, case.seen.symptom), case.broken
    assert (run.first_cause, run.code) == (case.first, case.code), case.broken
    assert run.with_verdict("crashed") == set()
