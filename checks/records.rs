//! What logs and metrics add to a diagnosis.
//!
//! They are evidence of what happened, not of what is configured: they change no verdict and no exit code, and make nothing certain. They
//! come late (access logs and metrics by minutes), so that their silence proves nothing; what they do say puts the causes that no finding
//! shows into another order.

use crate::answer::AttemptResult;
use crate::diagnose::{Diagnosis, stage_name};
use crate::finding::Confidence;
use crate::model::deployment::Deployment;
use crate::model::fetched::Fetched;
use crate::model::records::{LeftOut, LogEntry, Records};
use crate::model::subject::{SubjectKind, arn_tail};
use crate::source;
use crate::symptom::Producer;
use std::collections::{BTreeMap, BTreeSet};

/// The IAM actions that read them; needed for `check --logs` alone.
pub const ACTIONS: &[&str] = &["cloudwatch:GetMetricData", "logs:FilterLogEvents"];

/// Whose metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// An Application Load Balancer.
    Application,
    /// A Network Load Balancer.
    Network,
    /// A target group of either.
    TargetGroup,
}

/// A CloudWatch metric that tells something about a request that failed.
#[derive(Debug)]
pub struct Metric {
    /// AWS's name of it.
    pub name: &'static str,
    /// Whose it is.
    pub of: Of,
    /// The statistic over the whole time: `Sum` or `Maximum`.
    pub statistic: &'static str,
    /// What a value above zero says.
    pub says: &'static str,
    /// Rows of the catalogue that it speaks for.
    pub speaks_for: &'static [&'static str],
}

