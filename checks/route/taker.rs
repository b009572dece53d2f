//! Who takes a request, and if nobody does, why: exactly one of five checks speaks.

use super::guard::is_preflight;
use crate::finding::Confidence;
use crate::model::deployment::Deployment;
use crate::model::gateway::Route;
use crate::model::request::Request;
use crate::semantics::routes;
use std::collections::BTreeMap;

/// Who takes a request.
pub(super) enum Taker<'a> {
    /// This route.
    Route(&'a Route),
    /// No route: API Gateway answers this preflight request by itself, because CORS is configured.
    Preflight,
    /// Nobody, although these routes have its path: `method-missing`.
    OtherMethods(Vec<&'a Route>),
    /// Nobody, although this greedy route takes everything below the root: `greedy-misses-root`.
    OnlyBelowRoot(&'a Route),
    /// Nobody, although this route differs only by a slash at the end or by case: `trailing-slash-or-case`.
    NearlySame(&'a Route),
    /// Nobody, although this greedy route takes everything below the very path: `greedy-prefix-root`.
    OnlyBelow(&'a Route),
    /// Nobody: `route-missing`.
    Nobody,
}

/// Who takes a request.
pub(super) fn taker<'a>(deployment: &Deployment, all: &'a BTreeMap<String, Route>, request: &Request) -> Taker<'a> {
    if let Some(chosen) = routes::select(all, &request.method, request.bare_path()).chosen {
        return Taker::Route(chosen.route);
    }
    if is_preflight(deployment, request) == Some(true) {
        return Taker::Preflight;
    }
    let same_path = routes::methods_for_path(all, request.bare_path());
    if !same_path.is_empty() {
        return Taker::OtherMethods(same_path.into_iter().map(|(_, route)| route).collect());
    }
    let below_root = takers_of_method(all, request).find(|(_, path)| is_greedy_root(path)).filter(|_| request.bare_path() == "/");
    let nobody = || nearly_same(all, request).map(Taker::NearlySame).or_else(|| below(all, request).map(Taker::OnlyBelow));
    below_root.map(|(route, _)| Taker::OnlyBelowRoot(route)).or_else(nobody).unwrap_or(Taker::Nobody)
}

/// Routes for the request's method or for `ANY`, with their paths; without `$default`.
fn takers_of_method<'a>(all: &'a BTreeMap<String, Route>, request: &Request) -> impl Iterator<Item = (&'a Route, &'a str)> {
    let with_path = |route: &'a Route| routes::split_key(&route.key).map(|(method, path)| (method, route, path));
    let found = all.values().filter_map(with_path).filter(|(method, ..)| *method == "ANY" || *method == request.method);
    found.map(|(_, route, path)| (route, path))
}

/// A route for the method whose path is the request's but for a slash at the end, or for upper and lower case.
pub(super) fn nearly_same<'a>(all: &'a BTreeMap<String, Route>, request: &Request) -> Option<&'a Route> {
    let plain = |text: &str| text.trim_end_matches('/').to_lowercase();
    let path = plain(request.bare_path());
    let near = |key: &str| !routes::matches_path(key, request.bare_path()) && routes::matches_path(&plain(key), &path);
    takers_of_method(all, request).map(|(route, _)| route).find(|route| near(&route.key))
}

/// A greedy route for the method that takes everything below the request's path.
fn below<'a>(all: &'a BTreeMap<String, Route>, request: &Request) -> Option<&'a Route> {
    let child = format!("{}/x", request.bare_path().trim_end_matches('/'));
    let takes = |(route, path): &(&Route, &str)| path.ends_with("+}") && routes::matches_path(&route.key, &child);
    takers_of_method(all, request).find(takes).map(|(route, _)| route)
}

/// `/{proxy+}`, whatever the name.
fn is_greedy_root(path: &str) -> bool {
    path.starts_with("/{") && path.ends_with("+}") && path.matches('/').count() == 1
}

/// What is in order: the sentence of all these checks.
pub(super) fn takes(route: &Route, request: &Request) -> String {
    format!("route {} takes {} {}", route.key, request.method, request.bare_path())
}

/// API Gateway answers preflight requests without any route if CORS is configured: that has to be known.
pub(super) fn confidence(deployment: &Deployment, request: &Request) -> Confidence {
    if is_preflight(deployment, request).is_none() { Confidence::Likely } else { Confidence::Certain }
}
