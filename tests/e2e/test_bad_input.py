"""What bad input gets: one sentence, the exit code of the table, no panic, no partial file.

`--no-probe` everywhere: should a refusal fail, the real invoke URL of an invented API must not be asked.
"""

import json
from pathlib import Path

import pytest
from doctor import Doctor

from stand_ins.article import Article


def test_unknown_api(doctor: Doctor, healthy: Article) -> None:
    run = doctor("check", "zzzzzzzzzz", "--no-probe")
    assert (run.code, run.out) == (4, "")
    run.assert_one_sentence()
    assert "zzzzzzzzzz" in run.err


@pytest.mark.parametrize("nonsense", ["not an api", "../../etc/passwd", "arn:aws:s3:::bucket", "https://example.com/"])
def test_malformed_api(doctor: Doctor, nonsense: str) -> None:
    run = doctor("check", nonsense, "--no-probe")
    assert run.code in (2, 4)
    assert run.out == ""
    assert "panicked" not in run.err
    assert run.err.strip()


def test_no_credentials(doctor: Doctor, healthy: Article) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    run = doctor("check", healthy.api, "--no-probe", env=nobody)
    assert run.code == 4
    run.assert_one_sentence()
    assert "credentials" in run.err.lower()


def test_wrong_region(doctor: Doctor, healthy: Article) -> None:
    run = doctor("check", healthy.api, "--no-probe", env={"AWS_REGION": "eu-west-1"})
    assert run.code == 4
    run.assert_one_sentence()
    assert "eu-west-1" in run.err


def test_unreachable_endpoint(doctor: Doctor, healthy: Article) -> None:
    run = doctor("check", healthy.api, "--no-probe", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert run.code in (3, 4)
    assert "panicked" not in run.err


def test_rest_api(doctor: Doctor, healthy: Article) -> None:
    rest = healthy.control.client("apigateway").create_rest_api(name="legacy")["id"]
    run = doctor("check", rest, "--no-probe")
    assert run.code == 4
    run.assert_one_sentence()


def test_websocket_api(doctor: Doctor, healthy: Article) -> None:
    gateway = healthy.control.client("apigatewayv2")
    selection = {"RouteSelectionExpression": "$request.body.action"}
    chat = gateway.create_api(Name="chat", ProtocolType="WEBSOCKET", **selection)
    run = doctor("check", chat["ApiId"], "--no-probe")
    assert run.code == 4
    run.assert_one_sentence()
    assert "websocket" in run.err.lower()


def test_unknown_check(doctor: Doctor, healthy: Article) -> None:
    run = doctor("check", healthy.api, "--no-probe", "--select", "secure-server-name-mising")
    assert run.code == 2
    assert "secure-server-name-missing" in run.err
    assert doctor.control.calls() == []  # said before anything is asked


def test_unknown_stage_lists_the_stages(doctor: Doctor, healthy: Article) -> None:
    run = doctor("check", healthy.api, "--stage", "prod", "--no-probe")
    assert run.code in (2, 4)
    assert "$default" in run.err


@pytest.mark.parametrize(
    "flag", [("--format", "yaml"), ("--fail-on", "fatal"), ("--timeout", "soon"), ("--path", "health"), ("--chek",)]
)
def test_invalid_flag_value(doctor: Doctor, healthy: Article, flag: tuple[str, ...]) -> None:
    run = doctor("check", healthy.api, "--no-probe", *flag)
    assert (run.code, run.out) == (2, "")
    assert flag[0] in run.err


def test_output_into_a_missing_folder(doctor: Doctor, healthy: Article, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "report.json"
    run = doctor("check", healthy.api, "--no-probe", "--output", f"json={target}")
    assert run.code in (2, 4)
    run.assert_one_sentence()
    assert "missing" in run.err
    assert not target.parent.exists()


@pytest.mark.parametrize("content", ["", "no json", "[]", "{}", '{"format": 1'])
def test_unreadable_capture(doctor: Doctor, tmp_path: Path, content: str) -> None:
    capture = tmp_path / "capture.json"
    capture.write_text(content)
    run = doctor("check", "--from", str(capture))
    assert (run.code, run.out) == (4, "")
    run.assert_one_sentence()


def test_missing_capture(doctor: Doctor, tmp_path: Path) -> None:
    run = doctor("check", "--from", str(tmp_path / "nowhere.json"))
    assert run.code == 4
    run.assert_one_sentence()


def test_newer_capture(doctor: Doctor, healthy: Article, tmp_path: Path) -> None:
    path = tmp_path / "capture.json"
    assert doctor("capture", healthy.api, "--no-probe", "-o", str(path)).code == 0
    capture = json.loads(path.read_text())
    path.write_text(json.dumps(capture | {"format": capture["format"] + 1}))
    run = doctor("check", "--from", str(path))
    assert run.code == 4
    run.assert_one_sentence()
