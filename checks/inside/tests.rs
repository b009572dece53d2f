//! The questions of the healthy deployment, and what answers to them say.

use super::{Kind, Place, Question, plan, told};
use crate::CHECKS;
use crate::answer::{Answer, Attempt, AttemptResult, Connection, FailureReason, Leaf, Timings, TlsSession};
use crate::diagnose::Expectation;
use crate::examine::{Examination, examine};
use crate::model::deployment::Deployment;
use crate::model::time::Timestamp;
use crate::prove::{healthy_deployments, stories, tell};
use rcgen::{CertificateParams, KeyPair};

pub(super) fn healthy(name: &str) -> Deployment {
    healthy_deployments().into_iter().find_map(|(other, deployment)| (other == name).then_some(deployment)).expect("it is there")
}

/// The first story of a check in which it fires.
pub(super) fn story(check: &str) -> Deployment {
    let stories = stories(check);
    let (name, story) = stories.iter().find(|(_, story)| story.fires.iter().any(|fires| fires.check == check)).expect("a story");
    tell(name, story)
}

pub(super) fn question(deployment: &Deployment, wanted: impl Fn(&Kind) -> bool) -> Question {
    plan(deployment).questions.into_iter().find(|question| wanted(&question.kind)).expect("the question is asked")
}

pub(super) fn attempt(question: &Question, result: AttemptResult) -> Attempt {
    Attempt {
        method: question.method.clone(),
        path: question.path.clone(),
        stage: String::new(),
        url: String::new(),
        result,
        timings: Timings::default(),
        presented_chain: Vec::new(),
        connection: Connection { peer: Some(format!("10.0.1.20:{}", question.port)), ..Connection::default() },
        asked: Some(question.asked.clone()),
    }
}

pub(super) fn answered(status: u16, body: &str) -> AttemptResult {
    let headers = vec![("server".to_owned(), "awselb/2.0".to_owned())];
    AttemptResult::Answered(Answer { status, headers, body: body.to_owned(), body_truncated: false })
}

fn said(deployment: &Deployment, question: &Question, attempt: &Attempt) -> super::Told {
    let examination: Examination = examine(CHECKS, deployment);
    told(&examination, question, attempt, &Expectation::default(), Timestamp::parse("2026-11-27T00:00:00Z").expect("a moment"))
}

#[test]
fn nodes_and_targets_are_asked_on_the_way() {
    let plan = plan(&healthy("alb"));
    let asked: Vec<&str> = plan.questions.iter().map(|question| question.asked.as_str()).collect();
    assert_eq!(asked[..2], ["listener 443, as the integration asks", "listener 443, with plain HTTP"]);
    assert!(asked.len() > 2 && asked[2..].iter().all(|asked| asked.starts_with("target ") && asked.ends_with("as its health check asks")));
    let session = &plan.questions[0];
    assert_eq!((session.name.as_str(), session.port, session.tls), ("api.internal.example.com", 443, true));
    assert!(matches!(&session.place, Place::Nodes(name) if name.ends_with(".elb.amazonaws.com")), "{:?}", session.place);
    assert!(plan.not_asked.is_empty(), "{:?}", plan.not_asked);
}

#[test]
fn behind_cloud_map_the_instances_are_asked() {
    let fine = healthy("cloud-map");
    let found = plan(&fine);
    let asked: Vec<&str> = found.questions.iter().map(|question| question.asked.as_str()).collect();
    assert!(!asked.is_empty() && asked.iter().all(|asked| asked.starts_with("instance ") && asked.ends_with("as the integration asks")));
    assert!(found.not_asked.is_empty(), "{found:?}");
    let first = &found.questions[0];
    assert!(matches!(&first.place, Place::Address(address) if address.starts_with("10.")) && !first.tls, "{first:?}");
    assert_eq!(said(&fine, first, &attempt(first, answered(400, PLAIN_400))).shows, [("cm-tls", true)]);
    assert_eq!(said(&fine, first, &attempt(first, answered(200, "ok"))).shows, [("cm-tls", false)]);
    let kind = Kind::Session { own_name: true };
    let session = Question { kind, tls: true, name: "api.internal.example.com".to_owned(), ..first.clone() };
    assert_eq!(said(&fine, &session, &presenting(&session, "other.example.com")).shows, [("cm-tls", true)]);
}

pub(super) const PLAIN_400: &str = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n</body>\r\n</html>\r\n";

