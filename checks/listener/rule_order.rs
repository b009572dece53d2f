//! A rule for just this request stands behind a wider one, which takes it first and does something else with it.

use super::asked::{Asked, Landing, asked};
use super::new_rule::{console, priority_before};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Action, Listener, Rule};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::forwards_to;
use crate::remedy;
use crate::semantics::rules::covers;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "rule-order",
    hop: Hop::Listener,
    severity: Severity::Warning,
    title: "a wider rule with a lower number takes the request first",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::TargetAnswer, Symptom::LbFixedResponse],
    refines: &[],
    since: "0.1.0",
    page: include_str!("rule_order.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RuleOrder;

impl Check for RuleOrder {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let landing = asked.landing(deployment)?;
            match hidden(&landing) {
                Some((first, hidden)) => out.found(finding(deployment, &asked, &landing, first, hidden)),
                None => out.fine(landing.subject(), format!("no rule of listener {} hides one for {}", asked.listener.port, asked.words())),
            }
            Ok(())
        });
        Ok(())
    }
}

/// The rule that may take the request first, and one that would take it and forward it elsewhere, but never applies because of the first.
fn hidden<'a>(landing: &Landing<'a>) -> Option<(&'a Rule, &'a Rule)> {
    let first = landing.evaluation.candidates.first()?.rule.filter(|first| decides(first))?;
    let groups = |rule: &'a Rule| forwards_to(&rule.actions).collect::<BTreeSet<&str>>();
    let behind = landing.forwarding_rules().filter(|rule| rule.priority > first.priority);
    let elsewhere = |rule: &&'a Rule| !groups(rule).is_empty() && groups(rule).is_disjoint(&groups(first));
    let mut takers = behind.filter(|rule| landing.rest_holds(rule, |_| false)).filter(elsewhere);
    takers.find(|rule| covers(first, rule)).map(|hidden| (first, hidden))
}

/// It forwards, or refuses for good. A redirect and a fixed response that says 200 are meant as they are.
fn decides(rule: &Rule) -> bool {
    forwards_to(&rule.actions).next().is_some() || refusal(rule).is_some()
}

fn refusal(rule: &Rule) -> Option<u16> {
    rule.actions.iter().find_map(|action| match action {
        Action::FixedResponse { status, .. } if *status >= 400 => Some(*status),
        _ => None,
    })
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, first: &Rule, hidden: &Rule) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Rule, &hidden.arn);
    let by = Subject::from_arn(SubjectKind::Rule, &first.arn);
    let number = |rule: &Rule| rule.priority.unwrap_or_default();
    let does = refusal(first).map_or_else(|| "forwards it elsewhere".to_owned(), |status| format!("answers it with {status}"));
    let summary = format!(
        "rule {} of listener {} takes {} and all else that rule {} is for, and {does}: rule {} never applies",
        number(first),
        asked.listener.port,
        asked.words(),
        number(hidden),
        number(hidden)
    );
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(by.clone(), "Priority", number(first).to_string(), source::DESCRIBE_RULES))
        .evidence(
            Evidence::found(subject, "Priority", number(hidden).to_string(), source::DESCRIBE_RULES)
                .expected(format!("less than {}", number(first))),
        );
    let finding = match refusal(first).filter(|_| landing.evaluation.candidates.len() == 1) {
        Some(status) => {
            let answer = ExpectedAnswer::load_balancer(Some(status), Symptom::LbFixedResponse);
            finding.severity(Severity::Error).effect(Effect::blocks_request(Phase::Rule, asked.index, answer))
        }
        // The request gets through, to the targets of another rule: whether those are the wrong ones is a guess.
        None => finding.confidence(Confidence::Likely).effect(Effect::weakens(Phase::Rule, by)),
    };
    finding.fix(reorder(deployment, landing.listener, &landing.rules, first, hidden))
}

/// Gives the narrow rule a number in front of the wide one; where there is none, the two exchange theirs.
fn reorder(deployment: &Deployment, listener: &Listener, rules: &[&Rule], first: &Rule, hidden: &Rule) -> Fix {
    let ahead = first.priority.unwrap_or(1);
    let wanted = match priority_before(rules, ahead) {
        Some(free) => vec![(hidden, free)],
        None => vec![(hidden, ahead), (first, hidden.priority.unwrap_or_default())],
    };
    let all = deployment.facts().rules.get(&listener.arn).and_then(|rules| rules.value()).map_or(&[][..], Vec::as_slice);
    let change = wanted.iter().filter_map(|(rule, priority)| {
        let place = all.iter().position(|other| other.arn == rule.arn)?.to_string();
        Some(remedy::set(&["rules", &listener.arn, "known", &place, "priority"], json!(priority)))
    });
    let pairs = wanted.iter().map(|(rule, priority)| quote(&format!("RuleArn={},Priority={priority}", rule.arn)));
    let title = format!("put rule {} in front of rule {ahead}", hidden.priority.unwrap_or_default());
    Fix::new(title, Risk::Disruptive, change.collect())
        .cli(aws(deployment, &format!("elbv2 set-rule-priorities --rule-priorities {}", pairs.collect::<Vec<_>>().join(" "))))
        .console(format!("{} → Actions → Reprioritize rules", console(listener)))
}
