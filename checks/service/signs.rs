//! What ECS itself says about a service: its events since it was last steady, and why its tasks stopped.
//!
//! Words of AWS decide here, so only those count that AWS documents:
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-unhealthy-event-messages.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>.

use super::{console, nobody_there, phase_at};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceDeployment, ServiceEvent, ServiceState, Task};
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::source;
use crate::steps::{aws, quote};

const STEADY: &str = "has reached a steady state";

/// The newest event with these words since the service was last steady. What lies before that is over.
pub(super) fn said<'a>(state: &'a ServiceState, words: &str) -> Option<&'a ServiceEvent> {
    state.events.iter().take_while(|event| !event.message.contains(STEADY)).find(|event| event.message.contains(words))
}

/// Tasks that stopped after the service was last steady, in AWS's order.
pub(super) fn stopped_since_steady<'a>(state: &ServiceState, tasks: &'a [Task]) -> Vec<&'a Task> {
    let steady = state.events.iter().find(|event| event.message.contains(STEADY));
    let since = |task: &&Task| match steady {
        None => true,
        Some(event) => task.stopped_at.zip(event.at).is_some_and(|(stopped, at)| stopped > at),
    };
    tasks.iter().filter(|task| task.last_status == "STOPPED").filter(since).collect()
}

/// The deployment that ECS works on.
pub(super) fn primary(state: &ServiceState) -> Option<&ServiceDeployment> {
    state.deployments.iter().find(|deployment| deployment.status == "PRIMARY")
}

/// Fewer tasks run than are asked for, in all or of the newest deployment, whose place the tasks of an older one may hold.
pub(super) fn is_short(service: &Service, state: &ServiceState) -> bool {
    state.running_count < service.desired_count || primary(state).is_some_and(|newest| newest.running_count < newest.desired_count)
}

/// Nobody runs because of this, or only some do: then it weakens, and stops nothing.
pub(super) fn short_of_tasks(finding: Finding, deployment: &Deployment, place: Place<'_>, state: &ServiceState) -> Finding {
    if state.running_count == 0 {
        return nobody_there(finding, deployment, place);
    }
    finding.severity(Severity::Warning).effect(Effect::weakens(phase_at(place), place.subject()))
}

/// Running tasks against those that are asked for.
pub(super) fn counts(finding: Finding, service: &Service, state: &ServiceState) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let found = Evidence::found(subject, "runningCount", state.running_count.to_string(), source::DESCRIBE_SERVICES);
    finding.evidence(found.expected(service.desired_count.to_string()))
}

/// What ECS said, in its own words.
pub(super) fn quoted(finding: Finding, service: &Service, event: &ServiceEvent) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    finding.evidence(Evidence::found(subject, "events[].message", &event.message, source::DESCRIBE_SERVICES))
}

/// Why a task stopped, in AWS's own words.
pub(super) fn reason(finding: Finding, service: &Service, task: &Task) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let mut words = format!("{}: {}", task_id(task), task.stopped_reason.as_deref().unwrap_or("no reason given"));
    for container in &task.containers {
        if let Some(reason) = &container.reason {
            words.push_str(&format!(" ({}: {reason})", container.name));
        }
    }
    finding.evidence(Evidence::found(subject, "tasks[].stoppedReason", words, source::DESCRIBE_TASKS))
}

/// The last part of a task's ARN.
pub(super) fn task_id(task: &Task) -> &str {
    arn_tail(&task.arn).rsplit('/').next().unwrap_or_default()
}

/// Everything that AWS says about why a task stopped: the task's reason, then its containers'.
pub(super) fn words(task: &Task) -> impl Iterator<Item = &str> {
    task.stopped_reason.as_deref().into_iter().chain(task.containers.iter().filter_map(|container| container.reason.as_deref()))
}

/// A way out that no patch can show: look at this task, then do what the title says.
pub(super) fn look_at(deployment: &Deployment, service: &Service, task: Option<&Task>, title: impl Into<String>) -> Fix {
    let cluster = quote(arn_tail(&service.cluster_arn));
    let fix = Fix::new(title, Risk::Safe, Vec::new());
    let fix = match task {
        Some(task) => {
            let query = quote("tasks[].[stopCode,stoppedReason,containers[].[name,exitCode,reason]]");
            fix.cli(aws(deployment, &format!("ecs describe-tasks --cluster {cluster} --tasks {} --query {query}", quote(task_id(task)))))
        }
        None => {
            let name = quote(&service.name);
            fix.cli(aws(deployment, &format!("ecs list-tasks --cluster {cluster} --service-name {name} --desired-status STOPPED")))
        }
    };
    fix.console(format!("{} → Tasks → Stopped → Stopped reason; Logs", console(service)))
}

/// Starts the tasks again when what kept them from running is mended.
pub(super) fn then_start_again(deployment: &Deployment, service: &Service, fix: Fix) -> Fix {
    fix.cli(super::update_service(deployment, service, "--force-new-deployment"))
        .console(format!("{} → Update service → Force new deployment", console(service)))
}
