//! Rows of the catalogue that no configuration shows, named as *possible* when an answer fits them and no fact rules them out.

use crate::answer::{Attempt, AttemptResult};
use crate::diagnose::{Among, Cause, Observed};
use crate::finding::Confidence;
use crate::journey::Journey;
use crate::listener::host::MAPPING;
use crate::load_balancer::idle_timeout_shorter_than_backend::idle_timeout;
use crate::load_balancer::waf_fail_closed::FAIL_OPEN;
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::gateway::Integration;
use crate::model::subject::SubjectKind;
use crate::symptom::{Producer, Symptom};

mod behind;
mod broken_off;
mod said;

pub(crate) use behind::corrected;
pub(crate) use said::{leads_to_itself, refuses_host};

/// The rows that fit a symptom that no finding explains, at the resources of the request's own journey.
pub(crate) fn rows(deployment: &Deployment, journey: &Journey, observed: &Observed) -> Vec<Cause> {
    let symptom = observed.attribution.symptom;
    let mut causes = Vec::new();
    // First: what was read may not be what the stage serves. Then nothing else that was read need hold. The client's own troubles and a
    // target's own answers are no matter of the definition.
    if matches!(observed.attribution.producer, Producer::ApiGateway | Producer::LoadBalancer) {
        causes.extend(undeployed(deployment, journey));
    }
    if symptom == Symptom::PlainHttpToHttpsPort {
        causes.extend(behind::sentence(deployment, journey));
    }
    if symptom == Symptom::GatewayServiceUnavailable || symptom == Symptom::GatewayTimeout {
        causes.extend(slow(deployment, journey, &observed.attempt));
    }
    if symptom == Symptom::LbForbidden {
        causes.extend(guarded(deployment, journey));
    }
    if symptom == Symptom::LbGatewayTimeout {
        causes.extend(silent(deployment, journey, &observed.attempt));
    }
    if symptom == Symptom::GatewayInternalError {
        causes.extend(unseen_certificate(deployment, journey));
        causes.extend(broken_authorizer(deployment, journey));
    }
    if symptom == Symptom::LbInternalError {
        causes.extend(unasked_firewall(deployment, journey));
    }
    if symptom == Symptom::TargetAnswer {
        causes.extend(unknown_host(deployment, journey, &observed.attempt));
    }
    if symptom == Symptom::GatewayTooManyRequests {
        causes.push(throttled(deployment, journey));
    }
    causes.extend(said::rows(deployment, journey, observed));
    causes
}

/// What is left when no fact speaks for any other row: a target was reached, and did not end its answer.
pub(crate) fn otherwise(deployment: &Deployment, journey: &Journey, observed: &Observed, among: Option<Among>) -> Vec<Cause> {
    let balancer = balancer_of(deployment, journey).filter(|balancer| balancer.is_application());
    match balancer {
        Some(balancer) if observed.attribution.symptom == Symptom::LbBadGateway => broken_off::rows(deployment, balancer, among),
        Some(_) | None => Vec::new(),
    }
}

/// No limit that was read is zero or low: then it is traffic, against the stage's limits or the account's.
fn throttled(deployment: &Deployment, journey: &Journey) -> Cause {
    let stage = deployment.requests().get(journey.request).and_then(|request| deployment.stage_for(request).ok()?);
    let own = stage.is_some_and(|stage| stage.default_route_settings.is_some() || !stage.route_settings.is_empty());
    let whose = if own { "of the stage or of the account" } else { "of the account, which all its APIs in the Region share" };
    possible("throttle-low", format!("more requests came than a limit {whose} allows"))
}

pub(super) fn possible(check: &str, why: String) -> Cause {
    Cause { check: check.to_owned(), subject: None, confidence: Confidence::Possible, why, also: Vec::new() }
}

/// API Gateway gave up at the integration's time limit: a drop or a slow backend; the clock cannot tell which.
fn slow(deployment: &Deployment, journey: &Journey, attempt: &Attempt) -> Option<Cause> {
    if !matches!(attempt.result, AttemptResult::Answered(_)) {
        return None;
    }
    let limit = integration_of(deployment, journey)?.timeout_ms?;
    let took = attempt.timings.total_ms;
    let near = took + 500 >= u64::from(limit);
    near.then(|| possible("backend-slower-than-30s", format!("the answer came after {took} ms, and API Gateway gives up after {limit} ms")))
}

/// API Gateway speaks TLS with the tasks themselves, and which certificate they present no AWS call shows.
fn unseen_certificate(deployment: &Deployment, journey: &Journey) -> Option<Cause> {
    let integration = integration_of(deployment, journey)?;
    integration.cloud_map_arn().filter(|_| integration.speaks_tls())?;
    let name = integration.server_name().unwrap_or("the secure server name");
    Some(possible("cm-tls", format!("the tasks have to present a publicly trusted certificate for {name}, and no AWS call shows it")))
}

