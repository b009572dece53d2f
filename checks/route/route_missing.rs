//! No route takes the request, and there is no `$default`.

use super::new_route::{candidates, create_route};
use super::taker::{Taker, confidence, taker, takes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Route;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::routes;
use crate::source;
use crate::symptom::Symptom;
use std::collections::BTreeMap;

static META: Meta = Meta {
    id: "route-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no route takes the request",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Integrations, Part::Stages],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("route_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RouteMissing;

impl Check for RouteMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        // What does not get into the API is for the checks of the domain.
        out.over(deployment.entering(), |out, (index, request)| {
            match taker(all, request) {
                Taker::Route(route) => out.fine(Subject::new(SubjectKind::Route, &route.key), takes(route, request)),
                Taker::OtherMethods(_) | Taker::OnlyBelowRoot(_) => {} // method-missing and greedy-misses-root say it better
                Taker::Nobody => out.found(finding(deployment, all, index, request)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, all: &BTreeMap<String, Route>, index: usize, request: &Request) -> Finding {
    let (method, path) = (&request.method, request.bare_path());
    let api = Subject::new(SubjectKind::Api, deployment.api_id());
    let near = near_miss(all, request);
    let why = near.map_or_else(String::new, |(route, how)| format!(": {} {how}", route.key));
    let keys: Vec<&str> = all.values().take(5).map(|route| route.key.as_str()).collect();
    let evidence = if keys.is_empty() {
        Evidence::absent(api, "RouteKey", source::GET_ROUTES)
    } else {
        let more = if all.len() > keys.len() { ", …" } else { "" };
        Evidence::found(api, "RouteKey", format!("{}{more}", keys.join(", ")), source::GET_ROUTES)
    };
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound);
    let mut finding = Finding::new(&META, Subject::request(method, path), format!("no route takes {method} {path}{why}"))
        // How a path is compared with a key that is nearly the same is not documented.
        .confidence(if near.is_some() { Confidence::Likely } else { confidence(request) })
        .evidence(evidence.expected(format!("a key that matches {method} {path}, or $default")))
        .effect(Effect::blocks_request(Phase::Edge, index, answer));
    finding.fixes = fixes(deployment, all, request, near.map(|(route, _)| route));
    finding
}

/// The very route that is missing: like the one that is nearly it, else to an integration that a person chooses. Or one for everything.
fn fixes(deployment: &Deployment, all: &BTreeMap<String, Route>, request: &Request, near: Option<&Route>) -> Vec<Fix> {
    // A new route may be open: where others ask for credentials, that is a decision.
    let risk = if all.values().all(|route| route.authorization_type == "NONE") { Risk::Safe } else { Risk::Disruptive };
    let candidates = candidates(deployment);
    let like = near.and_then(|route| Some((route, route.integration_id()?, routes::split_key(&route.key)?.0)));
    let key = |method: &str| format!("{method} {}", request.bare_path());
    let mut fixes: Vec<Fix> = match like {
        Some((route, integration, method)) => vec![create_route(deployment, &key(method), integration, Some(route), risk)],
        None => candidates.iter().map(|integration| create_route(deployment, &key(&request.method), &integration.id, None, risk)).collect(),
    };
    if let [only] = candidates.as_slice() {
        fixes.push(create_route(deployment, "$default", &only.id, None, Risk::Disruptive));
    }
    fixes
}

/// A route for the method that only just misses the path, and how.
fn near_miss<'a>(all: &'a BTreeMap<String, Route>, request: &Request) -> Option<(&'a Route, &'static str)> {
    let path = request.bare_path();
    let plain = |text: &str| text.trim_end_matches('/').to_lowercase();
    let same = |key: &str| routes::matches_path(&plain(key), &plain(path));
    let below = |key: &str| key.ends_with("+}") && routes::matches_path(key, &format!("{path}/x"));
    let takes_method =
        |route: &&Route| routes::split_key(&route.key).is_some_and(|(method, _)| method == "ANY" || method == request.method);
    let find = |nearly: &dyn Fn(&str) -> bool| all.values().filter(takes_method).find(|route| nearly(&route.key));
    let differs = find(&same).map(|route| (route, "differs only by a slash at the end or by upper and lower case"));
    differs.or_else(|| find(&below).map(|route| (route, "takes only what is below that path")))
}
