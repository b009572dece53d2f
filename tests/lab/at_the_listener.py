"""TLS between API Gateway and the listener, what the load balancer refuses, and the rules of the listener."""

from collections.abc import Callable
from typing import Any

from lab.at_the_gateway import INTERNAL
from lab.case import WELL, Arrange, Case, balancer
from lab.laboratory import Authorities, Lab
from stand_ins import article as building
from stand_ins.article import SERVER_NAME
from stand_ins.certificates import Pem, self_signed, small_key

FIXED = balancer(404, "lb-fixed-response")


def elb(lab: Lab) -> Any:
    return lab.control.client("elbv2")


# ---- certificates


def presents(make: Callable[[Authorities], Pem], issuer: str = "AMAZON_ISSUED", server_name: str = SERVER_NAME) -> Arrange:
    """The listener presents this certificate."""

    def arrange(lab: Lab) -> None:
        lab.deploy(server_name, make(lab.authorities), issuer)

    return arrange


def public(*names: str, **given: Any) -> Callable[[Authorities], Pem]:
    return lambda authorities: authorities.public.issue(*names, **given)


def second_certificate(lab: Lab) -> None:
    """The default certificate is for another name, and a second one for the name that is asked for."""
    article = lab.deploy(pem=lab.authorities.public.issue("www.example.org"))
    _add(lab, article.listener, building.certify(article, lab.plane.pem))


def certificate_elsewhere(lab: Lab) -> None:
    """The right certificate hangs on another listener of the load balancer."""
    article = lab.deploy(pem=lab.authorities.public.issue("www.example.org"))
    elb(lab).create_listener(
        LoadBalancerArn=article.alb,
        Protocol="HTTPS",
        Port=8443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": building.certify(article, lab.plane.pem)}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": article.target_group}],
    )


def _add(lab: Lab, listener: str, certificate: str) -> None:
    elb(lab).add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": certificate}])


