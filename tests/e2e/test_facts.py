"""What is read beside the way of a request, as a capture shows it."""

import json
from pathlib import Path
from typing import Any

import pytest
from doctor import Doctor

from stand_ins import article as building
from stand_ins.article import Article

DOMAIN = "api.example.com"


@pytest.fixture
def facts(doctor: Doctor, tmp_path: Path) -> Any:
    """Captures an API; the facts of the capture."""

    def capture(name: str) -> dict[str, Any]:
        path = tmp_path / "capture.json"
        run = doctor("capture", name, "--no-probe", "-o", str(path))
        assert run.code == 0, run.err
        document = json.loads(path.read_text())
        return document["facts"] | {"requests": document["requests"]}

    return capture


def gaps(facts: Any) -> list[Any]:
    """Whatever was denied or failed, anywhere."""
    if isinstance(facts, list):
        return [gap for item in facts for gap in gaps(item)]
    if not isinstance(facts, dict):
        return []
    own = [facts] if set(facts) in ({"denied"}, {"failed"}) else []
    return own + [gap for item in facts.values() for gap in gaps(item)]


def map_domain(article: Article, stage: str = "$default", key: str = "") -> None:
    gateway = article.control.client("apigatewayv2")
    configuration = {"CertificateArn": article.certificate, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    gateway.create_domain_name(DomainName=DOMAIN, DomainNameConfigurations=[configuration])
    gateway.create_api_mapping(DomainName=DOMAIN, ApiId=article.api, Stage=stage, ApiMappingKey=key)


def test_nothing_of_a_healthy_deployment_is_a_gap(healthy: Article, facts: Any) -> None:
    read = facts(healthy.api)
    assert gaps(read) == []
    roles = ("AWSServiceRoleForAPIGateway", "AWSServiceRoleForECS")
    assert read["service_linked_roles"] == dict.fromkeys(roles, {"known": True})
    assert read["web_acls"] == {healthy.alb: {"known": None}}
    assert read["ssl_policies"]["ELBSecurityPolicy-TLS13-1-2-2021-06"]["known"]["protocols"]
    assert list(read["log_groups"].values()) == [{"known": True}]
    assert set(read["listener_attributes"]) == {healthy.listener}
    assert {a for task in read["tasks"][healthy.service]["known"] for a in task["addresses"]} == set(healthy.targets)


def test_a_stage_without_auto_deploy_is_exported_as_it_was_deployed(healthy: Article, facts: Any) -> None:
    gateway = healthy.control.client("apigatewayv2")
    gateway.create_stage(ApiId=healthy.api, StageName="prod")
    gateway.create_deployment(ApiId=healthy.api, StageName="prod")
    building.route(healthy, "GET /since")
    read = facts(healthy.api)
    assert set(read["saved_definition"]["known"]["routes"]) == {"ANY /{proxy+}", "GET /since"}
    deployed = read["deployed_definitions"]["prod"]["known"]["routes"]
    assert set(deployed) == {"ANY /{proxy+}"}
    assert deployed["ANY /{proxy+}"]["integration"]["server_name"] == building.SERVER_NAME
    assert len(read["deployments"]["known"]) >= 1


def test_a_domain_with_its_mapping_rules_and_certificate(healthy: Article, facts: Any) -> None:
    map_domain(healthy)
    rule = {
        "routingRuleId": "r1",
        "priority": 1,
        "conditions": [{"matchHeaders": {"anyOf": [{"header": "x-version", "valueGlob": "2*"}]}}],
        "actions": [{"invokeApi": {"apiId": healthy.api, "stage": "$default", "stripBasePath": False}}],
    }
    path = ["domain_names", DOMAIN]
    healthy.control.set("apigatewayv2", path, routing_mode="ROUTING_RULE_THEN_API_MAPPING", routing_rules=[rule])
    read = facts(healthy.api)
    assert gaps(read) == []
    assert set(read["domains"]["known"]) == {DOMAIN}
    assert [m["api_id"] for m in read["api_mappings"][DOMAIN]["known"]] == [healthy.api]
    assert read["routing_rules"][DOMAIN]["known"][0]["priority"] == 1
    assert healthy.certificate in read["certificates"]
    healthy.control.deny("apigateway:ListRoutingRules")
    assert facts(healthy.api)["routing_rules"][DOMAIN] == {"denied": {"action": "apigateway:ListRoutingRules"}}


def test_an_api_that_is_asked_for_by_its_domain(healthy: Article, facts: Any) -> None:
    map_domain(healthy, key="orders")
    asked = {"method": "GET", "path": "/orders/health", "stage": "$default", "domain": DOMAIN}
    assert facts(DOMAIN)["requests"] == facts(f"https://{DOMAIN}/orders")["requests"] == [asked]
    assert facts(f"https://{DOMAIN}/orders/1")["requests"] == [asked | {"path": "/orders/1"}]


def test_a_web_acl_and_an_endpoint_and_scaling_bounds(healthy: Article, facts: Any) -> None:
    control = healthy.control
    shown = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rate = {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}}
    rule = {"Name": "rate", "Priority": 0, "Action": {"Block": {}}, "Statement": rate, "VisibilityConfig": shown}
    waf = control.client("wafv2")
    acl = waf.create_web_acl(
        Name="door", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=shown, Rules=[rule]
    )["Summary"]["ARN"]
    waf.associate_web_acl(WebACLArn=acl, ResourceArn=healthy.alb)
    control.client("ec2").create_vpc_endpoint(
        VpcId=healthy.vpc,
        VpcEndpointType="Gateway",
        ServiceName="com.amazonaws.us-east-1.s3",
        RouteTableIds=[healthy.route_table],
    )
    control.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/orders/orders",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=4,
    )
    read = facts(healthy.api)
    assert gaps(read) == []
    found = read["web_acls"][healthy.alb]["known"]
    assert (found["blocks_by_default"], found["rules"][0]["statements"]) == (False, ["rate-based"])
    assert [endpoint["kind"] for endpoint in read["vpc_endpoints"]["known"].values()] == ["Gateway"]
    assert read["scalable_targets"][healthy.service]["known"] == {"min_capacity": 1, "max_capacity": 4}


