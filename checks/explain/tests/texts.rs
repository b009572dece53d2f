//! Statuses, sentences of AWS, of ECS and of clients.

use super::{Sample, holds};
use crate::explain::Kind::{AwsError, ClientError, Ecs, GatewayError, Status, TargetHealth, Unrecognised};
use crate::explain::text;
use crate::symptom::Producer::{ApiGateway, ClientSide, LoadBalancer, Target};

#[test]
fn statuses_and_sentences_are_explained() {
    holds(SAMPLES);
}

pub(super) const SAMPLES: &[Sample] = &[
    ("503", Status, Some(ApiGateway), Some("lb-sg-ingress-from-link"), true),
    ("HTTP 504", Status, Some(LoadBalancer), Some("target-sg-traffic-port"), true),
    ("502 Bad Gateway", Status, Some(LoadBalancer), Some("hc-connect-refused"), true),
    ("503 Service Temporarily Unavailable", Status, Some(LoadBalancer), Some("tg-empty"), true),
    ("400", Status, Some(LoadBalancer), Some("secure-server-name-missing"), true),
    ("404", Status, Some(ApiGateway), Some("route-missing"), true),
    ("429", Status, Some(ApiGateway), Some("throttle-zero"), true),
    ("431", Status, Some(ApiGateway), Some("request-too-large-headers"), true),
    ("460", Status, None, Some("integration-timeout-short"), true),
    ("464", Status, Some(LoadBalancer), Some("tg-protocol-version"), true),
    ("421", Status, Some(Target), Some("host-rejected-by-app"), true),
    ("000", Status, Some(ClientSide), Some("domain-no-dns"), true),
    ("AxiosError: Request failed with status code 502", Status, Some(LoadBalancer), Some("hc-connect-refused"), true),
    ("curl: (22) The requested URL returned error: 503", Status, Some(ApiGateway), Some("lb-sg-ingress-from-link"), true),
    // ECS and target health.
    (
        "(service orders) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/73e2d6bc24d8a067) due to (reason Health checks failed with these codes: [404])",
        TargetHealth,
        None,
        Some("hc-code-mismatch"),
        true,
    ),
    (
        "service orders (port 8081) is unhealthy in target-group orders-tg due to (reason Health checks failed with these codes: [502]).",
        TargetHealth,
        None,
        Some("hc-code-mismatch"),
        true,
    ),
    (
        "service orders (port 8081) is unhealthy in target-group orders-tg due to (reason Request timed out)",
        TargetHealth,
        None,
        Some("hc-timeout"),
        true,
    ),
    (
        "service my-service (port 8080) is unhealthy in target-group my-tg due to (reason Health checks failed)",
        TargetHealth,
        None,
        Some("hc-connect-refused"),
        true,
    ),
    (
        r#"{"TargetHealth":{"State":"unhealthy","Reason":"Target.Timeout","Description":"Request timed out"}}"#,
        TargetHealth,
        None,
        Some("hc-timeout"),
        true,
    ),
    ("Target.ResponseCodeMismatch", TargetHealth, None, Some("hc-code-mismatch"), true),
    ("Target.FailedHealthChecks", TargetHealth, None, Some("hc-connect-refused"), true),
    ("Target.NotInUse", TargetHealth, None, Some("target-az-not-enabled"), true),
    ("Elb.InitialHealthChecking", TargetHealth, None, Some("target-initial"), true),
    ("Target.DeregistrationInProgress", TargetHealth, None, Some("target-draining"), true),
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/library/ordres:latest: pull access denied, repository does not exist or may require authorization",
        Ecs,
        None,
        Some("image-missing-or-denied"),
        true,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 123456789012.dkr.ecr.eu-central-1.amazonaws.com/orders:1: dial tcp 192.0.2.1:443: i/o timeout",
        Ecs,
        None,
        Some("image-pull-no-egress"),
        true,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.us-east-2.amazonaws.com/\": dial tcp 192.0.2.7:443: i/o timeout. Please check your task network configuration.",
        Ecs,
        None,
        Some("image-pull-no-egress"),
        true,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: ssm:GetParameters",
        Ecs,
        None,
        Some("image-missing-or-denied"),
        true,
    ),
    ("OutOfMemoryError: Container killed due to memory usage", Ecs, None, Some("task-exits"), true),
    ("Essential container in task exited", Ecs, None, Some("task-exits"), true),
    (
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/x)",
        Ecs,
        None,
        Some("service-flapping-health"),
        true,
    ),
    ("Task failed container health checks", Ecs, None, Some("container-health-unhealthy"), true),
    (
        "(service orders) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance x) has insufficient memory available.",
        Ecs,
        None,
        Some("no-capacity"),
        true,
    ),
    (
        "(service orders) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.",
        Ecs,
        None,
        Some("no-capacity"),
        true,
    ),
    (
        "(service orders) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.",
        Ecs,
        None,
        Some("service-running-lt-desired"),
        true,
    ),
    ("(service orders) (deployment ecs-svc/1) deployment failed: tasks failed to start.", Ecs, None, Some("deployment-failed"), true),
    ("(service orders) has reached a steady state.", Ecs, None, None, true),
    // What AWS refuses.
    (
        "│ Error: creating API Gateway v2 Integration: operation error ApiGatewayV2: CreateIntegration, https response error StatusCode: 400, RequestID: d4639c52-0000-4000-8000-000000000000, BadRequestException: For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.",
        AwsError,
        None,
        Some("uri-not-listener-arn"),
        true,
    ),
    (
        "Resource handler returned message: \"Subnet 'subnet-0abc' is in Availability Zone 'use1-az3' where service is not available (Service: AmazonApiGatewayV2; Status Code: 400)\"",
        AwsError,
        None,
        Some("vpclink-az-unsupported"),
        true,
    ),
    (
        "BadRequestException: For a shared subnet, at least one security-group-id should be provided",
        AwsError,
        None,
        Some("vpclink-no-sg"),
        true,
    ),
    (
        "Error: Error creating APIGateway VPC Link: BadRequestException: NLB ARN is malformed.",
        AwsError,
        None,
        Some("vpc-link-v1-used"),
        true,
    ),
    (
        "InvalidParameterException: The provided target group arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/x has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.",
        AwsError,
        None,
        Some("target-type-instance-awsvpc"),
        true,
    ),
    (
        "Error: creating ECS Service (orders): InvalidParameterException: The target group with targetGroupArn arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/x does not have an associated load balancer.",
        AwsError,
        None,
        Some("tg-not-attached"),
        true,
    ),
    (
        "InvalidParameterException: The container orders-app did not have a container port 5000 defined.",
        AwsError,
        None,
        Some("container-port-mismatch"),
        true,
    ),
    (
        "An error occurred (InvalidParameterException) when calling the CreateService operation: The container web does not exist in the task definition.",
        AwsError,
        None,
        Some("container-name-mismatch"),
        true,
    ),
    (
        "InvalidConfigurationRequest: Target group 'arn:a' is in a different VPC than load balancer 'arn:b'",
        AwsError,
        None,
        Some("tg-not-attached"),
        true,
    ),
    (
        "Error: modifying ELBv2 Listener: api error UnsupportedCertificate: The certificate 'arn:aws:acm:eu-central-1:123456789012:certificate/x' must have a fully-qualified domain name, a supported signature, and a supported key size.",
        AwsError,
        None,
        Some("lb-cert-key-or-alg"),
        true,
    ),
    ("BadRequestException: Unable to deploy API because no routes exist in this API", AwsError, None, Some("autodeploy-failed"), true),
    ("ValidationError: A certificate must be specified for HTTPS listeners", AwsError, None, None, true),
    // Messages of API Gateway on their own.
    (
        "Execution failed due to configuration error: PKIX path building failed: unable to find valid certification path to requested target",
        GatewayError,
        Some(ApiGateway),
        Some("lb-cert-private-ca"),
        true,
    ),
    ("INTEGRATION_NETWORK_FAILURE", GatewayError, Some(ApiGateway), Some("lb-internet-facing"), true),
    ("Network error communicating with endpoint", GatewayError, Some(ApiGateway), Some("lb-sg-ingress-from-link"), true),
    // Clients.
    ("curl: (6) Could not resolve host: api.exmaple.com", ClientError, Some(ClientSide), Some("domain-no-dns"), true),
    (
        "curl: (7) Failed to connect to api.example.com port 80 after 21 ms: Connection refused",
        ClientError,
        Some(ClientSide),
        Some("http-scheme-used"),
        true,
    ),
    (
        "curl: (28) Failed to connect to api.example.com port 80 after 75003 ms: Connection timed out",
        ClientError,
        Some(ClientSide),
        Some("http-scheme-used"),
        true,
    ),
    (
        "curl: (60) SSL: no alternative certificate subject name matches target host name 'api.example.com'",
        ClientError,
        Some(ClientSide),
        Some("domain-cname-to-execute-api"),
        true,
    ),
    ("curl: (60) SSL certificate problem: certificate has expired", ClientError, Some(ClientSide), Some("domain-cert-expired"), true),
    ("curl: (52) Empty reply from server", ClientError, Some(ClientSide), Some("client-mtls-rejected"), true),
    (
        "curl: (56) OpenSSL SSL_read: OpenSSL/3.0.2: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0",
        ClientError,
        Some(ClientSide),
        Some("client-mtls-rejected"),
        true,
    ),
    ("Error: getaddrinfo ENOTFOUND api.example.com", ClientError, Some(ClientSide), Some("domain-no-dns"), true),
    (
        "Get \"https://api.example.com/health\": dial tcp: lookup api.example.com on 10.0.0.2:53: no such host",
        ClientError,
        Some(ClientSide),
        Some("domain-no-dns"),
        true,
    ),
    (
        "tls: failed to verify certificate: x509: certificate is valid for *.execute-api.eu-central-1.amazonaws.com, not api.example.com",
        ClientError,
        Some(ClientSide),
        Some("domain-cname-to-execute-api"),
        true,
    ),
    (
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='api.example.com', port=443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch')))",
        ClientError,
        Some(ClientSide),
        Some("domain-cname-to-execute-api"),
        true,
    ),
    ("Error: socket hang up { code: 'ECONNRESET' }", ClientError, Some(ClientSide), Some("client-mtls-rejected"), true),
    (
        "curl: (28) Operation timed out after 25001 milliseconds with 0 bytes received",
        ClientError,
        Some(ClientSide),
        Some("backend-slower-than-30s"),
        true,
    ),
    (
        "curl: (28) Failed to connect to api.example.com port 443 after 75003 ms: Connection timed out",
        ClientError,
        Some(ClientSide),
        Some("domain-no-dns"),
        true,
    ),
    (
        "curl: (7) Failed to connect to api.example.com port 443 after 21 ms: Connection refused",
        ClientError,
        Some(ClientSide),
        Some("domain-no-dns"),
        true,
    ),
    (
        "psql: error: connection to server at \"db.example.com\", port 5432 failed: Connection refused",
        ClientError,
        Some(ClientSide),
        None,
        false,
    ),
    ("dial tcp 10.0.3.4:6379: connect: connection refused", ClientError, Some(ClientSide), None, false),
    (
        "2025/05/01 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.3.7",
        ClientError,
        None,
        None,
        true,
    ),
    ("Error: connect ECONNREFUSED 127.0.0.1:3000", ClientError, Some(ClientSide), None, false),
    (
        "curl: (28) Failed to connect to internal-orders-1.eu-central-1.elb.amazonaws.com port 443 after 75003 ms: Connection timed out",
        ClientError,
        Some(ClientSide),
        None,
        false,
    ),
    ("curl: (6) Could not resolve host: a1b2c3.execute-api.eu-central-1.amazonaws.com", ClientError, Some(ClientSide), None, false),
    (
        "urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='api.example.com', port=443): Read timed out. (read timeout=10)",
        ClientError,
        Some(ClientSide),
        Some("backend-slower-than-30s"),
        true,
    ),
    (
        "Access to fetch at 'https://api.example.com/orders' from origin 'https://shop.example.com' has been blocked by CORS policy: Response to preflight request doesn't pass access control check: It does not have HTTP ok status.",
        ClientError,
        None,
        Some("cors-preflight-authorized"),
        true,
    ),
    // Nothing of it is known.
    ("", Unrecognised, None, None, false),
    ("it does not work", Unrecognised, None, None, false),
    ("The build took 503 ms and the cat sat on port 443.", Unrecognised, None, None, false),
    ("panic: runtime error: index out of range [5] with length 3", Unrecognised, None, None, false),
    ("SELECT * FROM orders WHERE id = 404", Unrecognised, None, None, false),
];

#[test]
fn a_status_names_everybody_who_may_write_it() {
    let found = text("503");
    let producers: Vec<&str> = found.items.iter().filter_map(|item| item.attribution.as_ref()).map(|who| who.producer.name()).collect();
    assert_eq!(producers, ["api-gateway", "load-balancer", "target"]);
}

#[test]
fn of_several_sentences_all_causes_are_named() {
    let found = text("service x is unhealthy in target-group t due to (reason Health checks failed with these codes: [404])");
    let causes: Vec<&str> = found.items[0].causes.iter().map(|cause| cause.check).collect();
    assert_eq!(causes, ["hc-code-mismatch", "hc-path-missing"]);
}
