//! The verdict of a deployment, from its diagnoses and findings.

use crate::diagnose::{Diagnosis, Observed};
use crate::examine::{CheckReport, Examination};
use crate::finding::{Blocks, Confidence, Severity};
use crate::journey;
use crate::model::deployment::Deployment;
use crate::predict::{Blocker, Prediction, blockers};
use crate::semantics::routes;
use crate::symptom::{Producer, Symptom};
use serde::{Deserialize, Serialize};

/// The verdict of a deployment, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentVerdict {
    /// Everything needed was read, nothing is wrong, and the request was answered as expected.
    Healthy,
    /// Neither can be told.
    Unknown,
    /// Requests get through, but something is wrong, or the target's answer is not the expected one.
    Degraded,
    /// The request is stopped before the target.
    Broken,
}

impl DeploymentVerdict {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            DeploymentVerdict::Healthy => "healthy",
            DeploymentVerdict::Unknown => "unknown",
            DeploymentVerdict::Degraded => "degraded",
            DeploymentVerdict::Broken => "broken",
        }
    }
}

/// Judges a deployment: the worst that any of its requests says. All checks decide whether a request is stopped; where it gets through,
/// the findings and gaps of those in `counted` tell healthy from degraded.
pub fn judge(deployment: &Deployment, all: &Examination, counted: &Examination, diagnoses: &[Diagnosis]) -> DeploymentVerdict {
    let verdicts = diagnoses.iter().map(|diagnosis| judge_among(deployment, all, counted, diagnosis, diagnoses));
    verdicts.max().unwrap_or(DeploymentVerdict::Unknown)
}

/// The first diagnosis with the verdict of the whole deployment: the one to speak about.
pub fn decisive(deployment: &Deployment, all: &Examination, counted: &Examination, diagnoses: &[Diagnosis]) -> usize {
    let verdict = judge(deployment, all, counted, diagnoses);
    diagnoses.iter().position(|diagnosis| judge_among(deployment, all, counted, diagnosis, diagnoses) == verdict).unwrap_or(0)
}

/// An answer that comes now and then, while others of the same request are as expected: requests get through, but not all.
fn judge_among(
    deployment: &Deployment,
    all: &Examination,
    counted: &Examination,
    diagnosis: &Diagnosis,
    others: &[Diagnosis],
) -> DeploymentVerdict {
    let good = |diagnosis: &Diagnosis| diagnosis.observed.as_ref().is_some_and(|observed| observed.as_expected);
    let unexpected = diagnosis.observed.is_some() && !good(diagnosis);
    if unexpected && others.iter().any(|other| other.request == diagnosis.request && good(other)) {
        return DeploymentVerdict::Degraded;
    }
    judge_one(deployment, all, counted, diagnosis)
}

fn judge_one(deployment: &Deployment, all: &Examination, counted: &Examination, diagnosis: &Diagnosis) -> DeploymentVerdict {
    match &diagnosis.observed {
        Some(observed) => by_answer(deployment, counted, diagnosis.request, observed),
        None => by_prediction(deployment, all, counted, diagnosis),
    }
}

fn by_answer(deployment: &Deployment, examination: &Examination, request: usize, observed: &Observed) -> DeploymentVerdict {
    if observed.as_expected {
        return by_findings(examination);
    }
    let login = match observed.attribution.symptom {
        Symptom::GatewayUnauthorized => true,
        Symptom::GatewayForbidden => is_guarded(deployment, request),
        _ => false,
    };
    match observed.attribution.producer {
        // An authorizer that refuses an anonymous probe does its work. A 403 of a route that nobody guards is something else.
        Producer::ApiGateway if login => DeploymentVerdict::Degraded,
        Producer::ApiGateway | Producer::LoadBalancer | Producer::ClientSide => DeploymentVerdict::Broken,
        Producer::Target => DeploymentVerdict::Degraded,
        Producer::EdgeInFront | Producer::Unknown => DeploymentVerdict::Unknown,
    }
}

/// Whether the route that takes a request asks for authorization; true where the routes could not be read.
fn is_guarded(deployment: &Deployment, request: usize) -> bool {
    let (Some(request), Ok(all)) = (deployment.requests().get(request), deployment.routes()) else { return true };
    let chosen = routes::select(all, &request.method, request.bare_path()).chosen;
    chosen.is_some_and(|chosen| chosen.route.authorization_type != "NONE")
}

fn by_prediction(deployment: &Deployment, all: &Examination, counted: &Examination, diagnosis: &Diagnosis) -> DeploymentVerdict {
    let journey = journey::resolve(deployment, diagnosis.request);
    // An info that stops a request is a refusal on purpose (an authorizer and a request without credentials): no fault of the chain.
    let fault = |blocker: &Blocker<'_>| blocker.blocks == Blocks::All && blocker.finding.severity > Severity::Info;
    let decisive = blockers(all, &journey).into_iter().filter(fault);
    match decisive.map(|blocker| blocker.finding.confidence).max() {
        Some(Confidence::Certain) => return DeploymentVerdict::Broken,
        Some(Confidence::Likely | Confidence::Possible) => return DeploymentVerdict::Unknown,
        None => {}
    }
    match &diagnosis.prediction {
        Prediction::Answered(_) if diagnosis.prediction.reaches_target() => by_findings(counted),
        Prediction::Answered(predicted) if predicted.answer.status.is_some_and(|status| (200..300).contains(&status)) => {
            by_findings(counted)
        }
        Prediction::Answered(_) | Prediction::Mixed(_) => DeploymentVerdict::Degraded,
        Prediction::Unknown(_) => DeploymentVerdict::Unknown,
    }
}

fn by_findings(examination: &Examination) -> DeploymentVerdict {
    if examination.findings().any(|(_, finding)| finding.severity >= Severity::Warning) {
        return DeploymentVerdict::Degraded;
    }
    let unread = examination.reports.iter().any(CheckReport::lacks_a_needed_fact);
    if unread { DeploymentVerdict::Unknown } else { DeploymentVerdict::Healthy }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;
    use crate::diagnose::{Expectation, diagnose};
    use crate::examine::examine;
    use crate::prove::{stories, tell};

    /// The verdict of a story when no request was made.
    fn unasked(check: &str, name: &str) -> DeploymentVerdict {
        let stories = stories(check);
        let (name, story) = stories.iter().find(|(other, _)| other == name).expect("the story is there");
        let deployment = tell(name, story);
        let all = examine(CHECKS, &deployment);
        let diagnosis = diagnose(&deployment, &all, 0, None, &Expectation::default());
        judge(&deployment, &all, &all, &[diagnosis])
    }

    #[test]
    fn rules_of_a_web_acl_that_are_not_read_leave_a_deployment_healthy() {
        let stories = stories("waf-blocks");
        let (name, story) = stories.iter().find(|(name, _)| name == "managed-rules.json").expect("the story is there");
        assert!(examine(CHECKS, &tell(name, story)).reports.iter().any(|report| report.meta.id == "waf-blocks" && report.is_open()));
        assert_eq!(unasked("waf-blocks", "managed-rules.json"), DeploymentVerdict::Healthy);
    }

    #[test]
    fn a_guard_that_refuses_an_anonymous_request_is_no_broken_chain() {
        assert_eq!(unasked("route-needs-jwt", "anonymous.json"), DeploymentVerdict::Degraded);
        assert_eq!(unasked("route-needs-jwt", "and-a-closed-door.json"), DeploymentVerdict::Broken);
    }
}
