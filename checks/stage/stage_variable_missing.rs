//! An integration refers to a stage variable that the stage does not have.

use super::asked::asked_stages;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{Integration, Stage};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "stage-variable-missing",
    hop: Hop::Stage,
    severity: Severity::Error,
    title: "an integration refers to a stage variable that the stage does not have",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages, Part::Routes, Part::Integrations],
    optional: &[],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayOther, Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("stage_variable_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct StageVariableMissing;

impl Check for StageVariableMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for stage in asked_stages(deployment)? {
            out.over(deployment.attached_integrations(), |out, integration| {
                look(deployment, out, stage, integration);
                Ok(())
            });
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, stage: &Stage, integration: &Integration) {
    let missing = |texts: &mut dyn Iterator<Item = &String>| -> BTreeSet<String> {
        texts.flat_map(|text| referred(text)).filter(|name| !stage.variable_names.contains(*name)).map(str::to_owned).collect()
    };
    let in_uri = missing(&mut integration.uri.iter());
    let in_mappings = missing(&mut integration.request_parameters.values());
    if in_uri.is_empty() && in_mappings.is_empty() {
        let subject = Subject::new(SubjectKind::Integration, &integration.id);
        out.fine(subject, format!("stage {} has every variable that integration {} refers to", stage.name, integration.id));
        return;
    }
    out.found(finding(deployment, stage, integration, &in_uri, &in_mappings));
}

/// The names behind `$stageVariables.` and `${stageVariables.…}`.
fn referred(text: &str) -> impl Iterator<Item = &str> {
    let word = |rest: &'_ str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let pieces = text.split("stageVariables.").collect::<Vec<_>>();
    let pairs: Vec<&str> = pieces
        .windows(2)
        .filter(|pair| pair[0].ends_with('$') || pair[0].ends_with("${"))
        .map(|pair| &pair[1][..word(pair[1])])
        .filter(|name| !name.is_empty())
        .collect();
    pairs.into_iter()
}

fn finding(
    deployment: &Deployment,
    stage: &Stage,
    integration: &Integration,
    in_uri: &BTreeSet<String>,
    in_mappings: &BTreeSet<String>,
) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let names: Vec<&str> = in_uri.union(in_mappings).map(String::as_str).collect();
    let listed = names.join(", ");
    let stage_subject = Subject::new(SubjectKind::Stage, &stage.name);
    let kept: Vec<&str> = stage.variable_names.iter().map(String::as_str).collect();
    let summary = format!("integration {} refers to {listed}, a stage variable that stage {} does not have", integration.id, stage.name);
    let there = match kept.is_empty() {
        true => Evidence::absent(stage_subject.clone(), "StageVariables", source::GET_STAGES),
        false => Evidence::found(stage_subject.clone(), "StageVariables", kept.join(", "), source::GET_STAGES),
    };
    let field = if in_uri.is_empty() { "RequestParameters" } else { "IntegrationUri" };
    // AWS does not document what becomes of a reference to nothing.
    let effect = match in_uri.is_empty() {
        true => Effect::weakens(Phase::Edge, stage_subject),
        false => Effect::blocks_all(Phase::Edge, stage_subject, ExpectedAnswer::gateway(None, Symptom::GatewayInternalError).inferred()),
    };
    Finding::new(&META, subject.clone(), summary)
        .severity(if in_uri.is_empty() { Severity::Warning } else { META.severity })
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject.clone(), field, format!("$stageVariables: {listed}"), source::GET_INTEGRATIONS))
        .evidence(there.expected(&listed))
        .effect(effect.and_through(subject))
        .fix(set_them(deployment, stage, &names))
}

fn set_them(deployment: &Deployment, stage: &Stage, names: &[&str]) -> Fix {
    let all: BTreeSet<&str> = stage.variable_names.iter().map(String::as_str).chain(names.iter().copied()).collect();
    let change = vec![remedy::set(&["stages", "known", &stage.name, "variable_names"], json!(all))];
    let values: Vec<String> = names.iter().map(|name| format!("{name}=VALUE")).collect();
    let (api, name) = (quote(deployment.api_id()), quote(&stage.name));
    let command = format!("apigatewayv2 update-stage --api-id {api} --stage-name {name} --stage-variables {}", quote(&values.join(",")));
    Fix::new(format!("set {} on stage {}", names.join(", "), stage.name), Risk::Safe, change)
        .cli(aws(deployment, &command))
        .console(format!("API Gateway: Deploy → Stages → {} → Edit → Stage variables → {}", stage.name, names.join(", ")))
}
