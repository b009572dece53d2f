"""The control plane: moto's server, in process, behind a layer that the tests steer.

    python -m stand_ins.control_plane [PORT]

Prints its address, then serves AWS's wire protocols on loopback. The tests steer it by POSTing JSON to /_test/NAME
(class `Steering` has one method for each NAME); `control.py` is the client. Rules, paging, latency and stopping apply
to the caller under test only (access key `DOCTOR`), so that they never disturb the builder or the data plane.
"""

import io
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_plus

from moto.backends import get_backend
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from stand_ins import ACCOUNT, DOCTOR, LOOPBACK, REGION, cbor, own_answers, paging
from stand_ins.requests_seen import Seen, identify

StartResponse = Callable[..., Any]


class Steering:
    """What the tests have asked for, and what the stand-in has seen."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset({})

    def reset(self, _: dict) -> None:
        """Back to a plain control plane; the deployment stays."""
        self.rules: list[dict[str, Any]] = []
        self.seen: list[Seen] = []
        self.latency_s = 0.0
        self.paged = False
        self.calls_left: int | None = None

    def set(self, asked: dict[str, Any]) -> None:
        """Sets attributes of one of moto's model objects: states that no AWS call sets."""
        target = _walk(_backend(asked["backend"]), asked["path"])
        for name, value in asked["attributes"].items():
            if isinstance(target, dict):
                target[name] = value
            else:
                setattr(target, name, value)

    def health(self, told: dict[str, Any]) -> None:
        """What the load balancer thinks of one target."""
        group = _backend("elbv2").target_groups[told["target_group"]]
        group.__dict__.setdefault("told_health", {})[told["id"]] = told

    def rule(self, rule: dict[str, Any]) -> None:
        """From now on answers of an operation are replaced (`status`, `headers`, `body`) or edited (`json`).

        With `about`, only where the request names it.
        """
        self.rules.append(rule)

    def latency(self, asked: dict[str, float]) -> None:
        self.latency_s = asked["seconds"]

    def pages(self, _: dict) -> None:
        """From now on every list comes in two pages."""
        self.paged = True

    def stop(self, asked: dict[str, int]) -> None:
        """After so many more calls, connections are closed without an answer."""
        self.calls_left = asked["after"]

    def calls(self, _: dict) -> list[dict[str, str]]:
        """What the doctor asked."""
        return [vars(s) | {"action": s.action} for s in self.seen if s.key == DOCTOR]

    def admit(self, seen: Seen) -> bool:
        """Counts a call; false when the control plane has stopped."""
        with self.lock:
            self.seen.append(seen)
            if self.calls_left is None or seen.key != DOCTOR:
                return True
            self.calls_left -= 1
            return self.calls_left >= 0

    def rule_for(self, seen: Seen, body: bytes) -> dict[str, Any] | None:
        """The first rule for this call; a rule for so many times is used up."""
        with self.lock:
            for rule in self.rules if seen.key == DOCTOR else []:
                matches = rule["service"] == seen.service and re.fullmatch(rule["operation"], seen.operation)
                named = rule.get("about", "") in unquote_plus(body.decode("utf-8", "replace"))
                if matches and named and rule.get("times", 1) > 0:
                    if "times" in rule:
                        rule["times"] -= 1
                    return rule
        return None


