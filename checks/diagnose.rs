//! Answer + prediction + findings → ranked causes, what is ruled out and by which fact, and what stays open.

use crate::answer::{Attempt, AttemptResult, Attribution};
use crate::check::{Hop, Meta, Phase, Verdict};
use crate::examine::{Examination, examine};
use crate::finding::{Blocks, Confidence, Effect, Finding, Severity};
use crate::journey::{self, Journey};
use crate::model::balancing::Action;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::subject::{Subject, SubjectKind};
use crate::possible;
use crate::predict::{Blocker, Prediction, blockers, predict};
use crate::semantics::attribution::{FixedResponse, attribute};
use crate::symptom::{Producer, Symptom};
use conclusion::conclude;

mod conclusion;
mod timed;

/// Which statuses count as expected.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The lowest expected status.
    pub from: u16,
    /// The highest expected status.
    pub to: u16,
}

impl Default for Expectation {
    fn default() -> Expectation {
        Expectation { from: 200, to: 299 }
    }
}

/// What can be said about one request.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// Index of the request.
    pub request: usize,
    /// Its way through the deployment, with the verdict of each station.
    pub journey: Vec<(Hop, Subject, Verdict)>,
    /// What came back, if a request was made.
    pub observed: Option<Observed>,
    /// What the model expects.
    pub prediction: Prediction,
    /// Causes, the first one first.
    pub causes: Vec<Cause>,
    /// What it is not, and why.
    pub ruled_out: Vec<RuledOut>,
    /// What could not be looked at.
    pub open: Vec<Gap>,
    /// What the time until the answer hints at, where nothing is certain.
    pub time: Option<String>,
    /// One sentence that concludes.
    pub conclusion: String,
    /// How many of several attempts were answered like this; absent for a single one.
    pub share: Option<Share>,
}

/// How many of several attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub times: usize,
    /// Of how many.
    pub of: usize,
}

/// An answer among several attempts at the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Among {
    /// How many were answered like this.
    pub share: Share,
    /// How many came through to the target, and were answered by it.
    pub came_through: usize,
}

impl Diagnosis {
    /// Concludes again, after something else than the configuration was heard. For a request that did not come back as expected.
    pub(crate) fn conclude_again(&mut self) {
        let text = conclude(self.observed.as_ref(), &self.prediction, &self.causes, &self.open, &[]);
        self.conclusion = self.counted(text);
    }

    /// A conclusion about some of several attempts says about how many.
    pub(crate) fn counted(&self, conclusion: String) -> String {
        match self.share {
            Some(Share { times, of }) if times < of => format!("{times} of {of} times: {conclusion}"),
            _ => conclusion,
        }
    }
}

/// Whether an attempt was answered with an expected status.
pub fn is_expected(attempt: &Attempt, expected: &Expectation) -> bool {
    matches!(&attempt.result, AttemptResult::Answered(answer) if (expected.from..=expected.to).contains(&answer.status))
}

/// What came back for a request.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The attempt.
    pub attempt: Attempt,
    /// Its class.
    pub attribution: Attribution,
    /// Answered with an expected status.
    pub as_expected: bool,
}

/// One cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// The check, or the catalogue's row.
    pub check: String,
    /// The resource, if a finding names one.
    pub subject: Option<Subject>,
    /// How sure it is that this explains the answer.
    pub confidence: Confidence,
    /// Why, in a sentence.
    pub why: String,
    /// Findings that this one explains more precisely.
    pub also: Vec<String>,
}

/// One explanation that a fact excludes.
#[derive(Clone, Debug, PartialEq)]
pub struct RuledOut {
    /// The check.
    pub check: String,
    /// The fact.
    pub why: String,
}

/// Diagnoses one request.
pub fn diagnose(
    deployment: &Deployment,
    examination: &Examination,
    request: usize,
    attempt: Option<&Attempt>,
    expected: &Expectation,
) -> Diagnosis {
    diagnose_among(deployment, examination, request, attempt, None, expected)
}

