//! Patterns against a recursive oracle, and evaluation against possible worlds: each value that is not known is filled in,
//! the rules are evaluated with plain yes and no, and the candidates have to cover what comes out.

use super::cover::pattern_covers;
use super::tests::{host, listener, path, request, rule};
use super::{Match, condition_matches, covers, evaluate, glob};
use crate::model::balancing::{Condition, Rule};
use crate::semantics::mapping::{Arrival, HostHeader, MappedPath};
use ipnet::IpNet;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::{select as one_of, subsequence};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// By definition, one character at a time.
fn oracle_glob(pattern: &str, text: &str) -> bool {
    let rest = |text: &str| text.chars().skip(1).collect::<String>();
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some('*'), None) => oracle_glob(&rest(pattern), text),
        (Some('*'), Some(_)) => oracle_glob(&rest(pattern), text) || oracle_glob(pattern, &rest(text)),
        (Some(_), None) => false,
        (Some(p), Some(t)) => (p == '?' || p == t) && oracle_glob(&rest(pattern), &rest(text)),
    }
}

/// A request of which everything is known.
#[derive(Clone, Debug)]
struct World {
    host: String,
    path: String,
    method: String,
    header: Option<String>,
    query: Option<(String, String)>,
    source: IpAddr,
    /// How AWS reads regular expressions, which nobody knows.
    reading: Reading,
}

/// Whether an expression has to match the whole text, and without case.
#[derive(Clone, Copy, Debug)]
struct Reading {
    whole: bool,
    ignore_case: bool,
}

/// A regular expression as a tree, and what it means by definition.
#[derive(Clone, Debug)]
enum Tree {
    Char(char),
    Any,
    Class(Vec<char>),
    Both(Box<Tree>, Box<Tree>),
    Either(Box<Tree>, Box<Tree>),
    Repeat(Box<Tree>),
    Start,
    End,
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Tree::Char(c) if c.is_ascii_alphanumeric() => c.to_string(),
            Tree::Char(c) => format!("\\{c}"),
            Tree::Any => ".".to_owned(),
            Tree::Class(members) => format!("[{}]", members.iter().collect::<String>()),
            Tree::Both(one, other) => format!("{}{}", one.text(), other.text()),
            Tree::Either(one, other) => format!("({}|{})", one.text(), other.text()),
            Tree::Repeat(inner) => format!("(?:{})*", inner.text()),
            Tree::Start => "^".to_owned(),
            Tree::End => "$".to_owned(),
        }
    }

    /// Where a match that begins at `from` can end.
    fn ends(&self, text: &[char], from: usize) -> BTreeSet<usize> {
        let one = |fits: bool| if fits { BTreeSet::from([from + 1]) } else { BTreeSet::new() };
        match self {
            Tree::Char(c) => one(text.get(from) == Some(c)),
            Tree::Any => one(from < text.len()),
            Tree::Class(members) => one(text.get(from).is_some_and(|c| members.contains(c))),
            Tree::Both(first, then) => first.ends(text, from).into_iter().flat_map(|at| then.ends(text, at)).collect(),
            Tree::Either(first, other) => first.ends(text, from).into_iter().chain(other.ends(text, from)).collect(),
            Tree::Repeat(inner) => {
                let mut all = BTreeSet::from([from]);
                loop {
                    let more: BTreeSet<usize> = all.iter().flat_map(|at| inner.ends(text, *at)).collect();
                    let before = all.len();
                    all.extend(more);
                    if all.len() == before {
                        return all;
                    }
                }
            }
            Tree::Start => {
                if from == 0 {
                    BTreeSet::from([from])
                } else {
                    BTreeSet::new()
                }
            }
            Tree::End => {
                if from == text.len() {
                    BTreeSet::from([from])
                } else {
                    BTreeSet::new()
                }
            }
        }
    }

    fn matches(&self, text: &str, reading: Reading) -> bool {
        let lower = |c: char| if reading.ignore_case { c.to_ascii_lowercase() } else { c };
        let text: Vec<char> = text.chars().map(lower).collect();
        let tree = self.map(&lower);
        if reading.whole {
            tree.ends(&text, 0).contains(&text.len())
        } else {
            (0..=text.len()).any(|from| !tree.ends(&text, from).is_empty())
        }
    }

    fn map(&self, change: &impl Fn(char) -> char) -> Tree {
        let inner = |tree: &Tree| Box::new(tree.map(change));
        match self {
            Tree::Char(c) => Tree::Char(change(*c)),
            Tree::Class(members) => Tree::Class(members.iter().copied().map(change).collect()),
            Tree::Both(one, other) => Tree::Both(inner(one), inner(other)),
            Tree::Either(one, other) => Tree::Either(inner(one), inner(other)),
            Tree::Repeat(repeated) => Tree::Repeat(inner(repeated)),
            Tree::Any | Tree::Start | Tree::End => self.clone(),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        5 => one_of(vec!['a', 'B', '/', '.']).prop_map(Tree::Char),
        1 => one_of(vec![Tree::Any, Tree::Start, Tree::End]),
        1 => subsequence(vec!['a', 'b', 'B', '/'], 1..=3).prop_map(Tree::Class),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            4 => pair.clone().prop_map(|(one, other)| Tree::Both(Box::new(one), Box::new(other))),
            1 => pair.prop_map(|(one, other)| Tree::Either(Box::new(one), Box::new(other))),
            1 => inner.prop_map(|repeated| Tree::Repeat(Box::new(repeated))),
        ]
    })
}

