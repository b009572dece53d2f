//! The certificate that the listener presents to API Gateway comes from a private certificate authority, which API Gateway does not know.

use super::fixes::public_in_place;
use super::served::{Handshake, handshakes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::semantics::certificates::{Trust, trust};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-cert-private-ca",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listener presents a certificate of a private authority",
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
    page: include_str!("lb_cert_private_ca.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbCertPrivateCa;

impl Check for LbCertPrivateCa {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let subject = handshake.subject();
            let undecided = |why: String| Err(Gap::undecided(Part::Certificates, format!("certificate {}: {why}", subject.id)));
            match trust(handshake.certificate) {
                Trust::PrivateCa { issuer } => out.found(finding(deployment, &handshake, &issuer)),
                Trust::Public { by } => out.fine(subject.clone(), format!("certificate {} is publicly trusted ({by})", subject.id)),
                Trust::SelfSigned => {} // lb-cert-self-signed reports it: there is no authority to speak of
                // Not this defect but another one (lb-cert-incomplete-chain), of which nothing reports yet: no reason to pass.
                Trust::Incomplete { issuer } => {
                    return undecided(format!("the certificate of {issuer} is missing in its chain, so who vouches for it cannot be told"));
                }
                Trust::Unknown { why } => return undecided(why),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>, issuer: &str) -> Finding {
    let subject = handshake.subject();
    let integration = &handshake.integration.id;
    let port = handshake.listener.port;
    let summary = format!(
        "certificate {}, which listener {port} presents to integration {integration}, is issued by a private CA ({issuer})",
        subject.id
    );
    // AWS documents the list of trusted authorities and that HTTP APIs cannot skip it; nobody wrote down a refusal.
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "Issuer", issuer, handshake.source()).expected("a public certificate authority"));
    let finding = handshake.hits(finding);
    public_in_place(deployment, handshake).into_iter().fold(finding, Finding::fix)
}
