//! What came back for a request: an attempt is data, never an error.

use crate::finding::Confidence;
use crate::symptom::{Producer, Symptom};
use serde::{Deserialize, Serialize};

/// One request of the probe and what became of it. Part of a capture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// HTTP method, upper case.
    pub method: String,
    /// The path asked for, without the stage.
    pub path: String,
    /// The stage asked for.
    pub stage: String,
    /// The full URL that was requested.
    pub url: String,
    /// What came of it.
    pub result: AttemptResult,
    /// How long each phase took.
    pub timings: Timings,
    /// The certificate chain the endpoint presented, leaf first, as PEM. Empty without TLS.
    #[serde(default)]
    pub presented_chain: Vec<String>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum AttemptResult {
    /// An HTTP answer came back.
    Answered(Answer),
    /// No HTTP answer.
    Failed {
        /// At which step it failed.
        reason: FailureReason,
        /// The error in words.
        detail: String,
    },
    /// No request was made (`--no-probe`, or the URL is not known).
    NotMade {
        /// Why not.
        reason: String,
    },
}

/// Where an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureReason {
    /// The name did not resolve.
    Dns,
    /// TCP connect failed.
    Connect,
    /// The TLS handshake failed or the certificate was refused.
    Tls,
    /// The time limit was reached.
    Timeout,
    /// The connection was closed early.
    Reset,
    /// Not HTTP.
    Protocol,
}

impl FailureReason {
    /// The symptom of this failure.
    pub fn symptom(self) -> Symptom {
        match self {
            FailureReason::Dns => Symptom::NoDns,
            FailureReason::Connect => Symptom::ConnectFailed,
            FailureReason::Tls => Symptom::TlsFailed,
            FailureReason::Timeout => Symptom::TimedOut,
            FailureReason::Reset => Symptom::Reset,
            FailureReason::Protocol => Symptom::ProtocolError,
        }
    }
}

/// An HTTP answer, capped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header fields in order of arrival, names in lower case, values as UTF-8 (lossy).
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body as UTF-8 (lossy); at most 64 KiB.
    pub body: String,
    /// True when the body was longer than what is kept.
    #[serde(default)]
    pub body_truncated: bool,
}

impl Answer {
    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Durations in milliseconds since the phase began; absent when the phase was not reached or cannot be told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Name resolution.
    pub dns_ms: Option<u64>,
    /// TCP connect.
    pub tcp_ms: Option<u64>,
    /// TLS handshake.
    pub tls_ms: Option<u64>,
    /// From the request's last byte to the answer's first byte.
    pub first_byte_ms: Option<u64>,
    /// The whole attempt.
    pub total_ms: u64,
}

/// An answer put into its class: who wrote it and what it is, and the marks that decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// Who wrote it.
    pub producer: Producer,
    /// What it is.
    pub symptom: Symptom,
    /// How sure that is. An attribution of before there was a confidence counts as possible.
    #[serde(default = "unsaid")]
    pub confidence: Confidence,
    /// The marks that decided, as short phrases: "body is API Gateway's one-key JSON".
    pub marks: Vec<String>,
}

fn unsaid() -> Confidence {
    Confidence::Possible
}
