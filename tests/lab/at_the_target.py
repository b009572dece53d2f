"""Between the load balancer and the application: target groups, tasks, and programs that answer in somebody else's words."""

from typing import Any

from lab import servers, words
from lab.at_the_gateway import NOT_FOUND, UNAVAILABLE
from lab.at_the_listener import elb
from lab.case import WELL, Arrange, Case, Seen, balancer, gateway, target, unknown
from lab.laboratory import Lab
from lab.servers import HEAD, Act
from stand_ins import LOOPBACK
from stand_ins import article as building
from stand_ins.article import PORT
from stand_ins.certificates import self_signed
from stand_ins.nginx import free_port

BAD_GATEWAY = balancer(502, "lb-bad-gateway")
NO_TARGET = balancer(503, "lb-service-unavailable")
TOO_LATE = balancer(504, "lb-gateway-timeout")
SENTENCE_OF_TARGET = Seen(400, "target", "plain-http-to-https-port")
OK = HEAD + "Content-Length: 2\n\nok"


def runs(act: Act, only: int | None = None, turn: int = 0) -> Arrange:
    """This runs in the tasks, or in one of the two; the request goes to the one whose turn it is."""

    def arrange(lab: Lab) -> None:
        lab.runs(act, only=only)
        lab.turn = turn

    return arrange


def crashed(lab: Lab) -> None:
    """Nobody listens any more, and no health check has seen it yet."""
    lab.at_port(servers.closed_port())


# ---- real nginx in the tasks


def nginx(inside: str, tls: bool = False) -> Arrange:
    """A real nginx with this in its server block."""

    def arrange(lab: Lab) -> None:
        _nginx(lab, inside, tls)

    return arrange


def _nginx(lab: Lab, inside: str, tls: bool) -> None:
    port, pem = free_port(), self_signed("orders")
    secure = " ssl; ssl_certificate {folder}/c.pem; ssl_certificate_key {folder}/c.key" if tls else ""
    inside = inside.replace("DEAD", f"http://{LOOPBACK}:{servers.closed_port()}")
    files = {"c.pem": pem.certificate, "c.key": pem.key}
    lab.runs_nginx(f"server {{ listen {LOOPBACK}:{port}{secure}; {inside} }}", port, files)


def tls_tasks_checked_over_tls(lab: Lab) -> None:
    """The health check speaks TLS and is content; the requests are plain."""
    elb(lab).modify_target_group(TargetGroupArn=lab.deploy().target_group, HealthCheckProtocol="HTTPS")
    _nginx(lab, "return 200;", tls=True)


def https_group(act: Act, tls: bool) -> Arrange:
    """The target group speaks TLS to its targets."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        lab.control.set("elbv2", ["target_groups", article.target_group], protocol="HTTPS")
        lab.runs(act, self_signed("orders") if tls else None)

    return arrange


def https_group_of_failing_tasks(lab: Lab) -> None:
    https_group(servers.says(OK), tls=False)(lab)
    elb(lab).modify_target_group(TargetGroupArn=lab.article.target_group, HealthCheckProtocol="HTTPS")
    say_of_all(lab, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")


def http2_group(lab: Lab) -> None:
    """The tasks are in a target group for HTTP/2."""
    article = lab.deploy()
    arn = _group(lab, ProtocolVersion="HTTP2")
    targets = [{"Id": address, "Port": PORT} for address in article.targets]
    elb(lab).register_targets(TargetGroupArn=arn, Targets=targets)
    entry = {"targetGroupArn": arn, "containerName": "app", "containerPort": PORT}
    lab.control.set("ecs", ["services", "orders:orders"], load_balancers=[entry])
    elb(lab).modify_listener(ListenerArn=article.listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}])


def _group(lab: Lab, **given: Any) -> str:
    common = {"Protocol": "HTTP", "Port": PORT, "VpcId": lab.article.vpc, "TargetType": "ip", "HealthCheckPath": "/health"}
    return elb(lab).create_target_group(Name="orders-new", **common, **given)["TargetGroups"][0]["TargetGroupArn"]


def weights(old: int, new: int, turn: int = 0) -> Arrange:
    """A second target group, into which nothing was deployed yet, and the weights of both."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        shares = [(article.target_group, old), (_group(lab), new)]
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        elb(lab).modify_listener(ListenerArn=article.listener, DefaultActions=[action])
        lab.turn = turn

    return arrange


