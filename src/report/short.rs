//! One line per deployment, per cause and per finding: for chat and for logs.

use super::Style;
use super::contract::{DeploymentReport, Report};
use super::style::plain;
use std::fmt::Write;

/// The short report.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for deployment in &report.deployments {
        one(&mut out, deployment, style);
    }
    for error in &report.errors {
        line(&mut out, format_args!("{} {}: {}", style.mark("unknown"), error.api, error.message));
    }
    plain(&out, style)
}

fn one(out: &mut String, deployment: &DeploymentReport, style: Style) {
    line(out, format_args!("{} ({}): {}", style.strong(&deployment.api.id), deployment.api.region, deployment.summary));
    for check in &deployment.checks {
        for finding in &check.findings {
            line(out, format_args!("{} {} {}: {}", style.mark("fail"), finding.severity, check.id, finding.summary));
        }
        for gap in &check.gaps {
            line(out, format_args!("{} {}: could not tell: {}", style.mark("unknown"), check.id, gap.why));
        }
    }
}

fn line(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(out, "{arguments}").expect("writing to a string cannot fail");
}
