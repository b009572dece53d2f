//! A stage that deploys by itself, and whose last deployment failed.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Stage;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "autodeploy-failed",
    hop: Hop::Stage,
    severity: Severity::Error,
    title: "the stage deploys by itself, and its last deployment failed",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages],
    optional: &[Part::Deployments],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("autodeploy_failed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct AutodeployFailed;

impl Check for AutodeployFailed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let asked: Vec<&Stage> = deployment.requests().iter().filter_map(|request| deployment.stage_for(request).ok()?).collect();
        for stage in deployment.stages()?.values().filter(|stage| stage.auto_deploy) {
            let subject = Subject::new(SubjectKind::Stage, &stage.name);
            let here = asked.iter().any(|other| other.name == stage.name);
            match (Last::of(stage), &stage.deployment_id) {
                (Last::Failed(message), Some(_)) => out.found(stale(deployment, stage, subject, message, here)),
                (Last::Failed(_) | Last::Silent | Last::Other(_), None) => out.found(empty(deployment, stage, subject, here)),
                (Last::Other(message), Some(id)) => out.each(|out| unknown_words(deployment, out, stage, (message, id), here)),
                (Last::Silent, Some(id)) => out.fine(subject, format!("stage {} serves deployment {id}", stage.name)),
                (Last::Done, _) => out.fine(subject, format!("the last deployment of stage {} succeeded", stage.name)),
            }
        }
        Ok(())
    }
}

/// What AWS says about the last automatic deployment. The texts are seen in the field; AWS documents only the field.
enum Last<'a> {
    Done,
    Failed(&'a str),
    Silent,
    Other(&'a str),
}

impl Last<'_> {
    fn of(stage: &Stage) -> Last<'_> {
        let Some(message) = stage.last_deployment_status_message.as_deref().filter(|message| !message.is_empty()) else {
            return Last::Silent;
        };
        let lower = message.to_lowercase();
        if lower.starts_with("successfully deployed") {
            Last::Done
        } else if lower.contains("failed") || lower.contains("unable to deploy") {
            Last::Failed(message)
        } else {
            Last::Other(message)
        }
    }
}

/// A message that this version does not know: the deployments themselves say it.
fn unknown_words(deployment: &Deployment, out: &mut Outcome, stage: &Stage, (message, id): (&str, &str), asked: bool) -> Result<(), Gap> {
    let all = deployment.deployments()?;
    let subject = Subject::new(SubjectKind::Stage, &stage.name);
    let Some(own) = all.get(id) else {
        let what = format!("what became of the last deployment of stage {} is not clear: {message}", stage.name);
        return Err(Gap::undecided(Part::Stages, what));
    };
    let failed = all.values().find(|one| one.auto_deployed && one.created_at > own.created_at && one.status.as_deref() == Some("FAILED"));
    match failed {
        Some(failed) => out.found(stale(deployment, stage, subject, failed.status_message.as_deref().unwrap_or(message), asked)),
        None => out.fine(subject, format!("no automatic deployment after {id}, which stage {} serves, has failed", stage.name)),
    }
    Ok(())
}

/// An older deployment is still served: what is saved is not what answers.
fn stale(deployment: &Deployment, stage: &Stage, subject: Subject, message: &str, asked: bool) -> Finding {
    let summary = format!("the last deployment of stage {} failed, so it still serves an older definition", stage.name);
    finding(deployment, stage, &subject, summary)
        .severity(if asked { Severity::Warning } else { Severity::Info })
        .evidence(
            Evidence::found(subject.clone(), "LastDeploymentStatusMessage", message, source::GET_STAGES)
                .expected("Successfully deployed …"),
        )
        .effect(Effect::weakens(Phase::Edge, subject))
}

/// Nothing was ever deployed.
fn empty(deployment: &Deployment, stage: &Stage, subject: Subject, asked: bool) -> Finding {
    // The fields are documented; that the answer is a 404 is seen in the field.
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred();
    let summary = format!("stage {} deploys by itself, and no deployment of it has succeeded yet", stage.name);
    let message = match stage.last_deployment_status_message.as_deref() {
        Some(message) => Evidence::found(subject.clone(), "LastDeploymentStatusMessage", message, source::GET_STAGES),
        None => Evidence::absent(subject.clone(), "LastDeploymentStatusMessage", source::GET_STAGES),
    };
    finding(deployment, stage, &subject, summary)
        // A stage that nobody asked about is no fault of this request.
        .severity(if asked { META.severity } else { Severity::Info })
        .confidence(Confidence::Likely)
        .evidence(Evidence::absent(subject.clone(), "DeploymentId", source::GET_STAGES).expected("a deployment"))
        .evidence(message)
        .effect(Effect::blocks_all(Phase::Edge, subject, answer))
}

fn finding(deployment: &Deployment, stage: &Stage, subject: &Subject, summary: String) -> Finding {
    Finding::new(&META, subject.clone(), summary).fix(deploy_by_hand(deployment, stage))
}

/// What failed is not configuration that one could write: mend what the message names, then deploy and read the answer.
fn deploy_by_hand(deployment: &Deployment, stage: &Stage) -> Fix {
    let (api, name) = (quote(deployment.api_id()), quote(&stage.name));
    let switch = |on: &str| aws(deployment, &format!("apigatewayv2 update-stage --api-id {api} --stage-name {name} --{on}"));
    Fix::new("mend what the message names; then deploy by hand once: the answer says what is still wrong", Risk::Safe, Vec::new())
        .cli(switch("no-auto-deploy"))
        .cli(aws(deployment, &format!("apigatewayv2 create-deployment --api-id {api} --stage-name {name}")))
        .cli(switch("auto-deploy"))
        .console(format!("API Gateway: Deploy → Stages → {} → Last deployment status", stage.name))
}
