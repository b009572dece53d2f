//! Rows of the catalogue that no configuration shows, named as *possible* when an answer fits them and no fact rules them out.

use crate::answer::{Attempt, AttemptResult};
use crate::diagnose::Cause;
use crate::finding::Confidence;
use crate::model::deployment::Deployment;
use crate::model::gateway::Integration;
use crate::symptom::Symptom;

/// The rows that fit a symptom that no finding explains.
pub(crate) fn rows(deployment: &Deployment, symptom: Symptom, attempt: Option<&Attempt>) -> Vec<Cause> {
    // First: what was read may not be what the stage serves. Then nothing else that was read need hold.
    let mut causes: Vec<Cause> = undeployed(deployment).into_iter().collect();
    if symptom == Symptom::PlainHttpToHttpsPort {
        causes.extend(behind_the_balancer(deployment));
    }
    if symptom == Symptom::GatewayServiceUnavailable || symptom == Symptom::GatewayTimeout {
        causes.extend(slow(deployment, attempt));
    }
    causes
}

fn possible(check: &str, why: String) -> Cause {
    Cause { check: check.to_owned(), subject: None, confidence: Confidence::Possible, why, also: Vec::new() }
}

/// The sentence came although API Gateway speaks TLS, or the listener does not: then something behind the balancer said it.
fn behind_the_balancer(deployment: &Deployment) -> Option<Cause> {
    let (integration, listener) = *deployment.integration_listeners().items.first()?;
    if listener.speaks_tls() && !integration.speaks_tls() {
        return None; // secure-server-name-missing is the finding
    }
    let id = if listener.protocol == "TCP" { "tls-missing-tcp-passthrough" } else { "tg-protocol-http-vs-tls" };
    let name = integration.server_name().map_or_else(|| "none".to_owned(), |name| format!("\"{name}\""));
    let why = format!(
        "listener {} speaks {} and the secure server name is {name}, so the sentence comes from a server behind the load balancer whose port expects TLS",
        listener.port, listener.protocol
    );
    Some(possible(id, why))
}

/// API Gateway gave up at the integration's time limit: a drop or a slow backend; the clock cannot tell which.
fn slow(deployment: &Deployment, attempt: Option<&Attempt>) -> Option<Cause> {
    let attempt = attempt?;
    if !matches!(attempt.result, AttemptResult::Answered(_)) {
        return None;
    }
    let integrations = deployment.private_integrations().items;
    let limit = integrations.iter().filter_map(|integration: &&Integration| integration.timeout_ms).min()?;
    let took = attempt.timings.total_ms;
    let near = took + 500 >= u64::from(limit);
    near.then(|| possible("backend-slower-than-30s", format!("the answer came after {took} ms, and API Gateway gives up after {limit} ms")))
}

/// A stage without auto-deploy may serve an older definition than the one that was read.
fn undeployed(deployment: &Deployment) -> Option<Cause> {
    let request = deployment.requests().first()?;
    let stage = deployment.stage_for(request).ok()??;
    let why = || {
        format!(
            "stage {} does not deploy by itself: what was read is the saved definition, and the stage may still serve an older one",
            stage.name
        )
    };
    (!stage.auto_deploy).then(|| possible("undeployed-changes", why()))
}
