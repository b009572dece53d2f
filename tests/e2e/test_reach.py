"""What `reach` prints about the small network in `tests/network`: every JSON answer keeps to its published schema, every text to 80 columns.

No AWS and no stand-in: the files are all there is. Whether the answers are right is the business of the Rust tests.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from doctor import REPOSITORY

NETWORK = REPOSITORY / "tests" / "network"
FILES = sorted(path.name for path in (NETWORK / "eu-central-1").glob("*.json"))
QUESTIONS = [":443", ":8080", ":5432/udp", "/icmp", ":1-65535", ":400-500", ":0/47"]
EXIT = {"allowed": 0, "dropped": 1, "unknown": 3}


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((REPOSITORY / "docs" / "reach.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def reach(network: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"LC_ALL": "C.UTF-8", "COLUMNS": "80"}
    command = [os.environ["APIGW_DOCTOR_BIN"], "reach", "--aws-json", str(network), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def strict(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    """Members that the schema does not tell of: the schema allows additions, but those of today are to be published."""
    definitions = validator().schema["$defs"]
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
    for choice in schema.get("anyOf", []):
        if value is not None and "$ref" in choice:
            yield from strict(value, choice)
    if isinstance(value, dict) and "properties" in schema:
        for name, member in value.items():
            if name in schema["properties"]:
                yield from strict(member, schema["properties"][name])
            else:
                yield name
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for item in value:
            yield from strict(item, schema["items"])


def validated(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert run.stdout, run.stderr
    document = json.loads(run.stdout)
    validator().validate(document)
    kind = "PairsReport" if "rows" in document else "ReachReport"
    assert not list(strict(document, {"$ref": f"#/$defs/{kind}"}))
    assert document["exit_code"] == run.returncode
    return document


def ends() -> list[str]:
    interfaces = json.loads((NETWORK / "eu-central-1" / "NetworkInterfaces.json").read_text())["NetworkInterfaces"]
    groups = json.loads((NETWORK / "eu-central-1" / "SecurityGroups.json").read_text())["SecurityGroups"]
    instances = {interface["Attachment"]["InstanceId"] for interface in interfaces if "InstanceId" in interface.get("Attachment", {})}
    named = [*sorted(instances), interfaces[0]["NetworkInterfaceId"], groups[1]["GroupId"]]
    return ["vpc-link:abc123", *named, "internet", "10.0.2.30", "10.0.2.99", "198.51.100.1", "2001:db8::7"]


@pytest.mark.parametrize("source", ends())
def test_every_answer_keeps_to_the_schema(source: str) -> None:
    for to in ends():
        for question in QUESTIONS:
            destination = f"[{to}]{question}" if "::" in to else f"{to}{question}"
            report = validated(reach(NETWORK, "--from", source, "--to", destination, "--format", "json"))
            assert report["exit_code"] == EXIT[report["verdict"]]
            assert (report["witness"] is not None) == (report["verdict"] == "dropped") == bool(report["drops"])
            for drop in report["drops"]:
                # A command is another form of a rule, and a rule has its words.
                assert (drop["command"] is None) == (drop["remedy"] is None)
                assert drop["remedy"] is None or drop["smallest_rule"].startswith(drop["remedy"]["id"])


@pytest.mark.parametrize("source", ends())
def test_every_text_keeps_to_80_columns_and_needs_no_colour(source: str) -> None:
    for to in ends():
        for question in QUESTIONS:
            destination = f"[{to}]{question}" if "::" in to else f"{to}{question}"
            run = reach(NETWORK, "--from", source, "--to", destination)
            assert run.returncode in EXIT.values() and "\x1b" not in run.stdout
            lines = [line for line in run.stdout.splitlines() if not line.strip().startswith("aws ")]
            assert all(len(line) <= 80 for line in lines), run.stdout
            assert "  \n" not in run.stdout and run.stdout.startswith(("allowed:", "dropped:", "unknown:")), run.stdout


@pytest.mark.parametrize("missing", FILES)
def test_what_is_missing_is_in_the_schema_too(missing: str, tmp_path: Path) -> None:
    shutil.copytree(NETWORK / "eu-central-1", tmp_path / "eu-central-1")
    (tmp_path / "eu-central-1" / missing).unlink()
    for source, destination in [("10.0.1.10", "10.0.2.20:8080"), ("10.0.2.20", "10.0.2.30:1-6000"), ("10.0.1.10", "internet:443")]:
        validated(reach(tmp_path, "--from", source, "--to", destination, "--format", "json"))


def test_no_two_proposals_share_a_number(tmp_path: Path) -> None:
    """An ACL that lets nothing pass: there, back, and for each address another entry is proposed."""
    shutil.copytree(NETWORK / "eu-central-1", tmp_path / "eu-central-1")
    file = tmp_path / "eu-central-1" / "NetworkAcls.json"
    acls = json.loads(file.read_text())
    for acl in acls["NetworkAcls"]:
        acl["Entries"] = []
    file.write_text(json.dumps(acls))
    report = validated(reach(tmp_path, "--from", "vpc-link:abc123", "--to", "i-0a00000000000001:1-65535", "--format", "json"))
    remedies = [drop["remedy"] for drop in report["drops"] if drop["remedy"] and drop["remedy"]["kind"] == "network-acl-entry"]
    taken = [(remedy["id"], remedy["direction"], number) for remedy in remedies for number in remedy["rule_numbers"]]
    assert len(taken) >= 4 and len(set(taken)) == len(taken), remedies


def test_pairs_keep_to_the_schema(tmp_path: Path) -> None:
    rows = ["source\tdestination\tport\tprotocol", "10.0.2.20\t10.0.2.30\t5432\ttcp", "10.0.2.20\tnobody\t1\ttcp", "a"]
    (tmp_path / "pairs.tsv").write_text("\n".join(rows))
    report = validated(reach(NETWORK, "--pairs", str(tmp_path / "pairs.tsv"), "--format", "json"))
    assert [row["verdict"] for row in report["rows"]] == ["allowed", "unknown", "unknown"]


def test_the_schema_refuses_what_is_no_answer() -> None:
    report = validated(reach(NETWORK, "--from", "10.0.1.10", "--to", "10.0.2.20:443", "--format", "json"))
    without = {name: value for name, value in report.items() if name != "verdict"}
    for wrong in [without, {**report, "verdict": "perhaps"}, {**report, "drops": [{}]}, {**report, "exit_code": 256}, {}]:
        with pytest.raises(jsonschema.ValidationError):
            validator().validate(wrong)
    assert list(strict({**report, "surprise": 1}, {"$ref": "#/$defs/ReachReport"})) == ["surprise"]
