//! Rules that would take a request but for their conditions of one kind: what the checks of methods, headers and sources share.

use super::asked::{Asked, Landing, Refusal};
use crate::check::{Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding};
use crate::model::balancing::{Condition, Rule};
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

/// A forwarding rule that fails for its conditions of one kind ([`Landing::misses`]), so that the request is left to a default action that
/// refuses it.
pub(super) struct Missed<'a> {
    /// The first such rule by priority.
    pub(super) rule: &'a Rule,
    /// How many other rules fail in the same way.
    pub(super) others: usize,
    /// What the default action answers.
    pub(super) refusal: Refusal,
}

/// Looks for a rule that fails for its conditions of one kind. `None`: noted as fine, or other checks speak.
pub(super) fn missed<'a>(
    out: &mut Outcome,
    asked: &Asked<'_>,
    landing: &Landing<'a>,
    kind: fn(&Condition) -> bool,
    what: &str,
) -> Result<Option<Missed<'a>>, Gap> {
    let port = asked.listener.port;
    let Some(refusal) = landing.refusal() else {
        out.fine(landing.subject(), format!("listener {port} refuses nothing by default, whatever the {what}"));
        return Ok(None);
    };
    if landing.takes_default() {
        let mut rules = landing.forwarding_rules().filter(|rule| landing.misses(rule, kind));
        let first = rules.next();
        let others = rules.count();
        return Ok(first.map(|rule| Missed { rule, others, refusal })); // no such rule: default-action-fixed-response speaks
    }
    if landing.may_take_default()
        && let Some(why) = landing.open_at(kind)
    {
        return Err(Gap::undecided(Part::Rules, why));
    }
    out.fine(landing.subject(), format!("no rule of listener {port} misses {} for its {what}", asked.words()));
    Ok(None)
}

impl Missed<'_> {
    /// The rule.
    pub(super) fn subject(&self) -> Subject {
        Subject::from_arn(SubjectKind::Rule, &self.rule.arn)
    }

    /// `rule 10 of listener 443`, with the others if there are some.
    pub(super) fn words(&self, asked: &Asked<'_>) -> String {
        let name = self.rule.priority.map_or_else(|| "a rule".to_owned(), |priority| format!("rule {priority}"));
        let others = match self.others {
            0 => String::new(),
            1 => " (and one more)".to_owned(),
            others => format!(" (and {others} more)"),
        };
        format!("{name} of listener {}{others}", asked.listener.port)
    }

    /// A finding at the rule: that it fails for this is certain, and so is the default action's answer.
    pub(super) fn finding(&self, meta: &'static Meta, asked: &Asked<'_>, summary: String) -> Finding {
        let answer = ExpectedAnswer::load_balancer(Some(self.refusal.status), Symptom::LbFixedResponse);
        Finding::new(meta, self.subject(), summary)
            .evidence(Evidence::found(
                Subject::from_arn(SubjectKind::Listener, &asked.listener.arn),
                "DefaultActions",
                self.refusal.words(),
                source::DESCRIBE_LISTENERS,
            ))
            .effect(Effect::blocks_request(Phase::Rule, asked.index, answer))
    }
}
