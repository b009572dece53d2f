//! Who takes a request, and if nobody does, why: exactly one of three checks speaks.

use crate::finding::Confidence;
use crate::model::gateway::Route;
use crate::model::request::Request;
use crate::semantics::routes;
use std::collections::BTreeMap;

/// Who takes a request.
pub(super) enum Taker<'a> {
    /// This route.
    Route(&'a Route),
    /// Nobody, although these routes have its path: `method-missing`.
    OtherMethods(Vec<&'a Route>),
    /// Nobody, although this greedy route takes everything below the root: `greedy-misses-root`.
    OnlyBelowRoot(&'a Route),
    /// Nobody: `route-missing`.
    Nobody,
}

/// Who takes a request.
pub(super) fn taker<'a>(all: &'a BTreeMap<String, Route>, request: &Request) -> Taker<'a> {
    if let Some(chosen) = routes::select(all, &request.method, request.bare_path()).chosen {
        return Taker::Route(chosen.route);
    }
    let same_path = routes::methods_for_path(all, request.bare_path());
    if !same_path.is_empty() {
        return Taker::OtherMethods(same_path.into_iter().map(|(_, route)| route).collect());
    }
    let below = all.values().find(|route| {
        let parts = routes::split_key(&route.key);
        parts.is_some_and(|(method, path)| (method == "ANY" || method == request.method) && is_greedy_root(path))
    });
    below.filter(|_| request.bare_path() == "/").map_or(Taker::Nobody, Taker::OnlyBelowRoot)
}

/// `/{proxy+}`, whatever the name.
fn is_greedy_root(path: &str) -> bool {
    path.starts_with("/{") && path.ends_with("+}") && path.matches('/').count() == 1
}

/// What is in order: the sentence of all three checks.
pub(super) fn takes(route: &Route, request: &Request) -> String {
    format!("route {} takes {} {}", route.key, request.method, request.bare_path())
}

/// API Gateway answers preflight requests without any route if CORS is configured, and that is not among the facts.
pub(super) fn confidence(request: &Request) -> Confidence {
    if request.method == "OPTIONS" { Confidence::Likely } else { Confidence::Certain }
}
