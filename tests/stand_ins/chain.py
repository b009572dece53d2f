"""A Network Load Balancer in front of the article's Application Load Balancer, built over the wire like the rest."""

from stand_ins import article as building
from stand_ins.article import Article
from stand_ins.certificates import Pem
from stand_ins.control import Control


def build(control: Control, pem: Pem, server_name: str | None = None) -> Article:
    """The article's deployment, whose integration names the TCP listener of a load balancer in front of its own."""
    article = building.build(control, pem, server_name)
    _groups(article)
    _front(article)
    article.control.client("apigatewayv2").update_integration(
        ApiId=article.api, IntegrationId=article.integration, IntegrationUri=article.front_listener
    )
    return article


def _groups(article: Article) -> None:
    """Only the load balancer in front may speak with the one behind, and only the link with that in front."""
    ec2 = article.control.client("ec2")
    group = ec2.create_security_group(GroupName="nlb", Description="nlb", VpcId=article.vpc)["GroupId"]
    article.ids["nlb_group"] = group
    building.admit(article, "nlb", "link", 443, 443)
    building.admit(article, "alb", "nlb", 443, 443)
    building.close(article, "alb", "link", 443, 443)


def _front(article: Article) -> None:
    elb = article.control.client("elbv2")
    balancer = elb.create_load_balancer(
        Name="orders-nlb", Subnets=article.subnets, SecurityGroups=[article.nlb_group], Scheme="internal", Type="network"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(
        Name="orders-alb",
        Protocol="TCP",
        Port=443,
        VpcId=article.vpc,
        TargetType="alb",
        HealthCheckProtocol="HTTPS",
        HealthCheckPath="/health",
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": article.alb, "Port": 443}])
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="TCP",
        Port=443,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"][0]["ListenerArn"]
    article.ids |= {"nlb": balancer, "front_listener": listener, "front_group": group}
    for subnet in article.subnets:
        building.interface(article, subnet, "nlb_group", "ELB " + balancer.split("loadbalancer/")[1])
