//! What answers from inside do to the causes of a diagnosis.

use super::tests::{PLAIN_400, answered, attempt, healthy, presenting, question, story};
use super::{Asked, Inside, Kind, Question, weigh};
use crate::CHECKS;
use crate::answer::{Answer, Attempt, AttemptResult, Connection, FailureReason, Timings};
use crate::diagnose::{Diagnosis, Expectation, Share, diagnose};
use crate::examine::examine;
use crate::finding::Confidence;
use crate::model::deployment::Deployment;

/// What API Gateway wrote to the client.
fn gateway(status: u16, message: &str) -> Attempt {
    let headers =
        vec![("content-type".to_owned(), "application/json".to_owned()), ("apigw-requestid".to_owned(), "Aa0Bb1Cc2Dd3Ee4=".to_owned())];
    Attempt {
        method: "GET".to_owned(),
        path: "/health".to_owned(),
        stage: "$default".to_owned(),
        url: String::new(),
        result: AttemptResult::Answered(Answer { status, headers, body: format!(r#"{{"message":"{message}"}}"#), body_truncated: false }),
        timings: Timings { total_ms: 40, ..Timings::default() },
        presented_chain: Vec::new(),
        connection: Connection::default(),
        asked: None,
    }
}

fn asked(question: Question, attempt: impl Fn(&Question) -> Attempt) -> Inside {
    let attempt = attempt(&question);
    let address = Some(format!("10.0.1.20:{}", question.port).parse().expect("an address"));
    Inside { asked: vec![Asked { question, address, attempt }], not_asked: Vec::new() }
}

fn diagnosed(deployment: &Deployment, attempt: &Attempt, inside: &Inside) -> (Diagnosis, Vec<String>) {
    let (examination, expected) = (examine(CHECKS, deployment), Expectation::default());
    let mut diagnosis = diagnose(deployment, &examination, 0, Some(attempt), &expected);
    let said = weigh(deployment, &examination, inside, &expected, &mut diagnosis);
    (diagnosis, said)
}

fn session(deployment: &Deployment) -> Question {
    question(deployment, |kind| matches!(kind, Kind::Session { .. }))
}

#[test]
fn a_certificate_that_was_seen_is_a_cause_that_no_configuration_shows() {
    let fine = healthy("alb");
    let failed = gateway(500, "Internal Server Error");
    let (before, _) = diagnosed(&fine, &failed, &Inside::default());
    assert!(before.causes.iter().all(|cause| cause.check != "server-name-san-mismatch"), "{before:?}");
    let mut seen = asked(session(&fine), |question| presenting(question, "other.example.com"));
    seen.not_asked.push("one thing".to_owned());
    let (after, said) = diagnosed(&fine, &failed, &seen);
    let first = after.causes.first().expect("a cause");
    assert_eq!((first.check.as_str(), first.confidence), ("server-name-san-mismatch", Confidence::Likely), "{:?}", after.causes);
    assert!(first.why.starts_with("asked from inside, listener 443, as the integration asks: serves a certificate for other.example.com"));
    assert!(after.conclusion.contains("most likely explained by server-name-san-mismatch"), "{}", after.conclusion);
    assert!(after.ruled_out.iter().all(|out| out.check != "server-name-san-mismatch"), "{:?}", after.ruled_out);
    assert!(said[0].starts_with("listener 443, as the integration asks (at 10.0.1.20:443): serves a certificate for"), "{said:?}");
    assert_eq!(said.last().map(String::as_str), Some("not asked: one thing"));
}

#[test]
fn of_the_ways_not_to_be_trusted_the_one_that_was_seen_is_named() {
    let fine = healthy("alb");
    let seen = asked(session(&fine), |question| presenting(question, &question.name));
    let (after, _) = diagnosed(&fine, &gateway(500, "Internal Server Error"), &seen);
    let named: Vec<&str> = after.causes.iter().map(|cause| cause.check.as_str()).filter(|check| check.starts_with("lb-cert")).collect();
    assert_eq!(named, ["lb-cert-self-signed"]);
}

#[test]
fn what_cannot_make_the_answer_is_no_cause_of_it() {
    let fine = healthy("alb");
    let seen = asked(session(&fine), |question| presenting(question, "other.example.com"));
    let (after, said) = diagnosed(&fine, &gateway(404, "Not Found"), &seen);
    assert!(after.causes.iter().all(|cause| cause.check != "server-name-san-mismatch"), "{:?}", after.causes);
    assert!(said[0].contains("serves a certificate for other.example.com"), "it is said all the same: {said:?}");
    let (well, said) = diagnosed(&fine, &gateway(200, "fine"), &seen);
    assert!(well.causes.is_empty() && well.conclusion.contains("expected answer") && !said.is_empty(), "{well:?}");
}

#[test]
fn what_is_seen_otherwise_loses_its_certainty_and_its_place() {
    let broken = story("server-name-san-mismatch");
    let failed = gateway(500, "Internal Server Error");
    let (before, _) = diagnosed(&broken, &failed, &Inside::default());
    let first = before.causes.first().expect("a cause");
    assert!(first.check == "server-name-san-mismatch" && first.confidence > Confidence::Possible, "{first:?}");
    let seen = asked(session(&broken), |question| presenting(question, &question.name));
    let (after, said) = diagnosed(&broken, &failed, &seen);
    let last = after.causes.last().expect("it is not forgotten");
    assert_eq!((last.check.as_str(), last.confidence), ("server-name-san-mismatch", Confidence::Possible), "{:?}", after.causes);
    assert!(said[0].contains("; speaks against server-name-san-mismatch"), "{said:?}");
}

#[test]
fn who_was_not_asked_or_not_reached_may_be_the_bad_one() {
    let broken = story("server-name-san-mismatch");
    let failed = gateway(500, "Internal Server Error");
    let well = asked(session(&broken), |question| presenting(question, &question.name));
    let mut partly = well.clone();
    partly.not_asked.push("2 more connections".to_owned());
    let mut unreached = well;
    let nobody = AttemptResult::Failed { reason: FailureReason::Connect, detail: "no TCP connection within 5s".to_owned() };
    let mut second = unreached.asked[0].clone();
    second.attempt = Attempt { connection: Connection::default(), ..attempt(&second.question, nobody) };
    unreached.asked.push(second);
    for inside in [partly, unreached] {
        let (after, _) = diagnosed(&broken, &failed, &inside);
        let first = after.causes.first().expect("a cause");
        assert!(first.check == "server-name-san-mismatch" && first.confidence > Confidence::Possible, "{first:?}");
    }
}

#[test]
fn the_founding_cause_stays_certain_and_is_confirmed() {
    let broken = story("secure-server-name-missing");
    let plain = question(&broken, |kind| matches!(kind, Kind::Plain { .. }));
    let inside = asked(plain, |question| attempt(question, answered(400, PLAIN_400)));
    let mut seen = gateway(400, "");
    seen.result = answered(400, PLAIN_400);
    let (before, _) = diagnosed(&broken, &seen, &Inside::default());
    let (after, said) = diagnosed(&broken, &seen, &inside);
    assert_eq!((&before.causes, &before.conclusion), (&after.causes, &after.conclusion));
    assert!(said[0].contains("; confirms secure-server-name-missing"), "{said:?}");
}

#[test]
fn a_target_that_refuses_explains_a_502_and_says_nothing_about_doors() {
    let fine = healthy("alb");
    let health = question(&fine, |kind| matches!(kind, Kind::Health { .. }));
    let refuses = |detail: &'static str| {
        move |question: &Question| attempt(question, AttemptResult::Failed { reason: FailureReason::Connect, detail: detail.to_owned() })
    };
    let mut failed = gateway(502, "");
    let body = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    failed.result = answered(502, body);
    let (after, _) = diagnosed(&fine, &failed, &asked(health.clone(), refuses("10.20.10.31:8080: connection refused")));
    assert_eq!(after.causes.first().map(|cause| cause.check.as_str()), Some("hc-connect-refused"), "{:?}", after.causes);
    let (after, _) = diagnosed(&fine, &failed, &asked(health, refuses("10.20.10.31:8080: no TCP connection within 5s")));
    assert!(after.causes.iter().all(|cause| cause.confidence < Confidence::Likely), "{:?}", after.causes);
}

#[test]
fn some_of_several_attempts_are_still_counted() {
    let fine = healthy("alb");
    let (examination, expected) = (examine(CHECKS, &fine), Expectation::default());
    let mut diagnosis = diagnose(&fine, &examination, 0, Some(&gateway(500, "Internal Server Error")), &expected);
    diagnosis.share = Some(Share { times: 2, of: 5 });
    let seen = asked(session(&fine), |question| presenting(question, "other.example.com"));
    weigh(&fine, &examination, &seen, &expected, &mut diagnosis);
    assert!(diagnosis.conclusion.starts_with("2 of 5 times: "), "{}", diagnosis.conclusion);
}
