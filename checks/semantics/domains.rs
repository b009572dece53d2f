//! Where a request gets to that comes in through a custom domain name.
//!
//! Documented (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html>): of several API mappings that
//! match, the one with the longest key takes the request; an empty key takes what is left. And
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html>): routing rules are evaluated by
//! priority, the lowest number first; all conditions of a rule have to hold; a rule without conditions takes everything; header
//! names are compared without case, their values with case, with a `*` at either end; rules come before mappings.
//! The same page says that HTTP APIs are no targets of routing rules: such a rule leads to another API.
//!
//! Inferred: keys and base paths are compared with case and take whole segments; of the base paths of one condition the longest
//! that matches is stripped; a request carries the headers that were asked for and the usual ones, whose values are not known.

use super::mapping::is_usual_header;
use crate::model::domain::{ApiMapping, Domain, HeaderGlob, InvokeApi, RoutingCondition, RoutingRule};
use crate::model::request::Request;
use std::collections::BTreeMap;

/// Who takes a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Way<'a> {
    /// A routing rule.
    Rule {
        /// The rule.
        rule: &'a RoutingRule,
        /// What it invokes.
        invokes: &'a InvokeApi,
        /// The path that is left.
        path: String,
    },
    /// An API mapping.
    Mapping {
        /// The mapping.
        mapping: &'a ApiMapping,
        /// The path that is left.
        path: String,
    },
    /// Nobody.
    Nothing,
    /// A rule may or may not take it.
    Open {
        /// The rule.
        rule: &'a RoutingRule,
        /// What is not known.
        why: String,
    },
}

/// The domain name that serves a host: itself, or the wildcard one level up. Names are compared without case.
pub fn serving<'a>(domains: &'a BTreeMap<String, Domain>, host: &str) -> Option<&'a Domain> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let wildcard = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
    let named = |name: &str| domains.values().find(|domain| domain.name.eq_ignore_ascii_case(name));
    named(&host).or_else(|| wildcard.as_deref().and_then(named))
}

/// Whether a domain name evaluates routing rules.
pub fn uses_rules(domain: &Domain) -> bool {
    matches!(domain.routing_mode.as_deref(), Some("ROUTING_RULE_ONLY" | "ROUTING_RULE_THEN_API_MAPPING"))
}

/// Whether a domain name evaluates API mappings.
pub fn uses_mappings(domain: &Domain) -> bool {
    domain.routing_mode.as_deref() != Some("ROUTING_RULE_ONLY")
}

/// Who takes a request; rules and mappings only where the domain's routing mode uses them.
pub fn take<'a>(rules: &'a [RoutingRule], mappings: &'a [ApiMapping], request: &Request) -> Way<'a> {
    let path = request.asked_path();
    let mut ordered: Vec<&RoutingRule> = rules.iter().collect();
    ordered.sort_by(|a, b| (a.priority, &a.id).cmp(&(b.priority, &b.id)));
    for rule in ordered {
        match matches(rule, request) {
            Verdict::No => {}
            Verdict::Open(why) => return Way::Open { rule, why },
            Verdict::Yes(base) => {
                let Some(invokes) = rule.invokes.first() else { continue }; // AWS requires an action
                let kept = base.filter(|_| invokes.strip_base_path);
                let path = kept.and_then(|base| below(base, path)).unwrap_or_else(|| path.to_owned());
                return Way::Rule { rule, invokes, path };
            }
        }
    }
    let found = mappings.iter().filter_map(|mapping| Some((mapping, below(&mapping.key, path)?)));
    let longest = found.max_by(|(a, _), (b, _)| a.key.len().cmp(&b.key.len()).then_with(|| b.id.cmp(&a.id)));
    longest.map_or(Way::Nothing, |(mapping, path)| Way::Mapping { mapping, path })
}

