//! Actions that ask for a login or a token before they forward: what the checks of both share.

use super::asked::{Asked, Landing};
use super::new_rule::create_rule_before;
use crate::check::{Meta, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk};
use crate::model::balancing::{Action, Condition, Rule};
use crate::model::deployment::Deployment;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::forwards_to;
use crate::semantics::mapping::MappedPath;
use crate::source;

/// An action that stops a request without a session or a token.
pub(super) struct Guard<'a> {
    /// The rule it stands in; `None`: the default action.
    pub(super) rule: Option<&'a Rule>,
    /// All actions of that rule.
    actions: &'a [Action],
    /// Its type as AWS names it.
    pub(super) name: &'a str,
    /// `OnUnauthenticatedRequest`.
    pub(super) on_unauthenticated: Option<&'a str>,
    /// True when nothing but such an action can meet the request.
    always: bool,
}

/// The action of one of these types that the request meets.
pub(super) fn guard<'a>(landing: &Landing<'a>, types: &[&str]) -> Option<Guard<'a>> {
    let asks = |actions: &'a [Action]| {
        actions.iter().find_map(|action| match action {
            Action::Authenticate { name, on_unauthenticated } if action.asks_for_login() && types.contains(&name.as_str()) => {
                Some((name.as_str(), on_unauthenticated.as_deref()))
            }
            _ => None,
        })
    };
    let candidates = &landing.evaluation.candidates;
    let always = candidates.iter().all(|candidate| asks(candidate.actions).is_some());
    candidates.iter().find_map(|candidate| {
        let (name, on_unauthenticated) = asks(candidate.actions)?;
        Some(Guard { rule: candidate.rule, actions: candidate.actions, name, on_unauthenticated, always })
    })
}

impl Guard<'_> {
    /// `rule 10 of listener 443`, or `the default action of listener 443`.
    pub(super) fn words(&self, landing: &Landing<'_>) -> String {
        let name = match self.rule.map(|rule| rule.priority) {
            Some(Some(priority)) => format!("rule {priority}"),
            Some(None) => "a rule".to_owned(),
            None => "the default action".to_owned(),
        };
        format!("{name} of listener {}", landing.listener.port)
    }

    /// A finding where the action stands.
    pub(super) fn finding(
        &self,
        meta: &'static Meta,
        asked: &Asked<'_>,
        landing: &Landing<'_>,
        summary: String,
        answer: ExpectedAnswer,
    ) -> Finding {
        let (subject, field, source) = match self.rule {
            Some(rule) => (Subject::from_arn(SubjectKind::Rule, &rule.arn), "Actions", source::DESCRIBE_RULES),
            None => (landing.subject(), "DefaultActions", source::DESCRIBE_LISTENERS),
        };
        let mut effect = Effect::blocks_request(Phase::Rule, asked.index, answer);
        effect.blocks = if self.always { Blocks::All } else { Blocks::Some };
        let said = self.on_unauthenticated.map_or_else(String::new, |what| format!(", OnUnauthenticatedRequest={what}"));
        Finding::new(meta, subject.clone(), summary)
            .confidence(if self.always { Confidence::Certain } else { Confidence::Possible })
            .evidence(Evidence::found(subject, field, format!("{}{said}", self.name), source))
            .effect(effect)
    }

    /// A rule for this path alone, in front: whoever reaches the listener gets it without a login.
    pub(super) fn bypass(&self, deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, without: &str) -> Option<Fix> {
        let MappedPath::Known(path) = &asked.arrival.path else { return None };
        if !path.starts_with('/') {
            return None; // what arrives then is not documented, and no condition can be written for it
        }
        let is_path = |condition: &&Condition| matches!(condition, Condition::PathPattern { .. });
        let mut conditions: Vec<Condition> =
            self.rule.into_iter().flat_map(|rule| &rule.conditions).filter(|condition| !is_path(condition)).cloned().collect();
        conditions.insert(0, Condition::PathPattern { values: vec![path.clone()], regexes: Vec::new() });
        let group = forwards_to(self.actions).next()?;
        let mut fix = create_rule_before(deployment, landing.listener, &landing.rules, self.rule, &conditions, group)?;
        fix.title = format!("let {path} pass without {without}, by a rule in front");
        fix.risk = Risk::Disruptive;
        Some(fix)
    }
}
