//! One request over one connection, and as much of the answer as is kept.
//!
//! A hostile peer costs no more than the limits here: so many fields, so many bytes in flight, so many of a body; the client itself refuses a
//! head of more than half a megabyte. Interim answers (1xx) are passed over, as the protocol asks for; a peer that sends nothing else runs
//! into the time limit, which is kept elsewhere (`apart`).

use super::connector::{Resolver, Watch};
use super::prepare::Prepared;
use super::seen::Seen;
use super::timing::Step;
use super::tls;
use super::way::Way;
use apigw_doctor_checks::answer::Answer;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, redirect, retry};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A longer body is cut here.
pub(super) const BODY_CAP: usize = 64 * 1024;

/// So much may be in flight over HTTP/2 before it is read, and so long may its list of fields be.
const WINDOW: u32 = 128 * 1024;

/// What has arrived so far.
pub(super) struct Arrived {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    truncated: bool,
}

/// The same while it arrives. Clones share it: it outlives the time limit.
#[derive(Clone, Default)]
pub(super) struct SoFar(Arc<Mutex<Option<Arrived>>>);

impl SoFar {
    /// What has arrived by now.
    pub(super) fn taken(&self) -> Option<Arrived> {
        self.arrived().take()
    }

    /// A panic elsewhere cannot leave it half written.
    fn arrived(&self) -> MutexGuard<'_, Option<Arrived>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps some more of the body. False: there is enough of it, or nobody waits for it.
    fn keeps(&self, chunk: &[u8]) -> bool {
        let mut arrived = self.arrived();
        let Some(answer) = arrived.as_mut() else { return false };
        let room = BODY_CAP - answer.body.len();
        answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        answer.truncated = chunk.len() > room;
        !answer.truncated
    }
}

impl Arrived {
    pub(super) fn into_answer(self) -> Answer {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        Answer { status: self.status, headers: self.headers, body, body_truncated: self.truncated }
    }

    /// Part of an answer is not an answer, but its status is worth knowing.
    pub(super) fn told(arrived: Option<&Arrived>, detail: String) -> String {
        match arrived {
            Some(arrived) => format!("{detail}; status {} and {} bytes of the body had arrived", arrived.status, arrived.body.len()),
            None => detail,
        }
    }
}

/// A client for one request. Proxies, redirects, retries and the pool are off: one attempt makes one connection to the endpoint itself.
pub(super) fn client(port: u16, http1_only: bool, way: &Way, seen: &Seen) -> Result<Client, String> {
    let tls = tls::client_config(way, seen, http1_only)?;
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .pool_max_idle_per_host(0)
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(WINDOW)
        .http2_max_header_list_size(WINDOW)
        .dns_resolver(Resolver::new(port, way, seen))
        .connector_layer(Watch::new(way, seen))
        .tls_backend_preconfigured(tls);
    if http1_only {
        builder = builder.http1_only();
    }
    builder.build().map_err(|error| format!("the HTTP client cannot be set up: {error}"))
}

/// Sends the request and reads the answer.
pub(super) async fn exchange(to: Prepared, seen: Seen, so_far: SoFar) -> Result<(), reqwest::Error> {
    if to.address.is_some() {
        seen.begins(Step::Connect); // else the resolver says when
    }
    let mut response = to.client.execute(to.request).await?;
    seen.begins(Step::Body);
    seen.speaks(response.version());
    let field = |(name, value): (&HeaderName, &HeaderValue)| (name.as_str().to_owned(), lossy(value));
    let headers = response.headers().iter().map(field).collect();
    *so_far.arrived() = Some(Arrived { status: response.status().as_u16(), headers, body: Vec::new(), truncated: false });
    while let Some(chunk) = response.chunk().await? {
        if !so_far.keeps(&chunk) {
            break; // dropping the response closes the connection: an endless body ends here
        }
    }
    Ok(())
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
