//! The handshake of an integration with its listener: which certificate is presented, and whether the server name stands on it.
//!
//! Only listeners that end the TLS session themselves count (`HTTPS`, and `TLS` of a Network Load Balancer): behind a `TCP`
//! listener the target presents a certificate that nobody can read from AWS.

use crate::check::Phase;
use crate::finding::{Blocks, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::balancing::Listener;
use crate::model::certificate::{Certificate, CertificateKind};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walk::Walk;
use crate::semantics::certificates::{NameMiss, choose_for_sni, covers, why_not_covered};
use crate::source;
use crate::symptom::Symptom;

/// An integration, its TLS listener, and what the listener presents to it.
#[derive(Clone, Debug)]
pub(super) struct Handshake<'a> {
    pub(super) integration: &'a Integration,
    pub(super) listener: &'a Listener,
    /// The certificate that is presented; the default one to an integration that speaks no TLS.
    pub(super) certificate: &'a Certificate,
    /// All certificates that were candidates, the default one first.
    pub(super) candidates: Vec<&'a Certificate>,
}

/// What the presented certificate says to the secure server name. Each answer but the first is one check's to report.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NameVerdict<'a> {
    /// It stands on the certificate.
    Covered,
    /// It is a load balancer's own DNS name: `server-name-is-elb-dns-name`.
    LoadBalancerName,
    /// A wildcard nearly covers it: `wildcard-depth`.
    WildcardDepth { certificate: &'a Certificate, wildcard: String },
    /// Neither: `server-name-san-mismatch`.
    Different,
}

/// Every used integration with a TLS listener.
pub(super) fn handshakes(deployment: &Deployment) -> Walk<Handshake<'_>> {
    let pairs = deployment.integration_readers();
    pairs.then(
        |(integration, listener)| {
            if listener.speaks_tls() { handshake(deployment, integration, listener).map(Some) } else { Ok(None) }
        },
    )
}

/// The handshake of one integration with its TLS listener.
pub(super) fn handshake<'a>(
    deployment: &'a Deployment,
    integration: &'a Integration,
    listener: &'a Listener,
) -> Result<Handshake<'a>, Gap> {
    let arns = if integration.speaks_tls() { deployment.certificate_arns(listener)? } else { listener.certificate_arns.clone() };
    let mut candidates = Vec::new();
    for (index, arn) in arns.iter().enumerate() {
        match deployment.certificate(arn)? {
            Some(certificate) => candidates.push(certificate),
            None if index == 0 => return Err(Gap::undecided(Part::Certificates, format!("AWS does not find certificate {arn}"))),
            None => {}
        }
    }
    let certificate = choose_for_sni(&candidates, integration.server_name());
    let certificate =
        certificate.ok_or_else(|| Gap::undecided(Part::Listeners, format!("listener {} shows no default certificate", listener.port)))?;
    Ok(Handshake { integration, listener, certificate, candidates })
}

