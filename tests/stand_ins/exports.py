"""What `ExportApi` says: a definition as OpenAPI 3.0 with API Gateway's extensions. moto has no such operation."""

import copy
from typing import Any

# What an integration is called in `GetIntegrations`, and in an export.
_FIELDS = {
    "payloadFormatVersion": "payloadFormatVersion",
    "integrationMethod": "httpMethod",
    "integrationUri": "uri",
    "connectionType": "connectionType",
    "connectionId": "connectionId",
    "tlsConfig": "tlsConfig",
    "requestParameters": "requestParameters",
    "timeoutInMillis": "timeoutInMillis",
}


def definition(api: Any) -> dict[str, Any]:
    """The definition as it is saved now."""
    paths: dict[str, Any] = {}
    for route in api.routes.values():
        told = route.to_json()
        method, _, path = told["routeKey"].partition(" ")
        if not path:  # $default
            method, path = "ANY", f"/{told['routeKey']}"
        name = "x-amazon-apigateway-any-method" if method == "ANY" else method.lower()
        paths.setdefault(path, {})[name] = _operation(api, told)
    return {
        "openapi": "3.0.1",
        "info": {"title": api.name, "version": "1"},
        "paths": paths,
        "x-amazon-apigateway-importexport-version": "1.0",
    }


def _operation(api: Any, route: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {"responses": {"default": {"description": f"Default response for {route['routeKey']}"}}}
    if route.get("authorizationType", "NONE") != "NONE":
        operation["security"] = [{route["authorizationType"]: []}]
    integration = (route.get("target") or "").removeprefix("integrations/")
    if integration in api.integrations:
        told = copy.deepcopy(api.integrations[integration].to_json())
        shown = {ours: told[theirs] for theirs, ours in _FIELDS.items() if told.get(theirs)}
        operation["x-amazon-apigateway-integration"] = {"type": told["integrationType"].lower()} | shown
    return operation
