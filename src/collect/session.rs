//! A connection to AWS: settings, clients, and how many calls may be in flight.
//!
//! Settings come from flags first, then from the standard AWS environment and profiles, as in the AWS CLI.
//! Time-outs and retries are ours, because the SDK's defaults let a run hang without end; `AWS_RETRY_MODE` and
//! `AWS_MAX_ATTEMPTS` override the retries. They are read here and not by the SDK, which panics on a malformed one;
//! a legacy or adaptive mode in a *profile* is therefore not followed.

use super::broken_off::RefuseBrokenOff;
use super::error::CollectError;
use super::prefix::NoPrefix;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_types::error::display::DisplayErrorContext;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Calls in flight. Nothing else slows us down: adaptive retries are not used.
const IN_FLIGHT: usize = 8;
/// API Gateway's control plane allows an account ten requests a second; a pipeline that deploys needs some of them.
const GATEWAY_IN_FLIGHT: usize = 4;
const ATTEMPTS: u32 = 5;

tokio::task_local! {
    /// How often the current call was sent.
    pub(super) static SENT: Cell<u32>;
}

/// What a user can set about the connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectOptions {
    /// `--region`.
    pub(crate) region: Option<String>,
    /// `--profile`.
    pub(crate) profile: Option<String>,
    /// `--endpoint-url`.
    pub(crate) endpoint_url: Option<String>,
    /// First wait before a retry; tests shorten it.
    pub(crate) backoff: Option<Duration>,
}

/// A connection to one Region. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    config: SdkConfig,
    region: String,
    pub(super) all: Arc<Semaphore>,
    pub(super) gateway: Arc<Semaphore>,
    pub(super) clients: Arc<Clients>,
}

/// One client for each service.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) acm: aws_sdk_acm::Client,
    pub(super) gateway: aws_sdk_apigatewayv2::Client,
    pub(super) scaling: aws_sdk_applicationautoscaling::Client,
    pub(super) metrics: aws_sdk_cloudwatch::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) cloud_map: aws_sdk_servicediscovery::Client,
    pub(super) ec2: aws_sdk_ec2::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) waf: aws_sdk_wafv2::Client,
}

/// Reads the settings. Makes no call: bad credentials and unreachable endpoints show with the first one.
pub(crate) async fn connect(options: &ConnectOptions) -> Result<Session, CollectError> {
    match &options.endpoint_url {
        Some(url) => check_url("--endpoint-url", url)?,
        None => check_variable(|name| std::env::var(name).ok())?,
    }
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(retries(options.backoff, |name| std::env::var(name).ok())?)
        .timeout_config(time_outs());
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    Session::new(loader.load().await)
}

impl Session {
    /// A session with settings that are already read.
    pub(super) fn new(config: SdkConfig) -> Result<Session, CollectError> {
        let region = config.region().map(|region| region.as_ref().to_owned()).ok_or(CollectError::NoRegion)?;
        if region.is_empty() || !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(CollectError::Setting { name: "the Region", value: region, expected: "Region name such as eu-central-1" });
        }
        let (all, gateway) = (Arc::new(Semaphore::new(IN_FLIGHT)), Arc::new(Semaphore::new(GATEWAY_IN_FLIGHT)));
        Ok(Session { clients: Arc::new(Clients::new(&config)), config, region, all, gateway })
    }

    /// The Region that is asked.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The credentials of the session, for a request that is signed here.
    pub(crate) async fn credentials(&self) -> Result<Credentials, String> {
        let provider = self.config.credentials_provider().ok_or("there are no AWS credentials")?;
        provider.provide_credentials().await.map_err(|error| format!("no AWS credentials: {}", DisplayErrorContext(error)))
    }

    /// The same settings and limits for another Region.
    pub(super) fn at(&self, region: &str) -> Session {
        if region == self.region {
            return self.clone();
        }
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Session { clients: Arc::new(Clients::new(&config)), config, region: region.to_owned(), ..self.clone() }
    }

    /// Without a limit on calls in flight: for counting dependent waves in tests.
    #[cfg(test)]
    pub(super) fn unlimited(self) -> Session {
        Session { all: Arc::new(Semaphore::new(1000)), gateway: Arc::new(Semaphore::new(1000)), ..self }
    }
}

impl Clients {
    fn new(config: &SdkConfig) -> Clients {
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::config::Builder::from(config)
                        .interceptor(CountAttempts)
                        .interceptor(RefuseBrokenOff)
                        .interceptor(NoPrefix)
                        .build(),
                )
            };
        }
        Clients {
            acm: client!(aws_sdk_acm),
            gateway: client!(aws_sdk_apigatewayv2),
            scaling: client!(aws_sdk_applicationautoscaling),
            metrics: client!(aws_sdk_cloudwatch),
            logs: client!(aws_sdk_cloudwatchlogs),
            cloud_map: client!(aws_sdk_servicediscovery),
            ec2: client!(aws_sdk_ec2),
            ecs: client!(aws_sdk_ecs),
            elb: client!(aws_sdk_elasticloadbalancingv2),
            iam: client!(aws_sdk_iam),
            lambda: client!(aws_sdk_lambda),
            sts: client!(aws_sdk_sts),
            waf: client!(aws_sdk_wafv2),
        }
    }
}

