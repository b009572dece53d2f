//! The certificate that the listener presents to API Gateway is expired, or not valid yet. The load balancer presents it all the same.

use super::fixes::public_in_place;
use super::served::{Handshake, handshakes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::certificate::{Certificate, CertificateKind};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::time::Timestamp;
use crate::semantics::certificates::{Validity, validity};
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-cert-expired",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listener presents a certificate that is not valid now",
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
    page: include_str!("lb_cert_expired.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbCertExpired;

impl Check for LbCertExpired {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(handshakes(deployment), |out, handshake| {
            let subject = handshake.subject();
            match validity(handshake.certificate, deployment.now()) {
                Validity::Valid => {
                    let until = handshake.certificate.not_after.map_or_else(String::new, |end| format!(" until {end}"));
                    out.fine(subject.clone(), format!("certificate {} is valid{until}", subject.id));
                }
                Validity::Expired { since } => {
                    let what = format!("expired {} ago", days(since, deployment.now()));
                    out.found(finding(deployment, &handshake, &what, "NotAfter", since));
                }
                Validity::NotYet { from } => {
                    let what = format!("is not valid before {from}");
                    out.found(finding(deployment, &handshake, &what, "NotBefore", from));
                }
                Validity::Unknown => {
                    let what = format!("the dates of certificate {} are not known", subject.id);
                    return Err(Gap::undecided(Part::Certificates, what));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn days(from: Timestamp, to: Timestamp) -> String {
    match from.days_until(to) {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn finding(deployment: &Deployment, handshake: &Handshake<'_>, what: &str, field: &'static str, moment: Timestamp) -> Finding {
    let subject = handshake.subject();
    let integration = &handshake.integration.id;
    let port = handshake.listener.port;
    let summary = format!("certificate {}, which listener {port} presents to integration {integration}, {what}", subject.id);
    let finding = Finding::new(&META, subject.clone(), summary).evidence(
        Evidence::found(subject, field, moment.to_string(), handshake.source()).expected(format!("valid at {}", deployment.now())),
    );
    let again = upload_again(deployment, handshake.certificate);
    [public_in_place(deployment, handshake), again].into_iter().flatten().fold(handshake.hits(finding), Finding::fix)
}

/// What somebody uploaded can be uploaded anew under its ARN; whether that will be trusted is not known, so nothing is changed on the model.
fn upload_again(deployment: &Deployment, certificate: &Certificate) -> Option<Fix> {
    if certificate.kind != CertificateKind::Imported {
        return None; // ACM renews its own; an IAM server certificate cannot be replaced under its name
    }
    let arn = quote(&certificate.arn);
    let files = "--certificate fileb://certificate.pem --private-key fileb://key.pem --certificate-chain fileb://chain.pem";
    let fix = Fix::new("import the renewed certificate with its chain under the same ARN", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("acm import-certificate --certificate-arn {arn} {files}")))
        .console("Certificate Manager → (certificate) → Reimport");
    Some(fix)
}
