//! What to look at next: a command of the doctor, a log, a metric.

use crate::symptom::{Producer, Symptom};

const CHECK: &str = "apigw-doctor check <API> --path <PATH>: reads the deployment, and says which of these it is";
const TRACE: &str = "apigw-doctor trace <API> <METHOD> <PATH>: which stage, route, integration, rule and target group the request takes";
const ACCESS_LOG: &str =
    "the stage's access log with $context.integrationStatus, $context.integrationErrorMessage and $context.integrationLatency";
const AUTHORIZER_LOG: &str = "the stage's access log with $context.authorizer.error and $context.error.message";
const HEALTH: &str = "aws elbv2 describe-target-health --target-group-arn <ARN>: state and reason of each target";
const ELB_METRICS: &str =
    "the metrics HTTPCode_ELB_4XX_Count and HTTPCode_ELB_5XX_Count of the load balancer, HTTPCode_Target_… of the target group";
const ELB_LOG: &str =
    "the load balancer's access log: elb_status_code, target_status_code, the three times, actions_executed, error_reason";
const REQUESTS: &str = "the load balancer's metric RequestCount at that time: none means that the request never arrived";
const REACH: &str = "apigw-doctor reach --from vpc-link:<ID> --to <LOAD BALANCER>:<PORT>: which rule drops the packets";
const LINK: &str = "aws apigatewayv2 get-vpc-link --vpc-link-id <ID>: VpcLinkStatus and its message";
const CERTIFICATE: &str =
    "the listener's certificate: its names, its validity, its issuer, and TlsConfig.ServerNameToVerify of the integration";
const TARGET_LOG: &str = "the application's own log at that time";
const EVENTS: &str = "aws ecs describe-services --cluster <C> --services <S>: desired and running count, and the newest events";
const DNS: &str = "the name's DNS record, and ApiGatewayDomainName of the custom domain that it should lead to";
const HEADERS: &str = "the whole answer with its headers: curl -i <URL>";

/// After an answer of this class.
pub(super) fn after(symptom: Symptom, producer: Producer) -> Vec<String> {
    let lines: &[&str] = match symptom {
        Symptom::PlainHttpToHttpsPort => &[CHECK, "the integration's TlsConfig, and the listener's protocol"],
        Symptom::GatewayNotFound => &[TRACE, CHECK],
        Symptom::GatewayUnauthorized | Symptom::GatewayForbidden => &[CHECK, AUTHORIZER_LOG],
        Symptom::GatewayTooManyRequests => {
            &[CHECK, "the stage's DefaultRouteSettings and RouteSettings: ThrottlingRateLimit and ThrottlingBurstLimit"]
        }
        Symptom::GatewayInternalError => &[CHECK, CERTIFICATE, ACCESS_LOG],
        Symptom::GatewayServiceUnavailable | Symptom::GatewayTimeout => &[CHECK, REACH, LINK, REQUESTS, ACCESS_LOG],
        Symptom::LbRedirect | Symptom::LbFixedResponse => &[TRACE, "the listener's rules and its default action"],
        Symptom::LbBadRequest => &[ELB_LOG, "the load balancer's attribute routing.http.desync_mitigation_mode"],
        Symptom::LbUnauthorized | Symptom::LbForbidden | Symptom::LbInternalError => {
            &[ELB_LOG, "the actions of the listener's rules, and the load balancer's web ACL"]
        }
        Symptom::LbBadGateway => &[HEALTH, ELB_LOG, CHECK],
        Symptom::LbServiceUnavailable => &[HEALTH, EVENTS, CHECK],
        Symptom::LbGatewayTimeout => &[HEALTH, CHECK, ELB_LOG],
        Symptom::LbProtocolMismatch | Symptom::LbOther => &[CHECK, ELB_LOG],
        Symptom::NoDns | Symptom::TlsFailed => &[DNS, CHECK],
        Symptom::ConnectFailed | Symptom::TimedOut | Symptom::Reset | Symptom::ProtocolError => {
            &["the URL: https, the right host, no port", DNS]
        }
        Symptom::TargetAnswer => &[TARGET_LOG, TRACE],
        Symptom::GatewayOther => &[ACCESS_LOG],
        Symptom::Unrecognised if producer == Producer::EdgeInFront => &["the log of the CDN or proxy in front", DNS],
        Symptom::Unrecognised => &[HEADERS, ACCESS_LOG, ELB_METRICS],
    };
    owned(lines)
}

/// After an answer of another service of AWS.
pub(super) fn elsewhere() -> Vec<String> {
    owned(&["the URL that was asked: whether it is the API's", "the name's DNS record: it may lead to that service and not to API Gateway"])
}

/// After the answer of a REST API, which the doctor does not read.
pub(super) fn rest() -> Vec<String> {
    owned(&[
        "aws apigateway get-rest-apis: whether the API is one of these, since apigw-doctor reads HTTP APIs",
        "the REST API's execution log",
    ])
}

/// After a line of API Gateway's log: variables that it holds already are not asked for.
pub(super) fn after_line(symptom: Symptom, unlogged: &[&str]) -> Vec<String> {
    let mut lines = after(symptom, Producer::ApiGateway);
    match lines.iter().position(|line| line == ACCESS_LOG) {
        Some(at) if unlogged.is_empty() => drop(lines.remove(at)),
        Some(at) => lines[at] = format!("the stage's access log with {}", unlogged.join(", ")),
        None => {}
    }
    lines
}

/// After an authorizer that did not work.
pub(super) fn authorizer() -> Vec<String> {
    owned(&["the Lambda authorizer's own log at that time: what it returned, or why it failed", CHECK])
}

/// After a TLS handshake that the load balancer's client broke off.
pub(super) fn handshake() -> Vec<String> {
    owned(&[CERTIFICATE, CHECK])
}

/// After a 460: nobody answered, because the load balancer's client did not wait.
pub(super) fn gave_up() -> Vec<String> {
    owned(&[CHECK, "the stage's access log at that time: $context.integrationLatency, against the integration's TimeoutInMillis"])
}

/// After an answer that came from behind API Gateway.
pub(super) fn behind(status: u16) -> Vec<String> {
    if status >= 500 { owned(&[ELB_METRICS, ELB_LOG, HEALTH]) } else { owned(&[ELB_METRICS, ELB_LOG, TRACE]) }
}

/// After a text of no known kind.
pub(super) fn unrecognised() -> Vec<String> {
    owned(&[HEADERS, CHECK])
}

/// After an event of ECS.
pub(super) fn ecs() -> Vec<String> {
    owned(&[EVENTS, CHECK])
}

/// After a reason of a target's health.
pub(super) fn health() -> Vec<String> {
    owned(&[HEALTH, CHECK])
}

/// After an error of AWS.
pub(super) fn refused(first: Option<&str>) -> Vec<String> {
    first.map(|check| format!("apigw-doctor explain {check}: what AWS wants instead")).into_iter().collect()
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}
