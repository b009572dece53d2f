"""Which AWS operation a request on the wire is, and which IAM action allows it."""

import re
from dataclasses import dataclass
from typing import Any

from stand_ins import cbor

# The singular of each collection in API Gateway's paths.
_COLLECTIONS = {
    "apis": "Api",
    "stages": "Stage",
    "routes": "Route",
    "integrations": "Integration",
    "deployments": "Deployment",
    "authorizers": "Authorizer",
    "vpclinks": "VpcLink",
    "domainnames": "DomainName",
    "apimappings": "ApiMapping",
    "routingrules": "RoutingRule",
    "models": "Model",
    "tags": "Tag",
    "restapis": "RestApi",
}
_VERBS = {"GET": "Get", "POST": "Create", "PUT": "Put", "PATCH": "Update", "DELETE": "Delete"}


@dataclass(frozen=True)
class Seen:
    """One request: who asked (access key), in which service, for which operation."""

    key: str
    service: str
    operation: str
    method: str

    @property
    def action(self) -> str:
        """The IAM action. API Gateway has one for each HTTP method; only routing rules have their own."""
        if self.operation == "ListRoutingRules":
            return f"{self.service}:{self.operation}"
        return f"{self.service}:{self.method if self.service == 'apigateway' else self.operation}"


def identify(environ: dict[str, Any], body: bytes) -> Seen:
    """Reads key and service from the signature, the operation from where the protocol has it."""
    scope = re.search(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    key, service = scope.groups() if scope else ("?", "?")
    service = {"monitoring": "cloudwatch"}.get(service, service)  # IAM's name of it
    return Seen(key, service, _operation(environ, body), environ["REQUEST_METHOD"])


def _operation(environ: dict[str, Any], body: bytes) -> str:
    named = cbor.operation(environ)
    if named:  # CloudWatch
        return named
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:  # the JSON protocols: ECS, ACM …
        return target.rsplit(".", 1)[-1]
    action = re.search(rb"(?:^|&)Action=(\w+)", body)
    if action:  # the query protocols: EC2, ELB, IAM, STS
        return action.group(1).decode()
    return _rest_operation(environ["REQUEST_METHOD"], environ["PATH_INFO"])


def _rest_operation(method: str, path: str) -> str:
    segments = [s for s in path.split("/") if s and s != "v2"]
    names = segments[::2]  # /apis/ID/routes/ID: collections and ids take turns
    if names[-1:] == ["exports"]:
        return "ExportApi"
    if names[-1:] == ["routingrules"] and method == "GET":
        return "ListRoutingRules"
    if not names or names[-1] not in _COLLECTIONS:
        return f"{method} {path}"
    is_list = len(segments) % 2 == 1 and method == "GET"
    return _VERBS.get(method, method) + _COLLECTIONS[names[-1]] + ("s" if is_list else "")