/// What is left of a path below a key of whole segments. `None`: the path does not begin with it.
fn below(key: &str, path: &str) -> Option<String> {
    let key = key.trim_matches('/');
    if key.is_empty() {
        return Some(path.to_owned());
    }
    match path.strip_prefix('/')?.strip_prefix(key)? {
        "" => Some("/".to_owned()),
        rest => rest.starts_with('/').then(|| rest.to_owned()),
    }
}

/// Whether a rule takes a request.
enum Verdict<'a> {
    /// With the base path that matched, if one had to.
    Yes(Option<&'a str>),
    No,
    Open(String),
}

fn matches<'a>(rule: &'a RoutingRule, request: &Request) -> Verdict<'a> {
    let path = request.asked_path();
    let (mut base, mut open) = (None, None);
    for condition in &rule.conditions {
        match condition {
            RoutingCondition::BasePaths { any_of } => {
                let matching = any_of.iter().filter(|base| below(base, path).is_some());
                match matching.max_by_key(|base| base.len()) {
                    Some(found) => base = Some(found.as_str()),
                    None => return Verdict::No,
                }
            }
            RoutingCondition::Headers { any_of } => match header(any_of, request) {
                Some(why) => open = Some(why),
                None => return Verdict::No,
            },
            RoutingCondition::Unknown => open = Some("this version does not know a condition of the rule".to_owned()),
        }
    }
    open.map_or(Verdict::Yes(base), Verdict::Open)
}

