//! Collection over the wire: recorded answers, through the SDK's own signer, retries and parsers.

mod article;
mod beside;
mod chain;
mod described;
mod discovery;
mod domains;
mod failures;
mod pages;
mod remaining;
mod resolving;
mod whole;

use super::accumulator::Collected;
use super::replay::{Replay, Script};
use super::{Accumulator, ApiRef, CollectError, Silent, collect, resolve};
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::time::Timestamp;

/// When the deployment is read.
fn now() -> Timestamp {
    Timestamp::from_unix(1_795_000_000)
}

/// Collects the article's API from a running stand-in.
async fn collected(replay: &Replay) -> Result<Collected, CollectError> {
    let session = replay.session();
    let api = resolve(&session, article::API).await?;
    collect(&session, &api, now(), &Silent, &Accumulator::default()).await
}

/// The facts that a script leads to.
async fn facts(script: Script) -> Facts {
    collected(&Replay::start(script)).await.expect("there is something to examine").facts
}

/// The API that a text means, as the stand-in answers.
async fn resolved(replay: &Replay, text: &str) -> Result<ApiRef, CollectError> {
    resolve(&replay.session(), text).await
}