const fn metric(name: &'static str, of: Of, statistic: &'static str, says: &'static str, speaks_for: &'static [&'static str]) -> Metric {
    Metric { name, of, statistic, says, speaks_for }
}

/// What is asked, in the order of the report.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html>
pub static METRICS: &[Metric] = &[
    metric("RequestCount", Of::Application, "Sum", "requests reached it", &[]),
    metric(
        "ClientTLSNegotiationErrorCount",
        Of::Application,
        "Sum",
        "TLS handshakes with its clients failed",
        &[
            "server-name-san-mismatch",
            "lb-cert-expired",
            "lb-cert-private-ca",
            "lb-cert-incomplete-chain",
            "ssl-policy-tls13-only",
            "lb-mtls-verify",
        ],
    ),
    metric("RejectedConnectionCount", Of::Application, "Sum", "connections were rejected: it was at its limit", &[]),
    metric(
        "HTTPCode_ELB_4XX_Count",
        Of::Application,
        "Sum",
        "answers 4xx were its own",
        &["rule-path-mismatch", "default-action-fixed-response", "desync-strictest", "waf-blocks"],
    ),
    metric("HTTPCode_ELB_500_Count", Of::Application, "Sum", "answers 500 were its own", &["waf-fail-closed"]),
    metric(
        "HTTPCode_ELB_502_Count",
        Of::Application,
        "Sum",
        "answers 502 were its own",
        &["tg-protocol-https-vs-plain", "hc-connect-refused", "keepalive-race"],
    ),
    metric("HTTPCode_ELB_503_Count", Of::Application, "Sum", "answers 503 were its own", &["tg-empty", "forward-weight-zero"]),
    metric(
        "HTTPCode_ELB_504_Count",
        Of::Application,
        "Sum",
        "answers 504 were its own",
        &["target-sg-traffic-port", "hc-timeout", "idle-timeout-shorter-than-backend"],
    ),
    metric(
        "TargetConnectionErrorCount",
        Of::Application,
        "Sum",
        "connections to targets failed",
        &[
            "target-sg-traffic-port",
            "nacl-lb-to-target",
            "nacl-target-return",
            "lb-sg-egress",
            "hc-connect-refused",
            "container-port-mismatch",
        ],
    ),
    metric("TargetTLSNegotiationErrorCount", Of::Application, "Sum", "TLS handshakes with targets failed", &["tg-protocol-https-vs-plain"]),
    metric("HTTPCode_Target_2XX_Count", Of::Application, "Sum", "answers 2xx came from targets", &[]),
    metric("HTTPCode_Target_4XX_Count", Of::Application, "Sum", "answers 4xx came from targets", &[]),
    metric("HTTPCode_Target_5XX_Count", Of::Application, "Sum", "answers 5xx came from targets", &[]),
    metric("NewFlowCount", Of::Network, "Sum", "connections reached targets", &[]),
    metric(
        "ClientTLSNegotiationErrorCount",
        Of::Network,
        "Sum",
        "TLS handshakes with its clients failed",
        &["server-name-san-mismatch", "lb-cert-expired", "lb-cert-private-ca", "ssl-policy-tls13-only"],
    ),
    metric("TargetTLSNegotiationErrorCount", Of::Network, "Sum", "TLS handshakes with targets failed", &["tg-protocol-https-vs-plain"]),
    metric(
        "TCP_Target_Reset_Count",
        Of::Network,
        "Sum",
        "connections were reset by targets",
        &["hc-connect-refused", "container-port-mismatch"],
    ),
    metric(
        "SecurityGroupBlockedFlowCount_Inbound_TCP",
        Of::Network,
        "Sum",
        "connections were refused by its security groups' ingress rules",
        &["nlb-sg-ingress", "lb-sg-ingress-from-link"],
    ),
    metric(
        "SecurityGroupBlockedFlowCount_Outbound_TCP",
        Of::Network,
        "Sum",
        "connections were refused by its security groups' egress rules",
        &["lb-sg-egress"],
    ),
    metric("PortAllocationErrorCount", Of::Network, "Sum", "connections found no free port", &[]),
    metric(
        "UnHealthyHostCount",
        Of::TargetGroup,
        "Maximum",
        "targets were unhealthy",
        &["tg-all-unhealthy", "hc-timeout", "hc-code-mismatch", "hc-connect-refused"],
    ),
];

/// One thing that logs or metrics say.
#[derive(Clone, Debug, PartialEq)]
pub struct Remark {
    /// In words.
    pub text: String,
    /// The AWS call.
    pub source: &'static str,
    /// Rows of the catalogue that it speaks for.
    pub speaks_for: Vec<&'static str>,
    /// How many lines of a log it is about that could not be read.
    pub unread: Option<u32>,
}

impl Remark {
    fn new(source: &'static str, text: String) -> Remark {
        Remark { text, source, speaks_for: Vec::new(), unread: None }
    }
}

/// What the records say of a request, and the order of its causes in their light.
pub fn weigh(deployment: &Deployment, records: &Records, diagnosis: &mut Diagnosis) -> Vec<Remark> {
    let mut remarks = of_log(deployment, records, diagnosis);
    remarks.extend(of_metrics(deployment, records));
    // Findings stay where they are: configuration is known for certain. The rest is a guess, and this is a better one.
    let backed: BTreeSet<&str> = remarks.iter().flat_map(|remark| remark.speaks_for.iter().copied()).collect();
    diagnosis.causes.sort_by_key(|cause| match cause.confidence {
        Confidence::Certain | Confidence::Likely => 0,
        Confidence::Possible if backed.contains(cause.check.as_str()) => 1,
        Confidence::Possible => 2,
    });
    if diagnosis.observed.as_ref().is_some_and(|observed| !observed.as_expected) {
        diagnosis.conclude_again();
    }
    remarks
}

fn of_log(deployment: &Deployment, records: &Records, diagnosis: &Diagnosis) -> Vec<Remark> {
    let Some(stage) = stage_name(diagnosis) else { return Vec::new() };
    let Some(log) = records.access_logs.get(stage) else { return Vec::new() };
    let left_out = records.left_out.get(stage).copied().unwrap_or_default();
    let say = |text: String| vec![Remark::new(source::FILTER_LOG_EVENTS, text)];
    let entries = match log {
        Fetched::Known(entries) => entries,
        Fetched::Denied { action } => return say(format!("the access log could not be read: not allowed: {action}")),
        Fetched::Failed { what } => return say(format!("the access log could not be read: {what}")),
        Fetched::NotAsked => return say("the access log was not read".to_owned()),
    };
    let own = entries.iter().find(|entry| is_of(entry, diagnosis));
    let mut remarks = match own {
        Some(own) => vec![own_line(deployment, diagnosis, own)],
        None if entries.is_empty() && left_out.unread > 0 => {
            say("none of the access log's lines of this time could be read; that of this request may be among them".to_owned())
        }
        None if entries.is_empty() => say("the access log has no line of this time yet; lines come minutes late".to_owned()),
        None if left_out == LeftOut::default() => {
            say(format!("the access log has no line of this very request yet; the others of this time: {}", tally(entries)))
        }
        None => say(format!("among the access log's lines that were read is none of this very request; they are: {}", tally(entries))),
    };
    remarks.extend(of_left_out(left_out));
    remarks
}

/// What keeps the silence of a log from meaning anything.
fn of_left_out(left_out: LeftOut) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if left_out.unread > 0 {
        let lines = if left_out.unread == 1 { "1 line".to_owned() } else { format!("{} lines", left_out.unread) };
        let text =
            format!("{lines} of the access log could not be read by the format that the stage has now: an older format, or another writer");
        remarks.push(Remark { unread: Some(left_out.unread), ..Remark::new(source::FILTER_LOG_EVENTS, text) });
    }
    if left_out.cut {
        let text = "the access log has more lines of this time than were read: a shorter --logs shows the newest".to_owned();
        remarks.push(Remark::new(source::FILTER_LOG_EVENTS, text));
    }
    remarks
}

