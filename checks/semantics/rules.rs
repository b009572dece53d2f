//! How an Application Load Balancer picks the actions for a request.
//!
//! Sources: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html> (rules by priority, the
//! default last), <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html> and
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html> (all conditions have to hold, one
//! value of each suffices; wildcards; only paths and methods with case; `\` escapes a wildcard in query strings only).
//!
//! The answer has three values: what is not known about the request makes a condition `Maybe`, never a guess.
//!
//! Inferred: a header that no mapping sets and that neither clients nor API Gateway usually send is not there. Where it depends on
//! something undocumented (a path without leading slash, a port in `Host`, an encoded query string) both readings have to agree.
//!
//! Regular expressions are evaluated as far as their dialect is documented (in `regexes`); what that leaves open is `Maybe`.
//! Transforms change what the target sees and not which rule is chosen, so nothing here reads them
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html>).
//!
//! Reasons name paths, hosts, methods and addresses, but no header values and no query strings: those may be secrets.

mod cover;
mod regexes;

pub use cover::covers;
pub use regexes::{Rewritten, rewritten};

use super::mapping::{Arrival, HostHeader, MappedPath, is_usual_header};
use crate::model::balancing::{Action, Condition, Listener, Rule};
use ipnet::IpNet;
use std::net::IpAddr;

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It cannot be told.
    Maybe {
        /// What is not known.
        why: String,
    },
}

/// Actions that the load balancer may perform.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// The rule they come from; `None`: the listener's default action.
    pub rule: Option<&'a Rule>,
    /// The actions, in order.
    pub actions: &'a [Action],
    /// True when these are the actions that are performed.
    pub certain: bool,
    /// Why the rule matches, or what is not known.
    pub why: String,
}

/// What a listener may do with a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation<'a> {
    /// Never empty, in order of evaluation: a certain one stands alone; several mean that one of them applies.
    pub candidates: Vec<Candidate<'a>>,
    /// Rules that do not match: which condition fails, and what it was compared with.
    pub rejected: Vec<(&'a Rule, String)>,
}

/// Evaluates a listener's rules, given by priority and without the default one. `sources`: the addresses that the load balancer sees.
pub fn evaluate<'a>(rules: &[&'a Rule], listener: &'a Listener, arrival: &Arrival, sources: Option<&[IpNet]>) -> Evaluation<'a> {
    let mut evaluation = Evaluation { candidates: Vec::new(), rejected: Vec::new() };
    for &rule in rules {
        let open = match verdict(rule, arrival, sources) {
            Err(failed) => {
                evaluation.rejected.push((rule, failed));
                continue;
            }
            Ok(open) => open,
        };
        let matches = open.is_empty();
        let certain = matches && evaluation.candidates.is_empty();
        let why = if matches { matched_because(rule, arrival, sources) } else { open.join("; ") };
        evaluation.candidates.push(Candidate { rule: Some(rule), actions: &rule.actions, certain, why });
        if matches {
            return evaluation;
        }
    }
    let certain = evaluation.candidates.is_empty();
    let why = if certain { "no rule matches" } else { "applies if none of the rules before matches" }.to_owned();
    evaluation.candidates.push(Candidate { rule: None, actions: &listener.default_actions, certain, why });
    evaluation
}

/// What is not known about a rule's conditions, nothing if all hold; or the first condition that fails.
fn verdict(rule: &Rule, arrival: &Arrival, sources: Option<&[IpNet]>) -> Result<Vec<String>, String> {
    let mut open = Vec::new();
    for condition in &rule.conditions {
        match condition_matches(condition, arrival, sources) {
            Match::Yes => {}
            Match::No => return Err(format!("{} does not match {}", named(condition), compared(condition, arrival, sources))),
            Match::Maybe { why } => open.push(why),
        }
    }
    Ok(open)
}

fn matched_because(rule: &Rule, arrival: &Arrival, sources: Option<&[IpNet]>) -> String {
    let reasons = rule.conditions.iter().map(|condition| format!("{} matches {}", named(condition), compared(condition, arrival, sources)));
    reasons.collect::<Vec<_>>().join("; ")
}