/// Why a header condition may hold. `None`: the request carries none of the headers. Values are not kept: they may be secrets.
fn header(any_of: &[HeaderGlob], request: &Request) -> Option<String> {
    let may_be = |name: &str| is_usual_header(&name.to_ascii_lowercase()) || request.carries(name);
    let found = any_of.iter().find(|glob| may_be(&glob.header))?;
    Some(format!("the value of header {} is not known", found.header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::domain::{DomainConfiguration, DomainState};
    use crate::model::fetched::Fetched;

    fn mapping(id: &str, key: &str) -> ApiMapping {
        ApiMapping { id: id.to_owned(), api_id: format!("api-{id}"), stage: "$default".to_owned(), key: key.to_owned() }
    }

    fn rule(id: &str, priority: u32, conditions: Vec<RoutingCondition>, strip: bool) -> RoutingRule {
        let invokes = vec![InvokeApi { api_id: format!("api-{id}"), stage: "prod".to_owned(), strip_base_path: strip }];
        RoutingRule { id: id.to_owned(), priority, conditions, invokes }
    }

    fn bases(any_of: &[&str]) -> RoutingCondition {
        RoutingCondition::BasePaths { any_of: any_of.iter().map(|base| (*base).to_owned()).collect() }
    }

    fn headers(names: &[&str]) -> RoutingCondition {
        let glob = |name: &&str| HeaderGlob { header: (*name).to_owned(), value_glob: "beta*".to_owned() };
        RoutingCondition::Headers { any_of: names.iter().map(glob).collect() }
    }

    /// `id path` of who takes a path.
    fn taken(rules: &[RoutingRule], mappings: &[ApiMapping], path: &str) -> String {
        match take(rules, mappings, &Request::get(path)) {
            Way::Rule { rule, path, .. } => format!("{} {path}", rule.id),
            Way::Mapping { mapping, path } => format!("{} {path}", mapping.id),
            Way::Nothing => "nothing".to_owned(),
            Way::Open { rule, .. } => format!("{} perhaps", rule.id),
        }
    }

    #[test]
    fn the_longest_key_takes_whole_segments() {
        let all = [mapping("root", ""), mapping("a", "orders"), mapping("b", "orders/v1"), mapping("c", "orders/v1/items")];
        for (path, expected) in [
            ("/orders/v1/items/123", "c /123"),
            ("/orders/v1/items", "c /"),
            ("/orders/v1/itemsets", "b /itemsets"),
            ("/orders/v2", "a /v2"),
            ("/orders/", "a /"),
            ("/ordersx", "root /ordersx"),
            ("/Orders/v1", "root /Orders/v1"),
            ("/", "root /"),
        ] {
            assert_eq!(taken(&[], &all, path), expected, "{path}");
        }
        assert_eq!(taken(&[], &all[1..], "/health"), "nothing");
        let backwards: Vec<ApiMapping> = all.iter().rev().cloned().collect();
        assert_eq!(taken(&[], &backwards, "/orders/v1/items/123"), "c /123");
    }

    #[test]
    fn rules_come_by_priority_and_before_mappings() {
        let mappings = [mapping("root", "")];
        let rules = [rule("all", 100, vec![], false), rule("users", 10, vec![bases(&["users", "users/v1"])], true)];
        assert_eq!(taken(&rules, &mappings, "/users/v1/7"), "users /7");
        assert_eq!(taken(&rules, &mappings, "/usersx"), "all /usersx");
        assert_eq!(taken(&rules[1..], &mappings, "/health"), "root /health");
        assert_eq!(taken(&rules[1..], &[], "/health"), "nothing");
        let kept = [rule("kept", 1, vec![bases(&["users"])], false)];
        assert_eq!(taken(&kept, &mappings, "/users/7"), "kept /users/7");
    }

    #[test]
    fn a_header_that_nobody_sends_does_not_match_and_a_usual_one_leaves_it_open() {
        let mappings = [mapping("root", "")];
        let beta = |names: &[&str]| [rule("beta", 1, vec![bases(&["users"]), headers(names)], false)];
        assert_eq!(taken(&beta(&["X-Version"]), &mappings, "/users"), "root /users");
        assert_eq!(taken(&beta(&["X-Version", "User-Agent"]), &mappings, "/users"), "beta perhaps");
        // Another condition fails for certain.
        assert_eq!(taken(&beta(&["User-Agent"]), &mappings, "/health"), "root /health");
        let sent = Request { headers: vec!["x-version".to_owned()], ..Request::get("/users") };
        let rules = beta(&["X-Version"]);
        assert!(matches!(take(&rules, &mappings, &sent), Way::Open { .. }));
        let strange = [rule("new", 1, vec![RoutingCondition::Unknown], false)];
        assert_eq!(taken(&strange, &mappings, "/health"), "new perhaps");
    }

    #[test]
    fn a_host_is_served_by_its_name_or_by_the_wildcard_above() {
        let domain = |name: &str| {
            let state = Fetched::Known(DomainState { status: None, message: None });
            let configuration = DomainConfiguration {
                api_gateway_domain_name: None,
                hosted_zone_id: None,
                certificate_arn: None,
                ownership_certificate_arn: None,
                endpoint_type: None,
                security_policy: None,
                ip_address_type: None,
                state,
            };
            let domain = Domain { name: name.to_owned(), configurations: vec![configuration], mutual_tls: None, routing_mode: None };
            (name.to_owned(), domain)
        };
        let all = BTreeMap::from([domain("*.example.com"), domain("api.example.com")]);
        let name = |host| serving(&all, host).map(|domain| domain.name.as_str());
        assert_eq!(name("API.example.com."), Some("api.example.com"));
        assert_eq!(name("shop.example.com"), Some("*.example.com"));
        assert_eq!(name("a.shop.example.com"), None);
        assert_eq!(name("example.com"), None);
    }

    #[test]
    fn the_routing_mode_says_what_is_evaluated() {
        let mode = |mode: Option<&str>| {
            let domain =
                Domain { name: String::new(), configurations: Vec::new(), mutual_tls: None, routing_mode: mode.map(str::to_owned) };
            (uses_rules(&domain), uses_mappings(&domain))
        };
        assert_eq!(mode(None), (false, true));
        assert_eq!(mode(Some("API_MAPPING_ONLY")), (false, true));
        assert_eq!(mode(Some("ROUTING_RULE_ONLY")), (true, false));
        assert_eq!(mode(Some("ROUTING_RULE_THEN_API_MAPPING")), (true, true));
    }
}
