"""Behind nginx: listener rules, target groups and targets. Its own answers look like an ALB's.

It decides from what the control plane says. A target behaves as its health says: one that timed out never answers,
one that failed its checks refuses connections, one that failed with a code answers its health check path with that
code, every other one answers /health with 200 and all else with 404.
"""

import fnmatch
import json
import re
from typing import Any
from urllib.parse import urlsplit

from stand_ins.deployment import Deployment
from stand_ins.http_server import Answer, Request
from stand_ins.packets import admitted

LISTENER = "x-stand-in-listener"  # how the gateway tells which listener it means; never shown to a target
_REASONS = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


class LoadBalancer:
    """Answers what arrives at a listener."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    def answer(self, request: Request) -> Answer:
        listener = self.deployment.listener(request.headers.pop(LISTENER))
        action = self._action(listener["ListenerArn"], request)
        match action["Type"]:
            case "fixed-response":
                return _fixed(action["FixedResponseConfig"])
            case "redirect":
                return _redirect(action["RedirectConfig"], request)
            case "forward":
                return self._forward(listener, _target_group(action), request)
        raise NotImplementedError(action["Type"])

    def _action(self, listener: str, request: Request) -> dict[str, Any]:
        """The last action of the first rule that holds; the default rule always does."""
        rules = self.deployment.elb.describe_rules(ListenerArn=listener)["Rules"]
        in_order = sorted(rules, key=lambda r: (r["IsDefault"], 0 if r["IsDefault"] else int(r["Priority"])))
        chosen = next(r for r in in_order if all(_holds(c, request) for c in r["Conditions"]))
        return chosen["Actions"][-1]

    def _forward(self, listener: dict[str, Any], arn: str, request: Request) -> Answer:
        group = self.deployment.elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
        described = self.deployment.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        registered = [t for t in described if t["TargetHealth"]["State"] not in ("unused", "draining")]
        if not registered:
            return _page(503)
        healthy = [t for t in registered if t["TargetHealth"]["State"] == "healthy"]
        target = (healthy or registered)[0]  # all unhealthy: an ALB fails open
        balancer = self.deployment.party_of_balancer(self.deployment.balancer(listener))
        other = self.deployment.party_of_target(target["Target"]["Id"])
        if not admitted(self.deployment.ec2, balancer, other, target["Target"]["Port"]):
            return _page(504)
        if group["Protocol"] == "HTTPS":  # the tasks speak plain HTTP
            return _page(502)
        return _target(group, target["TargetHealth"], request)


def _target(group: dict[str, Any], health: dict[str, str], request: Request) -> Answer:
    """The application in the task."""
    unreachable = {"Target.Timeout": 504, "Target.FailedHealthChecks": 502}
    if health.get("Reason") in unreachable:
        return _page(unreachable[health["Reason"]])
    path = urlsplit(request.path).path
    code = re.search(r"\[(\d+)]", health.get("Description", ""))
    if health.get("Reason") == "Target.ResponseCodeMismatch" and code and path == group["HealthCheckPath"]:
        return _application(int(code[1]), {"path": path})
    return _application(200 if path == "/health" else 404, {"path": path})


def _application(status: int, document: dict[str, str]) -> Answer:
    headers = {"Content-Type": "application/json", "Server": "orders/1"}
    return Answer(status, headers, json.dumps({"application": "orders"} | document).encode())


def _page(status: int) -> Answer:
    """An error page of the load balancer's own."""
    title = f"{status} {_REASONS[status]}"
    lines = ["<html>", f"<head><title>{title}</title></head>", "<body>"]
    lines += [f"<center><h1>{title}</h1></center>", "</body>", "</html>", ""]
    return Answer(status, {"Content-Type": "text/html", "Server": "awselb/2.0"}, "\r\n".join(lines).encode())


def _fixed(response: dict[str, str]) -> Answer:
    headers = {"Content-Type": response.get("ContentType", "text/plain; charset=utf-8"), "Server": "awselb/2.0"}
    return Answer(int(response["StatusCode"]), headers, response.get("MessageBody", "").encode())


def _redirect(to: dict[str, str], request: Request) -> Answer:
    host = to.get("Host", "#{host}").replace("#{host}", request.headers.get("host", "").split(":")[0])
    scheme = to.get("Protocol", "HTTPS").lower()
    location = f"{scheme}://{host}:{to.get('Port', '443')}{request.path}"
    return Answer(int(to["StatusCode"][-3:]), {"Location": location, "Server": "awselb/2.0"})


def _target_group(action: dict[str, Any]) -> str:
    groups = action.get("ForwardConfig", {}).get("TargetGroups")
    return groups[0]["TargetGroupArn"] if groups else action["TargetGroupArn"]


def _holds(condition: dict[str, Any], request: Request) -> bool:
    host = request.headers.get("host", "").split(":")[0]
    match condition["Field"]:
        case "path-pattern":
            value, patterns = urlsplit(request.path).path, condition["PathPatternConfig"]["Values"]
        case "host-header":
            value, patterns = host.lower(), [p.lower() for p in condition["HostHeaderConfig"]["Values"]]
        case "http-request-method":
            value, patterns = request.method, condition["HttpRequestMethodConfig"]["Values"]
        case field:
            raise NotImplementedError(field)
    return any(fnmatch.fnmatchcase(value, p) for p in patterns)
