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
                    if let Some((neighbour, certificate)) = elsewhere(deployment, &handshake, name)? {
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

/// A listener and its certificate.
type Presented<'a> = (&'a Listener, &'a Certificate);

/// A listener that has a certificate for the name, one that API Gateway would accept: of the same load balancer first. Where none is found, one
/// that could not be read may be it.
fn elsewhere<'a>(deployment: &'a Deployment, handshake: &Handshake<'a>, name: &str) -> Result<Option<Presented<'a>>, Gap> {
    let balancer = &handshake.listener.load_balancer_arn;
    let accepted = |certificate: &Certificate| {
        covers(certificate, name) == Ok(true)
            && validity(certificate, deployment.now()) == Validity::Valid
            && matches!(trust(certificate), Trust::Public { .. })
    };
    let mut unread = deployment.listeners_listed(balancer).err();
    let others = deployment.listeners_on(balancer).into_iter().chain(deployment.used_listeners().items);
    for other in others.filter(|other| other.arn != handshake.listener.arn && other.speaks_tls()) {
        let arns = deployment.certificate_arns(other).unwrap_or_else(|gap| {
            unread.get_or_insert(gap);
            other.certificate_arns.clone()
        });
        for arn in arns {
            match deployment.certificate(&arn) {
                Ok(Some(certificate)) if accepted(certificate) => return Ok(Some((other, certificate))),
                Ok(Some(_) | None) => {}
                Err(gap) => {
                    unread.get_or_insert(gap);
                }
            }
        }
    }
    unread.map_or(Ok(None), Err)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Verdict;
    use crate::examine::examine;
    use crate::model::fetched::Fetched;
    use crate::prove::{stories, tell};

    /// What the check says of a story, with the neighbour's certificate read or not.
    fn verdict(name: &str, read: bool) -> Verdict {
        let stories = stories(META.id);
        let (name, story) = stories.iter().find(|(other, _)| other == name).expect("the story is there");
        let told = tell(name, story);
        let mut facts = told.facts().clone();
        let used: Vec<String> =
            told.used_listeners().items.iter().flat_map(|listener| told.certificate_arns(listener).expect("read")).collect();
        if !read {
            let elsewhere = facts.certificates.iter_mut().filter(|(arn, _)| !used.contains(arn));
            elsewhere.for_each(|(_, certificate)| *certificate = Fetched::NotAsked);
        }
        examine(&[&WrongDefaultCert], &Deployment::new(facts, told.requests().to_vec())).reports[0].verdict
    }

    #[test]
    fn a_certificate_that_was_not_read_may_be_the_one_that_is_missed() {
        assert_eq!((verdict("on-the-other-port.json", true), verdict("on-the-other-port.json", false)), (Verdict::Fail, Verdict::Unknown));
        assert_eq!(verdict("expired-there.json", false), Verdict::Unknown);
        assert_eq!(verdict("on-both.json", false), Verdict::Pass, "the listener has it, whoever else does");
    }
}
