//! The secure server name is the load balancer's own DNS name. Nobody but Amazon can get a public certificate for it.

use super::fixes::rename;
use super::served::{Handshake, NameVerdict, handshake, handshake_fails, is_load_balancer_name, names_of};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "server-name-is-elb-dns-name",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the secure server name is the load balancer's own DNS name",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::ListenerCertificates, Part::Certificates, Part::Stages],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &["server-name-san-mismatch"],
    since: "0.1.0",
    page: include_str!("server_name_is_elb_dns_name.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServerNameIsElbDnsName;

impl Check for ServerNameIsElbDnsName {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_readers(), |out, (integration, listener)| {
            if !listener.speaks_tls() {
                return Ok(()); // a name for a listener without TLS is tls-to-http-listener
            }
            let Some(name) = integration.server_name() else { return Ok(()) };
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if !is_load_balancer_name(name) {
                out.fine(subject, format!("the secure server name {name} is not a load balancer's own name"));
                return Ok(());
            }
            match handshake(deployment, integration, listener).and_then(|handshake| Ok((handshake.verdict(name)?, handshake))) {
                // Somebody made a certificate for it, then. No public CA did: lb-cert-self-signed or lb-cert-private-ca reports that.
                Ok((NameVerdict::Covered, _)) => out.fine(subject, format!("the certificate covers even {name}")),
                Ok((_, handshake)) => out.found(finding(deployment, integration, subject, name, Some(&handshake))),
                // Without the certificate it is still a name that no public CA gives to a customer of AWS.
                Err(_) => out.found(finding(deployment, integration, subject, name, None).confidence(Confidence::Likely)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, subject: Subject, name: &str, handshake: Option<&Handshake<'_>>) -> Finding {
    let summary = format!(
        "the secure server name of integration {} is the load balancer's own name {name}: no public certificate has it",
        subject.id
    );
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject.clone(), "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS)
                .expected("a name on the listener's certificate"),
        )
        .effect(Effect::blocks_all(Phase::Tls, subject, handshake_fails()));
    let Some(handshake) = handshake else { return finding.fix(rename_blindly(deployment, integration)) };
    finding = finding.evidence(names_of(handshake.certificate));
    finding.fixes.extend(rename(deployment, integration, handshake.certificate));
    finding
}

/// The certificate could not be read, so the name has to be filled in.
fn rename_blindly(deployment: &Deployment, integration: &Integration) -> Fix {
    let fix =
        Fix::new("set the secure server name to a name on the listener's certificate (which could not be read)", Risk::Safe, Vec::new())
            .cli(update_integration(deployment, &integration.id, "--tls-config ServerNameToVerify=NAME_ON_THE_CERTIFICATE"))
            .console(format!("{CONSOLE_INTEGRATION} → Advanced settings → Secure server name"));
    then_deploy(deployment, fix)
}
