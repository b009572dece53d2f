//! Whatever comes in: no panic, and nothing goes out that steers a terminal.

use super::{answers, logs, pasted, texts};
use crate::explain::text;
use proptest::prelude::*;

/// Every string of an explanation.
fn strings(input: &str) -> Vec<String> {
    let found = text(input);
    let mut all = vec![found.taken_for];
    for item in found.items {
        all.push(item.what);
        all.extend(item.undecided);
        all.extend(item.next);
        all.extend(item.causes.into_iter().map(|cause| cause.why));
        all.extend(item.attribution.into_iter().flat_map(|who| who.marks));
    }
    all
}

fn harmless(input: &str) {
    for string in strings(input) {
        let steers = |c: char| {
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        assert!(!string.chars().any(steers), "{input:?} gives {string:?}");
        assert!(!string.is_empty() && string.len() < 1_000, "{input:?} gives {string:?}");
    }
}

fn samples() -> impl Strategy<Value = String> {
    let known = [answers::SAMPLES, logs::SAMPLES, texts::SAMPLES].into_iter().flatten().map(|sample| sample.0.to_owned());
    prop::sample::select(known.chain(pasted::cases().map(|(_, text)| text)).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_harmless(input in "\\PC{0,400}|(.|\n|\r|\u{1b}){0,200}") {
        harmless(&input);
    }

    #[test]
    fn known_texts_cut_and_spoilt_are_harmless(sample in samples(), from in 0usize..600, length in 0usize..1200, spoil in any::<char>(), at in 0usize..600) {
        let mut characters: Vec<char> = sample.chars().skip(from.min(sample.len() / 2)).take(length).collect();
        characters.insert(at.min(characters.len()), spoil);
        harmless(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn known_texts_in_escapes_and_quotes_are_harmless(sample in samples(), cut in 0usize..400) {
        let escaped = serde_json::Value::from(sample.as_str()).to_string();
        harmless(&escaped.chars().skip(cut % 7).take(cut * 3).collect::<String>());
        harmless(&sample.replace('"', "'"));
        harmless(&sample.lines().map(|line| format!("> - 2024-05-01T10:00:00Z {line}\n")).collect::<String>());
    }

    #[test]
    fn two_known_texts_together_are_harmless(one in samples(), other in samples()) {
        harmless(&format!("{one}\n{other}"));
    }
}

#[test]
fn hostile_extremes_are_harmless() {
    let deep = "[".repeat(200_000);
    let braces = "{\"message\":".repeat(50_000);
    let long = "x".repeat(2 * crate::explain::LIMIT);
    let lines = "HTTP/1.1 503 x\n".repeat(20_000);
    let route =
        format!(r#"{{"requestId":"a=","ip":"1","routeKey":"\u001b[31m{}","status":"503","integrationStatus":"-"}}"#, "y".repeat(5_000));
    for input in [deep.as_str(), &braces, &long, &lines, &route, "\u{1b}]0;x", "\"", "{", "http 2023-03-08T12:08:24Z \"", "\u{0}"] {
        harmless(input);
    }
}
