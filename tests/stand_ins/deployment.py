"""Reads of the control plane that gateway and load balancer share. They ask over the wire, as anybody would."""

from typing import Any

from botocore.exceptions import ClientError

from stand_ins.control import Control
from stand_ins.packets import Party


class Deployment:
    """The control plane as the data plane sees it: with a key of its own, so that no rule for the doctor hits it."""

    def __init__(self, control: Control) -> None:
        self.gateway = control.client("apigatewayv2", "DATAPLANE")
        self.elb = control.client("elbv2", "DATAPLANE")
        self.ec2 = control.client("ec2", "DATAPLANE")
        self.acm = control.client("acm", "DATAPLANE")
        self.waf = control.client("wafv2", "DATAPLANE")
        self.cloud_map = control.client("servicediscovery", "DATAPLANE")
        self.turn = 0  # whose turn it is where requests go round: the link's interfaces, the targets, the weights
        self._interfaces: list[dict[str, Any]] | None = None
        self._certificates: dict[str, str] = {}

    def begin(self) -> None:
        """A request comes: what was read for the last one may have changed."""
        self._interfaces = None

    def end(self) -> None:
        self.turn += 1

    def interfaces(self) -> list[dict[str, Any]]:
        """All network interfaces, read once for each request."""
        if self._interfaces is None:
            self._interfaces = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return self._interfaces

    def listener(self, arn: str) -> dict[str, Any]:
        return self.elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]

    def certificates(self, listener: dict[str, Any]) -> list[str]:
        """The certificates of a listener as PEM, the default one first. One that was imported never changes."""
        listed = self.elb.describe_listener_certificates(ListenerArn=listener["ListenerArn"])["Certificates"]
        default = [c["CertificateArn"] for c in listener.get("Certificates", [])]
        arns = list(dict.fromkeys([*default, *(c["CertificateArn"] for c in listed)]))
        for arn in arns:
            if arn not in self._certificates:
                self._certificates[arn] = self.acm.get_certificate(CertificateArn=arn)["Certificate"].strip()
        return [self._certificates[arn] for arn in arns]

    def balancer(self, listener: dict[str, Any]) -> dict[str, Any]:
        return self.elb.describe_load_balancers(LoadBalancerArns=[listener["LoadBalancerArn"]])["LoadBalancers"][0]

    def attributes(self, balancer: str) -> dict[str, str]:
        """The attributes of a load balancer that are set."""
        listed = self.elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
        return {attribute["Key"]: attribute["Value"] for attribute in listed}

    def web_acl(self, balancer: str) -> dict[str, Any] | None:
        """The web ACL in front of a load balancer."""
        try:
            return self.waf.get_web_acl_for_resource(ResourceArn=balancer).get("WebACL")
        except ClientError:
            return None

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
        addresses = [i["PrivateIpAddress"] for i in self.interfaces() if i["Description"] == description]
        return Party(balancer.get("SecurityGroups", []), addresses)

    def party_of_link(self, link: dict[str, Any]) -> Party:
        """The interface of the link whose turn it is."""
        tag = {"Key": "VpcLinkId", "Value": link["VpcLinkId"]}
        addresses = [i["PrivateIpAddress"] for i in self.interfaces() if tag in i["TagSet"]]
        return Party(link["SecurityGroupIds"], [self.in_turn(addresses)] if addresses else [])

    def party_of_target(self, address: str) -> Party:
        groups = [g["GroupId"] for i in self.interfaces() if i["PrivateIpAddress"] == address for g in i["Groups"]]
        return Party(groups, [address])

    def in_turn(self, choices: list[Any]) -> Any:
        """The one whose turn it is."""
        return choices[self.turn % len(choices)]