/// Diagnoses one of several distinct answers.
pub(crate) fn diagnose_among(
    deployment: &Deployment,
    examination: &Examination,
    request: usize,
    attempt: Option<&Attempt>,
    among: Option<Among>,
    expected: &Expectation,
) -> Diagnosis {
    let journey = journey::resolve(deployment, request);
    let prediction = predict(examination, &journey);
    let observed = attempt.filter(|attempt| !matches!(attempt.result, AttemptResult::NotMade { .. })).map(|attempt| {
        let answer = attribute(&attempt.result, &fixed_responses(deployment));
        let attribution = possible::corrected(deployment, &journey, answer);
        Observed { attempt: attempt.clone(), attribution, as_expected: is_expected(attempt, expected) }
    });
    let blockers = blockers(examination, &journey);
    let symptom = observed.as_ref().filter(|observed| !observed.as_expected).map(|observed| observed.attribution.symptom);
    let causes = match &observed {
        Some(observed) if observed.as_expected => Vec::new(),
        Some(observed) => explain(deployment, examination, &journey, &blockers, &prediction, (observed, among)),
        None => expect(&blockers, &prediction),
    };
    let mut causes = undeployed_first(deployment, &journey, causes);
    let unexpected = observed.as_ref().filter(|observed| !observed.as_expected);
    let time = unexpected.and_then(|observed| timed::by_time(deployment, &journey, (observed, among), &mut causes));
    let ruled_out = symptom.map_or_else(Vec::new, |symptom| excluded(examination, &journey, symptom, &causes));
    let open = left_open(examination, &journey, &prediction, symptom);
    let conclusion = conclude(observed.as_ref(), &prediction, &causes, &open, &blockers);
    let (journey, share) = (stations(examination, &journey), among.map(|among| among.share));
    Diagnosis { request, journey, observed, prediction, causes, ruled_out, open, time, conclusion, share }
}

/// Findings whose effect can give this very answer. The predicted one comes first when it fits; then time, then specificity.
fn explain(
    deployment: &Deployment,
    examination: &Examination,
    journey: &Journey,
    blockers: &[Blocker<'_>],
    prediction: &Prediction,
    (observed, among): (&Observed, Option<Among>),
) -> Vec<Cause> {
    let symptom = observed.attribution.symptom;
    // Nobody signed the answer. API Gateway always writes a body, so an error without one may well be the target's.
    let unsigned = symptom == Symptom::Unrecognised && observed.attribution.producer == Producer::Unknown;
    // The client lost patience before the answer came that dropped packets end in.
    let drops = |blocker: &Blocker<'_>| matches!(blocker.phase, Phase::Connect | Phase::TargetConnect) && is_late(blocker.answer.symptom);
    let fits = |blocker: &&Blocker<'_>| {
        blocker.answer.symptom == symptom
            || blocker.meta.symptoms.contains(&symptom)
            || (unsigned && blocker.answer.symptom == Symptom::TargetAnswer)
            || (symptom == Symptom::TimedOut && drops(blocker))
    };
    let fitting: Vec<&Blocker<'_>> = blockers.iter().filter(fits).collect();
    let mut causes = specific_first(&fitting, |blocker| {
        let mut confidence = blocker.finding.confidence;
        if blocker.answer.symptom != symptom || blocker.blocks != Blocks::All || !blocker.answer.documented {
            confidence = confidence.min(Confidence::Likely);
        }
        confidence
    });
    let predicted = prediction.single().and_then(|predicted| predicted.by);
    causes.sort_by_key(|cause| (Some(cause.check.as_str()) != predicted, std::cmp::Reverse(cause.confidence)));
    if causes.is_empty() {
        causes = possible::rows(deployment, journey, observed);
        let found = weakened(examination, journey, symptom, |severity| severity > Severity::Info);
        // What is mostly meant so can make this answer all the same, and comes last. A header that is off hides who answered, and answers nothing.
        let remarked = weakened(examination, journey, symptom, |severity| severity == Severity::Info);
        let able = remarked.into_iter().filter(|cause| cause.check != "listener-server-header-off");
        for cause in found.into_iter().chain(able) {
            if causes.iter().all(|other| other.check != cause.check) {
                causes.push(cause);
            }
        }
    }
    if causes.is_empty() {
        causes = possible::otherwise(deployment, journey, observed, among);
    }
    causes
}

