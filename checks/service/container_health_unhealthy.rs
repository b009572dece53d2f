//! Tasks fail the health check of their own container, and ECS replaces them.

use super::signs::{look_at, quoted, reason, said, short_of_tasks, stopped_since_steady, task_id};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceState, Task};
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "container-health-unhealthy",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "tasks fail the health check of their own container",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::CloudMapServices,
        Part::Services,
        Part::ServiceState,
        Part::Tasks,
    ],
    optional: &[Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["service-running-lt-desired", "deployment-failed", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("container_health_unhealthy.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ContainerHealthUnhealthy;

impl Check for ContainerHealthUnhealthy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            let state = deployment.service_state(service)?;
            let tasks = deployment.tasks(&service.arn)?;
            let mut failing: Vec<&Task> = tasks.iter().filter(|task| runs_unhealthy(task)).collect();
            failing.extend(stopped_since_steady(state, tasks).into_iter().filter(|task| killed(task)));
            if failing.is_empty() {
                let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
                out.fine(subject, format!("no task of service {} fails its container's health check", service.name));
            } else {
                out.found(finding(deployment, service, state, place, &failing));
            }
            Ok(())
        });
        Ok(())
    }
}

/// Only essential containers count for the health of a task
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>).
fn runs_unhealthy(task: &Task) -> bool {
    task.last_status == "RUNNING" && task.health_status.as_deref() == Some("UNHEALTHY")
}

fn killed(task: &Task) -> bool {
    task.stopped_reason.as_deref().is_some_and(|reason| reason.starts_with("Task failed container health checks"))
}

fn finding(deployment: &Deployment, service: &Service, state: &ServiceState, place: Place<'_>, failing: &[&Task]) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let summary = format!("tasks of service {} fail the health check of their own container, and ECS replaces them", service.name);
    let mut finding = Finding::new(&META, subject.clone(), summary).severity(Severity::Error);
    for task in failing.iter().take(3) {
        if task.last_status == "STOPPED" {
            finding = reason(finding, service, task);
        } else {
            let words = format!("{}: UNHEALTHY", task_id(task));
            finding = finding.evidence(Evidence::found(subject.clone(), "tasks[].healthStatus", words, source::DESCRIBE_TASKS));
        }
    }
    if let Some(event) = said(state, "failed container health checks") {
        finding = quoted(finding, service, event);
    }
    let title = "run the container's health check command in it by hand; mend the command, what it asks, or its start period";
    short_of_tasks(finding, deployment, place, state).fix(look_at(deployment, service, failing.first().copied(), title))
}
