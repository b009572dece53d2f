//! A certificate for the secure server name exists, but not on this listener, which therefore presents another one.

use super::fixes::add_certificate;
use super::served::{Handshake, NameVerdict, certificate_subject, handshake_fails, handshakes, names_of};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::model::balancing::Listener;
use crate::model::certificate::Certificate;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::semantics::certificates::{Trust, Validity, covers, trust, validity};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "wrong-default-cert",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listener lacks the certificate for the secure server name, which another listener has",
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
    optional: &[],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &["server-name-san-mismatch", "wildcard-depth"],
    since: "0.1.0",
    page: include_str!("wrong_default_cert.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct WrongDefaultCert;

impl Check for WrongDefaultCert {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let Some(name) = handshake.name()? else { return Ok(()) };
            match handshake.verdict(name)? {
                NameVerdict::Covered => {
                    let fact = format!("listener {} presents a certificate for {name}", handshake.listener.port);
                    out.fine(Deployment::listener_subject(handshake.listener), fact);
                }
                NameVerdict::Different | NameVerdict::WildcardDepth { .. } => {
                    // No listener has one: the name or the certificate has to change, and two other checks say so.
                    if let Some((neighbour, certificate)) = elsewhere(deployment, &handshake, name) {
                        out.found(finding(deployment, &handshake, name, neighbour, certificate));
                    }
                }
                NameVerdict::LoadBalancerName => {} // server-name-is-elb-dns-name
            }
            Ok(())
        });
        Ok(())
    }
}

/// A listener that has a certificate for the name, one that API Gateway would accept: of the same load balancer first.
fn elsewhere<'a>(deployment: &'a Deployment, handshake: &Handshake<'a>, name: &str) -> Option<(&'a Listener, &'a Certificate)> {
    let neighbours = deployment.listeners_on(&handshake.listener.load_balancer_arn);
    let others = neighbours.into_iter().chain(deployment.used_listeners().items);
    let mut pairs = others.filter(|other| other.arn != handshake.listener.arn && other.speaks_tls()).flat_map(|other| {
        let arns = deployment.certificate_arns(other).unwrap_or_else(|_| other.certificate_arns.clone());
        arns.into_iter().filter_map(move |arn| Some((other, deployment.certificate(&arn).ok()??)))
    });
    let accepted = |certificate: &Certificate| {
        covers(certificate, name) == Ok(true)
            && validity(certificate, deployment.now()) == Validity::Valid
            && matches!(trust(certificate), Trust::Public { .. })
    };
    pairs.find(|(_, certificate)| accepted(certificate))
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>, name: &str, neighbour: &Listener, certificate: &Certificate) -> Finding {
    let (listener, subject) = (handshake.listener, Deployment::listener_subject(handshake.listener));
    let there = certificate_subject(certificate);
    let summary = format!(
        "listener {} presents its default certificate for {name}: one that covers it, {}, is on listener {} instead",
        listener.port, there.id, neighbour.port
    );
    let shown = |certificates: &[&Certificate]| certificates.iter().map(|one| one.arn.as_str()).collect::<Vec<_>>().join(", ");
    let through = handshake.integration_subject();
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject, "Certificates", shown(&handshake.candidates), source::DESCRIBE_LISTENER_CERTIFICATES)
                .expected(&certificate.arn),
        )
        .evidence(names_of(handshake.certificate))
        .evidence(names_of(certificate))
        .evidence(Evidence::found(through.clone(), "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS))
        .effect(Effect::blocks_all(Phase::Tls, through, handshake_fails()));
    add_certificate(deployment, listener, certificate).into_iter().fold(finding, Finding::fix)
}
