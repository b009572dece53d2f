//! Another route takes the request than the one that looks more specific, and leads elsewhere.

use super::guard::{Taken, taken};
use super::new_route::create_route;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Route;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::routes;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "more-specific-route-wins",
    hop: Hop::Route,
    severity: Severity::Info,
    title: "another route takes the request than the one that looks more specific",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Stages],
    symptoms: &[Symptom::TargetAnswer, Symptom::GatewayUnauthorized, Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("more_specific_route_wins.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct MoreSpecificRouteWins;

impl Check for MoreSpecificRouteWins {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for taken in taken(deployment)? {
            let next = routes::select(all, &taken.request.method, taken.request.bare_path()).runners_up;
            let surprises = |other: &&&Route| leads_elsewhere(taken.route, other) && surprise(taken.route, other).is_some();
            match next.iter().find(surprises) {
                Some(passed_over) => out.found(finding(deployment, &taken, passed_over)),
                None => out.fine(taken.subject(), in_order(&taken, next.first().copied())),
            }
        }
        Ok(())
    }
}

fn in_order(taken: &Taken<'_>, next: Option<&Route>) -> String {
    let after = next.map_or_else(|| "no other route would".to_owned(), |next| format!("next in line is {}", next.key));
    format!("route {} takes {}; {after}", taken.route.key, taken.words())
}

fn leads_elsewhere(route: &Route, other: &Route) -> bool {
    route.target != other.target || route.authorization_type != other.authorization_type
}

/// What makes the route that was passed over look more specific.
fn surprise(chosen: &Route, passed_over: &Route) -> Option<&'static str> {
    let (method, path) = routes::split_key(&chosen.key)?;
    let (other_method, other_path) = routes::split_key(&passed_over.key)?;
    let literals = |path: &str| path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{')).count();
    if literals(other_path) > literals(path) {
        Some("has more of the path")
    } else if method == "ANY" && other_method != "ANY" {
        Some("names the method")
    } else {
        None
    }
}

fn finding(deployment: &Deployment, taken: &Taken<'_>, passed_over: &Route) -> Finding {
    let chosen = taken.route;
    let why = surprise(chosen, passed_over).unwrap_or("matches as well");
    let summary = format!("{} is taken by {}, not by {}, which {why} and leads elsewhere", taken.words(), chosen.key, passed_over.key);
    let other = Subject::new(SubjectKind::Route, &passed_over.key);
    let finding = Finding::new(&META, Subject::request(&taken.request.method, taken.request.bare_path()), summary)
        // AWS documents three steps; how ANY and a named method, or two greedy routes, are compared is inferred from them.
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(taken.subject(), "RouteKey", leading(chosen), source::GET_ROUTES))
        .evidence(Evidence::found(other, "RouteKey", leading(passed_over), source::GET_ROUTES))
        .effect(Effect::weakens(Phase::Edge, taken.subject()));
    match (wanted_key(taken, passed_over), passed_over.integration_id()) {
        (Some(key), Some(integration)) => finding.fix(create_route(deployment, &key, integration, Some(passed_over), Risk::Disruptive)),
        _ => finding,
    }
}

/// `ANY /health to integrations/x, authorization NONE`.
fn leading(route: &Route) -> String {
    let target = route.target.as_deref().unwrap_or("nothing");
    format!("{} to {target}, authorization {}", route.key, route.authorization_type)
}

/// The key that beats both: the request's method, and every literal segment that one of the two has.
fn wanted_key(taken: &Taken<'_>, passed_over: &Route) -> Option<String> {
    let (_, chosen) = routes::split_key(&taken.route.key)?;
    let (_, other) = routes::split_key(&passed_over.key)?;
    let method = &taken.request.method;
    if chosen.ends_with("+}") {
        return Some(format!("{method} {other}"));
    }
    let mut others = other.split('/');
    let pick = |part| others.next().filter(|other| !other.starts_with('{')).unwrap_or(part);
    let path: Vec<&str> = chosen.split('/').map(pick).collect();
    Some(format!("{method} {}", path.join("/")))
}
