"""The article's deployment, built by boto3 over the wire: HTTP API → VPC link → internal ALB → Fargate service."""

import json
from dataclasses import dataclass, field
from typing import Any

from stand_ins import ACCOUNT, REGION
from stand_ins.certificates import Pem
from stand_ins.control import Control

SERVER_NAME = "api.internal.example.com"
PORT = 8080
LOG_GROUP = "/apigateway/orders"
_EVERYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@dataclass
class Article:
    """The ids of what was built."""

    control: Control
    pem: Pem
    server_name: str | None
    issuer: str
    ids: dict[str, str] = field(default_factory=dict)
    subnets: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> str:
        """`article.api` is `article.ids["api"]`."""
        try:
            return self.__dict__["ids"][name]
        except KeyError:
            raise AttributeError(name) from None


def build(control: Control, pem: Pem, server_name: str | None = None, issuer: str = "AMAZON_ISSUED") -> Article:
    """Builds the deployment. Without `server_name` it has the article's fault: *Secure server name* left blank.

    `issuer` is what ACM says of the certificate: `AMAZON_ISSUED` (publicly trusted by that fact) or `IMPORTED`
    (judged by its chain, which ends at a CA that no public program knows).
    """
    article = Article(control, pem, server_name, issuer)
    _network(article)
    _load_balancer(article)
    _service(article)
    _gateway(article)
    _roles(article)
    return article


def _network(article: Article) -> None:
    ec2 = article.control.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for zone, cidr in (("a", "10.20.10.0/24"), ("b", "10.20.11.0/24")):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
        ec2.associate_route_table(RouteTableId=routes, SubnetId=subnet)
        article.subnets.append(subnet)
    nat = ec2.create_nat_gateway(SubnetId=article.subnets[0], ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)  # tasks pull their image through it
    groups = {
        name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("link", "alb", "task")
    }
    article.ids |= {"vpc": vpc, "route_table": routes} | {f"{name}_group": group for name, group in groups.items()}
    admit(article, "alb", "link", 443, 443)
    admit(article, "task", "alb", 0, 65535)  # "allows all TCP traffic from the load balancer's group"


def admit(article: Article, to: str, source: str, first: int, last: int) -> None:
    """Opens the group of `to` for the group of `source`."""
    article.control.client("ec2").authorize_security_group_ingress(**_ingress(article, to, source, first, last))


def close(article: Article, to: str, source: str, first: int, last: int) -> None:
    """Takes back what `admit` opened."""
    article.control.client("ec2").revoke_security_group_ingress(**_ingress(article, to, source, first, last))


def _ingress(article: Article, to: str, source: str, first: int, last: int) -> dict[str, Any]:
    pair = {"GroupId": article.ids[f"{source}_group"]}
    permission = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "UserIdGroupPairs": [pair]}
    return {"GroupId": article.ids[f"{to}_group"], "IpPermissions": [permission]}


