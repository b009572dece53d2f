//! An HTTP answer: who wrote it, what class it is of, and what it says about its cause beyond that.

use super::causes::{self, cause};
use super::exchange::{Exchange, Transcript, read};
use super::heading::{elsewhere, is_of_rest, what};
use super::log_times::elapsed_ms;
use super::{Cause, Explanation, Item, Kind, next, tidy};
use crate::answer::{Answer, AttemptResult, Attribution};
use crate::finding::Confidence::{self, Certain, Likely, Possible};
use crate::possible::{leads_to_itself, refuses_host};
use crate::semantics::attribution::{ApiKind, api_kind, attribute};
use crate::semantics::services;
use crate::symptom::{Producer, Symptom};

/// What is known of the request, as far as the text tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// HTTP method, upper case.
    pub(super) method: Option<String>,
    /// The URL or the path.
    pub(super) url: Option<String>,
    /// How long the answer took, in milliseconds.
    pub(super) elapsed_ms: Option<u64>,
}

impl Asked {
    fn host(&self) -> Option<&str> {
        let rest = self.url.as_deref()?.split_once("://")?.1;
        rest.split(['/', '?', '#', ':']).next().filter(|host| !host.is_empty())
    }

    fn path(&self) -> Option<&str> {
        let url = self.url.as_deref()?;
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => url.starts_with('/').then_some(url)?,
        };
        path.split(['?', '#']).next()
    }

    /// The API's own endpoint was asked, or another name; `None` when it is not known.
    fn own_endpoint(&self) -> Option<bool> {
        self.host().map(|host| host.contains(".execute-api."))
    }
}

/// The last error of a transcript, or its last answer.
pub(super) fn exchanges(text: &str) -> Option<Explanation> {
    let Transcript { mut exchanges, failed_after } = read(text);
    if failed_after {
        return None; // what happened last is what the client says
    }
    let count = exchanges.len();
    let is_error = |exchange: &Exchange| exchange.answer.as_ref().is_some_and(|answer| answer.status >= 400);
    // Who pastes an error and a success behind it asks about the error.
    let at = exchanges.iter().rposition(is_error).unwrap_or(count.checked_sub(1)?);
    let is_last = at + 1 == count;
    let Exchange { method, url, answer, .. } = exchanges.swap_remove(at);
    let answer = answer?;
    let asked = Asked { method, url, elapsed_ms: elapsed_ms(text) };
    let taken_for = match count {
        1 => "an HTTP answer".to_owned(),
        _ if !is_last => format!("the last error of {count} HTTP answers"),
        _ => format!("the last of {count} HTTP answers"),
    };
    Some(Explanation { kind: Kind::Answer, taken_for, items: vec![item(&answer, &asked)] })
}

/// Explains one answer.
pub(super) fn item(answer: &Answer, asked: &Asked) -> Item {
    let attribution = attribute(&AttemptResult::Answered(answer.clone()), &[]);
    match services::of(answer, asked.url.as_deref()) {
        Some(service) => elsewhere(answer.status, service),
        None => explained(answer, asked, attribution),
    }
}

/// Explains one answer whose writer is known.
pub(super) fn explained(answer: &Answer, asked: &Asked, mut attribution: Attribution) -> Item {
    let symptom = attribution.symptom;
    let spoken = spoken(answer, asked, &attribution);
    let (mut causes, says) = causes::ranked(spoken.clone(), symptom, asked.elapsed_ms);
    let of_rest = attribution.producer == Producer::ApiGateway && api_kind(answer) == ApiKind::Rest;
    if of_rest && matches!(symptom, Symptom::GatewayInternalError | Symptom::GatewayForbidden) {
        causes = spoken; // the other rows are of HTTP APIs
    }
    if symptom == Symptom::PlainHttpToHttpsPort {
        causes = plain_http(answer, &attribution, causes);
    }
    attribution.marks.extend(says);
    let mut item = Item::new(what(answer, &attribution));
    item.next = if of_rest && is_of_rest(answer, symptom) { next::rest() } else { next::after(symptom, attribution.producer) };
    item.undecided = undecided(answer, asked, &attribution, &causes);
    (item.attribution, item.causes) = (Some(attribution), causes);
    item
}

