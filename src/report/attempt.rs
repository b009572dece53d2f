//! What was seen of connections, and what came how often: the parts that reports about attempts share.

use super::contract::ObservedReport;
use apigw_doctor_checks::answer::{Attempt, AttemptResult, Attribution, Connection, FailureReason, Timings, TlsSession};
use apigw_doctor_checks::repeated::{Outcome, Percentiles, Summary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Milliseconds per phase; null when a phase was not reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct TimingsReport {
    pub(crate) dns_ms: Option<u64>,
    pub(crate) tcp_ms: Option<u64>,
    pub(crate) tls_ms: Option<u64>,
    pub(crate) first_byte_ms: Option<u64>,
    pub(crate) total_ms: u64,
}

/// What was seen of a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ConnectionReport {
    /// All addresses of the name.
    pub(crate) addresses: Vec<String>,
    /// The address and port that accepted the connection.
    pub(crate) peer: Option<String>,
    /// Null without TLS.
    pub(crate) tls: Option<TlsReport>,
    pub(crate) http_version: Option<String>,
}

/// A TLS session. Version, cipher suite and ALPN are null when the handshake was not completed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct TlsReport {
    /// The name that was asked for.
    pub(crate) server_name: String,
    pub(crate) version: Option<String>,
    pub(crate) cipher_suite: Option<String>,
    pub(crate) alpn: Option<String>,
    /// Why the certificate does not verify; null when it does.
    pub(crate) verification_error: Option<String>,
    pub(crate) leaf: Option<LeafReport>,
}

/// What a presented leaf certificate says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct LeafReport {
    /// DNS names of the subject alternative names.
    pub(crate) names: Vec<String>,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// RFC 3339.
    pub(crate) not_after: String,
}

/// What came of several attempts at one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RepeatedReport {
    /// How many were made.
    pub(crate) made: usize,
    /// How many were answered as expected.
    pub(crate) as_expected: usize,
    /// What was not expected first, then the most frequent.
    pub(crate) outcomes: Vec<OutcomeReport>,
    /// By the address and port that accepted the connection.
    pub(crate) addresses: Vec<AddressReport>,
    /// Over the whole duration; null when none was made.
    pub(crate) total_ms: Option<PercentilesReport>,
}

/// One distinct outcome, and how often it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OutcomeReport {
    /// Null where no answer came.
    pub(crate) status: Option<u16>,
    /// `dns`, `connect`, `tls`, `timeout`, `reset` or `protocol`; null where an answer came.
    pub(crate) failure: Option<String>,
    pub(crate) producer: String,
    pub(crate) symptom: String,
    pub(crate) as_expected: bool,
    pub(crate) times: usize,
}

/// How often an address accepted, and how often the answer there was an expected one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AddressReport {
    pub(crate) address: String,
    pub(crate) times: usize,
    pub(crate) as_expected: usize,
}

/// Milliseconds, by nearest rank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PercentilesReport {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) max: u64,
}

/// What came back, in the contract's words.
pub(crate) fn observed(attempt: &Attempt, attribution: &Attribution, as_expected: bool) -> ObservedReport {
    match &attempt.result {
        AttemptResult::Answered(answer) => ObservedReport::Answered {
            status: answer.status,
            producer: attribution.producer.name().to_owned(),
            symptom: attribution.symptom.name().to_owned(),
            latency_ms: attempt.timings.total_ms,
            confidence: attribution.confidence.name().to_owned(),
            as_expected,
            marks: attribution.marks.clone(),
            timings: timings(&attempt.timings),
            connection: connection(attempt),
        },
        AttemptResult::Failed { reason, detail } => ObservedReport::Failed {
            reason: failure_name(*reason),
            detail: detail.clone(),
            symptom: attribution.symptom.name().to_owned(),
            connection: connection(attempt),
        },
        AttemptResult::NotMade { reason } => ObservedReport::NotMade { reason: reason.clone() },
    }
}

/// The durations of an attempt.
pub(crate) fn timings(timings: &Timings) -> TimingsReport {
    TimingsReport {
        dns_ms: timings.dns_ms,
        tcp_ms: timings.tcp_ms,
        tls_ms: timings.tls_ms,
        first_byte_ms: timings.first_byte_ms,
        total_ms: timings.total_ms,
    }
}

/// What an attempt saw; `None` when that is nothing.
pub(crate) fn connection(attempt: &Attempt) -> Option<ConnectionReport> {
    let of: &Connection = &attempt.connection;
    (!of.is_empty()).then(|| ConnectionReport {
        addresses: of.addresses.clone(),
        peer: of.peer.clone(),
        tls: of.tls.as_ref().map(tls),
        http_version: of.http_version.clone(),
    })
}

fn tls(of: &TlsSession) -> TlsReport {
    TlsReport {
        server_name: of.server_name.clone(),
        version: of.version.clone(),
        cipher_suite: of.cipher_suite.clone(),
        alpn: of.alpn.clone(),
        verification_error: of.verification_error.clone(),
        leaf: of.leaf.as_ref().map(|leaf| LeafReport {
            names: leaf.names.clone(),
            subject: leaf.subject.clone(),
            issuer: leaf.issuer.clone(),
            not_after: leaf.not_after.to_string(),
        }),
    }
}

/// The name of a failure in JSON.
pub(crate) fn failure_name(reason: FailureReason) -> String {
    let name = serde_json::to_value(reason).ok().and_then(|value| value.as_str().map(str::to_owned));
    name.unwrap_or_default()
}

/// What came of several attempts; `None` for a single one.
pub(crate) fn repeated(summary: &Summary) -> Option<RepeatedReport> {
    (summary.made > 1).then(|| RepeatedReport {
        made: summary.made,
        as_expected: summary.as_expected,
        outcomes: summary.outcomes.iter().map(|counted| outcome(&counted.what, counted.times)).collect(),
        addresses: summary
            .addresses
            .iter()
            .map(|one| AddressReport { address: one.what.clone(), times: one.times, as_expected: one.as_expected })
            .collect(),
        total_ms: summary.total_ms.map(percentiles),
    })
}

fn outcome(of: &Outcome, times: usize) -> OutcomeReport {
    OutcomeReport {
        status: of.status,
        failure: of.failure.map(failure_name),
        producer: of.producer.name().to_owned(),
        symptom: of.symptom.name().to_owned(),
        as_expected: of.as_expected,
        times,
    }
}

fn percentiles(of: Percentiles) -> PercentilesReport {
    PercentilesReport { p50: of.p50, p90: of.p90, p99: of.p99, max: of.max }
}

impl RepeatedReport {
    /// The summary for people, line by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} of {} as expected", self.as_expected, self.made)];
        if let Some(of) = &self.total_ms {
            lines[0].push_str(&format!("; p50 {} ms, p90 {} ms, p99 {} ms, max {} ms", of.p50, of.p90, of.p99, of.max));
        }
        let address = |one: &AddressReport| format!("{}: {} of {} as expected", one.address, one.as_expected, one.times);
        lines.extend(self.addresses.iter().map(address));
        lines
    }
}
