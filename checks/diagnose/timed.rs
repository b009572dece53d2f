//! What the time until the answer adds: it orders causes that no finding shows, and is told where nothing is certain.

use super::{Among, Cause, Observed};
use crate::answer::AttemptResult;
use crate::finding::Confidence;
use crate::journey::Journey;
use crate::load_balancer::idle_timeout_shorter_than_backend::idle_timeout;
use crate::model::deployment::Deployment;
use crate::possible::{balancer_of, integration_of};
use crate::semantics::latency::{Limits, hint};
use crate::symptom::Symptom;

/// Puts the possible causes that fit the time before those that do not, and says what the time hints at. Findings keep their places:
/// what is configured is known better than what a clock on the other side of the internet shows.
pub(super) fn by_time(
    deployment: &Deployment,
    journey: &Journey,
    (observed, among): (&Observed, Option<Among>),
    causes: &mut [Cause],
) -> Option<String> {
    let AttemptResult::Answered(_) = observed.attempt.result else { return None };
    let timings = &observed.attempt.timings;
    let elapsed = timings.first_byte_ms.unwrap_or(timings.total_ms);
    // Nobody measured: an answer that somebody wrote down.
    if elapsed == 0 {
        return None;
    }
    let balancer = balancer_of(deployment, journey).filter(|balancer| balancer.is_application());
    let limits = Limits {
        integration_ms: integration_of(deployment, journey).and_then(|integration| integration.timeout_ms).map(u64::from),
        idle_ms: balancer.and_then(|balancer| idle_timeout(deployment, &balancer.arn).ok()).map(|seconds| u64::from(seconds) * 1000),
    };
    let hint = hint(observed.attribution.symptom, elapsed, limits)?;
    let place = |cause: &Cause| hint.first.iter().position(|id| *id == cause.check).unwrap_or(hint.first.len());
    // They change places among themselves only. How often a 502 comes tells more than how fast it does.
    let counted = among.is_some() && observed.attribution.symptom == Symptom::LbBadGateway;
    let movable = |cause: &Cause| cause.confidence == Confidence::Possible && !counted;
    let slots: Vec<usize> = (0..causes.len()).filter(|index| movable(&causes[*index])).collect();
    let mut possible: Vec<Cause> = slots.iter().map(|index| causes[*index].clone()).collect();
    possible.sort_by_key(place);
    slots.into_iter().zip(possible).for_each(|(slot, cause)| causes[slot] = cause);
    let decided = causes.first().is_some_and(|cause| cause.confidence == Confidence::Certain);
    (!decided).then(|| format!("it took {elapsed} ms: {}", hint.says))
}

#[cfg(test)]
mod tests {
    use super::by_time;
    use crate::answer::{Answer, Attempt, AttemptResult, Connection, Timings};
    use crate::diagnose::{Cause, Observed};
    use crate::finding::Confidence;
    use crate::journey;
    use crate::prove::healthy_deployments;
    use crate::semantics::attribution::attribute;

    fn unavailable(first_byte_ms: Option<u64>, total_ms: u64) -> Observed {
        let headers = vec![("apigw-requestid".to_owned(), "Aa0=".to_owned()), ("content-type".to_owned(), "application/json".to_owned())];
        let body = r#"{"message":"Service Unavailable"}"#.to_owned();
        let result = AttemptResult::Answered(Answer { status: 503, headers, body, body_truncated: false });
        let attribution = attribute(&result, &[]);
        let attempt = Attempt {
            method: "GET".to_owned(),
            path: "/health".to_owned(),
            stage: "$default".to_owned(),
            url: String::new(),
            result,
            timings: Timings { first_byte_ms, total_ms, ..Timings::default() },
            presented_chain: Vec::new(),
            connection: Connection::default(),
            asked: None,
        };
        Observed { attempt, attribution, as_expected: false }
    }

    fn cause(check: &str, confidence: Confidence) -> Cause {
        Cause { check: check.to_owned(), subject: None, confidence, why: String::new(), also: Vec::new() }
    }

    /// The order in which three causes come out, and what is said.
    fn ordered(observed: &Observed, first: Confidence) -> (Vec<String>, Option<String>) {
        let (_, deployment) = healthy_deployments().into_iter().next().expect("a healthy deployment");
        let mut causes = [
            cause("throttle-low", first),
            cause("backend-slower-than-30s", Confidence::Possible),
            cause("vpclink-inactive", Confidence::Possible),
        ];
        let said = by_time(&deployment, &journey::resolve(&deployment, 0), (observed, None), &mut causes);
        (causes.iter().map(|cause| cause.check.clone()).collect(), said)
    }

    #[test]
    fn a_short_and_a_long_wait_order_the_same_causes_otherwise() {
        let (fast, said) = ordered(&unavailable(Some(40), 900), Confidence::Possible);
        assert_eq!(fast, ["vpclink-inactive", "throttle-low", "backend-slower-than-30s"]);
        assert!(said.is_some_and(|said| said.starts_with("it took 40 ms: too short for a timeout")), "the time to the first byte counts");
        let (slow, said) = ordered(&unavailable(None, 30_020), Confidence::Possible);
        assert_eq!(slow, ["backend-slower-than-30s", "throttle-low", "vpclink-inactive"]);
        assert!(said.is_some_and(|said| said.starts_with("it took 30020 ms: as long as API Gateway waits")));
    }

    #[test]
    fn findings_keep_their_place_and_what_is_certain_needs_no_hint() {
        let (likely, said) = ordered(&unavailable(Some(40), 40), Confidence::Likely);
        assert_eq!((likely[0].as_str(), said.is_some()), ("throttle-low", true));
        let (certain, said) = ordered(&unavailable(Some(40), 40), Confidence::Certain);
        assert_eq!((certain[0].as_str(), said), ("throttle-low", None));
    }

    #[test]
    fn between_the_limits_and_without_a_clock_nothing_is_said() {
        for observed in [unavailable(Some(9_000), 9_000), unavailable(None, 0)] {
            let (order, said) = ordered(&observed, Confidence::Possible);
            assert_eq!((order[0].as_str(), said), ("throttle-low", None));
        }
    }
}
