//! Denied or failed? One function decides it, for every service.
//!
//! AWS says "you may not" in four protocols and a dozen codes. Whatever is not surely a denial is a failure:
//! the report then says what happened instead of naming a permission that might not be missing.

use super::call::Call;
use super::error::CollectError;
use apigw_doctor_checks::model::fetched::Fetched;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// A call that brought no answer to its question.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The call.
    pub(super) call: Call,
    /// What kind of failure it is.
    pub(super) kind: Kind,
    /// What happened, in words.
    pub(super) what: String,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The credentials may not make the call.
    Denied,
    /// AWS says that what was asked for does not exist.
    Missing,
    /// There are no credentials.
    NoCredentials,
    /// AWS does not accept the credentials.
    BadCredentials,
    /// Nobody answers.
    Unreachable,
    /// Somebody answers who does not speak as AWS does.
    NotAws,
    /// Anything else: throttled, timed out, an answer that cannot be read.
    Failed,
}

/// A field that AWS always sends and that is not there, or does not hold what it should.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lacks(pub(super) &'static str);

/// Reads a field that AWS always sends: its absence makes the answer unreadable, never a default.
pub(super) fn need<T>(value: Option<T>, field: &'static str) -> Result<T, Lacks> {
    value.ok_or(Lacks(field))
}

/// The same for a text that is never empty. Where AWS declares a field as required, the SDK fills its absence with "".
pub(super) fn text(value: Option<String>, field: &'static str) -> Result<String, Lacks> {
    need(value.filter(|text| !text.is_empty()), field)
}

/// The same for an enumeration, whose absence the SDK fills with a word of its own.
pub(super) fn word(value: Option<&str>, field: &'static str) -> Result<String, Lacks> {
    need(value.filter(|word| *word != "no value was set").map(str::to_owned), field)
}

impl Refusal {
    /// An answer that lacks what AWS always sends.
    pub(super) fn unreadable(call: Call, lacks: Lacks) -> Refusal {
        Refusal { call, kind: Kind::Failed, what: format!("unreadable answer: {} is missing or malformed", lacks.0) }
    }

    /// What stands in place of the fact: it names the call, so that a reader knows what to try or to allow.
    pub(super) fn into_gap<T>(self) -> Fetched<T> {
        match self.kind {
            Kind::Denied => Fetched::Denied { action: self.call.action().to_owned() },
            Kind::Missing | Kind::NoCredentials | Kind::BadCredentials | Kind::Unreachable | Kind::NotAws | Kind::Failed => {
                Fetched::Failed { what: format!("{}: {}", self.call.label(), self.what) }
            }
        }
    }

    /// The error this is when it meets the very first call: then no other call would fare better.
    pub(super) fn fatal(&self) -> Option<CollectError> {
        let what = self.what.clone();
        match self.kind {
            Kind::NoCredentials => Some(CollectError::NoCredentials { what }),
            Kind::BadCredentials => Some(CollectError::BadCredentials { what }),
            Kind::Unreachable => Some(CollectError::Unreachable { what }),
            Kind::NotAws => Some(CollectError::NotAws { what }),
            Kind::Denied | Kind::Missing | Kind::Failed => None,
        }
    }
}

/// An answer, or what stands in its place.
pub(super) trait Answer<T> {
    /// The fact, or why it is not there.
    fn fetched(self) -> Fetched<T>;
    /// The same for a resource that is asked for by its id: AWS may say that there is none.
    fn existing(self) -> Fetched<Option<T>>;
}

impl<T> Answer<T> for Result<T, Refusal> {
    fn fetched(self) -> Fetched<T> {
        self.map_or_else(Refusal::into_gap, Fetched::Known)
    }

    fn existing(self) -> Fetched<Option<T>> {
        match self {
            Err(refusal) if refusal.kind == Kind::Missing => Fetched::Known(None),
            other => other.map(Some).fetched(),
        }
    }
}