/// The line of the very request that was answered: the same request id.
fn is_of(entry: &LogEntry, diagnosis: &Diagnosis) -> bool {
    let Some(AttemptResult::Answered(answer)) = diagnosis.observed.as_ref().map(|observed| &observed.attempt.result) else { return false };
    let Some(id) = answer.header("apigw-requestid") else { return false };
    ["requestId", "extendedRequestId"].iter().any(|name| entry.values.get(*name).is_some_and(|value| value == id))
}

/// A value that says something: API Gateway writes `-` for a variable without a value.
fn value<'a>(entry: &'a LogEntry, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| entry.values.get(*name)).map(String::as_str).filter(|value| !value.is_empty() && *value != "-")
}

fn is_logged(entry: &LogEntry, names: &[&str]) -> bool {
    names.iter().any(|name| entry.values.contains_key(*name))
}

/// For proxied requests `integration.status` is what the backend answered (`integrationStatus` is its other name there); that it stays
/// empty when nobody answered was seen in published logs only.
const BEHIND: &[&str] = &["integration.status", "integrationStatus"];
const LATENCY: &[&str] = &["integration.latency", "integrationLatency"];
const ERROR: &[&str] = &["integration.error", "integrationErrorMessage"];

fn own_line(deployment: &Deployment, diagnosis: &Diagnosis, entry: &LogEntry) -> Remark {
    let status = value(entry, &["status"]).unwrap_or("a status that is not logged");
    let mut text = format!("the access log's line of this request has {status}");
    let mut speaks_for = Vec::new();
    if let Some(error) = value(entry, &["authorizer.error"]) {
        text.push_str(&format!(", and of the authorizer \"{error}\""));
        speaks_for.extend(["lambda-authorizer-broken", "jwt-issuer-unreachable", "route-needs-jwt"]);
    }
    match value(entry, BEHIND) {
        Some(behind) => {
            text.push_str(&format!("; what stands behind the VPC link answered {behind}"));
            if diagnosis.observed.as_ref().is_some_and(|observed| observed.attribution.producer == Producer::ApiGateway) {
                text.push_str(", which contradicts the look of the answer: it seemed to be API Gateway's own");
            }
        }
        None if is_logged(entry, BEHIND) => {
            text.push_str("; nobody behind the VPC link is on record as answering");
            speaks_for.extend(waited(deployment, diagnosis, entry, &mut text));
        }
        None => text.push_str("; its format does not log $context.integration.status, which tells who answered"),
    }
    if let Some(error) = value(entry, ERROR).or_else(|| value(entry, &["error.message"])) {
        text.push_str(&format!("; error: \"{error}\""));
    }
    Remark { speaks_for, ..Remark::new(source::FILTER_LOG_EVENTS, text) }
}

