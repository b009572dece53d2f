//! What API Gateway and the load balancer write themselves.

use super::{Headers, PLAIN_HTTP, Shape, Signature, target};
use crate::finding::Confidence;
use crate::symptom::{Producer, Symptom};

/// A row for a text of API Gateway's own. Its errors carry no `server` header and none of an application's headers.
const fn gateway(statuses: &'static [u16], texts: &'static [&'static str], symptom: Symptom) -> Signature {
    let mark = "the body is API Gateway's one-key JSON, in its words for this status";
    let (headers, surest) = (Headers::NeitherApplicationNorBalancer, Confidence::Likely);
    Signature { shape: Shape::Message(texts), statuses, headers, producer: Producer::ApiGateway, symptom, surest, mark }
}

/// A row for a text that REST APIs write and HTTP APIs do not.
const fn rest(statuses: &'static [u16], texts: &'static [&'static str], symptom: Symptom) -> Signature {
    let mark = "the body is API Gateway's one-key JSON in words of REST APIs, which HTTP APIs do not use";
    let (headers, surest) = (Headers::NotThroughHttpApi, Confidence::Likely);
    Signature { shape: Shape::Said(texts), statuses, headers, producer: Producer::ApiGateway, symptom, surest, mark }
}

/// A row for a text of REST APIs of which a part is the request's own.
const fn rest_telling(statuses: &'static [u16], texts: &'static [&'static str], symptom: Symptom) -> Signature {
    Signature { shape: Shape::Telling(texts), ..rest(statuses, &[], symptom) }
}

/// A row for an answer to `HEAD`: no body, and the length of API Gateway's own.
const fn headless(statuses: &'static [u16], length: usize, symptom: Symptom) -> Signature {
    let mark = "no body, but exactly the length of API Gateway's own one for this status";
    let (headers, surest) = (Headers::NeitherApplicationNorBalancer, Confidence::Likely);
    Signature { shape: Shape::Length(length), statuses, headers, producer: Producer::ApiGateway, symptom, surest, mark }
}

/// A row for a page of the load balancer's own. The `server` header may be switched off, so its absence proves nothing.
const fn balancer(statuses: &'static [u16], symptom: Symptom) -> Signature {
    let mark = "the body is the load balancer's own page: the status as title and heading, no footer";
    let (headers, surest) = (Headers::NoApplication, Confidence::Certain);
    Signature { shape: Shape::StockPage, statuses, headers, producer: Producer::LoadBalancer, symptom, surest, mark }
}

/// A row for a status that only the load balancer uses.
const fn balancer_code(statuses: &'static [u16], symptom: Symptom) -> Signature {
    let mark = "only the load balancer uses this status";
    let (headers, surest) = (Headers::NoApplication, Confidence::Certain);
    Signature { shape: Shape::Any, statuses, headers, producer: Producer::LoadBalancer, symptom, surest, mark }
}

pub(super) static TABLE: &[Signature] = &[
    // https://developers.cloudflare.com/support/troubleshooting/http-status-codes/4xx-client-error/
    Signature {
        shape: Shape::Words(&[PLAIN_HTTP, "<hr><center>cloudflare</center>"]),
        statuses: &[400],
        headers: Headers::Any,
        producer: Producer::EdgeInFront,
        symptom: Symptom::Unrecognised,
        surest: Confidence::Likely,
        mark: "the page has Cloudflare's footer: it was Cloudflare's port that was sent plain HTTP",
    },
    // https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c
    Signature {
        shape: Shape::Words(&[PLAIN_HTTP]),
        statuses: &[400],
        headers: Headers::NamesNginx,
        producer: Producer::Target,
        symptom: Symptom::PlainHttpToHttpsPort,
        surest: Confidence::Likely,
        mark: "the body says that a plain HTTP request was sent to an HTTPS port, and nginx is named, which a load balancer never is",
    },
    // https://repost.aws/knowledge-center/api-gateway-private-integration-errors
    Signature {
        shape: Shape::Words(&[PLAIN_HTTP]),
        statuses: &[400],
        headers: Headers::NoApplication,
        producer: Producer::LoadBalancer,
        symptom: Symptom::PlainHttpToHttpsPort,
        surest: Confidence::Certain,
        mark: "the body says that a plain HTTP request was sent to an HTTPS port",
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
    Signature { surest: Confidence::Certain, ..gateway(&[401], &["unauthorized"], Symptom::GatewayUnauthorized) },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    rest(&[500], &["Internal server error"], Symptom::GatewayInternalError),
    rest(
        &[403],
        &[
            "Missing Authentication Token",
            "The security token included in the request is invalid.",
            "The security token included in the request is expired",
            "User is not authorized to access this resource",
            "User is not authorized to access this resource with an explicit deny",
            "User is not authorized to access this resource with an explicit deny in an identity-based policy",
        ],
        Symptom::GatewayForbidden,
    ),
    // https://repost.aws/knowledge-center/api-gateway-403-error-lambda-authorizer
    // https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden
    rest_telling(
        &[403],
        &[
            "is not authorized to perform: execute-api:invoke on resource",
            "the request signature we calculated does not match the signature you provided",
            "not a valid key=value pair (missing equal-sign) in authorization header",
            "authorization header requires 'credential' parameter",
            "credential should be scoped to a valid region",
            "signature expired: ",
            "signature not yet current: ",
        ],
        Symptom::GatewayForbidden,
    ),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    rest_telling(&[400], &["missing required request parameters: ["], Symptom::GatewayOther),
    rest(&[415], &["Unsupported Media Type"], Symptom::GatewayOther),
    Signature { surest: Confidence::Possible, ..rest(&[400], &["Invalid request body"], Symptom::GatewayOther) },
    rest(&[429], &["Limit Exceeded"], Symptom::GatewayTooManyRequests),
    rest(&[504], &["Network error communicating with endpoint", "Endpoint request timed out"], Symptom::GatewayTimeout),
    // The same words behind an HTTP API: a REST API or a program that talks like one.
    Signature {
        headers: Headers::ThroughHttpApi,
        ..target(
            &[500, 403, 429],
            Shape::Said(&[
                "Internal server error",
                "Missing Authentication Token",
                "The security token included in the request is invalid.",
                "User is not authorized to access this resource",
                "User is not authorized to access this resource with an explicit deny",
                "Limit Exceeded",
            ]),
            "the words are those of a REST API or of an application, and the request went through an HTTP API, which has other words",
        )
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
    gateway(&[403], &["forbidden"], Symptom::GatewayForbidden),
    // https://github.com/cortexlabs/cortex/issues/1225
    gateway(&[404], &["not found"], Symptom::GatewayNotFound),
    gateway(&[429], &["too many requests"], Symptom::GatewayTooManyRequests),
    gateway(&[500], &["internal server error"], Symptom::GatewayInternalError),
    gateway(&[503], &["service unavailable"], Symptom::GatewayServiceUnavailable),
    // The first two are REST wordings; the Knowledge Center says 504 of HTTP APIs too and shows no body.
    // https://repost.aws/knowledge-center/api-gateway-504-errors
    gateway(
        &[504],
        &["endpoint request timed out", "network error communicating with endpoint", "gateway timeout"],
        Symptom::GatewayTimeout,
    ),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    gateway(&[403], &["missing authentication token", "user is not authorized to access this resource"], Symptom::GatewayForbidden),
    gateway(&[429], &["limit exceeded"], Symptom::GatewayTooManyRequests),
    gateway(&[400], &["bad request"], Symptom::GatewayOther),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    gateway(&[413], &["request entity too large", "request too long"], Symptom::GatewayOther),
    gateway(&[431], &["request header fields too large"], Symptom::GatewayOther),
    // The lengths of the bodies above. https://github.com/cortexlabs/cortex/issues/1225
    headless(&[401], 26, Symptom::GatewayUnauthorized),
    headless(&[403], 23, Symptom::GatewayForbidden),
    headless(&[404], 23, Symptom::GatewayNotFound),
    headless(&[429], 31, Symptom::GatewayTooManyRequests),
    headless(&[500], 35, Symptom::GatewayInternalError),
    headless(&[503], 33, Symptom::GatewayServiceUnavailable),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    balancer(&[301, 302, 303, 307, 308], Symptom::LbRedirect),
    balancer(&[400], Symptom::LbBadRequest),
    balancer(&[401, 561], Symptom::LbUnauthorized),
    balancer(&[403], Symptom::LbForbidden),
    balancer(&[500], Symptom::LbInternalError),
    balancer(&[502], Symptom::LbBadGateway),
    balancer(&[503], Symptom::LbServiceUnavailable),
    balancer(&[504], Symptom::LbGatewayTimeout),
    balancer(&[464], Symptom::LbProtocolMismatch),
    balancer(&[405, 408, 413, 414, 460, 463, 501, 505], Symptom::LbOther),
    balancer_code(&[464], Symptom::LbProtocolMismatch),
    balancer_code(&[561], Symptom::LbUnauthorized),
    balancer_code(&[460, 463], Symptom::LbOther),
];