def _load_balancer(article: Article) -> None:
    elb = article.control.client("elbv2")
    certificate = certify(article, article.pem)
    balancer = elb.create_load_balancer(
        Name="orders-alb",
        Subnets=article.subnets,
        SecurityGroups=[article.alb_group],
        Scheme="internal",
        Type="application",
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(
        Name="orders-tasks",
        Protocol="HTTP",
        Port=PORT,
        VpcId=article.vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        Matcher={"HttpCode": "200"},
    )["TargetGroups"][0]["TargetGroupArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"][0]["ListenerArn"]
    article.ids |= {"certificate": certificate, "alb": balancer, "target_group": group, "listener": listener}
    for subnet in article.subnets:
        interface(article, subnet, "alb_group", "ELB " + balancer.split("loadbalancer/")[1])


def certify(article: Article, pem: Pem) -> str:
    """Puts a certificate into ACM."""
    chain = {"CertificateChain": pem.chain} if pem.chain else {}
    acm = article.control.client("acm")
    arn = acm.import_certificate(Certificate=pem.certificate, PrivateKey=pem.key, **chain)["CertificateArn"]
    article.control.set("acm", ["_certificates", arn], type=article.issuer)
    return arn


def interface(article: Article, subnet: str, group: str, description: str, **tags: str) -> None:
    """A network interface such as AWS makes for its own services; the control plane marks it as theirs."""
    tag_list = [{"Key": k, "Value": v} for k, v in tags.items()]
    specifications = [{"ResourceType": "network-interface", "Tags": tag_list}] if tags else []
    article.control.client("ec2").create_network_interface(
        SubnetId=subnet, Groups=[article.ids[group]], Description=description, TagSpecifications=specifications
    )


def _service(article: Article) -> None:
    ecs = article.control.client("ecs")
    cluster = ecs.create_cluster(clusterName="orders")["cluster"]["clusterArn"]
    task_definition = ecs.register_task_definition(
        family="orders",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "app",
                "image": "example.com/orders:1",
                "memory": 512,
                "essential": True,
                "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    service = ecs.create_service(
        cluster=cluster,
        serviceName="orders",
        taskDefinition=task_definition,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=_task_network(article, article.subnets),
        loadBalancers=[{"targetGroupArn": article.target_group, "containerName": "app", "containerPort": PORT}],
    )["service"]["serviceArn"]
    article.ids |= {"cluster": cluster, "task_definition": task_definition, "service": service}
    article.targets = [_task(article, subnet) for subnet in article.subnets]
    register(article)


def _task(article: Article, subnet: str) -> str:
    """Starts a task of the service, as ECS would, and gives its address."""
    task = article.control.client("ecs").run_task(
        cluster=article.cluster,
        taskDefinition=article.task_definition,
        launchType="FARGATE",
        group="service:orders",
        networkConfiguration=_task_network(article, [subnet]),
    )["tasks"][0]
    return next(d["value"] for d in task["attachments"][0]["details"] if d["name"] == "privateIPv4Address")


def _task_network(article: Article, subnets: list[str]) -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [article.task_group]}}


def register(article: Article) -> None:
    """Puts the tasks into the target group."""
    targets = [{"Id": address, "Port": PORT} for address in article.targets]
    article.control.client("elbv2").register_targets(TargetGroupArn=article.target_group, Targets=targets)


def _gateway(article: Article) -> None:
    gateway = article.control.client("apigatewayv2")
    where = {"SubnetIds": article.subnets, "SecurityGroupIds": [article.link_group]}
    link = gateway.create_vpc_link(Name="orders", **where)["VpcLinkId"]
    for subnet in article.subnets:
        tags = {"Owner": ACCOUNT, "VpcLinkId": link}
        interface(article, subnet, "link_group", f"VPC Link {link}", **tags)
    api = gateway.create_api(Name="orders", ProtocolType="HTTP")["ApiId"]
    article.ids |= {"link": link, "api": api}
    article.ids["integration"] = integration(article, article.listener, article.server_name)
    article.ids["route"] = route(article, "ANY /{proxy+}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, AccessLogSettings=_access_log(article))


def _access_log(article: Article) -> dict[str, str]:
    """A log group, and what the stage writes there."""
    article.control.client("logs").create_log_group(logGroupName=LOG_GROUP)
    names = [
        *("requestId", "routeKey", "status", "error.message", "error.responseType"),
        *("integration.error", "integration.status", "integration.latency"),
    ]
    place = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{LOG_GROUP}"
    return {"DestinationArn": place, "Format": json.dumps({name: f"$context.{name}" for name in names})}


def _roles(article: Article) -> None:
    """The roles that AWS makes by itself with the first VPC link and the first service."""
    iam = article.control.client("iam")
    for name, service in (("APIGateway", "ops.apigateway"), ("ECS", "ecs")):
        path = f"/aws-service-role/{service}.amazonaws.com/"
        iam.create_role(RoleName=f"AWSServiceRoleFor{name}", Path=path, AssumeRolePolicyDocument="{}")


def integration(article: Article, listener: str, server_name: str | None) -> str:
    """A private integration with a listener; without a server name it speaks plain HTTP."""
    tls = {"TlsConfig": {"ServerNameToVerify": server_name}} if server_name else {}
    return article.control.client("apigatewayv2").create_integration(
        ApiId=article.api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        ConnectionType="VPC_LINK",
        ConnectionId=article.link,
        IntegrationUri=listener,
        PayloadFormatVersion="1.0",
        TimeoutInMillis=30000,
        **tls,
    )["IntegrationId"]


def route(article: Article, key: str) -> str:
    """A route to the integration."""
    target = f"integrations/{article.integration}"
    gateway = article.control.client("apigatewayv2")
    return gateway.create_route(ApiId=article.api, RouteKey=key, Target=target)["RouteId"]
