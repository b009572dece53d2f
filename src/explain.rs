//! `explain`: the page of an id, or what a pasted text is, who wrote it and what to look at. Offline: no account, no network.

use crate::cli::{ExplainArgs, ExplainFormat};
use crate::error::Failure;
use crate::output;
use crate::report::explain::{ExplainReport, build, of_page, text};
use crate::report::{Style, clean_value, gate};
use crate::suggest;
use apigw_doctor_checks::explain::{self, Explanation, LIMIT, Offer};
use std::io::Read;

/// Explains. Exit code 0: something was recognised; 3: cannot tell.
pub(crate) fn run(args: &ExplainArgs, style: Style) -> Result<u8, Failure> {
    let input = Input::of(&args.words)?;
    let word = input.text.trim();
    if word.is_empty() {
        return Err(Failure::usage("nothing to explain: an id, a status or a text, or - and the text on standard input"));
    }
    let report = match Offer::named(word) {
        Some(Offer::Page { id, page }) => return print_page(args.format, id, page),
        // A page for people; its causes, one by one, for machines.
        Some(Offer::Symptom(symptom)) if args.format == ExplainFormat::Text => {
            return print_page(args.format, symptom.name(), symptom.page());
        }
        Some(Offer::Symptom(symptom)) => report(&explain::symptom(symptom), &input),
        None if input.typed && is_id_like(word) => return Err(unknown_id(word)),
        None => report(&explain::text(&input.text), &input),
    };
    let code = report.exit_code;
    let printed = match args.format {
        ExplainFormat::Text => text(&clean_value::<ExplainReport>(&report), style),
        ExplainFormat::Json => json(&report)?,
    };
    output::print_all(&printed)?;
    Ok(code)
}

/// What is to be explained, and where it came from.
struct Input {
    text: String,
    /// On the command line, where an unknown id is a slip of the finger.
    typed: bool,
    /// There was more than is looked at.
    cut: bool,
}

impl Input {
    fn of(words: &[String]) -> Result<Input, Failure> {
        if words != ["-"] {
            return Ok(Input { text: words.join(" "), typed: true, cut: false });
        }
        let mut bytes = Vec::new();
        let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
        let read = std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::nothing(format!("cannot read standard input: {error}")))?;
        let cut = bytes.len() > LIMIT;
        bytes.truncate(LIMIT);
        Ok(Input { text: decoded(&bytes), typed: false, cut })
    }
}

/// UTF-8, or UTF-16 as Windows' shells write it; what is neither becomes replacement characters.
fn decoded(bytes: &[u8]) -> String {
    let units = |order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].as_chunks::<2>().0.iter().map(|pair| order(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A word that can only be meant as an id: lower-case letters, digits and hyphens.
fn is_id_like(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn unknown_id(word: &str) -> Failure {
    let hint = suggest::hint(word, &Offer::names());
    Failure::usage(format!(
        "there is no page \"{word}\"{hint}; `apigw-doctor checks` lists the ids, `checks --symptoms` the symptoms, and a text of several words is explained as such"
    ))
}

fn report(explanation: &Explanation, input: &Input) -> ExplainReport {
    let code = if explanation.is_recognised() { gate::OK } else { gate::UNKNOWN };
    build(explanation, code, input.cut)
}

fn print_page(format: ExplainFormat, id: &str, page: &str) -> Result<u8, Failure> {
    let printed = match format {
        ExplainFormat::Text => page.to_owned(),
        ExplainFormat::Json => json(&of_page(id, page))?,
    };
    output::print_all(&printed)?;
    Ok(gate::OK)
}

fn json(report: &ExplainReport) -> Result<String, Failure> {
    // JSON escapes what steers a terminal only below U+0020.
    let report = clean_lines(report);
    serde_json::to_string_pretty(&report).map(|text| text + "\n").map_err(|error| Failure::internal(error.to_string()))
}

/// Every string is safe to print; a page of our own keeps its lines.
fn clean_lines(report: &ExplainReport) -> ExplainReport {
    let page = report.page.clone();
    ExplainReport { page, ..clean_value::<ExplainReport>(report) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_word_in_lower_case() {
        for word in ["tg-emty", "timeout", "x2"] {
            assert!(is_id_like(word), "{word}");
        }
        for word in ["503", "Target.Timeout", "INTEGRATION_TIMEOUT", "two words", "-x", "ECONNREFUSED", "{}"] {
            assert!(!is_id_like(word), "{word}");
        }
    }

    #[test]
    fn text_of_other_shells_is_decoded() {
        assert_eq!(decoded(b"\xff\xfe5\x000\x003\x00"), "503");
        assert_eq!(decoded(b"\xfe\xff\x005\x000\x003"), "503");
        assert_eq!(decoded(b"\xff\xfe5"), "");
        assert_eq!(decoded(b"50\xff3"), "50\u{fffd}3");
        assert_eq!(decoded(b""), "");
    }
}
