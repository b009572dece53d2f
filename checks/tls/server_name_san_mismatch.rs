//! The secure server name does not stand on the certificate that the listener presents for it, so API Gateway breaks the handshake off.

use super::fixes::{further_certificate, rename};
use super::served::{Handshake, NameVerdict, handshake_fails, handshakes, names_of};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "server-name-san-mismatch",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the secure server name is not on the listener's certificate",
    phase: Some(Phase::Tls),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::ListenerCertificates,
        Part::Certificates,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("server_name_san_mismatch.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServerNameSanMismatch;

impl Check for ServerNameSanMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let Some(name) = handshake.name()? else { return Ok(()) };
            match handshake.verdict(name)? {
                NameVerdict::Covered => {
                    let fact = format!("{name} stands on the certificate that listener {} presents for it", handshake.listener.port);
                    out.fine(handshake.integration_subject(), fact);
                }
                NameVerdict::Different => out.found(finding(deployment, &handshake, name)),
                // Two checks say more precisely what is wrong with the name; one finding is enough.
                NameVerdict::LoadBalancerName | NameVerdict::WildcardDepth { .. } => {}
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>, name: &str) -> Finding {
    let subject = handshake.integration_subject();
    let port = handshake.listener.port;
    let summary = format!("the secure server name {name} of integration {} is not on the certificate of listener {port}", subject.id);
    let mut finding = Finding::new(&META, subject.clone(), summary).evidence(
        Evidence::found(subject.clone(), "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS)
            .expected("a name on the listener's certificate"),
    );
    for certificate in &handshake.candidates {
        finding = finding.evidence(names_of(certificate));
    }
    finding = finding.effect(Effect::blocks_all(Phase::Tls, subject, handshake_fails()));
    let ways =
        [rename(deployment, handshake.integration, handshake.certificate), further_certificate(deployment, handshake.listener, name)];
    ways.into_iter().flatten().fold(finding, Finding::fix)
}
