"""Where moto 5.2.5 says less than AWS, or something else. Importing this module patches moto's own classes.

The patches name moto internals, so `requirements.txt` pins moto exactly. Each says what AWS does.
"""

import ipaddress
import itertools
import json
import random
import re
import string
import threading
from typing import Any
from urllib.parse import unquote

import moto.acm.models as acm
import moto.apigatewayv2.models as gateway
import moto.apigatewayv2.responses as gateway_responses
import moto.ec2.models.elastic_network_interfaces as interfaces
import moto.ecs.models as ecs
import moto.elbv2.models as elb
import moto.servicediscovery.models as cloud_map
from cryptography import x509

from stand_ins import exports

_ALPHANUMERIC = string.ascii_lowercase + string.digits


def _after_init(cls: type, extra: Any) -> None:
    """Runs `extra(self)` at the end of `cls.__init__`."""
    original = cls.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        extra(self)

    cls.__init__ = init


# ---- API Gateway


def _ten_character_id(api: Any) -> None:
    """AWS's API ids have ten characters, moto's eight."""
    old_id, old_arn = api.api_id, api.arn
    api.api_id = "".join(random.choices(_ALPHANUMERIC, k=10))
    api.api_endpoint = api.api_endpoint.replace(old_id, api.api_id)
    api.arn = old_arn.replace(old_id, api.api_id)
    api.backend.tag_resource(api.arn, api.backend.get_tags(old_arn))
    api.deployments = {}
    api.definitions = {}


_after_init(gateway.Api, _ten_character_id)


def new_deployment(api: Any, description: str, auto: bool) -> dict[str, Any]:
    """Records a deployment of an API; moto knows none."""
    deployment = {
        "deploymentId": "".join(random.choices(_ALPHANUMERIC, k=6)),
        "autoDeployed": auto,
        "deploymentStatus": "DEPLOYED",
        "createdDate": "2026-01-01T00:00:00Z",
        "description": description,
    }
    api.deployments[deployment["deploymentId"]] = deployment
    api.definitions[deployment["deploymentId"]] = exports.definition(api)
    return deployment


_stage_init = gateway.Stage.__init__
_stage_json = gateway.Stage.to_json


def _stage_remembers_its_api(self: Any, api: Any, config: dict[str, Any]) -> None:
    _stage_init(self, api, config)
    self.api = api
    self.deployment_id = config.get("deploymentId")


def _stage_with_deployment(self: Any) -> dict[str, Any]:
    """An auto-deploying stage has a deployment as soon as its API has a route."""
    if self.auto_deploy and self.api.routes and not self.deployment_id:
        self.deployment_id = new_deployment(self.api, "Automatic deployment", auto=True)["deploymentId"]
    answer = _stage_json(self)
    if self.deployment_id:
        answer["deploymentId"] = self.deployment_id
        if self.auto_deploy:
            done = f"Successfully deployed stage with deployment ID '{self.deployment_id}'"
            answer["lastDeploymentStatusMessage"] = done
    return answer


gateway.Stage.__init__ = _stage_remembers_its_api
gateway.Stage.to_json = _stage_with_deployment

_link_json = gateway.VpcLink.to_json


def _link_with_status(self: Any) -> dict[str, Any]:
    """moto's links are always AVAILABLE; the tests set `status` and `status_message`."""
    answer = _link_json(self)
    answer["vpcLinkStatus"] = getattr(self, "status", "AVAILABLE")
    answer["vpcLinkStatusMessage"] = getattr(self, "status_message", "VPC link is ready to route traffic")
    return answer


gateway.VpcLink.to_json = _link_with_status

_domain_json = gateway.DomainName.to_json


def _domain_with_status(self: Any) -> dict[str, Any]:
    """moto's domains have no status, and no routing mode but the one that a test sets."""
    answer = {k: v for k, v in _domain_json(self).items() if k != "mutualTlsAuthentication" or v}  # AWS leaves out what is not set
    for configuration in answer.get("domainNameConfigurations") or []:
        configuration.setdefault("domainNameStatus", "AVAILABLE")
    return answer | ({"routingMode": self.routing_mode} if getattr(self, "routing_mode", None) else {})


gateway.DomainName.to_json = _domain_with_status

# Operations that moto does not have; its dispatcher looks for a method of that name.


def _update_stage(response: Any) -> tuple[int, dict[str, str], str]:
    _, api_id, _, name = response.path.removeprefix("/v2/").split("/")
    stage = response.apigatewayv2_backend.get_api(api_id).stages[unquote(name)]
    for key, value in json.loads(response.body).items():
        setattr(stage, re.sub("[A-Z]", lambda m: f"_{m[0].lower()}", key), value)  # autoDeploy -> auto_deploy
    return 200, {}, json.dumps(stage.to_json())


