//! What else people paste, as a table in plain text, because the texts are long and of many lines.

use super::{first, producer};
use crate::explain::text;

const TABLE: &str = include_str!("pasted.txt");

/// What stands behind `===`, and the text below.
pub(super) fn cases() -> impl Iterator<Item = (&'static str, String)> {
    TABLE.split("\n=== ").skip(1).filter_map(|case| {
        let (expected, text) = case.split_once('\n')?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        Some((expected, lines.join("\n")))
    })
}

fn found(input: &str) -> String {
    let found = text(input);
    let who = producer(&found).map_or("-", |producer| producer.name());
    let open = if found.is_recognised() { "" } else { " ?" };
    format!("{} {who} {}{open}", found.kind.name(), first(&found).unwrap_or("-"))
}

#[test]
fn every_text_is_taken_for_what_it_is() {
    let wrong: Vec<String> = cases()
        .filter(|(expected, text)| found(text) != *expected)
        .map(|(expected, text)| format!("is      {}\nand not {expected}\n{text}\n", found(&text)))
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases().count() >= 300, "{}", cases().count());
}

/// What tools do to a text changes nothing of what it says.
#[test]
fn line_ends_colours_and_blank_lines_do_not_matter() {
    for (expected, text) in cases() {
        let windows = text.replace('\n', "\r\n");
        let coloured = format!("\u{1b}[31m{text}\u{1b}[0m");
        let apart = format!("\n\n  \n{text}\n\n");
        for form in [windows, coloured, apart] {
            assert_eq!(found(&form), expected, "{form:?}");
        }
    }
}
