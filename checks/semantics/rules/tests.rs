//! Listener rules, the awkward cases by name.

use super::{Evaluation, Match, Rewritten, condition_matches, evaluate, glob, rewritten};
use crate::model::balancing::{Action, Condition, Listener, Rule};
use crate::semantics::mapping::{Arrival, HostHeader, MappedPath};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn request(path: &str) -> Arrival {
    Arrival {
        method: "GET".to_owned(),
        path: MappedPath::Known(path.to_owned()),
        host: HostHeader::Unknown,
        headers: BTreeMap::new(),
        removed: BTreeSet::new(),
        query: Some(String::new()),
    }
}

pub(super) fn listener() -> Listener {
    Listener {
        arn: "arn:listener".to_owned(),
        load_balancer_arn: "arn:lb".to_owned(),
        protocol: "HTTPS".to_owned(),
        port: 443,
        certificate_arns: Vec::new(),
        default_actions: vec![Action::FixedResponse { status: 404, content_type: None, body: None }],
        ssl_policy: None,
        mutual_authentication: None,
    }
}

pub(super) fn rule(priority: u32, conditions: Vec<Condition>) -> Rule {
    Rule { arn: format!("arn:rule{priority}"), priority: Some(priority), conditions, actions: Vec::new(), transforms: Vec::new() }
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

pub(super) fn path(values: &[&str]) -> Condition {
    Condition::PathPattern { values: strings(values), regexes: Vec::new() }
}

pub(super) fn host(values: &[&str]) -> Condition {
    Condition::HostHeader { values: strings(values), regexes: Vec::new() }
}

fn header(name: &str, values: &[&str]) -> Condition {
    Condition::HttpHeader { name: name.to_owned(), values: strings(values), regexes: Vec::new() }
}

fn query(key: Option<&str>, value: &str) -> Condition {
    Condition::QueryString { values: vec![(key.map(str::to_owned), value.to_owned())] }
}

fn nets(values: &[&str]) -> Vec<IpNet> {
    values.iter().map(|value| value.parse().expect("tests write CIDR blocks")).collect()
}

fn is_maybe(found: &Match) -> bool {
    matches!(found, Match::Maybe { .. })
}

fn candidates(evaluation: &Evaluation) -> Vec<(Option<u32>, bool)> {
    evaluation.candidates.iter().map(|candidate| (candidate.rule.and_then(|rule| rule.priority), candidate.certain)).collect()
}

#[track_caller]
fn decides(conditions: [Condition; 3], arrival: &Arrival, expected: &[(Option<u32>, bool)], rejected: usize) {
    let rules: Vec<Rule> = (1..).zip(conditions).map(|(index, condition)| rule(index * 10, vec![condition])).collect();
    let (rules, listener): (Vec<&Rule>, Listener) = (rules.iter().collect(), listener());
    let evaluation = evaluate(&rules, &listener, arrival, None);
    assert_eq!(candidates(&evaluation), expected);
    assert_eq!(evaluation.rejected.len(), rejected);
}

#[test]
fn the_first_rule_that_matches_wins() {
    decides([path(&["/a"]), path(&["/b", "/x"]), path(&["*"])], &request("/x"), &[(Some(20), true)], 1);
}

#[test]
fn the_default_action_comes_last() {
    decides([path(&["/a"]), path(&["/b"]), path(&["/c"])], &request("/x"), &[(None, true)], 3);
}

#[test]
fn a_rule_that_may_match_makes_all_behind_it_uncertain() {
    let unknown_host = host(&["app.example.com"]);
    decides([unknown_host.clone(), path(&["/x"]), path(&["*"])], &request("/x"), &[(Some(10), false), (Some(20), false)], 0);
    decides([path(&["/x"]), unknown_host.clone(), path(&["*"])], &request("/x"), &[(Some(10), true)], 0);
    decides([path(&["/a"]), unknown_host, path(&["/c"])], &request("/x"), &[(Some(20), false), (None, false)], 2);
}

#[test]
fn all_conditions_have_to_hold_and_no_beats_maybe() {
    let both = rule(1, vec![host(&["app.example.com"]), path(&["/a"])]);
    let listener = listener();
    let evaluation = evaluate(&[&both], &listener, &request("/x"), None);
    assert_eq!(candidates(&evaluation), [(None, true)]);
    assert_eq!(evaluation.rejected[0].1, "path-pattern /a does not match the path /x");
    assert_eq!(candidates(&evaluate(&[&both], &listener, &request("/a"), None)), [(Some(1), false), (None, false)]);
}

#[test]
fn reasons_name_what_was_compared() {
    let listener = listener();
    let [here, there] = [rule(1, vec![path(&["/api/*"])]), rule(2, vec![host(&["x.example.com"])])];
    let evaluation = evaluate(&[&here, &there], &listener, &request("/api/x"), None);
    assert_eq!(evaluation.candidates[0].why, "path-pattern /api/* matches the path /api/x");
    let evaluation = evaluate(&[&there], &listener, &request("/x"), None);
    assert_eq!(evaluation.candidates[0].why, "the Host that API Gateway sends is not known");
}

#[test]
fn reasons_keep_secrets() {
    let mut arrival = request("/x");
    arrival.headers.insert("x-secret".to_owned(), Some("swordfish".to_owned()));
    arrival.query = Some("token=swordfish".to_owned());
    for condition in [header("x-secret", &["hush"]), query(Some("token"), "hush")] {
        let (rule, listener) = (rule(1, vec![condition]), listener());
        let evaluation = evaluate(&[&rule], &listener, &arrival, None);
        assert!(!evaluation.rejected[0].1.contains("swordfish") && !evaluation.rejected[0].1.contains("hush"));
    }
}

#[test]
fn paths_are_compared_with_case_and_as_a_whole() {
    let matches = |pattern: &str, text: &str| condition_matches(&path(&[pattern]), &request(text), None);
    assert_eq!(matches("/health", "/health"), Match::Yes);
    assert_eq!(matches("/health", "/health/"), Match::No);
    assert_eq!(matches("/health", "/Health"), Match::No);
    assert_eq!(matches("/health", "/prod/health"), Match::No);
    assert_eq!(matches("/img/*", "/img/"), Match::Yes);
    assert_eq!(matches("/img/*", "/img"), Match::No);
}

#[test]
fn an_unknown_path_matches_only_what_every_path_matches() {
    let mut arrival = request("");
    arrival.path = MappedPath::Unknown { mapping: "/$context.x".to_owned() };
    assert_eq!(condition_matches(&path(&["*"]), &arrival, None), Match::Yes);
    assert_eq!(condition_matches(&path(&["/a", "/*"]), &arrival, None), Match::Yes);
    assert!(is_maybe(&condition_matches(&path(&["/a*"]), &arrival, None)));
}

#[test]
fn a_path_without_leading_slash_has_to_match_either_way() {
    assert!(is_maybe(&condition_matches(&path(&["/a/*"]), &request("a/b"), None)));
    assert_eq!(condition_matches(&path(&["*a/b"]), &request("a/b"), None), Match::Yes);
    assert_eq!(condition_matches(&path(&["/c"]), &request("a/b"), None), Match::No);
}

#[test]
fn hosts_are_compared_without_case() {
    let mut arrival = request("/");
    assert_eq!(condition_matches(&host(&["*"]), &arrival, None), Match::Yes);
    assert!(is_maybe(&condition_matches(&host(&["*.com"]), &arrival, None)));
    arrival.host = HostHeader::Known("Test.Example.COM".to_owned());
    assert_eq!(condition_matches(&host(&["*.example.com"]), &arrival, None), Match::Yes);
    assert_eq!(condition_matches(&host(&["example.com"]), &arrival, None), Match::No);
    arrival.host = HostHeader::Known("example.com".to_owned());
    assert_eq!(condition_matches(&host(&["*.example.com"]), &arrival, None), Match::No);
    arrival.host = HostHeader::Known("example.com:8443".to_owned());
    assert!(is_maybe(&condition_matches(&host(&["example.com"]), &arrival, None)));
}

#[test]
fn header_conditions_know_what_the_integration_sets() {
    let mut arrival = request("/");
    arrival.headers = [("x-secret".to_owned(), Some("Abc".to_owned())), ("x-id".to_owned(), None)].into();
    arrival.removed.insert("cookie".to_owned());
    let matches = |name: &str, value: &str| condition_matches(&header(name, &[value]), &arrival, None);
    assert_eq!(matches("X-Secret", "aBC"), Match::Yes);
    assert_eq!(matches("x-secret", "other"), Match::No);
    assert_eq!(matches("x-other", "*"), Match::No);
    assert!(is_maybe(&matches("x-id", "a*")));
    assert_eq!(matches("x-id", "*"), Match::Yes);
    assert_eq!(matches("Cookie", "*"), Match::No);
    assert!(is_maybe(&matches("User-Agent", "*curl*")));
    assert!(is_maybe(&matches("X-Forwarded-For", "*")));
}

#[test]
fn methods_are_exact() {
    let method = |values: &[&str]| condition_matches(&Condition::HttpRequestMethod { values: strings(values) }, &request("/"), None);
    assert_eq!(method(&["POST", "GET"]), Match::Yes);
    assert_eq!(method(&["get"]), Match::No);
    assert_eq!(method(&["*"]), Match::No);
}

#[test]
fn query_strings_match_pair_by_pair() {
    let matches = |text: &str, key: Option<&str>, value: &str| {
        condition_matches(&query(key, value), &Arrival { query: Some(text.to_owned()), ..request("/") }, None)
    };
    assert_eq!(matches("a=1&Version=V1", Some("version"), "v?"), Match::Yes);
    assert_eq!(matches("a=example", None, "example"), Match::Yes);
    assert_eq!(matches("a=1&b=2", Some("a"), "2"), Match::No);
    assert_eq!(matches("", None, "*"), Match::No);
    assert_eq!(matches("flag", Some("flag"), "*"), Match::Yes);
    assert_eq!(matches("a=x*y", Some("a"), r"x\*y"), Match::Yes);
    assert_eq!(matches("a=xzy", Some("a"), r"x\*y"), Match::No);
    assert!(is_maybe(&matches("a=x%20y", Some("a"), "x y")));
    let mapped = Arrival { query: None, ..request("/") };
    assert!(is_maybe(&condition_matches(&query(None, "*"), &mapped, None)));
}

#[test]
fn sources_are_in_out_or_mixed() {
    let matches = |blocks: &[&str], sources: &[&str]| {
        condition_matches(&Condition::SourceIp { values: strings(blocks) }, &request("/"), Some(&nets(sources)))
    };
    assert_eq!(matches(&["10.0.0.0/16"], &["10.0.1.5/32", "10.0.2.0/24"]), Match::Yes);
    assert_eq!(matches(&["203.0.113.0/24"], &["10.0.1.5/32"]), Match::No);
    assert!(is_maybe(&matches(&["10.0.1.0/24"], &["10.0.1.5/32", "10.0.2.5/32"])));
    assert!(is_maybe(&matches(&["10.0.1.5/32"], &["10.0.1.0/24"])));
    assert_eq!(matches(&["10.0.0.0/25", "10.0.0.128/25"], &["10.0.0.0/24"]), Match::Yes);
    assert_eq!(matches(&["10.0.1.5"], &["10.0.1.5/32"]), Match::Yes);
    assert_eq!(matches(&["10.0.1.9/24"], &["10.0.1.5/32"]), Match::Yes);
    assert_eq!(matches(&["::/0"], &["10.0.1.5/32"]), Match::No);
    assert!(is_maybe(&matches(&["nonsense"], &["10.0.1.5/32"])));
    assert!(is_maybe(&matches(&["10.0.0.0/8"], &[])));
    assert!(is_maybe(&condition_matches(&Condition::SourceIp { values: strings(&["0.0.0.0/0"]) }, &request("/"), None)));
}

#[test]
fn regular_expressions_decide_where_all_readings_agree() {
    let condition = Condition::PathPattern { values: strings(&["/x"]), regexes: strings(&["^/y$", "^/orders/[0-9]{1,4}(/.*)?$"]) };
    let matches = |text: &str| condition_matches(&condition, &request(text), None);
    for yes in ["/x", "/y", "/orders/12", "/orders/12/lines"] {
        assert_eq!(matches(yes), Match::Yes, "{yes}");
    }
    for no in ["/z", "/y/", "/orders/", "/orders/12345"] {
        assert_eq!(matches(no), Match::No, "{no}");
    }
    assert!(is_maybe(&matches("/Y")) && is_maybe(&matches("/ORDERS/1")));
    let part = Condition::PathPattern { values: Vec::new(), regexes: strings(&["/api/"]) };
    assert!(is_maybe(&condition_matches(&part, &request("/v1/api/x"), None)));
    assert_eq!(condition_matches(&part, &request("/v1"), None), Match::No);
    assert_eq!(condition_matches(&part, &request("/api/"), None), Match::Yes);
}

#[test]
fn a_dialect_that_is_not_documented_decides_nothing() {
    for unclear in
        ["^/y(?=x)", "(?i)^/y$", r"^/\p{L}$", "^/[[:alpha:]]+$", "^/y++$", r"^(/y)\1$", "^/y{,3}$", "^/[a&&b]$", "^/y]$", "/y(", "^/ü$"]
    {
        let condition = Condition::PathPattern { values: Vec::new(), regexes: strings(&[unclear]) };
        assert!(is_maybe(&condition_matches(&condition, &request("/z"), None)), "{unclear}");
        let beside = Condition::PathPattern { values: Vec::new(), regexes: strings(&[unclear, "^/z$"]) };
        assert_eq!(condition_matches(&beside, &request("/z"), None), Match::Yes, "{unclear}");
    }
    for plain in [r"^/a\.b\-c$", r"^/\d+(?:/\w*)?$", "^/[^/]+/[a-z0-9_.-]*?$", "^/(a|b){2,}$", "^/x{3}$"] {
        let condition = Condition::PathPattern { values: Vec::new(), regexes: strings(&[plain]) };
        assert_eq!(condition_matches(&condition, &request("nowhere"), None), Match::No, "{plain}");
    }
}

#[test]
fn a_transform_is_followed_where_everybody_reads_it_alike() {
    let to = |text: &str| Rewritten::To(text.to_owned());
    assert_eq!(rewritten("^/api/(.*)$", "/$1", "/api/health"), to("/health"));
    assert_eq!(rewritten("^/dp/([A-Za-z0-9]+)/?$", "/product?id=$1", "/dp/B01"), to("/product?id=B01"));
    assert_eq!(rewritten("^/api/(.*)$", "/$1", "/health"), Rewritten::Unchanged);
    for (expression, replacement, text) in [
        ("/api", "", "/api/health"),           // a part of it
        ("^/api/(.*)$", "/$1", "/API/health"), // case
        ("^/(a|ab)(c)?$", "/$2", "/ab"),       // a group that took no part
        ("^/x$", "\\1", "/x"),
        ("^/x$", "${1}", "/x"),
        (r"^/\p{L}+$", "/", "/x"),
    ] {
        assert_eq!(rewritten(expression, replacement, text), Rewritten::Unclear, "{expression}");
    }
}

#[test]
fn regular_expressions_do_not_explode() {
    let expressions = strings(&["^(a*)*$", "^(a|aa){1,50}b$", "^((a{1,99}){1,99}){1,99}$"]);
    let condition = Condition::HttpHeader { name: "x-a".to_owned(), values: Vec::new(), regexes: expressions };
    let mut arrival = request("/");
    arrival.headers.insert("x-a".to_owned(), Some("a".repeat(5_000) + "!"));
    assert!(condition_matches(&condition, &arrival, None) != Match::Yes);
}

#[test]
fn unknown_conditions_may_match() {
    assert!(is_maybe(&condition_matches(&Condition::Unknown { name: "moon-phase".to_owned() }, &request("/"), None)));
}

#[test]
fn globs_match_as_a_whole() {
    assert!(glob("", "", false) && !glob("", "a", false) && glob("*", "", false) && !glob("?", "", false));
    assert!(glob("a*b*c", "a-b-b-c", false) && !glob("a*b*c", "a-b-b", false));
    assert!(glob("*aab", "aaaab", false) && glob("?*?", "ab", false) && !glob("?*?", "a", false));
    assert!(glob("Ab", "aB", true) && !glob("Ab", "aB", false) && glob("?", "ü", false));
}

#[test]
fn globs_do_not_explode() {
    let (pattern, text) = ("*a".repeat(60), "a".repeat(20_000) + "b");
    assert!(!glob(&pattern, &text, false));
}
