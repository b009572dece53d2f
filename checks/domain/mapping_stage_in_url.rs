//! The URL of a custom domain repeats the stage or the mapping's key, which the domain adds by itself.

use super::entry::{ask, direct, subject, words};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::ApiMapping;
use crate::model::fetched::Gap;
use crate::model::gateway::DEFAULT_STAGE;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::domains::Way;
use crate::semantics::routes;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "mapping-stage-in-url",
    hop: Hop::Domain,
    severity: Severity::Error,
    title: "the URL of a custom domain repeats the stage or the mapping key",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Domains, Part::ApiMappings, Part::Routes],
    optional: &[Part::RoutingRules],
    symptoms: &[Symptom::GatewayNotFound, Symptom::GatewayForbidden, Symptom::TargetAnswer],
    refines: &["route-missing"],
    since: "0.1.0",
    page: include_str!("mapping_stage_in_url.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct MappingStageInUrl;

impl Check for MappingStageInUrl {
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
    let Some(found) = deployment.way_in(request)? else {
        return direct(deployment, out, "the request does not come in through a custom domain");
    };
    let Way::Mapping { mapping, path } = found.way else { return Ok(()) }; // mapping-missing and routing-rule-shadows-mapping speak
    if mapping.api_id != deployment.api_id() {
        return Ok(()); // mapping-wrong-stage speaks
    }
    let Some((repeated, rest)) = repeated(mapping, &path) else {
        out.fine(subject(found.domain), format!("{} repeats neither stage nor key", words(request)));
        return Ok(());
    };
    let all = deployment.routes()?;
    let taker = |path: &str| routes::select(all, &request.method, path).chosen.map(|chosen| chosen.route.key.as_str());
    let meant = |taken: &str| routes::split_key(taken).is_some_and(|(_, pattern)| begins(pattern, repeated));
    match (taker(&path), taker(rest)) {
        (taken, Some(better)) if taken != Some(better) && !taken.is_some_and(meant) => {
            out.found(finding(mapping, index, request, &Repeated { segments: repeated, rest, taken, better }));
        }
        (Some(taken), _) => out.fine(subject(found.domain), format!("route {taken} takes {path}")),
        (None, _) => {} // route-missing speaks
    }
    Ok(())
}

/// A path that begins with what is no part of it.
struct Repeated<'a> {
    segments: &'a str,
    rest: &'a str,
    /// The route that takes the path as it is.
    taken: Option<&'a str>,
    /// The route that takes the rest.
    better: &'a str,
}

/// The first segments of a path if they are the stage's name or the mapping's key once more, and what follows.
fn repeated<'a>(mapping: &'a ApiMapping, path: &'a str) -> Option<(&'a str, &'a str)> {
    let stage = Some(mapping.stage.as_str()).filter(|stage| *stage != DEFAULT_STAGE);
    let key = Some(mapping.key.as_str()).filter(|key| !key.is_empty());
    [stage, key].into_iter().flatten().find_map(|name| match path.strip_prefix('/')?.strip_prefix(name)? {
        "" => Some((name, "/")),
        rest => rest.starts_with('/').then_some((name, rest)),
    })
}

/// Whether a route's path begins with these segments as they stand.
fn begins(pattern: &str, segments: &str) -> bool {
    let rest = pattern.strip_prefix('/').and_then(|pattern| pattern.strip_prefix(segments));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn finding(mapping: &ApiMapping, index: usize, request: &Request, repeated: &Repeated<'_>) -> Finding {
    let Repeated { segments, rest, taken, better } = repeated;
    let at = Subject::request(&request.method, request.asked_path());
    let what = if *segments == mapping.stage { "the stage" } else { "the mapping's key" };
    let then = taken.map_or_else(|| "no route takes that".to_owned(), |taken| format!("only route {taken} takes that"));
    let summary = format!("{} repeats {what} {segments}, which the custom domain adds by itself: {then}", words(request));
    // Without a route the answer follows from the rules of routes; with one it is the application's.
    let effect = match taken {
        None => Effect::blocks_request(Phase::Edge, index, ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound)),
        Some(_) => Effect::blocks_request(Phase::Target, index, ExpectedAnswer::target().inferred()),
    };
    let prefix = if mapping.key.is_empty() { String::new() } else { format!("/{}", mapping.key) };
    let finding = Finding::new(&META, at.clone(), summary)
        .confidence(if taken.is_none() { Confidence::Certain } else { Confidence::Possible })
        .evidence(Evidence::found(at, "path", request.asked_path(), source::REQUEST).expected(format!("{prefix}{rest}")))
        .evidence(Evidence::found(Subject::new(SubjectKind::Stage, &mapping.stage), "Stage", &mapping.stage, source::GET_API_MAPPINGS))
        .evidence(Evidence::found(Subject::new(SubjectKind::Route, *better), "RouteKey", *better, source::GET_ROUTES))
        .effect(effect)
        .fix(ask(format!("leave {segments} out of the URL"), request, &format!("{prefix}{rest}")));
    if taken.is_none() { finding } else { finding.severity(Severity::Warning) }
}