/// Counts how often a call is sent, so that a report says how often it was tried and not how often it might have been.
#[derive(Debug)]
struct CountAttempts;

impl Intercept for CountAttempts {
    fn name(&self) -> &'static str {
        "CountAttempts"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Outside of a call of ours (fetching credentials) there is nothing to count.
        let _ = SENT.try_with(|sent| sent.set(sent.get() + 1));
        Ok(())
    }
}

pub(super) fn time_outs() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(8))
        .operation_timeout(Duration::from_secs(25))
        .build()
}

/// Ours, unless the user set the standard variables.
pub(super) fn retries(backoff: Option<Duration>, variable: impl Fn(&str) -> Option<String>) -> Result<RetryConfig, CollectError> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let mut config = match set("AWS_RETRY_MODE") {
        None => RetryConfig::standard(),
        // The CLI knows a legacy mode; this SDK does not, and standard is what took its place.
        Some(mode) if mode.eq_ignore_ascii_case("standard") || mode.eq_ignore_ascii_case("legacy") => RetryConfig::standard(),
        Some(mode) if mode.eq_ignore_ascii_case("adaptive") => RetryConfig::adaptive(),
        Some(value) => return Err(CollectError::Setting { name: "AWS_RETRY_MODE", value, expected: "retry mode such as standard" }),
    };
    config = config.with_max_attempts(match set("AWS_MAX_ATTEMPTS") {
        None => ATTEMPTS,
        Some(value) => match value.parse() {
            Ok(attempts) if attempts > 0 => attempts,
            _ => return Err(CollectError::Setting { name: "AWS_MAX_ATTEMPTS", value, expected: "number above zero" }),
        },
    });
    if let Some(backoff) = backoff {
        config = config.with_initial_backoff(backoff).with_max_backoff(backoff);
    }
    Ok(config)
}

/// The SDK ignores a malformed `AWS_ENDPOINT_URL` and asks AWS itself, which is not what its owner meant.
fn check_variable(variable: impl Fn(&str) -> Option<String>) -> Result<(), CollectError> {
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match variable("AWS_ENDPOINT_URL").filter(|url| !ignored && !url.is_empty()) {
        Some(url) => check_url("AWS_ENDPOINT_URL", &url),
        None => Ok(()),
    }
}

fn check_url(name: &'static str, url: &str) -> Result<(), CollectError> {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let usable = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace));
    if usable {
        return Ok(());
    }
    Err(CollectError::Setting { name, value: url.to_owned(), expected: "URL such as http://127.0.0.1:5000" })
}

#[cfg(test)]
mod tests {
    use super::{check_url, check_variable, retries};
    use aws_config::retry::RetryMode;

    #[test]
    fn five_standard_attempts_unless_the_user_says_otherwise() {
        let ours = retries(None, |_| None).expect("no variable is malformed");
        assert_eq!((ours.mode(), ours.max_attempts()), (RetryMode::Standard, 5));
        let theirs = retries(None, |name| (name == "AWS_MAX_ATTEMPTS").then(|| "2".to_owned())).expect("2 is a number");
        assert_eq!(theirs.max_attempts(), 2);
        let theirs = retries(None, |name| (name == "AWS_RETRY_MODE").then(|| "adaptive".to_owned())).expect("a known mode");
        assert_eq!((theirs.mode(), theirs.max_attempts()), (RetryMode::Adaptive, 5));
    }

    #[test]
    fn malformed_variables_are_named_instead_of_a_panic() {
        let error = retries(None, |name| (name == "AWS_MAX_ATTEMPTS").then(|| "0".to_owned())).expect_err("zero attempts");
        assert_eq!(error.to_string(), "AWS_MAX_ATTEMPTS is \"0\", and that is no number above zero: correct it or leave it out");
        retries(None, |name| (name == "AWS_RETRY_MODE").then(|| "often".to_owned())).expect_err("an unknown mode");
    }

    #[test]
    fn endpoint_urls_are_looked_at_before_use() {
        check_url("--endpoint-url", "http://127.0.0.1:5000").expect("a URL");
        for url in ["127.0.0.1:5000", "ftp://x", "http://", "http:///x", "http://a b"] {
            check_url("--endpoint-url", url).expect_err(url);
        }
        check_variable(|name| (name == "AWS_ENDPOINT_URL").then(|| "foo".to_owned())).expect_err("no scheme");
        check_variable(|name| Some(if name == "AWS_ENDPOINT_URL" { "foo" } else { "true" }.to_owned())).expect("it is ignored");
    }
}