/// The expressions that rules are made of here, by their text.
fn known_trees() -> Vec<Tree> {
    let word = |text: &str| text.chars().map(Tree::Char).reduce(|one, other| Tree::Both(Box::new(one), Box::new(other))).expect("a word");
    let anchored = |tree: Tree| Tree::Both(Box::new(Tree::Start), Box::new(Tree::Both(Box::new(tree), Box::new(Tree::End))));
    vec![anchored(word("/a")), anchored(word("/b")), word("/a"), word("b"), anchored(Tree::Repeat(Box::new(Tree::Any)))]
}

/// What the doctor does not know.
#[derive(Clone, Copy, Debug)]
struct Hidden {
    host: bool,
    path: bool,
    header: bool,
    query: bool,
}

fn holds(condition: &Condition, world: &World) -> bool {
    let any = |values: &[String], text: &str| values.iter().any(|pattern| oracle_glob(&pattern.to_lowercase(), &text.to_lowercase()));
    match condition {
        Condition::HostHeader { values, .. } => any(values, &world.host),
        Condition::PathPattern { values, regexes } => {
            let by_regex = |regex: &String| {
                let trees = known_trees();
                trees.iter().find(|tree| tree.text() == *regex).expect("a known one").matches(&world.path, world.reading)
            };
            values.iter().any(|pattern| oracle_glob(pattern, &world.path)) || regexes.iter().any(by_regex)
        }
        Condition::HttpHeader { values, .. } => world.header.as_ref().is_some_and(|value| any(values, value)),
        Condition::HttpRequestMethod { values } => values.contains(&world.method),
        Condition::QueryString { values } => world.query.as_ref().is_some_and(|(name, text)| {
            values.iter().any(|(key, value)| key.as_ref().is_none_or(|key| key == name) && any(std::slice::from_ref(value), text))
        }),
        Condition::SourceIp { values } => {
            values.iter().any(|block| block.parse::<IpNet>().expect("tests write CIDR blocks").contains(&world.source))
        }
        Condition::Unknown { .. } => unreachable!("not generated"),
    }
}

/// The priority of the rule that applies, `None` for the default action.
fn oracle(rules: &[Rule], world: &World) -> Option<u32> {
    rules.iter().find(|rule| rule.conditions.iter().all(|condition| holds(condition, world)))?.priority
}

fn seen(world: &World, hidden: Hidden) -> Arrival {
    let mut arrival = request(&world.path);
    arrival.method.clone_from(&world.method);
    if hidden.path {
        arrival.path = MappedPath::Unknown { mapping: "$context.x".to_owned() };
    }
    if !hidden.host {
        arrival.host = HostHeader::Known(world.host.clone());
    }
    if let Some(value) = &world.header {
        arrival.headers.insert("x-a".to_owned(), (!hidden.header).then(|| value.clone()));
    }
    let query = world.query.as_ref().map_or(String::new(), |(key, value)| format!("{key}={value}"));
    arrival.query = (!hidden.query).then_some(query);
    arrival
}

/// `other` as far as it is hidden, `world` for what is known.
fn another(world: &World, other: World, hidden: Hidden) -> World {
    let known = world.clone();
    World {
        host: if hidden.host { other.host } else { known.host },
        path: if hidden.path { other.path } else { known.path },
        header: known.header.map(|value| if hidden.header { other.header.unwrap_or(value) } else { value }),
        query: if hidden.query { other.query } else { known.query },
        method: known.method,
        source: other.source,
        reading: other.reading,
    }
}

