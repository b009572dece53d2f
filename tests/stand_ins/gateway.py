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
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from stand_ins import LOOPBACK, REGION
from stand_ins.certificates import Pem
from stand_ins.deployment import Deployment
from stand_ins.http_server import Answer, Request
from stand_ins.load_balancer import LISTENER
from stand_ins.nginx import Nginx
from stand_ins.packets import Party, admitted
from stand_ins.route_selection import select

_MESSAGES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_DROPPED_S = 0.3  # AWS waits up to the integration's timeout when packets are dropped; the tests do not


class Refused(Exception):
    """API Gateway answers by itself."""

    def __init__(self, status: int) -> None:
        self.status = status


@dataclass
class Gateway:
    """The invoke URL of one API."""

    api: str
    deployment: Deployment
    nginx: Nginx
    public_ca: Pem  # whose authority API Gateway trusts for certificates that ACM issued
    balancer_signs: bool = True  # nginx plays the ALB, so its own name becomes the ALB's

    def answer(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except Refused as refused:
            body = json.dumps({"message": _MESSAGES[refused.status]}, separators=(",", ":")).encode()
            return Answer(refused.status, {"Content-Type": "application/json", "apigw-requestid": "stand-in="}, body)

    def _answer(self, request: Request) -> Answer:
        gateway = self.deployment.gateway
        if gateway.get_api(ApiId=self.api)["DisableExecuteApiEndpoint"]:
            raise Refused(404)
        stage, path = self._stage(urlsplit(request.path).path)
        route = select(gateway.get_routes(ApiId=self.api)["Items"], request.method, path)
        if route is None:
            raise Refused(404)
        if route["AuthorizationType"] != "NONE":
            raise Refused(403 if route["AuthorizationType"] == "AWS_IAM" else 401)
        integration = self._integration(route)
        listener = self._listener(integration)
        reader = self._travel(integration, listener)
        return self._forward(integration, reader, stage, path, request)

    def _stage(self, path: str) -> tuple[str, str]:
        """A stage named by the first segment wins over `$default`; a stage without a deployment answers nothing."""
        stages = {s["StageName"]: s for s in self.deployment.gateway.get_stages(ApiId=self.api)["Items"]}
        first = path.split("/")[1]
        name = first if first in stages else "$default"
        if "DeploymentId" not in stages.get(name, {}):
            raise Refused(404)
        return name, path if name == "$default" else path.removeprefix(f"/{first}") or "/"

    def _integration(self, route: dict[str, Any]) -> dict[str, Any]:
        if "Target" not in route:
            raise Refused(500)
        identifier = route["Target"].removeprefix("integrations/")
        return self.deployment.gateway.get_integration(ApiId=self.api, IntegrationId=identifier)

    def _listener(self, integration: dict[str, Any]) -> dict[str, Any]:
        if integration["ConnectionType"] != "VPC_LINK":  # an internal name cannot be reached from outside
            raise Refused(503)
        try:
            return self.deployment.listener(integration["IntegrationUri"])
        except ClientError:
            raise Refused(500) from None

    def _travel(self, integration: dict[str, Any], listener: dict[str, Any]) -> dict[str, Any]:
        """From the link to the load balancer, and to one behind it; the listener that reads what is sent."""
        try:
            link = self.deployment.gateway.get_vpc_link(VpcLinkId=integration["ConnectionId"])
        except ClientError:
            raise Refused(500) from None
        balancer = self.deployment.balancer(listener)
        if link["VpcLinkStatus"] != "AVAILABLE" or balancer["State"]["Code"] not in ("active", "active_impaired"):
            raise Refused(503)
        source, to = self.deployment.party_of_link(link), self.deployment.party_of_balancer(balancer)
        self._pass(source, to, listener["Port"])
        if listener["Protocol"] != "TCP":
            return listener
        behind = self.deployment.behind(listener)
        if behind is None:
            raise Refused(503)
        # A load balancer in a target group always sees the client's address; a rule that names the first one's group lets it pass, too.
        through = Party(to.groups, source.addresses)
        self._pass(through, self.deployment.party_of_balancer(self.deployment.balancer(behind)), behind["Port"])
        return behind

    def _pass(self, source: Party, to: Party, port: int) -> None:
        if not admitted(self.deployment.ec2, source, to, port):
            time.sleep(_DROPPED_S)
            raise Refused(503)

    def _forward(
        self, integration: dict[str, Any], listener: dict[str, Any], stage: str, path: str, request: Request
    ) -> Answer:
        mapped = {k.lower(): v for k, v in integration.get("RequestParameters", {}).items()}
        if "overwrite:path" in mapped:
            path = mapped["overwrite:path"].replace("$request.path", path)
        elif stage != "$default":
            path = f"/{stage}{path}"
        query = urlsplit(request.path).query
        host = mapped.get("overwrite:header.host", f"{self.api}.execute-api.{REGION}.amazonaws.com")
        headers = request.headers | {"host": host, LISTENER: listener["ListenerArn"]}
        try:
            connection = self._connect(integration, listener)
            connection.request(request.method, path + (f"?{query}" if query else ""), request.body, headers)
            answer = self._relay(connection.getresponse())
            connection.close()
            return answer
        except TimeoutError:
            raise Refused(503) from None
        except (ssl.SSLError, OSError, http.client.HTTPException):
            raise Refused(500) from None

    def _connect(self, integration: dict[str, Any], listener: dict[str, Any]) -> http.client.HTTPConnection:
        """`TlsConfig` alone decides between plain HTTP and TLS; the listener is never asked."""
        port = self.nginx.tls if listener["Protocol"] == "HTTPS" else self.nginx.plain
        timeout = integration["TimeoutInMillis"] / 1000
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
        connection.sock = socket.create_connection((LOOPBACK, port), timeout=timeout)
        name = integration.get("TlsConfig", {}).get("ServerNameToVerify")
        if name:
            connection.sock = self._trust(listener).wrap_socket(connection.sock, server_hostname=name)
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
        if self.balancer_signs and headers.get("server", "").startswith("nginx"):
            headers["server"] = "awselb/2.0"
        return Answer(answer.status, headers | {"apigw-requestid": "stand-in="}, answer.read())
