//! The certificate was uploaded without the certificates of the authorities above it, so the listener cannot show who vouches for it.

use super::fixes::public_in_place;
use super::served::{Handshake, handshakes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::certificate::{Certificate, CertificateKind};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::semantics::certificates::{Trust, trust};
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-cert-incomplete-chain",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listener presents a certificate without its chain",
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
    page: include_str!("lb_cert_incomplete_chain.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbCertIncompleteChain;

impl Check for LbCertIncompleteChain {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let subject = handshake.subject();
            match trust(handshake.certificate) {
                Trust::Incomplete { issuer } => out.found(finding(deployment, &handshake, &issuer)),
                Trust::Public { by } => out.fine(subject.clone(), format!("the chain of certificate {} is whole ({by})", subject.id)),
                Trust::SelfSigned | Trust::PrivateCa { .. } => {} // lb-cert-self-signed, lb-cert-private-ca: no chain would help
                Trust::Unknown { why } => {
                    return Err(Gap::undecided(Part::Certificates, format!("certificate {}: {why}", subject.id)));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>, issuer: &str) -> Finding {
    let subject = handshake.subject();
    let port = handshake.listener.port;
    let summary = format!(
        "certificate {}, which listener {port} presents to integration {}, was uploaded without the certificate of {issuer}",
        subject.id, handshake.integration.id
    );
    let chain = handshake.certificate.chain_pem.as_deref().filter(|chain| chain.contains("BEGIN CERTIFICATE"));
    let evidence = match chain {
        Some(_) => Evidence::found(subject.clone(), "CertificateChain", "a chain that does not lead to a public root", handshake.source()),
        None => Evidence::absent(subject.clone(), "CertificateChain", handshake.source()),
    };
    // That the chain ends nowhere is certain. That a public authority is behind it is read from its name, and what API Gateway does then
    // nobody wrote down.
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "Issuer", issuer, handshake.source()))
        .evidence(evidence.expected(format!("the certificate of {issuer}")));
    let again = upload_again(deployment, handshake.certificate);
    [again, public_in_place(deployment, handshake)].into_iter().flatten().fold(handshake.hits(finding), Finding::fix)
}

/// The chain is at whoever issued the certificate; it cannot be known here, so nothing is changed on the model.
fn upload_again(deployment: &Deployment, certificate: &Certificate) -> Option<Fix> {
    let files = "--certificate fileb://certificate.pem --private-key fileb://key.pem --certificate-chain fileb://chain.pem";
    match certificate.kind {
        CertificateKind::Imported => {
            let command = format!("acm import-certificate --certificate-arn {} {files}", quote(&certificate.arn));
            let fix = Fix::new("import the certificate once more under the same ARN, with its chain", Risk::Safe, Vec::new())
                .cli(aws(deployment, &command))
                .console("Certificate Manager → (certificate) → Reimport → Certificate chain");
            Some(fix)
        }
        CertificateKind::Iam => {
            let files = "--certificate-body file://certificate.pem --private-key file://key.pem --certificate-chain file://chain.pem";
            let fix = Fix::new("upload it under a new name with its chain, then name that on the listener", Risk::Safe, Vec::new())
                .cli(aws(deployment, &format!("iam upload-server-certificate --server-certificate-name NEW_NAME {files}")))
                .console("EC2: Load balancers → (load balancer) → listener → Certificates");
            Some(fix)
        }
        CertificateKind::AmazonIssued | CertificateKind::Private => None,
    }
}
