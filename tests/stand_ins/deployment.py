"""Reads of the control plane that gateway and load balancer share. They ask over the wire, as anybody would."""

from typing import Any

from stand_ins.control import Control
from stand_ins.packets import Party


class Deployment:
    """The control plane as the data plane sees it: with a key of its own, so that no rule for the doctor hits it."""

    def __init__(self, control: Control) -> None:
        self.gateway = control.client("apigatewayv2", "DATAPLANE")
        self.elb = control.client("elbv2", "DATAPLANE")
        self.ec2 = control.client("ec2", "DATAPLANE")
        self.acm = control.client("acm", "DATAPLANE")

    def listener(self, arn: str) -> dict[str, Any]:
        return self.elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]

    def balancer(self, listener: dict[str, Any]) -> dict[str, Any]:
        return self.elb.describe_load_balancers(LoadBalancerArns=[listener["LoadBalancerArn"]])["LoadBalancers"][0]

    def behind(self, listener: dict[str, Any]) -> dict[str, Any] | None:
        """The listener that a TCP listener passes the bytes on to: of the load balancer in its target group, if one is there."""
        group = listener["DefaultActions"][0]["TargetGroupArn"]
        for described in self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]:
            target = described["Target"]
            listeners = self.elb.describe_listeners(LoadBalancerArn=target["Id"])["Listeners"]
            return next((one for one in listeners if one["Port"] == target["Port"]), None)
        return None

    def party_of_balancer(self, balancer: dict[str, Any]) -> Party:
        """The load balancer's nodes, known by the description of their interfaces."""
        description = "ELB " + balancer["LoadBalancerArn"].split("loadbalancer/")[1]
        interfaces = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        addresses = [i["PrivateIpAddress"] for i in interfaces if i["Description"] == description]
        return Party(balancer.get("SecurityGroups", []), addresses)

    def party_of_link(self, link: dict[str, Any]) -> Party:
        interfaces = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        tag = {"Key": "VpcLinkId", "Value": link["VpcLinkId"]}
        return Party(link["SecurityGroupIds"], [i["PrivateIpAddress"] for i in interfaces if tag in i["TagSet"]])

    def party_of_target(self, address: str) -> Party:
        interfaces = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        groups = [g["GroupId"] for i in interfaces if i["PrivateIpAddress"] == address for g in i["Groups"]]
        return Party(groups, [address])
