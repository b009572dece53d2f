"""Which route of an HTTP API takes a request: the most specific one."""

import re
from typing import Any


def select(routes: list[dict[str, Any]], method: str, path: str) -> dict[str, Any] | None:
    """Exact paths before variables before greedy variables before `$default`; a method before `ANY`."""
    ranked = [(rank, r) for r in routes if (rank := _rank(r["RouteKey"], method, path)) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _rank(key: str, method: str, path: str) -> tuple[int, int, bool] | None:
    """Lower is more specific; none when the route does not match."""
    if key == "$default":
        return (3, 0, True)
    route_method, route_path = key.split(" ", 1)
    if route_method not in ("ANY", method) or not re.fullmatch(_pattern(route_path), path):
        return None
    kind = 2 if route_path.endswith("+}") else 1 if "{" in route_path else 0
    return (kind, -len(route_path.partition("{")[0]), route_method == "ANY")


def _pattern(path: str) -> str:
    escaped = re.escape(path)
    return re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.sub(r"\\\{[^}]+\\\+\\\}$", ".+", escaped))
