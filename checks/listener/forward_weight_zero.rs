//! The weight of a forward action lies on a group that has nobody, while the group that has the targets gets nothing.

use super::asked::asked;
use super::forwards::{Forward, forwards, is_populated, name};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Severity};
use crate::model::balancing::WeightedTargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "forward-weight-zero",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the weight of the forward action lies on a group without targets",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetHealth, Part::TargetGroups],
    optional: &[Part::Stages, Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty", "target-draining"],
    since: "0.1.0",
    page: include_str!("forward_weight_zero.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ForwardWeightZero;

impl Check for ForwardWeightZero {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(forwards(deployment), |out, forward| {
            if forward.weighted().next().is_none() {
                out.found(nobody(deployment, &forward));
                return Ok(());
            }
            match misplaced(deployment, &forward)? {
                Some((starving, waiting)) => out.found(finding(deployment, &forward, &starving, &waiting)),
                None => out.fine(forward.subject(), format!("{} leaves no filled group without weight for an empty one", forward.words())),
            }
            Ok(())
        });
        Ok(())
    }
}

type Groups<'a> = Vec<&'a WeightedTargetGroup>;

/// Groups with weight and without targets, and groups with targets and without weight, if there are both.
fn misplaced<'a>(deployment: &Deployment, forward: &Forward<'a>) -> Result<Option<(Groups<'a>, Groups<'a>)>, Gap> {
    let mut waiting = Vec::new();
    for group in forward.idle() {
        if is_populated(deployment, group)? {
            waiting.push(group);
        }
    }
    if waiting.is_empty() {
        return Ok(None); // an empty group with weight is tg-empty, rule-forwards-to-unpopulated-tg or a service's own fault
    }
    let mut starving = Vec::new();
    for group in forward.weighted() {
        if !is_populated(deployment, group)? {
            starving.push(group);
        }
    }
    Ok((!starving.is_empty()).then_some((starving, waiting)))
}

fn finding(deployment: &Deployment, forward: &Forward<'_>, starving: &[&WeightedTargetGroup], waiting: &[&WeightedTargetGroup]) -> Finding {
    let names = |groups: &[&WeightedTargetGroup]| groups.iter().map(|group| name(&group.arn)).collect::<Vec<_>>().join(", ");
    let all = starving.len() == forward.weighted().count();
    let share = if all { "everything" } else { "a share" };
    let summary = format!(
        "{} sends {share} to {}, which has no target, and nothing to {}, which has",
        forward.words(),
        names(starving),
        names(waiting)
    );
    let (field, source) = forward.source();
    let mut finding = Finding::new(&META, forward.subject(), summary)
        .evidence(Evidence::found(forward.subject(), field, forward.shown(), source).expected(format!("the weight on {}", names(waiting))));
    for group in starving {
        let at = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
        finding =
            finding.evidence(Evidence::found(at, "TargetHealthDescriptions", "no target for new requests", source::DESCRIBE_TARGET_HEALTH));
    }
    let effect = match (forward.rule, starving.first()) {
        (Some(_), _) if all => Effect::blocks_all(Phase::TargetConnect, forward.subject(), forward.nobody()),
        (_, Some(group)) => forward.starves(group),
        (_, None) => Effect::weakens(Phase::TargetConnect, forward.subject()),
    };
    finding.effect(effect).fix(shift(deployment, forward, waiting))
}

/// All weights are zero: no group gets a request.
fn nobody(deployment: &Deployment, forward: &Forward<'_>) -> Finding {
    let (field, source) = forward.source();
    let finding = Finding::new(&META, forward.subject(), format!("{} forwards to groups with weight 0 alone", forward.words()))
        .evidence(Evidence::found(forward.subject(), field, forward.shown(), source).expected("a weight above 0"));
    // That nobody then gets the request follows from the weights; which answer that makes is not documented.
    let answer = forward.nobody().inferred();
    let only = deployment.rules(forward.listener).is_ok_and(|rules| rules.is_empty());
    let effect = match (forward.rule, left_to_default(deployment, forward)) {
        (Some(_), _) => Effect::blocks_all(Phase::Rule, forward.subject(), answer),
        (None, _) if only => Effect::blocks_all(Phase::Rule, forward.subject(), answer),
        (None, Some(index)) => Effect::blocks_request(Phase::Rule, index, answer),
        (None, None) => Effect::weakens(Phase::Rule, forward.subject()),
    };
    let filled: Vec<&WeightedTargetGroup> =
        forward.groups.iter().filter(|group| is_populated(deployment, group).unwrap_or_default()).collect();
    let wanted = if filled.is_empty() { forward.groups.iter().collect() } else { filled };
    finding.effect(effect).fix(shift(deployment, forward, &wanted))
}

/// The first of the requests asked about that the listener's default action takes.
fn left_to_default(deployment: &Deployment, forward: &Forward<'_>) -> Option<usize> {
    let here = asked(deployment).items.into_iter().filter(|asked| asked.listener.arn == forward.listener.arn);
    here.into_iter().find(|asked| asked.landing(deployment).is_ok_and(|landing| landing.takes_default())).map(|asked| asked.index)
}

fn shift(deployment: &Deployment, forward: &Forward<'_>, wanted: &[&WeightedTargetGroup]) -> Fix {
    let weight = |group: &WeightedTargetGroup| u32::from(wanted.iter().any(|other| other.arn == group.arn)) * 100;
    let groups: Vec<WeightedTargetGroup> =
        forward.groups.iter().map(|group| WeightedTargetGroup { arn: group.arn.clone(), weight: weight(group) }).collect();
    let names = wanted.iter().map(|group| name(&group.arn)).collect::<Vec<_>>().join(", ");
    forward.change(deployment, format!("give the weight to {names}"), &groups)
}
