//! Selection of routes, the awkward cases by name.

use super::{matches_path, methods_for_path, select, split_key};
use crate::model::gateway::Route;
use std::collections::BTreeMap;

pub(super) fn table(keys: &[&str]) -> BTreeMap<String, Route> {
    let route = |(index, key): (usize, &&str)| {
        let id = format!("r{index}");
        (
            id.clone(),
            Route {
                id,
                key: (*key).to_owned(),
                target: None,
                authorization_type: "NONE".to_owned(),
                authorizer_id: None,
                authorization_scopes: Vec::new(),
            },
        )
    };
    keys.iter().enumerate().map(route).collect()
}

#[track_caller]
fn selects(keys: &[&str], request: &str, expected: &[&str]) {
    let table = table(keys);
    let (method, path) = split_key(request).expect("tests write METHOD /path");
    let selection = select(&table, method, path);
    let chosen = selection.chosen.as_ref().map(|matched| matched.route);
    let order: Vec<&str> = chosen.into_iter().chain(selection.runners_up).map(|route| route.key.as_str()).collect();
    assert_eq!(order, expected, "{request} on {keys:?}");
}

#[track_caller]
fn captures(key: &str, path: &str, expected: &[(&str, &str)]) {
    let table = table(&[key]);
    let matched = select(&table, "GET", path).chosen.unwrap_or_else(|| panic!("{key} does not match {path}"));
    let variables: Vec<(&str, &str)> = matched.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(variables, expected);
}

const DOCUMENTED: [&str; 4] = ["$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}"];

#[test]
fn the_table_of_the_developer_guide() {
    selects(&DOCUMENTED, "GET /pets/dog/1", &["GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]);
    selects(&DOCUMENTED, "GET /pets/cat/1", &["GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]);
    selects(&DOCUMENTED, "POST /test/5", &["ANY /{proxy+}", "$default"]);
}

#[test]
fn the_greedy_variable_misses_the_root_and_its_prefix() {
    selects(&["ANY /{proxy+}"], "GET /", &[]);
    selects(&["ANY /api/{proxy+}"], "GET /api", &[]);
    selects(&["ANY /api/{proxy+}"], "GET /api/", &[]);
    selects(&["ANY /api/{proxy+}"], "GET /apix/y", &[]);
    selects(&["ANY /", "ANY /{proxy+}"], "GET /", &["ANY /"]);
}

#[test]
fn the_greedy_variable_keeps_slashes() {
    captures("GET /{proxy+}", "/a/b", &[("proxy", "a/b")]);
    captures("GET /{proxy+}", "/a/", &[("proxy", "a/")]);
    captures("GET /{proxy+}", "//a", &[("proxy", "/a")]);
    captures("ANY /{tenant}/{rest+}", "/acme/a/b", &[("rest", "a/b"), ("tenant", "acme")]);
    captures("$default", "/a/b", &[]);
}

#[test]
fn variables_stay_as_sent() {
    captures("GET /pets/{id}", "/pets/a%2Fb", &[("id", "a%2Fb")]);
    selects(&["GET /pets/{id}"], "GET /pets/", &[]);
    selects(&["GET /pets/{id}"], "GET /pets/1/2", &[]);
}

#[test]
fn a_named_method_comes_before_any() {
    selects(&["ANY /health", "GET /health"], "GET /health", &["GET /health", "ANY /health"]);
    selects(&["ANY /health", "GET /health"], "HEAD /health", &["ANY /health"]);
    selects(&["GET /health"], "HEAD /health", &[]);
    selects(&["GET /health"], "get /health", &[]);
}

#[test]
fn inferred_a_full_path_with_any_comes_before_a_greedy_route_with_the_method() {
    selects(&["GET /{proxy+}", "ANY /health"], "GET /health", &["ANY /health", "GET /{proxy+}"]);
}

#[test]
fn inferred_a_named_method_comes_before_a_longer_prefix() {
    selects(&["GET /{proxy+}", "ANY /api/{proxy+}"], "GET /api/x", &["GET /{proxy+}", "ANY /api/{proxy+}"]);
}

#[test]
fn literals_come_before_variables_from_the_left() {
    selects(&["GET /{a}/x", "GET /y/{b}", "GET /y/x"], "GET /y/x", &["GET /y/x", "GET /y/{b}", "GET /{a}/x"]);
    selects(&["ANY /{all+}", "ANY /{a}/{all+}", "ANY /api/{all+}"], "GET /api/x", &["ANY /api/{all+}", "ANY /{a}/{all+}", "ANY /{all+}"]);
    selects(&["ANY /api/{v+}", "ANY /api/v1/{v+}"], "GET /api/v1/x", &["ANY /api/v1/{v+}", "ANY /api/{v+}"]);
}

#[test]
fn ties_go_to_the_lesser_key_then_the_lesser_id() {
    selects(&["GET /{b}", "GET /{a}"], "GET /x", &["GET /{a}", "GET /{b}"]);
    let same = table(&["GET /x", "GET /x"]);
    assert_eq!(select(&same, "GET", "/x").chosen.map(|matched| matched.route.id.as_str()), Some("r0"));
}

#[test]
fn inferred_slash_and_case_differ() {
    selects(&["GET /health"], "GET /health/", &[]);
    selects(&["GET /health"], "GET /Health", &[]);
    selects(&["GET /health"], "GET //health", &[]);
    selects(&["GET /health", "$default"], "GET /health/", &["$default"]);
}

#[test]
fn nothing_matches_odd_keys_and_paths() {
    selects(&["GET /a/{x+}/b", "/bare", "", "GET bare"], "GET /a/c/b", &[]);
    selects(&["GET /{proxy+}", "GET /"], "GET relative", &[]);
    selects(&[], "GET /", &[]);
}

#[test]
fn the_path_matches_whatever_the_method() {
    assert!(matches_path("POST /health", "/health"));
    assert!(matches_path("$default", "/anything"));
    assert!(!matches_path("GET /health", "/health/"));
    assert!(!matches_path("nonsense", "/health"));
}

#[test]
fn methods_are_listed_without_the_default_route() {
    let table = table(&["$default", "ANY /{proxy+}", "POST /health", "GET /health", "GET /other"]);
    let found: Vec<(&str, &str)> =
        methods_for_path(&table, "/health").iter().map(|(method, route)| (*method, route.key.as_str())).collect();
    assert_eq!(found, [("GET", "GET /health"), ("POST", "POST /health"), ("ANY", "ANY /{proxy+}")]);
}

#[test]
fn keys_split_into_method_and_path() {
    assert_eq!(split_key("GET /x"), Some(("GET", "/x")));
    assert_eq!(split_key("$default"), None);
}
