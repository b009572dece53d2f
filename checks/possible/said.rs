//! Rows that the attempt itself speaks for: how it failed, or what the application said.

use super::{behind, possible};
use crate::answer::{Answer, Attempt, AttemptResult};
use crate::diagnose::{Cause, Observed};
use crate::finding::Confidence;
use crate::journey::{End, Journey};
use crate::model::deployment::Deployment;
use crate::model::gateway::DEFAULT_STAGE;
use crate::model::subject::SubjectKind;
use crate::semantics::routes;
use crate::symptom::Symptom;

/// What applications say when they refuse the `Host` of a request, in lower case: Django, Rails, Vite and webpack, Starlette, Windows, Jetty, Go.
const HOST_REFUSED: &[&str] = &[
    "disallowedhost",
    "invalid http_host header",
    "blocked host",
    "invalid host header",
    "is not allowed.",
    "misdirected request",
    "invalid hostname",
    "bad host header",
    "malformed host header",
];

/// The rows that fit what happened.
pub(super) fn rows(deployment: &Deployment, journey: &Journey, observed: &Observed) -> Option<Cause> {
    let attempt = &observed.attempt;
    let domain = deployment.requests().get(journey.request).and_then(|request| request.domain.as_deref());
    match (&attempt.result, observed.attribution.symptom) {
        (AttemptResult::Failed { .. }, Symptom::NoDns) => {
            domain.map(|domain| possible("domain-no-dns", format!("no DNS record was found for the custom domain name {domain}")))
        }
        (AttemptResult::Failed { .. }, Symptom::TlsFailed) => domain.map(|domain| {
            let why = format!("the record of {domain} may lead to the API's own endpoint, whose certificate is for another name");
            possible("domain-cname-to-execute-api", why)
        }),
        (AttemptResult::Failed { .. }, Symptom::ConnectFailed) => attempt
            .url
            .starts_with("http://")
            .then(|| possible("http-scheme-used", "the request went to http://, and API Gateway listens for https:// only".to_owned())),
        (AttemptResult::Answered(answer), Symptom::TargetAnswer) => {
            application(attempt, answer).or_else(|| behind::words(deployment, journey, answer))
        }
        (AttemptResult::Answered(answer), Symptom::GatewayOther) => too_large(answer),
        (AttemptResult::Answered(_), Symptom::GatewayNotFound) => without_stage(deployment, journey, attempt),
        (AttemptResult::Answered(answer), Symptom::LbFixedResponse) => caught(deployment, journey, answer),
        (AttemptResult::Answered(_), Symptom::GatewayUnauthorized | Symptom::GatewayForbidden) => preflight(deployment, journey),
        _ => None,
    }
}

fn application(attempt: &Attempt, answer: &Answer) -> Option<Cause> {
    if matches!(answer.status, 301 | 302 | 307 | 308) && leads_to_itself(answer, &attempt.path, &attempt.url) {
        let why = "the application redirects to the same path with https, although the client used it";
        return Some(possible("app-forces-https", why.to_owned()));
    }
    refuses_host(answer)
        .then(|| possible("host-rejected-by-app", "the application refuses the host name that the request came with".to_owned()))
}

/// The answer of an application that does not know the `Host` that it was sent.
pub(crate) fn refuses_host(answer: &Answer) -> bool {
    let said = answer.body.to_lowercase();
    let refused =
        matches!(answer.status, 400 | 403 | 421) && said.contains("host") && HOST_REFUSED.iter().any(|words| said.contains(words));
    refused || answer.status == 421
}

/// `Location` has the path of the request, with or without the stage. The host may be any that the application sees.
pub(crate) fn leads_to_itself(answer: &Answer, asked_path: &str, asked_url: &str) -> bool {
    let location = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location")).map(|(_, value)| value.as_str());
    let path = |url: &str| {
        let rest = url.strip_prefix("https://")?;
        let path = rest.find('/').map_or("/", |at| &rest[at..]);
        Some(path.split(['?', '#']).next().unwrap_or_default().to_owned())
    };
    let asked = asked_path.split('?').next().unwrap_or_default();
    location.and_then(path).is_some_and(|led| led == asked || Some(led) == path(asked_url))
}

fn too_large(answer: &Answer) -> Option<Cause> {
    match answer.status {
        413 => Some(possible("payload-too-large", "API Gateway takes bodies of up to 10 MB".to_owned())),
        431 => Some(possible("request-too-large-headers", "API Gateway takes request lines and headers of up to 10 240 bytes".to_owned())),
        _ => None,
    }
}

/// AWS says of `$default` alone that it catches preflight requests; that `ANY` does so, too, is seen in the field
/// (<https://github.com/anomalyco/sst/issues/5493>).
fn preflight(deployment: &Deployment, journey: &Journey) -> Option<Cause> {
    let request = deployment.requests().get(journey.request).filter(|request| request.method == "OPTIONS")?;
    deployment.api().ok()?.cors.as_ref()?;
    let route = routes::select(deployment.routes().ok()?, &request.method, request.bare_path()).chosen?.route;
    (route.key.starts_with("ANY ") && route.authorization_type != "NONE").then(|| {
        let why = format!("{} takes preflight requests, too, and asks them for credentials, which no browser sends", route.key);
        possible("cors-preflight-authorized", why)
    })
}

/// The URL that was really asked lacks the segment of the stage.
fn without_stage(deployment: &Deployment, journey: &Journey, attempt: &Attempt) -> Option<Cause> {
    let request = deployment.requests().get(journey.request).filter(|request| request.domain.is_none())?;
    let stage = &deployment.stage_for(request).ok()??.name;
    let asked = attempt.url.split_once("://")?.1.split_once('/').map_or("", |(_, path)| path);
    let named = asked.split(['/', '?']).next() == Some(stage.as_str());
    let own = attempt.url.contains(".execute-api.");
    (own && !named && stage != DEFAULT_STAGE).then(|| {
        let why = format!("the URL that was asked does not name stage {stage}, and there is no $default");
        Cause { confidence: Confidence::Likely, ..possible("no-default-stage", why) }
    })
}

/// A rule takes the request and answers it itself, as it is told to.
fn caught(deployment: &Deployment, journey: &Journey, answer: &Answer) -> Option<Cause> {
    let says_so = journey.ends.contains(&End::FixedResponse(answer.status));
    let station = journey.stations.iter().rfind(|station| station.subject.kind == SubjectKind::Rule).filter(|_| says_so)?;
    let mut rules = deployment.facts().rules.values().filter_map(|rules| rules.value()).flatten();
    let rule = rules.find(|rule| Some(&rule.arn) == station.subject.arn.as_ref())?;
    let number = rule.priority.map_or_else(|| "a rule".to_owned(), |number| format!("rule {number}"));
    let why = format!(
        "{number} takes the request and answers with {}, before a later rule or the default action could forward it",
        answer.status
    );
    Some(Cause { subject: Some(station.subject.clone()), ..possible("rule-order", why) })
}
