"""Faults put into a healthy deployment, and what a client and the doctor should then see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stand_ins import article as building
from stand_ins.article import PORT, Article


@dataclass(frozen=True)
class Case:
    """A fault and what the doctor has to say about it."""

    cause: str
    fault: Callable[[Article], None]
    status: int
    producer: str
    symptom: str


def gateway(article: Article) -> Any:
    return article.control.client("apigatewayv2")


def elb(article: Article) -> Any:
    return article.control.client("elbv2")


def update_integration(article: Article, **change: Any) -> None:
    gateway(article).update_integration(ApiId=article.api, IntegrationId=article.integration, **change)


def wrong_server_name(article: Article) -> None:
    update_integration(article, TlsConfig={"ServerNameToVerify": "orders.example.org"})


def name_of_the_balancer(article: Article) -> None:
    name = elb(article).describe_load_balancers(LoadBalancerArns=[article.alb])["LoadBalancers"][0]["DNSName"]
    update_integration(article, TlsConfig={"ServerNameToVerify": name})


def missing_route(article: Article) -> None:
    gateway(article).delete_route(ApiId=article.api, RouteId=article.route)
    building.route(article, "GET /orders")


def missing_method(article: Article) -> None:
    gateway(article).delete_route(ApiId=article.api, RouteId=article.route)
    building.route(article, "POST /health")


def no_endpoint(article: Article) -> None:
    gateway(article).update_api(ApiId=article.api, DisableExecuteApiEndpoint=True)


def never_deployed(article: Article) -> None:
    gateway(article).delete_stage(ApiId=article.api, StageName="$default")
    gateway(article).create_stage(ApiId=article.api, StageName="$default", AutoDeploy=False)


def link_status(status: str, message: str) -> Callable[[Article], None]:
    def fault(article: Article) -> None:
        article.control.set("apigatewayv2", ["vpc_links", article.link], status=status, status_message=message)

    return fault


def closed_balancer(article: Article) -> None:
    building.close(article, "alb", "link", 443, 443)


def targets_say(article: Article, reason: str, description: str) -> None:
    for target in article.targets:
        article.control.health(article.target_group, target, "unhealthy", reason, description)


def closed_tasks(article: Article) -> None:
    building.close(article, "task", "alb", 0, 65535)
    targets_say(article, "Target.Timeout", "Request timed out")


def silent_tasks(article: Article) -> None:
    targets_say(article, "Target.Timeout", "Request timed out")


def refusing_tasks(article: Article) -> None:
    targets_say(article, "Target.FailedHealthChecks", "Health checks failed")


def no_targets(article: Article) -> None:
    targets = [{"Id": address, "Port": PORT} for address in article.targets]
    elb(article).deregister_targets(TargetGroupArn=article.target_group, Targets=targets)


def plain_listener(article: Article, action: dict[str, Any]) -> str:
    """A second listener, HTTP:80, that the load balancer's group admits."""
    building.admit(article, "alb", "link", 80, 80)
    created = elb(article).create_listener(
        LoadBalancerArn=article.alb, Protocol="HTTP", Port=80, DefaultActions=[action]
    )
    return created["Listeners"][0]["ListenerArn"]


def tls_to_plain_listener(article: Article) -> None:
    listener = plain_listener(article, {"Type": "forward", "TargetGroupArn": article.target_group})
    update_integration(article, IntegrationUri=listener)


def redirecting_listener(article: Article) -> None:
    to = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    listener = plain_listener(article, {"Type": "redirect", "RedirectConfig": to})
    article.ids["integration"] = building.integration(article, listener, None)
    target = f"integrations/{article.integration}"
    gateway(article).update_route(ApiId=article.api, RouteId=article.route, Target=target)


def fixed_response(article: Article) -> None:
    response = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
    action = {"Type": "fixed-response", "FixedResponseConfig": response}
    elb(article).modify_listener(ListenerArn=article.listener, DefaultActions=[action])


def listener_gone(article: Article) -> None:
    elb(article).delete_listener(ListenerArn=article.listener)


API_GATEWAY, LOAD_BALANCER = "api-gateway", "load-balancer"
NOT_FOUND = (404, API_GATEWAY, "gateway-not-found")
INTERNAL = (500, API_GATEWAY, "gateway-internal-error")
UNAVAILABLE = (503, API_GATEWAY, "gateway-service-unavailable")

CASES = [
    Case("server-name-san-mismatch", wrong_server_name, *INTERNAL),
    Case("server-name-is-elb-dns-name", name_of_the_balancer, *INTERNAL),
    Case("tls-to-http-listener", tls_to_plain_listener, *INTERNAL),
    Case("uri-listener-gone", listener_gone, *INTERNAL),
    Case("route-missing", missing_route, *NOT_FOUND),
    Case("method-missing", missing_method, *NOT_FOUND),
    Case("execute-api-disabled", no_endpoint, *NOT_FOUND),
    Case("stage-without-deployment", never_deployed, *NOT_FOUND),
    Case("vpclink-failed", link_status("FAILED", "The service-linked role is missing"), *UNAVAILABLE),
    Case("vpclink-inactive", link_status("INACTIVE", "No traffic for 60 days"), *UNAVAILABLE),
    Case("lb-sg-ingress-from-link", closed_balancer, *UNAVAILABLE),
    Case("listener-redirects-to-https", redirecting_listener, 301, LOAD_BALANCER, "lb-redirect"),
    Case("default-action-fixed-response", fixed_response, 404, LOAD_BALANCER, "lb-fixed-response"),
    Case("target-sg-traffic-port", closed_tasks, 504, LOAD_BALANCER, "lb-gateway-timeout"),
    Case("hc-timeout", silent_tasks, 504, LOAD_BALANCER, "lb-gateway-timeout"),
    Case("hc-connect-refused", refusing_tasks, 502, LOAD_BALANCER, "lb-bad-gateway"),
    Case("tg-empty", no_targets, 503, LOAD_BALANCER, "lb-service-unavailable"),
]
