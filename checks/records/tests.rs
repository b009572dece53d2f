//! What records say of one answer, and what they do to the order of its causes.

use super::{METRICS, Of, Remark, kind, weigh};
use crate::answer::{Answer, Attempt, AttemptResult, Connection, Timings};
use crate::diagnose::{Cause, Diagnosis, Expectation, diagnose};
use crate::examine::examine;
use crate::finding::Confidence;
use crate::model::capture::Capture;
use crate::model::deployment::Deployment;
use crate::model::fetched::Fetched;
use crate::model::records::{LeftOut, LogEntry, Records};
use crate::model::time::Timestamp;
use std::collections::BTreeMap;

const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/orders/0123456789abcdef";

fn deployment() -> Deployment {
    let capture: Capture = serde_json::from_str(include_str!("../../fixtures/healthy/alb.json")).expect("the healthy article");
    Deployment::new(capture.facts, capture.requests)
}

/// The diagnosis of an answer in API Gateway's words, with this request id.
fn unavailable(deployment: &Deployment) -> Diagnosis {
    let headers = [("content-type", "application/json"), ("apigw-requestid", "JKJaXmPLvHcESHA=")];
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = r#"{"message":"Service Unavailable"}"#.to_owned();
    let attempt = Attempt {
        method: "GET".to_owned(),
        path: "/health".to_owned(),
        stage: "$default".to_owned(),
        url: "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/health".to_owned(),
        result: AttemptResult::Answered(Answer { status: 503, headers, body, body_truncated: false }),
        timings: Timings::default(),
        presented_chain: Vec::new(),
        connection: Connection::default(),
        asked: None,
    };
    diagnose(deployment, &examine(crate::CHECKS, deployment), 0, Some(&attempt), &Expectation::default())
}

fn records(values: &[(&str, &str)]) -> Records {
    let at = Timestamp::from_unix(1_795_000_000);
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let lines = Fetched::Known(vec![LogEntry { at, values }]);
    let access_logs = BTreeMap::from([("$default".to_owned(), lines)]);
    Records { from: at, to: at, access_logs, left_out: BTreeMap::new(), metrics: BTreeMap::new() }
}

fn said(values: &[(&str, &str)]) -> Remark {
    let deployment = deployment();
    let mut remarks = weigh(&deployment, &records(values), &mut unavailable(&deployment));
    assert_eq!(remarks.len(), 1);
    remarks.remove(0)
}

const ID: (&str, &str) = ("requestId", "JKJaXmPLvHcESHA=");

#[test]
fn a_wait_up_to_the_limit_is_told_from_giving_up_at_once() {
    let waited = |latency| said(&[ID, ("status", "503"), ("integration.status", "-"), ("integration.latency", latency)]);
    let long = waited("29001");
    assert!(long.text.contains("waited 29001 ms") && long.speaks_for.contains(&"lb-sg-ingress-from-link"), "{long:?}");
    let short = waited("7");
    assert!(short.text.contains("gave up after 7 ms") && short.speaks_for.contains(&"vpclink-inactive"), "{short:?}");
    assert!(!short.speaks_for.contains(&"lb-sg-ingress-from-link"));
}

#[test]
fn an_answer_from_behind_contradicts_the_look_of_the_gateways_own() {
    let remark = said(&[ID, ("status", "503"), ("integrationStatus", "503")]);
    assert!(remark.text.contains("answered 503") && remark.text.contains("contradicts"), "{remark:?}");
    assert_eq!(remark.speaks_for, Vec::<&str>::new());
}

#[test]
fn without_the_variable_nobody_is_accused() {
    let remark = said(&[ID, ("status", "503")]);
    assert!(remark.text.contains("does not log $context.integration.status") && remark.speaks_for.is_empty(), "{remark:?}");
}

#[test]
fn a_line_of_another_request_is_only_counted() {
    let remark = said(&[("requestId", "another"), ("status", "503"), ("integration.status", "-"), ("integration.latency", "29001")]);
    assert!(remark.text.contains("no line of this very request") && remark.text.contains("503 once"), "{remark:?}");
    assert!(remark.speaks_for.is_empty());
}

