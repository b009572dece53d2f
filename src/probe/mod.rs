//! The probe: one request to the endpoint, and what became of it, as data.
//!
//! An attempt is never an error: a name that does not resolve is an answer to the question "what does a client get?".
//! One call makes one connection and sends one request. Redirects are shown, not followed; nothing is retried, nothing is decompressed;
//! the body is read until the cap or until the time is up, whichever comes first. Proxies of the environment are not used: the probe has to
//! see the endpoint itself, and an answer of a proxy would be blamed on the deployment.
//! What came back is hostile text. It is kept as it came (lossy UTF-8); making it safe to show is the renderers' work.

mod failure;
mod timing;
mod tls;

#[cfg(test)]
mod tests;

use apigw_doctor_checks::answer::{Answer, Attempt, AttemptResult, FailureReason};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url, redirect, retry};
use rustls::RootCertStore;
use std::sync::Arc;
use std::time::Duration;
use timing::{Clock, ConnectTiming, SystemResolver};
use tls::Presented;

/// A longer body is cut here.
const BODY_CAP: usize = 64 * 1024;

/// Name resolution, TCP and TLS together may take this long. API Gateway's endpoints connect in well under a second.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Who asks. A user's own `User-Agent` wins.
const USER_AGENT: &str = concat!("apigw-doctor/", env!("CARGO_PKG_VERSION"));

/// One request. Not `Debug`: header values may be credentials.
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
    /// The whole attempt may take this long.
    pub(crate) timeout: Duration,
}

/// Asks once. Certificates are judged by the platform's roots (or those of `SSL_CERT_FILE`), as by other clients on this machine.
pub(crate) async fn ask(request: &ProbeRequest) -> Attempt {
    ask_trusting(request, tls::platform_roots()).await
}

async fn ask_trusting(request: &ProbeRequest, roots: Arc<RootCertStore>) -> Attempt {
    let clock = Clock::start();
    let presented = Presented::default();
    let result = match prepare(request, roots, &clock, &presented) {
        Ok((client, prepared)) => exchange(request, client, prepared, &clock, &presented).await,
        Err(reason) => AttemptResult::NotMade { reason },
    };
    Attempt {
        method: request.method.to_ascii_uppercase(),
        path: request.path.clone(),
        stage: request.stage.clone(),
        url: without_credentials(&request.url),
        result,
        timings: clock.timings(),
        presented_chain: presented.chain_as_pem(),
    }
}

/// Everything that can be wrong before anything is sent. The error never quotes a header's value.
fn prepare(
    request: &ProbeRequest,
    roots: Arc<RootCertStore>,
    clock: &Clock,
    presented: &Presented,
) -> Result<(Client, reqwest::Request), String> {
    let url = Url::parse(&request.url).map_err(|error| format!("not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the URL is neither http nor https".to_owned());
    }
    let method = Method::from_bytes(request.method.to_ascii_uppercase().as_bytes()).map_err(|_| "not an HTTP method".to_owned())?;
    let tls = tls::client_config(roots, clock.clone(), presented.clone()).map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let client = Client::builder()
        .user_agent(USER_AGENT)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(connect_limit(request))
        .dns_resolver(SystemResolver::new(clock.clone()))
        .connector_layer(ConnectTiming::new(clock.clone()))
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(|error| format!("the HTTP client cannot be set up: {}", failure::root_cause(&error)))?;
    let prepared = client.request(method, url).headers(header_map(&request.headers)?).build();
    let prepared = prepared.map_err(|error| format!("not a request: {}", failure::root_cause(&error.without_url())))?;
    Ok((client, prepared))
}

fn connect_limit(request: &ProbeRequest) -> Duration {
    CONNECT_LIMIT.min(request.timeout)
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("not a header name: {name}"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| format!("header {name} has a value that cannot be sent"))?;
        value.set_sensitive(true); // kept out of every debug output, and out of HTTP/2's compression table
        map.append(known, value);
    }
    Ok(map)
}

async fn exchange(
    request: &ProbeRequest,
    client: Client,
    prepared: reqwest::Request,
    clock: &Clock,
    presented: &Presented,
) -> AttemptResult {
    let mut arrived = None;
    let outcome = tokio::time::timeout(request.timeout, read_answer(client, prepared, clock, &mut arrived)).await;
    match (outcome, arrived) {
        (Ok(Ok(())), Some(answer)) => AttemptResult::Answered(answer.into_answer()),
        (Ok(Ok(())), None) => failed((FailureReason::Protocol, "no answer was read".to_owned())),
        (Ok(Err(error)), arrived) => {
            let limit = if clock.is_connected() { request.timeout } else { connect_limit(request) };
            let (reason, detail) = failure::of_error(&error.without_url(), clock.step(), limit, presented);
            failed((reason, Arrived::told(arrived.as_ref(), detail)))
        }
        (Err(_), arrived) => {
            let (reason, detail) = failure::of_timeout(clock.step(), request.timeout);
            failed((reason, Arrived::told(arrived.as_ref(), detail)))
        }
    }
}

fn failed((reason, detail): (FailureReason, String)) -> AttemptResult {
    AttemptResult::Failed { reason, detail }
}

/// What has arrived so far. It outlives the time limit, so that a failure can say how far the answer got.
struct Arrived {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    truncated: bool,
}

impl Arrived {
    fn into_answer(self) -> Answer {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        Answer { status: self.status, headers: self.headers, body, body_truncated: self.truncated }
    }

    /// Part of an answer is not an answer, but its status is worth knowing.
    fn told(arrived: Option<&Arrived>, detail: String) -> String {
        match arrived {
            Some(arrived) => format!("{detail}; status {} and {} bytes of the body had arrived", arrived.status, arrived.body.len()),
            None => detail,
        }
    }
}

async fn read_answer(
    client: Client,
    prepared: reqwest::Request,
    clock: &Clock,
    arrived: &mut Option<Arrived>,
) -> Result<(), reqwest::Error> {
    let mut response = client.execute(prepared).await?;
    clock.first_byte();
    let field = |(name, value): (&HeaderName, &HeaderValue)| (name.as_str().to_owned(), lossy(value));
    let headers = response.headers().iter().map(field).collect();
    let answer = arrived.insert(Arrived { status: response.status().as_u16(), headers, body: Vec::new(), truncated: false });
    while let Some(chunk) = response.chunk().await? {
        let room = BODY_CAP - answer.body.len();
        answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            answer.truncated = true;
            break; // dropping the response closes the connection: an endless body ends here
        }
    }
    Ok(())
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The URL as it may be recorded: user name and password are for the request alone.
fn without_credentials(url: &str) -> String {
    if let Ok(mut parsed) = Url::parse(url)
        && parsed.has_host()
    {
        if parsed.username().is_empty() && parsed.password().is_none() {
            return url.to_owned();
        }
        // Both can fail only for URLs without a host.
        let _ = parsed.set_username("");
        let _ = parsed.set_password(None);
        return parsed.into();
    }
    // Not a URL that could be asked; whatever stands before an @ might still be a password.
    match (url.split_once("//"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}//{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        (_, None) => url.to_owned(),
    }
}
