//! The answer that the model expects for a request: the first finding on its journey, in the order of time, that stops it.

use crate::check::{Hop, Meta, Phase, Verdict};
use crate::examine::Examination;
use crate::finding::{Blocks, Confidence, ExpectedAnswer, Finding};
use crate::journey::{End, Journey};
use crate::model::fetched::Gap;
use crate::symptom::Symptom;

/// The answer that the model expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// One answer for every such request.
    Answered(Predicted),
    /// Some requests get one answer, some another.
    Mixed(Vec<Predicted>),
    /// A fact is missing before the answer would be decided.
    Unknown(Vec<Gap>),
}

/// One expected answer and the finding that makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The answer.
    pub answer: ExpectedAnswer,
    /// The hop where it is made.
    pub hop: Option<Hop>,
    /// The check whose finding makes it; `None` when nothing stands in the way.
    pub by: Option<&'static str>,
    /// The key of that finding.
    pub key: Option<String>,
    /// How sure.
    pub confidence: Confidence,
}

impl Prediction {
    /// The single expected answer, if there is one.
    pub fn single(&self) -> Option<&Predicted> {
        match self {
            Prediction::Answered(predicted) => Some(predicted),
            Prediction::Mixed(_) | Prediction::Unknown(_) => None,
        }
    }

    /// True when the only expected answer comes from the target.
    pub fn reaches_target(&self) -> bool {
        self.single().is_some_and(|predicted| predicted.by.is_none() && predicted.answer.symptom == Symptom::TargetAnswer)
    }
}

/// A finding that stops requests of a journey.
#[derive(Clone, Copy, Debug)]
pub struct Blocker<'a> {
    /// Its check.
    pub meta: &'static Meta,
    /// The finding.
    pub finding: &'a Finding,
    /// When, in time.
    pub phase: Phase,
    /// How many of the journey's requests.
    pub blocks: Blocks,
    /// The answer it makes.
    pub answer: ExpectedAnswer,
}

/// The findings that stop requests of a journey, first in time first; within one moment the surer and the more specific first.
pub fn blockers<'a>(examination: &'a Examination, journey: &Journey) -> Vec<Blocker<'a>> {
    let mut blockers: Vec<Blocker<'a>> = examination
        .findings()
        .filter_map(|(meta, finding)| {
            let effect = finding.effect.as_ref()?;
            let blocks = journey.blocked_by(effect);
            (blocks != Blocks::None).then_some(Blocker { meta, finding, phase: effect.phase, blocks, answer: effect.answer })
        })
        .collect();
    let refined = |id: &str| blockers.iter().filter(|other| other.meta.refines.contains(&id)).count();
    let mut ranked: Vec<(usize, Blocker<'a>)> = blockers.iter().map(|blocker| (refined(blocker.meta.id), *blocker)).collect();
    ranked.sort_by(|(refined_a, a), (refined_b, b)| {
        let order = |refined: usize, blocker: &Blocker<'_>| {
            (blocker.phase, std::cmp::Reverse(blocker.finding.confidence), refined, blocker.meta.hop, blocker.meta.id)
        };
        order(*refined_a, a).cmp(&order(*refined_b, b)).then_with(|| a.finding.subject.cmp(&b.finding.subject))
    });
    blockers.clear();
    blockers.extend(ranked.into_iter().map(|(_, blocker)| blocker));
    blockers
}

/// Predicts the answer for a journey.
pub fn predict(examination: &Examination, journey: &Journey) -> Prediction {
    let blockers = blockers(examination, journey);
    let decisive = blockers.iter().find(|blocker| blocker.blocks == Blocks::All);
    let gaps = gaps_before(examination, journey, decisive.map(|blocker| blocker.phase));
    if !gaps.is_empty() {
        return Prediction::Unknown(gaps);
    }
    let mut answers: Vec<Predicted> = blockers.iter().take_while(|blocker| blocker.blocks != Blocks::All).map(from_blocker).collect();
    match decisive {
        Some(blocker) => answers.push(from_blocker(blocker)),
        None => answers.extend(journey.ends.iter().filter_map(from_end)),
    }
    let mut distinct: Vec<Predicted> = Vec::new();
    for answer in answers {
        if !distinct.iter().any(|seen| seen.answer == answer.answer && seen.by == answer.by) {
            distinct.push(answer);
        }
    }
    match distinct.len() {
        0 => Prediction::Unknown(vec![Gap::undecided(
            crate::model::part::Part::Routes,
            "the request's way through the deployment could not be followed to its end",
        )]),
        1 => Prediction::Answered(distinct.remove(0)),
        _ => Prediction::Mixed(distinct),
    }
}

/// Gaps of checks whose defect would come before `phase` in time, and the gap that ended the journey.
fn gaps_before(examination: &Examination, journey: &Journey, phase: Option<Phase>) -> Vec<Gap> {
    let earlier = |meta: &Meta| meta.phase.is_some_and(|own| phase.is_none_or(|decisive| own < decisive));
    let undecided = |verdict: Verdict| matches!(verdict, Verdict::Unknown | Verdict::Crashed | Verdict::Fail);
    let reports = examination.reports.iter().filter(|report| undecided(report.verdict) && earlier(report.meta));
    // A read that is a help and no more keeps nothing from being predicted.
    let needed = |gap: &&Gap| !gap.part.is_optional();
    let mut gaps: Vec<Gap> = reports.flat_map(|report| report.outcome.gaps.iter().filter(needed).cloned()).collect();
    if phase.is_none() {
        gaps.extend(journey.gap.clone());
    }
    gaps.sort();
    gaps.dedup();
    gaps
}

fn from_blocker(blocker: &Blocker<'_>) -> Predicted {
    Predicted {
        answer: blocker.answer,
        hop: Some(blocker.meta.hop),
        by: Some(blocker.meta.id),
        key: Some(blocker.finding.key()),
        confidence: if blocker.answer.documented { blocker.finding.confidence } else { blocker.finding.confidence.min(Confidence::Likely) },
    }
}

fn from_end(end: &End) -> Option<Predicted> {
    let answer = match end {
        End::Targets(_) | End::Instances(_) | End::Elsewhere => ExpectedAnswer::target(),
        End::FixedResponse(status) => ExpectedAnswer::load_balancer(Some(*status), Symptom::LbFixedResponse),
        End::Redirect(status) => ExpectedAnswer::load_balancer(Some(*status), Symptom::LbRedirect),
        End::Login => ExpectedAnswer::load_balancer(None, Symptom::LbUnauthorized),
        End::Nowhere => return None,
    };
    Some(Predicted { answer, hop: None, by: None, key: None, confidence: Confidence::Certain })
}
