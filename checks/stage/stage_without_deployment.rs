//! A stage to which nothing was ever deployed, and which does not deploy by itself.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Stage;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "stage-without-deployment",
    hop: Hop::Stage,
    severity: Severity::Error,
    title: "nothing was ever deployed to the stage",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages],
    optional: &[],
    symptoms: &[Symptom::GatewayNotFound, Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("stage_without_deployment.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct StageWithoutDeployment;

impl Check for StageWithoutDeployment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let asked: Vec<&Stage> = deployment.requests().iter().filter_map(|request| deployment.stage_for(request).ok()?).collect();
        for stage in deployment.stages()?.values() {
            let subject = Subject::new(SubjectKind::Stage, &stage.name);
            match &stage.deployment_id {
                Some(id) => out.fine(subject, format!("stage {} serves deployment {id}", stage.name)),
                None if stage.auto_deploy => {} // autodeploy-failed speaks about these
                None => {
                    let finding = finding(deployment, stage, subject);
                    // A stage that nobody asked about is not served yet; that is worth knowing and no fault of this request.
                    let severity = if asked.iter().any(|other| other.name == stage.name) { META.severity } else { Severity::Info };
                    out.found(finding.severity(severity));
                }
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, stage: &Stage, subject: Subject) -> Finding {
    // The fields are documented; that the answer is a 404 is seen in the field.
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred();
    let summary = format!("nothing was ever deployed to stage {}, and it does not deploy by itself", stage.name);
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::absent(subject.clone(), "DeploymentId", source::GET_STAGES).expected("a deployment"))
        .evidence(Evidence::found(subject.clone(), "AutoDeploy", "false", source::GET_STAGES))
        .effect(Effect::blocks_all(Phase::Edge, subject, answer))
        .fix(deploy(deployment, stage))
}

fn deploy(deployment: &Deployment, stage: &Stage) -> Fix {
    // AWS gives the deployment its id; the model only has to know that there is one.
    let change = vec![remedy::set(&["stages", "known", &stage.name, "deployment_id"], json!("the new deployment"))];
    let (api, name) = (quote(deployment.api_id()), quote(&stage.name));
    Fix::new(format!("deploy the API to stage {}", stage.name), Risk::Safe, change)
        .cli(aws(deployment, &format!("apigatewayv2 create-deployment --api-id {api} --stage-name {name}")))
        .console(format!("API Gateway: Deploy → stage {} → Deploy to stage", stage.name))
}
