//! The service registers a container port that the task definition does not publish, or targets are registered on another one.

use super::entries::load_balancers;
use super::{console, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::{Container, Service, ServiceLoadBalancer};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::packets::{Admission, Direction, Peers, admission};
use crate::source;
use crate::steps::{authorize, aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "container-port-mismatch",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a service registers a container port that its task definition does not publish",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::Services,
        Part::TaskDefinitions,
        Part::TargetHealth,
    ],
    optional: &[Part::LoadBalancers, Part::SecurityGroups],
    symptoms: &[Symptom::LbBadGateway, Symptom::LbGatewayTimeout],
    refines: &["hc-connect-refused", "hc-timeout"],
    since: "0.1.0",
    page: include_str!("container_port_mismatch.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ContainerPortMismatch;

impl Check for ContainerPortMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            let services = deployment.services_of(&group.arn)?;
            let lb = deployment.load_balancer(&listener.load_balancer_arn).ok().flatten();
            for service in &services {
                let alone = services.len() == 1;
                out.each(|out| published(deployment, out, service, group, alone, lb));
            }
            registered(deployment, out, &services, group)
        });
        Ok(())
    }
}

/// The ports that a service registers into a group, with the position of the entry and the container.
fn entries<'a>(service: &'a Service, group: &TargetGroup) -> impl Iterator<Item = (usize, &'a str, u16)> {
    let into_group = |entry: &ServiceLoadBalancer| entry.target_group_arn.as_ref() == Some(&group.arn);
    let all = service.load_balancers.iter().enumerate().filter(move |(_, entry)| into_group(entry));
    all.filter_map(|(index, entry)| Some((index, entry.container_name.as_deref()?, entry.container_port?)))
}

/// What a service registers has to be published by the container that it names.
fn published(
    deployment: &Deployment,
    out: &mut Outcome,
    service: &Service,
    group: &TargetGroup,
    alone: bool,
    lb: Option<&LoadBalancer>,
) -> Result<(), Gap> {
    let Some(arn) = &service.task_definition_arn else { return Ok(()) };
    let definition = deployment.task_definition(arn)?;
    for (index, name, port) in entries(service, group) {
        let Some(container) = definition.containers.iter().find(|container| container.name == name) else {
            continue; // container-name-mismatch is another defect
        };
        if container.ports.iter().any(|mapping| mapping.container_port == port) {
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            out.fine(subject, format!("container {name} publishes port {port}, which service {} registers", service.name));
        } else {
            let mut finding = unpublished(service, group, container, port, alone);
            if let [only] = container.ports.as_slice() {
                let fix = register(deployment, service, container, only.container_port, index);
                finding = finding.fix(admit(deployment, service, only.container_port, lb, fix));
            }
            out.found(finding);
        }
    }
    Ok(())
}

fn unpublished(service: &Service, group: &TargetGroup, container: &Container, port: u16, alone: bool) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let published: Vec<String> = container.ports.iter().map(|mapping| mapping.container_port.to_string()).collect();
    let definition = service.task_definition_arn.as_deref().unwrap_or_default();
    let summary =
        format!("service {} registers port {port} of container {}, which publishes {}", service.name, container.name, list(&published));
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(
            Evidence::found(subject, "loadBalancers[].containerPort", port.to_string(), source::DESCRIBE_SERVICES)
                .expected(list(&published)),
        )
        .evidence(Evidence::found(
            Subject::from_arn(SubjectKind::TaskDefinition, definition),
            "portMappings[].containerPort",
            list(&published),
            source::DESCRIBE_TASK_DEFINITION,
        ))
        .effect(refused(group, if alone { Blocks::All } else { Blocks::Some }))
}

/// Which port the process listens on is written nowhere, and what the client gets then is not documented for this defect.
fn refused(group: &TargetGroup, blocks: Blocks) -> Effect {
    let through = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let answer = match group.protocol.as_deref() {
        Some("HTTP" | "HTTPS") => ExpectedAnswer::load_balancer(Some(502), Symptom::LbBadGateway).inferred(),
        _ => ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred(), // a Network Load Balancer writes no answer
    };
    let mut effect = Effect::blocks_all(Phase::TargetConnect, through, answer);
    effect.blocks = blocks;
    effect
}

