//! Signature Version 4 for routes with IAM authorization (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html>).
//!
//! Signed are host, date, token and content type only: a CDN in front may change other fields, and a signature over them would then be wrong.

use super::Sign;
use crate::probe::ProbeRequest;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use std::time::SystemTime;

/// Credentials and the Region that they sign for. Not `Debug`.
pub(crate) struct Sigv4 {
    identity: Identity,
    region: String,
}

impl Sigv4 {
    /// Signs with these credentials; a Region in the URL's host wins over this one.
    pub(crate) fn new(credentials: Credentials, region: &str) -> Sigv4 {
        Sigv4 { identity: credentials.into(), region: region.to_owned() }
    }
}

impl Sign for Sigv4 {
    fn sign(&self, request: &ProbeRequest, now: SystemTime) -> Result<Vec<(String, String)>, String> {
        let region = region_in(&request.url).unwrap_or(&self.region);
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(region)
            .name("execute-api")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let signed_too = |name: &str| name.eq_ignore_ascii_case("host") || name.eq_ignore_ascii_case("content-type");
        let fields = request.headers.iter().filter(|(name, _)| signed_too(name));
        let fields = fields.map(|(name, value)| (name.as_str(), value.as_str()));
        let method = request.method.to_ascii_uppercase();
        // The caller sends the URL as the `url` crate writes it; what is signed has to be the same.
        let url = reqwest::Url::parse(&request.url).map_err(|error| format!("not a URL: {error}"))?;
        let signable = SignableRequest::new(&method, url.as_str(), fields, SignableBody::Bytes(&request.body));
        let signable = signable.map_err(|error| error.to_string())?;
        let (instructions, _) = sign(signable, &params).map_err(|error| error.to_string())?.into_parts();
        Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// The Region of `https://ID.execute-api.REGION.amazonaws.com/…`.
fn region_in(url: &str) -> Option<&str> {
    let host = url.split("//").nth(1)?.split(['/', '?', '#']).next()?;
    host.split_once(".execute-api.")?.1.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Way;
    use std::time::Duration;

    /// The key pair of AWS's own examples.
    fn signer() -> Sigv4 {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "test");
        Sigv4::new(credentials, "eu-central-1")
    }

    fn request(url: &str) -> ProbeRequest {
        ProbeRequest {
            method: "get".to_owned(),
            path: "/health".to_owned(),
            stage: "$default".to_owned(),
            url: url.to_owned(),
            headers: vec![("X-Tenant".to_owned(), "a".to_owned())],
            body: hyper::body::Bytes::new(),
            asked: None,
            way: Way::within(Duration::from_secs(1)),
        }
    }

    /// 2015-08-30T12:36:00Z, as in AWS's own examples.
    fn then() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160)
    }

    fn field(url: &str, name: &str) -> String {
        let fields = signer().sign(&request(url), then()).expect("it is signed");
        fields.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value).expect("the field is there")
    }

    #[test]
    fn the_signature_is_the_one_that_the_documented_steps_give() {
        let url = "https://a1b2c3.execute-api.us-east-1.amazonaws.com/health?x=1";
        assert_eq!(field(url, "x-amz-date"), "20150830T123600Z");
        let expected = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=4298bbc9a0733eb66450099a23462c1d544a7523ec5230f6fd2048ee373d0c0a";
        assert_eq!(field(url, "authorization"), expected);
    }

    #[test]
    fn a_domain_without_a_region_is_signed_for_the_sessions() {
        assert!(field("https://api.example.com/health", "authorization").contains("/eu-central-1/execute-api/"));
    }
}
