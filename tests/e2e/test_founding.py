"""The founding case: the 400, its cause, and the fix that the doctor printed, really applied."""

from doctor import Doctor, Run
from pasting import run_as_printed

from stand_ins.article import SERVER_NAME, Article

FOUNDING = "secure-server-name-missing"


def printed_commands(run: Run) -> list[str]:
    """The CLI lines of the first fix of the founding finding."""
    fix = run.check(FOUNDING)["findings"][0]["fixes"][0]
    return [step["text"] for step in fix["steps"] if step["kind"] == "cli"]


def test_the_400_is_explained(doctor: Doctor, founding: Article) -> None:
    run = doctor.check(founding)
    assert (run.code, run.verdict) == (1, "broken")
    assert (run.observed["kind"], run.observed["status"]) == ("answered", 400)
    assert run.observed["producer"] == "load-balancer"
    assert run.observed["symptom"] == "plain-http-to-https-port"
    assert run.first_cause == FOUNDING
    cause = run.diagnosis["causes"][0]
    assert cause["confidence"] == "certain"
    assert (cause["subject"]["kind"], cause["subject"]["id"]) == ("integration", founding.integration)
    assert run.diagnosis["predicted"]["symptom"] == run.observed["symptom"]
    assert run.with_verdict("fail") == {FOUNDING}
    assert run.with_verdict("unknown") == run.with_verdict("crashed") == set()


def test_the_text_names_cause_name_and_command(doctor: Doctor, founding: Article) -> None:
    run = doctor.check(founding, "--format", "text")
    assert run.code == 1
    for needed in (FOUNDING, founding.api, founding.integration, SERVER_NAME, "aws apigatewayv2 update-integration"):
        assert needed in run.out


def test_the_printed_fix_heals(doctor: Doctor, founding: Article) -> None:
    before = doctor.check(founding)
    assert before.check(FOUNDING)["findings"][0]["fixes"][0]["verified"] is True
    commands = printed_commands(before)
    assert commands
    for line in commands:
        run_as_printed(founding.control, line)
    after = doctor.check(founding)
    assert (after.code, after.verdict) == (0, "healthy")
    assert (after.observed["status"], after.observed["producer"]) == (200, "target")
    assert after.with_verdict("fail") == set()


def test_the_sentence_counts_not_the_server_header(doctor: Doctor, founding: Article) -> None:
    """Published traces show the page with nginx's footer and header."""
    url = doctor.data_plane.open(founding.api, balancer_signs=False)
    run = doctor("check", founding.api, "--invoke-url", url, "--format", "json")
    assert (run.code, run.observed["symptom"]) == (1, "plain-http-to-https-port")
    assert run.first_cause == FOUNDING


def test_without_a_probe_the_same_cause_is_found(doctor: Doctor, founding: Article) -> None:
    run = doctor("check", founding.api, "--no-probe", "--format", "json")
    assert (run.code, run.verdict) == (1, "broken")
    assert run.observed["kind"] == "not-made"
    assert run.diagnosis["predicted"]["by"] == FOUNDING


def test_a_healthy_deployment_is_called_healthy(doctor: Doctor, healthy: Article) -> None:
    run = doctor.check(healthy)
    assert (run.code, run.verdict) == (0, "healthy")
    assert run.observed["status"] == 200
    assert run.with_verdict("fail") == run.with_verdict("unknown") == run.with_verdict("crashed") == set()
    assert run.check(FOUNDING)["verdict"] == "pass"
