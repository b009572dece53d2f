//! The exit code, computed from the report before any renderer runs.

use super::contract::{CheckReport, DeploymentReport, DiagnosisReport, ObservedReport, PredictedReport, Report};
use crate::cli::FailOn;

/// Nothing at or above the threshold, everything needed was read, answered as expected.
pub(crate) const OK: u8 = 0;
/// A finding at or above the threshold, or an unexpected answer.
pub(crate) const FOUND: u8 = 1;
/// Wrong usage.
pub(crate) const USAGE: u8 = 2;
/// A needed fact is missing.
pub(crate) const UNKNOWN: u8 = 3;
/// Nothing could be examined.
pub(crate) const NOTHING: u8 = 4;
/// A panic outside a check.
pub(crate) const INTERNAL: u8 = 70;
/// Interrupted by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// What makes the exit code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gate {
    pub(crate) fail_on: FailOn,
    pub(crate) allow_unknown: bool,
    /// True when every check counts, so that a question no check asks has to be counted here.
    pub(crate) every_check: bool,
}

/// The exit code of a report. With several APIs the worst counts: 1, then 4, then 3.
pub(crate) fn exit_code(report: &Report, gate: Gate) -> u8 {
    if report.deployments.iter().any(|deployment| deployment.read.interrupted) {
        return INTERRUPTED;
    }
    let codes: Vec<u8> = report.deployments.iter().map(|deployment| of_deployment(deployment, gate)).collect();
    if codes.contains(&FOUND) {
        FOUND
    } else if !report.errors.is_empty() || codes.is_empty() {
        NOTHING
    } else if codes.contains(&UNKNOWN) {
        UNKNOWN
    } else {
        OK
    }
}

fn of_deployment(deployment: &DeploymentReport, gate: Gate) -> u8 {
    let counts = |severity: &str| match gate.fail_on {
        FailOn::Error => severity == "error",
        FailOn::Warning => severity == "error" || severity == "warning",
        FailOn::Info => true,
        FailOn::Never => false,
    };
    let found = deployment.checks.iter().flat_map(|check| &check.findings).any(|finding| counts(&finding.severity));
    let unexpected = deployment.diagnoses.iter().any(|diagnosis| match &diagnosis.observed {
        ObservedReport::Answered { as_expected, .. } => !as_expected,
        ObservedReport::Failed { .. } => true,
        ObservedReport::NotMade { .. } => false,
    });
    if found || unexpected {
        return FOUND;
    }
    // A way that leads nowhere, and no check knows why: nobody was asked, so nobody can tell.
    let lost = gate.every_check && deployment.diagnoses.iter().any(is_lost);
    let unread = lost || deployment.checks.iter().any(CheckReport::lacks_a_needed_fact);
    if unread && !gate.allow_unknown { UNKNOWN } else { OK }
}

fn is_lost(diagnosis: &DiagnosisReport) -> bool {
    matches!((&diagnosis.observed, &diagnosis.predicted), (ObservedReport::NotMade { .. }, PredictedReport::Unknown { .. }))
}

#[cfg(test)]
mod tests {
    use super::{Gate, OK, UNKNOWN, of_deployment};
    use crate::cli::FailOn;
    use crate::report::contract::DeploymentReport;
    use serde_json::json;

    /// A deployment of which one part could not be read.
    fn without(part: &str) -> DeploymentReport {
        let gap = json!({"part": part, "why": "not allowed: some:Action"});
        let check = json!({"id": "some-check", "hop": "listener", "title": "t", "verdict": "unknown", "examined": 0, "findings": [], "gaps": [gap]});
        let document = json!({
            "api": {"id": "a1b2c3", "name": null, "region": "eu-central-1", "account": null, "protocol": "HTTP", "invoke_url": null},
            "read": {"collected_at": "2026-11-23T14:03:07Z", "calls": 1, "denied": 1, "interrupted": false},
            "verdict": "healthy", "summary": "", "diagnoses": [], "fix_plan": [], "checks": [check],
            "counts": {"pass": 0, "fail": 0, "unknown": 1, "not-applicable": 0, "crashed": 0}
        });
        serde_json::from_value(document).expect("a report")
    }

    #[test]
    fn an_optional_fact_that_could_not_be_read_is_no_reason_to_fail() {
        let gate = Gate { fail_on: FailOn::Error, allow_unknown: false, every_check: true };
        for part in ["web-acls", "log-groups", "service-linked-roles", "scalable-targets", "lambda-policies"] {
            assert_eq!(of_deployment(&without(part), gate), OK, "{part}");
        }
        assert_eq!(of_deployment(&without("rules"), gate), UNKNOWN);
        assert_eq!(of_deployment(&without("no-such-part"), gate), UNKNOWN, "what nobody knows is not known to be optional");
    }
}
