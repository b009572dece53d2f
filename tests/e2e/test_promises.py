"""Read-only, deterministic, frugal, and quick to stop."""

import fnmatch
import json
import signal
import time
from typing import Any

import pytest
from doctor import Doctor, without_clock

from stand_ins.article import Article

MOST_CALLS = 41  # forty for the article, and one for the log group of its stage, which the article does not have


def policy_actions(policy: dict[str, Any]) -> set[str]:
    """The actions of an IAM policy."""
    listed = [s["Action"] for s in policy["Statement"] if s["Effect"] == "Allow"]
    return {a for actions in listed for a in ([actions] if isinstance(actions, str) else actions)}


@pytest.mark.parametrize("deployment", ["founding", "healthy"])
def test_only_actions_of_the_printed_policy_are_used(
    doctor: Doctor, deployment: str, request: pytest.FixtureRequest
) -> None:
    article: Article = request.getfixturevalue(deployment)
    printed = doctor("iam-policy")
    assert printed.code == 0
    allowed = policy_actions(json.loads(printed.out))
    assert not any("*" in action for action in allowed)
    doctor.check(article)
    doctor("check", "orders", "--no-probe")  # the look-up by name reads more
    used = {call["action"] for call in doctor.control.calls()}
    needs_no_permission = {"sts:GetCallerIdentity"}
    assert used
    assert {a for a in used if not any(fnmatch.fnmatch(a, p) for p in allowed)} <= needs_no_permission


def test_the_article_takes_few_calls(doctor: Doctor, founding: Article) -> None:
    doctor.check(founding)
    calls = [f"{c['service']}:{c['operation']}" for c in doctor.control.calls()]
    assert len(calls) <= MOST_CALLS, calls


def test_two_runs_give_the_same_bytes(doctor: Doctor, founding: Article) -> None:
    first, second = doctor.check(founding), doctor.check(founding)
    assert json.dumps(without_clock(first.report)) == json.dumps(without_clock(second.report))


def test_interrupted(doctor: Doctor, founding: Article) -> None:
    doctor.control.latency(10)
    process = doctor.start("check", founding.api, "--no-probe")
    time.sleep(1)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - asked < 1.5


def test_slow_is_not_broken(doctor: Doctor, healthy: Article) -> None:
    """A tenth of a second a call: calls that do not wait for each other run at the same time."""
    doctor.control.latency(0.1)
    run = doctor.check(healthy)
    assert run.code == 0
    assert run.seconds < 0.1 * len(doctor.control.calls())