#[test]
fn the_400_is_as_it_should_be_or_confirms_the_founding_finding() {
    let is_plain = |kind: &Kind| matches!(kind, Kind::Plain { .. });
    let fine = healthy("alb");
    let asked = question(&fine, is_plain);
    let answer = said(&fine, &asked, &attempt(&asked, answered(400, PLAIN_400)));
    assert!(answer.good && answer.text.ends_with("as it should") && answer.bearings.is_empty(), "{answer:?}");

    let broken = story("secure-server-name-missing");
    let asked = question(&broken, is_plain);
    let answer = said(&broken, &asked, &attempt(&asked, answered(400, PLAIN_400)));
    assert!(!answer.good && answer.text.contains("what the integration sends"), "{answer:?}");
    assert!(answer.bearings.iter().any(|bearing| bearing.check == "secure-server-name-missing" && bearing.confirms));
    let answer = said(&broken, &asked, &attempt(&asked, answered(200, "ok")));
    assert!(answer.bearings.iter().any(|bearing| bearing.check == "secure-server-name-missing" && !bearing.confirms));
}

#[test]
fn no_connection_says_nothing_about_the_server_name() {
    let broken = story("secure-server-name-missing");
    for kind in ["plain", "session"] {
        let asked = question(&broken, |other| matches!((other, kind), (Kind::Plain { .. }, "plain") | (Kind::Session { .. }, "session")));
        let result = AttemptResult::Failed { reason: FailureReason::Connect, detail: "no TCP connection within 5s".to_owned() };
        let mut attempt = attempt(&asked, result);
        attempt.connection = Connection::default();
        let answer = said(&broken, &asked, &attempt);
        assert!(!answer.good && answer.bearings.is_empty() && answer.text.contains("from here"), "{answer:?}");
    }
}

#[test]
fn a_tls_listener_that_hangs_up_on_plain_http_confirms_the_missing_name() {
    let broken = story("tls-missing-nlb-tls");
    let asked = question(&broken, |kind| matches!(kind, Kind::Plain { .. }));
    let result = AttemptResult::Failed { reason: FailureReason::Reset, detail: "connection reset".to_owned() };
    let answer = said(&broken, &asked, &attempt(&asked, result));
    assert!(answer.bearings.iter().any(|bearing| bearing.check == "tls-missing-nlb-tls" && bearing.confirms), "{answer:?}");
}

/// A session in which a self-signed certificate for this name was presented.
pub(super) fn presenting(question: &Question, name: &str) -> Attempt {
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec![name.to_owned()]).expect("a name").self_signed(&key).expect("a certificate");
    let detail = "invalid peer certificate: UnknownIssuer".to_owned();
    let mut attempt = attempt(question, AttemptResult::Failed { reason: FailureReason::Tls, detail: detail.clone() });
    attempt.presented_chain = vec![certificate.pem()];
    let not_after = Timestamp::parse("2030-01-01T00:00:00Z").expect("a moment");
    let leaf = Leaf { names: vec![name.to_owned()], subject: "CN=x".to_owned(), issuer: "CN=x".to_owned(), not_after };
    let session =
        TlsSession { server_name: question.name.clone(), leaf: Some(leaf), verification_error: Some(detail), ..TlsSession::default() };
    attempt.connection.tls = Some(session);
    attempt
}

#[test]
fn the_served_certificate_confirms_or_contradicts() {
    let broken = story("server-name-san-mismatch");
    let asked = question(&broken, |kind| matches!(kind, Kind::Session { .. }));
    let other = said(&broken, &asked, &presenting(&asked, "other.example.com"));
    assert!(!other.good && other.text.contains("serves a certificate for other.example.com"), "{other:?}");
    assert!(other.text.contains("the integration wants") && other.text.contains("self-signed"), "{other:?}");
    let about =
        |told: &super::Told| told.bearings.iter().find(|bearing| bearing.check == "server-name-san-mismatch").map(|one| one.confirms);
    assert_eq!(about(&other), Some(true));
    assert_eq!(about(&said(&broken, &asked, &presenting(&asked, &asked.name))), Some(false));
}

#[test]
fn a_target_is_judged_by_its_matcher() {
    let broken = story("hc-code-mismatch");
    let asked = question(&broken, |kind| matches!(kind, Kind::Health { .. }));
    let Kind::Health { matcher } = &asked.kind else { panic!("a health check") };
    let refused = said(&broken, &asked, &attempt(&asked, answered(418, "")));
    assert!(!refused.good && refused.text.ends_with(&format!("the matcher {matcher} does not accept")), "{refused:?}");
    assert!(refused.bearings.iter().any(|bearing| bearing.check == "hc-code-mismatch" && bearing.confirms));
    let accepted = said(&broken, &asked, &attempt(&asked, answered(200, "")));
    assert!(
        accepted.good && accepted.bearings.iter().any(|bearing| bearing.check == "hc-code-mismatch" && !bearing.confirms),
        "{accepted:?}"
    );
}
