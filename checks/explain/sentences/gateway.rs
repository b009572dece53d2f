//! What API Gateway writes into logs about an integration or an authorizer. Some of it is only known of REST APIs, whose vocabulary HTTP APIs share.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

use super::Sentence;
use crate::explain::Kind;
use crate::finding::Confidence::{self, Likely, Possible};
use crate::symptom::Symptom;

const fn says(
    words: &'static [&'static str],
    what: &'static str,
    symptom: Symptom,
    causes: &'static [(&'static str, Confidence, &'static str)],
) -> Sentence {
    Sentence { words, kind: Kind::GatewayError, what, symptom: Some(symptom), causes, only: false }
}

const NAMES: (&str, Confidence, &str) = ("server-name-san-mismatch", Likely, "API Gateway says that the certificate is for another name");
const AUTHORITY: &[(&str, Confidence, &str)] = &[
    ("lb-cert-private-ca", Likely, "API Gateway says that it knows no way from the certificate to an authority that it trusts"),
    ("lb-cert-self-signed", Likely, "a self-signed certificate looks the same"),
    ("lb-cert-incomplete-chain", Possible, "a certificate without its chain looks the same"),
];

const WANTS_OURS: &[(&str, Confidence, &str)] =
    &[("lb-mtls-verify", Likely, "the listener wants a client certificate, which an HTTP API cannot present")];

