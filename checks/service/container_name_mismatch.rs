//! The service registers a container of a name that its task definition does not have.

use super::entries::load_balancers;
use super::{console, nobody_there, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Container, Service, TaskDefinition};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "container-name-mismatch",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a service registers a container that its task definition does not have",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::Services, Part::TaskDefinitions],
    optional: &[Part::TargetHealth],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty", "service-running-lt-desired", "deployment-failed"],
    since: "0.1.0",
    page: include_str!("container_name_mismatch.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ContainerNameMismatch;

impl Check for ContainerNameMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            for service in deployment.services_of(&group.arn)? {
                out.each(|out| look(deployment, out, service, group));
            }
            Ok(())
        });
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, service: &Service, group: &TargetGroup) -> Result<(), Gap> {
    let Some(arn) = &service.task_definition_arn else { return Ok(()) };
    let definition = deployment.task_definition(arn)?;
    for (index, entry) in service.load_balancers.iter().enumerate() {
        let Some(name) = entry.container_name.as_deref() else { continue };
        if entry.target_group_arn.as_ref() != Some(&group.arn) {
            continue;
        }
        if definition.containers.iter().any(|container| container.name == name) {
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            out.fine(subject, format!("container {name}, which service {} registers, is in its task definition", service.name));
        } else {
            let fix = meant(definition, entry.container_port).map(|container| register(deployment, service, container, index));
            let finding = finding(deployment, service, group, definition, name);
            out.found(fix.into_iter().fold(finding, Finding::fix).fix(rename(definition, name)));
        }
    }
    Ok(())
}

fn finding(deployment: &Deployment, service: &Service, group: &TargetGroup, definition: &TaskDefinition, name: &str) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let names: Vec<&str> = definition.containers.iter().map(|container| container.name.as_str()).collect();
    let names = names.join(", ");
    let summary = format!("service {} registers container {name}, and its task definition has {names}", service.name);
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely) // that nothing is registered then is inferred
        .evidence(Evidence::found(subject, "loadBalancers[].containerName", name, source::DESCRIBE_SERVICES).expected(names.as_str()))
        .evidence(Evidence::found(
            Subject::from_arn(SubjectKind::TaskDefinition, &definition.arn),
            "containerDefinitions[].name",
            names.as_str(),
            source::DESCRIBE_TASK_DEFINITION,
        ));
    nobody_there(finding, deployment, Place::Group(group))
}

/// The only container that publishes the registered port.
fn meant(definition: &TaskDefinition, port: Option<u16>) -> Option<&Container> {
    let publishes = |container: &&Container| container.ports.iter().any(|mapping| Some(mapping.container_port) == port);
    let mut publishing = definition.containers.iter().filter(publishes);
    publishing.next().filter(|_| publishing.next().is_none())
}

fn register(deployment: &Deployment, service: &Service, container: &Container, index: usize) -> Fix {
    let path = ["services", "known", &service.arn, "load_balancers", &index.to_string(), "container_name"];
    let mut entries = service.load_balancers.clone();
    if let Some(entry) = entries.get_mut(index) {
        entry.container_name = Some(container.name.clone());
    }
    let title = format!("let service {} register container {}, which publishes the port", service.name, container.name);
    Fix::new(title, Risk::Disruptive, vec![remedy::set(&path, json!(container.name))]) // ECS starts a new deployment
        .cli(update_service(deployment, service, &load_balancers(&entries)))
        .console(format!("{} → Update service → Load balancing → Container to load balance", console(service)))
}

/// The other way round; what else the new revision holds, only its author knows.
fn rename(definition: &TaskDefinition, name: &str) -> Fix {
    Fix::new(format!("or name the container {name} again in a new revision, and deploy that"), Risk::Disruptive, Vec::new())
        .console(format!("ECS: Task definitions → {} → Create new revision → Container name {name}", definition.arn))
}
