//! The JSON report. Control characters are escaped by JSON itself.

use super::contract::Report;

/// The report as indented JSON.
pub(crate) fn render(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).expect("a report has only string keys");
    text.push('\n');
    text
}
