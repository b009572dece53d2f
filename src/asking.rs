//! What is asked: the request of the command line, its stage, and the question itself. An attempt is data, never an error.

use crate::cli::RequestArgs;
use crate::error::Failure;
use crate::probe::{self, ProbeRequest, Way};
use crate::suggest;
use apigw_doctor_checks::answer::{Attempt, AttemptResult, Connection, Timings};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::gateway::DEFAULT_STAGE;
use apigw_doctor_checks::model::request::Request;

/// What is asked for when nobody names a path.
pub(crate) const DEFAULT_PATH: &str = "/health";

/// The request of the command line.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "a capture says what was asked"))]
pub(crate) fn request(args: &RequestArgs) -> Request {
    over(Request::get(DEFAULT_PATH), args)
}

/// A request with what the command line says differently.
pub(crate) fn over(base: Request, args: &RequestArgs) -> Request {
    Request {
        method: args.method.clone().unwrap_or(base.method),
        path: args.path.clone().unwrap_or(base.path),
        stage: args.stage.clone().or(base.stage),
        headers: if args.header.is_empty() { base.headers } else { header_names(&args.header) },
        domain: base.domain,
        inside: None,
    }
}

/// Which header fields are sent decides whether an authorizer sees credentials; their values are nobody's business.
fn header_names(headers: &[(String, String)]) -> Vec<String> {
    let mut names: Vec<String> = headers.iter().map(|(name, _)| name.trim().to_ascii_lowercase()).collect();
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

/// Asks for what the user wants explained; an attempt is data, never an error.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "without the SDK nothing was read that one could ask about"))]
pub(crate) async fn ask(facts: &Facts, request: &Request, args: &RequestArgs) -> Attempt {
    let stage = stage_of(&Deployment::new(facts.clone(), vec![request.clone()]), request);
    if args.no_probe {
        return not_asked(request, stage, "--no-probe");
    }
    let base = match (&args.invoke_url, &request.domain) {
        (Some(url), _) => Some(url.clone()),
        (None, Some(host)) if host.starts_with('*') => return not_asked(request, stage, "a wildcard is no host; --invoke-url names one"),
        (None, Some(host)) => Some(format!("https://{host}")),
        (None, None) => invoke_url(facts, &stage),
    };
    let Some(base) = base else {
        let why = "the invoke URL is not known, because the API could not be read; --invoke-url names it";
        return not_asked(request, stage, why);
    };
    let url = format!("{base}{}", request.path);
    let headers = args.header.clone();
    let request = ProbeRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        stage,
        url,
        headers,
        body: Vec::new(),
        asked: None,
        way: Way::within(args.timeout),
    };
    without_secrets(probe::ask(&request).await)
}

/// A session cookie explains nothing and would stand in every capture.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "without the SDK nothing is asked"))]
fn without_secrets(mut attempt: Attempt) -> Attempt {
    if let AttemptResult::Answered(answer) = &mut attempt.result {
        for (_, value) in answer.headers.iter_mut().filter(|(name, _)| name == "set-cookie") {
            "(not kept)".clone_into(value);
        }
    }
    attempt
}

/// The stage's own invoke URL, without a trailing slash.
pub(crate) fn invoke_url(facts: &Facts, stage: &str) -> Option<String> {
    let endpoint = facts.api.value()?.endpoint.trim_end_matches('/').to_owned();
    if endpoint.is_empty() {
        return None;
    }
    Some(if stage == DEFAULT_STAGE { endpoint } else { format!("{endpoint}/{stage}") })
}