#[test]
fn what_could_not_be_read_is_said_and_proves_nothing() {
    let deployment = deployment();
    for (log, words) in [
        (Fetched::Denied { action: "logs:FilterLogEvents".to_owned() }, "not allowed: logs:FilterLogEvents"),
        (Fetched::Known(Vec::new()), "no line of this time yet"),
    ] {
        let mut records = records(&[ID]);
        records.access_logs.insert("$default".to_owned(), log);
        records.metrics.insert(BALANCER.to_owned(), Fetched::Known(BTreeMap::new()));
        let mut diagnosis = unavailable(&deployment);
        let before = diagnosis.causes.clone();
        let remarks = weigh(&deployment, &records, &mut diagnosis);
        assert!(remarks[0].text.contains(words), "{remarks:?}");
        assert!(remarks[1].text.contains("no metric of this time is above zero"), "{remarks:?}");
        assert!(remarks.iter().all(|remark| remark.speaks_for.is_empty()));
        assert_eq!(diagnosis.causes, before);
    }
}

/// "No line yet" would be a claim: the line may be there, and be one of those that could not be read.
#[test]
fn lines_that_could_not_be_read_are_counted_and_nothing_is_concluded_from_silence() {
    let deployment = deployment();
    let said = |own: &str, unread, cut| {
        let mut records = records(&[("requestId", own), ("status", "503")]);
        records.left_out.insert("$default".to_owned(), LeftOut { unread, cut });
        if own.is_empty() {
            records.access_logs.insert("$default".to_owned(), Fetched::Known(Vec::new()));
        }
        let mut diagnosis = unavailable(&deployment);
        let before = diagnosis.clone();
        let remarks = weigh(&deployment, &records, &mut diagnosis);
        assert_eq!(diagnosis.causes, before.causes);
        remarks
    };
    for (own, unread, cut) in [("", 3, false), ("another", 1, false), ("another", 0, true), ("JKJaXmPLvHcESHA=", 2, true)] {
        let remarks = said(own, unread, cut);
        assert_eq!(remarks.iter().filter_map(|remark| remark.unread).sum::<u32>(), unread, "{remarks:?}");
        assert_eq!(remarks.len(), 1 + usize::from(unread > 0) + usize::from(cut), "{remarks:?}");
        assert!(remarks.iter().all(|remark| !remark.text.contains(" yet")), "{remarks:?}");
        assert_eq!(remarks.iter().any(|remark| remark.text.contains("more lines of this time than were read")), cut, "{remarks:?}");
    }
    assert!(said("", 3, false)[1].text.starts_with("3 lines of the access log could not be read"));
    assert!(said("another", 1, false)[1].text.starts_with("1 line of the access log"));
}

#[test]
fn a_guess_with_a_record_goes_first_and_a_finding_stays_where_it_is() {
    let deployment = deployment();
    let cause =
        |check: &str, confidence| Cause { check: check.to_owned(), subject: None, confidence, why: String::new(), also: Vec::new() };
    let mut records = records(&[ID, ("status", "502")]);
    let values = BTreeMap::from([("TargetConnectionErrorCount".to_owned(), 4.0)]);
    records.metrics.insert(BALANCER.to_owned(), Fetched::Known(values));
    let mut diagnosis = unavailable(&deployment);
    diagnosis.causes = vec![
        cause("tls-to-http-listener", Confidence::Likely),
        cause("keepalive-race", Confidence::Possible),
        cause("target-sg-traffic-port", Confidence::Possible),
    ];
    let remarks = weigh(&deployment, &records, &mut diagnosis);
    assert!(remarks[1].text.contains("4 connections to targets failed (TargetConnectionErrorCount)"), "{remarks:?}");
    let order: Vec<&str> = diagnosis.causes.iter().map(|cause| cause.check.as_str()).collect();
    assert_eq!(order, ["tls-to-http-listener", "target-sg-traffic-port", "keepalive-race"]);
}

#[test]
fn every_metric_speaks_for_rows_of_the_catalogue_and_is_asked_once() {
    for (index, metric) in METRICS.iter().enumerate() {
        assert!(matches!(metric.statistic, "Sum" | "Maximum"), "{}", metric.name);
        assert!(METRICS[..index].iter().all(|other| (other.name, other.of) != (metric.name, metric.of)), "{} twice", metric.name);
        for id in metric.speaks_for {
            assert!(crate::catalogue::rows().any(|row| row.id == *id), "{}: no row {id}", metric.name);
        }
    }
    assert_eq!(kind(BALANCER), Some(Of::Application));
    assert_eq!(kind("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/8091a2b3c4d5e6f7"), Some(Of::TargetGroup));
    assert_eq!(kind("arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/gwy/x/1"), None);
}