/// Answers that can take as long as somebody waits for a connection.
fn is_late(symptom: Symptom) -> bool {
    matches!(symptom, Symptom::GatewayServiceUnavailable | Symptom::GatewayTimeout | Symptom::LbGatewayTimeout)
}

/// What stops no request for certain, but can make this very answer now and then.
fn weakened(examination: &Examination, journey: &Journey, symptom: Symptom, severe: impl Fn(Severity) -> bool) -> Vec<Cause> {
    // A target's own error is no matter of how well it can be reached.
    let able = |meta: &Meta| symptom != Symptom::TargetAnswer && meta.symptoms.contains(&symptom);
    let here = |finding: &Finding| {
        let concerns = |effect: &Effect| effect.blocks == Blocks::None && journey.concerns(effect);
        severe(finding.severity) && finding.effect.as_ref().is_some_and(concerns)
    };
    let found: Vec<(&Meta, &Finding)> = examination.findings().filter(|(meta, finding)| able(meta) && here(finding)).collect();
    let refined = |id: &str| found.iter().any(|(meta, _)| meta.refines.contains(&id));
    let specific = found.iter().filter(|(meta, _)| !refined(meta.id));
    let cause = |(meta, finding): &(&Meta, &Finding)| Cause {
        check: meta.id.to_owned(),
        subject: Some(finding.subject.clone()),
        confidence: Confidence::Possible,
        why: finding.summary.clone(),
        also: Vec::new(),
    };
    specific.map(cause).collect()
}

