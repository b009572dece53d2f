//! How long each phase took, and which phase a failure belongs to.
//!
//! What each number means:
//! - `dns`: the system resolver's answer for the name, all addresses. Absent for an address literal, and for a name with a given address.
//! - `tcp`: until a connection stands, over as many addresses as were tried.
//! - `tls`: from the client's hello until the handshake is complete. Absent without TLS.
//! - `first byte`: from the moment the connection is ready until the head of the answer is read, sending the request included.
//! - `total`: from the first to the last thing done, the body included.

use apigw_doctor_checks::answer::Timings;
use std::time::{Duration, Instant};

/// The step an attempt has come to, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Asking for the addresses of a name.
    Resolve,
    /// Setting up the TCP connection.
    Connect,
    /// The TLS handshake.
    Handshake,
    /// Connected: sending the request, waiting for the head of the answer.
    Answer,
    /// Reading the body.
    Body,
}

/// The moments of one attempt.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    begun: Vec<(Step, Instant)>,
}

impl Clock {
    pub(super) fn start() -> Clock {
        Clock { started: Instant::now(), begun: Vec::new() }
    }

    /// A step begins, and with it the one before it ends. Only its first beginning counts.
    pub(super) fn begins(&mut self, step: Step) {
        if self.reached(step).is_none() {
            self.begun.push((step, Instant::now()));
        }
    }

    /// When a step began.
    pub(super) fn reached(&self, step: Step) -> Option<Instant> {
        self.begun.iter().find(|(begun, _)| *begun == step).map(|(_, at)| *at)
    }

    /// The step that began last.
    pub(super) fn step(&self) -> Step {
        self.begun.last().map_or(Step::Connect, |(step, _)| *step)
    }

    pub(super) fn timings(&self) -> Timings {
        Timings {
            dns_ms: self.took(Step::Resolve),
            tcp_ms: self.took(Step::Connect),
            tls_ms: self.took(Step::Handshake),
            first_byte_ms: self.took(Step::Answer),
            total_ms: millis(self.started.elapsed()),
        }
    }

    /// How long a step took that is over.
    fn took(&self, step: Step) -> Option<u64> {
        let at = self.begun.iter().position(|(begun, _)| *begun == step)?;
        let (began, ended) = (self.begun[at].1, self.begun.get(at + 1)?.1);
        Some(millis(ended.duration_since(began)))
    }
}

/// A duration in whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
