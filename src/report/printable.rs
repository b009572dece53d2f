//! Everything that comes from AWS or from an answer is hostile text: nothing of it may steer a terminal.

use super::contract::{Report, StepReport};
use crate::cli::StepKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The same report with every string safe to print.
pub(crate) fn report(report: &Report) -> Report {
    value(report)
}

/// The same for a terminal, with only these kinds of steps. Code keeps its lines, and each line is safe to print.
pub(crate) fn with_steps(report: &Report, kinds: &[StepKind]) -> Report {
    let mut kept = report.clone();
    each_fix(&mut kept, |steps| steps.retain(|step| kinds.iter().any(|kind| kind.name() == step.kind)));
    let mut printed = value(&kept);
    let mut lines = Vec::new();
    each_fix(&mut kept, |steps| lines.extend(steps.iter().map(|step| step.text.lines().map(clean).collect::<Vec<_>>().join("\n"))));
    let mut lines = lines.into_iter();
    each_fix(&mut printed, |steps| {
        for step in steps {
            let text = lines.next().unwrap_or_default();
            if step.is_code() {
                step.text = text;
            }
        }
    });
    printed
}

/// The steps of each fix, at the findings and in the plan.
fn each_fix(report: &mut Report, mut look: impl FnMut(&mut Vec<StepReport>)) {
    for deployment in &mut report.deployments {
        let findings = deployment.checks.iter_mut().flat_map(|check| &mut check.findings);
        findings.flat_map(|finding| &mut finding.fixes).for_each(|fix| look(&mut fix.steps));
        deployment.fix_plan.iter_mut().for_each(|step| look(&mut step.steps));
    }
}

/// The same value with every string safe to print.
pub(crate) fn value<T: Serialize + DeserializeOwned>(report: &T) -> T {
    let value = serde_json::to_value(report).expect("a report has only string keys");
    serde_json::from_value(cleaned(value)).expect("only the insides of strings were changed")
}

fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(cleaned).collect()),
        Value::Object(members) => Value::Object(members.into_iter().map(|(key, member)| (key, cleaned(member))).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

/// One line without control, escape, zero-width and bidirectional characters.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || steers(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// JSON whose strings hold no such character either: JSON itself escapes only those below U+0020, and U+009B begins a terminal's escape
/// sequence as well as ESC does. It means the same.
pub(crate) fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            c if c != '\n' && (c.is_control() || steers(c)) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn steers(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_survives() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}"), "a\u{fffd}[31mred\u{fffd}");
        assert_eq!(clean("x\u{202e}gpj.exe"), "x\u{fffd}gpj.exe");
        assert_eq!(clean("two\nlines"), "two lines");
        let hostile = "a\u{1b}[31m\u{9b}2J\u{202e}\u{7f}";
        let json = escaped(&serde_json::to_string_pretty(&[hostile]).expect("JSON"));
        assert!(!json.chars().any(|c| c != '\n' && c.is_control()) && json.contains("\\u009b"), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).expect("JSON"), [hostile]);
        assert_eq!(clean("Größe ✓ 日本"), "Größe ✓ 日本");
    }
}
