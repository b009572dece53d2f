//! The service registers a container port that the task definition does not publish.

use super::{console, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::{Container, Service};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::quote;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "container-port-mismatch",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a service registers a container port that its task definition does not publish",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::Services, Part::TaskDefinitions],
    optional: &[],
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
        out.over(deployment.used_services(), |out, (service, group)| look(deployment, out, service, group));
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, service: &Service, group: &TargetGroup) -> Result<(), Gap> {
    let Some(arn) = &service.task_definition_arn else { return Ok(()) };
    let definition = deployment.task_definition(arn)?;
    for (index, entry) in service.load_balancers.iter().enumerate() {
        let (Some(name), Some(port)) = (&entry.container_name, entry.container_port) else { continue };
        if entry.target_group_arn.as_ref() != Some(&group.arn) {
            continue;
        }
        let Some(container) = definition.containers.iter().find(|container| container.name == *name) else {
            continue; // container-name-mismatch is another defect
        };
        let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
        if container.ports.iter().any(|mapping| mapping.container_port == port) {
            out.fine(subject, format!("container {name} publishes port {port}, which service {} registers", service.name));
        } else {
            out.found(finding(deployment, service, group, container, port, index));
        }
    }
    Ok(())
}

fn finding(deployment: &Deployment, service: &Service, group: &TargetGroup, container: &Container, port: u16, index: usize) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let published: Vec<String> = container.ports.iter().map(|mapping| mapping.container_port.to_string()).collect();
    let definition = service.task_definition_arn.as_deref().unwrap_or_default();
    let summary =
        format!("service {} registers port {port} of container {}, which publishes {}", service.name, container.name, list(&published));
    // Which port the process listens on is written nowhere, and what the client gets then is not documented for this defect.
    let answer = ExpectedAnswer::load_balancer(Some(502), Symptom::LbBadGateway).inferred();
    let through = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let mut finding = Finding::new(&META, subject.clone(), summary)
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
        .effect(Effect::blocks_all(Phase::TargetConnect, through, answer));
    if let [only] = container.ports.as_slice() {
        finding = finding.fix(register(deployment, service, group, container, only.container_port, index));
    }
    finding
}

fn register(deployment: &Deployment, service: &Service, group: &TargetGroup, container: &Container, port: u16, index: usize) -> Fix {
    let path = ["services", "known", &service.arn, "load_balancers", &index.to_string(), "container_port"];
    let argument = format!("targetGroupArn={},containerName={},containerPort={port}", group.arn, container.name);
    Fix::new(
        format!("let service {} register port {port} of container {}", service.name, container.name),
        Risk::Disruptive, // ECS starts a new deployment
        vec![remedy::set(&path, json!(port))],
    )
    .cli(update_service(deployment, service, &format!("--load-balancers {}", quote(&argument))))
    .console(format!("{} → Update service → Load balancing → Container to load balance", console(service)))
}

fn list(ports: &[String]) -> String {
    if ports.is_empty() { "no port".to_owned() } else { format!("port {}", ports.join(", ")) }
}