/// What would decide.
fn undecided(answer: &Answer, asked: &Asked, attribution: &Attribution, causes: &[Cause]) -> Option<String> {
    let text = match attribution.producer {
        Producer::Unknown => {
            "who answered: the answer's `server` header, the load balancer's access log at that time, or the stage's access log with \
             $context.integrationStatus"
        }
        Producer::ApiGateway if attribution.symptom == Symptom::GatewayServiceUnavailable && asked.elapsed_ms.is_none() => {
            "whether nobody was there or API Gateway gave up waiting: how long the answer took (`curl -w '%{time_total}'`)"
        }
        Producer::LoadBalancer if attribution.symptom == Symptom::LbGatewayTimeout && asked.elapsed_ms.is_none() => {
            "whether the target was not reached (about ten seconds) or stayed silent (longer): how long the answer took"
        }
        Producer::Target if causes.is_empty() && answer.status >= 400 => {
            return Some(why_the_target(answer, attribution.confidence).to_owned());
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn why_the_target(answer: &Answer, confidence: Confidence) -> &'static str {
    match confidence {
        Possible => "whether it was the application, and why it says so: its own log at that time, and the answer's headers",
        Likely | Certain if answer.header("apigw-requestid").is_some() => {
            "why the application says so: its own log. The request went through the whole chain before it"
        }
        Likely | Certain => "why the application says so: its own log",
    }
}

/// With whom the sentence about plain HTTP is to be looked for.
fn plain_http(answer: &Answer, attribution: &Attribution, mut causes: Vec<Cause>) -> Vec<Cause> {
    let signed = answer.header("server").is_some_and(|server| server.to_ascii_lowercase().starts_with("awselb"));
    if attribution.producer == Producer::Target {
        let behind = |cause: &Cause| matches!(cause.check, "tls-missing-tcp-passthrough" | "tg-protocol-http-vs-tls");
        causes.sort_by_key(|cause| !behind(cause));
        for cause in &mut causes {
            cause.confidence = if cause.check == "tls-missing-tcp-passthrough" { Likely } else { Possible };
        }
    } else if signed && answer.header("apigw-requestid").is_some() {
        let why = "the load balancer signed it and an HTTP API passed it on: API Gateway spoke plain HTTP to an HTTPS listener";
        causes[0] = cause("secure-server-name-missing", Certain, why);
    }
    causes
}

/// What the answer speaks for beyond its class.
fn spoken(answer: &Answer, asked: &Asked, attribution: &Attribution) -> Vec<Cause> {
    match attribution.symptom {
        Symptom::TargetAnswer => by_target(answer, asked),
        symptom if attribution.producer == Producer::ApiGateway => by_gateway(symptom, answer, asked),
        Symptom::LbRedirect => by_redirect(answer),
        // Whoever wrote it, it leads to itself.
        Symptom::Unrecognised if attribution.producer == Producer::Unknown && (300..400).contains(&answer.status) => {
            to_itself(answer, asked).into_iter().map(|found| cause(found.check, Possible, found.why)).collect()
        }
        Symptom::LbOther if answer.status == 460 => gave_up_waiting(asked.elapsed_ms),
        Symptom::Unrecognised if attribution.producer == Producer::EdgeInFront => {
            let why = "the domain's record may lead to this CDN or proxy and not on to API Gateway";
            vec![cause("domain-no-dns", Possible, why)]
        }
        _ => Vec::new(),
    }
}

fn by_gateway(symptom: Symptom, answer: &Answer, asked: &Asked) -> Vec<Cause> {
    let mut causes = Vec::new();
    if api_kind(answer) == ApiKind::Rest {
        causes.push(cause("wrong-api-kind", Likely, "the answer is that of a REST API, which works differently from an HTTP API"));
        if symptom == Symptom::GatewayForbidden && asked.own_endpoint() != Some(true) {
            let why = "a REST API says so of a path that it does not have: the URL of a custom domain must not repeat the stage";
            causes.push(cause("mapping-stage-in-url", Possible, why));
            // https://github.com/Miserlou/Zappa/issues/1248
            causes.push(cause("mapping-missing", Possible, "a custom domain without a mapping for the path answers so, too"));
        }
        if symptom == Symptom::GatewayInternalError || symptom == Symptom::GatewayForbidden {
            return causes;
        }
    }
    match symptom {
        Symptom::GatewayNotFound => causes.extend(not_found(asked)),
        Symptom::GatewayUnauthorized => causes.extend(unauthorized(answer, asked)),
        Symptom::GatewayForbidden => causes.extend(forbidden(answer, asked)),
        Symptom::GatewayOther if answer.status == 413 => {
            causes.push(cause("payload-too-large", Likely, "API Gateway takes bodies of up to 10 MB"));
        }
        Symptom::GatewayOther if answer.status == 431 => {
            causes.push(cause("request-too-large-headers", Likely, "API Gateway takes request lines and headers of up to 10 240 bytes"));
        }
        _ => {}
    }
    causes
}

fn not_found(asked: &Asked) -> Vec<Cause> {
    let mut causes = Vec::new();
    let path = asked.path().unwrap_or_default();
    if asked.method.as_deref().is_some_and(|method| matches!(method, "HEAD" | "OPTIONS")) {
        causes.push(cause("method-missing", Possible, "the request's method is not GET, and routes are often for one method alone"));
    }
    if path == "/" {
        causes.push(cause("greedy-misses-root", Possible, "the request was for /, which ANY /{proxy+} does not take"));
    } else if path.len() > 1 && path.ends_with('/') {
        causes.push(cause("trailing-slash-or-case", Possible, "the request's path ends with a slash"));
    } else if path.chars().any(|c| c.is_ascii_uppercase()) {
        causes.push(cause("trailing-slash-or-case", Possible, "the request's path has upper-case letters"));
    }
    if asked.own_endpoint() == Some(false) {
        causes.push(cause("route-missing", Possible, "no route takes the method and the path"));
        causes.push(cause("mapping-missing", Possible, "a custom domain was asked: no mapping of it takes the path"));
        causes.push(cause("mapping-stage-in-url", Possible, "a custom domain was asked: its URL must not repeat the stage"));
    }
    causes
}

/// What the challenge says. <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html>
fn unauthorized(answer: &Answer, asked: &Asked) -> Vec<Cause> {
    if asked.method.as_deref() == Some("OPTIONS") {
        return vec![cause("cors-preflight-authorized", Likely, "it is a preflight request, which never brings credentials")];
    }
    let Some(challenge) = answer.header("www-authenticate").map(tidy::plain) else {
        let why = "there is no www-authenticate header, as a JWT authorizer would send it";
        return vec![cause("lambda-authorizer-identity-missing", Possible, why)];
    };
    token_error(&challenge).into_iter().collect()
}

/// What an authorizer's own words speak for.
pub(super) fn token_error(said: &str) -> Option<Cause> {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["jwks", "oidc discovery", "openid-configuration", "communication error"]) {
        return Some(cause("jwt-issuer-unreachable", Likely, "the authorizer says that it could not ask the issuer"));
    }
    if says(&["signing method", "audience", "kid", "algorithm", "issuer", "rsa public key"]) {
        return Some(cause("jwt-alg-unsupported", Likely, "the authorizer says what is wrong with the token"));
    }
    if says(&["token has expired", "token is expired", "insufficient_scope", "insufficient scope"]) {
        return Some(cause("route-needs-jwt", Likely, "the authorizer says what is wrong with the token"));
    }
    said.contains("bearer").then(|| cause("route-needs-jwt", Likely, "a JWT authorizer refuses the token, or misses one"))
}

fn forbidden(answer: &Answer, asked: &Asked) -> Vec<Cause> {
    if asked.method.as_deref() == Some("OPTIONS") {
        return vec![cause("cors-preflight-authorized", Likely, "it is a preflight request, which never brings credentials")];
    }
    // A token without the route's scope. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
    if let Some(said) = answer.header("www-authenticate").map(tidy::plain).and_then(|challenge| token_error(&challenge)) {
        return vec![said];
    }
    if asked.own_endpoint() == Some(false) {
        return vec![
            cause("mapping-missing", Possible, "a custom domain was asked: no mapping of it takes the path"),
            cause("domain-cname-to-execute-api", Possible, "a name that is not set up at API Gateway leads to the API's own endpoint"),
        ];
    }
    Vec::new()
}

fn by_redirect(answer: &Answer) -> Vec<Cause> {
    let location = answer.header("location").unwrap_or_default().to_ascii_lowercase();
    let login = location.contains("response_type=code") || location.contains("/oauth2/") || location.contains("/authorize");
    let cookie = answer.headers.iter().any(|(name, value)| name == "set-cookie" && value.to_ascii_lowercase().contains("awsalbauthnonce"));
    if login || cookie {
        return vec![cause("action-authenticate", Likely, "the redirect leads to a login: an authenticate action of the listener")];
    }
    if location.starts_with("https://") {
        return vec![cause("listener-redirects-to-https", Likely, "the load balancer signed a redirect to https")];
    }
    Vec::new()
}

/// 460: the client of the load balancer, which is API Gateway, closed the connection first. How long it had waited says which limit it was.
pub(super) fn gave_up_waiting(elapsed_ms: Option<u64>) -> Vec<Cause> {
    let short = |confidence, why: &str| cause("integration-timeout-short", confidence, why);
    let slow = |confidence, why: &str| cause("backend-slower-than-30s", confidence, why);
    match elapsed_ms {
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
        Some(29_000..=31_000) => vec![
            slow(Likely, "the connection was closed after about 30 seconds, and API Gateway waits no longer"),
            short(Possible, "the integration's own time limit may be just as long"),
        ],
        Some(31_001..) => vec![
            slow(Possible, "the backend takes longer than the 30 seconds that API Gateway waits at most; this client waited longer"),
            short(Possible, "the integration's time limit may be below what the backend takes"),
        ],
        Some(_) => vec![
            short(Likely, "the connection was closed well before API Gateway's 30 seconds: the integration's time limit may be over"),
            slow(Possible, "API Gateway waits 30 seconds at most, and closes no sooner by itself"),
        ],
        None => vec![
            short(Likely, "API Gateway closed the connection before the answer: its time limit was over"),
            slow(Possible, "API Gateway waits 30 seconds at most"),
        ],
    }
}

/// Words of programs that expect TLS, in lower case.
const EXPECTS_TLS: &[&str] = &[
    "client sent an http request to an https server",
    "speaking plain http to an ssl-enabled server port",
    "this combination of host and port requires tls",
];

/// What a target's own answer speaks for.
pub(super) fn by_target(answer: &Answer, asked: &Asked) -> Vec<Cause> {
    let said = tidy::plain(&answer.body);
    let mut causes = Vec::new();
    if answer.status == 400 && EXPECTS_TLS.iter().any(|words| said.contains(words)) {
        causes.push(cause("tls-missing-tcp-passthrough", Likely, "the target expects TLS and was sent plain HTTP through a TCP listener"));
        causes.push(cause("tg-protocol-http-vs-tls", Possible, "the target expects TLS, and the target group speaks plain HTTP"));
        return causes;
    }
    if refuses_host(answer) {
        causes.push(cause("host-rejected-by-app", Likely, "the application refuses the host name that the request came with"));
        causes.push(cause("cm-host-is-task-address", Possible, "behind Cloud Map the Host is the task's address unless it is overwritten"));
        return causes;
    }
    match answer.status {
        301 | 302 | 307 | 308 => causes.extend(to_itself(answer, asked)),
        404 => causes.extend(prefix(&said, asked)),
        405 => {
            let why = "the integration may send one fixed method whatever the client's is";
            causes.push(cause("integration-method-fixed", Possible, why));
        }
        400 if said.contains("proxy protocol")
            || said.contains("invalid http request received")
            || said.contains("bad request version") =>
        {
            let why = "the application did not understand the beginning of the request: proxy protocol, or TLS where it speaks none";
            causes.push(cause("nlb-proxy-protocol", Possible, why));
        }
        400 if said.contains("<h1>bad request (400)</h1>") => {
            causes.push(cause("host-rejected-by-app", Possible, "Django says so, among other reasons, of a Host that it does not know"));
        }
        426 | 101 => {
            causes.push(cause("upgrade-or-streaming", Possible, "an HTTP API speaks HTTP/1.1 to what is behind it, and upgrades nothing"))
        }
        _ => {}
    }
    causes
}

/// A redirect to the same path with https: the application believes that the client came without TLS.
fn to_itself(answer: &Answer, asked: &Asked) -> Option<Cause> {
    let (path, url) = (asked.path()?, asked.url.as_deref()?);
    leads_to_itself(answer, path, url).then(|| {
        let why = "the application redirects to the same path with https, although the client used it";
        cause("app-forces-https", Likely, why)
    })
}

/// Names of stages that a path may begin with, in the order of the alphabet.
const STAGES: &[&str] =
    &["beta", "dev", "development", "live", "prd", "prod", "production", "qa", "stage", "staging", "stg", "test", "uat"];

/// The path that the application says it got begins with the stage.
fn prefix(said: &str, asked: &Asked) -> Vec<Cause> {
    let stage_of = |path: &str| path.split('/').nth(1).map(str::to_ascii_lowercase).filter(|segment| !segment.is_empty());
    let got = quoted_path(said).and_then(stage_of);
    let sent = asked.path().and_then(stage_of).filter(|_| asked.own_endpoint() == Some(true));
    let named = |segment: &String| STAGES.contains(&segment.as_str());
    let (confidence, why) = match (&got, &sent) {
        (Some(got), Some(sent)) if got == sent && named(got) => {
            (Likely, "the application got the path with the stage's name before it, as the client sent it")
        }
        (Some(got), _) if named(got) => (Likely, "the path that the application names begins like the name of a stage"),
        (Some(_), _) => (Possible, "a named stage stays in the path that the application gets: compare it with the path that it names"),
        (None, _) => (Possible, "a named stage stays in the path that the application gets, which may not know it"),
    };
    vec![
        cause("stage-prefix-forwarded", confidence, why),
        cause("overwrite-path-wrong", Possible, "the path that the integration sets may not be the application's"),
        cause("rule-order", Possible, "a rule with a lower number may send the request to another application"),
    ]
}

/// The path that an error page names: Express, Spring, Rails and others say which one they did not find.
fn quoted_path(said: &str) -> Option<&str> {
    let after = [
        "cannot get ",
        "cannot post ",
        "cannot head ",
        "\"path\":\"",
        "\"path\": \"",
        "url /",
        "route /",
        "no static resource ",
        "no route matches [get] \"",
        "the requested resource [",
    ]
    .iter()
    .find_map(|words| said.find(words).map(|at| &said[at + words.trim_end_matches('/').len()..]))?;
    let path = after.split(['"', '<', ' ', '\'', ',', '}', ']']).next()?;
    path.starts_with('/').then_some(path)
}