def test_cloud_map_in_the_place_of_a_load_balancer(healthy: Article, facts: Any) -> None:
    cloud_map = healthy.control.client("servicediscovery")
    cloud_map.create_private_dns_namespace(Name="internal.example.com", Vpc=healthy.vpc)
    namespace = cloud_map.list_namespaces()["Namespaces"][0]["Id"]
    records = {"DnsRecords": [{"Type": "SRV", "TTL": 10}]}
    service = cloud_map.create_service(
        Name="orders", NamespaceId=namespace, DnsConfig=records, HealthCheckCustomConfig={"FailureThreshold": 1}
    )["Service"]
    for number, address in enumerate(healthy.targets):
        where = {"AWS_INSTANCE_IPV4": address, "AWS_INSTANCE_PORT": "8080"}
        cloud_map.register_instance(ServiceId=service["Id"], InstanceId=f"task-{number}", Attributes=where)
    building.integration(healthy, service["Arn"], None)
    read = facts(healthy.api)
    assert gaps(read) == []
    found = read["cloud_map_services"][service["Arn"]]["known"]
    assert (found["namespace_name"], found["record_types"]) == ("internal.example.com", ["SRV"])
    assert found["custom_health"]
    instances = read["cloud_map_instances"][service["Arn"]]["known"]
    assert [one["attributes"]["AWS_INSTANCE_IPV4"] for one in instances] == healthy.targets


def test_what_only_helps_may_be_denied(doctor: Doctor, healthy: Article) -> None:
    """A reader with the older, smaller policy still gets its answer."""
    for action in ("wafv2:GetWebACLForResource", "iam:GetRole", "application-autoscaling:DescribeScalableTargets"):
        doctor.control.deny(action)
    run = doctor.check(healthy)
    assert (run.code, run.verdict) == (0, "healthy")
    assert run.deployment["read"]["denied"] == 4