impl<'a> Handshake<'a> {
    /// The name that API Gateway sends and verifies. `None`: it speaks no TLS, and `secure-server-name-missing` reports that.
    pub(super) fn name(&self) -> Result<Option<&'a str>, Gap> {
        if !self.integration.speaks_tls() {
            return Ok(None);
        }
        let nameless = || {
            let what =
                format!("integration {} has a TlsConfig without a name: what is verified then is not documented", self.integration.id);
            Gap::undecided(Part::Integrations, what)
        };
        self.integration.server_name().map(Some).ok_or_else(nameless)
    }

    /// Whether the name stands on the presented certificate.
    pub(super) fn verdict(&self, name: &str) -> Result<NameVerdict<'a>, Gap> {
        let undecided = |why: String| Gap::undecided(Part::Certificates, format!("certificate {}: {why}", self.subject().id));
        if covers(self.certificate, name).map_err(undecided)? {
            return Ok(NameVerdict::Covered);
        }
        if is_load_balancer_name(name) {
            return Ok(NameVerdict::LoadBalancerName);
        }
        let near = self.candidates.iter().copied().find_map(|certificate| match why_not_covered(certificate, name) {
            NameMiss::WildcardDepth { wildcard } => Some(NameVerdict::WildcardDepth { certificate, wildcard }),
            NameMiss::Different => None,
        });
        Ok(near.unwrap_or(NameVerdict::Different))
    }

    /// The presented certificate.
    pub(super) fn subject(&self) -> Subject {
        certificate_subject(self.certificate)
    }

    /// Where the presented certificate was read.
    pub(super) fn source(&self) -> &'static str {
        source_of(self.certificate)
    }

    /// The integration.
    pub(super) fn integration_subject(&self) -> Subject {
        Subject::new(SubjectKind::Integration, &self.integration.id)
    }

    /// Adds what makes this handshake matter: it stops the integration's requests, if they are TLS at all.
    pub(super) fn hits(&self, finding: Finding) -> Finding {
        let through = self.integration_subject();
        let finding = finding.evidence(Evidence::found(
            Deployment::listener_subject(self.listener),
            "Certificates",
            self.candidates.iter().map(|certificate| certificate.arn.as_str()).collect::<Vec<_>>().join(", "),
            // Who speaks no TLS is judged by the default certificate alone, and that stands in the listener itself.
            if self.integration.speaks_tls() { source::DESCRIBE_LISTENER_CERTIFICATES } else { source::DESCRIBE_LISTENERS },
        ));
        match self.integration.server_name() {
            Some(name) => finding
                .evidence(Evidence::found(through.clone(), "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS))
                .effect(Effect::blocks_all(Phase::Tls, through, handshake_fails())),
            None if self.integration.speaks_tls() => finding.effect(Effect::blocks_all(Phase::Tls, through, handshake_fails())),
            // Plain HTTP never gets to see a certificate: secure-server-name-missing stops the request first.
            None => finding.severity(Severity::Warning).effect(Effect::weakens(Phase::Tls, through)),
        }
    }
}

/// Makes a finding that stops all of its requests one that may stop them.
pub(super) fn may_stop(mut finding: Finding) -> Finding {
    if let Some(effect) = &mut finding.effect {
        effect.blocks = effect.blocks.min(Blocks::Some);
    }
    finding
}

/// What a client gets when API Gateway refuses the load balancer's certificate: seen in the field, not documented.
pub(crate) fn handshake_fails() -> ExpectedAnswer {
    ExpectedAnswer::gateway(Some(500), Symptom::GatewayInternalError).inferred()
}

/// The subject of a certificate.
pub(super) fn certificate_subject(certificate: &Certificate) -> Subject {
    Subject::from_arn(SubjectKind::Certificate, &certificate.arn)
}

/// The names of a certificate as evidence.
pub(super) fn names_of(certificate: &Certificate) -> Evidence {
    Evidence::found(certificate_subject(certificate), "SubjectAlternativeNames", certificate.names.join(", "), source_of(certificate))
}

/// The call that reads a certificate.
pub(super) fn source_of(certificate: &Certificate) -> &'static str {
    match certificate.kind {
        CertificateKind::Iam => source::GET_SERVER_CERTIFICATE,
        CertificateKind::AmazonIssued | CertificateKind::Private | CertificateKind::Imported => {
            if certificate.pem.is_some() {
                source::GET_CERTIFICATE
            } else {
                source::DESCRIBE_CERTIFICATE
            }
        }
    }
}

/// `NAME.REGION.elb.amazonaws.com` of an Application and `NAME.elb.REGION.amazonaws.com` of a Network Load Balancer, also in China.
pub(super) fn is_load_balancer_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let parent = name.strip_suffix(".cn").unwrap_or(&name).strip_suffix(".amazonaws.com");
    parent.is_some_and(|parent| parent.split('.').skip(1).any(|label| label == "elb"))
}

#[cfg(test)]
mod tests {
    use super::is_load_balancer_name;

    #[test]
    fn load_balancer_names_are_told_from_others() {
        assert!(is_load_balancer_name("internal-orders-1234567890.eu-central-1.elb.amazonaws.com"));
        assert!(is_load_balancer_name("Orders-1a2b.elb.eu-central-1.AMAZONAWS.com."));
        assert!(is_load_balancer_name("orders-1234567890.cn-north-1.elb.amazonaws.com.cn"));
        assert!(!is_load_balancer_name("elb.amazonaws.com"));
        assert!(!is_load_balancer_name("orders.elb.example.com"));
        assert!(!is_load_balancer_name("a1b2c3.execute-api.eu-central-1.amazonaws.com"));
    }
}
