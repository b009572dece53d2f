//! From an error to the step at which it happened, and its cause in words.
//!
//! The step is known from the clock, not guessed from the error: what happens before the connection is ready belongs to name resolution, TCP or
//! TLS, whatever the error's type; only later is the error itself asked whether the peer hung up or did not speak HTTP. Running out of time
//! counts for the step that took too long, and for `timeout` once the request was under way.
//! Words come from the root of the error's chain of causes. Nothing here quotes the URL or a header.

use super::connector::Refused;
use super::timing::Step;
use super::tls;
use apigw_doctor_checks::answer::FailureReason;
use std::error::Error;
use std::io;
use std::time::Duration;

/// The failure behind an error of the client. `objection` is the verifier's, `limit` the time for becoming connected.
pub(super) fn of_error(error: &reqwest::Error, step: Step, limit: Duration, objection: Option<String>) -> (FailureReason, String) {
    let out_of_time = causes(error).any(|cause| matches!(cause.downcast_ref(), Some(Refused::OutOfTime)));
    match (step, objection) {
        // What the verifier objects to is not spoken to, and counts more than a handshake that did not end.
        (Step::Handshake | Step::Answer, Some(objection)) => (FailureReason::Tls, objection),
        (_, _) if out_of_time => of_timeout(step, limit),
        (Step::Resolve, _) => (FailureReason::Dns, root_cause(error)),
        (Step::Connect, _) => (FailureReason::Connect, root_cause(error)),
        (Step::Handshake, None) => (FailureReason::Tls, handshake_words(error)),
        (Step::Answer | Step::Body, _) => of_exchange(error),
    }
}

/// The failure of running out of time.
pub(super) fn of_timeout(step: Step, limit: Duration) -> (FailureReason, String) {
    match step {
        Step::Resolve => (FailureReason::Dns, format!("the name was not resolved within {limit:?}")),
        Step::Connect => (FailureReason::Connect, format!("no TCP connection within {limit:?}")),
        Step::Handshake => (FailureReason::Tls, format!("the TLS handshake was not complete within {limit:?}")),
        Step::Answer => (FailureReason::Timeout, format!("connected, but no answer within {limit:?}")),
        Step::Body => (FailureReason::Timeout, format!("the answer was not complete within {limit:?}")),
    }
}

/// The failure behind an error after the connection was ready.
fn of_exchange(error: &reqwest::Error) -> (FailureReason, String) {
    // With TLS 1.3 an endpoint refuses the client (no client certificate, say) only after the client's side is complete.
    if let Some(found) = tls_error(error) {
        return (FailureReason::Tls, tls::words(found));
    }
    let reason = if hung_up(error) { FailureReason::Reset } else { FailureReason::Protocol };
    (reason, root_cause(error))
}

pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn handshake_words(error: &reqwest::Error) -> String {
    if let Some(found) = tls_error(error) {
        return tls::words(found);
    }
    if hung_up(error) {
        return "the endpoint closed the connection during the TLS handshake".to_owned();
    }
    root_cause(error)
}

/// The error and what caused it, outermost first. An I/O error hides the error it was made from: it names that one's cause as its own.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// The TLS error among the causes.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The peer closed or reset the connection. I/O errors are nested, and the outer ones have a kind of their own.
fn hung_up(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>().is_some_and(|io| is_hang_up(io.kind()));
        io || cause.downcast_ref::<hyper::Error>().is_some_and(is_cut_short)
    })
}

fn is_hang_up(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof
    )
}

fn is_cut_short(error: &hyper::Error) -> bool {
    error.is_incomplete_message() || error.is_canceled() || error.is_closed()
}
