//! Diagnoses: whose words an answer has, what they can mean, and how much the conclusion claims.

use super::{Diagnosis, Expectation, Observed, diagnose};
use crate::answer::{Answer, Attempt, AttemptResult, Connection, Timings};
use crate::examine::examine;
use crate::finding::Confidence;
use crate::model::deployment::Deployment;
use crate::model::part::Part;
use crate::prove::{healthy_deployments, stories, tell};
use crate::story::without;
use crate::symptom::Producer;

const HTML: (&str, &str) = ("content-type", "text/html");
const JSON: (&str, &str) = ("content-type", "application/json");
const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");
const SIGNED: (&str, &str) = ("server", "awselb/2.0");
const SENTENCE: &str = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n</body>\r\n</html>\r\n";

fn healthy(name: &str) -> Deployment {
    let found = healthy_deployments().into_iter().find(|(other, _)| other == name);
    found.map(|(_, deployment)| deployment).expect("a healthy deployment")
}

fn told(check: &str, name: &str) -> Deployment {
    let stories = stories(check);
    let (name, story) = stories.iter().find(|(other, _)| other == name).expect("the story is there");
    tell(name, story)
}

fn blind(deployment: &Deployment, part: Part) -> Deployment {
    Deployment::new(without(deployment.facts(), part), deployment.requests().to_vec())
}

/// The diagnosis of an answer that came through an HTTP API.
fn answered(deployment: &Deployment, status: u16, headers: &[(&str, &str)], body: &str) -> Diagnosis {
    let headers = headers.iter().chain(&[("apigw-requestid", "AbCdEfGhIjKlMnO=")]);
    let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let attempt = Attempt {
        method: "GET".to_owned(),
        path: "/health".to_owned(),
        stage: "$default".to_owned(),
        url: "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/health".to_owned(),
        result: AttemptResult::Answered(Answer { status, headers, body: body.to_owned(), body_truncated: false }),
        timings: Timings::default(),
        presented_chain: Vec::new(),
        connection: Connection::default(),
        asked: None,
    };
    diagnose(deployment, &examine(crate::CHECKS, deployment), 0, Some(&attempt), &Expectation::default())
}

fn page(status: &str) -> String {
    format!("<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n")
}

fn causes(diagnosis: &Diagnosis) -> Vec<(&str, Confidence)> {
    diagnosis.causes.iter().map(|cause| (cause.check.as_str(), cause.confidence)).collect()
}

fn observed(diagnosis: &Diagnosis) -> &Observed {
    diagnosis.observed.as_ref().expect("there was an answer")
}

/// Who is said to have written the founding sentence, which nobody signed.
fn speaker(deployment: &Deployment) -> Producer {
    observed(&answered(deployment, 400, &[HTML], SENTENCE)).attribution.producer
}

#[test]
fn configuration_says_whose_the_unsigned_sentence_is() {
    let corrected = answered(&healthy("alb"), 400, &[HTML], SENTENCE);
    let attribution = &observed(&corrected).attribution;
    assert_eq!((attribution.producer, attribution.confidence), (Producer::Target, Confidence::Likely));
    assert!(attribution.marks.iter().any(|mark| mark.contains("speaks TLS with listener 443")), "{:?}", attribution.marks);
    assert_eq!(causes(&corrected), [("tg-protocol-http-vs-tls", Confidence::Possible)]);
    assert_eq!(speaker(&told("secure-server-name-missing", "http-listener.json")), Producer::Target);
    assert_eq!(speaker(&told("tls-missing-tcp-passthrough", "https-health-check.json")), Producer::Target);
    assert_eq!(speaker(&healthy("cloud-map")), Producer::Target, "no load balancer stands there");
}

#[test]
fn the_load_balancer_keeps_the_sentence_where_it_can_have_said_it() {
    assert_eq!(speaker(&told("secure-server-name-missing", "blank.json")), Producer::LoadBalancer);
    assert_eq!(
        speaker(&told("secure-server-name-missing", "saved-not-deployed.json")),
        Producer::LoadBalancer,
        "an older definition is served"
    );
    assert_eq!(speaker(&blind(&healthy("alb"), Part::Listeners)), Producer::LoadBalancer, "nobody knows what the listener speaks");
    let signed = answered(&healthy("alb"), 400, &[HTML, SIGNED], SENTENCE);
    assert_eq!(observed(&signed).attribution.producer, Producer::LoadBalancer);
}