/// The task said no to something about the request, and nobody set the Host that it sees.
fn unknown_host(deployment: &Deployment, journey: &Journey, attempt: &Attempt) -> Option<Cause> {
    let AttemptResult::Answered(answer) = &attempt.result else { return None };
    let integration = integration_of(deployment, journey)?;
    integration.cloud_map_arn().filter(|_| integration.mapping(MAPPING).is_none())?;
    let why = || {
        format!("integration {} does not say which Host it sends, and the application may not know the one that it sees", integration.id)
    };
    matches!(answer.status, 400 | 404).then(|| possible("cm-host-is-task-address", why()))
}

/// A web ACL stands before the load balancer, and which requests it blocks is not among the facts.
fn guarded(deployment: &Deployment, journey: &Journey) -> Option<Cause> {
    let why = match deployment.web_acl(&balancer_of(deployment, journey)?.arn) {
        Ok(None) => return None,
        Ok(Some(acl)) => format!("web ACL {} guards the load balancer, and which requests it blocks is not among the facts", acl.name),
        Err(_) => "a load balancer writes a 403 when AWS WAF blocks a request, and whether it has a web ACL was not read".to_owned(),
    };
    Some(possible("waf-blocks", why))
}

/// A load balancer writes a 500 while AWS WAF cannot be asked, unless it is told not to. Where both facts were read, waf-fail-closed is a finding.
fn unasked_firewall(deployment: &Deployment, journey: &Journey) -> Option<Cause> {
    let arn = &balancer_of(deployment, journey).filter(|balancer| balancer.is_application())?.arn;
    let acl = deployment.web_acl(arn);
    let open =
        deployment.load_balancer_attributes(arn).ok().map(|attributes| attributes.get(FAIL_OPEN).is_some_and(|value| value == "true"));
    let unread = match (acl, open) {
        (Ok(None), _) | (_, Some(true)) | (Ok(Some(_)), Some(false)) => return None,
        (Err(_), _) => "whether it has a web ACL was not read",
        (Ok(Some(_)), None) => "whether it lets requests through then was not read",
    };
    Some(possible("waf-fail-closed", format!("a load balancer writes a 500 while AWS WAF cannot be asked, and {unread}")))
}

/// A Lambda authorizer is asked before the integration, and what its function answers, and how fast, no configuration shows.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
fn broken_authorizer(deployment: &Deployment, journey: &Journey) -> Option<Cause> {
    let station = journey.stations.iter().find(|station| station.subject.kind == SubjectKind::Route)?;
    let route = deployment.routes().ok()?.values().find(|route| route.key == station.subject.id)?;
    let id = route.authorizer_id.as_ref().filter(|_| route.authorization_type == "CUSTOM")?;
    // Of HTTP APIs, a CUSTOM authorizer is a REQUEST one.
    let name = deployment.authorizers().ok().and_then(|all| all.get(id)).map_or(id, |authorizer| &authorizer.name);
    let why =
        format!("route {} asks authorizer {name} first, and its function may fail, answer in a wrong format or take too long", route.key);
    Some(possible("lambda-authorizer-broken", why))
}

/// The load balancer gave up after its idle timeout, and that is shorter than API Gateway's patience.
fn silent(deployment: &Deployment, journey: &Journey, attempt: &Attempt) -> Option<Cause> {
    let balancer = balancer_of(deployment, journey).filter(|balancer| balancer.is_application())?;
    let idle = u64::from(idle_timeout(deployment, &balancer.arn).ok()?) * 1000;
    let waits = u64::from(integration_of(deployment, journey)?.timeout_ms?);
    let took = attempt.timings.total_ms;
    let near = took + 500 >= idle && took <= idle + 2000;
    let why = || format!("the answer came after {took} ms, and the load balancer waits {idle} ms for a silent target");
    (idle < waits && near).then(|| possible("idle-timeout-shorter-than-backend", why()))
}

/// The load balancer that reads the request: the last one on the way.
pub(crate) fn balancer_of<'a>(deployment: &'a Deployment, journey: &Journey) -> Option<&'a LoadBalancer> {
    let station = journey.stations.iter().rfind(|station| station.subject.kind == SubjectKind::LoadBalancer)?;
    deployment.load_balancer(station.subject.arn.as_deref()?).ok()?
}

/// A stage without auto-deploy may serve an older definition than the one that was read.
fn undeployed(deployment: &Deployment, journey: &Journey) -> Option<Cause> {
    let request = deployment.requests().get(journey.request)?;
    let stage = deployment.stage_for(request).ok()??;
    let why = || {
        format!(
            "stage {} does not deploy by itself: what was read is the saved definition, and the stage may still serve an older one",
            stage.name
        )
    };
    let known = deployment.saved_definition().is_ok() && deployment.deployed_definition(&stage.name).is_ok();
    (!stage.auto_deploy && !known).then(|| possible("undeployed-changes", why()))
}

/// The private integration that the request passes.
pub(crate) fn integration_of<'a>(deployment: &'a Deployment, journey: &Journey) -> Option<&'a Integration> {
    let station = journey.stations.iter().find(|station| station.subject.kind == SubjectKind::Integration)?;
    deployment.integrations().ok()?.get(&station.subject.id).filter(|integration| integration.is_private())
}
