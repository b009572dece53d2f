"""The client of the control plane: starts it, steers it, and makes boto3 clients for it."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from stand_ins import REGION, refusals

TESTS = Path(__file__).parent.parent


class Control:
    """A running control plane."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": str(TESTS)}
        command = [sys.executable, "-m", "stand_ins.control_plane"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.clients: dict[tuple[str, str], Any] = {}
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"the control plane did not start: exit code {self.process.wait()}")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def client(self, service: str, key: str = "BUILDER") -> Any:
        """A boto3 client. The key names who asks: the recorder and the rules go by it."""
        if (service, key) not in self.clients:
            session = boto3.Session(aws_access_key_id=key, aws_secret_access_key="secret", region_name=REGION)
            config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False, read_timeout=20)
            self.clients[service, key] = session.client(service, endpoint_url=self.url, config=config)
        return self.clients[service, key]

    def _post(self, path: str, document: Any = None) -> Any:
        request = urllib.request.Request(self.url + path, method="POST", data=json.dumps(document or {}).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """No rule, no latency, no call seen; the deployment stays."""
        self._post("/_test/reset")

    def empty(self) -> None:
        """No resource at all."""
        self._post("/moto-api/reset")
        self.reset()

    def set(self, backend: str, path: list[str], **attributes: Any) -> None:
        self._post("/_test/set", {"backend": backend, "path": path, "attributes": attributes})

    def health(self, target_group: str, target: str, state: str, reason: str, description: str) -> None:
        told = {"target_group": target_group, "id": target}
        self._post("/_test/health", told | {"state": state, "reason": reason, "description": description})

    def deny(self, action: str, about: str = "") -> None:
        """IAM denies the doctor `action`: "ec2:DescribeSubnets", or "apigateway:GetApi"; where the request names `about`."""
        self._post("/_test/rule", refusals.deny(action) | {"about": about})

    def throttle(self, action: str, times: int | None = None, about: str = "") -> None:
        self._post("/_test/rule", refusals.throttle(action, times) | {"about": about})

    def edit(self, action: str, change: dict[str, Any]) -> None:
        """Merges `change` into the doctor's JSON answers of `action`."""
        service, operation = action.split(":")
        self._post("/_test/rule", {"service": service, "operation": operation, "json": change})

    def latency(self, seconds: float) -> None:
        self._post("/_test/latency", {"seconds": seconds})

    def pages(self) -> None:
        """Every list comes in two pages."""
        self._post("/_test/pages")

    def stop(self, after: int) -> None:
        """After so many more calls of the doctor, connections are closed without an answer."""
        self._post("/_test/stop", {"after": after})

    def calls(self) -> list[dict[str, str]]:
        return self._post("/_test/calls")
