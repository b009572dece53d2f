//! The JSON report. Most control characters are escaped by JSON itself, the others here.

use super::contract::Report;
use super::printable::escaped;

/// The report as indented JSON.
pub(crate) fn render(report: &Report) -> String {
    let mut text = escaped(&serde_json::to_string_pretty(report).expect("a report has only string keys"));
    text.push('\n');
    text
}
