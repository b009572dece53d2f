"""CloudWatch speaks CBOR to the doctor (Smithy RPC v2); moto speaks JSON. Each call is put into the other's words, both ways."""

import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import cbor2

_PATH = re.compile(r"/service/(\w+)/operation/(\w+)")
HEADERS = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


def operation(environ: dict[str, Any]) -> str | None:
    """The operation of a CBOR call; `None` for any other."""
    named = _PATH.fullmatch(environ["PATH_INFO"])
    return named.group(2) if named else None


def through(environ: dict[str, Any], body: bytes, ask: Callable[[dict[str, Any]], tuple[str, bytes]]) -> tuple[str, bytes]:
    """Asks moto in JSON what was asked in CBOR; its status and its answer in CBOR."""
    service, name = _PATH.fullmatch(environ["PATH_INFO"]).groups()
    asked = json.dumps(cbor2.loads(body), default=_seconds).encode()
    changed = {
        "PATH_INFO": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "CONTENT_LENGTH": str(len(asked)),
        "HTTP_X_AMZ_TARGET": f"{service}.{name}",
        "wsgi.input": io.BytesIO(asked),
    }
    status, answer = ask(environ | changed)
    return status, cbor2.dumps(_with_moments(json.loads(answer or b"{}")))


def refusal(code: str, message: str) -> bytes:
    return cbor2.dumps({"__type": code, "message": message})


def _seconds(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"no JSON for {value!r}")


def _with_moments(document: Any) -> Any:
    """JSON has numbers where CBOR has moments (tag 1)."""
    if isinstance(document, dict):
        return {k: [cbor2.CBORTag(1, t) for t in v] if k == "Timestamps" else _with_moments(v) for k, v in document.items()}
    return [_with_moments(v) for v in document] if isinstance(document, list) else document
