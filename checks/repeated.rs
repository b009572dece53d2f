//! Several attempts at one request: each distinct answer is diagnosed, and what came how often is counted.
//!
//! A fault in one zone, at one node or at one target shows in some answers only. None of them may be lost in the others: an answer that came
//! once among a hundred is diagnosed as the others are.

use crate::answer::{Attempt, AttemptResult, Attribution, FailureReason};
use crate::diagnose::{Among, Diagnosis, Expectation, Share, diagnose, diagnose_among, fixed_responses, is_expected};
use crate::examine::Examination;
use crate::model::deployment::Deployment;
use crate::semantics::attribution::{FixedResponse, attribute};
use crate::symptom::{Producer, Symptom};

/// What tells two answers apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status; absent where no answer came.
    pub status: Option<u16>,
    /// Where it failed; absent where an answer came.
    pub failure: Option<FailureReason>,
    /// Who wrote it.
    pub producer: Producer,
    /// What it is.
    pub symptom: Symptom,
    /// Answered with an expected status.
    pub as_expected: bool,
}

/// How often something came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<T> {
    /// What came.
    pub what: T,
    /// How often.
    pub times: usize,
    /// How often of these as expected.
    pub as_expected: usize,
}

/// Durations in milliseconds by nearest rank: `p90` is the smallest that nine in ten do not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// Half took no longer.
    pub p50: u64,
    /// Nine in ten took no longer.
    pub p90: u64,
    /// Ninety-nine in a hundred took no longer.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// What came of several attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many were made.
    pub made: usize,
    /// How many were answered as expected.
    pub as_expected: usize,
    /// The distinct outcomes: what was not expected first, then the most frequent.
    pub outcomes: Vec<Counted<Outcome>>,
    /// The addresses that accepted connections, in their order as text; attempts without any are not among them.
    pub addresses: Vec<Counted<String>>,
    /// Over the whole duration of all that were made; absent where none was.
    pub total_ms: Option<Percentiles>,
}

/// Diagnoses each distinct answer to one request; without any attempt, the request alone. What was not expected stands first.
pub fn diagnose_each(
    deployment: &Deployment,
    examination: &Examination,
    request: usize,
    attempts: &[&Attempt],
    expected: &Expectation,
) -> Vec<Diagnosis> {
    let made = made(attempts, &fixed_responses(deployment), expected);
    if made.is_empty() {
        return vec![diagnose(deployment, examination, request, attempts.first().copied(), expected)];
    }
    let groups = grouped(&made);
    let several = groups.len() > 1 || made.len() > 1;
    let came_through = made.iter().filter(|(_, outcome)| outcome.producer == Producer::Target).count();
    let each = groups.iter().map(|(outcome, times)| {
        let first = made.iter().find(|(_, other)| other == outcome).map(|(attempt, _)| *attempt);
        let among = several.then_some(Among { share: Share { times: *times, of: made.len() }, came_through });
        let mut diagnosis = diagnose_among(deployment, examination, request, first, among, expected);
        diagnosis.conclusion = diagnosis.counted(diagnosis.conclusion.clone());
        diagnosis
    });
    each.collect()
}

/// Counts what came. `fixed_responses` are those configured on the listeners in use.
pub fn summarise(attempts: &[&Attempt], fixed_responses: &[FixedResponse], expected: &Expectation) -> Summary {
    let made = made(attempts, fixed_responses, expected);
    let mut addresses: Vec<Counted<String>> = Vec::new();
    for (attempt, outcome) in &made {
        let Some(peer) = &attempt.connection.peer else { continue };
        let position = addresses.iter().position(|counted| counted.what == *peer).unwrap_or_else(|| {
            addresses.push(Counted { what: peer.clone(), times: 0, as_expected: 0 });
            addresses.len() - 1
        });
        addresses[position].times += 1;
        addresses[position].as_expected += usize::from(outcome.as_expected);
    }
    addresses.sort_by(|one, other| one.what.cmp(&other.what));
    let outcomes = grouped(&made).into_iter().map(|(what, times)| {
        let as_expected = if what.as_expected { times } else { 0 };
        Counted { what, times, as_expected }
    });
    Summary {
        made: made.len(),
        as_expected: made.iter().filter(|(_, outcome)| outcome.as_expected).count(),
        outcomes: outcomes.collect(),
        addresses,
        total_ms: percentiles(made.iter().map(|(attempt, _)| attempt.timings.total_ms).collect()),
    }
}

/// The class of one attempt; `None` for one that was not made.
pub fn outcome(attempt: &Attempt, attribution: &Attribution, expected: &Expectation) -> Option<Outcome> {
    let (status, failure) = match &attempt.result {
        AttemptResult::Answered(answer) => (Some(answer.status), None),
        AttemptResult::Failed { reason, .. } => (None, Some(*reason)),
        AttemptResult::NotMade { .. } => return None,
    };
    let as_expected = is_expected(attempt, expected);
    Some(Outcome { status, failure, producer: attribution.producer, symptom: attribution.symptom, as_expected })
}

fn made<'a>(attempts: &[&'a Attempt], fixed: &[FixedResponse], expected: &Expectation) -> Vec<(&'a Attempt, Outcome)> {
    let class = |attempt: &&'a Attempt| Some((*attempt, outcome(attempt, &attribute(&attempt.result, fixed), expected)?));
    attempts.iter().filter_map(class).collect()
}

