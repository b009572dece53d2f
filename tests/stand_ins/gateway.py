"""API Gateway's data plane for one API: stage, route, integration, VPC link, then plain HTTP or TLS to the listener.

Each decision is read from the control plane at the time of the request. Where AWS does not document the answer (marked
T or I in the catalogue of failure modes), this is an assumption of the stand-in, not evidence about AWS.
"""

import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import ClientError

from stand_ins import LOOPBACK, REGION
from stand_ins.certificates import Pem
from stand_ins.deployment import Deployment
from stand_ins.http_server import Answer, Request
from stand_ins.listeners import Listeners
from stand_ins.load_balancer import LISTENER, PASSED_ON, SOURCE
from stand_ins.packets import Party, admitted
from stand_ins.route_selection import select
from stand_ins.tasks import Tasks
from stand_ins.weather import Weather

_MESSAGES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
    504: "Endpoint request timed out",
}
_DROPPED_S = 0.3  # AWS waits up to the integration's timeout when packets are dropped; the tests do not
_MOST_HEADERS = 10_240  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html


class Refused(Exception):
    """API Gateway answers by itself."""

    def __init__(self, status: int, **headers: str) -> None:
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Gateway:
    """The invoke URL of one API, or that of a custom domain name."""

    api: str
    deployment: Deployment
    listeners: Listeners
    tasks: Tasks
    public_ca: Pem  # whose authority API Gateway trusts for certificates that ACM issued
    weather: Weather
    balancer_signs: bool = True  # nginx plays the ALB, so its own name becomes the ALB's
    domain: str | None = None

    def answer(self, request: Request) -> Answer:
        self.deployment.begin()
        try:
            return self._answer(request)
        except Refused as refused:
            body = json.dumps({"message": _MESSAGES[refused.status]}, separators=(",", ":")).encode()
            headers = {"Content-Type": "application/json", "apigw-requestid": "stand-in="} | refused.headers
            return Answer(refused.status, headers, body)
        finally:
            self.deployment.end()

    def _answer(self, request: Request) -> Answer:
        gateway = self.deployment.gateway
        if len(request.path) + sum(len(name) + len(value) + 4 for name, value in request.headers.items()) > _MOST_HEADERS:
            raise Refused(431)
        stage, path = self._mapped(urlsplit(request.path).path) if self.domain else self._own(urlsplit(request.path).path)
        self._throttle(stage)
        route = select(gateway.get_routes(ApiId=self.api)["Items"], request.method, path)
        if route is None:
            raise Refused(404)
        self._authorize(route, request)
        integration = self._integration(route)
        if ":servicediscovery:" in integration["IntegrationUri"]:
            return self._forward_to_task(integration, stage["StageName"], path, request)
        listener = self._listener(integration)
        reader, source = self._travel(integration, listener)
        ports = self.listeners.of(reader)
        port = ports.tls if reader["Protocol"] == "HTTPS" else ports.plain
        marks = {LISTENER: reader["ListenerArn"], SOURCE: next(iter(source.addresses), "")}
        return self._forward(integration, port, self._trust(reader), stage["StageName"], path, request, marks)

    def _own(self, path: str) -> tuple[dict[str, Any], str]:
        """At the API's own endpoint, a stage named by the first segment wins over `$default`."""
        if self.deployment.gateway.get_api(ApiId=self.api)["DisableExecuteApiEndpoint"]:
            raise Refused(404)
        stages = {s["StageName"]: s for s in self.deployment.gateway.get_stages(ApiId=self.api)["Items"]}
        first = path.split("/")[1]
        name = first if first in stages else "$default"
        if "DeploymentId" not in stages.get(name, {}):  # a stage without a deployment answers nothing
            raise Refused(404)
        return stages[name], path if name == "$default" else path.removeprefix(f"/{first}") or "/"

    def _mapped(self, path: str) -> tuple[dict[str, Any], str]:
        """At a custom domain name, the mapping with the longest key that begins the path."""
        mappings = self.deployment.gateway.get_api_mappings(DomainName=self.domain)["Items"]
        keys = {mapping.get("ApiMappingKey") or "": mapping for mapping in mappings}
        fitting = [key for key in keys if not key or path == f"/{key}" or path.startswith(f"/{key}/")]
        if not fitting:
            raise Refused(403)
        key = max(fitting, key=len)
        mapping = keys[key]
        stage = self.deployment.gateway.get_stage(ApiId=mapping["ApiId"], StageName=mapping["Stage"])
        return stage, path.removeprefix(f"/{key}") or "/" if key else path

    def _throttle(self, stage: dict[str, Any]) -> None:
        """A limit of zero lets nobody through; the account's limit is nobody's configuration."""
        limits = stage.get("DefaultRouteSettings", {})
        if self.weather.account_is_throttled or 0 in (limits.get("ThrottlingRateLimit"), limits.get("ThrottlingBurstLimit")):
            raise Refused(429)

    def _authorize(self, route: dict[str, Any], request: Request) -> None:
        match route["AuthorizationType"]:
            case "JWT":
                raise Refused(401, www_authenticate="Bearer")
            case "AWS_IAM":
                raise Refused(403)
            case "CUSTOM":
                self._ask_function(route, request)

    def _ask_function(self, route: dict[str, Any], request: Request) -> None:
        """A Lambda authorizer is asked only by requests that bring what it looks at."""
        wanted = self.deployment.gateway.get_authorizer(ApiId=self.api, AuthorizerId=route["AuthorizerId"])["IdentitySource"]
        names = [source.removeprefix("$request.header.").lower() for source in wanted]
        if any(name not in request.headers for name in names):
            raise Refused(401)
        if self.weather.authorizer_function != "allows":
            raise Refused(403 if self.weather.authorizer_function == "denies" else 500)

    def _integration(self, route: dict[str, Any]) -> dict[str, Any]:
        if "Target" not in route:
            raise Refused(500)
        identifier = route["Target"].removeprefix("integrations/")
        try:
            return self.deployment.gateway.get_integration(ApiId=self.api, IntegrationId=identifier)
        except ClientError:
            raise Refused(500) from None

    def _listener(self, integration: dict[str, Any]) -> dict[str, Any]:
        if integration["ConnectionType"] != "VPC_LINK":  # an internal name cannot be reached from outside
            raise Refused(503)
        try:
            return self.deployment.listener(integration["IntegrationUri"])
        except ClientError:
            raise Refused(500) from None

    def _link(self, integration: dict[str, Any]) -> Party:
        """The link, if it is ready."""
        try:
            link = self.deployment.gateway.get_vpc_link(VpcLinkId=integration["ConnectionId"])
        except ClientError:
            raise Refused(500) from None
        if link["VpcLinkStatus"] != "AVAILABLE":
            raise Refused(503)
        return self.deployment.party_of_link(link)

    def _travel(self, integration: dict[str, Any], listener: dict[str, Any]) -> tuple[dict[str, Any], Party]:
        """From the link to the load balancer, and to one behind it; the listener that reads what is sent, and who sends."""
        source = self._link(integration)
        balancer = self.deployment.balancer(listener)
        if balancer["State"]["Code"] not in ("active", "active_impaired"):
            raise Refused(503)
        to = self.deployment.party_of_balancer(balancer)
        if self.weather.node is not None:
            to = Party(to.groups, [to.addresses[self.weather.node]])
        self._pass(source, to, listener["Port"])
        if listener["Protocol"] != "TCP":
            return listener, source
        behind = self.deployment.behind(listener)
        if behind is None:
            raise Refused(503)
        # A load balancer in a target group always sees the client's address; a rule that names the first one's group lets it pass, too.
        through = Party(to.groups, source.addresses)
        self._pass(through, self.deployment.party_of_balancer(self.deployment.balancer(behind)), behind["Port"])
        return behind, source

    def _pass(self, source: Party, to: Party, port: int) -> None:
        if not admitted(self.deployment.ec2, source, to, port):
            time.sleep(_DROPPED_S)
            raise Refused(503)

    def _forward_to_task(self, integration: dict[str, Any], stage: str, path: str, request: Request) -> Answer:
        """Through a Cloud Map service: API Gateway speaks with the task itself."""
        source = self._link(integration)
        arn, _, query = integration["IntegrationUri"].partition("?")
        try:
            listed = self.deployment.cloud_map.list_instances(ServiceId=arn.rsplit("/", 1)[1])["Instances"]
        except ClientError:
            raise Refused(503) from None
        wanted = dict(parse_qsl(query))
        found = [one["Attributes"] for one in listed if wanted.items() <= one["Attributes"].items()]
        usable = [one for one in found if {"AWS_INSTANCE_IPV4", "AWS_INSTANCE_PORT"} <= one.keys()]
        if not usable:
            raise Refused(503)
        chosen = self.deployment.in_turn(usable)
        task = self.deployment.party_of_target(chosen["AWS_INSTANCE_IPV4"])
        self._pass(source, task, int(chosen["AWS_INSTANCE_PORT"]))
        port = self.tasks.port(chosen["AWS_INSTANCE_IPV4"])
        return self._forward(integration, port, ssl.create_default_context(), stage, path, request, {})

    def _forward(
        self,
        integration: dict[str, Any],
        port: int,
        trust: ssl.SSLContext,
        stage: str,
        path: str,
        request: Request,
        marks: dict[str, str],
    ) -> Answer:
        mapped = {k.lower(): v for k, v in integration.get("RequestParameters", {}).items()}
        if "overwrite:path" in mapped:
            path = mapped["overwrite:path"].replace("$request.path", path)
        elif stage != "$default" and not self.domain:
            path = f"/{stage}{path}"
        query = urlsplit(request.path).query
        host = mapped.get("overwrite:header.host", f"{self.api}.execute-api.{REGION}.amazonaws.com")
        added = {k.partition(":header.")[2]: v for k, v in mapped.items() if k.startswith(("append:header.", "overwrite:header."))}
        headers = request.headers | added | {"host": host} | marks
        try:
            connection = self._connect(integration, port, trust)
            connection.request(request.method, path + (f"?{query}" if query else ""), request.body, headers)
            answer = self._relay(connection.getresponse())
            connection.close()
            return answer
        except TimeoutError:
            raise Refused(self.weather.patience_ends_with) from None
        except (ssl.SSLError, OSError, http.client.HTTPException):
            raise Refused(500) from None

    def _connect(self, integration: dict[str, Any], port: int, trust: ssl.SSLContext) -> http.client.HTTPConnection:
        """`TlsConfig` alone decides between plain HTTP and TLS; the listener is never asked."""
        timeout = integration["TimeoutInMillis"] / 1000
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
        connection.sock = socket.create_connection((LOOPBACK, port), timeout=timeout)
        name = integration.get("TlsConfig", {}).get("ServerNameToVerify")
        if name:
            connection.sock = trust.wrap_socket(connection.sock, server_hostname=name)
        return connection

    def _trust(self, listener: dict[str, Any]) -> ssl.SSLContext:
        """What ACM issued counts as publicly trusted; an imported certificate of our CA does not."""
        context = ssl.create_default_context()
        for certificate in listener.get("Certificates", []):
            described = self.deployment.acm.describe_certificate(CertificateArn=certificate["CertificateArn"])
            if described["Certificate"]["Type"] == "AMAZON_ISSUED":
                context.load_verify_locations(cadata=self.public_ca.chain.decode())
        return context

    def _relay(self, answer: http.client.HTTPResponse) -> Answer:
        """The listener's answer as API Gateway passes it on."""
        hop_by_hop = {"connection", "content-length", "transfer-encoding", "keep-alive"}
        headers = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in hop_by_hop}
        if headers.get("server", "").startswith("nginx") and PASSED_ON not in headers and self.balancer_signs:
            headers["server"] = "awselb/2.0"
        headers.pop(PASSED_ON, None)
        return Answer(answer.status, headers | {"apigw-requestid": "stand-in="}, answer.read())
