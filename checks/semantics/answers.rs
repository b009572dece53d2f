//! Real answers and their near misses, one by one: who wrote each, and what it is.

#[macro_use]
mod samples;

use super::attribution::{ApiKind, FixedResponse, api_kind, attribute};
use super::reading::Reading;
use super::signatures::{Signature, table};
use crate::answer::{Answer, AttemptResult, Attribution, FailureReason};
use crate::finding::Confidence::{Certain, Likely, Possible};
use crate::symptom::{Producer, Symptom};
use Producer::{LoadBalancer, Target, Unknown};
use samples::{BALANCER, CLOUDFRONT, ELB, FOUNDING, GATEWAY, ID, JSON, NGINX, OTHERS, PLAIN, PLAIN_BARE_NGINX, REST_ID, Sample};

fn samples() -> impl Iterator<Item = &'static Sample> {
    [FOUNDING, GATEWAY, BALANCER, OTHERS].into_iter().flatten()
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer { status, headers, body: body.to_owned(), body_truncated: false }
}

fn attributed(status: u16, headers: &[(&str, &str)], body: &str, fixed: &[FixedResponse]) -> Attribution {
    attribute(&AttemptResult::Answered(answer(status, headers, body)), fixed)
}

fn fixed(status: u16, content_type: &str, body: &str) -> FixedResponse {
    FixedResponse { status, content_type: Some(content_type.to_owned()), body: Some(body.to_owned()) }
}

#[test]
fn every_answer_is_attributed_to_its_writer() {
    for (status, headers, body, producer, symptom) in samples() {
        let found = attributed(*status, headers, body, &[]);
        assert_eq!((found.producer, found.symptom), (*producer, *symptom), "{status} {headers:?} {body} {:?}", found.marks);
        assert!(!found.marks.is_empty() && found.marks.iter().all(|mark| mark.len() < 140), "{:?}", found.marks);
    }
}

#[test]
fn every_signature_has_an_answer_that_it_decides() {
    for signature in table() {
        let decides = |sample: &&Sample| {
            let answer = answer(sample.0, sample.1, sample.2);
            Signature::of(&Reading::of(&answer)).is_some_and(|found| std::ptr::eq(found, signature))
        };
        assert!(samples().any(|sample| decides(&sample)), "{} {:?} {}", signature.mark, signature.statuses, signature.symptom.name());
    }
}

#[test]
fn a_configured_fixed_response_is_recognised_for_certain() {
    let teapot = [fixed(404, "text/plain", "no such service\n")];
    let plain = ("content-type", "text/plain; charset=utf-8");
    for headers in [&[ID, plain][..], &[ELB, plain][..]] {
        let found = attributed(404, headers, "no such service", &teapot);
        assert_eq!((found.producer, found.symptom), (LoadBalancer, Symptom::LbFixedResponse));
    }
    // Another status, another body, another type, another server: not it.
    for (status, headers, body) in [
        (403, &[plain][..], "no such service"),
        (404, &[plain][..], "no such user"),
        (404, &[JSON][..], "no such service"),
        (404, &[plain, NGINX][..], "no such service"),
    ] {
        assert_eq!(attributed(status, headers, body, &teapot).producer, Target, "{status} {headers:?} {body}");
    }
}

