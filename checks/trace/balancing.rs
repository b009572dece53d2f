//! The stations behind the VPC link: load balancer, listener, rule, target group, service.

use super::Told;
use crate::journey::Journey;
use crate::model::balancing::{Action, Listener, Target};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::subject::{SubjectKind, arn_tail};
use crate::semantics::certificates::{choose_for_sni, covers};
use crate::semantics::discovery::discover;
use crate::semantics::mapping::{Arrival, arrival};
use crate::semantics::{routes, rules};
use crate::source;
use std::collections::BTreeMap;

pub(super) fn load_balancer(deployment: &Deployment, journey: &Journey, arn: &str) -> Result<Told, Gap> {
    let Some(lb) = deployment.load_balancer(arn)? else {
        return Ok(Told::new("does not exist").because("AWS knows no such load balancer", source::DESCRIBE_LOAD_BALANCERS));
    };
    let zones: Vec<&str> = lb.zones.iter().map(|zone| zone.zone.as_str()).collect();
    let named = listener_of(deployment, journey)?.is_none_or(|listener| listener.load_balancer_arn == arn);
    let chosen = match named {
        true => ("the integration's listener belongs to it", source::GET_INTEGRATIONS),
        false => ("it is the target of the Network Load Balancer in front of it", source::DESCRIBE_TARGET_HEALTH),
    };
    let state = deployment.load_balancer_state(lb).map_or_else(|gap| gap.why(), |state| format!("its state is {}", state.code));
    Ok(Told::new(format!("{} {} in {}", lb.scheme, lb.kind, zones.join(", ")))
        .because(chosen.0, chosen.1)
        .because(state, source::DESCRIBE_LOAD_BALANCERS))
}

pub(super) fn listener(deployment: &Deployment, journey: &Journey, arn: &str) -> Result<Told, Gap> {
    let Some(listener) = deployment.listener(arn)? else {
        return Ok(Told::new("does not exist").because("AWS knows no such listener", source::DESCRIBE_LISTENERS));
    };
    let mut told = Told::new(format!("{} on port {}", listener.protocol, listener.port));
    told = match listener_of(deployment, journey)?.is_none_or(|named| named.arn == arn) {
        true => told.because("the integration's URI names it", source::GET_INTEGRATIONS),
        false => told.because("it has the port on which its load balancer is registered as a target", source::DESCRIBE_TARGET_HEALTH),
    };
    if let Some(integration) = integration_of(deployment, journey)?.filter(|_| listener.speaks_tls()) {
        told = certificate(deployment, listener, integration, told)?;
    }
    let Some(arrival) = arrival_of(deployment, journey)? else { return Ok(told) };
    let all = deployment.rules(listener)?;
    let evaluation = rules::evaluate(&all, listener, &arrival, sources(deployment, journey).as_deref());
    for candidate in evaluation.candidates.iter().filter(|candidate| candidate.rule.is_none()) {
        told = told.because(format!("default action: {}; {}", in_words(candidate.actions), candidate.why), source::DESCRIBE_LISTENERS);
    }
    for (rule, why) in evaluation.rejected {
        told = told.over(format!("rule {}: {why}", priority(rule.priority)));
    }
    Ok(told)
}

/// Which certificate the listener shows for the integration's name, and whether the name is on it.
fn certificate(deployment: &Deployment, listener: &Listener, integration: &Integration, mut told: Told) -> Result<Told, Gap> {
    let arns = deployment.certificate_arns(listener)?;
    let mut known = Vec::new();
    for arn in &arns {
        known.extend(deployment.certificate(arn)?);
    }
    let name = integration.server_name();
    let Some(chosen) = choose_for_sni(&known, name) else { return Ok(told) };
    let fits = name.map_or("no name is asked for", |name| match covers(chosen, name) {
        Ok(true) => "the name is on it",
        Ok(false) => "the name is not on it",
        Err(_) => "whether the name is on it could not be told",
    });
    told = told.because(format!("shows the certificate for {}: {fits}", chosen.names.join(", ")), source::DESCRIBE_CERTIFICATE);
    for other in known.iter().filter(|other| other.arn != chosen.arn) {
        told = told.over(format!("certificate for {}: not chosen for this name", other.names.join(", ")));
    }
    Ok(told)
}

pub(super) fn rule(deployment: &Deployment, journey: &Journey, arn: &str) -> Result<Told, Gap> {
    let (Some(named), Some(arrival)) = (listener_of(deployment, journey)?, arrival_of(deployment, journey)?) else {
        return Ok(Told::new("applies"));
    };
    let [listener] = deployment.read_by(named)?[..] else { return Ok(Told::new("applies")) };
    let all = deployment.rules(listener)?;
    let evaluation = rules::evaluate(&all, listener, &arrival, sources(deployment, journey).as_deref());
    let Some(candidate) = evaluation.candidates.iter().find(|candidate| candidate.rule.is_some_and(|rule| rule.arn == arn)) else {
        return Ok(Told::new("applies"));
    };
    let certain = if candidate.certain { "" } else { "perhaps " };
    let number = priority(candidate.rule.and_then(|rule| rule.priority));
    Ok(Told::new(format!("{certain}{}", in_words(candidate.actions)))
        .because(format!("priority {number}: {}", candidate.why), source::DESCRIBE_RULES))
}