/// Tasks with addresses of their own (`awsvpc`) are registered on the container's port. An unhealthy target on another one is left
/// from before, or was registered by hand; a healthy one answers, so it is somebody's, and in a deployment it may be an old task.
fn registered(deployment: &Deployment, out: &mut Outcome, services: &[&Service], group: &TargetGroup) -> Result<(), Gap> {
    let Some(service) = services.first().filter(|_| group.target_type == "ip") else { return Ok(()) };
    let ports: BTreeSet<u16> = services.iter().flat_map(|service| entries(service, group)).map(|(_, _, port)| port).collect();
    let targets = deployment.targets(&group.arn)?;
    let serving: Vec<&Target> = targets.iter().filter(|target| !matches!(target.state.as_str(), "draining" | "unused")).collect();
    let astray = |target: &&&Target| target.state == "unhealthy" && target.port.is_some_and(|port| !ports.contains(&port));
    let strays: Vec<&Target> = serving.iter().filter(astray).copied().collect();
    if strays.is_empty() || ports.is_empty() {
        return Ok(());
    }
    // A load balancer sends to unhealthy targets only while none is healthy.
    let healthy = serving.iter().any(|target| target.state == "healthy");
    let blocks = match (healthy, strays.len() == serving.len()) {
        (true, _) => Blocks::None,
        (false, true) => Blocks::All,
        (false, false) => Blocks::Some,
    };
    let expected = list(&ports.iter().map(u16::to_string).collect::<Vec<_>>());
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let summary = format!(
        "{} of {} targets of target group {} are registered on another port than service {} registers, and are unhealthy",
        strays.len(),
        serving.len(),
        group.name,
        service.name
    );
    let mut finding = Finding::new(&META, subject, summary)
        .severity(if blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        .confidence(Confidence::Likely)
        .effect(refused(group, blocks))
        .fix(deregister(deployment, group, &strays));
    for stray in strays.iter().take(4) {
        let port = stray.port.map_or_else(String::new, |port| port.to_string());
        let subject = Subject::new(SubjectKind::Target, &stray.id);
        finding =
            finding.evidence(Evidence::found(subject, "Target.Port", port, source::DESCRIBE_TARGET_HEALTH).expected(expected.as_str()));
    }
    out.found(finding);
    Ok(())
}

/// `update-service` takes the whole list: the other entries have to stay in it.
fn register(deployment: &Deployment, service: &Service, container: &Container, port: u16, index: usize) -> Fix {
    let path = ["services", "known", &service.arn, "load_balancers", &index.to_string(), "container_port"];
    let mut entries = service.load_balancers.clone();
    if let Some(entry) = entries.get_mut(index) {
        entry.container_port = Some(port);
    }
    Fix::new(
        format!("let service {} register port {port} of container {}", service.name, container.name),
        Risk::Disruptive, // ECS starts a new deployment
        vec![remedy::set(&path, json!(port))],
    )
    .cli(update_service(deployment, service, &load_balancers(&entries)))
    .console(format!("{} → Update service → Load balancing → Container to load balance", console(service)))
}

/// The tasks' groups may know the old port only: then the new one has to be let in, too.
fn admit(deployment: &Deployment, service: &Service, port: u16, lb: Option<&LoadBalancer>, mut fix: Fix) -> Fix {
    let (Some(lb), Ok(groups)) = (lb, deployment.groups(&service.security_group_ids)) else { return fix };
    let (Some(group), Some(peer)) = (groups.first(), lb.security_group_ids.first()) else { return fix };
    let from = BTreeSet::from([peer.clone()]);
    if matches!(admission(&groups, Direction::Ingress, port, &Peers { blocks: &[], groups: &from }), Admission::All { .. }) {
        return fix;
    }
    fix.change.push(remedy::admit_group(&group.id, "ingress", port, peer));
    let afterwards = std::mem::take(&mut fix.steps); // new tasks have to be reachable when they come
    fix = fix
        .cli(authorize(deployment, "ingress", &group.id, port, peer))
        .console(format!("EC2: Security groups → {} → Edit inbound rules → add TCP {port} from {peer}", group.id));
    fix.steps.extend(afterwards);
    fix
}

/// ECS registers its tasks by itself; what it did not register, it does not take away.
fn deregister(deployment: &Deployment, group: &TargetGroup, strays: &[&Target]) -> Fix {
    let id = |target: &&Target| quote(&format!("Id={}{}", target.id, target.port.map_or_else(String::new, |port| format!(",Port={port}"))));
    let targets: Vec<String> = strays.iter().map(id).collect();
    let arguments = format!("--target-group-arn {} --targets {}", quote(&group.arn), targets.join(" "));
    Fix::new("take the targets on the wrong port out of the group", Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &format!("elbv2 deregister-targets {arguments}")))
        .console(format!("EC2: Target groups → {} → Targets → Deregister", group.name))
}

fn list(ports: &[String]) -> String {
    if ports.is_empty() { "no port".to_owned() } else { format!("port {}", ports.join(", ")) }
}
