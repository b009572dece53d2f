//! Rules that hang on the Host: which one is missed, and the ways out that two checks share.

use super::asked::{Asked, Landing};
use super::new_rule::{change_conditions, mapping};
use crate::finding::{Fix, Risk};
use crate::model::balancing::{Condition, Rule};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::remedy;
use crate::semantics::rules::{Match, glob};
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use serde_json::json;

/// The mapping that decides which Host the load balancer sees.
pub(crate) const MAPPING: &str = "overwrite:header.host";

/// What the host conditions of a listener do with a request that its default action would refuse.
pub(crate) enum ByHost<'a> {
    /// A rule takes the request, whatever the Host is or with the Host that is sent.
    Taken,
    /// This forwarding rule fails, or may fail, for the Host alone.
    Missed(&'a Rule),
    /// No rule hangs on the Host alone.
    Otherwise,
}

/// Which rule a request misses for its Host.
pub(crate) fn by_host<'a>(landing: &Landing<'a>) -> Result<ByHost<'a>, Gap> {
    let missed = if landing.takes_default() {
        let excludes = |rule: &&Rule| rule.conditions.iter().any(|condition| is_host(condition) && landing.says(condition) == Match::No);
        landing.forwarding_rules().find(|rule| excludes(rule) && landing.rest_holds(rule, is_host))
    } else if landing.may_take_default() {
        let open = landing.forwarding_rules().find(|rule| landing.hangs_on_host(rule));
        match (open, landing.open_at(is_host)) {
            (None, Some(why)) => return Err(Gap::undecided(Part::Rules, why)),
            (open, _) => open,
        }
    } else {
        return Ok(ByHost::Taken);
    };
    Ok(missed.map_or(ByHost::Otherwise, ByHost::Missed))
}

fn is_host(condition: &Condition) -> bool {
    matches!(condition, Condition::HostHeader { .. })
}

/// The names and patterns that a rule is for.
pub(crate) fn patterns(rule: &Rule) -> Vec<String> {
    let of = |condition: &Condition| match condition {
        Condition::HostHeader { values, .. } => values.clone(),
        _ => Vec::new(),
    };
    rule.conditions.iter().flat_map(of).collect()
}

/// Whether a pattern matches one of the names that sources say API Gateway sends when no mapping sets the Host.
pub(crate) fn may_be_default(deployment: &Deployment, asked: &Asked<'_>, patterns: &[String]) -> bool {
    let endpoint = deployment.api().ok().and_then(|api| api.endpoint.strip_prefix("https://"));
    let balancer = deployment.load_balancer(&asked.listener.load_balancer_arn).ok().flatten().map(|lb| lb.dns_name.as_str());
    let named = [endpoint, balancer, asked.integration.server_name()];
    named.into_iter().flatten().any(|name| patterns.iter().any(|pattern| glob(pattern, name, true)))
}

/// A Host that the rule matches: the secure server name if it does, else a pattern without wildcard, else one made of a pattern.
pub(crate) fn a_name(asked: &Asked<'_>, patterns: &[String]) -> Option<String> {
    let server_name = asked.integration.server_name().filter(|name| patterns.iter().any(|pattern| glob(pattern, name, true)));
    let plain = patterns.iter().find(|pattern| !pattern.contains(['*', '?'])).map(String::as_str);
    let made = || patterns.first().map(|pattern| pattern.replace('*', "api").replace('?', "a"));
    server_name.or(plain).map(str::to_owned).or_else(made)
}

/// Sends a constant Host.
pub(crate) fn send(deployment: &Deployment, asked: &Asked<'_>, name: &str) -> Fix {
    let mut all = asked.integration.request_parameters.clone();
    all.retain(|key, _| !key.eq_ignore_ascii_case(MAPPING));
    all.insert(MAPPING.to_owned(), name.to_owned());
    let change = vec![remedy::set(&["integrations", "known", &asked.integration.id, "request_parameters"], json!(all))];
    // The application sees the same Host: one that builds links from it, or checks it, has to agree.
    let fix = Fix::new(format!("send the Host {name}, which the application then sees, too"), Risk::Disruptive, change)
        .cli(update_integration(deployment, &asked.integration.id, &mapping(MAPPING, name)))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → all incoming requests: header.host, overwrite, {name}"));
    then_deploy(deployment, fix)
}

/// On a listener that only this API uses, the host says nothing. A rule needs at least one condition: any path.
pub(crate) fn drop_condition(deployment: &Deployment, asked: &Asked<'_>, rule: &Rule) -> Fix {
    let mut conditions: Vec<Condition> = rule.conditions.iter().filter(|condition| !is_host(condition)).cloned().collect();
    if conditions.is_empty() {
        conditions.push(Condition::PathPattern { values: vec!["/*".to_owned()], regexes: Vec::new() });
    }
    change_conditions(deployment, asked.listener, rule, &conditions, "take the rule's host condition away".to_owned())
}