/// The distinct outcomes with their number: what was not expected first, then the most frequent, then the first seen.
fn grouped(made: &[(&Attempt, Outcome)]) -> Vec<(Outcome, usize)> {
    let mut groups: Vec<(Outcome, usize)> = Vec::new();
    for (_, outcome) in made {
        match groups.iter_mut().find(|(other, _)| other == outcome) {
            Some((_, times)) => *times += 1,
            None => groups.push((outcome.clone(), 1)),
        }
    }
    groups.sort_by_key(|(outcome, times)| (outcome.as_expected, std::cmp::Reverse(*times)));
    groups
}

fn percentiles(mut durations: Vec<u64>) -> Option<Percentiles> {
    durations.sort_unstable();
    let rank = |percent: usize| durations.get((durations.len() * percent).div_ceil(100).checked_sub(1)?).copied();
    Some(Percentiles { p50: rank(50)?, p90: rank(90)?, p99: rank(99)?, max: *durations.last()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;
    use crate::answer::{Answer, Connection, Timings};
    use crate::examine::examine;
    use crate::judge::{DeploymentVerdict, decisive, judge};
    use crate::prove::healthy_deployments;

    fn healthy() -> Deployment {
        healthy_deployments().into_iter().find_map(|(name, deployment)| (name == "alb").then_some(deployment)).expect("it is there")
    }

    fn attempt(result: AttemptResult, peer: &str, total_ms: u64) -> Attempt {
        Attempt {
            method: "GET".to_owned(),
            path: "/health".to_owned(),
            stage: "$default".to_owned(),
            url: "https://example.com/health".to_owned(),
            result,
            timings: Timings { total_ms, ..Timings::default() },
            presented_chain: Vec::new(),
            connection: Connection { peer: Some(peer.to_owned()), ..Connection::default() },
            asked: None,
        }
    }

    fn answered(status: u16, server: &str, body: &str) -> AttemptResult {
        let headers = vec![("server".to_owned(), server.to_owned())];
        AttemptResult::Answered(Answer { status, headers, body: body.to_owned(), body_truncated: false })
    }

    const STOCK_503: &str = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n";

    #[test]
    fn three_bad_answers_in_ten_are_not_healthy() {
        let deployment = healthy();
        let examination = examine(CHECKS, &deployment);
        let good = attempt(answered(200, "uvicorn", "ok"), "192.0.2.1:443", 10);
        let bad = attempt(answered(503, "awselb/2.0", STOCK_503), "192.0.2.2:443", 30);
        let verdict = |attempts: &[&Attempt]| {
            let diagnoses = diagnose_each(&deployment, &examination, 0, attempts, &Expectation::default());
            let at = decisive(&deployment, &examination, &examination, &diagnoses);
            (judge(&deployment, &examination, &examination, &diagnoses), diagnoses[at].conclusion.clone(), diagnoses)
        };
        assert_eq!(verdict(&[&good, &good]).0, DeploymentVerdict::Healthy);
        assert_eq!(verdict(&[&bad, &bad]).0, DeploymentVerdict::Broken);
        let mixed = [&good, &bad, &good, &good, &bad, &good, &good, &bad, &good, &good];
        let (judged, conclusion, diagnoses) = verdict(&mixed);
        assert_eq!(judged, DeploymentVerdict::Degraded);
        assert!(conclusion.starts_with("3 of 10 times: "), "{conclusion}");
        assert_eq!(
            diagnoses.iter().map(|one| one.share).collect::<Vec<_>>(),
            [Some(Share { times: 3, of: 10 }), Some(Share { times: 7, of: 10 })]
        );
        let summary = summarise(&mixed, &[], &Expectation::default());
        assert_eq!((summary.made, summary.as_expected, summary.outcomes[0].what.status), (10, 7, Some(503)));
        let addresses: Vec<_> = summary.addresses.iter().map(|one| (one.what.as_str(), one.times, one.as_expected)).collect();
        assert_eq!(addresses, [("192.0.2.1:443", 7, 7), ("192.0.2.2:443", 3, 0)]);
        assert_eq!(summary.total_ms, Some(Percentiles { p50: 10, p90: 30, p99: 30, max: 30 }));
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        assert_eq!(percentiles((1..=100).collect()), Some(Percentiles { p50: 50, p90: 90, p99: 99, max: 100 }));
        assert_eq!(percentiles(vec![7]), Some(Percentiles { p50: 7, p90: 7, p99: 7, max: 7 }));
        assert_eq!(percentiles(Vec::new()), None);
    }

    #[test]
    fn what_was_not_made_is_not_counted() {
        let none = attempt(AttemptResult::NotMade { reason: "--no-probe".to_owned() }, "", 0);
        assert_eq!(summarise(&[&none], &[], &Expectation::default()).made, 0);
        let deployment = healthy();
        let examination = examine(CHECKS, &deployment);
        let diagnoses = diagnose_each(&deployment, &examination, 0, &[&none], &Expectation::default());
        assert!(diagnoses.len() == 1 && diagnoses[0].observed.is_none() && diagnoses[0].share.is_none());
    }
}
