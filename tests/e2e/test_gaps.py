"""What cannot be read is unknown: never a pass, never a finding, and it never ends the run."""

from dataclasses import dataclass

import pytest
from doctor import Doctor, Run

from stand_ins.article import Article


@dataclass(frozen=True)
class Denial:
    """Denied operations, how a gap names them, and checks that cannot do without."""

    denied: tuple[str, ...]
    named: str
    checks: tuple[str, ...]


DENIALS = [
    Denial(
        ("ec2:DescribeSecurityGroups",),
        "ec2:DescribeSecurityGroups",
        ("lb-sg-ingress-from-link", "vpclink-sg-egress", "lb-sg-egress", "target-sg-traffic-port"),
    ),
    Denial(
        ("elasticloadbalancing:DescribeListeners",),
        "elasticloadbalancing:DescribeListeners",
        ("secure-server-name-missing", "tls-to-http-listener", "uri-listener-gone"),
    ),
    Denial(
        ("acm:DescribeCertificate", "acm:GetCertificate"),
        "acm:",
        ("server-name-san-mismatch", "lb-cert-expired", "lb-cert-private-ca"),
    ),
    Denial(
        ("ecs:DescribeServices",),
        "ecs:DescribeServices",
        ("service-desired-zero", "service-running-lt-desired", "container-port-mismatch"),
    ),
]


def assert_unknown(run: Run, checks: tuple[str, ...], named: str) -> None:
    """These checks are unknown and a gap of theirs names what was missing; nothing became a finding."""
    for identifier in checks:
        check = run.check(identifier)
        assert check["verdict"] == "unknown", identifier
        assert any(named in gap["why"] for gap in check["gaps"]), check["gaps"]
    assert run.with_verdict("fail") == run.with_verdict("crashed") == set()


@pytest.mark.parametrize("denial", DENIALS, ids=lambda denial: denial.denied[0])
def test_denied(doctor: Doctor, healthy: Article, denial: Denial) -> None:
    for action in denial.denied:
        doctor.control.deny(action)
    run = doctor.check(healthy)
    assert run.code == 3
    assert run.observed["status"] == 200  # the probe is asked all the same
    assert_unknown(run, denial.checks, denial.named)


def test_denied_and_allowed_to_be_unknown(doctor: Doctor, healthy: Article) -> None:
    doctor.control.deny("ecs:DescribeServices")
    assert doctor.check(healthy, "--allow-unknown").code == 0


def test_the_api_itself_denied(doctor: Doctor, healthy: Article) -> None:
    doctor.control.deny("apigateway:GetApi")
    run = doctor.check(healthy)
    assert run.code == 3
    assert "apigateway:GET" in run.out + run.err
    assert run.with_verdict("fail") == set()


def test_a_finding_wins_over_a_gap(doctor: Doctor, founding: Article) -> None:
    doctor.control.deny("ecs:DescribeServices")
    run = doctor.check(founding)
    assert (run.code, run.first_cause) == (1, "secure-server-name-missing")


@pytest.mark.parametrize("action", ["ec2:DescribeSecurityGroups", "elasticloadbalancing:DescribeListeners"])
def test_throttled_twice_then_served(doctor: Doctor, healthy: Article, action: str) -> None:
    doctor.control.throttle(action, times=2)
    run = doctor.check(healthy)
    assert (run.code, run.verdict) == (0, "healthy")


def test_throttled_for_ever(doctor: Doctor, healthy: Article) -> None:
    doctor.control.throttle("elasticloadbalancing:DescribeTargetHealth")
    run = doctor.check(healthy)
    assert run.code == 3
    assert_unknown(run, ("tg-empty", "hc-timeout"), "elasticloadbalancing:DescribeTargetHealth")


def test_the_control_plane_stops_half_way(doctor: Doctor, healthy: Article) -> None:
    doctor.control.stop(after=8)
    run = doctor.check(healthy)  # within a minute, or the helper fails
    assert run.code == 3
    assert run.with_verdict("unknown")
    assert run.with_verdict("fail") == run.with_verdict("crashed") == set()
