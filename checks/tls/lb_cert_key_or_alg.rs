//! The certificate has an unusual key or signature, which API Gateway may refuse: what it accepts is not published.

use super::fixes::public_in_place;
use super::served::{Handshake, handshakes, may_stop};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Severity};
use crate::model::certificate::CertificateKind;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::semantics::certificates::{Strength, strength};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-cert-key-or-alg",
    hop: Hop::Tls,
    severity: Severity::Warning,
    title: "the listener presents a certificate with an unusual key or signature",
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
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_cert_key_or_alg.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbCertKeyOrAlg;

impl Check for LbCertKeyOrAlg {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let subject = handshake.subject();
            // ACM issues RSA 2048, P-256 and P-384 alone, signed with SHA-256 or better.
            if handshake.certificate.kind == CertificateKind::AmazonIssued {
                out.fine(subject.clone(), format!("Amazon issued certificate {}, with a usual key", subject.id));
                return Ok(());
            }
            let undecided = |why: String| Gap::undecided(Part::Certificates, format!("certificate {}: {why}", subject.id));
            let strength = strength(handshake.certificate).map_err(undecided)?;
            if strength.unusual.is_empty() {
                out.fine(
                    subject.clone(),
                    format!("certificate {} has a usual key and signature ({}, {})", subject.id, strength.key, strength.hash),
                );
            } else {
                out.found(finding(deployment, &handshake, &strength));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>, strength: &Strength) -> Finding {
    let subject = handshake.subject();
    let why = strength.unusual.join(", and ");
    let summary = format!(
        "certificate {}, which listener {} presents to integration {}, is unusual: {why}",
        subject.id, handshake.listener.port, handshake.integration.id
    );
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Possible)
        .evidence(Evidence::found(subject.clone(), "KeyAlgorithm", &strength.key, handshake.source()).expected("RSA 2048 or ECDSA P-256"))
        .evidence(Evidence::found(subject, "SignatureAlgorithm", &strength.hash, handshake.source()).expected("SHA-256 or longer"));
    let finding = may_stop(handshake.hits(finding)).severity(Severity::Warning);
    public_in_place(deployment, handshake).into_iter().fold(finding, Finding::fix)
}
