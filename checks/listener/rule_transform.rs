//! The rule rewrites the path or the Host before it forwards: the target sees something else than what was asked for.

use super::asked::{Asked, Landing, asked};
use super::new_rule::console;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, Rewrite, Rule, Transform};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::mapping::{HostHeader, MappedPath};
use crate::semantics::rules::{Rewritten, rewritten};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "rule-transform",
    hop: Hop::Listener,
    severity: Severity::Info,
    title: "the rule rewrites the request before the target gets it",
    phase: None,
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::TargetAnswer, Symptom::LbInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("rule_transform.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RuleTransform;

impl Check for RuleTransform {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let landing = asked.landing(deployment)?;
            let rules: Vec<&Rule> = landing.evaluation.candidates.iter().filter_map(|candidate| candidate.rule).collect();
            let found = rules.iter().find_map(|rule| Some((*rule, changes(rule, &asked).transpose()?)));
            match found {
                Some((rule, change)) => out.found(finding(deployment, &asked, &landing, rule, &change?)),
                None => out.fine(landing.subject(), format!("listener {} hands {} on as it arrives", asked.listener.port, asked.words())),
            }
            Ok(())
        });
        Ok(())
    }
}

/// What a rule makes of the request.
struct Change {
    /// `the path /api/health`.
    before: String,
    /// What the target sees; `None`: that cannot be told.
    after: Option<String>,
    /// The transform.
    shown: String,
}

/// The first transform of a rule that changes the request, or may.
fn changes(rule: &Rule, asked: &Asked<'_>) -> Result<Option<Change>, Gap> {
    for transform in &rule.transforms {
        let (what, text, rewrites) = match transform {
            Transform::UrlRewrite { rewrites } => match &asked.arrival.path {
                // Whether the expression sees the query string, too, is not documented.
                MappedPath::Known(path) if asked.arrival.query.as_deref() == Some("") => ("the path", Some(path), rewrites),
                MappedPath::Known(_) | MappedPath::Unknown { .. } => ("the path", None, rewrites),
            },
            Transform::HostHeaderRewrite { rewrites } => match &asked.arrival.host {
                HostHeader::Known(host) => ("the Host", Some(host), rewrites),
                HostHeader::Unknown => ("the Host", None, rewrites),
            },
            Transform::Unknown { name } => {
                return Err(Gap::undecided(Part::Rules, format!("this version does not know the transform \"{name}\"")));
            }
        };
        if let Some(change) = rewrites.iter().find_map(|rewrite| change(what, text, rewrite)) {
            return Ok(Some(change));
        }
    }
    Ok(None)
}

fn change(what: &str, text: Option<&String>, rewrite: &Rewrite) -> Option<Change> {
    let before = text.map_or_else(|| what.to_owned(), |text| format!("{what} {text}"));
    let shown = format!("{} → {}", rewrite.regex, rewrite.replace);
    match text.map_or(Rewritten::Unclear, |text| rewritten(&rewrite.regex, &rewrite.replace, text)) {
        Rewritten::Unchanged => None,
        Rewritten::To(after) if Some(&after) == text => None,
        Rewritten::To(after) => Some(Change { before, after: Some(after), shown }),
        Rewritten::Unclear => Some(Change { before, after: None, shown }),
    }
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, rule: &Rule, change: &Change) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Rule, &rule.arn);
    let name = rule.priority.map_or_else(|| "a rule".to_owned(), |priority| format!("rule {priority}"));
    let does = change.after.as_ref().map_or_else(
        || format!("may rewrite {} before the target gets it", change.before),
        |after| format!("rewrites {}: the target sees {after}", change.before),
    );
    let sure = change.after.is_some() && landing.evaluation.candidates.len() == 1;
    let summary = format!("{name} of listener {} {does}", asked.listener.port);
    Finding::new(&META, subject.clone(), summary)
        .confidence(if sure { Confidence::Certain } else { Confidence::Possible })
        .evidence(Evidence::found(subject.clone(), "Transforms", &change.shown, source::DESCRIBE_RULES))
        .effect(Effect::weakens(Phase::Target, subject))
        .fix(take_away(deployment, landing.listener, rule))
}

/// For a transform that nobody wants any more. One that is wanted and wrong needs another expression, which only its author knows.
fn take_away(deployment: &Deployment, listener: &Listener, rule: &Rule) -> Fix {
    let rules = deployment.facts().rules.get(&listener.arn).and_then(|rules| rules.value()).map_or(&[][..], Vec::as_slice);
    let place = rules.iter().position(|other| other.arn == rule.arn).unwrap_or_default().to_string();
    let change = vec![remedy::set(&["rules", &listener.arn, "known", &place, "transforms"], json!([]))];
    let priority = rule.priority.unwrap_or_default();
    Fix::new("take the rule's transforms away, if the target expects the request as it was asked", Risk::Disruptive, change)
        .cli(aws(deployment, &format!("elbv2 modify-rule --rule-arn {} --reset-transforms", quote(&rule.arn))))
        .console(format!("{} → rule {priority} → Edit → Transforms", console(listener)))
}