def _get_authorizers(response: Any) -> tuple[int, dict[str, str], str]:
    api = response.apigatewayv2_backend.get_api(response.path.split("/")[-2])
    return 200, {}, json.dumps({"items": [a.to_json() for a in api.authorizers.values()]})


gateway_responses.ApiGatewayV2Response.update_stage = _update_stage
gateway_responses.ApiGatewayV2Response.get_authorizers = _get_authorizers

# ---- load balancers


def _ready_load_balancer(balancer: Any) -> None:
    """AWS takes minutes to provision, moto leaves that to the first read; and internal names begin so."""
    balancer.state = "active"
    if balancer.scheme == "internal":
        balancer.dns_name = f"internal-{balancer.dns_name}"


_after_init(elb.FakeLoadBalancer, _ready_load_balancer)

_create_load_balancer = elb.ELBv2Backend.create_load_balancer


def _named_by_its_kind(self: Any, *args: Any, **kwargs: Any) -> Any:
    """A Network Load Balancer has `net` in its ARN, and its name is the same inside and outside."""
    balancer = _create_load_balancer(self, *args, **kwargs)
    if balancer.type == "network":
        del self.load_balancers[balancer.arn]
        balancer.arn = balancer.arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
        balancer.dns_name = balancer.dns_name.removeprefix("internal-")
        self.load_balancers[balancer.arn] = balancer
    return balancer


elb.ELBv2Backend.create_load_balancer = _named_by_its_kind


def _without_policy(listener: Any) -> None:
    """Only a listener that speaks TLS has a security policy."""
    if listener.protocol not in ("HTTPS", "TLS"):
        listener.ssl_policy = None


_after_init(elb.FakeListener, _without_policy)

_describe_target_groups = elb.ELBv2Backend.describe_target_groups


def _with_their_users(self: Any, *args: Any, **kwargs: Any) -> Any:
    """AWS names the load balancer whose rules forward to a group now; moto the one whose listener did when it was made.

    And one that forwards to none is no mistake.
    """
    for group in self.target_groups.values():
        group.load_balancer_arns = [arn for arn, balancer in self.load_balancers.items() if _forwards(balancer, group.arn)]
    balancer = kwargs.get("load_balancer_arn", args[0] if args else None)
    if balancer in self.load_balancers and all(balancer not in g.load_balancer_arns for g in self.target_groups.values()):
        return []
    return _describe_target_groups(self, *args, **kwargs)


def _forwards(balancer: Any, group: str) -> bool:
    rules = [rule for listener in balancer.listeners.values() for rule in listener.rules.values()]
    return any(group in json.dumps(action.data) for rule in rules for action in rule.actions)


elb.ELBv2Backend.describe_target_groups = _with_their_users

_health_for = elb.FakeTargetGroup.health_for


