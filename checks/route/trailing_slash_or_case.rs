//! The path differs from a route's only by a slash at the end, or by upper and lower case.

use super::guard::ask_again;
use super::new_route::create_route;
use super::taker::{Taker, nearly_same, taker, takes};
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

static META: Meta = Meta {
    id: "trailing-slash-or-case",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the path differs from a route's only by a slash at the end, or by upper and lower case",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Stages],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("trailing_slash_or_case.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TrailingSlashOrCase;

impl Check for TrailingSlashOrCase {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for (index, request) in deployment.requests().iter().enumerate() {
            match taker(deployment, all, request) {
                Taker::Route(route) => match nearly_same(all, request).filter(|near| is_catch_all(route) && leads_elsewhere(route, near)) {
                    Some(near) => out.found(caught(deployment, route, near, request)),
                    None => out.fine(Subject::new(SubjectKind::Route, &route.key), takes(route, request)),
                },
                Taker::NearlySame(near) => out.found(missed(deployment, near, index, request)),
                // method-missing, greedy-misses-root, greedy-prefix-root and route-missing report these
                Taker::OtherMethods(_) | Taker::OnlyBelowRoot(_) | Taker::OnlyBelow(_) | Taker::Preflight | Taker::Nobody => {}
            }
        }
        Ok(())
    }
}

/// `$default` or a greedy route: one that is there for what nobody thought of.
fn is_catch_all(route: &Route) -> bool {
    routes::split_key(&route.key).is_none_or(|(_, path)| path.ends_with("+}"))
}

fn leads_elsewhere(route: &Route, other: &Route) -> bool {
    route.target != other.target || route.authorization_type != other.authorization_type
}

/// Nobody takes the request.
fn missed(deployment: &Deployment, near: &Route, index: usize, request: &Request) -> Finding {
    let (method, path) = (&request.method, request.bare_path());
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred();
    let summary = format!("no route takes {method} {path}: {} differs only by {}", near.key, difference(&near.key, path));
    finding(deployment, near, request, summary).effect(Effect::blocks_request(Phase::Edge, index, answer))
}

/// A catch-all takes the request to another place than the route that was probably meant.
fn caught(deployment: &Deployment, route: &Route, near: &Route, request: &Request) -> Finding {
    let (method, path) = (&request.method, request.bare_path());
    let what = difference(&near.key, path);
    let summary = format!("{} takes {method} {path}, not {}, which differs only by {what} and leads elsewhere", route.key, near.key);
    let subject = Subject::new(SubjectKind::Route, &route.key);
    finding(deployment, near, request, summary).severity(Severity::Info).effect(Effect::weakens(Phase::Edge, subject))
}

fn finding(deployment: &Deployment, near: &Route, request: &Request, summary: String) -> Finding {
    let (method, path) = (&request.method, request.bare_path());
    let subject = Subject::new(SubjectKind::Route, &near.key);
    let finding = Finding::new(&META, Subject::request(method, path), summary)
        // How a path is compared with a key that is nearly the same is not documented.
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject, "RouteKey", &near.key, source::GET_ROUTES).expected(format!("{method} {path}")));
    let Some((route_method, pattern)) = routes::split_key(&near.key) else { return finding };
    let meant = like(path, pattern);
    let ask = Fix::new(format!("ask for {meant}"), Risk::Safe, Vec::new()).cli(ask_again(deployment, request, &meant, ""));
    let finding = finding.fix(ask);
    match near.integration_id() {
        Some(integration) => {
            let key = format!("{route_method} {}", variant(pattern, path));
            finding.fix(create_route(deployment, &key, integration, Some(near), Risk::Safe))
        }
        None => finding, // route-without-target comes first
    }
}

/// What makes the difference, in words.
fn difference(key: &str, path: &str) -> &'static str {
    let pattern = routes::split_key(key).map_or(key, |(_, pattern)| pattern);
    if routes::matches_path(key.trim_end_matches('/'), path.trim_end_matches('/')) {
        return "a slash at the end";
    }
    let same_end = pattern.ends_with("+}") || pattern.ends_with('/') == path.ends_with('/');
    if same_end { "upper and lower case" } else { "case and by a slash at the end" }
}

/// The route's path for the request's spelling: its variables, the request's words, the request's end.
fn variant(pattern: &str, path: &str) -> String {
    let pairs = pattern.trim_end_matches('/').split('/').zip(path.trim_end_matches('/').split('/'));
    let key: Vec<&str> = pairs.map(|(part, segment)| if part.starts_with('{') { part } else { segment }).collect();
    let slash = path.ends_with('/') && !pattern.ends_with("+}");
    format!("{}{}", key.join("/"), if slash { "/" } else { "" })
}

/// The request's path for the route's spelling: the request's values, the route's words, the route's end.
fn like(path: &str, pattern: &str) -> String {
    let mut parts = pattern.trim_end_matches('/').split('/');
    let pick = |segment| parts.next().filter(|part| !part.starts_with('{')).unwrap_or(segment);
    let meant: Vec<&str> = path.trim_end_matches('/').split('/').map(pick).collect();
    format!("{}{}", meant.join("/"), if pattern.ends_with('/') { "/" } else { "" })
}
