//! WAF: the web ACL of a load balancer.
//!
//! Only Application Load Balancers can have one. Of each rule its action and the kinds of its statements are kept, not
//! what they look for: that may be a secret.

use super::call::Call;
use super::outcome::{Answer, Lacks, Refusal, need, text};
use super::reader::Reader;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::firewall::{WebAcl, WebAclRule};
use aws_sdk_wafv2::types;
use std::collections::BTreeSet;

/// Reads the web ACL of a load balancer.
pub(super) async fn web_acl(reader: &Reader<'_>, load_balancer: &str) {
    if !load_balancer.contains(":loadbalancer/app/") {
        return;
    }
    let answer =
        reader.ask(Call::GetWebACLForResource, reader.aws().waf.get_web_acl_for_resource().resource_arn(load_balancer).send()).await;
    let found: Fetched<Option<WebAcl>> = answer
        .and_then(|output| {
            // An answer without a web ACL says that there is none.
            let found = output.web_acl.as_ref().map(to_web_acl).transpose();
            found.map_err(|lacks| Refusal::unreadable(Call::GetWebACLForResource, lacks))
        })
        .fetched();
    reader.facts.record(|facts| drop(facts.web_acls.insert(load_balancer.to_owned(), found)));
}

fn to_web_acl(acl: &types::WebAcl) -> Result<WebAcl, Lacks> {
    let mut rules: Vec<WebAclRule> = acl.rules().iter().map(to_rule).collect::<Result<_, _>>()?;
    rules.sort_by_key(|rule| rule.priority);
    Ok(WebAcl {
        arn: text(Some(acl.arn.clone()), "ARN")?,
        name: text(Some(acl.name.clone()), "Name")?,
        blocks_by_default: need(acl.default_action.as_ref(), "DefaultAction")?.block.is_some(),
        rules,
    })
}

fn to_rule(rule: &types::Rule) -> Result<WebAclRule, Lacks> {
    let mut seen = Seen::default();
    if let Some(statement) = &rule.statement {
        seen.look(statement);
    }
    Ok(WebAclRule {
        name: text(Some(rule.name.clone()), "Rules.Name")?,
        priority: u32::try_from(rule.priority).map_err(|_| Lacks("Rules.Priority"))?,
        // A group of rules has an override instead of an action.
        action: rule.action.as_ref().map(|action| word(action).to_owned()),
        forwarded_ip: seen.ip_sets > 0 && seen.ip_sets == seen.forwarded,
        rate_key: seen.rate_key,
        statements: seen.kinds.into_iter().map(str::to_owned).collect(),
    })
}

fn word(action: &types::RuleAction) -> &'static str {
    let words = [
        (action.block.is_some(), "block"),
        (action.allow.is_some(), "allow"),
        (action.count.is_some(), "count"),
        (action.captcha.is_some(), "captcha"),
        (action.challenge.is_some(), "challenge"),
    ];
    words.into_iter().find(|(is, _)| *is).map_or("unknown", |(_, word)| word)
}

/// What the statements of a rule are, nested ones included.
#[derive(Default)]
struct Seen {
    kinds: BTreeSet<&'static str>,
    rate_key: Option<String>,
    ip_sets: usize,
    forwarded: usize,
}

impl Seen {
    fn look(&mut self, statement: &types::Statement) {
        self.kinds.extend(kind(statement));
        if let Some(set) = &statement.ip_set_reference_statement {
            self.ip_sets += 1;
            self.forwarded += usize::from(set.ip_set_forwarded_ip_config.is_some());
        }
        if let Some(rate) = &statement.rate_based_statement {
            self.rate_key = Some(rate.aggregate_key_type.as_str().to_owned());
        }
        inner(statement).into_iter().for_each(|statement| self.look(statement));
    }
}

/// The statements within a statement.
fn inner(statement: &types::Statement) -> Vec<&types::Statement> {
    let mut inner = Vec::new();
    inner.extend(statement.and_statement.iter().flat_map(|and| and.statements()));
    inner.extend(statement.or_statement.iter().flat_map(|or| or.statements()));
    inner.extend(statement.not_statement.iter().filter_map(|not| not.statement.as_deref()));
    inner.extend(statement.rate_based_statement.iter().filter_map(|rate| rate.scope_down_statement.as_deref()));
    inner.extend(statement.managed_rule_group_statement.iter().filter_map(|group| group.scope_down_statement.as_deref()));
    inner
}

