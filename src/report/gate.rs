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
