"""A deployment in a file gives the same findings as the live one."""

from pathlib import Path

import pytest
from doctor import Doctor, without_clock

from stand_ins.article import Article

NO_AWS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_ENDPOINT_URL": None}


@pytest.mark.parametrize("deployment", ["founding", "healthy"])
def test_check_of_a_capture_is_the_live_check(
    doctor: Doctor, deployment: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    article: Article = request.getfixturevalue(deployment)
    path = str(tmp_path / "capture.json")
    assert doctor("capture", article.api, "--no-probe", "-o", path).code == 0
    live = doctor("check", article.api, "--no-probe", "--format", "json")
    offline = doctor("check", "--from", path, "--no-probe", "--format", "json", env=NO_AWS)
    assert offline.code == live.code
    assert without_clock(offline.deployment["checks"]) == without_clock(live.deployment["checks"])
    assert offline.verdict == live.verdict


def test_a_saved_capture_keeps_the_answer_of_the_probe(doctor: Doctor, founding: Article, tmp_path: Path) -> None:
    path = str(tmp_path / "capture.json")
    live = doctor.check(founding, "--save-capture", path)
    offline = doctor("check", "--from", path, "--format", "json", env=NO_AWS)
    assert (offline.code, offline.verdict) == (live.code, live.verdict) == (1, "broken")
    assert (offline.observed["status"], offline.first_cause) == (400, live.first_cause)


def test_a_capture_holds_no_secret(doctor: Doctor, healthy: Article, tmp_path: Path) -> None:
    ecs = healthy.control.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]["containerDefinitions"]
    definition[0]["environment"] = [{"name": "PASSWORD", "value": "hunter2-in-the-task"}]
    ecs.register_task_definition(
        family="orders",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=definition,
    )
    ecs.update_service(cluster="orders", service="orders", taskDefinition="orders:2")
    variables = {"token": "hunter2-in-the-stage"}
    healthy.control.client("apigatewayv2").update_stage(
        ApiId=healthy.api, StageName="$default", StageVariables=variables
    )
    path = tmp_path / "capture.json"
    doctor("capture", healthy.api, "--no-probe", "-o", str(path))
    report = doctor("check", healthy.api, "--no-probe", "--format", "json", "--header", "Authorization: hunter2")
    assert "hunter2" not in path.read_text()
    assert "hunter2" not in report.out + report.err
