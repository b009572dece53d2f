//! A stage that still serves an older definition than the one that is saved.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::definition::{DefinedRoute, Definition};
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
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "undeployed-changes",
    hop: Hop::Stage,
    severity: Severity::Warning,
    title: "the stage serves an older definition than the one that is saved",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages, Part::DeployedDefinition],
    optional: &[],
    symptoms: &[Symptom::GatewayNotFound, Symptom::PlainHttpToHttpsPort, Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("undeployed_changes.md"),
};

/// So many differences are listed; the rest is counted.
const LISTED: usize = 5;

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct UndeployedChanges;

impl Check for UndeployedChanges {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let asked: BTreeSet<&str> =
            deployment.requests().iter().filter_map(|request| Some(deployment.stage_for(request).ok()??.name.as_str())).collect();
        // A stage without a deployment is stage-without-deployment's matter.
        for stage in deployment.stages()?.values().filter(|stage| !stage.auto_deploy && stage.deployment_id.is_some()) {
            let is_asked = asked.contains(stage.name.as_str());
            out.each(|out| {
                look(deployment, stage, is_asked, out);
                Ok(())
            });
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, stage: &Stage, asked: bool, out: &mut Outcome) {
    let subject = Subject::new(SubjectKind::Stage, &stage.name);
    let (deployed, saved) = match (deployment.deployed_definition(&stage.name), deployment.saved_definition()) {
        (Ok(deployed), Ok(saved)) => (deployed, saved),
        (Err(gap), _) | (_, Err(gap)) => return out.gap(gap),
    };
    if deployed == saved {
        return out.fine(subject, format!("stage {} serves the definition that is saved", stage.name));
    }
    let severity = if asked { META.severity } else { Severity::Info };
    out.found(finding(deployment, stage, subject, (deployed, saved)).severity(severity));
}

fn finding(deployment: &Deployment, stage: &Stage, subject: Subject, (deployed, saved): (&Definition, &Definition)) -> Finding {
    let differences = differences(deployed, saved);
    let count = differences.len();
    let routes = if count == 1 { "1 route".to_owned() } else { format!("{count} routes") };
    let summary = format!("stage {} still serves an older definition: {routes} changed since it was deployed", stage.name);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), "AutoDeploy", "false", source::GET_STAGES).expected("true, or a deployment"))
        .effect(Effect::weakens(Phase::Edge, subject));
    for (key, what) in differences.into_iter().take(LISTED) {
        let route = Subject::new(SubjectKind::Route, key);
        finding = finding.evidence(Evidence::found(route, "deployed definition", what, source::EXPORT_API));
    }
    if count > LISTED {
        let more = Subject::new(SubjectKind::Stage, &stage.name);
        finding = finding.evidence(Evidence::found(more, "further routes that differ", (count - LISTED).to_string(), source::EXPORT_API));
    }
    finding.fix(deploy(deployment, stage, saved))
}

/// Routes that differ, with what differs. Values of request parameters are not printed: they may be secrets.
fn differences<'a>(deployed: &'a Definition, saved: &'a Definition) -> Vec<(&'a str, String)> {
    let keys: BTreeSet<&String> = deployed.routes.keys().chain(saved.routes.keys()).collect();
    let difference = |key: &'a String| match (deployed.routes.get(key), saved.routes.get(key)) {
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some((key.as_str(), changed(old, new))),
        (None, _) => Some((key.as_str(), "does not have this route yet".to_owned())),
        (_, None) => Some((key.as_str(), "still has this route".to_owned())),
    };
    keys.into_iter().filter_map(difference).collect()
}

fn changed(old: &DefinedRoute, new: &DefinedRoute) -> String {
    let mut what = Vec::new();
    match (&old.integration, &new.integration) {
        (Some(old), Some(new)) if old.server_name != new.server_name => {
            let name = |name: &Option<String>| name.as_deref().map_or("no secure server name".to_owned(), |name| format!("\"{name}\""));
            what.push(format!("has {} where {} is saved", name(&old.server_name), name(&new.server_name)));
            what.extend(
                old.differs_in(new).into_iter().filter(|field| !field.starts_with("TlsConfig")).map(|field| format!("another {field}")),
            );
        }
        (Some(old), Some(new)) => what.extend(old.differs_in(new).into_iter().map(|field| format!("another {field}"))),
        (None, Some(_)) => what.push("no integration yet".to_owned()),
        (Some(_), None) => what.push("an integration that was detached since".to_owned()),
        (None, None) => {}
    }
    if old.authorized != new.authorized {
        what.push("another authorization".to_owned());
    }
    what.join(", ")
}

fn deploy(deployment: &Deployment, stage: &Stage, saved: &Definition) -> Fix {
    let change = vec![remedy::set(&["deployed_definitions", &stage.name], json!({"known": saved}))];
    let (api, name) = (quote(deployment.api_id()), quote(&stage.name));
    // Whatever else was saved meanwhile goes live with it.
    Fix::new(format!("deploy what is saved to stage {}; everything that was changed since goes live", stage.name), Risk::Disruptive, change)
        .cli(aws(deployment, &format!("apigatewayv2 create-deployment --api-id {api} --stage-name {name}")))
        .console(format!("API Gateway: Deploy → stage {} → Deploy to stage", stage.name))
}
