//! A named stage has the name of the path's first segment, and takes the request away from `$default`.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{DEFAULT_STAGE, Stage};
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::routes;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "stage-shadows-path",
    hop: Hop::Stage,
    severity: Severity::Error,
    title: "a stage has the name of the path's first segment, and takes the request",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages],
    optional: &[Part::Routes],
    symptoms: &[Symptom::GatewayNotFound, Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("stage_shadows_path.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct StageShadowsPath;

impl Check for StageShadowsPath {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let stages = deployment.stages()?;
        for (index, request) in deployment.requests().iter().enumerate() {
            let Some(stage) = deployment.stage_for(request)? else { continue }; // no-stage or no-default-stage reports it
            let subject = Subject::new(SubjectKind::Stage, &stage.name);
            if let Some(domain) = &request.domain {
                out.fine(subject, format!("the mapping of {domain} chooses the stage"));
                continue;
            }
            if stage.name != DEFAULT_STAGE {
                out.fine(subject, format!("the URL names stage {} itself", stage.name));
                continue;
            }
            let (first, _) = split(request);
            match stages.get(first) {
                Some(taker) => out.found(finding(deployment, taker, index, request)),
                None if first.is_empty() => out.fine(subject, "the root has no segment that could be a stage's name"),
                None => out.fine(subject, format!("no stage has the name of the path's first segment, {first}")),
            }
        }
        Ok(())
    }
}

/// The path's first segment, and the path behind it.
fn split(request: &Request) -> (&str, &str) {
    let path = request.bare_path().trim_start_matches('/');
    path.find('/').map_or((path, "/"), |slash| path.split_at(slash))
}

fn finding(deployment: &Deployment, taker: &Stage, index: usize, request: &Request) -> Finding {
    let (_, rest) = split(request);
    let (method, path, name) = (&request.method, request.bare_path(), &taker.name);
    let subject = Subject::new(SubjectKind::Stage, name);
    let route = deployment.routes().ok().map(|all| routes::select(all, method, rest).chosen.map(|chosen| chosen.route));
    // That a stage's name wins is documented; what follows from it is inferred.
    let (lands, answer) = match route {
        Some(None) => (", where no route takes it".to_owned(), ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred()),
        Some(Some(route)) => (format!(", where {} takes it", route.key), ExpectedAnswer::target().inferred()),
        None => (String::new(), ExpectedAnswer::target().inferred()),
    };
    let summary = format!("{method} {path} goes to stage {name} as {method} {rest}{lands}");
    Finding::new(&META, Subject::request(method, path), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "StageName", name, source::GET_STAGES).expected("a name with which no path begins"))
        .effect(Effect::blocks_request(Phase::Edge, index, answer))
        .fix(rename(deployment, taker))
        .fix(delete(deployment, taker))
}

/// A stage cannot be renamed: another one is made, its callers move, and the old one goes.
fn rename(deployment: &Deployment, stage: &Stage) -> Fix {
    let free = |name: &String| deployment.stages().is_ok_and(|all| !all.contains_key(name));
    let name = ["stage", "stage-2", "stage-3"].iter().map(|tail| format!("{}-{tail}", stage.name)).find(free).unwrap_or_default();
    let mut renamed = json!(stage);
    renamed["name"] = json!(name);
    let change = vec![remedy::set(&["stages", "known", &name], renamed), remedy::remove(&["stages", "known", &stage.name])];
    let (api, new) = (quote(deployment.api_id()), quote(&name));
    let deployed = match (&stage.deployment_id, stage.auto_deploy) {
        (_, true) => " --auto-deploy".to_owned(),
        (Some(id), false) => format!(" --deployment-id {}", quote(id)),
        (None, false) => String::new(),
    };
    Fix::new(
        format!("serve stage {} under another name, {name}, and delete it when its callers have moved", stage.name),
        Risk::Disruptive,
        change,
    )
    .cli(aws(deployment, &format!("apigatewayv2 create-stage --api-id {api} --stage-name {new}{deployed}")))
    .console(format!("API Gateway: Deploy → Stages → Create → {name}, with the settings and variables of {}", stage.name))
    .cli(delete_line(deployment, stage))
}

fn delete(deployment: &Deployment, stage: &Stage) -> Fix {
    let change = vec![remedy::remove(&["stages", "known", &stage.name])];
    Fix::new(format!("delete stage {}, if nobody calls it any more", stage.name), Risk::Disruptive, change)
        .cli(delete_line(deployment, stage))
        .console(format!("API Gateway: Deploy → Stages → {} → Delete", stage.name))
}

fn delete_line(deployment: &Deployment, stage: &Stage) -> String {
    aws(deployment, &format!("apigatewayv2 delete-stage --api-id {} --stage-name {}", quote(deployment.api_id()), quote(&stage.name)))
}
