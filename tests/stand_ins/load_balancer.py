"""Behind nginx: what the load balancer refuses, its rules, its target groups, and the way to the target.

It decides from what the control plane says. Its own answers look like an ALB's. A target that the control plane calls
timed out or failed behaves so; every other one is asked over a real connection: the program that a test put there, or
the application.
"""

import fnmatch
import http.client
import ipaddress
import re
import socket
import ssl
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from stand_ins import LOOPBACK
from stand_ins.deployment import Deployment
from stand_ins.http_server import Answer, Request
from stand_ins.packets import admitted
from stand_ins.tasks import Tasks, own_answer
from stand_ins.weather import Weather

# How the gateway tells which listener it means, and which interface of the link it sends from; never shown to a target.
LISTENER, SOURCE = "x-stand-in-listener", "x-stand-in-source"
PASSED_ON = "x-stand-in-passed-on"  # how the gateway sees that a target wrote the answer, and no nginx that plays the load balancer

_REASONS = {
    400: "Bad Request",
    401: "Authorization Required",
    403: "Forbidden",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
_MOST_FORWARDED = 30  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
_MOST_ANSWER_HEADERS = 32 * 1024


class LoadBalancer:
    """Answers what arrives at a listener."""

    def __init__(self, deployment: Deployment, tasks: Tasks, weather: Weather) -> None:
        self.deployment, self.tasks, self.weather = deployment, tasks, weather

    def answer(self, request: Request) -> Answer:
        listener = self.deployment.listener(request.headers.pop(LISTENER))
        source = request.headers.pop(SOURCE, "")
        attributes = self.deployment.attributes(listener["LoadBalancerArn"])
        refused = self._refuse(listener, attributes, request)
        if refused:
            return refused
        for action in self._actions(listener["ListenerArn"], request, source):
            match action["Type"]:
                case "fixed-response":
                    return _fixed(action["FixedResponseConfig"])
                case "redirect":
                    return _redirect(action["RedirectConfig"], request)
                case "authenticate-oidc":
                    return _login(action["AuthenticateOidcConfig"], request)
                case "forward":
                    return self._forward(listener, self._target_group(action), attributes, request)
                case other:
                    raise NotImplementedError(other)
        raise NotImplementedError("a rule without an action")

    def _refuse(self, listener: dict[str, Any], attributes: dict[str, str], request: Request) -> Answer | None:
        """What the load balancer says before it looks at its rules."""
        if request.method == "TRACE":
            return page(405)
        if request.headers.get("x-forwarded-for", "").count(",") >= _MOST_FORWARDED:
            return Answer(463, {"Server": "awselb/2.0"})
        strict = attributes.get("routing.http.desync_mitigation_mode") == "strictest"
        if strict and request.method in ("GET", "HEAD") and "content-length" in request.headers:
            return page(400)
        return self._guard(listener, attributes)

    def _guard(self, listener: dict[str, Any], attributes: dict[str, str]) -> Answer | None:
        """AWS WAF: only its default action is imitated."""
        acl = self.deployment.web_acl(listener["LoadBalancerArn"])
        if acl is None:
            return None
        if not self.weather.web_acl_is_reachable:
            return None if attributes.get("waf.fail_open.enabled") == "true" else page(500)
        return page(403) if "Block" in acl["DefaultAction"] else None

    def _actions(self, listener: str, request: Request, source: str) -> list[dict[str, Any]]:
        """The actions of the first rule that holds; the default rule always does."""
        rules = self.deployment.elb.describe_rules(ListenerArn=listener)["Rules"]
        in_order = sorted(rules, key=lambda r: (r["IsDefault"], 0 if r["IsDefault"] else int(r["Priority"])))
        chosen = next(r for r in in_order if all(_holds(c, request, source) for c in r["Conditions"]))
        return sorted(chosen["Actions"], key=lambda action: action.get("Order", 1))

    def _target_group(self, action: dict[str, Any]) -> str:
        """By weight, each in its turn."""
        groups = action.get("ForwardConfig", {}).get("TargetGroups")
        if not groups:
            return action["TargetGroupArn"]
        shares = [group["TargetGroupArn"] for group in groups for _ in range(int(group.get("Weight", 1)))]
        return self.deployment.in_turn(shares) if shares else groups[0]["TargetGroupArn"]

    def _forward(self, listener: dict[str, Any], arn: str, attributes: dict[str, str], request: Request) -> Answer:
        group = self.deployment.elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
        described = self.deployment.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        registered = [t for t in described if t["TargetHealth"]["State"] not in ("unused", "draining")]
        if not registered:
            return page(503)
        if group.get("ProtocolVersion", "HTTP1") != "HTTP1":
            return Answer(464, {"Server": "awselb/2.0"})
        healthy = [t for t in registered if t["TargetHealth"]["State"] == "healthy"]
        target = self.deployment.in_turn(healthy or registered)  # all unhealthy: an ALB fails open
        balancer = self.deployment.party_of_balancer(self.deployment.balancer(listener))
        other = self.deployment.party_of_target(target["Target"]["Id"])
        if not admitted(self.deployment.ec2, balancer, other, target["Target"]["Port"]):
            return page(504)
        return self._ask(group, target, float(attributes.get("idle_timeout.timeout_seconds", 60)), request)

    def _ask(self, group: dict[str, Any], target: dict[str, Any], patience: float, request: Request) -> Answer:
        """The target as the control plane calls it; what it calls nothing is really asked."""
        health, path = target["TargetHealth"], urlsplit(request.path).path
        unreachable = {"Target.Timeout": 504, "Target.FailedHealthChecks": 502}
        if health.get("Reason") in unreachable:
            return page(unreachable[health["Reason"]])
        code = re.search(r"\[(\d+)]", health.get("Description", ""))
        if health.get("Reason") == "Target.ResponseCodeMismatch" and code and path == group["HealthCheckPath"]:
            return own_answer(int(code[1]), path)
        port = self.tasks.port(target["Target"]["Id"])
        return _converse(port, group["Protocol"] == "HTTPS", patience, request)


def _converse(port: int, tls: bool, patience: float, request: Request) -> Answer:
    """One request to a target over a real connection, and what an ALB makes of what comes back."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=patience)
    try:
        connection.sock = socket.create_connection((LOOPBACK, port), timeout=patience)
        if tls:  # an ALB does not look at a target's certificate
            connection.sock = ssl._create_unverified_context().wrap_socket(connection.sock)
        connection.request(request.method, request.path, request.body, request.headers)
        answer = connection.getresponse()
        fields = answer.getheaders()
        if sum(len(name) + len(value) + 4 for name, value in fields) > _MOST_ANSWER_HEADERS:
            return page(502)
        hop_by_hop = {"connection", "content-length", "transfer-encoding", "keep-alive"}
        kept = {name: value for name, value in fields if name.lower() not in hop_by_hop}
        return Answer(answer.status, kept | {PASSED_ON: "1"}, answer.read())
    except TimeoutError:
        return page(504)
    except (OSError, http.client.HTTPException):
        return page(502)
    finally:
        connection.close()


def page(status: int) -> Answer:
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
    scheme = to.get("Protocol", "HTTPS").lower().replace("#{protocol}", "https")
    location = f"{scheme}://{host}:{to.get('Port', '443').replace('#{port}', '443')}{request.path}"
    return Answer(int(to["StatusCode"][-3:]), {"Location": location, "Server": "awselb/2.0"})


def _login(to: dict[str, str], request: Request) -> Answer:
    """An authenticate action and a request without a session."""
    if to.get("OnUnauthenticatedRequest") == "deny":
        return page(401)
    back = quote(f"https://{request.headers.get('host', '')}/oauth2/idpresponse", safe="")
    location = f"{to['AuthorizationEndpoint']}?client_id={to['ClientId']}&redirect_uri={back}&response_type=code&scope=openid&state=x"
    return Answer(302, {"Location": location, "Set-Cookie": "AWSALBAuthNonce=x; Path=/; HttpOnly", "Server": "awselb/2.0"})


def _holds(condition: dict[str, Any], request: Request, source: str) -> bool:
    host = request.headers.get("host", "").split(":")[0]
    match condition["Field"]:
        case "path-pattern":
            value, patterns = urlsplit(request.path).path, condition["PathPatternConfig"]["Values"]
        case "host-header":
            value, patterns = host.lower(), [p.lower() for p in condition["HostHeaderConfig"]["Values"]]
        case "http-request-method":
            value, patterns = request.method, condition["HttpRequestMethodConfig"]["Values"]
        case "http-header":
            told = condition["HttpHeaderConfig"]
            value, patterns = request.headers.get(told["HttpHeaderName"].lower(), ""), told["Values"]
        case "query-string":
            pairs = [(p.get("Key", ""), p["Value"]) for p in condition["QueryStringConfig"]["Values"]]
            given = parse_qsl(urlsplit(request.path).query)
            return any(key in ("", name) and fnmatch.fnmatchcase(text, value) for key, value in pairs for name, text in given)
        case "source-ip":
            networks = [ipaddress.ip_network(v) for v in condition["SourceIpConfig"]["Values"]]
            return any(ipaddress.ip_address(source) in network for network in networks)
        case field:
            raise NotImplementedError(field)
    return any(fnmatch.fnmatchcase(value, p) for p in patterns)
