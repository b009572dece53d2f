//! No rule of the listener takes the request, and the default action refuses it with a fixed response.

use super::asked::{Asked, Landing, Refusal, asked};
use super::new_rule::{console, create_rule};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Condition, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::forwards_to;
use crate::remedy;
use crate::semantics::mapping::MappedPath;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "default-action-fixed-response",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "no rule of the listener takes the request, and its default action refuses it",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbFixedResponse],
    refines: &[],
    since: "0.1.0",
    page: include_str!("default_action_fixed_response.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DefaultActionFixedResponse;

impl Check for DefaultActionFixedResponse {
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
        out.fine(landing.subject(), format!("the default action of listener {port} refuses nothing"));
        return Ok(());
    };
    if landing.takes_default() {
        out.found(finding(deployment, asked, &landing, &refusal));
        return Ok(());
    }
    let candidates = &landing.evaluation.candidates;
    if let Some(last) = candidates.last().and_then(|last| last.rule) {
        let words = last.priority.map_or_else(|| "a rule".to_owned(), |priority| format!("rule {priority}"));
        out.fine(landing.subject(), format!("{words} of listener {port} takes {}", asked.words()));
        return Ok(());
    }
    // Where it is only the Host that is not known, host-not-what-rules-expect or rule-host-mismatch reports it.
    let undecided = candidates.iter().find(|candidate| candidate.rule.is_some_and(|rule| !landing.hangs_on_host(rule)));
    undecided.map_or(Ok(()), |candidate| Err(Gap::undecided(Part::Rules, &candidate.why)))
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, refusal: &Refusal) -> Finding {
    let subject = landing.subject();
    let summary =
        format!("no rule of listener {} takes {}, so its default action answers {}", asked.listener.port, asked.words(), refusal.status);
    let answer = ExpectedAnswer::load_balancer(Some(refusal.status), Symptom::LbFixedResponse);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject, "DefaultActions", refusal.words(), source::DESCRIBE_LISTENERS))
        .effect(Effect::blocks_request(Phase::Rule, asked.index, answer));
    for (rule, why) in landing.evaluation.rejected.iter().take(3) {
        let subject = Subject::from_arn(SubjectKind::Rule, &rule.arn);
        finding = finding.evidence(Evidence::found(subject, "Conditions", why, source::DESCRIBE_RULES));
    }
    finding.fixes = fixes(deployment, asked, landing);
    finding
}

/// A rule for this path, if it is plain which target group it is for; or the group for whatever no rule takes.
fn fixes(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>) -> Vec<Fix> {
    let groups = groups_behind(deployment, landing);
    let [group] = groups.as_slice() else { return vec![by_hand(deployment, landing)] };
    let mut fixes = Vec::new();
    if let MappedPath::Known(path) = &asked.arrival.path {
        let condition = Condition::PathPattern { values: vec![path.clone()], regexes: Vec::new() };
        fixes.extend(create_rule(deployment, asked.listener, &landing.rules, &[condition], &group.arn));
    }
    let actions = json!([{"type": "forward", "target_groups": [{"arn": group.arn, "weight": 1}]}]);
    let change = vec![remedy::set(&["listeners", &asked.listener.arn, "known", "default_actions"], actions)];
    let command = format!(
        "elbv2 modify-listener --listener-arn {} --default-actions {}",
        quote(&asked.listener.arn),
        quote(&format!("Type=forward,TargetGroupArn={}", group.arn))
    );
    fixes.push(
        Fix::new(format!("forward whatever no rule takes to target group {}", group.name), Risk::Disruptive, change)
            .cli(aws(deployment, &command))
            .console(format!("{} → Default rule → Edit → forward to {}", console(asked.listener), group.name)),
    );
    fixes
}

/// The target groups that the listener's rules forward to; if there is none, those of the load balancer's other listeners.
fn groups_behind<'a>(deployment: &'a Deployment, landing: &Landing<'a>) -> Vec<&'a TargetGroup> {
    let mut arns: BTreeSet<&str> = landing.forwarding_rules().flat_map(|rule| forwards_to(&rule.actions)).collect();
    if arns.is_empty() {
        let neighbours = deployment.listeners_on(&landing.listener.load_balancer_arn);
        arns = neighbours.into_iter().flat_map(|listener| forwards_to(&listener.default_actions)).collect();
    }
    arns.into_iter().filter_map(|arn| deployment.target_group(arn).ok()?).collect()
}

/// Which target group the request is for cannot be told from the listener.
fn by_hand(deployment: &Deployment, landing: &Landing<'_>) -> Fix {
    let arn = quote(&landing.listener.load_balancer_arn);
    let query = quote("TargetGroups[].[TargetGroupName,TargetGroupArn]");
    Fix::new("add a rule that forwards this path to the target group it is for", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 describe-target-groups --load-balancer-arn {arn} --query {query}")))
        .console(format!("{} → Add rule", console(landing.listener)))
}
