//! The one way to AWS: each call is counted, bounded, watched, and its failure judged in one place.

use super::Progress;
use super::accumulator::Accumulator;
use super::call::Call;
use super::network::Vpc;
use super::outcome::{Kind, Lacks, Refusal, need, refusal};
use super::session::{Clients, SENT, Session};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore};

/// Reads one deployment.
pub(super) struct Reader<'a> {
    session: &'a Session,
    /// Where facts go.
    pub(super) facts: &'a Accumulator,
    progress: &'a dyn Progress,
    vpcs: Mutex<BTreeMap<String, Arc<OnceCell<Vpc>>>>,
    claimed: Mutex<BTreeSet<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(session: &'a Session, facts: &'a Accumulator, progress: &'a dyn Progress) -> Reader<'a> {
        Reader { session, facts, progress, vpcs: Mutex::default(), claimed: Mutex::default() }
    }

    /// The clients of the services.
    pub(super) fn aws(&self) -> &Clients {
        &self.session.clients
    }

    /// The Region that is asked.
    pub(super) fn region(&self) -> &str {
        self.session.region()
    }

    /// The place of a VPC's facts: whoever comes second waits for the first instead of asking again.
    pub(super) fn vpc(&self, id: &str) -> Arc<OnceCell<Vpc>> {
        let mut vpcs = self.vpcs.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(vpcs.entry(id.to_owned()).or_default())
    }

    /// True for the first who wants to read a resource that several lead to.
    pub(super) fn claim(&self, arn: &str) -> bool {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned())
    }

    /// Makes a call.
    ///
    /// The SDK's futures are tens of kilobytes each. They go to the heap before anything else, because dozens of them
    /// side by side in one state machine overflow the stack of a thread.
    pub(super) fn ask<'r, T, E>(
        &'r self,
        call: Call,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + 'r,
    ) -> impl Future<Output = Result<T, Refusal>> + 'r
    where
        T: 'r,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let request = Box::pin(request);
        async move {
            let of_service = call.label().starts_with("apigatewayv2:").then_some(&self.session.gateway);
            let _gateway = match of_service {
                Some(semaphore) => Some(permit(semaphore).await),
                None => None,
            };
            let _any = permit(&self.session.all).await;
            let _watched = Watched::new(self.progress, call.label());
            let counted = async { (request.await, SENT.with(Cell::get)) };
            let (result, sent) = SENT.scope(Cell::new(0), counted).await;
            let result = result.map_err(|error| refusal(call, &error, sent));
            self.facts.count(result.as_ref().is_err_and(|refusal| refusal.kind == Kind::Denied));
            result
        }
    }

    /// Makes a call whose answer comes in pages; each page is a call of its own.
    pub(super) async fn pages<T, E, O, F>(
        &self,
        call: Call,
        request: impl Fn(Option<String>) -> F,
        open: impl Fn(O) -> (Option<Vec<T>>, Option<String>),
    ) -> Result<Vec<T>, Refusal>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (mut items, mut token) = (Vec::new(), None);
        loop {
            let (more, next) = open(self.ask(call, request(token.clone())).await?);
            // AWS sends an empty list too. An answer without any list is not an answer to this question: it may be
            // the beginning of one, which the parsers of the SDK would take for "there are none".
            items.extend(need(more, "the list").map_err(|lacks| Refusal::unreadable(call, lacks))?);
            let next = next.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(items);
            }
            if next == token {
                return Err(Refusal::unreadable(call, Lacks("a next page other than the last")));
            }
            token = next;
        }
    }
}

/// Maps each item of an answer; one that lacks what AWS always sends makes the whole answer unreadable.
pub(super) fn each<S, T>(call: Call, items: &[S], map: impl Fn(&S) -> Result<T, Lacks>) -> Result<Vec<T>, Refusal> {
    items.iter().map(map).collect::<Result<_, _>>().map_err(|lacks| Refusal::unreadable(call, lacks))
}

/// The same, by key.
pub(super) fn by_key<S, T>(
    call: Call,
    items: &[S],
    map: impl Fn(&S) -> Result<T, Lacks>,
    key: impl Fn(&T) -> String,
) -> Result<BTreeMap<String, T>, Refusal> {
    Ok(each(call, items, map)?.into_iter().map(|item| (key(&item), item)).collect())
}

async fn permit(semaphore: &Semaphore) -> tokio::sync::SemaphorePermit<'_> {
    semaphore.acquire().await.expect("the semaphores of a session are never closed")
}

/// Tells of the end of a call also when the call is dropped.
struct Watched<'a> {
    progress: &'a dyn Progress,
    what: &'static str,
}

impl<'a> Watched<'a> {
    fn new(progress: &'a dyn Progress, what: &'static str) -> Watched<'a> {
        progress.started(what);
        Watched { progress, what }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.progress.finished(self.what);
    }
}