/// How long API Gateway waited for nothing: to its limit, or hardly at all.
fn waited(deployment: &Deployment, diagnosis: &Diagnosis, entry: &LogEntry, text: &mut String) -> Vec<&'static str> {
    let Some(latency) = value(entry, LATENCY).and_then(|value| value.parse::<u32>().ok()) else { return Vec::new() };
    let integration = diagnosis.journey.iter().find(|(_, subject, _)| subject.kind == SubjectKind::Integration);
    let limit = integration.and_then(|(_, subject, _)| deployment.integrations().ok()?.get(&subject.id)?.timeout_ms);
    match limit {
        Some(limit) if latency.saturating_add(limit / 20) >= limit => {
            text.push_str(&format!(": it waited {latency} ms, up to the integration's timeout of {limit} ms"));
            let dropped = ["lb-sg-ingress-from-link", "nacl-link-out", "nacl-lb-in", "nacl-lb-return", "nacl-link-return"];
            [&dropped[..], &["integration-timeout-short", "backend-slower-than-30s"]].concat()
        }
        Some(limit) => {
            text.push_str(&format!(": it gave up after {latency} ms, long before the integration's timeout of {limit} ms"));
            vec!["vpclink-inactive", "vpclink-failed", "vpclink-pending", "lb-not-active", "cm-no-instances", "uri-listener-gone"]
        }
        None => Vec::new(),
    }
}

/// `503 (12 times, nobody behind on record 12 times), 200 (3 times)`.
fn tally(entries: &[LogEntry]) -> String {
    let mut by_status: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for entry in entries {
        let (all, alone) = by_status.entry(value(entry, &["status"]).unwrap_or("?")).or_default();
        *all += 1;
        *alone += usize::from(is_logged(entry, BEHIND) && value(entry, BEHIND).is_none());
    }
    let times = |count: usize| if count == 1 { "once".to_owned() } else { format!("{count} times") };
    let words = by_status.into_iter().map(|(status, (all, alone))| match alone {
        0 => format!("{status} {}", times(all)),
        _ => format!("{status} {} (nobody behind answered: {})", times(all), times(alone)),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn of_metrics(deployment: &Deployment, records: &Records) -> Vec<Remark> {
    records.metrics.iter().filter_map(|(arn, values)| of_one(deployment, arn, values)).collect()
}

fn of_one(deployment: &Deployment, arn: &str, values: &Fetched<BTreeMap<String, f64>>) -> Option<Remark> {
    let of = kind(arn)?;
    let name = match of {
        Of::TargetGroup => {
            format!("target group {}", deployment.target_group(arn).ok().flatten().map_or(arn_tail(arn), |group| &group.name))
        }
        Of::Application | Of::Network => {
            format!("load balancer {}", deployment.load_balancer(arn).ok().flatten().map_or(arn_tail(arn), |balancer| &balancer.name))
        }
    };
    let remark = |text: String| Remark::new(source::GET_METRIC_DATA, text);
    let values = match values {
        Fetched::Known(values) => values,
        Fetched::Denied { action } => return Some(remark(format!("the metrics of {name} could not be read: not allowed: {action}"))),
        Fetched::Failed { what } => return Some(remark(format!("the metrics of {name} could not be read: {what}"))),
        Fetched::NotAsked => return None,
    };
    let happened: Vec<(&Metric, f64)> = METRICS
        .iter()
        .filter(|metric| metric.of == of)
        .filter_map(|metric| Some((metric, values.get(metric.name).copied().filter(|value| *value > 0.0)?)))
        .collect();
    if happened.is_empty() {
        return Some(remark(format!("{name}: no metric of this time is above zero; metrics come minutes late")));
    }
    let words: Vec<String> = happened.iter().map(|(metric, value)| format!("{value} {} ({})", metric.says, metric.name)).collect();
    let speaks_for = happened.iter().flat_map(|(metric, _)| metric.speaks_for.iter().copied()).collect();
    Some(Remark { speaks_for, ..remark(format!("{name}: {}", words.join(", "))) })
}

/// What an ARN of a load balancer or target group names.
pub fn kind(arn: &str) -> Option<Of> {
    match arn.split_once(":loadbalancer/").map(|(_, name)| name) {
        Some(name) if name.starts_with("app/") => Some(Of::Application),
        Some(name) if name.starts_with("net/") => Some(Of::Network),
        Some(_) => None,
        None => arn.contains(":targetgroup/").then_some(Of::TargetGroup),
    }
}

#[cfg(test)]
mod tests;