/// Without an answer: what is predicted to stop the request.
fn expect(blockers: &[Blocker<'_>], prediction: &Prediction) -> Vec<Cause> {
    let named: Vec<&str> = match prediction {
        Prediction::Answered(predicted) => predicted.by.into_iter().collect(),
        Prediction::Mixed(alternatives) => alternatives.iter().filter_map(|predicted| predicted.by).collect(),
        Prediction::Unknown(_) => blockers.iter().map(|blocker| blocker.meta.id).collect(),
    };
    let fitting: Vec<&Blocker<'_>> = blockers.iter().filter(|blocker| named.contains(&blocker.meta.id)).collect();
    specific_first(&fitting, |blocker| {
        if blocker.answer.documented { blocker.finding.confidence } else { blocker.finding.confidence.min(Confidence::Likely) }
    })
}

/// A fault of the deployed definition that the saved one does not have is mended already: only its deployment is missing.
fn undeployed_first(deployment: &Deployment, journey: &Journey, mut causes: Vec<Cause>) -> Vec<Cause> {
    let (Some(first), Some(saved)) = (causes.first().cloned(), deployment.as_if_deployed()) else { return causes };
    let examination = examine(crate::CHECKS, &saved);
    let still_there =
        examination.findings().any(|(meta, finding)| meta.id == first.check && Some(&finding.subject) == first.subject.as_ref());
    let Some(stage) = journey.stations.iter().find(|station| station.subject.kind == SubjectKind::Stage) else { return causes };
    if still_there || first.subject.is_none() {
        return causes;
    }
    let why = format!("stage {} serves an older definition, and the saved one does not have this fault", stage.subject.id);
    let mut also = vec![first.why];
    also.extend(first.also);
    let subject = Some(stage.subject.clone());
    causes[0] = Cause { check: "undeployed-changes".to_owned(), subject, confidence: first.confidence, why, also };
    causes
}

/// What a more specific finding explains becomes part of that one.
fn specific_first(fitting: &[&Blocker<'_>], confidence: impl Fn(&Blocker<'_>) -> Confidence) -> Vec<Cause> {
    let refined_by = |id: &str| fitting.iter().any(|other| other.meta.refines.contains(&id));
    let mut causes = Vec::new();
    for blocker in fitting.iter().filter(|blocker| !refined_by(blocker.meta.id)) {
        let also = fitting.iter().filter(|other| blocker.meta.refines.contains(&other.meta.id)).map(|other| other.finding.summary.clone());
        causes.push(Cause {
            check: blocker.meta.id.to_owned(),
            subject: Some(blocker.finding.subject.clone()),
            confidence: confidence(blocker),
            why: blocker.finding.summary.clone(),
            also: also.collect(),
        });
    }
    causes
}

/// Checks that could explain the answer, looked, and found everything in order. A row of the catalogue may be possible all the same, because
/// its check sees a part of it only: then it is not ruled out.
fn excluded(examination: &Examination, journey: &Journey, symptom: Symptom, causes: &[Cause]) -> Vec<RuledOut> {
    let passed = examination.reports.iter().filter(|report| report.verdict == Verdict::Pass && report.meta.symptoms.contains(&symptom));
    let able = passed.filter(|report| causes.iter().all(|cause| cause.check != report.meta.id));
    able.filter_map(|report| {
        let on_journey = report.outcome.fine.iter().find(|fine| journey.stations.iter().any(|station| station.subject == fine.subject));
        let fine = on_journey.or_else(|| report.outcome.fine.first())?;
        Some(RuledOut { check: report.meta.id.to_owned(), why: fine.fact.clone() })
    })
    .collect()
}

/// Gaps that keep an explanation, or the prediction, from being decided.
fn left_open(examination: &Examination, journey: &Journey, prediction: &Prediction, symptom: Option<Symptom>) -> Vec<Gap> {
    let able = examination.reports.iter().filter(|report| symptom.is_some_and(|symptom| report.meta.symptoms.contains(&symptom)));
    let mut gaps: Vec<Gap> = able.flat_map(|report| report.outcome.gaps.iter().cloned()).collect();
    gaps.extend(journey.gap.clone());
    if symptom.is_none()
        && let Prediction::Unknown(missing) = prediction
    {
        gaps.extend(missing.iter().cloned());
    }
    gaps.sort();
    gaps.dedup();
    gaps
}

fn stations(examination: &Examination, journey: &Journey) -> Vec<(Hop, Subject, Verdict)> {
    let of = |hop: Hop, subject: &Subject| {
        let here = |other: &Subject| other == subject;
        let stops = examination.findings().any(|(meta, finding)| {
            let through = finding.effect.as_ref().is_some_and(|effect| match &effect.affects {
                crate::finding::Affects::Through(subjects) => subjects.contains(subject) && meta.hop == hop,
                crate::finding::Affects::Everything | crate::finding::Affects::Request(_) => false,
            });
            here(&finding.subject) || through
        });
        let unknown = examination.reports.iter().any(|report| report.meta.hop == hop && report.is_open());
        let seen = examination.reports.iter().any(|report| report.outcome.fine.iter().any(|fine| here(&fine.subject)));
        match (stops, unknown, seen) {
            (true, _, _) => Verdict::Fail,
            (false, true, _) => Verdict::Unknown,
            (false, false, true) => Verdict::Pass,
            (false, false, false) => Verdict::NotApplicable,
        }
    };
    journey.stations.iter().map(|station| (station.hop, station.subject.clone(), of(station.hop, &station.subject))).collect()
}

/// Fixed responses configured on the listeners in use, so that such an answer is recognised for certain.
pub fn fixed_responses(deployment: &Deployment) -> Vec<FixedResponse> {
    let mut found = Vec::new();
    for listener in deployment.used_listeners().items {
        let rules = deployment.rules(listener).unwrap_or_default();
        for action in rules.iter().flat_map(|rule| &rule.actions).chain(&listener.default_actions) {
            if let Action::FixedResponse { status, content_type, body } = action {
                found.push(FixedResponse { status: *status, content_type: content_type.clone(), body: body.clone() });
            }
        }
    }
    found
}

/// The stage a request of this diagnosis went to, for reports.
pub fn stage_name(diagnosis: &Diagnosis) -> Option<&str> {
    let is_stage = |(_, subject, _): &&(Hop, Subject, Verdict)| subject.kind == SubjectKind::Stage;
    diagnosis.journey.iter().find(is_stage).map(|(_, subject, _)| subject.id.as_str())
}

#[cfg(test)]
mod tests;
