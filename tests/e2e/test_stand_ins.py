"""The stand-ins prove themselves: without the doctor, with boto3 and plain HTTP only."""

import http.client
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from faults import CASES, Case, targets_say
from pasting import run_as_printed

from stand_ins import DOCTOR
from stand_ins import article as building
from stand_ins import chain
from stand_ins.article import SERVER_NAME, Article
from stand_ins.certificates import Pem
from stand_ins.control import Control
from stand_ins.data_plane import DataPlane

SENTENCE = b"The plain HTTP request was sent to HTTPS port"


def ask(url: str, path: str = "/health", method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def test_blank_server_name_gives_the_400_of_a_real_tls_listener(founding: Article, data_plane: DataPlane) -> None:
    status, headers, body = ask(data_plane.open(founding.api))
    assert (status, headers["content-type"]) == (400, "text/html")
    assert SENTENCE in body
    assert "apigw-requestid" in headers
    unsigned = data_plane.open(founding.api, balancer_signs=False)
    assert ask(unsigned)[1]["server"].startswith("nginx")


def test_the_certificate_name_cures_it(founding: Article, data_plane: DataPlane) -> None:
    founding.control.client("apigatewayv2").update_integration(
        ApiId=founding.api, IntegrationId=founding.integration, TlsConfig={"ServerNameToVerify": SERVER_NAME}
    )
    status, headers, body = ask(data_plane.open(founding.api))
    assert (status, headers["server"]) == (200, "orders/1")
    assert body == b'{"application": "orders", "path": "/health"}'


def test_the_command_line_cures_it_too(founding: Article, data_plane: DataPlane) -> None:
    ids = f"--api-id {founding.api} --integration-id {founding.integration}"
    line = f"aws apigatewayv2 update-integration {ids} --tls-config ServerNameToVerify={SERVER_NAME}"
    run_as_printed(founding.control, line)
    assert ask(data_plane.open(founding.api))[0] == 200


OWN_BODIES = {
    404: (b'{"message":"Not Found"}', "23"),
    500: (b'{"message":"Internal Server Error"}', "35"),
    503: (b'{"message":"Service Unavailable"}', "33"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.cause)
def test_each_fault_answers_in_its_producers_shape(healthy: Article, data_plane: DataPlane, case: Case) -> None:
    url = data_plane.open(healthy.api)
    assert ask(url)[0] == 200
    case.fault(healthy)
    status, headers, body = ask(url)
    assert status == case.status
    assert "apigw-requestid" in headers
    if case.producer == "api-gateway":
        assert (body, headers["content-length"]) == OWN_BODIES[status]
        assert headers["content-type"] == "application/json"
        assert "server" not in headers
    else:
        assert headers["server"] == "awselb/2.0"


def test_an_unknown_authority_breaks_the_handshake(control: Control, pem: Pem, data_plane: DataPlane) -> None:
    private = building.build(control, pem, SERVER_NAME, issuer="IMPORTED")
    assert ask(data_plane.open(private.api))[0] == 500


def test_unhealthy_targets_still_answer(healthy: Article, data_plane: DataPlane) -> None:
    """An ALB fails open."""
    targets_say(healthy, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]")
    status, headers, _ = ask(data_plane.open(healthy.api))
    assert (status, headers["server"]) == (404, "orders/1")


def test_a_named_stage_is_forwarded_unless_the_path_is_overwritten(healthy: Article, data_plane: DataPlane) -> None:
    gateway = healthy.control.client("apigatewayv2")
    gateway.create_stage(ApiId=healthy.api, StageName="prod", AutoDeploy=True)
    url = data_plane.open(healthy.api)
    assert ask(url, "/prod/health")[::2] == (404, b'{"application": "orders", "path": "/prod/health"}')
    mapping = {"overwrite:path": "$request.path"}
    gateway.update_integration(ApiId=healthy.api, IntegrationId=healthy.integration, RequestParameters=mapping)
    assert ask(url, "/prod/health")[0] == 200


def test_a_stage_without_deployment_answers_nothing(healthy: Article, data_plane: DataPlane) -> None:
    gateway = healthy.control.client("apigatewayv2")
    gateway.create_stage(ApiId=healthy.api, StageName="manual", AutoDeploy=False)
    url = data_plane.open(healthy.api)
    assert ask(url, "/manual/health")[0] == 404
    gateway.create_deployment(ApiId=healthy.api, StageName="manual")
    assert "DeploymentId" in gateway.get_stage(ApiId=healthy.api, StageName="manual")
    assert ask(url, "/manual/health")[2] == b'{"application": "orders", "path": "/manual/health"}'


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("apigateway:GetApi", "AccessDeniedException"),
        ("ec2:DescribeSecurityGroups", "UnauthorizedOperation"),
        ("elasticloadbalancing:DescribeListeners", "AccessDenied"),
        ("acm:GetCertificate", "AccessDeniedException"),
        ("ecs:DescribeServices", "AccessDeniedException"),
    ],
)
def test_denials_have_the_codes_of_their_protocols(healthy: Article, action: str, code: str) -> None:
    calls = {
        "apigateway:GetApi": ("apigatewayv2", "get_api", {"ApiId": healthy.api}),
        "ec2:DescribeSecurityGroups": ("ec2", "describe_security_groups", {}),
        "elasticloadbalancing:DescribeListeners": ("elbv2", "describe_listeners", {"LoadBalancerArn": healthy.alb}),
        "acm:GetCertificate": ("acm", "get_certificate", {"CertificateArn": healthy.certificate}),
        "ecs:DescribeServices": ("ecs", "describe_services", {"cluster": "orders", "services": ["orders"]}),
    }
    service, method, arguments = calls[action]
    getattr(healthy.control.client(service, DOCTOR), method)(**arguments)
    healthy.control.deny(action)
    with pytest.raises(ClientError) as denied:
        getattr(healthy.control.client(service, DOCTOR), method)(**arguments)
    assert denied.value.response["Error"]["Code"] == code
    getattr(healthy.control.client(service), method)(**arguments)  # nobody else is denied


