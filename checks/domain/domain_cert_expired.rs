//! The certificate that a custom domain shows to clients is expired, or ACM does not call it issued.

use super::certificate::{Shown, replace, shown};
use super::entry::{no_handshake, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::certificate::CertificateKind;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::certificates::{Validity, validity};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "domain-cert-expired",
    hop: Hop::Domain,
    severity: Severity::Error,
    title: "the certificate of a custom domain is not valid any more, or not yet",
    phase: Some(Phase::Edge),
    needs: &[Part::Domains, Part::Certificates],
    optional: &[],
    symptoms: &[Symptom::TlsFailed],
    refines: &[],
    since: "0.1.0",
    page: include_str!("domain_cert_expired.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DomainCertExpired;

impl Check for DomainCertExpired {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(shown(deployment), |out, shown| {
            let status = shown.certificate.status.as_deref();
            match (validity(shown.certificate, deployment.now()), status) {
                (Validity::Expired { since }, _) => {
                    out.found(finding(deployment, &shown, &format!("expired at {since}"), "NotAfter", since.to_string()));
                }
                (Validity::NotYet { from }, _) => {
                    out.found(finding(deployment, &shown, &format!("is not valid before {from}"), "NotBefore", from.to_string()));
                }
                (_, Some(status)) if status != "ISSUED" => {
                    out.found(finding(deployment, &shown, &format!("has the status {status}"), "Status", status.to_owned()));
                }
                (Validity::Unknown, None) => {
                    let what = format!("neither the dates nor the status of the certificate of {} are known", shown.domain.name);
                    return Err(Gap::undecided(Part::Certificates, what));
                }
                (Validity::Valid | Validity::Unknown, _) => {
                    out.fine(subject(shown.domain), format!("the certificate of {} is valid", shown.domain.name));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, shown: &Shown<'_>, what: &str, field: &'static str, value: String) -> Finding {
    let domain = subject(shown.domain);
    let at = Subject::from_arn(SubjectKind::Certificate, &shown.certificate.arn);
    let expected = if field == "Status" { "ISSUED".to_owned() } else { format!("valid at {}", deployment.now()) };
    Finding::new(&META, domain.clone(), format!("the certificate that {} shows {what}", shown.domain.name))
        .evidence(Evidence::found(at, field, value, source::DESCRIBE_CERTIFICATE).expected(expected))
        .evidence(Evidence::found(domain.clone(), "CertificateArn", &shown.certificate.arn, source::GET_DOMAIN_NAMES))
        .effect(Effect::blocks_all(Phase::Edge, domain, no_handshake()))
        .fix(replace(deployment, shown))
        .fix(renew(deployment, shown))
}

/// Under the same ARN. Whether and when that succeeds is not for the model to say.
fn renew(deployment: &Deployment, shown: &Shown<'_>) -> Fix {
    let arn = quote(&shown.certificate.arn);
    if shown.certificate.kind == CertificateKind::Imported {
        let files = "--certificate fileb://certificate.pem --private-key fileb://key.pem --certificate-chain fileb://chain.pem";
        return Fix::new("import the renewed certificate under the same ARN", Risk::Safe, Vec::new())
            .cli(aws(deployment, &format!("acm import-certificate --certificate-arn {arn} {files}")))
            .console("Certificate Manager → (certificate) → Reimport");
    }
    let query = "--query 'Certificate.[RenewalSummary,DomainValidationOptions[].ResourceRecord]'";
    Fix::new("let ACM renew it: put its CNAME records back into the domain's public DNS", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("acm describe-certificate --certificate-arn {arn} {query}")))
        .console("Certificate Manager → (certificate) → Domains: create the records that are shown")
}
