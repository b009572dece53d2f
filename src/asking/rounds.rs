//! Asking: each request once in a round, round after round. An attempt is data, never an error.

use super::means::Means;
use super::{invoke_url, not_asked, stage_of};
use crate::cli::RequestArgs;
use crate::probe::{self, ProbeRequest};
use apigw_doctor_checks::answer::{Attempt, AttemptResult};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::request::Request;
use std::time::{Duration, SystemTime};

/// So long may the answers take before somebody is told that they are still waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many bytes of the header fields, and of the body, are kept of an answer whose like came before. The pages of API Gateway and of the
/// load balancers are far shorter.
const KEPT_AGAIN: usize = 4096;

/// And so many of one header field's value: a long one must not push those out that tell who answered.
const VALUE_KEPT_AGAIN: usize = 512;

/// So many kinds of answers to a request are kept whole. A peer that answers each time with another status is not worth more.
const KINDS: usize = 4;

/// Asks for what the user wants explained.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "without the SDK nothing was read that one could ask about"))]
pub(crate) async fn ask(facts: &Facts, requests: &[Request], args: &RequestArgs, means: &Means) -> Vec<Attempt> {
    let deployment = Deployment::new(facts.clone(), requests.to_vec());
    let (mut to_ask, mut attempts) = (Vec::new(), Vec::new());
    for request in requests {
        let stage = stage_of(&deployment, request);
        match prepare(facts, request, &stage, args, means) {
            Ok(prepared) => to_ask.push(prepared),
            Err(reason) => attempts.push(not_asked(request, stage, reason)),
        }
    }
    attempts.extend(ask_rounds(&to_ask, means).await);
    attempts
}

/// Asks each of these, round after round.
pub(crate) async fn ask_rounds(requests: &[ProbeRequest], means: &Means) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut whole = vec![0; requests.len()];
    for round in 0..means.rounds {
        if round > 0 {
            tokio::time::sleep(means.pause).await;
        }
        for (index, request) in requests.iter().enumerate() {
            let mut attempt = ask_signed(request, means).await;
            // The first of its kind is kept whole; a thousand of them would be too much.
            let before = || attempts.iter().skip(index).step_by(requests.len());
            let like = before().find(|other| same_kind(other, &attempt)).or_else(|| before().next().filter(|_| whole[index] == KINDS));
            match like {
                Some(like) => slim(&mut attempt, like),
                None => whole[index] += 1,
            }
            attempts.push(attempt);
        }
    }
    attempts
}

/// The same status, or the same failure.
fn same_kind(one: &Attempt, other: &Attempt) -> bool {
    match (&one.result, &other.result) {
        (AttemptResult::Answered(one), AttemptResult::Answered(other)) => one.status == other.status,
        (AttemptResult::Failed { reason, .. }, AttemptResult::Failed { reason: other, .. }) => reason == other,
        (AttemptResult::NotMade { .. }, AttemptResult::NotMade { .. }) => true,
        _ => false,
    }
}

/// What is kept of an answer like one that came before: enough to tell who wrote it.
fn slim(attempt: &mut Attempt, like: &Attempt) {
    if attempt.presented_chain == like.presented_chain {
        attempt.presented_chain.clear();
    }
    if let AttemptResult::Answered(answer) = &mut attempt.result {
        let mut room = KEPT_AGAIN;
        answer.headers.retain_mut(|(name, value)| {
            shorten(value, VALUE_KEPT_AGAIN);
            let fits = name.len() + value.len() <= room;
            room -= if fits { name.len() + value.len() } else { 0 };
            fits
        });
        answer.headers.shrink_to_fit();
        answer.body_truncated |= shorten(&mut answer.body, KEPT_AGAIN);
    }
}

/// Cuts a text between two characters. False: it is short enough.
fn shorten(text: &mut String, most: usize) -> bool {
    let at = (0..=most).rev().find(|at| text.len() > most && text.is_char_boundary(*at));
    if let Some(at) = at {
        text.truncate(at);
        text.shrink_to_fit();
    }
    at.is_some()
}

