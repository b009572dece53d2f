//! The truststore of a custom domain holds certificates that are not valid.

use super::entry::{console, subject, update_domain};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::{Domain, MutualTls};
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "mtls-truststore-warnings",
    hop: Hop::Domain,
    severity: Severity::Warning,
    title: "the truststore of a custom domain holds certificates that are not valid",
    phase: Some(Phase::Edge),
    needs: &[Part::Domains],
    optional: &[],
    symptoms: &[Symptom::TlsFailed, Symptom::Reset, Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("mtls_truststore_warnings.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct MtlsTruststoreWarnings;

impl Check for MtlsTruststoreWarnings {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for domain in deployment.domains()?.values() {
            match &domain.mutual_tls {
                Some(mutual) if !mutual.truststore_warnings.is_empty() => out.found(finding(deployment, domain, mutual)),
                Some(_) => out.fine(subject(domain), format!("AWS has no warnings about the truststore of {}", domain.name)),
                None => out.fine(subject(domain), format!("{} asks for no client certificate", domain.name)),
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, domain: &Domain, mutual: &MutualTls) -> Finding {
    let count = mutual.truststore_warnings.len();
    let words = if count == 1 { "a warning".to_owned() } else { format!("{count} warnings") };
    let mut finding = Finding::new(&META, subject(domain), format!("AWS has {words} about the truststore of {}", domain.name))
        .effect(Effect::weakens(Phase::Edge, subject(domain)));
    for warning in mutual.truststore_warnings.iter().take(3) {
        let evidence = Evidence::found(subject(domain), "MutualTlsAuthentication.TruststoreWarnings", warning, source::GET_DOMAIN_NAMES);
        finding = finding.evidence(evidence.expected("none"));
    }
    finding.fix(upload(deployment, domain, mutual))
}

/// The warnings are AWS's to take back, so nothing is changed on the model.
fn upload(deployment: &Deployment, domain: &Domain, mutual: &MutualTls) -> Fix {
    let uri = mutual.truststore_uri.as_deref().unwrap_or("s3://BUCKET/truststore.pem");
    let (bucket, key) = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/')).unwrap_or(("BUCKET", "truststore.pem"));
    let what = "--body truststore.pem --query VersionId --output text";
    let put = format!("s3api put-object --bucket {} --key {} {what}", quote(bucket), quote(key));
    let arguments = format!("--mutual-tls-authentication TruststoreUri={},TruststoreVersion=\"$VERSION\"", quote(uri));
    Fix::new(
        "upload a truststore without the certificates that are named, and point the domain to its version",
        Risk::Disruptive,
        Vec::new(),
    )
    .cli(format!("VERSION=$({})", aws(deployment, &put)))
    .cli(update_domain(deployment, domain, &arguments))
    .console(format!("{} → Mutual TLS authentication → Edit", console(domain)))
}