/// Whether a condition holds for a request.
pub fn condition_matches(condition: &Condition, arrival: &Arrival, sources: Option<&[IpNet]>) -> Match {
    match condition {
        Condition::HostHeader { values, regexes } => host_matches(values, regexes, &arrival.host),
        Condition::PathPattern { values, regexes } => path_matches(values, regexes, &arrival.path),
        Condition::HttpHeader { name, values, regexes } => header_matches(name, values, regexes, arrival),
        Condition::HttpRequestMethod { values } => yes_or_no(values.contains(&arrival.method)),
        Condition::QueryString { values } => query_matches(values, arrival.query.as_deref()),
        Condition::SourceIp { values } => source_matches(values, sources),
        Condition::Unknown { name } => maybe(format!("{name} is a condition that this version does not know")),
    }
}

/// Whether a text matches a pattern as a whole: `*` stands for any characters or none, `?` for exactly one.
pub fn glob(pattern: &str, text: &str, ignore_case: bool) -> bool {
    let tokens: Vec<Token> = pattern.chars().map(Token::of).collect();
    fits(&tokens, text, ignore_case)
}

/// A piece of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    Star,
    One,
    Char(char),
}

impl Token {
    fn of(c: char) -> Token {
        match c {
            '*' => Token::Star,
            '?' => Token::One,
            c => Token::Char(c),
        }
    }
}

/// Only the last star is ever widened: at most pattern times text steps, whatever the pattern.
fn fits(pattern: &[Token], text: &str, ignore_case: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None; // behind the star, and where its match ends
    while t < text.len() {
        match (pattern.get(p), last_star) {
            (Some(Token::Star), _) => {
                p += 1;
                last_star = Some((p, t));
            }
            (Some(token), _) if stands_for(*token, text[t], ignore_case) => (p, t) = (p + 1, t + 1),
            (_, Some((behind, end))) => {
                (p, t) = (behind, end + 1);
                last_star = Some((p, t));
            }
            (_, None) => return false,
        }
    }
    pattern[p..].iter().all(|token| *token == Token::Star)
}

fn stands_for(token: Token, c: char, ignore_case: bool) -> bool {
    match token {
        Token::Char(expected) => expected == c || ignore_case && expected.eq_ignore_ascii_case(&c),
        Token::One => true,
        Token::Star => false,
    }
}

/// What patterns and regular expressions say to a text.
fn text_matches(patterns: &[String], expressions: &[String], text: &str, ignore_case: bool) -> Match {
    if patterns.iter().any(|pattern| glob(pattern, text, ignore_case)) { Match::Yes } else { regexes::any_matches(expressions, text) }
}

/// Without case.
fn host_matches(patterns: &[String], expressions: &[String], host: &HostHeader) -> Match {
    let HostHeader::Known(host) = host else {
        return if matches_anything(patterns) { Match::Yes } else { maybe("the Host that API Gateway sends is not known".to_owned()) };
    };
    let matches = |text: &str| text_matches(patterns, expressions, text, true);
    let without_port = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    agree(matches(host), matches(without_port), || format!("whether the port in the Host {host:?} is compared is not documented"))
}

/// With case. The path of a request begins with `/`, so `/*` matches one that is not known.
fn path_matches(patterns: &[String], expressions: &[String], path: &MappedPath) -> Match {
    let path = match path {
        MappedPath::Known(path) => path,
        MappedPath::Unknown { .. } if matches_anything(patterns) || patterns.iter().any(|pattern| pattern == "/*") => return Match::Yes,
        MappedPath::Unknown { mapping } => return maybe(format!("the path is not known: it is mapped from {mapping}")),
    };
    let matches = |text: &str| text_matches(patterns, expressions, text, false);
    let with_slash = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
    agree(matches(path), matches(&with_slash), || format!("what arrives for the path {path:?} without a leading slash is not documented"))
}

/// Name and values without case; of a header that is sent several times one has to match.
fn header_matches(name: &str, patterns: &[String], regexes: &[String], arrival: &Arrival) -> Match {
    let lower = name.to_ascii_lowercase();
    match arrival.headers.get(&lower) {
        Some(Some(value)) => text_matches(patterns, regexes, value, true),
        Some(None) if matches_anything(patterns) && !arrival.removed.contains(&lower) => Match::Yes,
        Some(None) => maybe(format!("the integration sets the header {lower}, but to a value that is not known")),
        None if arrival.removed.contains(&lower) || !is_usual_header(&lower) => Match::No,
        None => maybe(format!("the header {lower} is the client's or API Gateway's, and its value is not known")),
    }
}

