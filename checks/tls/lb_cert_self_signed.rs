//! The certificate that the listener presents to API Gateway has signed itself, so nobody vouches for it.

use super::fixes::public_in_place;
use super::served::{Handshake, handshakes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::semantics::certificates::{Trust, describe_pem, trust};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-cert-self-signed",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listener presents a self-signed certificate",
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
    page: include_str!("lb_cert_self_signed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbCertSelfSigned;

impl Check for LbCertSelfSigned {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let subject = handshake.subject();
            match trust(handshake.certificate) {
                Trust::SelfSigned => out.found(finding(deployment, &handshake)),
                Trust::Public { by } => out.fine(subject.clone(), format!("certificate {} is publicly trusted ({by})", subject.id)),
                Trust::PrivateCa { issuer } | Trust::Incomplete { issuer } => {
                    out.fine(subject.clone(), format!("certificate {} is signed by {issuer}, not by itself", subject.id));
                }
                Trust::Unknown { why } => {
                    return Err(Gap::undecided(Part::Certificates, format!("certificate {}: {why}", subject.id)));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>) -> Finding {
    let subject = handshake.subject();
    let integration = &handshake.integration.id;
    let port = handshake.listener.port;
    let summary = format!("certificate {}, which listener {port} presents to integration {integration}, is self-signed", subject.id);
    let read = handshake.certificate.pem.as_deref().and_then(|pem| describe_pem(pem).ok());
    let issuer = read.map_or_else(|| handshake.certificate.issuer.clone().unwrap_or_default(), |read| read.issuer);
    // AWS documents the list of trusted authorities and that HTTP APIs cannot skip it; nobody wrote down a refusal.
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "Issuer", issuer, handshake.source()).expected("a public certificate authority"));
    let finding = handshake.hits(finding);
    public_in_place(deployment, handshake).into_iter().fold(finding, Finding::fix)
}
