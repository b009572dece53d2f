//! The certificate of a custom domain does not cover its name: a wildcard stands for one label.

use super::certificate::{Shown, replace, shown};
use super::entry::{no_handshake, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::certificates::{NameMiss, covers, why_not_covered};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "domain-cert-wildcard-depth",
    hop: Hop::Domain,
    severity: Severity::Error,
    title: "the certificate of a custom domain does not cover its name",
    phase: Some(Phase::Edge),
    needs: &[Part::Domains, Part::Certificates],
    optional: &[],
    symptoms: &[Symptom::TlsFailed],
    refines: &[],
    since: "0.1.0",
    page: include_str!("domain_cert_wildcard_depth.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DomainCertWildcardDepth;

impl Check for DomainCertWildcardDepth {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(shown(deployment), |out, shown| {
            let name = asked_name(&shown.domain.name);
            match covers(shown.certificate, &name) {
                Ok(true) => out.fine(subject(shown.domain), format!("its certificate covers {}", shown.domain.name)),
                Ok(false) => out.found(finding(deployment, &shown, &name)),
                Err(why) => return Err(Gap::undecided(Part::Certificates, why)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// A name that a client asks for: for a wildcard domain any one below it.
fn asked_name(domain: &str) -> String {
    domain.strip_prefix("*.").map_or_else(|| domain.to_owned(), |parent| format!("any-name-at-all.{parent}"))
}

fn finding(deployment: &Deployment, shown: &Shown<'_>, name: &str) -> Finding {
    let domain = &shown.domain.name;
    let names = shown.certificate.names.join(", ");
    let why = match why_not_covered(shown.certificate, name) {
        NameMiss::WildcardDepth { wildcard } => format!("{wildcard} stands for exactly one label"),
        NameMiss::Different => format!("it is for {names}"),
    };
    let at = Subject::from_arn(SubjectKind::Certificate, &shown.certificate.arn);
    // Every TLS client refuses the name; which words it has for that is its own.
    let effect = Effect::blocks_all(Phase::Edge, subject(shown.domain), no_handshake());
    Finding::new(&META, subject(shown.domain), format!("the certificate of {domain} does not cover that name: {why}"))
        .evidence(Evidence::found(at, "SubjectAlternativeNames", names, source::DESCRIBE_CERTIFICATE).expected(domain))
        .evidence(Evidence::found(subject(shown.domain), "CertificateArn", &shown.certificate.arn, source::GET_DOMAIN_NAMES))
        .effect(effect)
        .fix(replace(deployment, shown))
}
