//! The secure server name is a wildcard. No server has such a name, and what API Gateway makes of it is not documented.

use super::fixes::rename_to;
use super::served::{handshake, handshake_fails, may_stop};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::certificates::{covers, example_name_for};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "server-name-wildcard-literal",
    hop: Hop::Tls,
    severity: Severity::Warning,
    title: "the secure server name is a wildcard, and no server is called that",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::ListenerCertificates, Part::Certificates, Part::Stages],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("server_name_wildcard_literal.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServerNameWildcardLiteral;

impl Check for ServerNameWildcardLiteral {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_readers(), |out, (integration, listener)| {
            let Some(name) = integration.server_name() else { return Ok(()) };
            if listener.protocol == "HTTP" {
                return Ok(()); // a name for a listener without TLS is tls-to-http-listener
            }
            if name.contains('*') {
                out.found(finding(deployment, integration, listener, name));
            } else {
                let subject = Subject::new(SubjectKind::Integration, &integration.id);
                out.fine(subject, format!("the secure server name {name} is no wildcard"));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, listener: &Listener, name: &str) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let summary = format!("the secure server name of integration {} is the wildcard {name}, not a name", integration.id);
    // One report tells of an answer with such a name, without saying that it was in use; AWS says nothing.
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Possible)
        .evidence(
            Evidence::found(subject.clone(), "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS)
                .expected("a name that the certificate covers"),
        )
        .effect(Effect::blocks_all(Phase::Tls, subject, handshake_fails()));
    may_stop(finding).fix(concrete(deployment, integration, listener, name))
}

/// A name under the wildcard if a certificate of the listener covers it, else one that stands on the default certificate.
fn concrete(deployment: &Deployment, integration: &Integration, listener: &Listener, name: &str) -> Fix {
    let under = format!("api.{}", name.trim_start_matches("*."));
    let read = handshake(deployment, integration, listener).ok().filter(|_| listener.speaks_tls());
    let covered = read.as_ref().is_some_and(|read| read.candidates.iter().any(|certificate| covers(certificate, &under) == Ok(true)));
    let known = if covered { Some(under.clone()) } else { read.and_then(|read| example_name_for(read.certificate)) };
    known.map_or_else(
        || {
            let argument = quote(&format!("ServerNameToVerify={under}"));
            let fix =
                Fix::new("set the secure server name to a name that the certificate covers, for example this one", Risk::Safe, Vec::new())
                    .cli(update_integration(deployment, &integration.id, &format!("--tls-config {argument}")))
                    .console(format!("{CONSOLE_INTEGRATION} → Advanced settings → Secure server name"));
            then_deploy(deployment, fix)
        },
        |name| rename_to(deployment, integration, &name),
    )
}
