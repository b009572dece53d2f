//! Lines of an Application Load Balancer's access log.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>

mod record;

use super::answer::gave_up_waiting;
use super::causes::{self, cause};
use super::gateway_log::{balancer_symptom, grouped};
use super::log_times::seconds_ms;
use super::{Cause, Explanation, Item, Kind, next};
use crate::answer::Attribution;
use crate::finding::Confidence::{Certain, Likely, Possible};
use crate::symptom::{Producer, Symptom};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// More lines are not looked at.
const MOST: usize = 5_000;

/// Explains the lines of a log, each kind of line once.
pub(super) fn lines(text: &str) -> Option<Explanation> {
    let mut entries: Vec<Entry> = text.lines().take(MOST).filter_map(entry).collect();
    if entries.is_empty() {
        entries = record::entries(text);
    }
    if entries.is_empty() {
        return None;
    }
    let taken_for = match entries.len() {
        1 => "a line of an Application Load Balancer's access log".to_owned(),
        count => format!("{count} lines of an Application Load Balancer's access log"),
    };
    Some(Explanation { kind: Kind::BalancerLog, taken_for, items: grouped(entries.iter().map(item)) })
}

/// The fields of a line that matter.
#[derive(Debug)]
struct Entry {
    /// `http`, `https`, `h2`, …
    protocol: String,
    /// `-` is `None`.
    target: Option<String>,
    /// Seconds; -1 when it did not come to that.
    times: [f64; 3],
    elb_status: Option<u16>,
    target_status: Option<u16>,
    /// Method, URL and protocol.
    request: String,
    domain: Option<String>,
    priority: Option<i64>,
    actions: String,
    redirect: Option<String>,
    error: Option<String>,
    classification: Option<String>,
    /// From the request's arrival until the answer, in milliseconds.
    elapsed_ms: Option<u64>,
}

