//! One request over one connection, and as much of the answer as is kept.
//!
//! A hostile peer costs no more than the limits here: so many bytes of a head, so many fields, so many bytes in flight, so many of a body.
//! Interim answers (1xx) are passed over, as the protocol asks for, as long as they are few.

use super::connect::Connected;
use super::failure::Broken;
use super::metered::{Allowance, Metered};
use super::prepare::Prepared;
use super::seen::Seen;
use super::timing::Step;
use apigw_doctor_checks::answer::Answer;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::task::JoinSet;

/// A longer body is cut here.
pub(super) const BODY_CAP: usize = 64 * 1024;

/// A longer head is refused, and so is more than this before it. API Gateway and the load balancers allow far less.
const HEAD_CAP: usize = 256 * 1024;

/// So much may be in flight over HTTP/2 before it is read.
const WINDOW: u32 = 128 * 1024;

/// How long the reason of a broken connection is waited for, once it is known to be broken.
const REASON: Duration = Duration::from_millis(200);

/// What has arrived so far.
pub(super) struct Arrived {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    truncated: bool,
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

/// Sends the request and reads the answer.
pub(super) async fn exchange(to: &Prepared, connected: Connected, seen: &Seen, arrived: &mut Option<Arrived>) -> Result<(), Broken> {
    let http2 = connected.speaks_http2();
    let allowance = Allowance::of(HEAD_CAP);
    let connected = TokioIo::new(Metered::new(connected, allowance.clone()));
    let request = to.request(http2).map_err(Broken::NotSent)?;
    // Dropping the set ends the connection: an endless body ends here, and nothing is left running.
    let mut connection = JoinSet::new();
    let sent =
        if http2 { over_http2(connected, request, &mut connection).await } else { over_http1(connected, request, &mut connection).await };
    let mut response = match sent {
        Ok(response) => response,
        Err(error) => return Err(Broken::Http(reason(error, &mut connection).await)),
    };
    allowance.lift();
    seen.begins(Step::Body);
    seen.speaks(response.version());
    let field = |(name, value): (&HeaderName, &HeaderValue)| (name.as_str().to_owned(), lossy(value));
    let headers = response.headers().iter().map(field).collect();
    let answer = arrived.insert(Arrived { status: response.status().as_u16(), headers, body: Vec::new(), truncated: false });
    read_body(&mut response, answer).await.map_err(Broken::Http)
}

async fn over_http1(
    connected: TokioIo<Metered<Connected>>,
    request: Request<Full<Bytes>>,
    connection: &mut JoinSet<hyper::Result<()>>,
) -> hyper::Result<Response<Incoming>> {
    let mut builder = http1::Builder::new();
    let (mut sender, work) = builder.max_buf_size(HEAD_CAP).handshake(connected).await?;
    connection.spawn(work);
    sender.send_request(request).await
}

async fn over_http2(
    connected: TokioIo<Metered<Connected>>,
    request: Request<Full<Bytes>>,
    connection: &mut JoinSet<hyper::Result<()>>,
) -> hyper::Result<Response<Incoming>> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW).max_header_list_size(WINDOW);
    let (mut sender, work) = builder.handshake(connected).await?;
    connection.spawn(work);
    sender.send_request(request).await
}

/// That a request was cancelled says little; why the connection ended says more.
async fn reason(error: hyper::Error, connection: &mut JoinSet<hyper::Result<()>>) -> hyper::Error {
    if !error.is_canceled() && !error.is_closed() {
        return error;
    }
    match tokio::time::timeout(REASON, connection.join_next()).await {
        Ok(Some(Ok(Err(cause)))) => cause,
        Ok(Some(Ok(Ok(())) | Err(_)) | None) | Err(_) => error,
    }
}

async fn read_body(response: &mut Response<Incoming>, answer: &mut Arrived) -> hyper::Result<()> {
    while let Some(frame) = response.frame().await {
        let Ok(chunk) = frame?.into_data() else { continue }; // trailers
        let room = BODY_CAP - answer.body.len();
        answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            answer.truncated = true;
            break;
        }
    }
    Ok(())
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
