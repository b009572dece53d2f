//! What the checks of custom domains share: subjects, words, answers, and the steps of changes.

use crate::check::Outcome;
use crate::finding::{ExpectedAnswer, Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::domain::{ApiMapping, Domain, DomainConfiguration};
use crate::model::fetched::Gap;
use crate::model::gateway::DEFAULT_STAGE;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::steps::{aws, quote};
use crate::symptom::{Producer, Symptom};

/// The subject of a custom domain name.
pub(super) fn subject(domain: &Domain) -> Subject {
    Subject::new(SubjectKind::Domain, &domain.name)
}

/// Notes that a request takes the API's own endpoint, where nothing of a custom domain matters.
pub(super) fn direct(deployment: &Deployment, out: &mut Outcome, fact: &str) -> Result<(), Gap> {
    out.fine(Subject::new(SubjectKind::Api, &deployment.api()?.id), fact);
    Ok(())
}

/// `GET api.example.com/v1/health`.
pub(super) fn words(request: &Request) -> String {
    format!("{} {}{}", request.method, request.domain.as_deref().unwrap_or_default(), request.asked_path())
}

/// The client breaks off the TLS handshake, or API Gateway does: no HTTP answer. Inferred, because nobody writes a status.
pub(super) fn no_handshake() -> ExpectedAnswer {
    ExpectedAnswer { status: None, producer: Producer::ClientSide, symptom: Symptom::TlsFailed, documented: false }
}

/// `aws apigatewayv2 update-domain-name` with further arguments.
pub(super) fn update_domain(deployment: &Deployment, domain: &Domain, arguments: &str) -> String {
    aws(deployment, &format!("apigatewayv2 update-domain-name --domain-name {} {arguments}", quote(&domain.name)))
}

/// The value of `--domain-name-configurations`, with one setting changed: AWS takes them as a whole. `certificate` as it stands in a shell.
pub(super) fn configuration(of: &DomainConfiguration, certificate: &str, more: &str) -> String {
    let endpoint = of.endpoint_type.as_deref().unwrap_or("REGIONAL");
    let policy = of.security_policy.as_deref().unwrap_or("TLS_1_2");
    let verified =
        of.ownership_certificate_arn.as_deref().map_or_else(String::new, |arn| format!(",OwnershipVerificationCertificateArn={arn}"));
    let ip = of
        .ip_address_type
        .as_deref()
        .filter(|_| !more.contains("IpAddressType"))
        .map_or_else(String::new, |ip| format!(",IpAddressType={ip}"));
    format!("--domain-name-configurations CertificateArn={certificate},EndpointType={endpoint},SecurityPolicy={policy}{verified}{ip}{more}")
}

/// Where a custom domain name is in the console.
pub(super) fn console(domain: &Domain) -> String {
    format!("API Gateway: Custom domain names → {}", domain.name)
}

/// The stage that a mapping for a request should name: the one it asks for, else `$default`, else the only one.
pub(super) fn wanted_stage(deployment: &Deployment, request: &Request) -> Result<Option<String>, Gap> {
    let stages = deployment.stages()?;
    let only = || if stages.len() == 1 { stages.keys().next().cloned() } else { None };
    let default = || stages.contains_key(DEFAULT_STAGE).then(|| DEFAULT_STAGE.to_owned());
    Ok(request.stage.clone().filter(|stage| stages.contains_key(stage)).or_else(default).or_else(only))
}

/// `/v1`, or `every path` for the empty key.
pub(super) fn key_words(mapping: &ApiMapping) -> String {
    if mapping.key.is_empty() { "every other path".to_owned() } else { format!("/{}", mapping.key) }
}

/// A fix that changes nothing but what the client asks for.
pub(super) fn ask(title: impl Into<String>, request: &Request, path: &str) -> Fix {
    let domain = request.domain.as_deref().unwrap_or_default();
    let method = if request.method == "GET" { String::new() } else { format!(" -X {}", quote(&request.method)) };
    Fix::new(title, Risk::Safe, Vec::new()).cli(format!("curl -i{method} {}", quote(&format!("https://{domain}{path}"))))
}
