"""Paths of API Gateway that moto does not have: deployments, exports and routing rules."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

from stand_ins import exports, moto_gaps

Answer = tuple[int, Any]

_PATHS = {
    "deployments": re.compile(r"/v2/apis/(?P<api>[^/]+)/deployments(?:/(?P<deployment>[^/]+))?"),
    "export": re.compile(r"/v2/apis/(?P<api>[^/]+)/exports/OAS30"),
    "routing_rules": re.compile(r"/v2/domainnames/(?P<domain>[^/]+)/routingrules"),
}


def to(environ: dict[str, Any], body: bytes, backend: Callable[[], Any]) -> Answer | None:
    """The answer to a request; none where moto answers."""
    for name, path in _PATHS.items():
        if found := path.fullmatch(environ["PATH_INFO"]):
            return globals()[f"_{name}"](backend(), environ, body, **found.groupdict())
    return None


def _deployments(backend: Any, environ: dict, body: bytes, api: str, deployment: str | None) -> Answer:
    """Create, get and list deployments."""
    found = backend.apis.get(api)
    if found is None or (deployment and deployment not in found.deployments):
        return 404, {"message": "Invalid API identifier specified"}
    if environ["REQUEST_METHOD"] == "GET":
        return 200, found.deployments[deployment] if deployment else {"items": list(found.deployments.values())}
    asked = json.loads(body or b"{}")
    made = moto_gaps.new_deployment(found, asked.get("description", ""), auto=False)
    if "stageName" in asked:
        found.stages[asked["stageName"]].deployment_id = made["deploymentId"]
    return 201, made


def _export(backend: Any, environ: dict, _body: bytes, api: str) -> Answer:
    """The saved definition, or that of the stage's deployment."""
    found = backend.apis.get(api)
    stage = parse_qs(environ["QUERY_STRING"]).get("stageName", [None])[0]
    if found is None or (stage and stage not in found.stages):
        return 404, {"message": "Invalid API or stage identifier specified"}
    if stage is None:
        return 200, exports.definition(found)
    return 200, found.definitions[found.stages[stage].deployment_id]


def _routing_rules(backend: Any, _environ: dict, _body: bytes, domain: str) -> Answer:
    """The rules that a test has set on a domain."""
    found = backend.domain_names.get(unquote(domain))
    if found is None:
        return 404, {"message": "Invalid domain name identifier specified"}
    return 200, {"routingRules": getattr(found, "routing_rules", [])}