def _health_with_zone(self: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
    """Target health as told by `/_test/health`, with the zone of the target's subnet, and a port, not a word."""
    health = _health_for(self, target, ec2_backend)
    told = getattr(self, "told_health", {}).get(health.instance_id)
    if told:
        health.status, health.reason, health.description = told["state"], told.get("reason"), told.get("description")
    if health.health_check_port in (None, "traffic-port"):
        health.health_check_port = str(health.port)
    health.zone = _zone_of(health.instance_id, ec2_backend)
    return health


def _zone_of(address: str, ec2_backend: Any) -> str | None:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:  # an instance id
        return None
    for subnet in itertools.chain.from_iterable(zone.values() for zone in ec2_backend.subnets.values()):
        if ip in ipaddress.ip_network(subnet.cidr_block):
            return subnet.availability_zone
    return None


def _target_with_zone(self: Any) -> dict[str, Any]:
    target = {"Id": self.instance_id, "Port": self.port}
    return target | ({"AvailabilityZone": self.zone} if getattr(self, "zone", None) else {})


elb.FakeTargetGroup.health_for = _health_with_zone
elb.FakeHealthStatus.target = property(_target_with_zone)

# ---- certificates


def _in_use_by_the_balancer(self: Any, arn: str, listener: str) -> None:
    """AWS names the load balancer that uses a certificate, moto the listener."""
    balancer = listener.replace(":listener/", ":loadbalancer/").rsplit("/", 1)[0]
    users = self._certificates[arn].in_use_by
    if balancer not in users:
        users.append(balancer)


acm.AWSCertificateManagerBackend.set_certificate_in_use_by = _in_use_by_the_balancer


def _whatever_its_dates(bundle: Any) -> Any:
    """AWS refuses to import a certificate that is over, as moto does; but one that it took ends later, and no test can wait for that."""
    return x509.load_pem_x509_certificate(bundle.cert)


acm.CertBundle.validate_certificate = _whatever_its_dates
acm.CertBundle.validate_chain = lambda _bundle: None

# ---- network interfaces


def _owned_by_a_service(interface: Any) -> None:
    """The services' own interfaces are known by their descriptions, as in AWS; moto calls them all the user's."""
    if interface.description.startswith("ELB "):
        interface.requester_managed, interface.requester_id = True, "amazon-elb"
        if interface.description.startswith("ELB net/"):
            interface.interface_type = "network_load_balancer"
    elif interface.description.startswith("arn:aws:ecs:"):
        interface.requester_managed = True
    elif any(tag["key"] == "VpcLinkId" for tag in interface.get_tags()):
        interface.requester_managed, interface.interface_type = True, "api_gateway_managed"
    else:
        return
    interface.status = "in-use"


_after_init(interfaces.NetworkInterface, _owned_by_a_service)

_interface_init = interfaces.NetworkInterface.__init__


def _free_address(ec2: Any, cidr: str, first: int) -> str:
    """An address of the subnet that no interface has; AWS never gives one out twice, and keeps the first four and the last."""
    taken = {address["PrivateIpAddress"] for interface in ec2.enis.values() for address in interface.private_ip_addresses}
    hosts = list(ipaddress.ip_network(cidr).hosts())
    return next(str(ip) for ip in hosts[first:] if str(ip) not in taken)


def _with_an_address_of_its_own(self: Any, backend: Any, subnet: Any, address: Any, *args: Any, **kwargs: Any) -> None:
    """moto draws any address of the subnet, also one that a task already has."""
    if not address and not (args[0] if args else kwargs.get("private_ip_addresses")):
        subnet = backend.get_subnet(subnet) if isinstance(subnet, str) else subnet
        address = _free_address(backend, subnet.cidr_block, 100)
    _interface_init(self, backend, subnet, address, *args, **kwargs)


interfaces.NetworkInterface.__init__ = _with_an_address_of_its_own

# ---- ECS


def _running_service(service: Any) -> None:
    """moto starts no task and keeps every deployment in progress; in a healthy deployment both are done."""
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments:
        deployment.update(
            runningCount=service.desired_count,
            pendingCount=0,
            rolloutState="COMPLETED",
            rolloutStateReason=f"ECS deployment {deployment['id']} completed.",
        )


_after_init(ecs.Service, _running_service)

_task_init = ecs.Task.__init__
_task_address = threading.local()


def _task_in_its_subnet(self: Any, *args: Any, **kwargs: Any) -> None:
    """moto gives a task any address in 10/8; AWS gives it one of its subnet."""
    backend, network = kwargs["backend"], kwargs.get("networking_configuration")
    if network:
        ec2 = ecs.ec2_backends[backend.account_id][backend.region_name]
        subnet = ec2.get_subnet(network["awsvpcConfiguration"]["subnets"][0])
        _task_address.next = _free_address(ec2, subnet.cidr_block, 20)
    _task_init(self, *args, **kwargs)
    for attachment in self.attachments:
        _name_task_interface(attachment, backend)


def _name_task_interface(attachment: dict[str, Any], backend: Any) -> None:
    ec2 = ecs.ec2_backends[backend.account_id][backend.region_name]
    details = {d["name"]: d["value"] for d in attachment["details"]}
    interface = ec2.enis[details["networkInterfaceId"]]
    place = f"{backend.region_name}:{backend.account_id}"
    interface.description = f"arn:aws:ecs:{place}:attachment/{attachment['id']}"
    interface.requester_managed = True


def _keep_running(_task: Any) -> None:
    """moto brings a task one step nearer to its end with every read."""


ecs.Task.__init__ = _task_in_its_subnet
ecs.Task.advance = _keep_running
ecs.random_private_ip = lambda: _task_address.next

# ---- Cloud Map


def _by_id_or_arn(name: str) -> None:
    """AWS takes the ARN of a service or namespace as well as its id."""
    original = getattr(cloud_map.ServiceDiscoveryBackend, name)

    def get(self: Any, *args: str, **kwargs: str) -> Any:
        id_of = {key: value.rsplit("/", 1)[-1] for key, value in kwargs.items()}
        return original(self, *(value.rsplit("/", 1)[-1] for value in args), **id_of)

    setattr(cloud_map.ServiceDiscoveryBackend, name, get)


_by_id_or_arn("get_service")
_by_id_or_arn("get_namespace")
