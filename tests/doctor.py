"""Runs the real binary in a clean environment, and finds its way in the JSON report."""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stand_ins import DOCTOR, REGION
from stand_ins.article import Article
from stand_ins.control import Control
from stand_ins.data_plane import DataPlane

REPOSITORY = Path(__file__).parents[1]

Environment = Mapping[str, str | None]  # None takes a variable away


@cache
def published_schema() -> dict[str, Any]:
    """The schema of the report, at the root of the repository or one folder down."""
    (only,) = [*REPOSITORY.glob("report*.schema.json"), *REPOSITORY.glob("*/report*.schema.json")]
    return json.loads(only.read_text())


@cache
def _validator() -> Any:
    """Looks for what is wrong with the schema only once: that takes longer than to validate a report."""
    schema = published_schema()
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    return validator(schema)


@dataclass
class Run:
    """What one run left behind."""

    code: int
    out: str
    err: str
    seconds: float

    @cached_property
    def report(self) -> dict[str, Any]:
        """The JSON report. Whoever reads one has it validated against the published schema first."""
        report = json.loads(self.out)
        _validator().validate(report)
        return report

    @property
    def deployment(self) -> dict[str, Any]:
        """The only deployment of the report."""
        (only,) = self.report["deployments"]
        return only

    @property
    def verdict(self) -> str:
        return self.deployment["verdict"]

    @property
    def diagnosis(self) -> dict[str, Any]:
        """The diagnosis of the only request."""
        (only,) = self.deployment["diagnoses"]
        return only

    @property
    def observed(self) -> dict[str, Any]:
        return self.diagnosis["observed"]

    @property
    def first_cause(self) -> str | None:
        causes = self.diagnosis["causes"]
        return causes[0]["check"] if causes else None

    def check(self, identifier: str) -> dict[str, Any]:
        return next(c for c in self.deployment["checks"] if c["id"] == identifier)

    def with_verdict(self, verdict: str) -> set[str]:
        """The ids of all checks with this verdict."""
        return {c["id"] for c in self.deployment["checks"] if c["verdict"] == verdict}

    def tell(self, arguments: tuple[str, ...]) -> None:
        """Prints what a reader of a failed test needs first; pytest keeps it to itself when the test passes."""
        print("$ apigw-doctor", *arguments, f"-> exit {self.code} after {self.seconds:.1f} s")
        print(self.err, end="")
        try:
            deployments = json.loads(self.out)["deployments"]
        except (ValueError, TypeError, KeyError):
            return print(self.out[:3000])
        for deployment in deployments:
            print(deployment["verdict"], deployment["summary"], json.dumps(deployment["diagnoses"])[:3000])
            for check in deployment["checks"]:
                if check["verdict"] not in ("pass", "not-applicable"):
                    print(check["verdict"], check["id"], check["gaps"], [finding["summary"] for finding in check["findings"]])

    def assert_one_sentence(self) -> None:
        """On a failure the user reads a sentence or two, no panic and no half report."""
        assert "panicked" not in self.err
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert 1 <= len(lines) <= 2, self.err


class Doctor:
    """The binary under test."""

    def __init__(self, binary: Path, control: Control, data_plane: DataPlane, home: Path) -> None:
        self.binary, self.control, self.data_plane = binary, control, data_plane
        self.environment = {
            "AWS_ACCESS_KEY_ID": DOCTOR,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": control.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(home),  # no profile, no credentials of the person who runs the tests
            "PATH": os.environ["PATH"],
        }

    def start(self, *arguments: str, env: Environment | None = None, **options: Any) -> subprocess.Popen:
        """Starts it, with the environment changed by `env`."""
        changed = {**self.environment, **(env or {})}
        environment = {name: value for name, value in changed.items() if value is not None}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen([self.binary, *arguments], env=environment, text=True, **(pipes | options))

    def __call__(self, *arguments: str, env: Environment | None = None, within: float = 60) -> Run:
        """Runs it to its end."""
        started = time.monotonic()
        process = self.start(*arguments, env=env)
        try:
            out, err = process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        run = Run(process.returncode, out, err, time.monotonic() - started)
        run.tell(arguments)
        return run

    def check(self, article: Article, *arguments: str, env: Environment | None = None) -> Run:
        """`check` with the probe sent to the stand-in, reported as JSON unless `arguments` say otherwise."""
        url = self.data_plane.open(article.api)
        form = () if "--format" in arguments else ("--format", "json")
        return self("check", article.api, "--invoke-url", url, *form, *arguments, env=env)


def the_binary(control: Control, data_plane: DataPlane, home: Path) -> Doctor:
    """The binary that `tests/run` built, or the one that APIGW_DOCTOR_BIN names."""
    binary = os.environ.get("APIGW_DOCTOR_BIN")
    if not binary:
        pytest.fail("APIGW_DOCTOR_BIN is not set: use tests/run e2e")
    return Doctor(Path(binary), control, data_plane, home)


def without_clock(report: Any) -> Any:
    """The report without the fields that may differ between two runs: clock, latency, and the stand-in's ports."""
    clock = {"generated_at", "collected_at", "latency_ms", "timings", "url", "invoke_url", "peer"}
    if isinstance(report, dict):
        return {k: without_clock(v) for k, v in report.items() if k not in clock}
    return [without_clock(v) for v in report] if isinstance(report, list) else report
