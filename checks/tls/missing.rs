//! An integration that speaks plain HTTP to a listener that ends TLS: the evidence and the way out, whatever the kind of load balancer.

use crate::check::{Meta, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk};
use crate::model::balancing::Listener;
use crate::model::certificate::Certificate;
use crate::model::deployment::Deployment;
use crate::model::gateway::Integration;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::certificates;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use serde_json::json;

/// The finding of the check that `meta` belongs to, with the answer that its listener leads to.
pub(super) fn finding(
    meta: &'static Meta,
    deployment: &Deployment,
    integration: &Integration,
    listener: &Listener,
    answer: ExpectedAnswer,
) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let listener_subject = Subject::from_arn(SubjectKind::Listener, &listener.arn);
    let summary = format!(
        "integration {} has no secure server name, so API Gateway sends plain HTTP to {} listener {}",
        integration.id, listener.protocol, listener.port
    );
    let mut finding = Finding::new(meta, subject.clone(), summary)
        .evidence(
            Evidence::absent(subject.clone(), "TlsConfig.ServerNameToVerify", source::GET_INTEGRATIONS)
                .expected("a name on the listener's certificate"),
        )
        .evidence(Evidence::found(listener_subject.clone(), "Protocol", &listener.protocol, source::DESCRIBE_LISTENERS))
        .evidence(Evidence::found(listener_subject, "Port", listener.port.to_string(), source::DESCRIBE_LISTENERS))
        .effect(Effect::blocks_all(Phase::Tls, subject, answer));
    // Certificates only sharpen the advice: the defect is there whatever they say.
    let served = certificates_of(deployment, listener);
    for certificate in &served {
        let subject = Subject::from_arn(SubjectKind::Certificate, &certificate.arn);
        finding =
            finding.evidence(Evidence::found(subject, "SubjectAlternativeNames", certificate.names.join(", "), source::GET_CERTIFICATE));
    }
    finding.fix(name_it(deployment, integration, served.first().copied()))
}

fn certificates_of<'a>(deployment: &'a Deployment, listener: &Listener) -> Vec<&'a Certificate> {
    let arns = deployment.certificate_arns(listener).unwrap_or_else(|_| listener.certificate_arns.clone());
    arns.iter().filter_map(|arn| deployment.certificate(arn).ok()?).collect()
}

fn name_it(deployment: &Deployment, integration: &Integration, certificate: Option<&Certificate>) -> Fix {
    let name = certificate.and_then(certificates::example_name_for);
    let change = name
        .as_ref()
        .map(|name| vec![remedy::set(&["integrations", "known", &integration.id, "tls_config"], json!({"server_name": name}))]);
    let title = match &name {
        Some(name) => format!("set the secure server name to {name}, a name on the listener's certificate"),
        None => "set the secure server name to a name on the listener's certificate (the certificate could not be read)".to_owned(),
    };
    let word = name.as_deref().unwrap_or("NAME_ON_THE_CERTIFICATE");
    let fix = Fix::new(title, Risk::Safe, change.unwrap_or_default())
        .cli(update_integration(deployment, &integration.id, &format!("--tls-config {}", quote(&format!("ServerNameToVerify={word}")))))
        .console(format!("{CONSOLE_INTEGRATION} → Advanced settings → Secure server name: {word}"));
    then_deploy(deployment, fix)
}
