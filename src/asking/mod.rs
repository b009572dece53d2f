//! What is asked: the requests of the command line, their stage, what they are sent with, and the questions themselves.

mod means;
mod rounds;
#[cfg(feature = "aws")]
mod sigv4;
mod watch;

use crate::cli::{AskArgs, RequestArgs};
use crate::error::Failure;
use crate::suggest;
use apigw_doctor_checks::answer::{Attempt, AttemptResult, Connection, Timings};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::gateway::DEFAULT_STAGE;
use apigw_doctor_checks::model::request::Request;

pub(crate) use means::{Means, Sign};
pub(crate) use rounds::ask_rounds;
#[cfg(feature = "aws")]
pub(crate) use rounds::{ask, patiently};
#[cfg(feature = "aws")]
pub(crate) use sigv4::Sigv4;
pub(crate) use watch::Watch;

/// What is asked for when nobody names a path.
pub(crate) const DEFAULT_PATH: &str = "/health";

/// The requests of the command line.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "a capture says what was asked"))]
pub(crate) fn requests(args: &RequestArgs) -> Vec<Request> {
    over(&Request::get(DEFAULT_PATH), args)
}

/// A request with what the command line says differently: each of its methods at each of its paths, in order.
pub(crate) fn over(base: &Request, args: &RequestArgs) -> Vec<Request> {
    let ask = &args.ask;
    let paths = if ask.path.is_empty() { vec![base.path.clone()] } else { ask.path.clone() };
    let methods = if ask.method.is_empty() { vec![base.method.clone()] } else { ask.method.clone() };
    let headers = header_names(ask);
    let mut requests: Vec<Request> = Vec::new();
    for path in &paths {
        for method in &methods {
            let request = Request {
                method: method.clone(),
                path: path.clone(),
                stage: args.stage.clone().or_else(|| base.stage.clone()),
                headers: if headers.is_empty() { base.headers.clone() } else { headers.clone() },
                domain: base.domain.clone(),
                inside: None,
            };
            if !requests.contains(&request) {
                requests.push(request);
            }
        }
    }
    requests
}

/// Which header fields are sent decides whether an authorizer sees credentials; their values are nobody's business.
fn header_names(ask: &AskArgs) -> Vec<String> {
    let mut names: Vec<String> = ask.header.iter().map(|(name, _)| name.trim().to_ascii_lowercase()).collect();
    if ask.bearer_env.is_some() || ask.sigv4 {
        names.push("authorization".to_owned());
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Several stages and no `$default`: which one is meant is the user's to say. A stage that does not exist is a slip, too.
pub(crate) fn choose_stage(facts: &Facts, request: &Request) -> Result<(), Failure> {
    let Some(stages) = facts.stages.value().filter(|stages| !stages.is_empty()) else { return Ok(()) };
    let names: Vec<&str> = stages.keys().map(String::as_str).collect();
    let (api, listed) = (&facts.api_id, names.join(", "));
    match &request.stage {
        Some(name) if !stages.contains_key(name) => {
            Err(Failure::usage(format!("API {api} has no stage \"{name}\"{}; its stages: {listed}", suggest::hint(name, &names))))
        }
        None if stages.len() > 1 && !stages.contains_key(DEFAULT_STAGE) => {
            Err(Failure::usage(format!("API {api} has no $default stage: name one with --stage: {listed}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// The stage that a request goes to, whether it exists or not.
pub(crate) fn stage_of(deployment: &Deployment, request: &Request) -> String {
    let found = deployment.stage_for(request).ok().flatten().map(|stage| stage.name.clone());
    found.or_else(|| request.stage.clone()).unwrap_or_else(|| DEFAULT_STAGE.to_owned())
}

/// A request that was not made, and why.
pub(crate) fn not_asked(request: &Request, stage: String, reason: &str) -> Attempt {
    Attempt {
        method: request.method.clone(),
        path: request.path.clone(),
        stage,
        url: String::new(),
        result: AttemptResult::NotMade { reason: reason.to_owned() },
        timings: Timings::default(),
        presented_chain: Vec::new(),
        connection: Connection::default(),
        asked: None,
    }
}

/// The stage's own invoke URL, without a trailing slash.
pub(crate) fn invoke_url(facts: &Facts, stage: &str) -> Option<String> {
    let endpoint = facts.api.value()?.endpoint.trim_end_matches('/').to_owned();
    if endpoint.is_empty() {
        return None;
    }
    Some(if stage == DEFAULT_STAGE { endpoint } else { format!("{endpoint}/{stage}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_is_asked_of_each_path() {
        let mut args = RequestArgs::unsent("GET".to_owned(), "/a".to_owned(), None);
        args.ask.path.push("/b".to_owned());
        args.ask.method.extend(["POST".to_owned(), "GET".to_owned()]);
        args.ask.bearer_env = Some("TOKEN".to_owned());
        let requests = requests(&args);
        let lines: Vec<String> = requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect();
        assert_eq!(lines, ["GET /a", "POST /a", "GET /b", "POST /b"]);
        assert!(requests.iter().all(|request| request.carries("authorization")));
    }
}
