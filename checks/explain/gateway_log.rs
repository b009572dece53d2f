//! Lines of an HTTP API's access log: JSON under whatever names the variables were given, or the documented common log format.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>
//!
//! What matters is whether the integration gave a status: where it did, the answer came from behind; where it did not, API Gateway wrote
//! it. Which of the two behind it was, load balancer or target, this log does not say.

mod entry;
mod lines;
mod loose;

use super::answer::{gave_up_waiting, token_error};
use super::causes::{self, cause};
use super::{Cause, Explanation, Item, Kind, next, sentences, tidy};
use crate::answer::Attribution;
use crate::finding::Confidence::{self, Likely, Possible};
use crate::symptom::{Producer, Symptom};
use entry::{Entry, Field};

/// Explains the lines of a log, each kind of line once.
pub(super) fn lines(text: &str) -> Option<Explanation> {
    let entries = lines::entries(text);
    if entries.is_empty() {
        return None;
    }
    let taken_for = match entries.len() {
        1 => "a line of an API Gateway access log".to_owned(),
        count => format!("{count} lines of an API Gateway access log"),
    };
    Some(Explanation { kind: Kind::GatewayLog, taken_for, items: grouped(entries.iter().map(item)) })
}

/// Items that say the same become one; errors stand first, the most frequent first.
pub(super) fn grouped(items: impl Iterator<Item = Item>) -> Vec<Item> {
    let mut groups: Vec<Item> = Vec::new();
    for item in items {
        let first = |known: &Item| known.causes.first().map(|cause| cause.check);
        match groups.iter().position(|known| known.what == item.what && first(known) == first(&item)) {
            Some(at) => groups[at].count += 1,
            None if groups.len() < 50 => groups.push(item),
            None => {}
        }
    }
    groups.sort_by_key(|item| (item.causes.is_empty() && item.undecided.is_none(), std::cmp::Reverse(item.count)));
    groups
}

fn item(entry: &Entry) -> Item {
    let Some(status) = entry.status.or(entry.integration_status_number()) else { return without_status(entry) };
    match wrote(entry, status) {
        Writer::Gateway(confidence, mark) => by_gateway(entry, status, confidence, mark),
        Writer::Behind(answered) => behind(entry, status, answered),
        Writer::Balancer(mark) => by_balancer(entry, (status, balancer_symptom(status)), Likely, mark),
        Writer::Sentence(confidence) => {
            let mark = "the answer has the length of the page that says \"The plain HTTP request was sent to HTTPS port\"";
            by_balancer(entry, (status, Symptom::PlainHttpToHttpsPort), confidence, mark)
        }
        Writer::Unknown => unknown(entry, status),
    }
}

