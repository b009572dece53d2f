//! The verdict of a deployment, from its diagnoses and findings.

use crate::diagnose::{Diagnosis, Observed};
use crate::examine::{CheckReport, Examination};
use crate::finding::{Blocks, Confidence, Severity};
use crate::journey;
use crate::model::deployment::Deployment;
use crate::predict::{Prediction, blockers};
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

/// Judges a deployment: the worst that any of its requests says.
pub fn judge(deployment: &Deployment, examination: &Examination, diagnoses: &[Diagnosis]) -> DeploymentVerdict {
    let verdicts = diagnoses.iter().map(|diagnosis| match &diagnosis.observed {
        Some(observed) => by_answer(observed, examination),
        None => by_prediction(deployment, examination, diagnosis),
    });
    verdicts.max().unwrap_or(DeploymentVerdict::Unknown)
}

fn by_answer(observed: &Observed, examination: &Examination) -> DeploymentVerdict {
    if observed.as_expected {
        return by_findings(examination);
    }
    let login = matches!(observed.attribution.symptom, Symptom::GatewayUnauthorized | Symptom::GatewayForbidden);
    match observed.attribution.producer {
        // An authorizer that refuses an anonymous probe does its work.
        Producer::ApiGateway if login => DeploymentVerdict::Degraded,
        Producer::ApiGateway | Producer::LoadBalancer | Producer::ClientSide => DeploymentVerdict::Broken,
        Producer::Target => DeploymentVerdict::Degraded,
        Producer::EdgeInFront | Producer::Unknown => DeploymentVerdict::Unknown,
    }
}

fn by_prediction(deployment: &Deployment, examination: &Examination, diagnosis: &Diagnosis) -> DeploymentVerdict {
    let journey = journey::resolve(deployment, diagnosis.request);
    let decisive = blockers(examination, &journey).into_iter().filter(|blocker| blocker.blocks == Blocks::All);
    match decisive.map(|blocker| blocker.finding.confidence).max() {
        Some(Confidence::Certain) => return DeploymentVerdict::Broken,
        Some(Confidence::Likely | Confidence::Possible) => return DeploymentVerdict::Unknown,
        None => {}
    }
    match &diagnosis.prediction {
        Prediction::Answered(_) if diagnosis.prediction.reaches_target() => by_findings(examination),
        Prediction::Answered(predicted) if predicted.answer.status.is_some_and(|status| status < 400) => by_findings(examination),
        Prediction::Answered(_) | Prediction::Mixed(_) => DeploymentVerdict::Degraded,
        Prediction::Unknown(_) => DeploymentVerdict::Unknown,
    }
}

fn by_findings(examination: &Examination) -> DeploymentVerdict {
    if examination.findings().any(|(_, finding)| finding.severity >= Severity::Warning) {
        return DeploymentVerdict::Degraded;
    }
    let unread = examination.reports.iter().any(CheckReport::is_open);
    if unread { DeploymentVerdict::Unknown } else { DeploymentVerdict::Healthy }
}