pub(super) static SENTENCES: &[Sentence] = &[
    // https://repost.aws/knowledge-center/api-gateway-500-error-vpc
    says(
        &["does not match the certificate subject"],
        "the certificate behind is for another name",
        Symptom::GatewayInternalError,
        &[NAMES],
    ),
    says(&["no subject alternative", "matching"], "the certificate behind is for another name", Symptom::GatewayInternalError, &[NAMES]),
    // https://repost.aws/knowledge-center/api-gateway-ssl-certificate-errors
    says(
        &["pkix path building failed"],
        "the certificate behind is of no authority that API Gateway trusts",
        Symptom::GatewayInternalError,
        AUTHORITY,
    ),
    says(
        &["unable to find valid certification path"],
        "the certificate behind is of no authority that API Gateway trusts",
        Symptom::GatewayInternalError,
        AUTHORITY,
    ),
    says(
        &["certificateexpiredexception"],
        "the certificate behind is not valid any more",
        Symptom::GatewayInternalError,
        &[("lb-cert-expired", Likely, "API Gateway says that the certificate is expired")],
    ),
    says(
        &["general sslengine problem"],
        "the TLS handshake with what is behind failed",
        Symptom::GatewayInternalError,
        &[
            ("lb-cert-expired", Possible, "the certificate may not be valid now"),
            ("lb-cert-private-ca", Possible, "the certificate may be of a private authority"),
            ("lb-cert-incomplete-chain", Possible, "the certificate may come without its chain"),
        ],
    ),
    says(
        &["unrecognized ssl message, plaintext connection"],
        "API Gateway spoke TLS to something that does not",
        Symptom::GatewayInternalError,
        &[("tls-to-http-listener", Likely, "the listener speaks plain HTTP")],
    ),
    says(
        &["not an ssl/tls record"],
        "API Gateway spoke TLS to something that does not",
        Symptom::GatewayInternalError,
        &[("tls-to-http-listener", Likely, "the listener speaks plain HTTP")],
    ),
    // https://datatracker.ietf.org/doc/html/rfc8446#section-6
    says(
        &["received fatal alert: certificate_required"],
        "the other side wants a client certificate",
        Symptom::GatewayInternalError,
        WANTS_OURS,
    ),
    says(
        &["received fatal alert: bad_certificate"],
        "the other side does not accept a client certificate",
        Symptom::GatewayInternalError,
        WANTS_OURS,
    ),
    says(
        &["received fatal alert: protocol_version"],
        "API Gateway and the other side found no version of TLS in common",
        Symptom::GatewayInternalError,
        &[("ssl-policy-tls13-only", Likely, "the listener's policy may admit TLS 1.3 alone")],
    ),
    says(
        &["received fatal alert: handshake_failure"],
        "the other side broke the TLS handshake off",
        Symptom::GatewayInternalError,
        &[
            ("ssl-policy-tls13-only", Possible, "there may be no version and cipher in common"),
            ("lb-mtls-verify", Possible, "the listener may want a client certificate, which an HTTP API cannot present"),
        ],
    ),
    says(
        &["received fatal alert: unrecognized_name"],
        "the other side does not know the name in the handshake",
        Symptom::GatewayInternalError,
        &[("server-name-san-mismatch", Likely, "the secure server name is none of the other side's")],
    ),
    // https://repost.aws/knowledge-center/api-gateway-lambda-stage-variable-500 and the like: the integration is a function.
    says(
        &["lambda function returned the following error"],
        "the integration is a function, not a load balancer, and the function failed: its own log",
        Symptom::GatewayInternalError,
        &[],
    )
    .only(),
    says(
        &["permissions to call the integration"],
        "the integration is a function or a service of AWS, and API Gateway may not call it: its resource policy or the role",
        Symptom::GatewayInternalError,
        &[],
    )
    .only(),
    says(
        &["malformed lambda proxy response"],
        "the integration is a function, and its answer is not of the form that API Gateway wants: the function's code",
        Symptom::GatewayInternalError,
        &[],
    )
    .only(),
    says(
        &["invalid permissions on lambda function"],
        "the integration is a function, and API Gateway may not call it: its resource policy",
        Symptom::GatewayInternalError,
        &[],
    )
    .only(),
    says(
        &["no match for output mapping"],
        "a REST API has no mapping for what the integration answered",
        Symptom::GatewayInternalError,
        &[("wrong-api-kind", Likely, "HTTP APIs have no such mappings: this is a REST API")],
    )
    .only(),
    says(
        &["there was an internal error while executing your request"],
        "API Gateway could not carry the integration out and does not say why",
        Symptom::GatewayInternalError,
        &[],
    ),
    says(
        &["execution failed due to a timeout error"],
        "API Gateway gave up waiting for the integration",
        Symptom::GatewayTimeout,
        &[
            ("integration-timeout-short", Likely, "the integration's time limit was over"),
            ("backend-slower-than-30s", Possible, "API Gateway waits 30 seconds at most"),
        ],
    ),
    // https://dev.classmethod.jp/articles/tsnote-api-gateway-lambda-authorizer-internal-server-error-troubleshooting/
    says(
        &["permissions to call the authorizer"],
        "API Gateway may not call the authorizer's function",
        Symptom::GatewayInternalError,
        &[(
            "lambda-authorizer-broken",
            Likely,
            "the function's resource policy, or the authorizer's role, does not let API Gateway call it",
        )],
    )
    .only(),
    says(
        &["response from the lambda authorizer function doesn't match the format"],
        "the authorizer's function answers in no valid form",
        Symptom::GatewayInternalError,
        &[("lambda-authorizer-broken", Likely, "API Gateway does not understand the function's answer")],
    )
    .only(),
    // https://github.com/pwrdrvr/microapps-core/blob/main/packages/microapps-cdk/README.md
    says(
        &["request for the iam authorizer doesn't match the format"],
        "the request is not signed for IAM",
        Symptom::GatewayForbidden,
        &[("route-needs-iam", Likely, "the route wants a signed request, and this one has no valid signature")],
    )
    .only(),
    says(
        &["integration_network_failure"],
        "API Gateway could not reach what is behind the VPC link",
        Symptom::GatewayServiceUnavailable,
        &[
            ("lb-internet-facing", Possible, "reported where the load balancer is internet-facing: a VPC link reaches internal ones alone"),
            ("lb-sg-ingress-from-link", Possible, "the load balancer's security groups may not admit the VPC link"),
            ("vpclink-sg-egress", Possible, "the VPC link's security groups may not let it out"),
        ],
    ),
    says(
        &["integration_timeout"],
        "API Gateway gave up waiting for the integration",
        Symptom::GatewayTimeout,
        &[
            ("integration-timeout-short", Likely, "the integration's time limit was over"),
            ("backend-slower-than-30s", Possible, "API Gateway waits 30 seconds at most"),
        ],
    ),
    says(
        &["endpoint request timed out"],
        "API Gateway gave up waiting for the integration",
        Symptom::GatewayTimeout,
        &[
            ("integration-timeout-short", Likely, "the integration's time limit was over"),
            ("backend-slower-than-30s", Possible, "API Gateway waits 30 seconds at most"),
        ],
    ),
    says(
        &["network error communicating with endpoint"],
        "API Gateway could not reach the integration",
        Symptom::GatewayTimeout,
        &[
            ("lb-sg-ingress-from-link", Possible, "packets may be dropped on the way to the load balancer"),
            ("hc-connect-refused", Possible, "the other side may refuse or break off the connection"),
        ],
    ),
    says(
        &["invalid endpoint address"],
        "API Gateway cannot use the integration's address",
        Symptom::GatewayInternalError,
        &[
            ("integration-not-private", Possible, "an internal name was named without a VPC link"),
            ("uri-listener-gone", Possible, "what the URI names may not exist any more"),
        ],
    ),
    says(
        &["authorizer_configuration_error"],
        "API Gateway could not ask the authorizer",
        Symptom::GatewayInternalError,
        &[("lambda-authorizer-broken", Likely, "the authorizer's function may not be called, or answers in no valid form")],
    ),
    says(
        &["authorizer_failure"],
        "API Gateway could not ask the authorizer",
        Symptom::GatewayInternalError,
        &[("lambda-authorizer-broken", Likely, "the authorizer's function failed or took too long")],
    ),
    says(
        &["access_denied"],
        "an authorizer said no",
        Symptom::GatewayForbidden,
        &[("lambda-authorizer-deny", Likely, "the policy of a Lambda authorizer denies the request")],
    ),
    says(
        &["waf_filtered"],
        "AWS WAF refused the request at API Gateway",
        Symptom::GatewayForbidden,
        &[("wrong-api-kind", Likely, "an HTTP API cannot have a web ACL: this is a REST API")],
    ),
    says(
        &["missing_authentication_token"],
        "a REST API does not know the path",
        Symptom::GatewayForbidden,
        &[("wrong-api-kind", Likely, "HTTP APIs have no such kind of error")],
    ),
    says(
        &["quota_exceeded"],
        "a usage plan's quota is used up",
        Symptom::GatewayTooManyRequests,
        &[("wrong-api-kind", Likely, "HTTP APIs have no usage plans: this is a REST API")],
    ),
    says(
        &["request_too_large"],
        "the request's body is too large",
        Symptom::GatewayOther,
        &[("payload-too-large", Likely, "API Gateway takes bodies of up to 10 MB")],
    ),
    // https://repost.aws/knowledge-center/api-gateway-504-errors
    says(
        &["the integration timed out"],
        "API Gateway gave up waiting for the integration",
        Symptom::GatewayTimeout,
        &[
            ("integration-timeout-short", Likely, "the integration's time limit was over"),
            ("backend-slower-than-30s", Possible, "API Gateway waits 30 seconds at most"),
        ],
    ),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
    says(
        &["starting execution for request"],
        "an execution log, which only REST APIs and WebSocket APIs have",
        Symptom::GatewayInternalError,
        &[("wrong-api-kind", Likely, "HTTP APIs write no execution logs: this is a REST API")],
    ),
    says(
        &["method completed with status"],
        "an execution log, which only REST APIs and WebSocket APIs have",
        Symptom::GatewayInternalError,
        &[("wrong-api-kind", Likely, "HTTP APIs write no execution logs: this is a REST API")],
    ),
];