#[test]
fn a_fixed_response_in_the_words_of_api_gateway_leaves_it_open() {
    let mimic = [fixed(404, "application/json", r#"{"message":"Not Found"}"#)];
    assert_eq!(attributed(404, &[ID, JSON], r#"{"message":"Not Found"}"#, &mimic).producer, Unknown);
    assert_eq!(attributed(404, &[ID, JSON, ELB], r#"{"message":"Not Found"}"#, &mimic).symptom, Symptom::LbFixedResponse);
}

#[test]
fn a_fixed_response_without_a_body_needs_the_load_balancers_name() {
    let bare = [FixedResponse { status: 503, content_type: None, body: None }];
    assert_eq!(attributed(503, &[ELB], "", &bare).symptom, Symptom::LbFixedResponse);
    assert_eq!(attributed(503, &[], "", &bare).producer, Unknown);
}

#[test]
fn marks_say_what_speaks_against_the_decision() {
    let marks = |status, headers: &[(&str, &str)], body| attributed(status, headers, body, &[]).marks.join("; ");
    assert!(marks(400, &[ID], PLAIN_BARE_NGINX).contains("it could also be an nginx behind the balancer"));
    assert!(!marks(400, &[ELB], PLAIN).contains("could also be"));
    assert!(marks(503, &[ID], page!("503 Service Temporarily Unavailable")).contains("no server header"));
    assert!(marks(404, &[JSON], r#"{"message":"Not Found"}"#).contains("apigw-requestid is not there"));
    assert!(marks(403, &[JSON, REST_ID], r#"{"message":"Forbidden"}"#).contains("the headers are those of a REST API"));
    assert!(marks(404, &[("server", "kong/3")], r#"{"message":"Not Found"}"#).contains("the words are those of API Gateway"));
    assert!(marks(502, &[ID], "The plain HTTP request was sent to HTTPS port").contains("quoted inside another answer"));
    assert!(marks(302, &[ELB, ("location", "https://idp.example/authorize?response_type=code")], "").contains("a login"));
    assert!(marks(404, &[ID, CLOUDFRONT, ("x-cache", "Hit from cloudfront")], r#"{"message":"Not Found"}"#).contains("cache"));
}

#[test]
fn how_sure_it_is_follows_from_the_marks() {
    let sure = |status, headers: &[(&str, &str)], body| attributed(status, headers, body, &[]).confidence;
    let challenge = ("www-authenticate", "Bearer scope=\"\" error=\"invalid_token\" error_description=\"the token has expired\"");
    for (found, expected) in [
        // Documented, and nobody else has the mark.
        (sure(502, &[ID, ELB], page!("502 Bad Gateway")), Certain),
        (sure(400, &[ID, ELB], PLAIN), Certain),
        (sure(401, &[ID, challenge], r#"{"message":"Unauthorized"}"#), Certain),
        // A known shape.
        (sure(502, &[ID], page!("502 Bad Gateway")), Likely),
        (sure(400, &[ID], PLAIN), Likely),
        (sure(401, &[ID, ("www-authenticate", "Bearer")], r#"{"message":"Unauthorized"}"#), Likely),
        (sure(503, &[ID], r#"{"message":"Service Unavailable"}"#), Likely),
        (sure(503, &[], r#"{"message":"Service Unavailable"}"#), Likely),
        (sure(200, &[ID], "ok"), Likely),
        // Not quite the known shape, or a mark is missing that should be there.
        (sure(503, &[JSON], r#"{"message":"Service Unavailable"}"#), Possible),
        (sure(503, &[ID], r#"{ "message": "service unavailable" }"#), Possible),
        // A header alone can be set by anybody.
        (sure(502, &[ELB], ""), Likely),
        (sure(504, &[ID], r#"{"message":"Endpoint request timed out"}"#), Possible),
        (sure(404, &[("via", "1.1 proxy")], "gone"), Possible),
        (sure(500, &[], "something broke"), Possible),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn what_api_gateway_does_not_document_is_never_certain() {
    for (status, headers, body, producer, symptom) in samples() {
        let found = attributed(*status, headers, body, &[]);
        let documented = *producer == LoadBalancer && headers.contains(&ELB);
        assert!(documented || found.confidence < Certain, "{status} {headers:?} {body} {}", symptom.name());
    }
}

#[test]
fn the_kind_of_api_shows() {
    let kind = |status, headers: &[(&str, &str)], body| api_kind(&answer(status, headers, body));
    assert_eq!(kind(404, &[ID], r#"{"message":"Not Found"}"#), ApiKind::Http);
    assert_eq!(kind(403, &[REST_ID], r#"{"message":"Forbidden"}"#), ApiKind::Rest);
    assert_eq!(kind(403, &[], r#"{"message":"Missing Authentication Token"}"#), ApiKind::Rest);
    assert_eq!(kind(403, &[ID], r#"{"message":"Missing Authentication Token"}"#), ApiKind::Http);
    assert_eq!(kind(500, &[("server", "kong/3")], r#"{"message":"Internal server error"}"#), ApiKind::Unknown);
    assert_eq!(kind(403, &[], r#"{"message":"Forbidden"}"#), ApiKind::Unknown);
}

#[test]
fn no_header_value_of_the_answer_gets_into_a_mark() {
    let found = attributed(500, &[("server", "secret-token\u{1b}[31m"), ("via", "secret-token")], "secret-token", &[]);
    assert!(!found.marks.join(" ").contains("secret-token"));
}

#[test]
fn a_failed_attempt_is_the_clients_side() {
    let failed = AttemptResult::Failed { reason: FailureReason::Tls, detail: String::new() };
    assert_eq!(attribute(&failed, &[]).producer, Producer::ClientSide);
    assert_eq!(attribute(&failed, &[]).symptom, Symptom::TlsFailed);
    let not_made = AttemptResult::NotMade { reason: "--no-probe".to_owned() };
    assert_eq!(attribute(&not_made, &[]).producer, Unknown);
}

#[test]
fn hostile_bodies_are_only_text() {
    let deep = "[".repeat(8000);
    for body in ["\u{0}\u{fffd}", "<!--", "<html><head><title>", deep.as_str(), "{\"message\":", "\u{202e}{}"] {
        assert_eq!(attributed(500, &[], body, &[]).producer, Target, "{body:.20}");
    }
}
