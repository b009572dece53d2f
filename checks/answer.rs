//! What came back for a request: an attempt is data, never an error.

use crate::finding::Confidence;
use crate::model::time::Timestamp;
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
    /// What was seen on the way to the answer.
    #[serde(default, skip_serializing_if = "Connection::is_empty")]
    pub connection: Connection,
    /// What this attempt asks, when it does not ask the API's endpoint: "the listener at 10.0.1.20, as the integration does".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
}

/// What was seen of a connection, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// All addresses of the name, in the resolver's order, without ports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The address and port that accepted the connection, for example `192.0.2.7:443`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The TLS session; absent without TLS, or when it did not come to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSession>,
    /// The HTTP version of the answer, for example `HTTP/1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_version: Option<String>,
}

impl Connection {
    /// True when nothing was seen: nothing was asked, or an older version asked.
    pub fn is_empty(&self) -> bool {
        *self == Connection::default()
    }
}

/// A TLS session with an endpoint. That its certificate does not verify is one thing, that the handshake fails is another: the handshake is
/// completed to see what is presented, and no request is sent where the certificate does not verify.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSession {
    /// The name that was asked for (SNI), and that the certificate was verified for.
    pub server_name: String,
    /// The protocol version, for example `TLSv1.3`; absent when the handshake was not completed. So are the next two.
    #[serde(default)]
    pub version: Option<String>,
    /// The cipher suite by its IANA name, for example `TLS_AES_256_GCM_SHA384`.
    #[serde(default)]
    pub cipher_suite: Option<String>,
    /// The application protocol that the endpoint chose (ALPN): `h2`; absent when it chose `http/1.1` or none.
    #[serde(default)]
    pub alpn: Option<String>,
    /// Why the certificate does not verify; absent when it does, and when none was presented.
    #[serde(default)]
    pub verification_error: Option<String>,
    /// What the presented leaf certificate says; absent when none was presented or it cannot be read.
    #[serde(default)]
    pub leaf: Option<Leaf>,
}

/// What a presented leaf certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// DNS names of the subject alternative names.
    pub names: Vec<String>,
    /// The subject, for example `CN=api.example.com`.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// The last moment of validity.
    pub not_after: Timestamp,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An attempt as the first version wrote it.
    const OLD: &str = r#"{"method":"GET","path":"/health","stage":"$default","url":"https://example.com/health","result":{"kind":"failed","reason":"tls","detail":"x"},"timings":{"dns_ms":1,"tcp_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":7},"presented_chain":[]}"#;

    #[test]
    fn an_old_attempt_is_read_and_written_as_it_was() {
        let read: Attempt = serde_json::from_str(OLD).expect("it is read");
        assert!(read.connection.is_empty() && read.asked.is_none());
        assert_eq!(serde_json::to_string(&read).expect("it is written"), OLD);
    }

    #[test]
    fn what_was_seen_is_read_again() {
        let mut attempt: Attempt = serde_json::from_str(OLD).expect("it is read");
        let leaf = Leaf {
            names: vec!["a.example".to_owned()],
            subject: "CN=a".to_owned(),
            issuer: "CN=b".to_owned(),
            not_after: Timestamp::from_unix(0),
        };
        let error = Some("expired".to_owned());
        let session =
            TlsSession { server_name: "a.example".to_owned(), verification_error: error, leaf: Some(leaf), ..TlsSession::default() };
        attempt.connection = Connection { peer: Some("192.0.2.7:443".to_owned()), tls: Some(session), ..Connection::default() };
        let written = serde_json::to_string(&attempt).expect("it is written");
        assert_eq!(serde_json::from_str::<Attempt>(&written).expect("it is read again"), attempt);
    }
}
