//! The probe: one request to the endpoint, and what became of it, as data.
//!
//! An attempt is never an error: a name that does not resolve is an answer to the question "what does a client get?".
//! One call makes one connection and sends one request. Redirects are shown, not followed; nothing is retried, nothing is decompressed;
//! the body is read until the cap or until the time is up, whichever comes first. Proxies of the environment are not used: the probe has to
//! see the endpoint itself, and an answer of a proxy would be blamed on the deployment.
//! What came back is hostile text. It is kept as it came (lossy UTF-8); making it safe to show is the renderers' work.

mod apart;
pub(crate) mod command;
mod connector;
mod exchange;
mod failure;
pub(crate) mod inside;
mod prepare;
mod seen;
mod suites;
mod timing;
mod tls;
mod way;

#[cfg(test)]
mod tests;

use apart::Leave;
use apigw_doctor_checks::answer::{Attempt, AttemptResult, FailureReason};
use exchange::{Arrived, SoFar};
use hyper::body::Bytes;
use prepare::Prepared;
use seen::Seen;

#[cfg(feature = "aws")]
pub(crate) use inside::ask_inside;
pub(crate) use prepare::without_credentials;
pub(crate) use way::{Family, Identity, Pin, Trust, Way};

/// One request. Not `Debug`: header values and the body may be credentials.
#[derive(Clone)]
pub(crate) struct ProbeRequest {
    /// HTTP method.
    pub(crate) method: String,
    /// The path asked for, without the stage; only recorded.
    pub(crate) path: String,
    /// The stage asked for; only recorded.
    pub(crate) stage: String,
    /// The full URL to request.
    pub(crate) url: String,
    /// Further header fields.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub(crate) body: Bytes,
    /// What is asked, if it is not the API's endpoint; only recorded.
    pub(crate) asked: Option<String>,
    /// How to get there.
    pub(crate) way: Way,
}

/// Asks once.
pub(crate) async fn ask(request: &ProbeRequest) -> Attempt {
    let leave = apart::leave().await;
    let seen = Seen::start();
    let result = match prepare::prepare(request, &seen) {
        Ok(prepared) => answer(leave, prepared, &request.way, &seen).await,
        Err(reason) => AttemptResult::NotMade { reason },
    };
    Attempt {
        method: request.method.to_ascii_uppercase(),
        path: request.path.clone(),
        stage: request.stage.clone(),
        url: without_credentials(&request.url),
        result,
        timings: seen.timings(),
        presented_chain: seen.chain_as_pem(),
        connection: seen.connection(),
        asked: request.asked.clone(),
    }
}

async fn answer(leave: Leave, to: Prepared, way: &Way, seen: &Seen) -> AttemptResult {
    let unwanted = to.address.filter(|address| !way.wants(*address));
    if let (Some(_), Some(family)) = (unwanted, way.family) {
        return failed((FailureReason::Connect, way::none_of(family)));
    }
    if let Some(why) = to.impossible {
        return failed((FailureReason::Dns, why));
    }
    let so_far = SoFar::default();
    let exchange = exchange::exchange(to, seen.clone(), so_far.clone());
    let outcome = match tokio::time::timeout(way.timeout, apart::apart(leave, exchange)).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(error)) => return AttemptResult::NotMade { reason: format!("it could not be started: {error}") },
        Err(out_of_time) => Err(out_of_time),
    };
    match (outcome, so_far.taken()) {
        (Ok(Ok(())), Some(answer)) => AttemptResult::Answered(answer.into_answer()),
        (Ok(Ok(())), None) => failed((FailureReason::Protocol, "no answer was read".to_owned())),
        (Ok(Err(error)), arrived) => {
            let (reason, detail) = failure::of_error(&error.without_url(), seen.step(), way.connect_limit(), seen.objection());
            failed((reason, Arrived::told(arrived.as_ref(), detail)))
        }
        (Err(_), arrived) => {
            let (reason, detail) = out_of_time(way.timeout, seen);
            failed((reason, Arrived::told(arrived.as_ref(), detail)))
        }
    }
}

/// Time is up. What the verifier objected to before counts more than the handshake that did not end.
fn out_of_time(limit: std::time::Duration, seen: &Seen) -> (FailureReason, String) {
    match seen.objection() {
        Some(objection) => (FailureReason::Tls, objection),
        None => failure::of_timeout(seen.step(), limit),
    }
}

fn failed((reason, detail): (FailureReason, String)) -> AttemptResult {
    AttemptResult::Failed { reason, detail }
}
