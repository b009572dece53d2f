//! Selection against an oracle that works on the text of keys, and laws that hold for every table of routes.

use super::tests::table;
use super::{matches_path, methods_for_path, select, split_key};
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select as one_of;
use std::collections::BTreeSet;

/// Whether a path matches a pattern, one segment of the texts at a time.
fn oracle_matches(pattern: &str, path: &str) -> bool {
    let (Some(pattern), Some(path)) = (pattern.strip_prefix('/'), path.strip_prefix('/')) else {
        return pattern.is_empty() && path.is_empty();
    };
    if pattern.ends_with("+}") && !pattern.contains('/') {
        return path.chars().any(|c| c != '/');
    }
    let ends = |text: &str| text.find('/').unwrap_or(text.len());
    let ((part, patterns), (segment, segments)) = (pattern.split_at(ends(pattern)), path.split_at(ends(path)));
    let fits = if part.starts_with('{') { !segment.is_empty() } else { part == segment };
    fits && oracle_matches(patterns, segments)
}

/// A text that is greater for the route that wins; none if the route does not match.
fn oracle_score(key: &str, method: &str, path: &str) -> Option<String> {
    let Some((route_method, pattern)) = key.split_once(' ') else { return Some(String::new()) };
    if !oracle_matches(pattern, path) || (route_method != method && route_method != "ANY") {
        return None;
    }
    let digit = |part: &str| match (part.starts_with('{'), part.ends_with("+}")) {
        (false, _) => '2',
        (true, false) => '1',
        (true, true) => '0',
    };
    let tier = if key.ends_with("+}") { 'g' } else { 'm' };
    let named = if route_method == method { '1' } else { '0' };
    Some([tier, named].into_iter().chain(pattern[1..].split('/').map(digit)).collect())
}

fn pattern() -> impl Strategy<Value = String> {
    let tail = one_of(vec!["", "", "/{rest+}", "/"]);
    (vec(one_of(vec!["a", "b", "{v}", "{w}"]), 0..4), tail).prop_map(|(parts, tail)| {
        let path: String = parts.iter().map(|part| format!("/{part}")).collect();
        if path.is_empty() && tail.is_empty() { "/".to_owned() } else { path + tail }
    })
}

fn key() -> impl Strategy<Value = String> {
    let keyed = (one_of(vec!["GET", "POST", "ANY"]), pattern()).prop_map(|(method, pattern)| format!("{method} {pattern}"));
    prop_oneof![1 => Just("$default".to_owned()), 12 => keyed]
}

fn path() -> impl Strategy<Value = String> {
    vec(one_of(vec!["a", "b", "c", "a", "b", ""]), 1..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_is_the_oracles(keys in vec(key(), 0..10), method in one_of(vec!["GET", "POST", "PUT"]), path in path()) {
        let keys: BTreeSet<String> = keys.into_iter().collect();
        let mut expected: Vec<(String, &String)> =
            keys.iter().filter_map(|key| Some((oracle_score(key, method, &path)?, key))).collect();
        expected.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let table = table(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let selection = select(&table, method, &path);
        let found = selection.chosen.iter().map(|matched| matched.route).chain(selection.runners_up).map(|route| &route.key);
        prop_assert_eq!(found.collect::<Vec<_>>(), expected.into_iter().map(|(_, key)| key).collect::<Vec<_>>());
    }

    #[test]
    fn the_order_in_which_routes_were_made_does_not_matter(keys in vec(key(), 0..8), path in path()) {
        let forward = table(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let backward = table(&keys.iter().rev().map(String::as_str).collect::<Vec<_>>());
        let chosen = |table| select(table, "GET", &path).chosen.map(|matched| matched.route.key.clone());
        prop_assert_eq!(chosen(&forward), chosen(&backward));
    }

    #[test]
    fn variables_put_back_into_the_key_give_the_path(key in key(), path in path()) {
        let table = table(&[&key]);
        if let (Some(matched), Some((_, pattern))) = (select(&table, "GET", &path).chosen, split_key(&key)) {
            let put_back = matched.variables.iter().fold(pattern.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}+}}"), value).replace(&format!("{{{name}}}"), value)
            });
            let repeated = pattern.matches("{v}").count() > 1 || pattern.matches("{w}").count() > 1;
            prop_assert!(repeated || put_back == path, "{put_back} is not {path}");
        }
    }

    #[test]
    fn hints_agree_with_the_selection(keys in vec(key(), 0..8), path in path(), arbitrary in any::<String>()) {
        let table = table(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let listed = methods_for_path(&table, &path);
        let expected = table.values().filter(|route| route.key != "$default" && matches_path(&route.key, &path)).count();
        prop_assert_eq!(listed.len(), expected);
        let accepts = listed.iter().any(|(method, _)| ["GET", "ANY"].contains(method)) || keys.iter().any(|key| key == "$default");
        prop_assert_eq!(select(&table, "GET", &path).chosen.is_some(), accepts);
        select(&table, &arbitrary, &arbitrary);
        matches_path(&arbitrary, &arbitrary);
    }
}