enum Writer {
    Gateway(Confidence, &'static str),
    Balancer(&'static str),
    /// The load balancer's page about plain HTTP, as far as its length shows.
    Sentence(Confidence),
    Behind(u16),
    Unknown,
}

fn wrote(entry: &Entry, status: u16) -> Writer {
    if let Some(answered) = entry.integration_status_number() {
        if status >= 500 && status != answered && entry.integration_error.value().is_some() {
            return Writer::Gateway(
                Likely,
                "API Gateway logged an error of the integration, and the client got another status than it gave",
            );
        }
        if let Some(confidence) = is_founding_length(entry, answered) {
            return Writer::Sentence(confidence);
        }
        if balancer_length(answered).is_some_and(|length| entry.is_of_length(length)) {
            return Writer::Balancer("the answer came from behind, and its length is that of the load balancer's own page for this status");
        }
        return match answered {
            460 | 463 | 464 | 561 => Writer::Balancer("the answer came from behind, and only the load balancer uses this status"),
            _ => Writer::Behind(answered),
        };
    }
    if entry.authorizer_error.value().is_some() && status >= 400 {
        return Writer::Gateway(Likely, "an authorizer's error is logged");
    }
    if entry.integration_status == Field::Dash {
        return Writer::Gateway(Likely, "the integration gave no status: nothing behind API Gateway answered");
    }
    if status >= 400 && (entry.integration_error.value().is_some() || entry.error_type.value().is_some()) {
        return Writer::Gateway(Likely, "API Gateway logged an error of its own");
    }
    if status >= 400 && gateway_length(status).is_some_and(|length| entry.is_of_length(length)) {
        return Writer::Gateway(Likely, "the answer has exactly the length of API Gateway's own one for this status");
    }
    if let Some(confidence) = is_founding_length(entry, status) {
        return Writer::Sentence(confidence);
    }
    if balancer_length(status).is_some_and(|length| entry.is_of_length(length)) {
        return Writer::Balancer("the answer has the length of the load balancer's own page for this status");
    }
    if status >= 400 && entry.error_message.value().is_some() {
        return Writer::Gateway(Possible, "API Gateway logged an error message");
    }
    if status < 300 { Writer::Behind(status) } else { Writer::Unknown }
}

/// The length of API Gateway's own body for a status. <https://github.com/cortexlabs/cortex/issues/1225>
fn gateway_length(status: u16) -> Option<u64> {
    match status {
        401 => Some(26),
        403 | 404 => Some(23),
        429 => Some(31),
        500 => Some(35),
        503 => Some(33),
        _ => None,
    }
}

/// The length of the load balancer's own page: 92 bytes around the status and its reason, which stand in it twice.
/// <https://github.com/internetstandards/Internet.nl/issues/1291>
fn balancer_length(status: u16) -> Option<u64> {
    let reason = match status {
        301 => "301 Moved Permanently",
        302 => "302 Found",
        400 => "400 Bad Request",
        401 => "401 Authorization Required",
        403 => "403 Forbidden",
        500 => "500 Internal Server Error",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        504 => "504 Gateway Time-out",
        _ => return None,
    };
    Some(92 + 2 * reason.len() as u64)
}

/// The page of the founding case is 220 bytes long; with nginx's nameless footer, which an nginx behind writes as well, 248.
/// <https://repost.aws/knowledge-center/api-gateway-private-integration-errors>
fn is_founding_length(entry: &Entry, status: u16) -> Option<Confidence> {
    let lengths = [(220, Likely), (248, Possible)];
    lengths.into_iter().filter(|_| status == 400).find(|(length, _)| entry.is_of_length(*length)).map(|(_, confidence)| confidence)
}

/// The load balancer's class of answer for a status.
pub(super) fn balancer_symptom(status: u16) -> Symptom {
    match status {
        301 | 302 | 303 | 307 | 308 => Symptom::LbRedirect,
        400 => Symptom::LbBadRequest,
        401 | 561 => Symptom::LbUnauthorized,
        403 => Symptom::LbForbidden,
        500 => Symptom::LbInternalError,
        502 => Symptom::LbBadGateway,
        503 => Symptom::LbServiceUnavailable,
        504 => Symptom::LbGatewayTimeout,
        464 => Symptom::LbProtocolMismatch,
        _ => Symptom::LbOther,
    }
}

/// Without a stage, a domain or an endpoint there would be no line in the stage's log.
const LEAVES_NO_LINE: &[&str] = &[
    "no-stage",
    "no-default-stage",
    "stage-without-deployment",
    "execute-api-disabled",
    "mapping-missing",
    "mapping-stage-in-url",
    "client-mtls-rejected",
    "domain-cname-to-execute-api",
];

fn by_gateway(entry: &Entry, status: u16, confidence: Confidence, mark: &str) -> Item {
    let symptom = crate::semantics::attribution::gateway_symptom(status);
    let mut marks = vec![mark.to_owned()];
    let mut spoken = said(entry, status);
    if status < 400 {
        spoken.push(cause(
            "cors-headers-ignored",
            Possible,
            "API Gateway answered by itself, as it does to preflight requests when CORS is configured",
        ));
    }
    if status == 404 && entry.route_key == Field::Dash {
        spoken.push(cause("route-missing", Likely, "the line names no route: none took the request"));
    }
    if status == 413 {
        spoken.push(cause("payload-too-large", Likely, "API Gateway takes bodies of up to 10 MB"));
    }
    if matches!(status, 401 | 403) && entry.method.value() == Some("OPTIONS") {
        spoken.push(cause("cors-preflight-authorized", Likely, "it is a preflight request, which never brings credentials"));
    }
    let (mut causes, says) = causes::ranked(spoken, symptom, entry.latency_ms);
    causes.retain(|cause| !LEAVES_NO_LINE.contains(&cause.check));
    marks.extend(says);
    let mut item = Item::new(Item::line(status, Producer::ApiGateway, &on_route(entry), symptom));
    item.attribution = Some(Attribution { producer: Producer::ApiGateway, symptom, confidence, marks });
    item.next = next::after_line(symptom, &entry.unlogged());
    item.causes = causes;
    if entry.authorizer_error.value().is_some() && status >= 500 {
        // The integration was not asked: no handshake, no load balancer.
        let place = on_route(entry);
        item.what = format!("{status} by API Gateway{place}: the authorizer could not be asked, or gave no valid answer");
        item.causes = said(entry, status);
        item.next = next::authorizer();
    } else if let Some(what) = entry.integration_error.value().and_then(sentences::settled) {
        // It is no matter of a load balancer then.
        item.causes = said(entry, status);
        item.undecided = Some(format!("more than the message says: {what}"));
    } else if entry.integration_error == Field::Unlogged && status >= 500 {
        item.undecided = Some("why: $context.integrationErrorMessage, which this log does not hold".to_owned());
    }
    item
}

/// What the messages of the line speak for.
fn said(entry: &Entry, status: u16) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Some(error) = entry.authorizer_error.value() {
        let plain = tidy::plain(error);
        causes.extend(sentences::spoken(error));
        // An authorizer that says no has worked.
        causes.extend(if matches!(status, 401 | 403) { token_error(&plain) } else { None });
        if status >= 500 && causes.is_empty() {
            let why = "the authorizer's error is logged: API Gateway could not ask it, or got no valid answer";
            causes.push(cause("lambda-authorizer-broken", Likely, why));
        }
    }
    for text in [&entry.integration_error, &entry.error_message, &entry.error_type].into_iter().filter_map(Field::value) {
        causes.extend(sentences::spoken(text));
    }
    causes
}

fn by_balancer(entry: &Entry, (status, symptom): (u16, Symptom), confidence: Confidence, mark: &str) -> Item {
    let mut marks = vec![mark.to_owned()];
    let spoken = if status == 460 { gave_up_waiting(entry.latency_ms) } else { Vec::new() };
    let (causes, says) = causes::ranked(spoken, symptom, entry.latency_ms);
    marks.extend(says);
    let mut item = Item::new(Item::line(status, Producer::LoadBalancer, &on_route(entry), symptom));
    item.attribution = Some(Attribution { producer: Producer::LoadBalancer, symptom, confidence, marks });
    item.next = next::after(symptom, Producer::LoadBalancer);
    item.causes = causes;
    item
}

/// The load balancer or the target: this log cannot tell.
fn behind(entry: &Entry, status: u16, answered: u16) -> Item {
    let mut marks = vec![format!("the integration answered {answered}: the answer came from behind API Gateway")];
    if answered < 300 && status == answered {
        let mut item = Item::new(format!("{status} from behind API Gateway{}", on_route(entry)));
        let symptom = Symptom::TargetAnswer;
        item.attribution = Some(Attribution { producer: Producer::Target, symptom, confidence: Likely, marks });
        return item;
    }
    let mut causes = Vec::new();
    if status != answered {
        marks.push(format!("the client got {status}"));
        causes.push(cause(
            "response-mapping-hides-status",
            Likely,
            format!("the integration answered {answered}, and the client got {status}"),
        ));
    }
    causes = causes::first(causes, of_either(answered, entry.latency_ms));
    let mut item = Item::new(format!("{status} from behind API Gateway{}: the load balancer or the target", on_route(entry)));
    item.undecided = Some(
        "which of the two: the `server` header of such an answer, the load balancer's access log (`target_status_code` is - when it wrote \
         the answer itself), or the metrics HTTPCode_ELB_… and HTTPCode_Target_…"
            .to_owned(),
    );
    let symptom = Symptom::Unrecognised;
    item.attribution = Some(Attribution { producer: Producer::Unknown, symptom, confidence: Possible, marks });
    item.next = next::behind(answered);
    item.causes = causes;
    item
}

/// The rows of both who stand behind, for a status.
fn of_either(status: u16, elapsed_ms: Option<u64>) -> Vec<Cause> {
    let target: &[(&'static str, &'static str)] = match status {
        301 | 302 | 307 | 308 => &[("app-forces-https", "the application believes that clients come without TLS")],
        400 => &[
            ("secure-server-name-missing", "plain HTTP arrives at an HTTPS listener"),
            ("host-rejected-by-app", "the application does not know the Host that it is sent"),
        ],
        404 => &[
            ("stage-prefix-forwarded", "a named stage stays in the path that arrives"),
            ("default-action-fixed-response", "no rule of the listener takes the request"),
            ("overwrite-path-wrong", "the path that the integration sets may not be the application's"),
        ],
        405 => &[("integration-method-fixed", "the integration may send one fixed method")],
        421 => &[("host-rejected-by-app", "the application does not know the Host that it is sent")],
        401 | 403 => &[],
        // An application's own errors are no matter of the chain.
        500 => return Vec::new(),
        _ => &[],
    };
    let target = target.iter().map(|(check, why)| cause(check, Possible, *why)).collect();
    let (mut causes, _) = causes::ranked(target, balancer_symptom(status), elapsed_ms);
    for cause in &mut causes {
        cause.confidence = Possible;
    }
    causes
}

fn unknown(entry: &Entry, status: u16) -> Item {
    let mut item = Item::new(format!("{status}{}, and the line does not say who answered", on_route(entry)));
    item.undecided =
        Some("who answered: $context.integrationStatus and $context.integrationErrorMessage, which this log does not hold".to_owned());
    let (producer, symptom) = (Producer::Unknown, Symptom::Unrecognised);
    let marks = vec!["the line holds neither the integration's status nor an error".to_owned()];
    item.attribution = Some(Attribution { producer, symptom, confidence: Possible, marks });
    let mut causes = said(entry, status);
    causes.push(cause("access-log-off", Likely, "the log's format lacks the variables that tell who answered"));
    item.causes = causes;
    item.next = next::behind(status);
    item
}

fn without_status(entry: &Entry) -> Item {
    let mut item = Item::new("a line without a status");
    item.causes = said(entry, 500);
    if item.causes.is_empty() {
        item.undecided = Some("what the client got: $context.status, which this log does not hold".to_owned());
    }
    item
}

fn on_route(entry: &Entry) -> String {
    match (entry.route_key.value(), &entry.asked) {
        (Some(key), _) => format!(" on route {}", tidy::quote(key)),
        (None, Some(asked)) => format!(" for {}", tidy::quote(asked)),
        (None, None) => String::new(),
    }
}