/// The kind of a statement, without the word "statement"; a kind of later days is `unknown`.
fn kind(statement: &types::Statement) -> Option<&'static str> {
    let kinds = [
        (statement.byte_match_statement.is_some(), "byte-match"),
        (statement.sqli_match_statement.is_some(), "sqli-match"),
        (statement.xss_match_statement.is_some(), "xss-match"),
        (statement.size_constraint_statement.is_some(), "size-constraint"),
        (statement.geo_match_statement.is_some(), "geo-match"),
        (statement.rule_group_reference_statement.is_some(), "rule-group-reference"),
        (statement.ip_set_reference_statement.is_some(), "ip-set-reference"),
        (statement.regex_pattern_set_reference_statement.is_some(), "regex-pattern-set-reference"),
        (statement.rate_based_statement.is_some(), "rate-based"),
        (statement.and_statement.is_some(), "and"),
        (statement.or_statement.is_some(), "or"),
        (statement.not_statement.is_some(), "not"),
        (statement.managed_rule_group_statement.is_some(), "managed-rule-group"),
        (statement.label_match_statement.is_some(), "label-match"),
        (statement.regex_match_statement.is_some(), "regex-match"),
        (statement.asn_match_statement.is_some(), "asn-match"),
    ];
    Some(kinds.into_iter().find(|(is, _)| *is).map_or("unknown", |(_, kind)| kind))
}

#[cfg(test)]
mod tests {
    use super::{to_rule, types};
    use aws_sdk_wafv2::types::builders::RuleBuilder;

    fn rule(statement: types::Statement) -> RuleBuilder {
        let metric = types::VisibilityConfig::builder().sampled_requests_enabled(true).cloud_watch_metrics_enabled(true).metric_name("m");
        types::Rule::builder().name("r").priority(1).statement(statement).visibility_config(metric.build().expect("complete"))
    }

    fn ip_set(forwarded: bool) -> types::Statement {
        let config = types::IpSetForwardedIpConfig::builder()
            .header_name("x-forwarded-for")
            .fallback_behavior(types::FallbackBehavior::Match)
            .position(types::ForwardedIpPosition::First)
            .build()
            .expect("complete");
        let set = types::IpSetReferenceStatement::builder().arn("set").set_ip_set_forwarded_ip_config(forwarded.then_some(config));
        types::Statement::builder().ip_set_reference_statement(set.build().expect("complete")).build()
    }

    #[test]
    fn nested_statements_are_seen() {
        let not = types::NotStatement::builder().statement(ip_set(false)).build();
        let not = types::Statement::builder().not_statement(not).build();
        let rate = types::RateBasedStatement::builder()
            .limit(100)
            .aggregate_key_type(types::RateBasedStatementAggregateKeyType::Ip)
            .scope_down_statement(not)
            .build()
            .expect("complete");
        let rate = types::Statement::builder().rate_based_statement(rate).build();
        let action = types::RuleAction::builder().block(types::BlockAction::builder().build()).build();
        let found = to_rule(&rule(rate).action(action).build().expect("complete")).expect("complete");
        assert_eq!(found.statements, ["ip-set-reference", "not", "rate-based"]);
        assert_eq!((found.rate_key.as_deref(), found.action.as_deref(), found.forwarded_ip), (Some("IP"), Some("block"), false));
    }

    #[test]
    fn forwarded_addresses_count_only_if_every_ip_set_looks_at_them() {
        let both = |second| {
            let or = types::OrStatement::builder().statements(ip_set(true)).statements(ip_set(second)).build().expect("complete");
            let or = types::Statement::builder().or_statement(or).build();
            to_rule(&rule(or).build().expect("complete")).expect("complete").forwarded_ip
        };
        assert_eq!((both(true), both(false)), (true, false));
    }
}
