//! Changes to the rules of a listener, and to what an integration sends there: the patch on the model, and the command that makes it.

use crate::finding::{Fix, Risk};
use crate::model::balancing::{Action, Condition, Listener, Rule, WeightedTargetGroup};
use crate::model::deployment::Deployment;
use crate::model::subject::arn_tail;
use crate::remedy;
use crate::steps::{aws, quote};
use serde_json::{Value, json};

/// How many values the conditions of one rule may have together (an AWS quota).
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const VALUES_PER_RULE: usize = 5;

/// A fix that adds a rule behind the others. `None`: a condition cannot be shown.
pub(super) fn create_rule(
    deployment: &Deployment,
    listener: &Listener,
    rules: &[&Rule],
    conditions: &[Condition],
    target_group: &str,
) -> Option<Fix> {
    let priority = free_priority(rules);
    let actions = vec![Action::Forward { target_groups: vec![WeightedTargetGroup { arn: target_group.to_owned(), weight: 1 }] }];
    let arn = format!("{}/new", listener.arn.replacen(":listener/", ":listener-rule/", 1));
    let rule = json!(Rule { arn, priority: Some(priority), conditions: conditions.to_vec(), actions, transforms: Vec::new() });
    let command = format!(
        "elbv2 create-rule --listener-arn {} --priority {priority} --conditions {} --actions {}",
        quote(&listener.arn),
        shown(conditions)?,
        quote(&format!("Type=forward,TargetGroupArn={target_group}"))
    );
    let name = arn_tail(target_group).split('/').next().unwrap_or_default();
    let fix = Fix::new(
        format!("add a rule that forwards {} to target group {name}", words(conditions)),
        Risk::Safe,
        vec![remedy::append(&["rules", &listener.arn, "known"], rule)],
    );
    let where_to = format!("{} → Add rule → {} → forward to {name}", console(listener), words(conditions));
    Some(fix.cli(aws(deployment, &command)).console(where_to))
}

/// A fix that gives a rule other conditions.
pub(crate) fn change_conditions(deployment: &Deployment, listener: &Listener, rule: &Rule, conditions: &[Condition], title: String) -> Fix {
    let rules = deployment.facts().rules.get(&listener.arn).and_then(|rules| rules.value());
    let position = rules.and_then(|rules| rules.iter().position(|other| other.arn == rule.arn));
    let place = position.map(|position| position.to_string());
    let change = place.map(|place| remedy::set(&["rules", &listener.arn, "known", &place, "conditions"], json!(conditions)));
    let mut fix = Fix::new(title, Risk::Disruptive, change.into_iter().collect());
    if let Some(shown) = shown(conditions) {
        fix = fix.cli(aws(deployment, &format!("elbv2 modify-rule --rule-arn {} --conditions {shown}", quote(&rule.arn))));
    }
    let priority = rule.priority.map_or_else(String::new, |priority| format!(" {priority}"));
    fix.console(format!("{} → rule{priority} → Edit → conditions: {}", console(listener), words(conditions)))
}

/// The argument that sets one mapping of an integration. Those that are not named stay as they are; their values may be secrets.
pub(crate) fn mapping(key: &str, value: &str) -> String {
    format!("--request-parameters {}", quote(&json!({key: value}).to_string()))
}

/// Whether one more value fits into a rule.
pub(super) fn has_room(rule: &Rule) -> bool {
    let count = |condition: &Condition| match condition {
        Condition::HostHeader { values, regexes }
        | Condition::PathPattern { values, regexes }
        | Condition::HttpHeader { values, regexes, .. } => values.len() + regexes.len(),
        Condition::HttpRequestMethod { values } | Condition::SourceIp { values } => values.len(),
        Condition::QueryString { values } => values.len(),
        Condition::Unknown { .. } => VALUES_PER_RULE,
    };
    rule.conditions.iter().map(count).sum::<usize>() < VALUES_PER_RULE
}

/// Where the rules of a listener are in the console.
pub(super) fn console(listener: &Listener) -> String {
    let name = arn_tail(&listener.load_balancer_arn).split('/').nth(1).unwrap_or_default();
    format!("EC2: Load balancers → {name} → Listeners and rules → {}:{}", listener.protocol, listener.port)
}

/// A priority behind all others: what they take stays theirs.
fn free_priority(rules: &[&Rule]) -> u32 {
    let used: Vec<u32> = rules.iter().filter_map(|rule| rule.priority).collect();
    let last = used.iter().max().copied().unwrap_or_default();
    let next = (last / 10 + 1) * 10;
    if next <= 50_000 { next } else { (1..=50_000).rev().find(|priority| !used.contains(priority)).unwrap_or(last) }
}

/// Conditions as the AWS CLI takes them. `None`: values of headers and query strings may be secrets, and an unknown kind has no words.
fn shown(conditions: &[Condition]) -> Option<String> {
    let each = |condition: &Condition| {
        let (field, config, values, regexes) = match condition {
            Condition::HostHeader { values, regexes } => ("host-header", "HostHeaderConfig", values, regexes.as_slice()),
            Condition::PathPattern { values, regexes } => ("path-pattern", "PathPatternConfig", values, regexes.as_slice()),
            Condition::HttpRequestMethod { values } => ("http-request-method", "HttpRequestMethodConfig", values, [].as_slice()),
            Condition::SourceIp { values } => ("source-ip", "SourceIpConfig", values, [].as_slice()),
            Condition::HttpHeader { .. } | Condition::QueryString { .. } | Condition::Unknown { .. } => return None,
        };
        let mut settings = json!({});
        if !values.is_empty() {
            settings["Values"] = json!(values);
        }
        if !regexes.is_empty() {
            settings["RegexValues"] = json!(regexes);
        }
        Some(json!({"Field": field, config: settings}))
    };
    let all: Vec<Value> = conditions.iter().map(each).collect::<Option<_>>()?;
    Some(quote(&Value::Array(all).to_string()))
}

/// `path /health and host api.example.com`.
fn words(conditions: &[Condition]) -> String {
    let each = |condition: &Condition| match condition {
        Condition::HostHeader { values, .. } => format!("host {}", values.join(", ")),
        Condition::PathPattern { values, .. } => format!("path {}", values.join(", ")),
        Condition::HttpHeader { name, .. } => format!("header {name}"),
        Condition::HttpRequestMethod { values } => format!("method {}", values.join(", ")),
        Condition::QueryString { .. } => "the query string".to_owned(),
        Condition::SourceIp { values } => format!("source {}", values.join(", ")),
        Condition::Unknown { name } => name.clone(),
    };
    conditions.iter().map(each).collect::<Vec<_>>().join(" and ")
}
