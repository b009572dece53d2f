//! A deployment of the service failed, or fails task after task.

use super::signs::{look_at, primary, short_of_tasks};
use super::{console, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceDeployment, ServiceState};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::quote;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "deployment-failed",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "a deployment of the service failed, or makes no headway",
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
    ],
    optional: &[Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["service-running-lt-desired", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("deployment_failed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DeploymentFailed;

impl Check for DeploymentFailed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            let state = deployment.service_state(service)?;
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            let failed = state.deployments.iter().find(|one| one.rollout_state.as_deref() == Some("FAILED"));
            let stuck = primary(state).filter(|one| is_stuck(deployment, one));
            match failed.or(stuck) {
                Some(one) => out.found(finding(deployment, service, state, place, one)),
                None => out.fine(subject, format!("no deployment of service {} failed", service.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// How long a deployment may fail tasks and go on before it is called stuck: a choice of ours, AWS sets no limit.
const PATIENCE_S: i64 = 1800;

/// In progress for long, with tasks that failed, and still short of tasks.
fn is_stuck(deployment: &Deployment, one: &ServiceDeployment) -> bool {
    let for_long = one.created_at.is_some_and(|created| deployment.now().unix() - created.unix() > PATIENCE_S);
    one.rollout_state.as_deref() == Some("IN_PROGRESS") && one.failed_tasks > 0 && one.running_count < one.desired_count && for_long
}

fn finding(deployment: &Deployment, service: &Service, state: &ServiceState, place: Place<'_>, one: &ServiceDeployment) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let failed = one.rollout_state.as_deref() == Some("FAILED");
    let summary = match (failed, one.status.as_str()) {
        (true, "PRIMARY") => format!("the deployment of service {} failed", service.name),
        (true, _) => format!("a deployment of service {} failed and is rolled back: the version before it serves", service.name),
        (false, _) => format!("the deployment of service {} makes no headway: {} tasks failed so far", service.name, one.failed_tasks),
    };
    let found = |field: &'static str, value: String| Evidence::found(subject.clone(), field, value, source::DESCRIBE_SERVICES);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .confidence(if failed { Confidence::Certain } else { Confidence::Likely })
        .evidence(found("deployments[].rolloutState", one.rollout_state.clone().unwrap_or_default()).expected("COMPLETED"))
        .evidence(found("deployments[].failedTasks", one.failed_tasks.to_string()));
    if let Some(reason) = &one.rollout_state_reason {
        finding = finding.evidence(found("deployments[].rolloutStateReason", reason.clone()));
    }
    let mut finding = short_of_tasks(finding, deployment, place, state);
    finding = finding.fix(look_at(deployment, service, None, "read why its tasks stopped, mend that and deploy again"));
    match before(state, one) {
        Some(definition) => finding.fix(roll_back(deployment, service, definition)),
        None => finding,
    }
}

/// The task definition of an older deployment that completed and still runs tasks.
fn before<'a>(state: &'a ServiceState, one: &ServiceDeployment) -> Option<&'a str> {
    let older = |other: &&ServiceDeployment| other.status == "ACTIVE" && other.running_count > 0 && other.id != one.id;
    let definition = state.deployments.iter().find(older)?.task_definition_arn.as_deref()?;
    (one.status == "PRIMARY" && one.task_definition_arn.as_deref() != Some(definition)).then_some(definition)
}

fn roll_back(deployment: &Deployment, service: &Service, definition: &str) -> Fix {
    let change = remedy::set(&["services", "known", &service.arn, "task_definition_arn"], json!(definition));
    Fix::new(format!("go back to the version that runs: {definition}"), Risk::Disruptive, vec![change])
        .cli(update_service(deployment, service, &format!("--task-definition {}", quote(definition))))
        .console(format!("{} → Update service → Revision", console(service)))
}
