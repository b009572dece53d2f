"""How a report leaves the program: formats, colours, files, pipes."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from doctor import Doctor

from stand_ins.article import Article

ESCAPE = "\x1b"


@pytest.mark.parametrize("form", ["text", "short", "json"])
def test_every_format_has_the_same_exit_code(doctor: Doctor, founding: Article, form: str) -> None:
    assert doctor.check(founding, "--format", form).code == 1
    doctor.control.deny("ecs:DescribeServices")
    assert doctor.check(founding, "--format", form, "--fail-on", "never", "--no-probe").code == 3
    doctor.control.reset()
    assert doctor.check(founding, "--format", form, "--fail-on", "never", "--no-probe").code == 0


def test_no_colour_unless_it_is_asked_for(doctor: Doctor, founding: Article) -> None:
    for arguments, env in (((), {}), ((), {"NO_COLOR": "1"}), (("--color=never",), {"CLICOLOR_FORCE": "1"})):
        run = doctor.check(founding, "--format", "text", *arguments, env=env)
        assert ESCAPE not in run.out + run.err
    assert ESCAPE in doctor.check(founding, "--format", "text", "--color=always").out


def test_files(doctor: Doctor, founding: Article, tmp_path: Path) -> None:
    as_json, as_text = tmp_path / "report.json", tmp_path / "report.txt"
    outputs = ("--output", f"json={as_json}", "--output", f"text={as_text}")
    run = doctor.check(founding, "--color=always", *outputs)
    assert run.code == 1
    assert json.loads(as_json.read_text())["exit_code"] == 1
    assert "secure-server-name-missing" in as_text.read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "report.json", "report.txt"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_closed_pipe_is_no_panic(doctor: Doctor, founding: Article, form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = doctor.start("check", founding.api, "--no-probe", "--format", form, stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert "panicked" not in err
    assert process.returncode in (1, 141, -13)


def test_full_disk_is_one_sentence(doctor: Doctor, founding: Article) -> None:
    with open("/dev/full", "w") as full:
        process = doctor.start("check", founding.api, "--no-probe", stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=60)
    assert "panicked" not in err
    assert process.returncode != 0


@pytest.mark.parametrize("form", ["text", "short"])
def test_names_cannot_steer_a_terminal(doctor: Doctor, founding: Article, form: str) -> None:
    hostile = "evil\x1b[31m\u202eeman\x07"
    founding.control.client("apigatewayv2").update_api(ApiId=founding.api, Name=hostile)
    run = doctor.check(founding, "--format", form)
    assert run.code == 1
    assert not set("\x1b\x07\u202e") & set(run.out + run.err)
