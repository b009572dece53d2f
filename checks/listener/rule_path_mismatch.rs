//! A rule would take the request, but its path pattern does not match the path that arrives.

use super::asked::{Asked, Landing, asked};
use super::new_rule::{change_conditions, create_rule, has_room, mapping};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Condition, Rule};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::forwards_to;
use crate::remedy;
use crate::semantics::mapping::MappedPath;
use crate::semantics::rules::{Match, glob};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;
use std::cmp::Reverse;

static META: Meta = Meta {
    id: "rule-path-mismatch",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the path that arrives does not match the path pattern of the listener's rule",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbFixedResponse],
    refines: &["default-action-fixed-response"],
    since: "0.1.0",
    page: include_str!("rule_path_mismatch.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RulePathMismatch;

impl Check for RulePathMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| look(deployment, out, &asked));
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, asked: &Asked<'_>) -> Result<(), Gap> {
    let landing = asked.landing(deployment)?;
    let port = asked.listener.port;
    let Some(refusal) = landing.refusal() else {
        out.fine(landing.subject(), format!("listener {port} refuses nothing by default, whatever the path"));
        return Ok(());
    };
    if landing.takes_default() {
        let MappedPath::Known(path) = &asked.arrival.path else { return Ok(()) }; // no pattern can be said to miss it
        if let Some(missed) = nearest(&landing, path) {
            out.found(finding(deployment, asked, &landing, &missed, refusal.status));
        }
        return Ok(()); // no rule fails for its path alone: default-action-fixed-response and rule-host-mismatch speak
    }
    if landing.may_take_default()
        && let Some(why) = landing.open_at(is_path)
    {
        return Err(Gap::undecided(Part::Rules, why));
    }
    out.fine(landing.subject(), format!("the path of {} is one that a rule of listener {port} takes", asked.words()));
    Ok(())
}

/// A rule that fails for its path alone.
struct Missed<'a> {
    rule: &'a Rule,
    path: &'a str,
    /// What the path differs in, if it nearly matches.
    nearly: Option<&'static str>,
    /// Whether another rule fails the same way, so that it is not plain which one is meant.
    others: bool,
}

fn is_path(condition: &Condition) -> bool {
    matches!(condition, Condition::PathPattern { .. })
}

fn patterns(rule: &Rule) -> impl Iterator<Item = &String> {
    let values = rule.conditions.iter().filter_map(|condition| match condition {
        Condition::PathPattern { values, .. } => Some(values),
        _ => None,
    });
    values.flatten()
}

/// The forwarding rule that the path only just misses: nearly a match, else the longest common beginning, else the first in priority.
fn nearest<'a>(landing: &Landing<'a>, path: &'a str) -> Option<Missed<'a>> {
    let misses = |rule: &&Rule| {
        let excluded = rule.conditions.iter().any(|condition| is_path(condition) && landing.says(condition) == Match::No);
        excluded && landing.rest_holds(rule, is_path)
    };
    let missed: Vec<&Rule> = landing.forwarding_rules().filter(misses).collect();
    let common = |rule: &&Rule| patterns(rule).map(|pattern| beginning(pattern, path)).max().unwrap_or_default();
    let rule = missed.iter().copied().min_by_key(|rule| (nearly(rule, path).is_none(), Reverse(common(rule))))?;
    Some(Missed { rule, path, nearly: nearly(rule, path), others: missed.len() > 1 })
}

fn beginning(pattern: &str, path: &str) -> usize {
    pattern.chars().zip(path.chars()).take_while(|(a, b)| a == b).count()
}

fn nearly(rule: &Rule, path: &str) -> Option<&'static str> {
    let any = |fits: &dyn Fn(&str) -> bool| patterns(rule).any(|pattern| fits(pattern));
    if any(&|pattern| glob(pattern, path, true)) {
        Some("they differ in upper and lower case only")
    } else if any(&|pattern| glob(pattern.trim_end_matches('/'), path.trim_end_matches('/'), false)) {
        Some("they differ in the slash at the end only")
    } else {
        None
    }
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, missed: &Missed<'_>, status: u16) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Rule, &missed.rule.arn);
    let name = missed.rule.priority.map_or_else(|| "a rule".to_owned(), |priority| format!("rule {priority}"));
    let wanted = patterns(missed.rule).cloned().collect::<Vec<_>>().join(" or ");
    let nearly = missed.nearly.map_or_else(String::new, |how| format!(": {how}"));
    let summary = format!("{name} of listener {} is for {wanted}, and {} arrives{nearly}", asked.listener.port, missed.path);
    let answer = ExpectedAnswer::load_balancer(Some(status), Symptom::LbFixedResponse);
    // That the rule fails for its path alone is certain; of several such rules, which one was meant is not.
    let sure = missed.nearly.is_some() || !missed.others;
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .confidence(if sure { Confidence::Certain } else { Confidence::Likely })
        .evidence(Evidence::found(subject, "Conditions", landing.why_not(missed.rule), source::DESCRIBE_RULES))
        .effect(Effect::blocks_request(Phase::Rule, asked.index, answer));
    if let Some(mapping) = asked.integration.mapping("overwrite:path") {
        let integration = Subject::new(SubjectKind::Integration, &asked.integration.id);
        finding = finding.evidence(Evidence::found(integration, "RequestParameters.overwrite:path", mapping, source::GET_INTEGRATIONS));
    }
    finding.fixes = fixes(deployment, asked, landing, missed);
    finding
}

fn fixes(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, missed: &Missed<'_>) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let asked_path = asked.request.bare_path();
    let fits = |pattern: &String| glob(pattern, asked_path, false);
    if asked.integration.mapping("overwrite:path").is_some() && missed.path != asked_path && patterns(missed.rule).any(fits) {
        fixes.push(send_as_asked(deployment, asked));
    }
    let mut conditions = missed.rule.conditions.clone();
    let room = has_room(missed.rule);
    for condition in &mut conditions {
        if let Condition::PathPattern { values, regexes } = condition
            && !values.iter().any(|pattern| glob(pattern, missed.path, false))
        {
            if !room {
                values.clear();
                regexes.clear();
            }
            values.push(missed.path.to_owned());
        }
    }
    if room {
        let title = format!("let the rule take {}, too", missed.path);
        fixes.push(change_conditions(deployment, asked.listener, missed.rule, &conditions, title));
    } else if let Some(group) = forwards_to(&missed.rule.actions).next() {
        // A rule holds five values: the path gets a rule of its own.
        fixes.extend(create_rule(deployment, asked.listener, &landing.rules, &conditions, group));
    }
    fixes
}

/// The pattern is for the path that the client asks for, and a mapping changes it on the way.
fn send_as_asked(deployment: &Deployment, asked: &Asked<'_>) -> Fix {
    let (key, value) = ("overwrite:path", "$request.path");
    let mut all = asked.integration.request_parameters.clone();
    all.retain(|other, _| !other.eq_ignore_ascii_case(key));
    all.insert(key.to_owned(), value.to_owned());
    let change = remedy::set(&["integrations", "known", &asked.integration.id, "request_parameters"], json!(all));
    let fix = Fix::new("send the path as it was asked for", Risk::Disruptive, vec![change])
        .cli(update_integration(deployment, &asked.integration.id, &mapping(key, value)))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → all incoming requests: path, overwrite, {value}"));
    then_deploy(deployment, fix)
}
