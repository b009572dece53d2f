//! A rule takes only requests with a certain header, a secret mostly, and the integration does not send it.

use super::asked::{Asked, Landing, asked};
use super::missed::{Missed, missed};
use super::new_rule::drop_conditions;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::Condition;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::mapping::{HeaderValue, header_value, is_reserved_header};
use crate::semantics::rules::Match;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "rule-header-secret",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the rule wants a header that the integration does not send",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbFixedResponse],
    refines: &["default-action-fixed-response"],
    since: "0.1.0",
    page: include_str!("rule_header_secret.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RuleHeaderSecret;

impl Check for RuleHeaderSecret {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let landing = asked.landing(deployment)?;
            if let Some(missed) = missed(out, &asked, &landing, is_header, "headers")? {
                out.found(finding(deployment, &asked, &landing, &missed));
            }
            Ok(())
        });
        Ok(())
    }
}

fn is_header(condition: &Condition) -> bool {
    matches!(condition, Condition::HttpHeader { .. })
}

/// A header that a rule wants, and a value that its condition takes, if one can be made. Never to be printed: it may be a secret.
struct Wanted<'a> {
    name: &'a str,
    value: Option<String>,
}

/// The headers whose condition does not hold.
fn wanted<'a>(landing: &Landing<'_>, missed: &Missed<'a>) -> Vec<Wanted<'a>> {
    let failing = missed.rule.conditions.iter().filter(|condition| is_header(condition) && landing.says(condition) == Match::No);
    let of = |condition: &'a Condition| match condition {
        Condition::HttpHeader { name, values, .. } => Some(Wanted { name, value: values.iter().find_map(|pattern| made_of(pattern)) }),
        _ => None,
    };
    failing.filter_map(of).collect()
}

/// A value that a pattern takes and a mapping can send: not one that begins a reference there.
fn made_of(pattern: &str) -> Option<String> {
    let value = pattern.replace('*', "").replace('?', "a");
    (!value.is_empty() && header_value(&value) == HeaderValue::Constant(&value)).then_some(value)
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, missed: &Missed<'_>) -> Finding {
    let wanted = wanted(landing, missed);
    let names = wanted.iter().map(|header| header.name).collect::<Vec<_>>().join(", ");
    let set = |header: &Wanted<'_>| asked.arrival.headers.contains_key(&header.name.to_ascii_lowercase());
    let how = if wanted.iter().any(set) { "sends another value" } else { "does not send it" };
    let summary = format!("{} wants the header {names}, and integration {} {how}", missed.words(asked), asked.integration.id);
    let integration = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let evidence = if wanted.iter().any(set) {
        Evidence::found(integration, "RequestParameters.header", "a value that the rule does not take", source::GET_INTEGRATIONS)
    } else {
        Evidence::absent(integration, "RequestParameters.header", source::GET_INTEGRATIONS)
    };
    let finding = missed
        .finding(&META, asked, summary)
        .evidence(Evidence::found(missed.subject(), "Conditions.http-header", format!("header {names}"), source::DESCRIBE_RULES))
        .evidence(if wanted.iter().all(|header| is_sendable(header.name)) {
            evidence.expected(format!("overwrite:header.{names} with the value of the rule"))
        } else {
            evidence // no mapping can set it
        });
    let fixes = [send(deployment, asked, missed, &wanted), Some(unguard(deployment, asked, missed))];
    fixes.into_iter().flatten().fold(finding, Finding::fix)
}

/// A name that a mapping can set, and that means nothing else to a shell: header names may hold `$` and backticks.
fn is_sendable(name: &str) -> bool {
    !is_reserved_header(name) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Sends the headers. The value is fetched from the rule by the command itself, so that it stands in no report.
fn send(deployment: &Deployment, asked: &Asked<'_>, missed: &Missed<'_>, wanted: &[Wanted<'_>]) -> Option<Fix> {
    let mut all = asked.integration.request_parameters.clone();
    let mut lines = Vec::new();
    for header in wanted {
        let value = header.value.clone().filter(|_| is_sendable(header.name))?;
        let key = format!("overwrite:header.{}", header.name);
        let sets = |other: &String| other.to_ascii_lowercase().ends_with(&format!(":header.{}", header.name.to_ascii_lowercase()));
        all.retain(|other, _| !sets(other));
        all.insert(key.clone(), value);
        let query = format!("Rules[0].Conditions[?HttpHeaderConfig.HttpHeaderName=='{}'].HttpHeaderConfig.Values[0]", header.name);
        let rule = quote(&missed.rule.arn);
        let fetch = aws(deployment, &format!("elbv2 describe-rules --rule-arns {rule} --query {} --output text", quote(&query)));
        lines.push(format!("VALUE=$({fetch})"));
        lines.push(update_integration(
            deployment,
            &asked.integration.id,
            &format!("--request-parameters \"{{\\\"{key}\\\":\\\"$VALUE\\\"}}\""),
        ));
    }
    let names = wanted.iter().map(|header| header.name).collect::<Vec<_>>().join(", ");
    let change = remedy::set(&["integrations", "known", &asked.integration.id, "request_parameters"], json!(all));
    let title = format!("let the integration send {names} with the value that the rule wants");
    let fix = lines.into_iter().fold(Fix::new(title, Risk::Safe, vec![change]), Fix::cli);
    let console =
        format!("{CONSOLE_INTEGRATION} → Parameter mapping → all incoming requests: header.{names}, overwrite, (the rule's value)");
    Some(then_deploy(deployment, fix.console(console)))
}

/// Whoever reaches the listener then gets through without the header.
fn unguard(deployment: &Deployment, asked: &Asked<'_>, missed: &Missed<'_>) -> Fix {
    let title = "take the rule's header condition away: the load balancer's security group guards it, if it is internal";
    drop_conditions(deployment, asked.listener, missed.rule, is_header, title)
}
