//! The founding case: the listener speaks HTTPS, the integration has no secure server name, so API Gateway speaks plain HTTP to it.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::Listener;
use crate::model::certificate::Certificate;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::certificates;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "secure-server-name-missing",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "an integration without secure server name speaks plain HTTP to an HTTPS listener",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::ListenerCertificates, Part::Certificates, Part::Stages],
    symptoms: &[Symptom::PlainHttpToHttpsPort],
    refines: &[],
    since: "0.1.0",
    page: include_str!("secure_server_name_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct SecureServerNameMissing;

impl Check for SecureServerNameMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_readers(), |out, (integration, listener)| {
            if listener.protocol != "HTTPS" {
                return Ok(()); // a TLS listener of a Network Load Balancer is tls-missing-nlb-tls
            }
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if integration.speaks_tls() {
                let name = integration.server_name().unwrap_or("a name");
                out.fine(subject, format!("integration {} speaks TLS to the HTTPS listener, naming {name}", integration.id));
                return Ok(());
            }
            out.found(finding(deployment, integration, listener, subject));
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, listener: &Listener, subject: Subject) -> Finding {
    let listener_subject = Subject::from_arn(SubjectKind::Listener, &listener.arn);
    let summary = format!(
        "integration {} has no secure server name, so API Gateway sends plain HTTP to HTTPS listener {}",
        integration.id, listener.port
    );
    let answer = ExpectedAnswer::load_balancer(Some(400), Symptom::PlainHttpToHttpsPort);
    let mut finding = Finding::new(&META, subject.clone(), summary)
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