def say_of_all(lab: Lab, state: str, reason: str, description: str) -> None:
    for address in lab.article.targets:
        lab.control.health(lab.article.target_group, address, state, reason, description)


def all_leave(lab: Lab) -> None:
    lab.deploy()
    say_of_all(lab, "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")


def one_refuses(lab: Lab) -> None:
    """One of two targets fails its health check, so the other gets all requests."""
    article = lab.deploy()
    lab.control.health(article.target_group, article.targets[0], "unhealthy", "Target.FailedHealthChecks", "Health checks failed")


def unregistered_service(lab: Lab) -> None:
    """The service names no target group, so nobody is in it."""
    article = lab.deploy()
    targets = [{"Id": address, "Port": PORT} for address in article.targets]
    elb(lab).deregister_targets(TargetGroupArn=article.target_group, Targets=targets)
    lab.control.set("ecs", ["services", "orders:orders"], load_balancers=[])


def unpublished_port(lab: Lab) -> None:
    """The service registers a port that the container does not publish."""
    article = lab.deploy()
    entry = {"targetGroupArn": article.target_group, "containerName": "app", "containerPort": 9090}
    lab.control.set("ecs", ["services", "orders:orders"], load_balancers=[entry])
    say_of_all(lab, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")


# ---- who waits for whom


def waits(balancer_s: int | None = None, gateway_ms: int | None = None, check_s: int | None = None) -> Arrange:
    """Time limits on the way, and an application that is silent for three seconds."""

    def arrange(lab: Lab) -> None:
        article = lab.deploy()
        if balancer_s:
            given = [{"Key": "idle_timeout.timeout_seconds", "Value": str(balancer_s)}]
            elb(lab).modify_load_balancer_attributes(LoadBalancerArn=article.alb, Attributes=given)
        if gateway_ms:
            lab.control.client("apigatewayv2").update_integration(
                ApiId=article.api, IntegrationId=article.integration, TimeoutInMillis=gateway_ms
            )
        if check_s:
            elb(lab).modify_target_group(TargetGroupArn=article.target_group, HealthCheckTimeoutSeconds=check_s)
        lab.runs(servers.after(3, servers.says(OK)))

    return arrange


def gives_up_with_504(lab: Lab) -> None:
    waits(gateway_ms=600)(lab)
    lab.plane.weather.patience_ends_with = 504


# ---- Cloud Map in the place of the load balancer


def cloud_map(instances: int = 2, port: bool = True, admitted: bool = True, act: Act | None = None) -> Arrange:
    def arrange(lab: Lab) -> None:
        article, client = lab.deploy(), lab.control.client("servicediscovery")
        client.create_private_dns_namespace(Name="internal.example.com", Vpc=article.vpc)
        namespace = client.list_namespaces()["Namespaces"][0]["Id"]
        records = {"DnsRecords": [{"Type": "SRV" if port else "A", "TTL": 10}]}
        service = client.create_service(Name="orders", NamespaceId=namespace, DnsConfig=records)["Service"]
        for number, address in enumerate(article.targets[:instances]):
            where = {"AWS_INSTANCE_IPV4": address} | ({"AWS_INSTANCE_PORT": str(PORT)} if port else {})
            client.register_instance(ServiceId=service["Id"], InstanceId=f"task-{number}", Attributes=where)
        integration = building.integration(article, service["Arn"], None)
        route = {"RouteId": article.route, "Target": f"integrations/{integration}"}
        lab.control.client("apigatewayv2").update_route(ApiId=article.api, **route)
        if admitted:
            building.admit(article, "task", "link", PORT, PORT)
        if act:
            lab.runs(act)

    return arrange


CASES = [
    # What breaks on the way to the target.
    Case("task-resets", "the application resets the connection", runs(servers.resets), BAD_GATEWAY, "hc-connect-refused"),
    Case("task-hangs-up", "the application closes the connection without an answer", runs(servers.hangs_up), BAD_GATEWAY, "hc-connect-refused"),
    Case("task-speaks-garbage", "the application does not speak HTTP", runs(servers.garbage), BAD_GATEWAY, "hc-connect-refused"),
    Case("task-header-too-big", "a header of the application's answer has 40 000 bytes", runs(servers.says(HEAD + f"X-Filler: {'x' * 40_000}\nContent-Length: 2\n\nok")), BAD_GATEWAY, "hc-connect-refused"),
    Case("task-crashed", "nobody listens in the tasks, and no health check has seen it", crashed, BAD_GATEWAY, "hc-connect-refused"),
    Case("one-task-resets", "one of two tasks resets, and it is its turn", runs(servers.resets, only=1, turn=1), BAD_GATEWAY, "hc-connect-refused"),
    Case("other-task-answers", "one of two tasks resets, and it is the other's turn", runs(servers.resets, only=1, turn=0), WELL, None, 0),
    Case("one-task-unhealthy", "one of two targets is unhealthy; the other gets the request", one_refuses, WELL, None, 0),
    Case("task-silent", "the load balancer's patience is shorter than the application takes", waits(balancer_s=1), TOO_LATE, "idle-timeout-shorter-than-backend"),
    Case("gateway-impatient", "the integration's time limit is shorter than a health check may take", waits(gateway_ms=600), UNAVAILABLE, "integration-timeout-short"),
    Case("gateway-impatient-504", "the same, where API Gateway answers 504", gives_up_with_504, gateway(504, "timeout"), "integration-timeout-short"),
    Case("backend-too-slow", "the application takes longer than the integration allows", waits(gateway_ms=2000, check_s=2), UNAVAILABLE, "backend-slower-than-30s"),
    Case("group-speaks-tls", "the target group speaks TLS, and the tasks do not", https_group_of_failing_tasks, BAD_GATEWAY, "tg-protocol-https-vs-plain"),
    Case("group-and-task-speak-tls", "nothing; target group and tasks speak TLS, with a certificate that vouches for itself", https_group(servers.says(OK), tls=True), WELL, None, 0),
    Case("group-speaks-http2", "the target group is for HTTP/2", http2_group, balancer(464, "lb-protocol-mismatch"), "tg-protocol-version"),
    Case("weight-on-empty-group", "all weight lies on a group without targets", weights(0, 100), NO_TARGET, "forward-weight-zero"),
    Case("half-on-empty-group", "half of the weight lies on a group without targets, and it is its turn", weights(1, 1, turn=1), NO_TARGET, "tg-empty"),
    Case("half-on-full-group", "half of the weight lies on a group without targets, and it is the other's turn", weights(1, 1, turn=0), WELL, None, 1),
    Case("all-targets-leave", "every target is being deregistered", all_leave, NO_TARGET, "target-draining"),
    Case("service-registers-nobody", "the ECS service names no target group", unregistered_service, NO_TARGET, "no-loadbalancers-block"),
    Case("service-registers-other-port", "the ECS service registers a port that its container does not publish", unpublished_port, BAD_GATEWAY, "container-port-mismatch"),
    # Cloud Map.
    Case("cloud-map-in-order", "nothing; a Cloud Map service stands in the place of the load balancer", cloud_map(), WELL, None, 0),
    Case("cloud-map-empty", "nothing is registered in the Cloud Map service", cloud_map(instances=0), UNAVAILABLE, "cm-no-instances"),
    Case("cloud-map-without-port", "the instances are registered without a port", cloud_map(port=False), UNAVAILABLE, "cm-no-port"),
    Case("cloud-map-closed-tasks", "the tasks' security group does not admit the link", cloud_map(admitted=False), UNAVAILABLE, "cm-task-sg"),
    Case("cloud-map-strange-host", "the application behind Cloud Map does not know its Host", cloud_map(act=words.django_host), target(400), "cm-host-is-task-address"),
    # Programs behind the load balancer that speak as API Gateway or the load balancer do, or as others do about the same thing.
    Case("nginx-expects-tls", "a real nginx in the tasks expects TLS", nginx("return 200;", tls=True), SENTENCE_OF_TARGET, "tg-protocol-http-vs-tls"),
    Case("nginx-expects-tls-and-is-checked", "the same, and the health check speaks TLS", tls_tasks_checked_over_tls, SENTENCE_OF_TARGET, "tg-protocol-http-vs-tls"),
    Case("go-expects-tls", "a Go program in the tasks expects TLS", runs(words.go_plain_to_tls), target(400), "tg-protocol-http-vs-tls"),
    Case("tomcat-expects-tls", "a Tomcat in the tasks expects TLS", runs(words.tomcat_plain_to_tls), target(400), "tg-protocol-http-vs-tls"),
    Case("apache-expects-tls", "an Apache in the tasks expects TLS", runs(words.apache_plain_to_tls), target(400), "tg-protocol-http-vs-tls"),
    Case("sentence-quoted", "the application quotes the sentence about plain HTTP from somebody else", runs(words.quotes_the_sentence), target(400), None),
    Case("nginx-502", "a real nginx in the tasks cannot reach what it proxies to", nginx("location / { proxy_pass DEAD; }"), target(502), None),
    Case("nginx-503", "a real nginx in the tasks says the load balancer's words, with its footer", nginx("return 503;"), target(503), None),
    Case("nginx-404-without-version", "a real nginx that hides its version has no such page", nginx("server_tokens off; root /nowhere;"), target(404), None),
    Case("nginx-healthy", "nothing; a real nginx in the tasks", nginx("location = /health { return 200 ok; }"), WELL, None, 0),
    Case("go-404", "a Go program in the tasks has no such page", runs(words.go_404), target(404), None),
    Case("express-404", "an Express application has no such page", runs(words.express_404), target(404), None),
    Case("tomcat-404", "a Tomcat in the tasks has no such page", runs(words.tomcat_404), target(404), None),
    Case("apache-503", "an Apache in the tasks is overloaded", runs(words.apache_503), target(503), None),
    Case("envoy-503", "an Envoy in the tasks cannot reach what is behind it", runs(words.envoy_503), target(503), None),
    Case("envoy-no-host", "an Envoy in the tasks has nobody behind it", runs(words.envoy_no_host), target(503), None),
    Case("node-says-not-found", "an Express application says API Gateway's Not Found", runs(words.node_not_found), target(404), None),
    Case("python-says-unauthorized", "a Python application says API Gateway's Unauthorized", runs(words.python_unauthorized), target(401), None),
    Case("java-says-forbidden", "a Jetty application says API Gateway's Forbidden", runs(words.java_forbidden), target(403), None),
    Case("nameless-not-found", "an application without a name says exactly API Gateway's Not Found: nobody can tell", runs(words.nameless_not_found), NOT_FOUND, None),
    Case("nameless-unavailable", "an application without a name says exactly API Gateway's Service Unavailable: nobody can tell", runs(words.nameless_unavailable), UNAVAILABLE, None),
    Case("nameless-with-more", "an application says a little more than API Gateway would", runs(words.worded_differently), target(503), None),
    Case("another-balancer", "the application hands on a page of another load balancer", runs(words.another_balancer), NO_TARGET, None),
    Case("another-balancer-signed", "the same, and the application shows that it was there", runs(words.another_balancer_through_express), target(503), None),
    Case("empty-500", "a 500 without a body and without a name: nobody can tell", runs(words.nothing_at_all), unknown(500), None),
    Case("alarming-words-of-a-200", "nothing; the 200 says Service Unavailable", runs(words.healthy_by_word), WELL, None, 0),
    Case("host-refused", "a Django application does not know its Host", runs(words.django_host), target(400), "host-rejected-by-app"),
    Case("misdirected", "a server with several names gets a request for none of them", runs(words.misdirected), target(421), "host-rejected-by-app"),
    Case("app-forces-https", "the application redirects to the same path with https", runs(words.redirects("https://orders.example.com/health")), target(301), "app-forces-https"),
    Case("app-redirects-elsewhere", "the application redirects to another host", runs(words.redirects("https://www.example.org/start")), target(301), None),
    Case("app-redirects-in-a-loop", "the application redirects to where it is", runs(words.redirects("/health", "307 Temporary Redirect")), target(307), None),
]  # fmt: skip
