//! Takes a prefix off an address.
//!
//! The SDK asks Cloud Map for instances at `data-` and the usual host, also where the host is an address somebody set as
//! `--endpoint-url`. There is no host called `data-127.0.0.1`.

use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use std::net::IpAddr;

/// Looks at every request before it is signed.
#[derive(Debug)]
pub(super) struct NoPrefix;

impl Intercept for NoPrefix {
    fn name(&self) -> &'static str {
        "NoPrefix"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(uri) = without_prefix(context.request().uri()) {
            context.request_mut().set_uri(uri)?;
        }
        Ok(())
    }
}

/// The URI without the prefix, if that stands before an address or the machine itself.
fn without_prefix(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://data-")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    (host == "localhost" || host.parse::<IpAddr>().is_ok()).then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::without_prefix;

    #[test]
    fn only_addresses_lose_the_prefix() {
        assert_eq!(without_prefix("http://data-127.0.0.1:5000/x").as_deref(), Some("http://127.0.0.1:5000/x"));
        assert_eq!(without_prefix("http://data-localhost/").as_deref(), Some("http://localhost/"));
        assert_eq!(without_prefix("https://data-servicediscovery.eu-central-1.amazonaws.com/"), None);
        assert_eq!(without_prefix("http://127.0.0.1:5000/?x=://data-"), None);
    }
}
