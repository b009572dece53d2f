//! A custom domain name is being changed, or waits for a certificate.

use super::entry::{configuration, console, no_handshake, subject, update_domain};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::{Domain, DomainConfiguration};
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "domain-status-not-available",
    hop: Hop::Domain,
    severity: Severity::Warning,
    title: "a custom domain name is not available as it is configured",
    phase: Some(Phase::Edge),
    needs: &[Part::Domains, Part::DomainState],
    optional: &[],
    symptoms: &[Symptom::TlsFailed, Symptom::ConnectFailed, Symptom::Reset],
    refines: &[],
    since: "0.1.0",
    page: include_str!("domain_status_not_available.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DomainStatusNotAvailable;

impl Check for DomainStatusNotAvailable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let domains = deployment.domains()?.values();
        for (domain, configuration) in domains.flat_map(|domain| domain.configurations.iter().map(move |one| (domain, one))) {
            out.each(|out| {
                let state = deployment.domain_state(configuration)?;
                match state.status.as_deref() {
                    Some("AVAILABLE") => out.fine(subject(domain), format!("{} is available", domain.name)),
                    Some(status) => out.found(finding(deployment, domain, configuration, status, state.message.as_deref())),
                    None => return Err(Gap::undecided(Part::DomainState, format!("AWS gives no status of {}", domain.name))),
                }
                Ok(())
            });
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, domain: &Domain, configuration: &DomainConfiguration, status: &str, message: Option<&str>) -> Finding {
    let at = subject(domain);
    let what = match status {
        "UPDATING" => "is being updated: some clients may still meet the old configuration, or a handshake that fails",
        "PENDING_CERTIFICATE_REIMPORT" => "waits for its certificate to be imported again, and shows the old one meanwhile",
        "PENDING_OWNERSHIP_VERIFICATION" => "waits for a valid ownership certificate, and is not updated meanwhile",
        _ => "is in a state that this version does not know",
    };
    let evidence = Evidence::found(at.clone(), "DomainNameStatus", status, source::GET_DOMAIN_NAMES).expected("AVAILABLE");
    let mut finding = Finding::new(&META, at.clone(), format!("{} {what}", domain.name)).evidence(evidence);
    if let Some(message) = message.filter(|message| !message.is_empty()) {
        finding = finding.evidence(Evidence::found(at.clone(), "DomainNameStatusMessage", message, source::GET_DOMAIN_NAMES));
    }
    // That handshakes fail while a domain is updated is seen in the field, for up to about forty minutes.
    let finding = match status {
        "UPDATING" => finding.confidence(Confidence::Possible).effect(Effect::blocks_some(Phase::Edge, at, no_handshake())),
        _ => finding.effect(Effect::weakens(Phase::Edge, at)),
    };
    finding.fix(way_out(deployment, domain, configuration, status))
}

/// The status is AWS's to change, so nothing is changed on the model.
fn way_out(deployment: &Deployment, domain: &Domain, of: &DomainConfiguration, status: &str) -> Fix {
    let certificate = quote(of.certificate_arn.as_deref().unwrap_or("CERTIFICATE"));
    let query = "--query 'DomainNameConfigurations[].[DomainNameStatus,DomainNameStatusMessage]'";
    let show = format!("apigatewayv2 get-domain-name --domain-name {} {query}", quote(&domain.name));
    let plain = |title: &str| Fix::new(title, Risk::Safe, Vec::new());
    let fix = match status {
        "PENDING_CERTIFICATE_REIMPORT" => {
            let files = "--certificate fileb://certificate.pem --private-key fileb://key.pem --certificate-chain fileb://chain.pem";
            let import = aws(deployment, &format!("acm import-certificate --certificate-arn {certificate} {files}"));
            plain("import a valid certificate for the name under the same ARN").cli(import)
        }
        "PENDING_OWNERSHIP_VERIFICATION" => {
            let renewed = DomainConfiguration { ownership_certificate_arn: Some("PUBLIC_CERTIFICATE".to_owned()), ..of.clone() };
            let update = update_domain(deployment, domain, &configuration(&renewed, &certificate, ""));
            plain("renew the ownership certificate, or name another public one for the domain").cli(update)
        }
        _ => plain("wait until it is available"),
    };
    fix.cli(aws(deployment, &show)).console(format!("{} → Endpoint configuration", console(domain)))
}
