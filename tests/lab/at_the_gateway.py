"""API Gateway itself: stage, route, authorizer, integration, VPC link, and the network up to the load balancer."""

from typing import Any

from lab.case import WELL, Arrange, Case, gateway
from lab.laboratory import Lab
from stand_ins import ACCOUNT, REGION
from stand_ins import article as building

INTERNAL = gateway(500, "internal-error")
UNAVAILABLE = gateway(503, "service-unavailable")
NOT_FOUND = gateway(404, "not-found")


def nothing(lab: Lab) -> None:
    """What is wrong is the request."""


def api(lab: Lab) -> Any:
    return lab.control.client("apigatewayv2")


def told(**weather: Any) -> Arrange:
    """Something that stands in no configuration."""

    def arrange(lab: Lab) -> None:
        lab.plane.weather.__dict__.update(weather)

    return arrange


def limits(rate: float, burst: int) -> Arrange:
    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        settings = {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
        api(lab).delete_stage(ApiId=article.api, StageName="$default")
        api(lab).create_stage(ApiId=article.api, StageName="$default", AutoDeploy=True, DefaultRouteSettings=settings)

    return arrange


def stage_called(name: str) -> Arrange:
    def arrange(lab: Lab) -> None:
        api(lab).create_stage(ApiId=lab.deploy().api, StageName=name, AutoDeploy=True)

    return arrange


def route_instead(key: str) -> Arrange:
    """Another route in the place of the one that takes everything."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        api(lab).delete_route(ApiId=article.api, RouteId=article.route)
        building.route(article, key)

    return arrange


def more_route(key: str, **given: str) -> Arrange:
    """A further route for /health, which takes the request as the more specific one."""

    def arrange(lab: Lab) -> None:
        api(lab).create_route(ApiId=lab.deploy().api, RouteKey=key, **given)

    return arrange


def guarded(kind: str) -> Arrange:
    """The route asks for JWT or IAM."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        given = {}
        if kind == "JWT":
            issuer = {"Issuer": "https://login.example.com", "Audience": ["orders"]}
            made = api(lab).create_authorizer(
                ApiId=article.api,
                Name="login",
                AuthorizerType="JWT",
                IdentitySource=["$request.header.Authorization"],
                JwtConfiguration=issuer,
            )
            given = {"AuthorizerId": made["AuthorizerId"]}
        api(lab).update_route(ApiId=article.api, RouteId=article.route, AuthorizationType=kind, **given)

    return arrange


def asks_function(outcome: str, role: bool = True) -> Arrange:
    """A Lambda authorizer, which API Gateway may call by a role, or not at all."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:guard"
        given = {"AuthorizerCredentialsArn": f"arn:aws:iam::{ACCOUNT}:role/apigw"} if role else {}
        made = api(lab).create_authorizer(
            ApiId=article.api,
            Name="guard",
            AuthorizerType="REQUEST",
            IdentitySource=["$request.header.Authorization"],
            AuthorizerUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations",
            AuthorizerPayloadFormatVersion="2.0",
            **given,
        )
        change = {"AuthorizationType": "CUSTOM", "AuthorizerId": made["AuthorizerId"]}
        api(lab).update_route(ApiId=article.api, RouteId=article.route, **change)
        lab.plane.weather.authorizer_function = outcome

    return arrange


def over_the_internet(lab: Lab) -> None:
    article = lab.deploy()
    name = lab.control.client("elbv2").describe_load_balancers(LoadBalancerArns=[article.alb])["LoadBalancers"][0]["DNSName"]
    made = api(lab).create_integration(
        ApiId=article.api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        ConnectionType="INTERNET",
        IntegrationUri=f"http://{name}",
        PayloadFormatVersion="1.0",
    )
    target = f"integrations/{made['IntegrationId']}"
    api(lab).update_route(ApiId=article.api, RouteId=article.route, Target=target)


def link_gone(lab: Lab) -> None:
    article = lab.deploy()
    api(lab).delete_vpc_link(VpcLinkId=article.link)


def link_pending(lab: Lab) -> None:
    article = lab.deploy()
    told = {"status": "PENDING", "status_message": "VPC link is provisioning ENIs"}
    lab.control.set("apigatewayv2", ["vpc_links", article.link], **told)


def link_kept_in(lab: Lab) -> None:
    """The link's group lets nothing out."""
    article = lab.deploy()
    everywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    lab.control.client("ec2").revoke_security_group_egress(GroupId=article.link_group, IpPermissions=[everywhere])


def balancer_not_active(lab: Lab) -> None:
    article = lab.deploy()
    lab.control.set("elbv2", ["load_balancers", article.alb], state="failed")


def one_zone_admitted(turn: int) -> Arrange:
    """The load balancer's group admits the link's first subnet only; the request leaves by the interface whose turn it is."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        building.close(article, "alb", "link", 443, 443)
        first = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.20.10.0/24"}]}
        lab.control.client("ec2").authorize_security_group_ingress(GroupId=article.alb_group, IpPermissions=[first])
        lab.turn = turn

    return arrange


def acl(subnet: int, *allowed: tuple[bool, int, int], node: int | None = None) -> Arrange:
    """A network ACL of its own guards one subnet, and allows these only: (outwards, first port, last port).

    The request goes to this node of the load balancer.
    """

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        ec2 = lab.control.client("ec2")
        made = ec2.create_network_acl(VpcId=article.vpc)["NetworkAcl"]["NetworkAclId"]
        for number, (outwards, first, last) in enumerate(allowed, start=100):
            ec2.create_network_acl_entry(
                NetworkAclId=made,
                RuleNumber=number,
                RuleAction="allow",
                Egress=outwards,
                Protocol="6",
                PortRange={"From": first, "To": last},
                CidrBlock="0.0.0.0/0",
            )
        for described in ec2.describe_network_acls()["NetworkAcls"]:
            for association in described["Associations"]:
                if association["SubnetId"] == article.subnets[subnet]:
                    ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=made)
        lab.plane.weather.node = node

    return arrange


EVERY_PORT = (0, 65535)

CASES = [
    Case("greedy-route-and-root", "the route takes every path but the root", nothing, NOT_FOUND, "greedy-misses-root", 1, ("--path", "/")),
    Case("route-of-other-case", "the route is spelt with a capital letter", route_instead("GET /Health"), NOT_FOUND, "trailing-slash-or-case"),
    Case("stage-shadows-path", "a stage has the name of the path's first segment", stage_called("health"), NOT_FOUND, "stage-shadows-path"),
    Case("other-stage-beside", "nothing; a stage of another name stands beside $default", stage_called("test"), WELL, None, 0),
    Case("route-without-target", "the route for /health leads to no integration", more_route("GET /health"), INTERNAL, "route-without-target"),
    Case("route-dangling", "the route for /health leads to an integration that is gone", more_route("GET /health", Target="integrations/gone123"), INTERNAL, "route-target-dangling"),
    Case("throttled-to-zero", "the stage's rate limit is zero", limits(0, 0), gateway(429, "too-many-requests"), "throttle-zero"),
    Case("account-throttled", "other APIs of the account use up its limit", told(account_is_throttled=True), gateway(429, "too-many-requests"), "throttle-low"),
    Case("route-wants-token", "the route wants a token, and the request brings none", guarded("JWT"), gateway(401, "unauthorized"), "route-needs-jwt"),
    Case("route-wants-signature", "the route wants a signed request", guarded("AWS_IAM"), gateway(403, "forbidden"), "route-needs-iam"),
    Case("authorizer-wants-header", "the request lacks the header that the authorizer looks at", asks_function("allows"), gateway(401, "unauthorized"), "lambda-authorizer-identity-missing"),
    Case("authorizer-denies", "the authorizer's function says no", asks_function("denies"), gateway(403, "forbidden"), "lambda-authorizer-deny", 1, ("--header", "Authorization: x")),
    Case("authorizer-breaks", "the authorizer's function fails", asks_function("breaks"), INTERNAL, "lambda-authorizer-broken", 1, ("--header", "Authorization: x")),
    Case("authorizer-not-permitted", "API Gateway may not call the authorizer's function", asks_function("breaks", role=False), INTERNAL, "lambda-authorizer-broken", 1, ("--header", "Authorization: x")),
    Case("authorizer-allows", "nothing; the authorizer's function says yes", asks_function("allows"), WELL, None, 0, ("--header", "Authorization: x")),
    Case("header-too-large", "the request has 11 000 bytes of headers", nothing, gateway(431, "other"), "request-too-large-headers", 1, ("--header", "X-Filler: " + "x" * 11_000)),
    Case("over-the-internet", "the integration names an internal load balancer without a VPC link", over_the_internet, UNAVAILABLE, "integration-not-private"),
    Case("link-gone", "the integration's VPC link was deleted", link_gone, INTERNAL, "vpclink-missing"),
    Case("link-pending", "the VPC link is not ready yet", link_pending, UNAVAILABLE, "vpclink-pending"),
    Case("link-kept-in", "the link's security group lets nothing out", link_kept_in, UNAVAILABLE, "vpclink-sg-egress"),
    Case("balancer-failed", "the load balancer was never provisioned", balancer_not_active, UNAVAILABLE, "lb-not-active"),
    Case("zone-admitted", "one of two zones is kept out, and the request leaves by the other", one_zone_admitted(0), WELL, None, 1),
    Case("zone-kept-out", "one of two zones is kept out, and the request leaves by it", one_zone_admitted(1), UNAVAILABLE, "lb-sg-ingress-from-link"),
    Case("acl-keeps-link-out", "the second subnet lets nobody in, and the request is for the node there", acl(1, (True, *EVERY_PORT), node=1), UNAVAILABLE, "nacl-lb-in"),
    Case("acl-keeps-answers-back", "the second subnet lets no answers out, and the request is for the node there", acl(1, (False, *EVERY_PORT), (True, 443, 443), node=1), UNAVAILABLE, "nacl-lb-return"),
    Case("acl-of-second-subnet", "the second subnet lets nobody in; the request stays in the first", acl(1, (True, *EVERY_PORT), node=0), WELL, None, 1),
    Case("acl-of-first-subnet", "the first subnet lets nothing out; the request stays within it", acl(0, (False, *EVERY_PORT), node=0), WELL, None, 1),
]  # fmt: skip
