//! A status alone: who can write it, how one tells them apart, and what it means from each.

use super::answer::{Asked, by_target};
use super::causes::{self, cause};
use super::{Explanation, Item, Kind, next, tidy};
use crate::answer::{Answer, Attribution};
use crate::finding::Confidence::{Likely, Possible};
use crate::symptom::{Producer, Symptom};

/// Who may write a status, and the mark by which one knows.
type Writer = (Producer, Symptom, &'static str);

const JSON: &str = "the body is one-key JSON, there is an apigw-requestid header and none named server";
const PAGE: &str = "the body is a short page with the status as title and heading, and the server header is awselb/2.0";
const OWN: &str = "a body or a server header that is neither API Gateway's nor the load balancer's";
const ONLY: &str = "nobody else uses this status";

/// The writers of each status, the most frequent first.
static WRITERS: &[(u16, &[Writer])] = &[
    (301, &[(Producer::LoadBalancer, Symptom::LbRedirect, PAGE), (Producer::Target, Symptom::TargetAnswer, OWN)]),
    (302, &[(Producer::LoadBalancer, Symptom::LbRedirect, PAGE), (Producer::Target, Symptom::TargetAnswer, OWN)]),
    (303, &[(Producer::Target, Symptom::TargetAnswer, OWN)]),
    (307, &[(Producer::Target, Symptom::TargetAnswer, OWN)]),
    (308, &[(Producer::Target, Symptom::TargetAnswer, OWN)]),
    (
        400,
        &[
            (Producer::LoadBalancer, Symptom::PlainHttpToHttpsPort, "the body says \"The plain HTTP request was sent to HTTPS port\""),
            (Producer::LoadBalancer, Symptom::LbBadRequest, PAGE),
            (Producer::Target, Symptom::TargetAnswer, OWN),
            (Producer::ApiGateway, Symptom::GatewayOther, JSON),
        ],
    ),
    (
        401,
        &[
            (
                Producer::ApiGateway,
                Symptom::GatewayUnauthorized,
                "the body is {\"message\":\"Unauthorized\"}, mostly with a www-authenticate header",
            ),
            (Producer::LoadBalancer, Symptom::LbUnauthorized, PAGE),
            (Producer::Target, Symptom::TargetAnswer, OWN),
        ],
    ),
    (
        403,
        &[
            (
                Producer::ApiGateway,
                Symptom::GatewayForbidden,
                "the body is {\"message\":\"Forbidden\"}; \"Missing Authentication Token\" is of REST APIs",
            ),
            (Producer::LoadBalancer, Symptom::LbForbidden, PAGE),
            (Producer::Target, Symptom::TargetAnswer, OWN),
            (
                Producer::EdgeInFront,
                Symptom::Unrecognised,
                "the page names CloudFront, Cloudflare or another CDN, and there is no apigw-requestid",
            ),
        ],
    ),
    (
        404,
        &[
            (Producer::ApiGateway, Symptom::GatewayNotFound, "the body is {\"message\":\"Not Found\"}, 23 bytes"),
            (
                Producer::LoadBalancer,
                Symptom::LbFixedResponse,
                "the server header is awselb/2.0, and the body is what the listener was told to say",
            ),
            (Producer::Target, Symptom::TargetAnswer, OWN),
        ],
    ),
    (405, &[(Producer::Target, Symptom::TargetAnswer, OWN), (Producer::LoadBalancer, Symptom::LbOther, "the method was TRACE")]),
    (408, &[(Producer::LoadBalancer, Symptom::LbOther, PAGE), (Producer::Target, Symptom::TargetAnswer, OWN)]),
    (413, &[(Producer::ApiGateway, Symptom::GatewayOther, JSON), (Producer::Target, Symptom::TargetAnswer, OWN)]),
    (414, &[(Producer::LoadBalancer, Symptom::LbOther, PAGE), (Producer::Target, Symptom::TargetAnswer, OWN)]),
    (421, &[(Producer::Target, Symptom::TargetAnswer, "neither API Gateway nor the load balancer writes it")]),
    (
        429,
        &[
            (Producer::ApiGateway, Symptom::GatewayTooManyRequests, "the body is {\"message\":\"Too Many Requests\"}"),
            (Producer::Target, Symptom::TargetAnswer, OWN),
        ],
    ),
    (431, &[(Producer::ApiGateway, Symptom::GatewayOther, JSON), (Producer::Target, Symptom::TargetAnswer, OWN)]),
    (460, &[(Producer::LoadBalancer, Symptom::LbOther, "it stands in the load balancer's access log only: its client was gone")]),
    (463, &[(Producer::LoadBalancer, Symptom::LbOther, ONLY)]),
    (464, &[(Producer::LoadBalancer, Symptom::LbProtocolMismatch, ONLY)]),
    (
        500,
        &[
            (
                Producer::ApiGateway,
                Symptom::GatewayInternalError,
                "the body is {\"message\":\"Internal Server Error\"}; with a small s it is a REST API's",
            ),
            (Producer::Target, Symptom::TargetAnswer, OWN),
            (Producer::LoadBalancer, Symptom::LbInternalError, PAGE),
        ],
    ),
    (501, &[(Producer::Target, Symptom::TargetAnswer, OWN), (Producer::LoadBalancer, Symptom::LbOther, PAGE)]),
    (502, &[(Producer::LoadBalancer, Symptom::LbBadGateway, PAGE), (Producer::Target, Symptom::TargetAnswer, OWN)]),
    (
        503,
        &[
            (Producer::ApiGateway, Symptom::GatewayServiceUnavailable, "the body is {\"message\":\"Service Unavailable\"}, 33 bytes"),
            (
                Producer::LoadBalancer,
                Symptom::LbServiceUnavailable,
                "a page that says \"503 Service Temporarily Unavailable\", and the server header is awselb/2.0",
            ),
            (Producer::Target, Symptom::TargetAnswer, OWN),
        ],
    ),
    (
        504,
        &[
            (
                Producer::LoadBalancer,
                Symptom::LbGatewayTimeout,
                "a page that says \"504 Gateway Time-out\", and the server header is awselb/2.0",
            ),
            (Producer::ApiGateway, Symptom::GatewayTimeout, "one-key JSON; \"Endpoint request timed out\" are a REST API's words"),
            (Producer::Target, Symptom::TargetAnswer, OWN),
        ],
    ),
    (505, &[(Producer::LoadBalancer, Symptom::LbOther, PAGE)]),
    (561, &[(Producer::LoadBalancer, Symptom::LbUnauthorized, ONLY)]),
];

/// Reasons that stand behind a status; a text with other words is more than a status.
const REASONS: &[&str] = &[
    "ok",
    "created",
    "no content",
    "moved permanently",
    "found",
    "temporary redirect",
    "permanent redirect",
    "bad request",
    "unauthorized",
    "authorization required",
    "forbidden",
    "not found",
    "method not allowed",
    "not allowed",
    "request timeout",
    "request entity too large",
    "payload too large",
    "content too large",
    "misdirected request",
    "too many requests",
    "request header fields too large",
    "internal server error",
    "not implemented",
    "bad gateway",
    "service unavailable",
    "service temporarily unavailable",
    "gateway timeout",
    "gateway time-out",
    "error",
    "errors",
];

/// A text that is a status and nothing more.
pub(super) fn alone(text: &str) -> Option<Explanation> {
    if text.len() > 80 {
        return None;
    }
    let plain = tidy::plain(text);
    let mut rest = plain.as_str();
    for word in ["http/1.1", "http/1.0", "http/2", "http/3", "http", "status", "code", "error"] {
        if let Some(after) = rest.strip_prefix(word) {
            rest = after.trim_start_matches([':', ' ']);
        }
    }
    let (digits, reason) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let reason = reason.trim_start_matches([':', ' ', '-']).trim_end_matches(['.', '!', '?']);
    let known = reason.is_empty() || REASONS.contains(&reason);
    let status = digits.parse::<u16>().ok().filter(|status| digits.len() == 3 && known && (*status == 0 || (100..600).contains(status)))?;
    Some(about(status, "a status", reason))
}

/// Explains a status. What its reason says puts its writer first.
pub(super) fn about(status: u16, taken_for: &str, reason: &str) -> Explanation {
    let mut items = match WRITERS.iter().find(|(known, _)| *known == status) {
        Some((_, writers)) => writers.iter().map(|writer| item(status, writer)).collect(),
        None => others(status),
    };
    let first = match (status, reason) {
        // nginx's words, which are the load balancer's as well; API Gateway has others.
        (503, "service temporarily unavailable") | (504, "gateway time-out") | (401, "authorization required") => {
            Some(Producer::LoadBalancer)
        }
        (503, "service unavailable") => Some(Producer::ApiGateway),
        _ => None,
    };
    items.sort_by_key(|item: &Item| item.attribution.as_ref().map(|found| Some(found.producer) != first));
    Explanation { kind: Kind::Status, taken_for: taken_for.to_owned(), items }
}

fn item(status: u16, (producer, symptom, mark): &Writer) -> Item {
    let mut item = Item::new(Item::line(status, *producer, "", *symptom));
    let answer = Answer { status, headers: Vec::new(), body: String::new(), body_truncated: false };
    let spoken = match symptom {
        Symptom::TargetAnswer => by_target(&answer, &Asked::default()),
        Symptom::GatewayOther if status == 413 => vec![cause("payload-too-large", Likely, "API Gateway takes bodies of up to 10 MB")],
        Symptom::GatewayOther if status == 431 => {
            vec![cause("request-too-large-headers", Likely, "API Gateway takes request lines and headers of up to 10 240 bytes")]
        }
        Symptom::LbOther if status == 460 => super::answer::gave_up_waiting(None),
        _ => Vec::new(),
    };
    item.causes = causes::first(spoken, causes::of(*symptom));
    let marks = vec![format!("one knows it by this: {mark}")];
    item.attribution = Some(Attribution { producer: *producer, symptom: *symptom, confidence: Possible, marks }).filter(|_| status != 460);
    item.next = if status == 460 { next::gave_up() } else { next::after(*symptom, *producer) };
    item
}

/// Statuses that nobody in the chain writes by itself.
fn others(status: u16) -> Vec<Item> {
    if status == 0 {
        // curl prints 000 when there was no answer.
        return [Symptom::NoDns, Symptom::ConnectFailed, Symptom::TlsFailed, Symptom::TimedOut]
            .iter()
            .map(|symptom| {
                let mut found = item(0, &(Producer::ClientSide, *symptom, "what the client says beside the status"));
                found.what = format!("no answer: {}", symptom.meaning());
                found
            })
            .collect();
    }
    let mark = if status < 300 {
        "neither API Gateway nor the load balancer answers so by itself"
    } else {
        "nobody else in the chain writes it by itself"
    };
    vec![item(status, &(Producer::Target, Symptom::TargetAnswer, mark))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_status_is_recognised_with_what_stands_around_it() {
        for text in
            ["503", "HTTP 503", "http/1.1 503", "HTTP/2 503", "503 Service Unavailable", "status: 503", "error 503", "503 error", "503."]
        {
            assert!(alone(text).is_some(), "{text}");
        }
        for text in [
            "5xx",
            "50",
            "5030",
            "600",
            "HTTP",
            "",
            "503 after the deployment",
            "400 The plain HTTP request was sent to HTTPS port",
            "port 443 x",
        ] {
            assert!(alone(text).is_none(), "{text}");
        }
    }

    #[test]
    fn each_writer_of_a_status_is_named_once() {
        for (status, writers) in WRITERS {
            let names: BTreeSet<&str> = writers.iter().map(|(_, symptom, _)| symptom.name()).collect();
            assert_eq!(names.len(), writers.len(), "{status}");
        }
        let statuses: BTreeSet<u16> = WRITERS.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses.len(), WRITERS.len());
    }

    #[test]
    fn the_reason_says_who() {
        let first = |text: &str| alone(text).expect("a status").items[0].attribution.as_ref().expect("a writer").producer;
        assert_eq!(first("503 Service Temporarily Unavailable"), Producer::LoadBalancer);
        assert_eq!(first("503 Service Unavailable"), Producer::ApiGateway);
        assert_eq!(first("503"), Producer::ApiGateway);
        assert_eq!(first("504 Gateway Time-out"), Producer::LoadBalancer);
        assert_eq!(first("000"), Producer::ClientSide);
        assert_eq!(first("418"), Producer::Target);
    }
}