#[test]
fn other_servers_that_expect_tls_are_understood() {
    let bodies = [
        "Client sent an HTTP request to an HTTPS server.\n",
        "Bad Request\r\nThis combination of host and port requires TLS.\r\n",
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><body>Reason: You're speaking plain HTTP to an SSL-enabled server port.</body></html>\n",
    ];
    for body in bodies {
        let said = |deployment: &Deployment| {
            let diagnosis = answered(deployment, 400, &[TEXT], body);
            assert_eq!(observed(&diagnosis).attribution.producer, Producer::Target, "{body}");
            diagnosis.causes.first().map(|cause| (cause.check.clone(), cause.confidence))
        };
        let possible = |id: &str| Some((id.to_owned(), Confidence::Possible));
        assert_eq!(said(&healthy("alb")), possible("tg-protocol-http-vs-tls"), "{body}");
        assert_eq!(said(&healthy("cloud-map")), possible("cm-tls"), "{body}");
        assert_eq!(
            said(&told("tls-missing-tcp-passthrough", "port-8443-speaks-http.json")),
            possible("tls-missing-tcp-passthrough"),
            "{body}"
        );
        assert_eq!(said(&told("tls-missing-tcp-passthrough", "named.json")), None, "API Gateway's TLS reaches the task: {body}");
        let quoted = format!("{{\"error\":{body:?}}}");
        assert_eq!(causes(&answered(&healthy("alb"), 400, &[JSON], &quoted)), [], "quoted: {quoted}");
        assert_eq!(causes(&answered(&healthy("alb"), 404, &[TEXT], body)), [], "another status: {body}");
    }
}

#[test]
fn borrowed_words_are_no_contradiction() {
    for (status, body) in [(404, r#"{"message":"Not Found"}"#), (503, r#"{"message":"Service Unavailable"}"#)] {
        let diagnosis = answered(&healthy("alb"), status, &[JSON], body);
        let attribution = &observed(&diagnosis).attribution;
        assert_eq!((attribution.producer, attribution.confidence), (Producer::ApiGateway, Confidence::Likely));
        assert_eq!(causes(&diagnosis), []);
        assert!(diagnosis.conclusion.contains("the target, which may have used the same words"), "{}", diagnosis.conclusion);
        assert!(!diagnosis.conclusion.contains("contradicts"), "{}", diagnosis.conclusion);
    }
    let signed = answered(&healthy("alb"), 403, &[HTML, SIGNED], &page("403 Forbidden"));
    assert!(signed.conclusion.starts_with("The 403 by the load balancer contradicts the configuration"), "{}", signed.conclusion);
}

#[test]
fn a_firewall_that_cannot_be_asked_is_possible_unless_that_is_ruled_out() {
    let of = |deployment: &Deployment| answered(deployment, 500, &[HTML, SIGNED], &page("500 Internal Server Error"));
    let expected = [("waf-fail-closed", Confidence::Possible)];
    let closed = told("waf-fail-closed", "default.json");
    assert_eq!(causes(&of(&closed)), expected);
    assert!(of(&closed).conclusion.starts_with("The 500 may be explained by waf-fail-closed"), "{}", of(&closed).conclusion);
    assert_eq!(causes(&of(&blind(&closed, Part::WebAcls))), expected, "whether there is one was not read");
    assert_eq!(causes(&of(&blind(&closed, Part::LoadBalancerAttributes))), expected, "what the load balancer does then was not read");
    assert_eq!(causes(&of(&told("waf-fail-closed", "open.json"))), []);
    let none = of(&healthy("alb"));
    assert_eq!(causes(&none), []);
    assert!(none.conclusion.contains("contradicts the configuration"), "{}", none.conclusion);
}

#[test]
fn an_authorizers_function_is_possible_on_its_route_only() {
    let of = |deployment: &Deployment| answered(deployment, 500, &[JSON], r#"{"message":"Internal Server Error"}"#);
    let expected = [("lambda-authorizer-broken", Confidence::Possible)];
    let guarded = told("lambda-authorizer-broken", "any-stage-of-the-api.json");
    let named = of(&guarded);
    assert_eq!(causes(&named), expected);
    assert!(named.ruled_out.iter().all(|out| out.check != "lambda-authorizer-broken"), "{:?}", named.ruled_out);
    assert_eq!(causes(&of(&blind(&guarded, Part::Authorizers))), expected);
    assert_eq!(causes(&of(&healthy("alb"))), []);
}

#[test]
fn a_remark_that_only_hides_the_writer_explains_nothing() {
    let hidden = answered(&told("listener-server-header-off", "hidden.json"), 413, &[HTML], &page("413 Request Entity Too Large"));
    assert_eq!(observed(&hidden).attribution.producer, Producer::LoadBalancer);
    assert_eq!(causes(&hidden), []);
    assert!(hidden.conclusion.contains("the target, which may have used the same words"), "{}", hidden.conclusion);
}