class ControlPlane:
    """The WSGI application."""

    def __init__(self) -> None:
        self.moto = DomainDispatcherApplication(_loud_backend_app)
        self.steering = Steering()

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        body = _read_body(environ)
        path = environ["PATH_INFO"]
        if path.startswith("/_test/"):
            return _send_json(start, *self._steer(path.removeprefix("/_test/"), body))
        if path.startswith("/moto-api/"):
            return self.moto(environ, start)
        seen = identify(environ, body)
        if not self.steering.admit(seen):
            return _hang_up(environ)
        if seen.key != DOCTOR:
            return self._answer(environ, start, body, seen)
        time.sleep(self.steering.latency_s)
        rule = self.steering.rule_for(seen, body)
        if rule and "status" in rule:
            start(f"{rule['status']} Refused", list(rule["headers"].items()))
            return [rule["body"].encode("latin-1" if "smithy-protocol" in rule["headers"] else "utf-8")]
        return self._edited(environ, start, body, seen, rule)

    def _steer(self, name: str, body: bytes) -> tuple[int, Any]:
        try:
            return 200, getattr(self.steering, name)(json.loads(body or b"{}"))
        except Exception as error:  # whatever it is, the test shall read it
            return 400, f"{type(error).__name__}: {error}"

    def _answer(self, environ: dict, start: StartResponse, body: bytes, seen: Seen) -> Iterable[bytes]:
        if seen.service == "apigateway":
            own = own_answers.to(environ, body, lambda: _backend("apigatewayv2"))
            if own:
                return _send_json(start, *own)
        if cbor.operation(environ):
            return self._in_cbor(environ, start, body)
        return self.moto(environ, start)

    def _in_cbor(self, environ: dict, start: StartResponse, body: bytes) -> list[bytes]:
        got: list[str] = []

        def ask(changed: dict[str, Any]) -> tuple[str, bytes]:
            answer = b"".join(self.moto(changed, lambda status, *_: got.append(status)))
            return got[0], answer

        status, answer = cbor.through(environ, body, ask)
        start(status, list(cbor.HEADERS.items()))
        return [answer]

    def _edited(self, environ: dict, start: StartResponse, body: bytes, seen: Seen, rule: dict | None) -> list[bytes]:
        """The answer as the doctor gets it: edited by a rule, cut into pages."""
        got: dict[str, Any] = {}

        def keep(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            got.update(status=status, headers=headers)

        asked = paging.without_token(body)
        environ |= {"wsgi.input": io.BytesIO(asked), "CONTENT_LENGTH": str(len(asked))}
        answer = b"".join(self._answer(environ, keep, asked, seen))
        if got["status"].startswith("200"):
            if rule:
                answer = json.dumps(_merge(json.loads(answer), rule["json"])).encode()
            if self.steering.paged and seen.operation in paging.PAGED:
                answer = paging.page(seen, environ["QUERY_STRING"], body, answer)
        headers = [(k, v) for k, v in got["headers"] if k.lower() != "content-length"]
        start(got["status"], [*headers, ("Content-Length", str(len(answer)))])
        return [answer]


def _loud_backend_app(service: str) -> Any:
    """moto's application for a service, with its mistakes on stderr instead of behind a blank 500."""
    app = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


def _backend(name: str) -> Any:
    return get_backend(name)[ACCOUNT]["global" if name == "iam" else REGION]


def _walk(start: Any, path: list[str]) -> Any:
    """Follows attributes, keys and indices."""
    for step in path:
        if isinstance(start, dict):
            start = start[step]
        elif isinstance(start, list):
            start = start[int(step)]
        else:
            start = getattr(start, step)
    return start


def _merge(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(document.get(key), dict)
        document[key] = _merge(document[key], value) if both else value
    return document


def _read_body(environ: dict[str, Any]) -> bytes:
    """Reads the body and puts it back for moto."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _send_json(start: StartResponse, status: int, document: Any) -> list[bytes]:
    answer = json.dumps(document, default=str).encode()
    start(f"{status} -", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def _hang_up(environ: dict[str, Any]) -> list[bytes]:
    environ["werkzeug.socket"].shutdown(2)
    raise ConnectionResetError("stopped on request")


class QuietHandler(MotoRequestHandler):
    """Logs no requests (the tests read `/_test/calls`), only errors."""

    def log_request(self, *_: Any) -> None:
        pass


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = make_server(LOOPBACK, port, ControlPlane(), threaded=True, request_handler=QuietHandler)
    os.environ["MOTO_PORT"] = str(server.server_port)
    print(f"http://{LOOPBACK}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
