//! Why nothing can be examined. Each text says what happened and what to do next.
//!
//! A gap in a deployment is not among these: it is a fact (`Fetched::Denied`, `Fetched::Failed`).

/// The reasons to end before anything was examined.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CollectError {
    /// No Region anywhere.
    #[error("no AWS Region is set: pass --region, or set AWS_REGION, or give the profile a region")]
    NoRegion,
    /// A setting that cannot be used.
    #[error("{name} is \"{value}\", and that is no {expected}: correct it or leave it out")]
    Setting {
        /// Flag or variable.
        name: &'static str,
        /// What it says.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// No credentials were found.
    #[error(
        "no AWS credentials were found ({what}): run `aws configure` or `aws sso login`, pass --profile, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
    )]
    NoCredentials {
        /// What the credential providers said.
        what: String,
    },
    /// AWS does not accept the credentials.
    #[error(
        "AWS does not accept these credentials ({what}): renew them (`aws sso login`, or a new session token), check --profile, and check this machine's clock"
    )]
    BadCredentials {
        /// Code and message.
        what: String,
    },
    /// The very first call found nobody.
    #[error("AWS cannot be reached: {what}: check the network, a proxy, and --region, --endpoint-url and AWS_ENDPOINT_URL")]
    Unreachable {
        /// What happened.
        what: String,
    },
    /// Something answers, but not AWS.
    #[error("what answers there is not API Gateway: {what}: check --endpoint-url and AWS_ENDPOINT_URL, and a proxy on the way")]
    NotAws {
        /// What happened.
        what: String,
    },
    /// What was asked for is neither an id nor a name.
    #[error("\"{text}\" is not an API: pass its id, its name, its ARN, its invoke URL or a custom domain")]
    NotAnApi {
        /// What was asked for.
        text: String,
    },
    /// Neither an id nor a name of the Region.
    #[error(
        "there is no HTTP API \"{text}\" in {region}{}: pass --region if it is elsewhere; a REST API would not be found either, because this doctor examines HTTP APIs only",
        alike(.similar)
    )]
    NoSuchApi {
        /// What was asked for.
        text: String,
        /// Where.
        region: String,
        /// Names that look alike, at most five.
        similar: Vec<String>,
    },
    /// A name that several APIs carry.
    #[error("{} APIs in {region} are named \"{text}\": pass one of their ids: {}", .ids.len(), .ids.join(", "))]
    SeveralApis {
        /// The name.
        text: String,
        /// Where.
        region: String,
        /// Their ids, sorted.
        ids: Vec<String>,
    },
    /// A WebSocket API.
    #[error("API {id} is a {protocol} API, and this doctor examines HTTP APIs only: pass the id of an HTTP API")]
    WrongProtocol {
        /// Its id.
        id: String,
        /// `ProtocolType`.
        protocol: String,
    },
    /// A custom domain without mappings.
    #[error("custom domain {domain} in {region} has no API mapping: pass the API's id instead")]
    NothingMapped {
        /// The domain.
        domain: String,
        /// Where.
        region: String,
    },
    /// A custom domain that leads to several APIs.
    #[error("custom domain {domain} leads to several APIs: pass one of their ids, or a URL with a mapped path: {}", .mappings.join(", "))]
    SeveralMappings {
        /// The domain.
        domain: String,
        /// `/path → id`, sorted.
        mappings: Vec<String>,
    },
    /// The API could not be looked up, because the credentials may not.
    #[error("\"{text}\" could not be looked up: not allowed: {action}: allow that action, or pass the API's id")]
    LookupDenied {
        /// What was asked for.
        text: String,
        /// The IAM action.
        action: String,
    },
    /// The API could not be looked up.
    #[error("\"{text}\" could not be looked up: {what}: try again, or pass the API's id")]
    LookupFailed {
        /// What was asked for.
        text: String,
        /// What happened.
        what: String,
    },
}

fn alike(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!(" (similar names: {})", quoted.join(", "))
}