/// Decides what became of a call that failed, after so many attempts.
pub(super) fn refusal<E>(call: Call, error: &SdkError<E, HttpResponse>, attempts: u32) -> Refusal
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (kind, what) = match error {
        // An answer that should be one, but that the parser did not understand.
        SdkError::ServiceError(answer) if answer.raw().status().is_success() => {
            (Kind::Failed, format!("unreadable answer: {}", causes(error)))
        }
        SdkError::ServiceError(answer) => judge(answer.err().code(), answer.err().message(), answer.raw().status().as_u16(), attempts),
        SdkError::TimeoutError(_) => (Kind::Failed, format!("no answer in time{}", after(attempts))),
        SdkError::ResponseError(answer) => {
            (Kind::Failed, format!("unreadable answer (HTTP {}): {}", answer.raw().status().as_u16(), causes(error)))
        }
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            (Kind::Unreachable, format!("could not connect in time{}: {}", after(attempts), causes(error)))
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => (Kind::Unreachable, dispatched(error)),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => not_sent(error),
        _ => (Kind::Failed, causes(error)), // the SDK may add kinds
    };
    Refusal { call, kind, what: cap(&what) }
}

/// What an answer with an error code means. Codes as each protocol spells them: query, EC2, JSON and REST.
fn judge(code: Option<&str>, message: Option<&str>, status: u16, attempts: u32) -> (Kind, String) {
    let said = message.filter(|text| !text.is_empty()).map_or_else(String::new, |text| format!(": {text}"));
    let Some(code) = code.filter(|code| !code.is_empty()) else {
        let forbidden = status == 403 && message.is_some_and(|text| text == "Forbidden" || text.contains("not authorized to perform"));
        let kind = match status {
            403 if forbidden => Kind::Denied,
            500.. => Kind::Failed,
            _ => Kind::NotAws,
        };
        return (kind, format!("HTTP {status} without an AWS error code{said}"));
    };
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "AuthFailure"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => (Kind::BadCredentials, format!("{code}{said}")),
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "SlowDown" => (Kind::Failed, format!("throttled ({code}){}", after(attempts))),
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "UnauthorizedAccess"
        | "UnauthorizedException"
        | "ForbiddenException"
        | "Forbidden"
        | "NotAuthorized"
        | "Client.UnauthorizedOperation" => (Kind::Denied, format!("{code}{said}")),
        _ if is_missing(code) => (Kind::Missing, format!("{code}{said}")),
        _ => (Kind::Failed, format!("{code}{said} (HTTP {status})")),
    }
}

/// `NotFoundException`, `ListenerNotFound`, `InvalidSubnetID.NotFound`, `NoSuchEntity`, …
fn is_missing(code: &str) -> bool {
    code.ends_with("NotFound") || code.ends_with("NotFoundException") || code.starts_with("NoSuchEntity")
}

