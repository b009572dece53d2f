//! A program behind the listener that says that it was sent plain HTTP on a port for TLS: whose words that are, and which row they fit.

use super::{integration_of, possible, undeployed};
use crate::answer::{Answer, Attribution};
use crate::diagnose::Cause;
use crate::finding::Confidence;
use crate::journey::Journey;
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::gateway::Integration;
use crate::semantics::attribution::expects_tls;
use crate::symptom::{Producer, Symptom};

/// Where a private integration leads, as far as it was read.
enum Way<'a> {
    /// To the tasks of a Cloud Map service.
    Tasks,
    /// To listeners: several where a TCP listener passes the bytes on to more than one.
    Listeners(Vec<&'a Listener>),
}

/// The sentence of the founding case has the same letters whether the load balancer says it or an nginx in the tasks. Where what was read shows
/// that the load balancer was not sent plain HTTP on a TLS port, the target said it; only the load balancer's own signature weighs more.
pub(crate) fn corrected(deployment: &Deployment, journey: &Journey, mut attribution: Attribution) -> Attribution {
    let doubtful = attribution.symptom == Symptom::PlainHttpToHttpsPort
        && attribution.producer == Producer::LoadBalancer
        && attribution.confidence < Confidence::Certain;
    // What the stage serves may be older than what was read.
    if !doubtful || undeployed(deployment, journey).is_some() {
        return attribution;
    }
    if let Some((integration, way)) = way(deployment, journey)
        && let Some(fact) = not_the_balancer(integration, &way)
    {
        attribution.producer = Producer::Target;
        attribution.confidence = attribution.confidence.min(Confidence::Likely);
        attribution.marks.push(fact);
    }
    attribution
}

/// The fact that keeps the load balancer from having said it.
fn not_the_balancer(integration: &Integration, way: &Way<'_>) -> Option<String> {
    match way {
        Way::Tasks => Some(format!("integration {} leads to tasks without a load balancer, so a task said this", integration.id)),
        Way::Listeners(listeners) => {
            let facts: Option<Vec<String>> = listeners.iter().map(|listener| is_content(integration, listener)).collect();
            facts?.into_iter().next()
        }
    }
}

/// The fact that lets a listener understand what API Gateway sends it.
fn is_content(integration: &Integration, listener: &Listener) -> Option<String> {
    if !listener.speaks_tls() {
        return Some(format!("listener {} speaks {}, so a server behind it said this", listener.port, listener.protocol));
    }
    let name = integration.server_name()?;
    Some(format!("API Gateway speaks TLS with listener {} (secure server name {name}), so a server behind it said this", listener.port))
}

/// The sentence came: from the load balancer, if the `TlsConfig` has no name that API Gateway could ask for, else from behind it.
pub(super) fn sentence(deployment: &Deployment, journey: &Journey) -> Option<Cause> {
    let (integration, way) = way(deployment, journey)?;
    if let Way::Listeners(listeners) = &way
        && listeners.first().is_some_and(|listener| listener.speaks_tls())
        && integration.server_name().is_none()
    {
        let why = "the TlsConfig has no name, and the answer shows that API Gateway spoke plain HTTP to an HTTPS listener";
        // Without a TlsConfig secure-server-name-missing is the finding.
        return integration.speaks_tls().then(|| possible("secure-server-name-missing", why.to_owned()));
    }
    row(integration, &way, "the sentence comes")
}

/// The same complaint in the words of a program that no load balancer runs.
pub(super) fn words(deployment: &Deployment, journey: &Journey, answer: &Answer) -> Option<Cause> {
    if !expects_tls(answer) {
        return None;
    }
    let (integration, way) = way(deployment, journey)?;
    row(integration, &way, "these words come")
}

/// The row of a port behind the listener that expects TLS and is sent plain HTTP. Where API Gateway's own TLS reaches the task, that is no port
/// of this deployment: the task hands on what somebody else said.
fn row(integration: &Integration, way: &Way<'_>, what: &str) -> Option<Cause> {
    let name = integration.server_name().map_or_else(|| "none".to_owned(), |name| format!("\"{name}\""));
    match way {
        Way::Tasks if integration.speaks_tls() => None,
        Way::Tasks => {
            let why = format!(
                "integration {} leads to tasks and the secure server name is {name}, so {what} from a task whose port expects TLS",
                integration.id
            );
            Some(possible("cm-tls", why))
        }
        Way::Listeners(listeners) => {
            let listener = listeners.first().filter(|listener| listener.protocol != "TCP" || !integration.speaks_tls())?;
            let id = if listener.protocol == "TCP" { "tls-missing-tcp-passthrough" } else { "tg-protocol-http-vs-tls" };
            let why = format!(
                "listener {} speaks {} and the secure server name is {name}, so {what} from a server behind the load balancer whose port expects TLS",
                listener.port, listener.protocol
            );
            Some(possible(id, why))
        }
    }
}

/// Where the request's private integration leads.
fn way<'a>(deployment: &'a Deployment, journey: &Journey) -> Option<(&'a Integration, Way<'a>)> {
    let integration = integration_of(deployment, journey)?;
    if integration.cloud_map_arn().is_some() {
        return Some((integration, Way::Tasks));
    }
    let named = deployment.listener_of(integration).ok()??;
    Some((integration, Way::Listeners(deployment.read_by(named).ok()?)))
}
