//! Tasks cannot start: their image is not there, or may not be pulled.

use super::signs::{counts, is_short, look_at, reason, short_of_tasks, stopped_since_steady, then_start_again, words};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceState, Task};
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "image-missing-or-denied",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "tasks cannot start, because their image is not there or may not be pulled",
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
    optional: &[Part::TaskDefinitions, Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["service-running-lt-desired", "deployment-failed", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("image_missing_or_denied.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ImageMissingOrDenied;

impl Check for ImageMissingOrDenied {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            let state = deployment.service_state(service)?;
            let stopped = stopped_since_steady(state, deployment.tasks(&service.arn)?);
            let refused = stopped.iter().find_map(|task| Some((*task, words(task).find_map(refusal)?)));
            match refused.filter(|_| is_short(service, state)) {
                Some((task, refusal)) => out.found(finding(deployment, service, state, place, task, refusal)),
                None => {
                    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
                    out.fine(subject, format!("no task of service {} was refused its image lately", service.name));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// Why an image cannot be had.
#[derive(Clone, Copy, PartialEq)]
enum Refusal {
    Missing,
    Denied,
}

/// Words of AWS and of registries, what they say, and how sure that is. Certain are AWS's own
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html>).
const REFUSALS: &[(&str, Refusal, Confidence)] = &[
    ("Check whether the image exists", Refusal::Missing, Confidence::Certain),
    ("repository not found", Refusal::Missing, Confidence::Certain),
    ("Check that the role has the permissions", Refusal::Denied, Confidence::Certain),
    (OF_REGISTRY, Refusal::Denied, Confidence::Certain),
    // A registry says this of an image that is not there as well: it does not tell strangers.
    ("pull access denied", Refusal::Denied, Confidence::Likely),
    ("403 Forbidden", Refusal::Denied, Confidence::Likely),
    ("manifest unknown", Refusal::Missing, Confidence::Likely),
    (": not found", Refusal::Missing, Confidence::Likely),
];

/// Before the image, a task fetches its secrets and opens its log: of that error only what names the registry counts.
const OF_REGISTRY: &str = "not authorized to perform: ecr:";

/// A registry that cannot be reached is image-pull-no-egress.
fn refusal(words: &str) -> Option<(Refusal, Confidence)> {
    let pull = words.contains("CannotPullContainer");
    let login = words.contains("ResourceInitializationError");
    let counts = |phrase: &str| words.contains(phrase) && (pull || login && phrase == OF_REGISTRY);
    let known = REFUSALS.iter().find(|(phrase, _, _)| counts(phrase));
    known.map(|(_, refusal, confidence)| (*refusal, *confidence))
}

fn finding(
    deployment: &Deployment,
    service: &Service,
    state: &ServiceState,
    place: Place<'_>,
    task: &Task,
    (refusal, confidence): (Refusal, Confidence),
) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let (what, title) = match refusal {
        Refusal::Missing => (
            "the image that their task definition names is not there",
            "push the image, or name one that is there in a new revision of the task definition; then start the tasks again",
        ),
        Refusal::Denied => (
            "their image may not be pulled",
            "let the task execution role pull the image (policy AmazonECSTaskExecutionRolePolicy), or name the right one; then start the tasks again",
        ),
    };
    let summary = format!("tasks of service {} cannot start: {what}", service.name);
    let finding = counts(Finding::new(&META, subject, summary).confidence(confidence), service, state);
    let finding = definition(reason(finding, service, task), deployment, task);
    let fix = then_start_again(deployment, service, look_at(deployment, service, Some(task), title));
    short_of_tasks(finding, deployment, place, state).fix(fix)
}

/// The images and the role, where the task definition was read.
fn definition(mut finding: Finding, deployment: &Deployment, task: &Task) -> Finding {
    let Some(arn) = task.task_definition_arn.as_deref() else { return finding };
    let Ok(definition) = deployment.task_definition(arn) else { return finding };
    let subject = Subject::from_arn(SubjectKind::TaskDefinition, arn);
    for image in definition.containers.iter().filter_map(|container| container.image.as_deref()).take(3) {
        let evidence = Evidence::found(subject.clone(), "containerDefinitions[].image", image, source::DESCRIBE_TASK_DEFINITION);
        finding = finding.evidence(evidence);
    }
    finding.evidence(match definition.execution_role_arn.as_deref() {
        Some(role) => Evidence::found(subject, "executionRoleArn", role, source::DESCRIBE_TASK_DEFINITION),
        None => Evidence::absent(subject, "executionRoleArn", source::DESCRIBE_TASK_DEFINITION),
    })
}