fn address() -> impl Strategy<Value = IpAddr> {
    one_of(vec!["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]).prop_map(|text| text.parse().expect("an address"))
}

fn world() -> impl Strategy<Value = World> {
    let hosts = one_of(vec!["a.com", "b.com", "x.org", "A.COM"]);
    let paths = one_of(vec!["/", "/a", "/A", "/a/b", "/b"]);
    let header = proptest::option::of(one_of(vec!["one", "TWO"]).prop_map(str::to_owned));
    let query = proptest::option::of((one_of(vec!["k", "l"]).prop_map(str::to_owned), one_of(vec!["v", "W"]).prop_map(str::to_owned)));
    let reading = any::<(bool, bool)>().prop_map(|(whole, ignore_case)| Reading { whole, ignore_case });
    let all = (hosts, paths, one_of(vec!["GET", "POST"]), header, query, address(), reading);
    all.prop_map(|(host, path, method, header, query, source, reading)| World {
        host: host.to_owned(),
        path: path.to_owned(),
        method: method.to_owned(),
        header,
        query,
        source,
        reading,
    })
}

fn hidden() -> impl Strategy<Value = Hidden> {
    any::<[bool; 4]>().prop_map(|[host, path, header, query]| Hidden { host, path, header, query })
}

fn some_of(values: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    subsequence(values, 1..=2).prop_map(|chosen| chosen.into_iter().map(|value| (*value).to_owned()).collect())
}

fn condition() -> impl Strategy<Value = Condition> {
    let regexes = subsequence(known_trees(), 1..=2).prop_map(|trees| trees.iter().map(Tree::text).collect());
    prop_oneof![
        1 => regexes.prop_map(|regexes| Condition::PathPattern { values: Vec::new(), regexes }),
        6 => plain_condition(),
    ]
}

fn plain_condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        some_of(&["*", "a.com", "*.COM", "?.com", "x.*"]).prop_map(|values| host(&values.iter().map(String::as_str).collect::<Vec<_>>())),
        some_of(&["/*", "/a", "/a/*", "/?", "*b", "*", "/c"])
            .prop_map(|values| path(&values.iter().map(String::as_str).collect::<Vec<_>>())),
        some_of(&["*", "one", "t*", "???"]).prop_map(|values| Condition::HttpHeader {
            name: "X-A".to_owned(),
            values,
            regexes: Vec::new()
        }),
        some_of(&["GET", "POST", "PUT"]).prop_map(|values| Condition::HttpRequestMethod { values }),
        (proptest::option::of(one_of(vec!["k", "l"])), one_of(vec!["*", "v", "?"]))
            .prop_map(|(key, value)| Condition::QueryString { values: vec![(key.map(str::to_owned), value.to_owned())] }),
        some_of(&["10.0.0.0/31", "10.0.0.2/31", "10.0.0.1/32", "10.0.0.0/30", "192.0.2.0/24"])
            .prop_map(|values| Condition::SourceIp { values }),
    ]
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    rules_of(condition())
}