def test_a_denial_about_one_resource_leaves_the_others(healthy: Article) -> None:
    elb = healthy.control.client("elbv2", DOCTOR)
    healthy.control.deny("elasticloadbalancing:DescribeLoadBalancers", about=healthy.alb)
    assert elb.describe_load_balancers()["LoadBalancers"]
    with pytest.raises(ClientError, match="AccessDenied"):
        elb.describe_load_balancers(LoadBalancerArns=[healthy.alb])


def test_a_load_balancer_in_front_passes_on_what_the_one_behind_reads(
    control: Control, pem: Pem, data_plane: DataPlane
) -> None:
    article = chain.build(control, pem, SERVER_NAME)
    url = data_plane.open(article.api)
    assert ask(url)[::2] == (200, b'{"application": "orders", "path": "/health"}')
    elb = control.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=article.nlb)["Listeners"][0]
    assert ":listener/net/" in listener["ListenerArn"]
    assert "SslPolicy" not in listener
    building.close(article, "alb", "nlb", 443, 443)
    assert ask(url)[0] == 503
    building.admit(article, "alb", "nlb", 443, 443)
    elb.deregister_targets(TargetGroupArn=article.front_group, Targets=[{"Id": article.alb, "Port": 443}])
    assert ask(url)[0] == 503


def test_throttled_twice_then_served(healthy: Article) -> None:
    ec2 = healthy.control.client("ec2", DOCTOR)
    healthy.control.throttle("ec2:DescribeSubnets", times=2)
    for _ in range(2):
        with pytest.raises(ClientError, match="RequestLimitExceeded"):
            ec2.describe_subnets()
    assert ec2.describe_subnets()["Subnets"]


def test_lists_in_two_pages_are_whole_for_a_client_that_follows_tokens(healthy: Article) -> None:
    building.route(healthy, "GET /orders")
    lists = [
        ("apigatewayv2", "get_routes", {"ApiId": healthy.api}, "Items"),
        ("apigatewayv2", "get_integrations", {"ApiId": healthy.api}, "Items"),
        ("elbv2", "describe_listeners", {"LoadBalancerArn": healthy.alb}, "Listeners"),
        ("elbv2", "describe_rules", {"ListenerArn": healthy.listener}, "Rules"),
        ("ec2", "describe_security_groups", {}, "SecurityGroups"),
        ("ec2", "describe_network_interfaces", {}, "NetworkInterfaces"),
        ("ecs", "list_services", {"cluster": "orders"}, "serviceArns"),
    ]

    def read_all() -> list[list]:
        clients = {service: healthy.control.client(service, DOCTOR) for service, *_ in lists}
        pages = [clients[s].get_paginator(method).paginate(**given) for s, method, given, _ in lists]
        return [p.build_full_result()[field] for p, (*_, field) in zip(pages, lists, strict=True)]

    whole = read_all()
    healthy.control.pages()
    assert len(healthy.control.client("apigatewayv2", DOCTOR).get_routes(ApiId=healthy.api)["Items"]) == 1
    assert read_all() == whole


def test_a_look_up_by_id_is_not_cut_to_nothing(healthy: Article) -> None:
    healthy.control.pages()
    found = healthy.control.client("elbv2", DOCTOR).describe_load_balancers(LoadBalancerArns=[healthy.alb])
    assert len(found["LoadBalancers"]) == 1


def test_no_two_interfaces_share_an_address(control: Control, pem: Pem) -> None:
    chained = chain.build(control, pem)
    ec2 = control.client("ec2")
    for _ in range(130):  # enough that addresses drawn by lot would meet
        ec2.create_network_interface(SubnetId=chained.subnets[0])
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    addresses = [interface["PrivateIpAddress"] for interface in interfaces]
    assert len(addresses) > 130
    assert sorted(addresses) == sorted(set(addresses))


def test_operations_that_moto_lacks(healthy: Article) -> None:
    gateway = healthy.control.client("apigatewayv2")
    gateway.update_stage(ApiId=healthy.api, StageName="$default", AutoDeploy=False, StageVariables={"k": "v"})
    stage = gateway.get_stage(ApiId=healthy.api, StageName="$default")
    assert (stage["AutoDeploy"], stage["StageVariables"]) == (False, {"k": "v"})
    assert gateway.get_authorizers(ApiId=healthy.api)["Items"] == []


def test_calls_of_the_doctor_are_recorded_and_no_others(healthy: Article) -> None:
    healthy.control.client("apigatewayv2", DOCTOR).get_routes(ApiId=healthy.api)
    healthy.control.client("ec2", DOCTOR).describe_vpcs()
    assert [(c["operation"], c["action"]) for c in healthy.control.calls()] == [
        ("GetRoutes", "apigateway:GET"),
        ("DescribeVpcs", "ec2:DescribeVpcs"),
    ]


def test_a_stopped_control_plane_closes_connections(healthy: Article) -> None:
    gateway = healthy.control.client("apigatewayv2", DOCTOR)
    healthy.control.stop(after=1)
    gateway.get_api(ApiId=healthy.api)
    with pytest.raises(Exception, match=r"closed|aborted|reset"):
        gateway.get_api(ApiId=healthy.api)
