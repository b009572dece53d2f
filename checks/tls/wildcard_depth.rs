//! A wildcard on the listener's certificate nearly covers the secure server name: it stands for exactly one label, not for two and not for none.

use super::fixes::{further_certificate, rename};
use super::served::{Handshake, NameVerdict, handshake_fails, handshakes, names_of};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::model::certificate::Certificate;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "wildcard-depth",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the certificate's wildcard does not reach the secure server name",
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
    refines: &["server-name-san-mismatch"],
    since: "0.1.0",
    page: include_str!("wildcard_depth.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct WildcardDepth;

impl Check for WildcardDepth {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let Some(name) = handshake.name()? else { return Ok(()) };
            match handshake.verdict(name)? {
                NameVerdict::Covered => out.fine(handshake.integration_subject(), format!("the certificate covers {name}")),
                NameVerdict::WildcardDepth { certificate, wildcard } => {
                    out.found(finding(deployment, &handshake, name, certificate, &wildcard));
                }
                NameVerdict::LoadBalancerName | NameVerdict::Different => {} // server-name-is-elb-dns-name, server-name-san-mismatch
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>, name: &str, certificate: &Certificate, wildcard: &str) -> Finding {
    let subject = handshake.integration_subject();
    let parent = wildcard.trim_start_matches("*.");
    let why = if name.trim_end_matches('.').eq_ignore_ascii_case(parent) {
        format!("{wildcard} does not stand for {parent} itself")
    } else {
        format!("{wildcard} stands for one label only")
    };
    let summary = format!("the secure server name {name} of integration {} is not on the certificate: {why}", subject.id);
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject.clone(), "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS)
                .expected(format!("one label in front of {parent}")),
        )
        .evidence(names_of(certificate))
        .effect(Effect::blocks_all(Phase::Tls, subject, handshake_fails()));
    let ways = [rename(deployment, handshake.integration, certificate), further_certificate(deployment, handshake.listener, name)];
    ways.into_iter().flatten().fold(finding, Finding::fix)
}