/// Fields are divided by blanks; some stand in quotes.
pub(super) fn fields(line: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() && fields.len() < 64 {
        let (field, after) = match rest.strip_prefix('"') {
            // A quote inside is escaped.
            Some(inner) => {
                let end = inner.char_indices().find(|(at, c)| *c == '"' && !inner[..*at].ends_with('\\')).map_or(inner.len(), |(at, _)| at);
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        fields.push(field);
        rest = after.trim_start();
    }
    fields
}

fn entry(line: &str) -> Option<Entry> {
    let fields = fields(line);
    let at = |number: usize| fields.get(number).copied().filter(|field| !field.is_empty());
    let named = |number: usize| at(number).filter(|field| *field != "-").map(str::to_owned);
    // Tools that search in files put the file's name before.
    let protocol = at(0)
        .and_then(|kind| kind.rsplit(':').next())
        .filter(|kind| matches!(*kind, "http" | "https" | "h2" | "ws" | "wss" | "grpc" | "grpcs"))?;
    let time = OffsetDateTime::parse(at(1)?, &Rfc3339).ok()?;
    if fields.len() < 12 {
        return None;
    }
    let number = |field: &str| field.parse().ok().filter(|status| (100..1000).contains(status));
    let seconds = |number: usize| at(number).and_then(|field| field.parse().ok()).unwrap_or(-1.0);
    let created = at(21).and_then(|field| OffsetDateTime::parse(field, &Rfc3339).ok());
    Some(Entry {
        protocol: protocol.to_owned(),
        target: named(4),
        times: [seconds(5), seconds(6), seconds(7)],
        elb_status: at(8).and_then(number),
        target_status: at(9).and_then(number),
        request: at(12).unwrap_or_default().to_owned(),
        domain: named(18),
        priority: at(20).and_then(|field| field.parse().ok()),
        actions: at(22).unwrap_or_default().to_ascii_lowercase(),
        redirect: named(23),
        error: named(24),
        classification: named(27),
        elapsed_ms: created.and_then(|created| seconds_ms((time - created).as_seconds_f64())),
    })
}

fn item(entry: &Entry) -> Item {
    match (entry.elb_status, entry.target_status) {
        (Some(460), _) => gave_up(entry),
        (Some(status), Some(answered)) => by_target(entry, status, answered),
        (Some(status), None) => by_balancer(entry, status),
        (None, _) => {
            let mut item = Item::new("a request that got no answer: the client was gone before there was one");
            item.undecided = Some("why the client went away: the stage's access log at that time".to_owned());
            item
        }
    }
}

/// 460 is an entry of the log: its client had gone, and nobody wrote an answer.
fn gave_up(entry: &Entry) -> Item {
    let mut item = Item::new(Item::line(460, Producer::LoadBalancer, "", Symptom::LbOther));
    item.causes = gave_up_waiting(entry.elapsed_ms);
    item.next = next::gave_up();
    item
}

/// Both statuses are there: the target answered, and the load balancer passed it on.
fn by_target(entry: &Entry, status: u16, answered: u16) -> Item {
    let mut marks = vec!["target_status_code is there: a target answered".to_owned()];
    if let Some(domain) = &entry.domain {
        marks.push(format!("the client asked for {} in the TLS handshake", super::tidy::quote(domain)));
    }
    let mut item = Item::new(format!("{status} by the target (it answered {answered})"));
    if status != answered {
        item.what = format!("{status} by the load balancer although the target answered {answered}");
        if status == 502 {
            let why = "the target's answer began and could not be passed on: its headers may be too large or not valid";
            item.causes = vec![cause("response-header-too-big", Possible, why)];
            item.next = next::after(Symptom::LbBadGateway, Producer::LoadBalancer);
        }
        item.undecided =
            Some("why the load balancer did not pass the target's answer on: its error_reason, or the target's own log".to_owned());
    } else if answered >= 400 {
        item.undecided = Some("why the application says so: its own log. The load balancer did its part".to_owned());
        item.causes = target_causes(answered);
        item.next = next::after(Symptom::TargetAnswer, Producer::Target);
    }
    let producer = if status == answered { Producer::Target } else { Producer::LoadBalancer };
    let symptom = if status == answered { Symptom::TargetAnswer } else { balancer_symptom(status) };
    item.attribution = Some(Attribution { producer, symptom, confidence: Certain, marks });
    item
}

fn target_causes(status: u16) -> Vec<Cause> {
    match status {
        404 => vec![
            cause(
                "stage-prefix-forwarded",
                Possible,
                "a named stage stays in the path that the application gets: see the request in the line",
            ),
            cause("overwrite-path-wrong", Possible, "the path that the integration sets may not be the application's"),
        ],
        405 => vec![cause("integration-method-fixed", Possible, "the integration may send one fixed method: see the request in the line")],
        421 => vec![cause("host-rejected-by-app", Possible, "the application does not know the Host that it is sent")],
        _ => Vec::new(),
    }
}

/// `target_status_code` is `-`: the load balancer wrote the answer.
fn by_balancer(entry: &Entry, status: u16) -> Item {
    let mut symptom = balancer_symptom(status);
    let mut marks = vec!["target_status_code is -: the load balancer wrote the answer".to_owned()];
    if entry.has("fixed-response") {
        symptom = Symptom::LbFixedResponse;
        marks.push("actions_executed holds fixed-response".to_owned());
    }
    let spoken = spoken(entry, status, &mut marks);
    let told = !spoken.is_empty();
    let (mut causes, says) = causes::ranked(spoken, symptom, entry.elapsed_ms);
    let function = entry.error.as_deref().is_some_and(|error| error.starts_with("Lambda"));
    if function || (entry.target.is_some() && status == 503) {
        causes.clear(); // a function is no server; and a target that was chosen is there
    }
    marks.extend(says.filter(|_| !told || status == 504));
    let mut item = Item::new(Item::line(status, Producer::LoadBalancer, "", symptom));
    if causes.is_empty() {
        item.undecided = Some(if function { FUNCTION } else { undecided(status) }.to_owned());
    }
    item.next = next::after(symptom, Producer::LoadBalancer);
    item.attribution = Some(Attribution { producer: Producer::LoadBalancer, symptom, confidence: Certain, marks });
    item.causes = causes;
    item
}

const FUNCTION: &str = "why the function behind the load balancer failed: the line's error_reason, and the function's own log";

fn undecided(status: u16) -> &'static str {
    match status {
        463 => "who sends so many addresses: the client sent an X-Forwarded-For header with more than 30",
        _ => "why: the line's error_reason and classification_reason, and the request as it arrived",
    }
}

impl Entry {
    /// The request was not in TLS, and came to the port of HTTPS. What such a line looks like is inferred.
    fn is_plain_at_443(&self) -> bool {
        let url = self.request.split(' ').nth(1).unwrap_or_default();
        let port = url.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', '-']).next());
        self.protocol == "http" && self.target.is_none() && port.is_some_and(|authority| authority.ends_with(":443"))
    }

    fn has(&self, action: &str) -> bool {
        self.actions.split(',').any(|executed| executed.trim() == action)
    }
}

/// What the other fields of the line say.
fn spoken(entry: &Entry, status: u16, marks: &mut Vec<String>) -> Vec<Cause> {
    if let Some(causes) = by_action(entry, status) {
        return causes;
    }
    match status {
        502 => vec![bad_gateway(entry, marks)],
        504 => slow(entry, marks),
        464 => vec![cause(
            "tg-protocol-version",
            Likely,
            "the load balancer refused the protocol version: the target group is for HTTP/2 or gRPC",
        )],
        400 if entry.is_plain_at_443() => {
            let why = "a request in plain HTTP came to port 443, where a listener normally expects TLS";
            vec![cause("secure-server-name-missing", Possible, why)]
        }
        400 if entry.classification.as_deref() == Some("Acceptable") => {
            vec![cause("desync-strictest", Certain, "the request was only acceptable, not compliant, and the strictest mode refuses that")]
        }
        _ => Vec::new(),
    }
}

fn by_action(entry: &Entry, status: u16) -> Option<Vec<Cause>> {
    let error = entry.error.as_deref().unwrap_or_default();
    let one = |id, confidence, why: &str| Some(vec![cause(id, confidence, why)]);
    if entry.has("waf-failed") || error.starts_with("WAF") {
        return one("waf-fail-closed", Certain, "AWS WAF could not be asked, and the load balancer did not go on without it");
    }
    // The last action that was executed decided, whatever status the rule is to answer with.
    if entry.actions.rsplit(',').next() == Some("waf") && status < 460 {
        return one("waf-blocks", Certain, "AWS WAF was asked, and the request was refused before any other action");
    }
    if entry.has("jwt-validation") || error.starts_with("JWT") || error.starts_with("JWKS") {
        return one("action-jwt-validation", Likely, "a jwt-validation action was executed, and the request did not pass it");
    }
    if entry.has("authenticate") || error.starts_with("Auth") || status == 561 {
        return one("action-authenticate", Certain, "an authenticate action was executed");
    }
    if entry.has("fixed-response") {
        return Some(match entry.priority {
            Some(0) => vec![cause("default-action-fixed-response", Certain, "no rule took the request: the default action answered")],
            Some(number) => vec![cause("rule-order", Likely, format!("rule {number} took the request and answered by itself"))],
            None => Vec::new(),
        });
    }
    if entry.has("redirect") || entry.redirect.is_some() {
        let to_https = entry.redirect.as_deref().is_none_or(|url| url.starts_with("https:")) && entry.protocol == "http";
        let confidence = if to_https { Certain } else { Likely };
        return one("listener-redirects-to-https", confidence, "a redirect action was executed");
    }
    None
}

/// The times say how far the load balancer came.
fn bad_gateway(entry: &Entry, marks: &mut Vec<String>) -> Cause {
    let [request, target, response] = entry.times;
    if target < 0.0 || request < 0.0 {
        marks.push("target_processing_time is -1: the request could not be handed to the target".to_owned());
        return cause("hc-connect-refused", Likely, "the target refused the connection or broke it off before it had the request");
    }
    if response < 0.0 && target < 1.0 {
        marks.push("the target had the request and broke the connection off within a second".to_owned());
        return cause("keepalive-race", Likely, "the target broke off at once, as one does that just closed an idle connection");
    }
    marks.push("the target had the request for a while and broke the connection off".to_owned());
    cause("task-exits", Possible, "the target broke off while it worked: it may have crashed or been stopped")
}

fn slow(entry: &Entry, marks: &mut Vec<String>) -> Vec<Cause> {
    let Some(elapsed) = entry.elapsed_ms else {
        return Vec::new();
    };
    let connect = crate::semantics::latency::TARGET_CONNECT_TIMEOUT_MS;
    if elapsed > connect + 1_500 {
        marks.push("the load balancer waited longer than it tries to connect".to_owned());
        return vec![cause(
            "idle-timeout-shorter-than-backend",
            Likely,
            "the target took the request and did not answer within the idle timeout",
        )];
    }
    Vec::new()
}
