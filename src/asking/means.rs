//! What a request is sent with, read from the command line before anything else is done: a slip shows at once, and not after the AWS calls.

use crate::cli::AskArgs;
use crate::error::Failure;
use crate::probe::{Family, Identity, ProbeRequest, Trust, Way};
use hyper::body::Bytes;
use std::env;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A longer body than this is a slip: API Gateway takes 10 MB.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const BODY_LIMIT: u64 = 10 * 1024 * 1024;

/// What every request of a run is sent with. Not `Debug`: it holds credentials.
#[derive(Clone)]
pub(crate) struct Means {
    /// Header fields, the bearer token included.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub(crate) body: Bytes,
    /// How to get there.
    pub(crate) way: Way,
    /// Who signs.
    pub(crate) signer: Option<Arc<dyn Sign>>,
    /// How often each request is asked.
    pub(crate) rounds: u32,
    /// The pause between two rounds.
    pub(crate) pause: Duration,
}

/// Somebody who signs a request.
pub(crate) trait Sign: Send + Sync {
    /// The header fields that make it signed at this moment.
    fn sign(&self, request: &ProbeRequest, now: SystemTime) -> Result<Vec<(String, String)>, String>;
}

impl Means {
    /// Reads files and environment. An error never quotes what it read.
    pub(crate) fn read(args: &AskArgs) -> Result<Means, Failure> {
        let mut headers = args.header.clone();
        if let Some(variable) = &args.bearer_env {
            headers.push(("authorization".to_owned(), format!("Bearer {}", token(variable)?)));
        }
        let identity = match (&args.client_cert, &args.client_key) {
            (Some(certificate), Some(key)) => Some(Arc::new(Identity::read(certificate, key).map_err(Failure::usage)?)),
            (Some(_), None) | (None, Some(_) | None) => None,
        };
        let family = if args.ipv4 { Some(Family::V4) } else { args.ipv6.then_some(Family::V6) };
        let way = Way {
            timeout: args.timeout,
            connect_timeout: args.connect_timeout,
            family,
            pins: args.resolve.clone(),
            identity,
            trust: Trust::Platform,
        };
        let body = args.body.as_deref().map_or(Ok(Bytes::new()), body)?;
        Ok(Means { headers, body, way, signer: None, rounds: args.repeat, pause: args.interval.unwrap_or_default() })
    }
}

fn token(variable: &str) -> Result<String, Failure> {
    let value = env::var(variable).map_err(|_| Failure::usage(format!("--bearer-env: there is no environment variable {variable}")))?;
    let value = value.trim();
    if value.is_empty() || value.chars().any(|c| c.is_control() || c == ' ') {
        return Err(Failure::usage(format!("--bearer-env: what {variable} holds is no token")));
    }
    Ok(value.to_owned())
}

fn body(text: &str) -> Result<Bytes, Failure> {
    let Some(file) = text.strip_prefix('@') else { return Ok(Bytes::from(text.to_owned())) };
    let failed = |error: std::io::Error| Failure::usage(format!("--body: cannot read {file}: {error}"));
    let size = fs::metadata(file).map_err(failed)?.len();
    if size > BODY_LIMIT {
        return Err(Failure::usage(format!("--body: {file} has {size} bytes, and API Gateway takes {BODY_LIMIT}")));
    }
    fs::read(file).map(Bytes::from).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_text_or_a_file() {
        assert_eq!(body("{}").expect("a text"), "{}");
        let manifest = concat!("@", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(body(manifest).expect("a file").starts_with(b"[workspace]"));
        assert!(body("@/no/such/file").expect_err("no file").message.contains("/no/such/file"));
    }

    #[test]
    fn a_token_that_is_not_there_is_a_slip() {
        let failure = token("APIGW_DOCTOR_NO_SUCH_VARIABLE").expect_err("it is not set");
        assert!(failure.exit_code == 2 && failure.message.contains("APIGW_DOCTOR_NO_SUCH_VARIABLE"));
    }
}
