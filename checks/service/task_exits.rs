//! Tasks of the service exit by themselves.

use super::signs::{counts, is_short, look_at, reason, short_of_tasks, task_id};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceState, Task, TaskContainer};
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "task-exits",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "tasks exit by themselves",
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
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::LbBadGateway, Symptom::GatewayServiceUnavailable],
    refines: &["service-running-lt-desired", "deployment-failed", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("task_exits.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TaskExits;

impl Check for TaskExits {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            let state = deployment.service_state(service)?;
            // ECS keeps stopped tasks for about an hour, so all are recent; what it stops itself has another code.
            let ended = |task: &&Task| task.stop_code.as_deref() == Some("EssentialContainerExited");
            let exited: Vec<&Task> = deployment.tasks(&service.arn)?.iter().filter(ended).collect();
            if exited.is_empty() {
                let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
                out.fine(subject, format!("no task of service {} exited by itself lately", service.name));
            } else {
                out.found(finding(deployment, service, state, place, &exited));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, service: &Service, state: &ServiceState, place: Place<'_>, exited: &[&Task]) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let memory = exited.iter().flat_map(|task| &task.containers).any(out_of_memory);
    let how = if memory { ": out of memory" } else { "" };
    let summary = match exited.len() {
        1 => format!("a task of service {} exited by itself{how}", service.name),
        many => format!("{many} tasks of service {} exited by themselves{how}", service.name),
    };
    let mut finding = counts(Finding::new(&META, subject, summary).severity(Severity::Error), service, state);
    for task in exited.iter().take(3) {
        finding = exits(reason(finding, service, task), service, task);
    }
    let mut finding = short_of_tasks(finding, deployment, place, state);
    if exited.len() == 1 && !is_short(service, state) {
        finding = finding.severity(Severity::Info); // one crash, and its task is replaced
    }
    let title = match memory {
        true => "give the container more memory in a new revision of the task definition, or mend what fills it",
        false => "read the container's last log lines, then mend the application or what it is started with",
    };
    finding.fix(look_at(deployment, service, exited.first().copied(), title))
}

/// By the documented name of the reason (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/out-of-memory.html>).
fn out_of_memory(container: &TaskContainer) -> bool {
    container.reason.as_deref().is_some_and(|reason| reason.contains("OutOfMemoryError"))
}

fn exits(mut finding: Finding, service: &Service, task: &Task) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    for container in &task.containers {
        if let Some(code) = container.exit_code {
            let words = format!("{}, container {}: {code}", task_id(task), container.name);
            finding = finding.evidence(Evidence::found(subject.clone(), "tasks[].containers[].exitCode", words, source::DESCRIBE_TASKS));
        }
    }
    finding
}
