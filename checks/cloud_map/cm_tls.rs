//! A secure server name makes API Gateway speak TLS with the tasks themselves, and nothing that can be read says that they do.

use super::found::{Found, each};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, Finding, Severity};
use crate::model::cloud_map::CloudMapInstance;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use crate::tls::served::handshake_fails;
use crate::tls::tls_to_http_listener::without_tls;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "cm-tls",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "an integration with a secure server name speaks TLS to tasks that look as if they spoke plain HTTP",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices, Part::CloudMapInstances],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_tls.md"),
};

/// Ports on which servers speak plain HTTP unless somebody wanted otherwise. No configuration says which protocol a process speaks.
const PLAIN_PORTS: &[u16] = &[80, 3000, 5000, 8000, 8080];

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmTls;

impl Check for CmTls {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        each(deployment, out, |out, found| {
            let subject = Subject::new(SubjectKind::Integration, &found.integration.id);
            let asked = if found.discovery.usable.is_empty() { &found.discovery.addressable } else { &found.discovery.usable };
            if asked.is_empty() {
                return; // an earlier step leaves nobody who could speak anything
            }
            if !found.integration.speaks_tls() {
                return out.fine(subject, format!("integration {} speaks plain HTTP to the tasks", found.integration.id));
            }
            let plain: Vec<&CloudMapInstance> = asked.iter().copied().filter(is_plain).collect();
            if plain.is_empty() {
                out.found(unseen(found, asked, subject));
            } else {
                out.found(mismatch(found, &plain, asked.len(), subject).fix(without_tls(deployment, found.integration)));
            }
        });
        Ok(())
    }
}

fn is_plain(instance: &&CloudMapInstance) -> bool {
    instance.port().is_some_and(|port| PLAIN_PORTS.contains(&port))
}

fn ports(instances: &[&CloudMapInstance]) -> String {
    let ports: BTreeSet<u16> = instances.iter().filter_map(|instance| instance.port()).collect();
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn mismatch(found: &Found<'_>, plain: &[&CloudMapInstance], of: usize, subject: Subject) -> Finding {
    let ports = ports(plain);
    let who = if plain.len() == of { "the tasks".to_owned() } else { format!("{} of {of} tasks", plain.len()) };
    let summary = format!(
        "integration {} has a secure server name, so API Gateway speaks TLS, but {who} of {} listen on port {ports}, where plain HTTP is usual",
        found.integration.id, found.service.name
    );
    let mut effect = Effect::blocks_all(Phase::Tls, subject.clone(), handshake_fails()).and_through(found.subject());
    effect.blocks = if plain.len() == of { Blocks::All } else { Blocks::Some };
    let finding = Finding::new(&META, subject, summary).confidence(Confidence::Likely).effect(effect);
    evidence(finding, found, ports, "a port on which the tasks speak TLS")
}

/// Nothing speaks against TLS on these ports, and nothing can be read of the certificate either.
fn unseen(found: &Found<'_>, asked: &[&CloudMapInstance], subject: Subject) -> Finding {
    let summary = format!(
        "integration {} speaks TLS to the tasks of {}, and no AWS call shows their certificate: it has to be publicly trusted and for {}",
        found.integration.id,
        found.service.name,
        found.integration.server_name().unwrap_or("the secure server name")
    );
    let effect = Effect::weakens(Phase::Tls, subject.clone()).and_through(found.subject());
    let finding = Finding::new(&META, subject, summary).severity(Severity::Info).confidence(Confidence::Possible).effect(effect);
    evidence(finding, found, ports(asked), "tasks that speak TLS there")
}

fn evidence(finding: Finding, found: &Found<'_>, ports: String, expected: &str) -> Finding {
    let at = Subject::new(SubjectKind::Integration, &found.integration.id);
    let field = "TlsConfig.ServerNameToVerify";
    let tls = match found.integration.server_name() {
        Some(name) => Evidence::found(at, field, name, source::GET_INTEGRATIONS),
        None => Evidence::absent(at, field, source::GET_INTEGRATIONS),
    };
    finding
        .evidence(tls)
        .evidence(Evidence::found(found.subject(), "AWS_INSTANCE_PORT", ports, source::DISCOVER_INSTANCES).expected(expected))
}
