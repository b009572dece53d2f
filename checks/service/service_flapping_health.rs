//! ECS stops tasks again and again, because the load balancer calls them unhealthy.

use super::signs::{look_at, quoted, reason, said, short_of_tasks, stopped_since_steady};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Finding, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceEvent, ServiceState, Task};
use crate::model::subject::{Subject, SubjectKind};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "service-flapping-health",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "tasks are stopped again and again, because they fail the health check of the load balancer",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::Services, Part::ServiceState],
    optional: &[Part::Tasks, Part::TargetHealth],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::LbBadGateway],
    refines: &["service-running-lt-desired", "deployment-failed", "tg-empty"],
    since: "0.1.0",
    page: include_str!("service_flapping_health.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServiceFlappingHealth;

impl Check for ServiceFlappingHealth {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.balanced_services(), |out, (service, group)| {
            let state = deployment.service_state(service)?;
            // Events alone decide where the tasks may not be read.
            let tasks = deployment.tasks(&service.arn).unwrap_or_default();
            let killed: Vec<&Task> = stopped_since_steady(state, tasks).into_iter().filter(|task| fails_health_check(task)).collect();
            match (unhealthy_event(state), killed.is_empty()) {
                (None, true) => {
                    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
                    out.fine(subject, format!("no task of service {} failed the load balancer's health check lately", service.name));
                }
                (event, _) => out.found(finding(deployment, service, state, group, event, &killed)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// Of the event, in all its documented forms.
const UNHEALTHY: &str = "is unhealthy in (target-group";

/// By the documented reason of a stopped task.
pub(super) fn fails_health_check(task: &Task) -> bool {
    task.stopped_reason.as_deref().is_some_and(|reason| reason.starts_with("Task failed ELB health checks"))
}

/// The event of a service that says that a task fails the health check; none since the service was last steady.
pub(super) fn unhealthy_event(state: &ServiceState) -> Option<&ServiceEvent> {
    said(state, UNHEALTHY)
}

/// Whether ECS stops the tasks of a service because nobody answers the health check of the load balancer. An answer with a wrong code is an
/// answer: then no door is closed (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html>).
pub(crate) fn stopped_for_silence(deployment: &Deployment, service: &Service) -> bool {
    let Ok(state) = deployment.service_state(service) else { return false };
    let tasks = deployment.tasks(&service.arn).unwrap_or_default();
    match unhealthy_event(state) {
        Some(event) => !event.message.contains("with these codes"),
        None => stopped_since_steady(state, tasks).into_iter().any(fails_health_check),
    }
}

fn finding(
    deployment: &Deployment,
    service: &Service,
    state: &ServiceState,
    group: &TargetGroup,
    event: Option<&ServiceEvent>,
    killed: &[&Task],
) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let summary = format!("ECS replaces tasks of service {}: they fail the health check of target group {}", service.name, group.name);
    let mut finding = short_of_tasks(Finding::new(&META, subject, summary), deployment, Place::Group(group), state);
    if let Some(event) = event {
        finding = quoted(finding, service, event);
    }
    for task in killed.iter().take(3) {
        finding = reason(finding, service, task);
    }
    let title = "find out why the health check fails (its target group's findings say more), then mend the application or the health check";
    finding.fix(look_at(deployment, service, killed.first().copied(), title))
}