/// A signature holds for some minutes only, so each attempt gets its own.
async fn ask_signed(request: &ProbeRequest, means: &Means) -> Attempt {
    let Some(signer) = &means.signer else { return without_secrets(probe::ask(request).await, &request.headers) };
    let mut signed = request.clone();
    match signer.sign(request, SystemTime::now()) {
        Ok(fields) => signed.headers.extend(fields),
        Err(reason) => {
            let asked = Request { method: request.method.clone(), ..Request::get(&request.path) };
            return not_asked(&asked, request.stage.clone(), &format!("it cannot be signed: {reason}"));
        }
    }
    without_secrets(probe::ask(&signed).await, &signed.headers)
}

/// The request as it is sent, or why it is not.
fn prepare(facts: &Facts, request: &Request, stage: &str, args: &RequestArgs, means: &Means) -> Result<ProbeRequest, &'static str> {
    if args.no_probe {
        return Err("--no-probe");
    }
    let base = match (&args.invoke_url, &request.domain) {
        (Some(url), _) => Some(url.clone()),
        (None, Some(host)) if host.starts_with('*') => return Err("a wildcard is no host; --invoke-url names one"),
        (None, Some(host)) => Some(format!("https://{host}")),
        (None, None) => invoke_url(facts, stage),
    };
    let base = base.ok_or("the invoke URL is not known, because the API could not be read; --invoke-url names it")?;
    Ok(ProbeRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        stage: stage.to_owned(),
        url: format!("{base}{}", request.path),
        headers: means.headers.clone(),
        body: means.body.clone(),
        asked: None,
        way: means.way.clone(),
    })
}

/// A session cookie explains nothing and would stand in every capture. Neither should a credential that somebody sends back as he got it.
fn without_secrets(mut attempt: Attempt, sent: &[(String, String)]) -> Attempt {
    let AttemptResult::Answered(answer) = &mut attempt.result else { return attempt };
    for (_, value) in answer.headers.iter_mut().filter(|(name, _)| matches!(name.as_str(), "set-cookie" | "set-cookie2")) {
        NOT_KEPT.clone_into(value);
    }
    for secret in secrets(sent) {
        let texts = answer.headers.iter_mut().map(|(_, value)| value).chain([&mut answer.body]);
        for text in texts.filter(|text| text.contains(secret)) {
            *text = text.replace(secret, NOT_KEPT);
        }
    }
    attempt
}

const NOT_KEPT: &str = "(not kept)";

/// What was sent as a credential, with and without its scheme. Shorter than six characters it could be a part of any text.
fn secrets(sent: &[(String, String)]) -> impl Iterator<Item = &str> {
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "cookie" || ["auth", "token", "secret", "key"].iter().any(|part| name.contains(part))
    };
    let values = sent.iter().filter(move |(name, _)| is_secret(name)).map(|(_, value)| value.as_str());
    let parts = values.flat_map(|value| [Some(value), value.split_once(' ').map(|(_, rest)| rest)]).flatten();
    parts.filter(|secret| secret.len() >= 6)
}

/// Does the work, and tells somebody once when it takes its time.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "without the SDK nothing is examined before it is asked"))]
pub(crate) async fn patiently<T>(work: impl Future<Output = T>, tell: impl FnOnce()) -> T {
    patiently_for(PATIENCE, work, tell).await
}

async fn patiently_for<T>(patience: Duration, work: impl Future<Output = T>, tell: impl FnOnce()) -> T {
    let mut work = std::pin::pin!(work);
    match tokio::time::timeout(patience, &mut work).await {
        Ok(done) => done,
        Err(_) => {
            tell();
            work.await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn somebody_is_told_once_and_only_when_it_takes_long() {
        let told = Cell::new(0);
        let tell = || told.set(told.get() + 1);
        assert_eq!(patiently_for(Duration::from_secs(60), async { 1 }, tell).await, 1);
        assert_eq!(told.get(), 0);
        // Slow until somebody was told: it does not depend on the machine's speed.
        let until_told = async {
            while told.get() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            2
        };
        assert_eq!(patiently_for(Duration::from_millis(5), until_told, tell).await, 2);
        assert_eq!(told.get(), 1);
    }
}
