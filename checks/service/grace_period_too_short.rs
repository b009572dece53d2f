//! Tasks are stopped for failing health checks soon after they were started.

use super::service_flapping_health::{fails_health_check, unhealthy_event};
use super::signs::{quoted, reason, short_of_tasks, stopped_since_steady};
use super::{console, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceState, Task};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "grace-period-too-short",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "tasks are stopped for failing health checks before they had time to start",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::Services,
        Part::ServiceState,
        Part::Tasks,
    ],
    optional: &[Part::TargetHealth],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::LbBadGateway],
    // service-flapping-health says what is certain: why the tasks are unhealthy is more than this check can know.
    refines: &["service-running-lt-desired", "deployment-failed", "tg-empty"],
    since: "0.1.0",
    page: include_str!("grace_period_too_short.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct GracePeriodTooShort;

impl Check for GracePeriodTooShort {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.balanced_services(), |out, (service, group)| {
            let state = deployment.service_state(service)?;
            let tasks = deployment.tasks(&service.arn)?;
            let grace = service.grace_period_s.unwrap_or(0);
            let verdict = verdict_s(group);
            let young =
                |task: &&Task| fails_health_check(task) && lived_s(task).is_some_and(|lived| lived <= i64::from(grace) + 2 * verdict);
            let killed: Vec<&Task> = stopped_since_steady(state, tasks).into_iter().filter(young).collect();
            // Of a task that ECS forgot by now the event is left. It says too little where the grace period outlasts a verdict.
            let forgotten = i64::from(grace) < verdict && !tasks.iter().any(fails_health_check);
            let event = unhealthy_event(state).filter(|_| forgotten);
            if grace >= GENEROUS_S || (killed.is_empty() && event.is_none()) {
                let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
                out.fine(subject, format!("no task of service {} was stopped while it started; grace period {grace} s", service.name));
            } else {
                let finding = finding(deployment, service, state, group, killed.first().copied());
                out.found(event.into_iter().fold(finding, |finding, event| quoted(finding, service, event)));
            }
            Ok(())
        });
        Ok(())
    }
}

/// A task that needs longer has another problem: a choice of ours.
const GENEROUS_S: u32 = 300;

/// How long the load balancer takes to call a target unhealthy; AWS's defaults where it gives no number.
fn verdict_s(group: &TargetGroup) -> i64 {
    let check = &group.health_check;
    i64::from(check.interval_s.unwrap_or(30)) * i64::from(check.unhealthy_threshold.unwrap_or(2))
}

fn lived_s(task: &Task) -> Option<i64> {
    Some(task.stopped_at?.unix() - task.started_at?.unix())
}

fn finding(deployment: &Deployment, service: &Service, state: &ServiceState, group: &TargetGroup, killed: Option<&Task>) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let grace = service.grace_period_s.unwrap_or(0);
    // Where a target is healthy, the application can pass: then it is likely time that the others lack. Else it may be broken as well.
    let passes = deployment.targets(&group.arn).is_ok_and(|targets| targets.iter().any(|target| target.state == "healthy"));
    let confidence = if passes && killed.is_some() { Confidence::Likely } else { Confidence::Possible };
    let lived = killed.and_then(lived_s).map_or_else(String::new, |seconds| format!(" {seconds} s after their start"));
    let summary = format!("tasks of service {} are stopped{lived} for failing health checks; its grace period is {grace} s", service.name);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .confidence(confidence)
        .evidence(
            Evidence::found(subject, "healthCheckGracePeriodSeconds", grace.to_string(), source::DESCRIBE_SERVICES)
                .expected("longer than the application takes to start"),
        )
        .evidence(Evidence::found(
            Subject::from_arn(SubjectKind::TargetGroup, &group.arn),
            "HealthCheckIntervalSeconds × UnhealthyThresholdCount",
            format!("{} s", verdict_s(group)),
            source::DESCRIBE_TARGET_GROUPS,
        ));
    if let Some(task) = killed {
        finding = reason(finding, service, task);
    }
    short_of_tasks(finding, deployment, Place::Group(group), state).fix(longer(deployment, service, grace))
}

fn longer(deployment: &Deployment, service: &Service, grace: u32) -> Fix {
    let seconds = grace.saturating_mul(2).clamp(120, GENEROUS_S);
    let change = remedy::set(&["services", "known", &service.arn, "grace_period_s"], json!(seconds));
    let title = format!("if the application takes longer to start: give it {seconds} s before health checks count");
    Fix::new(title, Risk::Safe, vec![change])
        .cli(update_service(deployment, service, &format!("--health-check-grace-period-seconds {seconds}")))
        .console(format!("{} → Update service → Load balancing → Health check grace period", console(service)))
}
