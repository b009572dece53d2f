"""A Network Load Balancer in front of the Application Load Balancer: what stands behind is read and judged as well."""

import fnmatch
import json
from pathlib import Path

import pytest
from doctor import Doctor, Run, without_clock
from faults import fixed_response, targets_say

from stand_ins import article as building
from stand_ins import chain
from stand_ins.article import SERVER_NAME, Article
from stand_ins.certificates import Pem
from stand_ins.control import Control

MOST_CALLS = 50


@pytest.fixture
def chained(control: Control, pem: Pem) -> Article:
    """The deployment in order: both load balancers, and the server name of the certificate on the second one."""
    return chain.build(control, pem, SERVER_NAME)


def test_a_chain_in_order_is_called_healthy(doctor: Doctor, chained: Article) -> None:
    run = doctor.check(chained)
    assert (run.code, run.verdict) == (0, "healthy")
    assert (run.observed["status"], run.observed["producer"]) == (200, "target")
    assert run.with_verdict("fail") == run.with_verdict("unknown") == run.with_verdict("crashed") == set()
    for decided in ("secure-server-name-missing", "lb-cert-expired", "target-sg-traffic-port", "tg-empty"):
        assert run.check(decided)["verdict"] == "pass", decided


def test_the_blank_server_name_is_found_through_both(doctor: Doctor, control: Control, pem: Pem) -> None:
    run = doctor.check(chain.build(control, pem))
    assert (run.code, run.verdict, run.observed["status"]) == (1, "broken", 400)
    assert run.first_cause == "secure-server-name-missing"


def test_the_listener_behind_refuses(doctor: Doctor, chained: Article) -> None:
    fixed_response(chained)
    run = doctor.check(chained)
    assert (run.code, run.verdict) == (1, "broken")
    assert (run.observed["status"], run.observed["symptom"]) == (404, "lb-fixed-response")
    assert run.first_cause == "default-action-fixed-response"
    subject = run.diagnosis["causes"][0]["subject"]
    assert (subject["kind"], subject["arn"]) == ("listener", chained.listener)


def test_the_load_balancer_behind_is_closed(doctor: Doctor, chained: Article) -> None:
    building.close(chained, "alb", "nlb", 443, 443)
    run = doctor.check(chained)
    assert (run.code, run.verdict) == (1, "broken")
    assert (run.observed["status"], run.observed["producer"]) == (503, "api-gateway")
    # The load balancer behind sees the link's addresses, and admits neither those nor the group of the one in front.
    assert run.first_cause == "nlb-client-ip-preservation"
    assert run.with_verdict("crashed") == set()


def test_the_tasks_behind_both_are_silent(doctor: Doctor, chained: Article) -> None:
    targets_say(chained, "Target.Timeout", "Request timed out")
    run = doctor.check(chained)
    assert (run.code, run.observed["status"], run.first_cause) == (1, 504, "hc-timeout")


def assert_never_decided(run: Run, checks: tuple[str, ...], named: str) -> None:
    """These checks are unknown, and a gap of theirs names the call; nothing was found, and nobody is told that all is well."""
    assert run.code == 3
    for identifier in checks:
        check = run.check(identifier)
        assert check["verdict"] == "unknown", identifier
        assert any(named in gap["why"] for gap in check["gaps"]), check["gaps"]
    assert run.with_verdict("fail") == run.with_verdict("crashed") == set()


ELB = "elasticloadbalancing:"
BEHIND = [
    # operation, which resource of the second load balancer the request names, checks that cannot do without
    ("DescribeLoadBalancers", "alb", ("lb-impaired", "alb-behind-nlb-cross-zone", "target-sg-traffic-port")),
    ("DescribeListeners", "alb", ("secure-server-name-missing", "tls-to-http-listener", "default-action-fixed-response", "tg-empty")),
    ("DescribeRules", "listener", ("default-action-fixed-response", "tg-empty")),
    ("DescribeTargetGroups", "alb", ("tg-protocol-http-vs-tls",)),
    ("DescribeTargetHealth", "front_group", ("secure-server-name-missing", "default-action-fixed-response", "tg-empty")),
    ("DescribeTargetHealth", "target_group", ("tg-empty", "hc-timeout")),
    ("DescribeListenerCertificates", "listener", ("server-name-san-mismatch", "lb-cert-expired")),
]


@pytest.mark.parametrize(("operation", "resource", "checks"), BEHIND, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_denied_behind_is_unknown(
    doctor: Doctor, chained: Article, operation: str, resource: str, checks: tuple[str, ...]
) -> None:
    doctor.control.deny(ELB + operation, about=chained.ids[resource])
    run = doctor.check(chained)
    assert run.observed["status"] == 200
    assert_never_decided(run, checks, ELB + operation)


def test_throttled_for_ever_behind(doctor: Doctor, chained: Article) -> None:
    doctor.control.throttle(ELB + "DescribeListeners", about=chained.alb)
    assert_never_decided(doctor.check(chained), ("secure-server-name-missing", "tg-empty"), ELB + "DescribeListeners")


def test_only_actions_of_the_printed_policy_are_used(doctor: Doctor, chained: Article) -> None:
    statements = json.loads(doctor("iam-policy").out)["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}
    assert doctor.check(chained).code == 0
    calls = doctor.control.calls()
    used = {call["action"] for call in calls} - {"sts:GetCallerIdentity"}
    assert {a for a in used if not any(fnmatch.fnmatch(a, p) for p in allowed)} == set()
    assert len(calls) <= MOST_CALLS, [f"{c['service']}:{c['operation']}" for c in calls]


def test_two_pages_of_everything(doctor: Doctor, chained: Article) -> None:
    whole = doctor.check(chained)
    doctor.control.pages()
    paged = doctor.check(chained)
    assert whole.code == paged.code == 0
    assert paged.deployment["read"].pop("calls") > whole.deployment["read"].pop("calls")
    assert without_clock(paged.report) == without_clock(whole.report)


def test_a_capture_of_the_chain_is_judged_as_the_live_one(doctor: Doctor, chained: Article, tmp_path: Path) -> None:
    fixed_response(chained)
    path = str(tmp_path / "capture.json")
    assert doctor("capture", chained.api, "--no-probe", "-o", path).code == 0
    live = doctor("check", chained.api, "--no-probe", "--format", "json")
    offline = doctor("check", "--from", path, "--no-probe", "--format", "json")
    assert (offline.code, offline.verdict) == (live.code, live.verdict)
    assert without_clock(offline.deployment["checks"]) == without_clock(live.deployment["checks"])