/// Without case; one pair of the query string has to match one key and value. Without key: any key.
fn query_matches(conditions: &[(Option<String>, String)], query: Option<&str>) -> Match {
    let Some(query) = query else { return maybe("the integration maps the query string".to_owned()) };
    if query.contains(['%', '+']) {
        return maybe("whether the query string is decoded before it is compared is not documented".to_owned());
    }
    let pairs: Vec<(&str, &str)> =
        query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let fits_pair = |(key, value): &(Option<String>, String), pair: &(&str, &str)| {
        key.as_ref().is_none_or(|key| fits(&escaped(key), pair.0, true)) && fits(&escaped(value), pair.1, true)
    };
    yes_or_no(conditions.iter().any(|condition| pairs.iter().any(|pair| fits_pair(condition, pair))))
}

/// A pattern in which `\` takes away the meaning of the character behind it.
fn escaped(pattern: &str) -> Vec<Token> {
    let mut chars = pattern.chars();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        tokens.push(if c == '\\' { Token::Char(chars.next().unwrap_or(c)) } else { Token::of(c) });
    }
    tokens
}

/// The address of the peer, here of the VPC link: all of its addresses inside, none, or some.
fn source_matches(values: &[String], sources: Option<&[IpNet]>) -> Match {
    let Some(sources) = sources.filter(|sources| !sources.is_empty()) else {
        return maybe("the addresses that the load balancer sees are not known".to_owned());
    };
    let parsed: Vec<Option<IpNet>> = values.iter().map(|value| block(value)).collect();
    let blocks = IpNet::aggregate(&parsed.iter().copied().flatten().collect());
    let inside = |source: &IpNet| blocks.iter().any(|block| block.contains(source));
    let apart = |source: &IpNet| !blocks.iter().any(|block| block.contains(source) || source.contains(block));
    if sources.iter().all(inside) {
        Match::Yes
    } else if parsed.contains(&None) {
        maybe("a block of the condition cannot be read".to_owned())
    } else if sources.iter().all(apart) {
        Match::No
    } else {
        maybe("only some of the addresses that the load balancer may see are in the blocks".to_owned())
    }
}

/// A CIDR block, or an address as a block of one.
fn block(value: &str) -> Option<IpNet> {
    value.parse().ok().or_else(|| value.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A pattern of stars matches whatever the text is.
fn matches_anything(patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| !pattern.is_empty() && pattern.chars().all(|c| c == '*'))
}

fn agree(one: Match, other: Match, why: impl FnOnce() -> String) -> Match {
    if one == other { one } else { maybe(why()) }
}

fn yes_or_no(matches: bool) -> Match {
    if matches { Match::Yes } else { Match::No }
}

fn maybe(why: String) -> Match {
    Match::Maybe { why }
}

/// A condition with its values, as far as they cannot be secrets.
fn named(condition: &Condition) -> String {
    match condition {
        Condition::HostHeader { values, regexes } => format!("host-header {}", listed(values, regexes)),
        Condition::PathPattern { values, regexes } => format!("path-pattern {}", listed(values, regexes)),
        Condition::HttpHeader { name, .. } => format!("http-header {name}"),
        Condition::HttpRequestMethod { values } => format!("http-request-method {}", values.join(", ")),
        Condition::QueryString { .. } => "query-string".to_owned(),
        Condition::SourceIp { values } => format!("source-ip {}", values.join(", ")),
        Condition::Unknown { name } => name.clone(),
    }
}

fn listed(values: &[String], regexes: &[String]) -> String {
    values.iter().chain(regexes).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What a condition was compared with, without values that may be secrets.
fn compared(condition: &Condition, arrival: &Arrival, sources: Option<&[IpNet]>) -> String {
    match condition {
        Condition::HostHeader { .. } => match &arrival.host {
            HostHeader::Known(host) => format!("the Host {host}"),
            HostHeader::Unknown => "any Host".to_owned(),
        },
        Condition::PathPattern { .. } => match &arrival.path {
            MappedPath::Known(path) => format!("the path {path}"),
            MappedPath::Unknown { .. } => "any path".to_owned(),
        },
        Condition::HttpHeader { name, .. } if arrival.headers.contains_key(&name.to_ascii_lowercase()) => {
            "the value that the integration sets".to_owned()
        }
        Condition::HttpHeader { .. } => "a request without that header: the integration does not set it".to_owned(),
        Condition::HttpRequestMethod { .. } => format!("the method {}", arrival.method),
        Condition::QueryString { .. } => "the query string".to_owned(),
        Condition::SourceIp { .. } => {
            let sources = sources.unwrap_or_default().iter().map(ToString::to_string);
            format!("the VPC link's addresses {}", sources.collect::<Vec<_>>().join(", "))
        }
        Condition::Unknown { .. } => "the request".to_owned(),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
