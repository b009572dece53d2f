//! The integration sets the path itself, and what it sets is not a path for the requests that its route takes.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::listener::asked::asked;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::mapping::{MappedPath, arrival, references};
use crate::semantics::routes::{self, RouteMatch};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

const KEY: &str = "overwrite:path";

static META: Meta = Meta {
    id: "overwrite-path-wrong",
    hop: Hop::Integration,
    severity: Severity::Warning,
    title: "the path that the integration sets does not fit the requests of its route",
    phase: Some(Phase::Rule), // the earliest moment: when the listener's rules miss
    needs: &[Part::Stages, Part::Routes, Part::Integrations],
    optional: &[Part::Listeners, Part::Rules, Part::VpcLinks, Part::NetworkInterfaces],
    symptoms: &[Symptom::TargetAnswer, Symptom::LbFixedResponse],
    refines: &["default-action-fixed-response", "rule-path-mismatch"],
    since: "0.1.0",
    page: include_str!("overwrite_path_wrong.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct OverwritePathWrong;

impl Check for OverwritePathWrong {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for (index, request) in deployment.requests().iter().enumerate() {
            out.each(|out| look(deployment, out, index, request));
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, index: usize, request: &Request) -> Result<(), Gap> {
    let Some(stage) = deployment.stage_for(request)? else { return Ok(()) }; // no-stage or no-default-stage reports it
    let Some(route) = routes::select(deployment.routes()?, &request.method, request.bare_path()).chosen else { return Ok(()) };
    let integrations = deployment.integrations()?;
    let found = route.route.integration_id().and_then(|id| integrations.get(id)).filter(|integration| integration.is_private());
    let Some(integration) = found else { return Ok(()) };
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let Some(mapping) = integration.mapping(KEY).filter(|mapping| !mapping.is_empty()) else {
        out.fine(subject, format!("integration {} does not set the path", integration.id));
        return Ok(());
    };
    let path = arrival(request, &stage.name, &route, integration).path;
    match wrong(mapping, &path, &route) {
        Some((why, confidence)) => {
            let summary = format!("integration {} sets the path to {mapping}, {why}", integration.id);
            out.found(finding(deployment, integration, &route, index, summary, mapping).confidence(confidence));
        }
        None => {
            out.fine(subject, format!("integration {} sets the path to {mapping}, which fits route {}", integration.id, route.route.key))
        }
    }
    Ok(())
}

/// Why a mapping does not fit, and how sure that is.
fn wrong(mapping: &str, path: &MappedPath, route: &RouteMatch<'_>) -> Option<(String, Confidence)> {
    let key = &route.route.key;
    let named = references(mapping);
    let mut variables = named.iter().filter_map(|name| name.strip_prefix("request.path."));
    if let Some(missing) = variables.find(|name| !route.variables.contains_key(*name)) {
        return Some((format!("and route {key} has no path variable {missing}"), Confidence::Likely));
    }
    match path {
        MappedPath::Known(path) if !path.starts_with('/') => Some((format!("and {path} does not begin with a slash"), Confidence::Likely)),
        _ if !named.is_empty() => None,
        // One fixed path for a route that takes one path only is a rename.
        _ if routes::split_key(key).is_some_and(|(_, pattern)| !pattern.contains('{')) => None,
        _ => Some((format!("the same for every path that route {key} takes"), Confidence::Possible)),
    }
}

fn finding(
    deployment: &Deployment,
    integration: &Integration,
    route: &RouteMatch<'_>,
    index: usize,
    summary: String,
    mapping: &str,
) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let at = Subject::new(SubjectKind::Route, &route.route.key);
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject, "RequestParameters.overwrite:path", mapping, source::GET_INTEGRATIONS).expected("$request.path"))
        .evidence(Evidence::found(at, "RouteKey", &route.route.key, source::GET_ROUTES))
        .effect(effect(deployment, index));
    let (key, value) = (KEY, "$request.path");
    let mut all = integration.request_parameters.clone();
    all.retain(|other, _| !other.eq_ignore_ascii_case(key));
    all.insert(key.to_owned(), value.to_owned());
    let change = vec![remedy::set(&["integrations", "known", &integration.id, "request_parameters"], json!(all))];
    let arguments = format!("--request-parameters {}", quote(&json!({key: value}).to_string()));
    let fix = Fix::new("send the path as it was asked for", Risk::Disruptive, change)
        .cli(update_integration(deployment, &integration.id, &arguments))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → all incoming requests: path, overwrite, {value}"));
    finding.fix(then_deploy(deployment, fix))
}

/// The listener refuses what no rule of it takes; otherwise the application makes of the path what it will.
fn effect(deployment: &Deployment, index: usize) -> Effect {
    let own = asked(deployment).items.into_iter().find(|asked| asked.index == index);
    let landing = own.as_ref().and_then(|asked| asked.landing(deployment).ok());
    let refusal = landing.filter(|landing| landing.takes_default()).and_then(|landing| landing.refusal());
    match refusal {
        Some(refusal) => {
            let answer = ExpectedAnswer::load_balancer(Some(refusal.status), Symptom::LbFixedResponse).inferred();
            Effect::blocks_request(Phase::Rule, index, answer)
        }
        None => Effect::blocks_request(Phase::Target, index, ExpectedAnswer::target().inferred()),
    }
}