def newest_tls_only(lab: Lab) -> None:
    elb(lab).modify_listener(ListenerArn=lab.deploy().listener, SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06")


# ---- what the load balancer refuses by itself


def attribute(key: str, value: str) -> Arrange:
    def arrange(lab: Lab) -> None:
        given = [{"Key": key, "Value": value}]
        elb(lab).modify_load_balancer_attributes(LoadBalancerArn=lab.deploy().alb, Attributes=given)

    return arrange


def web_acl(default: str, reachable: bool = True) -> Arrange:
    """A web ACL without rules stands before the load balancer."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        shown = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
        made = lab.control.client("wafv2").create_web_acl(
            Name="door", Scope="REGIONAL", DefaultAction={default: {}}, VisibilityConfig=shown, Rules=[]
        )
        lab.control.client("wafv2").associate_web_acl(WebACLArn=made["Summary"]["ARN"], ResourceArn=article.alb)
        lab.plane.weather.web_acl_is_reachable = reachable

    return arrange


# ---- rules


def default_action(**action: Any) -> Arrange:
    """The listener does this with every request."""

    def arrange(lab: Lab) -> None:
        elb(lab).modify_listener(ListenerArn=lab.deploy().listener, DefaultActions=[action])

    return arrange


NO_SUCH_PAGE = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
REFUSE = {"Type": "fixed-response", "FixedResponseConfig": NO_SUCH_PAGE}


def only_where(field: str, **condition: Any) -> Arrange:
    """Requests are forwarded where the condition holds; the default action refuses all others."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        forward = {"Type": "forward", "TargetGroupArn": article.target_group}
        _rule(lab, 10, [{"Field": field} | condition], [forward])
        elb(lab).modify_listener(ListenerArn=article.listener, DefaultActions=[REFUSE])

    return arrange


def host_set(name: str) -> Arrange:
    """The integration sets the Host, and the rule is for orders.example.org."""

    def arrange(lab: Lab) -> None:
        only_where("host-header", HostHeaderConfig={"Values": ["orders.example.org"]})(lab)
        mapping = {"overwrite:header.host": name}
        lab.control.client("apigatewayv2").update_integration(
            ApiId=lab.article.api, IntegrationId=lab.article.integration, RequestParameters=mapping
        )

    return arrange


def caught_first(lab: Lab) -> None:
    """A wide rule stands before the one that is meant for the request."""
    article = lab.deploy()
    _rule(lab, 5, [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}], [REFUSE])
    forward = {"Type": "forward", "TargetGroupArn": article.target_group}
    _rule(lab, 10, [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/health"]}}], [forward])


def _rule(lab: Lab, priority: int, conditions: list[dict[str, Any]], actions: list[dict[str, Any]]) -> None:
    elb(lab).create_rule(ListenerArn=lab.article.listener, Priority=priority, Conditions=conditions, Actions=actions)


def login(unauthenticated: str) -> Arrange:
    """An authenticate action stands before the forward action."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        provider = {
            "Issuer": "https://login.example.com",
            "AuthorizationEndpoint": "https://login.example.com/authorize",
            "TokenEndpoint": "https://login.example.com/token",
            "UserInfoEndpoint": "https://login.example.com/me",
            "ClientId": "orders",
            "ClientSecret": "secret",
            "OnUnauthenticatedRequest": unauthenticated,
        }
        actions = [
            {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": provider},
            {"Type": "forward", "Order": 2, "TargetGroupArn": article.target_group},
        ]
        elb(lab).modify_listener(ListenerArn=article.listener, DefaultActions=actions)

    return arrange


CASES = [
    Case("server-name-blank", "the integration has no secure server name, and the listener is HTTPS", lambda lab: lab.deploy(None), balancer(400, "plain-http-to-https-port"), "secure-server-name-missing"),
    Case("certificate-over", "the listener's certificate ended yesterday", presents(public(SERVER_NAME, since=-90, days=-1)), INTERNAL, "lb-cert-expired"),
    Case("certificate-not-yet", "the listener's certificate begins tomorrow", presents(public(SERVER_NAME, since=1)), INTERNAL, "lb-cert-expired"),
    Case("certificate-of-another", "the listener's certificate was renewed for another name", presents(public("shop.example.org")), INTERNAL, "server-name-san-mismatch"),
    Case("certificate-wildcard", "nothing; the certificate is a wildcard that covers the name", presents(public("*.internal.example.com")), WELL, None, 0),
    Case("certificate-too-deep", "the certificate's wildcard ends a label above the name", presents(public("*.example.com")), INTERNAL, "wildcard-depth"),
    Case("certificate-self-signed", "the listener's certificate vouches for itself", presents(lambda _: self_signed(SERVER_NAME), "IMPORTED"), INTERNAL, "lb-cert-self-signed"),
    Case("certificate-private", "the listener's certificate is of a company's own authority", presents(lambda a: a.private.issue(SERVER_NAME), "IMPORTED"), INTERNAL, "lb-cert-private-ca"),
    Case("certificate-without-chain", "the listener's certificate was uploaded without the one above it", presents(lambda a: a.forgotten.issue(SERVER_NAME).without_chain(), "IMPORTED"), INTERNAL, "lb-cert-incomplete-chain"),
    Case("certificate-small-key", "the listener's certificate has an RSA key of 1024 bits, and a company's own authority", presents(lambda a: a.private.issue(SERVER_NAME, key=small_key()), "IMPORTED"), INTERNAL, "lb-cert-private-ca"),
    Case("certificate-second", "nothing; the second certificate of the listener is for the name", second_certificate, WELL, None, 0),
    Case("certificate-elsewhere", "the certificate for the name hangs on another listener", certificate_elsewhere, INTERNAL, "wrong-default-cert"),
    Case("tls-13-alone", "nothing; the listener's policy admits TLS 1.3 alone, and API Gateway speaks it", newest_tls_only, WELL, None, 0),
    Case("desync-strictest", "the load balancer refuses a GET with a Content-Length", attribute("routing.http.desync_mitigation_mode", "strictest"), balancer(400, "lb-bad-request"), "desync-strictest"),
    Case("desync-defensive", "nothing; the load balancer is told to be watchful", attribute("routing.http.desync_mitigation_mode", "defensive"), WELL, None, 0),
    Case("web-acl-blocks", "the load balancer's web ACL blocks every request", web_acl("Block"), balancer(403, "lb-forbidden"), "waf-blocks"),
    Case("web-acl-allows", "nothing; the load balancer's web ACL lets everything pass", web_acl("Allow"), WELL, None, 0),
    Case("web-acl-unreachable", "AWS WAF cannot be asked, and the load balancer refuses then", web_acl("Allow", reachable=False), balancer(500, "lb-internal-error"), "waf-fail-closed"),
    Case("forwarded-too-often", "the client forges thirty-one addresses in X-Forwarded-For", lambda lab: None, balancer(463, "lb-other"), None, 1, ("--header", "X-Forwarded-For: " + ", ".join(["192.0.2.1"] * 31))),
    Case("redirect-to-another-host", "the listener redirects to another host", default_action(Type="redirect", RedirectConfig={"Protocol": "HTTPS", "Port": "443", "Host": "www.example.org", "StatusCode": "HTTP_302"}), balancer(302, "lb-redirect"), None),
    Case("login-redirects", "the load balancer sends who is not logged in to the login", login("authenticate"), balancer(302, "lb-redirect"), "action-authenticate"),
    Case("login-denies", "the load balancer refuses who is not logged in", login("deny"), balancer(401, "lb-unauthorized"), "action-authenticate"),
    Case("rule-for-another-path", "the rule is for another path", only_where("path-pattern", PathPatternConfig={"Values": ["/api/*"]}), FIXED, "rule-path-mismatch"),
    Case("rule-for-the-path", "nothing; the rule is for the path", only_where("path-pattern", PathPatternConfig={"Values": ["/hea*"]}), WELL, None, 0),
    Case("rule-for-another-host", "the rule is for another host than API Gateway sends", only_where("host-header", HostHeaderConfig={"Values": ["orders.example.org"]}), FIXED, "host-not-what-rules-expect"),
    Case("rule-for-other-than-set-host", "the rule is for another host than the integration sets", host_set("shop.example.org"), FIXED, "rule-host-mismatch"),
    Case("rule-for-set-host", "nothing; the rule is for the host that the integration sets", host_set("orders.example.org"), WELL, None, 0),
    Case("rule-wants-header", "the rule wants a header that the integration does not send", only_where("http-header", HttpHeaderConfig={"HttpHeaderName": "X-Origin", "Values": ["gateway"]}), FIXED, "rule-header-secret"),
    Case("rule-for-office", "the rule is for the office's addresses", only_where("source-ip", SourceIpConfig={"Values": ["192.0.2.0/24"]}), FIXED, "rule-source-ip"),
    Case("rule-for-link", "nothing; the rule is for the VPC's addresses", only_where("source-ip", SourceIpConfig={"Values": ["10.20.0.0/16"]}), WELL, None, 0),
    Case("rule-for-another-method", "the rule is for POST", only_where("http-request-method", HttpRequestMethodConfig={"Values": ["POST"]}), FIXED, "rule-method"),
    Case("rule-wants-query", "the rule wants a query that the request does not have", only_where("query-string", QueryStringConfig={"Values": [{"Key": "v", "Value": "2"}]}), FIXED, "default-action-fixed-response"),
    Case("rule-caught-first", "a wider rule with a lower number takes the request", caught_first, FIXED, "rule-order"),
]  # fmt: skip
