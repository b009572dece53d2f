"""One fault at a time in a healthy deployment: what is observed, who answered, and which check explains it."""

import pytest
from doctor import Doctor
from faults import CASES, Case, elb, gateway, no_targets, targets_say

from stand_ins import article as building
from stand_ins.article import SERVER_NAME, Article
from stand_ins.certificates import Pem
from stand_ins.control import Control


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.cause)
def test_fault(doctor: Doctor, healthy: Article, case: Case) -> None:
    case.fault(healthy)
    run = doctor.check(healthy)
    assert (run.code, run.verdict) == (1, "broken")
    observed = run.observed
    assert (observed["status"], observed["producer"], observed["symptom"]) == (case.status, case.producer, case.symptom)
    assert case.cause in run.with_verdict("fail")
    assert run.first_cause == case.cause
    assert run.with_verdict("crashed") == set()
    assert "secure-server-name-missing" not in run.with_verdict("fail")


def test_unhealthy_by_code_lets_requests_through(doctor: Doctor, healthy: Article) -> None:
    """An ALB with only unhealthy targets fails open: the answer is the target's own."""
    targets_say(healthy, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]")
    run = doctor.check(healthy)
    assert (run.code, run.verdict) == (1, "degraded")
    assert (run.observed["status"], run.observed["producer"]) == (404, "target")
    assert "hc-code-mismatch" in run.with_verdict("fail")


def test_a_service_scaled_to_zero(doctor: Doctor, healthy: Article) -> None:
    no_targets(healthy)
    ecs = healthy.control.client("ecs")
    ecs.update_service(cluster=healthy.cluster, service="orders", desiredCount=0)
    healthy.control.set("ecs", ["services", "orders:orders"], running_count=0, pending_count=0)
    run = doctor.check(healthy)
    assert (run.code, run.verdict, run.observed["status"]) == (1, "broken", 503)
    assert {"service-desired-zero", "tg-empty"} <= run.with_verdict("fail")
    assert run.first_cause in {"service-desired-zero", "tg-empty"}


def another_group(article: Article) -> str:
    """A target group that nothing uses."""
    created = elb(article).create_target_group(
        Name="orders-old", Protocol="HTTP", Port=building.PORT, VpcId=article.vpc, TargetType="ip", HealthCheckPath="/health"
    )
    return created["TargetGroups"][0]["TargetGroupArn"]


def test_a_service_that_also_registers_with_a_group_of_nobody(doctor: Doctor, healthy: Article) -> None:
    """The group is on no load balancer: only the service names it."""
    groups = (healthy.target_group, another_group(healthy))
    entries = [{"targetGroupArn": arn, "containerName": "app", "containerPort": building.PORT} for arn in groups]
    healthy.control.set("ecs", ["services", "orders:orders"], load_balancers=entries)
    run = doctor.check(healthy)
    assert run.with_verdict("fail") == {"tg-not-attached"}
    assert run.with_verdict("unknown") == run.with_verdict("crashed") == set()
    assert run.observed["status"] == 200


def test_a_listener_that_forwards_beside_the_service(doctor: Doctor, healthy: Article) -> None:
    """The service's own group is on no load balancer any more, and the one that is has no targets."""
    action = {"Type": "forward", "TargetGroupArn": another_group(healthy)}
    elb(healthy).modify_listener(ListenerArn=healthy.listener, DefaultActions=[action])
    run = doctor.check(healthy)
    assert (run.code, run.verdict, run.observed["status"]) == (1, "broken", 503)
    assert run.first_cause == "rule-forwards-to-unpopulated-tg"
    assert run.with_verdict("crashed") == set()


def test_an_imported_certificate_of_a_private_authority(doctor: Doctor, control: Control, pem: Pem) -> None:
    article = building.build(control, pem, SERVER_NAME, issuer="IMPORTED")
    run = doctor.check(article)
    assert (run.code, run.verdict) == (1, "broken")
    assert (run.observed["status"], run.observed["symptom"]) == (500, "gateway-internal-error")
    assert run.first_cause == "lb-cert-private-ca"


def test_a_named_stage_in_front_of_the_path(doctor: Doctor, healthy: Article) -> None:
    gateway(healthy).create_stage(ApiId=healthy.api, StageName="prod", AutoDeploy=True)
    url = doctor.data_plane.open(healthy.api) + "/prod"
    run = doctor("check", healthy.api, "--stage", "prod", "--invoke-url", url, "--format", "json")
    assert (run.code, run.verdict) == (1, "degraded")
    assert (run.observed["status"], run.observed["producer"]) == (404, "target")
    assert "stage-prefix-forwarded" in run.with_verdict("fail")
