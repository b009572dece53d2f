"""A shell in the VPC: nodes and targets are asked directly, and what they answer bears on the diagnosis."""

import json
from pathlib import Path

import pytest
from doctor import Doctor, Run
from lab.servers import Hostile, says

from stand_ins import article as building
from stand_ins.article import Article


@pytest.fixture
def ports(doctor: Doctor, healthy: Article) -> list[str]:
    return _moved_to_loopback(doctor, healthy)


def _moved_to_loopback(doctor: Doctor, article: Article, program: int | None = None) -> list[str]:
    """The listener and the tasks get the ports of the real servers that play them; pins lead their addresses to loopback."""
    elb = article.control.client("elbv2")
    described = elb.describe_listeners(ListenerArns=[article.listener])["Listeners"][0]
    port = doctor.data_plane.listeners.of(described).tls
    building.admit(article, "alb", "link", port, port)
    elb.modify_listener(ListenerArn=article.listener, Port=port)
    name = elb.describe_load_balancers(LoadBalancerArns=[article.alb])["LoadBalancers"][0]["DNSName"]
    pins = [f"{name}:{port}:127.0.0.1"]
    own = program or doctor.data_plane.tasks.port(article.targets[0])
    building.admit(article, "task", "alb", own, own)
    for address in article.targets:
        elb.deregister_targets(TargetGroupArn=article.target_group, Targets=[{"Id": address, "Port": 8080}])
        elb.register_targets(TargetGroupArn=article.target_group, Targets=[{"Id": address, "Port": own}])
        pins.append(f"{address}:{own}:127.0.0.1")
    return [word for pin in pins for word in ("--resolve", pin)]


def _ask(doctor: Doctor, article: Article, *more: str) -> Run:
    return doctor.check(article, "--from-vpc", "--timeout", "10s", *more)


def _of_plain_http(run: Run) -> str:
    (only,) = [seen for seen in run.diagnosis["inside"] if "plain HTTP on port" in seen]
    return only


def test_the_founding_case_is_confirmed_from_inside(doctor: Doctor, founding: Article) -> None:
    run = _ask(doctor, founding, *_moved_to_loopback(doctor, founding))
    assert (run.code, run.observed["status"], run.first_cause) == (1, 400, "secure-server-name-missing")
    seen = _of_plain_http(run)
    assert "confirms secure-server-name-missing" in seen
    assert "gets the 400 of a port that wants TLS" in seen


def test_in_order_all_answers_are_shown_and_change_nothing(doctor: Doctor, healthy: Article, ports: list[str]) -> None:
    run = _ask(doctor, healthy, *ports)
    assert (run.code, run.verdict) == (0, "healthy")
    targets = [seen for seen in run.diagnosis["inside"] if seen.startswith("target ")]
    assert len(targets) == len(healthy.targets)
    assert all("is answered with 200" in seen for seen in targets)
    assert "inside" not in doctor.check(healthy).diagnosis


def test_a_capture_holds_the_answers(doctor: Doctor, founding: Article, tmp_path: Path) -> None:
    file = tmp_path / "capture.json"
    live = _ask(doctor, founding, *_moved_to_loopback(doctor, founding), "--save-capture", str(file))
    again = doctor("check", "--from", str(file), "--format", "json")
    assert again.diagnosis["inside"] == live.diagnosis["inside"]
    assert again.diagnosis["causes"] == live.diagnosis["causes"]
    answers = json.loads(file.read_text())["inside"]["asked"]
    assert {answer["question"]["subject"]["kind"] for answer in answers} == {"listener", "target-group"}


def test_the_command_capture_asks_as_well(doctor: Doctor, founding: Article, tmp_path: Path) -> None:
    file, url = tmp_path / "capture.json", doctor.data_plane.open(founding.api)
    pins = _moved_to_loopback(doctor, founding)
    assert doctor("capture", founding.api, "-o", str(file), "--invoke-url", url, "--from-vpc", *pins).code == 0
    assert "confirms secure-server-name-missing" in _of_plain_http(doctor("check", "--from", str(file), "--format", "json"))


def test_what_the_configuration_does_not_show(doctor: Doctor, healthy: Article) -> None:
    """The health check passed a moment ago, the application has crashed since: nothing that AWS tells shows it yet."""
    crashed = Hostile(says("HTTP/1.1 500 Internal Server Error\nContent-Length: 0\n\n"))
    try:
        pins = _moved_to_loopback(doctor, healthy, crashed.port)
        run = _ask(doctor, healthy, *pins)
        text = _ask(doctor, healthy, *pins, "--format", "text")
    finally:
        crashed.close()
    assert any("500, which the matcher 200 does not accept" in seen for seen in run.diagnosis["inside"])
    assert "  from inside: target " in text.out
    assert all(len(line) <= 80 for line in text.out.splitlines())
