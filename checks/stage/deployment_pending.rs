//! The stage's deployment is not done yet.

use super::asked::asked_stages;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{ApiDeployment, Stage};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use std::collections::BTreeMap;

static META: Meta = Meta {
    id: "deployment-pending",
    hop: Hop::Stage,
    severity: Severity::Warning,
    title: "the stage's deployment is not done yet",
    // For some seconds the stage goes on serving what it served before: nothing is stopped.
    phase: None,
    needs: &[Part::Stages, Part::Deployments],
    optional: &[],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("deployment_pending.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DeploymentPending;

impl Check for DeploymentPending {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for stage in asked_stages(deployment)? {
            out.each(|out| look(deployment, out, stage));
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, stage: &Stage) -> Result<(), Gap> {
    let all = deployment.deployments()?;
    let Some(id) = &stage.deployment_id else {
        return Ok(()); // stage-without-deployment or autodeploy-failed reports it
    };
    let subject = Subject::new(SubjectKind::Stage, &stage.name);
    let is_pending = |one: &&ApiDeployment| one.status.as_deref() == Some("PENDING");
    match coming(all, stage, id).into_iter().find(is_pending) {
        Some(pending) => out.found(finding(deployment, stage, subject, pending)),
        None if all.contains_key(id) => out.fine(subject, format!("deployment {id} of stage {} is done", stage.name)),
        None => out.gap(Gap::undecided(Part::Deployments, format!("deployment {id} of stage {} was not among those read", stage.name))),
    }
    Ok(())
}

/// The stage's own deployment, and for a stage that deploys by itself those that come after it.
fn coming<'a>(all: &'a BTreeMap<String, ApiDeployment>, stage: &Stage, id: &str) -> Vec<&'a ApiDeployment> {
    let own = all.get(id);
    let since = own.and_then(|own| own.created_at);
    let later = |one: &&ApiDeployment| stage.auto_deploy && one.auto_deployed && one.id != id && one.created_at > since;
    own.into_iter().chain(all.values().filter(later)).collect()
}

fn finding(deployment: &Deployment, stage: &Stage, subject: Subject, pending: &ApiDeployment) -> Finding {
    let summary = format!("deployment {} of stage {} is not done yet: what it brings is not served", pending.id, stage.name);
    let (api, id) = (quote(deployment.api_id()), quote(&pending.id));
    let wait = Fix::new("wait some seconds, and ask again", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("apigatewayv2 get-deployment --api-id {api} --deployment-id {id} --query DeploymentStatus")));
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), "DeploymentStatus", "PENDING", source::GET_DEPLOYMENTS).expected("DEPLOYED"))
        .effect(Effect::weakens(Phase::Edge, subject.clone()))
        .fix(wait);
    match pending.created_at {
        Some(created) => finding.evidence(Evidence::found(subject, "CreatedDate", created.to_string(), source::GET_DEPLOYMENTS)),
        None => finding,
    }
}