pub(super) fn target_group(deployment: &Deployment, arn: &str) -> Result<Told, Gap> {
    let Some(group) = deployment.target_group(arn)? else {
        return Ok(Told::new("does not exist").because("AWS knows no such target group", source::DESCRIBE_TARGET_GROUPS));
    };
    let protocol = group.protocol.as_deref().unwrap_or("no protocol");
    let port = group.port.map_or_else(String::new, |port| format!(" on port {port}"));
    let told = Told::new(format!("{} targets, {protocol}{port}", group.target_type));
    let told = told.because("an action forwards to it", source::DESCRIBE_RULES);
    Ok(match deployment.targets(arn) {
        Ok(targets) => told.because(states(targets), source::DESCRIBE_TARGET_HEALTH),
        Err(gap) => told.because(gap.why(), source::DESCRIBE_TARGET_HEALTH),
    })
}

fn states(targets: &[Target]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for target in targets {
        *counts.entry(target.state.as_str()).or_default() += 1;
    }
    let words: Vec<String> = counts.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
    if words.is_empty() { "no target is registered".to_owned() } else { format!("targets: {}", words.join(", ")) }
}

pub(super) fn cloud_map(deployment: &Deployment, journey: &Journey, arn: &str) -> Result<Told, Gap> {
    let Some(service) = deployment.cloud_map_service(arn)? else {
        return Ok(Told::new("does not exist").because("AWS knows no such service", source::GET_SERVICE));
    };
    let namespace = service.namespace_name.as_deref().unwrap_or("an unknown namespace");
    let told =
        Told::new(format!("\"{}\" in {namespace}", service.name)).because("the integration's URI names it", source::GET_INTEGRATIONS);
    let uri = integration_of(deployment, journey)?.and_then(|integration| integration.uri.as_deref()).unwrap_or_default();
    Ok(match deployment.cloud_map_instances(arn) {
        Ok(instances) => {
            let found = discover(instances, uri);
            let counts = format!(
                "{} instances, {} match the URI's query, {} of those have address and port, {} of those are not unhealthy",
                instances.len(),
                found.matching.len(),
                found.addressable.len(),
                found.usable.len()
            );
            told.because(counts, source::DISCOVER_INSTANCES)
        }
        Err(gap) => told.because(gap.why(), source::DISCOVER_INSTANCES),
    })
}

pub(super) fn service(deployment: &Deployment, arn: &str) -> Result<Told, Gap> {
    let Some(service) = deployment.services()?.get(arn) else { return Ok(Told::new("does not exist")) };
    let told = Told::new(format!("\"{}\" registers its tasks there", service.name));
    let counts = deployment.service_state(service).map_or_else(
        |gap| gap.why(),
        |state| format!("{} of {} tasks run, {} pending", state.running_count, service.desired_count, state.pending_count),
    );
    Ok(told.because(counts, source::DESCRIBE_SERVICES))
}

fn integration_of<'a>(deployment: &'a Deployment, journey: &Journey) -> Result<Option<&'a Integration>, Gap> {
    let station = journey.stations.iter().find(|station| station.subject.kind == SubjectKind::Integration);
    Ok(station.map(|station| &station.subject.id).map(|id| deployment.integrations().map(|all| all.get(id))).transpose()?.flatten())
}

fn listener_of<'a>(deployment: &'a Deployment, journey: &Journey) -> Result<Option<&'a Listener>, Gap> {
    integration_of(deployment, journey)?.map_or(Ok(None), |integration| deployment.listener_of(integration))
}

fn arrival_of(deployment: &Deployment, journey: &Journey) -> Result<Option<Arrival>, Gap> {
    let request = &deployment.requests()[journey.request];
    let (Some(stage), Some(integration)) = (deployment.stage_for(request)?, integration_of(deployment, journey)?) else { return Ok(None) };
    let chosen = routes::select(deployment.routes()?, &request.method, request.bare_path()).chosen;
    Ok(chosen.map(|route| arrival(request, &stage.name, &route, integration)))
}

fn sources(deployment: &Deployment, journey: &Journey) -> Option<Vec<ipnet::IpNet>> {
    let id = integration_of(deployment, journey).ok()??.connection_id.as_deref()?;
    deployment.link_sources(deployment.vpc_link(id).ok()??).ok()
}

fn priority(priority: Option<u32>) -> String {
    priority.map_or_else(|| "default".to_owned(), |number| number.to_string())
}

fn in_words(actions: &[Action]) -> String {
    let one = |action: &Action| match action {
        Action::Forward { target_groups } => {
            let groups: Vec<String> =
                target_groups.iter().map(|group| format!("{} (weight {})", arn_tail(&group.arn), group.weight)).collect();
            format!("forwards to {}", groups.join(" and "))
        }
        Action::FixedResponse { status, .. } => format!("answers {status} itself"),
        Action::Redirect { status, .. } => format!("redirects with {status}"),
        Action::Authenticate { name } => format!("asks for a login first ({name})"),
        Action::Unknown { name } => format!("does something this version does not know ({name})"),
    };
    actions.iter().map(one).collect::<Vec<_>>().join(", then ")
}