fn rules_of(condition: impl Strategy<Value = Condition>) -> impl Strategy<Value = Vec<Rule>> {
    vec(vec(condition, 1..4), 0..6).prop_map(|rules| (1..).zip(rules).map(|(priority, conditions)| rule(priority, conditions)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn globs_are_the_oracles(pattern in "[ab*?ü]{0,8}", text in "[abü]{0,9}") {
        prop_assert_eq!(glob(&pattern, &text, false), oracle_glob(&pattern, &text));
    }

    #[test]
    fn case_is_ignored_on_both_sides(pattern in "[aAbB*?]{0,7}", text in "[aAbB]{0,8}") {
        prop_assert_eq!(glob(&pattern, &text, true), oracle_glob(&pattern.to_lowercase(), &text.to_lowercase()));
    }

    #[test]
    fn a_pattern_that_covers_another_stands_for_all_of_its_texts(wide in "[ab*?]{0,6}", narrow in "[ab*?]{0,6}", texts in vec("[abü]{0,7}", 30)) {
        if pattern_covers(&wide, &narrow, false) {
            for text in texts {
                prop_assert!(!oracle_glob(&narrow, &text) || oracle_glob(&wide, &text), "{wide} does not cover {narrow}: {text}");
            }
        }
    }

    #[test]
    fn a_rule_that_covers_another_takes_what_it_takes(rules in rules_of(plain_condition()), worlds in vec(world(), 8)) {
        for (wide, narrow) in rules.iter().zip(rules.iter().skip(1)).filter(|(wide, narrow)| covers(wide, narrow)) {
            for world in &worlds {
                let takes = |rule: &Rule| rule.conditions.iter().all(|condition| holds(condition, world));
                prop_assert!(!takes(narrow) || takes(wide), "{wide:?} {narrow:?} {world:?}");
            }
        }
    }

    #[test]
    fn a_request_that_is_known_gets_the_one_rule(rules in rules_of(plain_condition()), world in world()) {
        let hidden = Hidden { host: false, path: false, header: false, query: false };
        let (by_priority, listener): (Vec<&Rule>, _) = (rules.iter().collect(), listener());
        let evaluation = evaluate(&by_priority, &listener, &seen(&world, hidden), Some(&[IpNet::from(world.source)]));
        let expected = oracle(&rules, &world);
        let found: Vec<_> = evaluation.candidates.iter().map(|candidate| (candidate.rule.and_then(|rule| rule.priority), candidate.certain)).collect();
        prop_assert_eq!(found, vec![(expected, true)]);
        let before = rules.iter().take_while(|rule| rule.priority != expected).count();
        prop_assert_eq!(evaluation.rejected.len(), before);
    }

    #[test]
    fn candidates_cover_all_possible_worlds(rules in rules(), world in world(), hidden in hidden(), others in vec(world(), 8)) {
        let worlds: Vec<World> = others.into_iter().map(|other| another(&world, other, hidden)).chain([world.clone()]).collect();
        let sources: Vec<IpNet> = worlds.iter().map(|world| IpNet::from(world.source)).collect();
        let (by_priority, listener): (Vec<&Rule>, _) = (rules.iter().collect(), listener());
        let evaluation = evaluate(&by_priority, &listener, &seen(&world, hidden), Some(&sources));
        let found: Vec<Option<u32>> = evaluation.candidates.iter().map(|candidate| candidate.rule.and_then(|rule| rule.priority)).collect();
        for world in &worlds {
            prop_assert!(found.contains(&oracle(&rules, world)), "{found:?} misses {world:?}");
        }
        let certain = evaluation.candidates.iter().filter(|candidate| candidate.certain).count();
        prop_assert_eq!(certain, usize::from(found.len() == 1));
        prop_assert!(found.is_sorted_by_key(|priority| priority.unwrap_or(u32::MAX)));
    }

    #[test]
    fn a_condition_is_yes_or_no_only_if_it_is_in_every_world(condition in condition(), world in world(), hidden in hidden(), others in vec(world(), 8)) {
        let worlds: Vec<World> = others.into_iter().map(|other| another(&world, other, hidden)).chain([world.clone()]).collect();
        let sources: Vec<IpNet> = worlds.iter().map(|world| IpNet::from(world.source)).collect();
        let in_worlds: Vec<bool> = worlds.iter().map(|world| holds(&condition, world)).collect();
        match condition_matches(&condition, &seen(&world, hidden), Some(&sources)) {
            Match::Yes => prop_assert!(in_worlds.iter().all(|holds| *holds)),
            Match::No => prop_assert!(in_worlds.iter().all(|holds| !holds)),
            Match::Maybe { why } => prop_assert!(!why.is_empty()),
        }
    }

    #[test]
    fn regular_expressions_are_the_oracles(tree in tree(), text in "[aAbB/.]{0,8}") {
        let readings = [(false, false), (false, true), (true, false), (true, true)].map(|(whole, ignore_case)| Reading { whole, ignore_case });
        let by_reading = readings.map(|reading| tree.matches(&text, reading));
        let condition = Condition::HttpHeader { name: "x-a".to_owned(), values: Vec::new(), regexes: vec![tree.text()] };
        let mut arrival = request("/");
        arrival.headers.insert("x-a".to_owned(), Some(text.clone()));
        match condition_matches(&condition, &arrival, None) {
            Match::Yes => prop_assert!(by_reading.iter().all(|matches| *matches), "{} {text}", tree.text()),
            Match::No => prop_assert!(by_reading.iter().all(|matches| !matches), "{} {text}", tree.text()),
            Match::Maybe { .. } => prop_assert!(by_reading.iter().any(|matches| *matches != by_reading[0]), "{} {text}", tree.text()),
        }
    }

    #[test]
    fn any_text_is_survived(text in any::<String>(), pattern in any::<String>()) {
        let mut arrival = request(&text);
        arrival.host = HostHeader::Known(text.clone());
        arrival.query = Some(text.clone());
        let query = Condition::QueryString { values: vec![(Some(pattern.clone()), pattern.clone())] };
        let source = Condition::SourceIp { values: vec![pattern.clone()] };
        let regex = Condition::PathPattern { values: Vec::new(), regexes: vec![pattern.clone()] };
        for condition in [path(&[&pattern]), host(&[&pattern]), query, source, regex] {
            condition_matches(&condition, &arrival, Some(&[]));
        }
    }
}
