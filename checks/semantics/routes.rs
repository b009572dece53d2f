//! How API Gateway selects the route of an HTTP API for a method and a path.
//!
//! Documented (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>): a full match of
//! route and method, then a match with a greedy path variable, then `$default`; `ANY` takes the methods "that you haven't
//! defined"; a greedy variable stands at the end and "catches all child resources".
//!
//! Inferred, in this order, where the documentation leaves a choice:
//! 1. `ANY` with a full path is a full match too: it comes before a greedy route that names the method.
//! 2. Among full matches, and among greedy ones, a named method comes before `ANY`, whatever the paths.
//! 3. Then segment by segment from the left: a literal before a variable. So of greedy routes the longer prefix wins.
//! 4. Two routes that still tie differ in the names of variables only, which AWS refuses to create: the lesser key, then id.
//!
//! Also inferred: paths are case-sensitive; `/health/` is not `/health` (sources disagree); a variable takes one segment that
//! is not empty; a greedy one takes the rest, in which at least one segment is not empty. Paths are compared as given:
//! percent-encoded octets are not decoded, neither for the comparison nor in the values of variables.

use crate::model::gateway::Route;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The key of the route that catches what no other route matches.
const DEFAULT_ROUTE: &str = "$default";

/// The method of a route key that stands for every method.
const ANY_METHOD: &str = "ANY";

/// A route that takes a request.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteMatch<'a> {
    /// The route.
    pub route: &'a Route,
    /// Values of its path variables as the client sent them (not decoded): `proxy` → `a/b`. Empty for `$default`.
    pub variables: BTreeMap<String, String>,
}

/// Which route takes a request, and which would have.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection<'a> {
    /// The route that API Gateway selects; `None`: it answers `{"message":"Not Found"}`.
    pub chosen: Option<RouteMatch<'a>>,
    /// Routes that match the request as well, the next in line first.
    pub runners_up: Vec<&'a Route>,
}

/// Selects the route for a method and a path without query string.
pub fn select<'a>(routes: &'a BTreeMap<String, Route>, method: &str, path: &str) -> Selection<'a> {
    let mut found: Vec<(Rank, RouteMatch<'a>)> = routes.values().filter_map(|route| match_route(route, method, path)).collect();
    found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| identity(x.route).cmp(&identity(y.route))));
    let mut matches = found.into_iter().map(|(_, matched)| matched);
    let chosen = matches.next();
    Selection { chosen, runners_up: matches.map(|matched| matched.route).collect() }
}

/// Whether the path part of a route key matches, whatever the method; `$default` matches every path.
pub fn matches_path(key: &str, path: &str) -> bool {
    key == DEFAULT_ROUTE || split_key(key).is_some_and(|(_, pattern)| match_path(pattern, path).is_some())
}

/// Routes other than `$default` whose path matches, with their methods (`ANY` as it stands): most specific path first, then by key.
pub fn methods_for_path<'a>(routes: &'a BTreeMap<String, Route>, path: &str) -> Vec<(&'a str, &'a Route)> {
    let with_path = |route: &'a Route| {
        let (method, pattern) = split_key(&route.key)?;
        match_path(pattern, path).map(|matched| (Reverse(matched.specificity), identity(route), method, route))
    };
    let mut found: Vec<_> = routes.values().filter_map(with_path).collect();
    found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    found.into_iter().map(|(_, _, method, route)| (method, route)).collect()
}

/// Method and path of a route key: `GET /x` → `("GET", "/x")`. `None` for `$default`.
pub fn split_key(key: &str) -> Option<(&str, &str)> {
    key.split_once(' ')
}

/// How specific a match is; the greatest wins.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// `$default`.
    Default,
    /// The path ends in a greedy variable.
    Greedy { named_method: bool, specificity: Specificity },
    /// The path has as many segments as the request.
    Full { named_method: bool, specificity: Specificity },
}

/// What a path pattern made of a path.
struct PathMatch {
    specificity: Specificity,
    greedy: bool,
    variables: BTreeMap<String, String>,
}

/// True for each literal segment, false for each variable, from the left; the greedy variable is not in it.
type Specificity = Vec<bool>;

fn match_route<'a>(route: &'a Route, method: &str, path: &str) -> Option<(Rank, RouteMatch<'a>)> {
    if route.key == DEFAULT_ROUTE {
        return Some((Rank::Default, RouteMatch { route, variables: BTreeMap::new() }));
    }
    let (route_method, pattern) = split_key(&route.key)?;
    let named_method = route_method == method;
    if !named_method && route_method != ANY_METHOD {
        return None;
    }
    let PathMatch { specificity, greedy, variables } = match_path(pattern, path)?;
    let rank = if greedy { Rank::Greedy { named_method, specificity } } else { Rank::Full { named_method, specificity } };
    Some((rank, RouteMatch { route, variables }))
}

fn match_path(pattern: &str, path: &str) -> Option<PathMatch> {
    let mut rest = segments(path)?.into_iter();
    let mut matched = PathMatch { specificity: Vec::new(), greedy: false, variables: BTreeMap::new() };
    let mut pattern = segments(pattern)?.into_iter();
    while let Some(part) = pattern.next() {
        match Part::of(part) {
            Part::Greedy(name) => {
                let taken: Vec<&str> = rest.by_ref().collect();
                if pattern.next().is_some() || taken.iter().all(|segment| segment.is_empty()) {
                    return None; // AWS refuses keys with anything behind a greedy variable
                }
                matched.greedy = true;
                matched.variables.insert(name.to_owned(), taken.join("/"));
            }
            Part::Variable(name) => {
                let value = rest.next().filter(|segment| !segment.is_empty())?;
                matched.specificity.push(false);
                matched.variables.insert(name.to_owned(), value.to_owned());
            }
            Part::Literal(text) => {
                rest.next().filter(|segment| *segment == text)?;
                matched.specificity.push(true);
            }
        }
    }
    rest.next().is_none().then_some(matched)
}

/// A segment of a route's path.
enum Part<'a> {
    Literal(&'a str),
    Variable(&'a str),
    Greedy(&'a str),
}

impl Part<'_> {
    fn of(segment: &str) -> Part<'_> {
        match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            Some(name) => name.strip_suffix('+').map_or(Part::Variable(name), Part::Greedy),
            None => Part::Literal(segment),
        }
    }
}

/// The segments of a path: none for the root, an empty last one after a trailing slash. `None`: not an absolute path.
fn segments(path: &str) -> Option<Vec<&str>> {
    match path.strip_prefix('/')? {
        "" => Some(Vec::new()),
        rest => Some(rest.split('/').collect()),
    }
}

/// What decides between routes that are equally specific.
fn identity(route: &Route) -> (&str, &str) {
    (&route.key, &route.id)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