/// A connection that did not come about. Certificates get advice of their own: scratch containers have no store.
fn dispatched(error: &(dyn Error + 'static)) -> String {
    let causes = causes(error);
    if causes.contains("UnknownIssuer") || causes.contains("invalid peer certificate") {
        return format!("{causes} (no authority on this machine vouches for that server: install ca-certificates or set SSL_CERT_FILE)");
    }
    causes
}

/// A request that was never sent. Missing credentials arrive here, with every provider that was tried among the causes.
fn not_sent(error: &(dyn Error + 'static)) -> (Kind, String) {
    let causes = causes(error);
    if let Some((endpoint, why)) = malformed_endpoint(&causes) {
        return (Kind::Unreachable, format!("the endpoint URL {endpoint} is malformed: {why}"));
    }
    let lower = causes.to_lowercase();
    let identity = lower.contains("credential") || lower.contains("identity") || lower.contains("sso") || lower.contains("token");
    if identity { (Kind::NoCredentials, without_chain(&causes)) } else { (Kind::Unreachable, dispatched(error)) }
}

/// The endpoint and the reason out of the SDK's text, which prints the whole request between them.
fn malformed_endpoint(causes: &str) -> Option<(&str, &str)> {
    let (_, rest) = causes.split_once("failed to apply endpoint ")?;
    Some((rest.split(' ').next()?, rest.rsplit(": ").next()?))
}

/// Which provider was "not enabled" for which reason helps nobody whose point is that there is none at all.
fn without_chain(causes: &str) -> String {
    if causes.contains("no credentials found in chain") {
        return "not in the environment, a profile, SSO, a container or an instance".to_owned();
    }
    causes.trim_start_matches("other: ").to_owned()
}

fn after(attempts: u32) -> String {
    match attempts {
        0 => String::new(),
        1 => " after 1 attempt".to_owned(),
        more => format!(" after {more} attempts"),
    }
}

/// The messages of an error and its sources, without repetition; the SDK's own first line says nothing.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut cause = error.source().or(Some(error));
    while let Some(current) = cause {
        let text = current.to_string();
        if !text.is_empty() && texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
        cause = current.source();
    }
    texts.join(": ")
}

/// Texts come from outside and end up in reports: enough to recognise the cause is enough.
fn cap(text: &str) -> String {
    const MOST: usize = 400;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{Answer, Kind, Lacks, Refusal, judge, malformed_endpoint, without_chain};
    use crate::collect::call::Call;
    use apigw_doctor_checks::model::fetched::Fetched;

    #[test]
    fn every_protocol_says_denied_in_its_own_way() {
        for code in ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "ForbiddenException"] {
            assert_eq!(judge(Some(code), None, 403, 1).0, Kind::Denied, "{code}");
        }
        assert_eq!(judge(None, Some("Forbidden"), 403, 1).0, Kind::Denied);
    }

    #[test]
    fn a_403_that_is_not_surely_from_aws_names_no_permission() {
        assert_eq!(judge(None, None, 403, 1).0, Kind::NotAws);
        assert_eq!(judge(Some("OptInRequired"), Some("subscribe first"), 403, 1).0, Kind::Failed);
    }

    #[test]
    fn bad_credentials_are_no_denial() {
        for code in ["ExpiredToken", "ExpiredTokenException", "AuthFailure", "UnrecognizedClientException", "InvalidSignatureException"] {
            assert_eq!(judge(Some(code), None, 403, 1).0, Kind::BadCredentials, "{code}");
        }
    }

    #[test]
    fn throttling_tells_how_often_it_was_tried() {
        let (kind, what) = judge(Some("TooManyRequestsException"), Some("Rate exceeded"), 429, 5);
        assert_eq!((kind, what.as_str()), (Kind::Failed, "throttled (TooManyRequestsException) after 5 attempts"));
    }

    #[test]
    fn only_a_resource_that_was_asked_for_by_id_may_be_known_not_to_exist() {
        let gone = || Refusal { call: Call::DescribeListeners, kind: Kind::Missing, what: "ListenerNotFound".to_owned() };
        assert_eq!(Err::<(), _>(gone()).existing(), Fetched::Known(None));
        assert_eq!(
            Err::<(), _>(gone()).fetched(),
            Fetched::Failed { what: "elasticloadbalancing:DescribeListeners: ListenerNotFound".to_owned() }
        );
    }

    #[test]
    fn what_was_never_sent_is_told_in_short() {
        let text = "other: failed to apply endpoint `foo` to request `Request { body: .. }`: endpoint must contain scheme";
        assert_eq!(malformed_endpoint(text), Some(("`foo`", "endpoint must contain scheme")));
        assert!(without_chain("other: no credentials found in chain. Attempted: a, b").starts_with("not in the environment"));
        assert_eq!(without_chain("other: the SSO token has expired"), "the SSO token has expired");
    }

    #[test]
    fn a_missing_field_is_a_failure_and_says_which() {
        let gap: Fetched<()> = Refusal::unreadable(Call::DescribeSubnets, Lacks("VpcId")).into_gap();
        assert_eq!(gap, Fetched::Failed { what: "ec2:DescribeSubnets: unreadable answer: VpcId is missing or malformed".to_owned() });
    }
}
