//! A custom domain as the way in: where it leads, and what was asked of it.

use super::domains;
use super::outcome::Refusal;
use super::reader::Reader;
use apigw_doctor_checks::model::domain::{Domain, RoutingCondition};
use std::collections::BTreeSet;

/// The custom domain that an API was asked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The host, as the user wrote it.
    pub(crate) host: String,
    /// The custom domain name that serves it: the host itself, or a wildcard.
    pub(crate) domain: String,
    /// What the paths of the API begin with there, with a leading slash; empty at the root.
    pub(crate) base: String,
    /// The stage it leads to.
    pub(crate) stage: String,
    /// The path that was asked for, if it is more than the base.
    pub(crate) path: Option<String>,
}

impl Entry {
    pub(super) fn new(host: &str, domain: &str, way: &Way, path: Option<&str>) -> Entry {
        let base = if way.key.is_empty() { String::new() } else { format!("/{}", way.key) };
        let path = path.filter(|path| path.trim_end_matches('/') != base).map(str::to_owned);
        Entry { host: host.to_owned(), domain: domain.to_owned(), base, stage: way.stage.clone(), path }
    }
}

/// One way that a domain leads: a mapping, or what a routing rule invokes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    /// The mapping's key, or the rule's base path; empty for every path.
    pub(super) key: String,
    pub(super) api_id: String,
    pub(super) stage: String,
}

/// All ways of a domain, as far as its routing mode looks at them.
pub(super) async fn ways(reader: &Reader<'_>, domain: &Domain) -> Result<Vec<Way>, Refusal> {
    let mut ways = Vec::new();
    if domain.routing_mode.as_deref() != Some("ROUTING_RULE_ONLY") {
        let mappings = domains::mappings(reader, &domain.name).await?;
        ways.extend(mappings.into_iter().map(|mapping| Way { key: mapping.key, api_id: mapping.api_id, stage: mapping.stage }));
    }
    if domains::uses_rules(domain) {
        for rule in domains::rules(reader, &domain.name).await? {
            let base = rule.conditions.iter().find_map(|condition| match condition {
                RoutingCondition::BasePaths { any_of } => any_of.first().cloned(),
                RoutingCondition::Headers { .. } | RoutingCondition::Unknown => None,
            });
            let key = base.unwrap_or_default();
            ways.extend(rule.invokes.into_iter().map(|invoke| Way { key: key.clone(), api_id: invoke.api_id, stage: invoke.stage }));
        }
    }
    ways.sort();
    ways.dedup();
    Ok(ways)
}

/// The way that a path takes: that with the longest key that covers whole segments. Without a path, or where none covers it,
/// the first way to the only API there is.
pub(super) fn choose<'a>(ways: &'a [Way], path: Option<&str>) -> Option<&'a Way> {
    let covers = |key: &str, path: &str| {
        let path = path.trim_start_matches('/');
        key.is_empty() || path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let taken = path.and_then(|path| ways.iter().filter(|way| covers(&way.key, path)).max_by_key(|way| way.key.len()));
    let apis: BTreeSet<&str> = ways.iter().map(|way| way.api_id.as_str()).collect();
    taken.or_else(|| ways.first().filter(|_| apis.len() == 1))
}

#[cfg(test)]
mod tests {
    use super::{Entry, Way, choose};

    fn way(key: &str, api: &str) -> Way {
        Way { key: key.to_owned(), api_id: api.to_owned(), stage: "prod".to_owned() }
    }

    #[test]
    fn the_longest_mapping_of_whole_segments_wins() {
        let ways = [way("", "root"), way("orders", "a"), way("orders/v2", "b")];
        let chosen = |path: &str| choose(&ways, Some(path)).map(|way| way.api_id.as_str());
        assert_eq!(chosen("/orders/v2/x"), Some("b"));
        assert_eq!(chosen("/orders/v20"), Some("a"));
        assert_eq!(chosen("/ordersX"), Some("root"));
        assert_eq!(choose(&ways[1..], Some("/other")), None);
        assert_eq!(choose(&ways, None), None);
    }

    #[test]
    fn a_domain_of_one_api_leads_to_it_also_where_no_mapping_covers_the_path() {
        let ways = [way("orders", "a"), way("v2", "a")];
        assert_eq!(choose(&ways, None), Some(&ways[0]));
        assert_eq!(choose(&ways, Some("/other")), Some(&ways[0]));
        assert_eq!(choose(&ways, Some("/v2/x")), Some(&ways[1]));
    }

    #[test]
    fn a_path_that_is_only_the_base_names_no_path_of_the_api() {
        let entry = |path| Entry::new("api.example.com", "*.example.com", &way("orders", "a"), path);
        assert_eq!((entry(Some("/orders/")).path, entry(None).path), (None, None));
        assert_eq!(entry(Some("/orders/1")).path.as_deref(), Some("/orders/1"));
        assert_eq!(entry(None).base, "/orders");
    }
}
