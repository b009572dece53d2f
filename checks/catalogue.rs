//! The catalogue of what can be wrong, as one data file (`catalogue.tsv`): every id there is, and what is fixed about it.
//!
//! A check's id is the catalogue's name, for ever. What a check says of itself ([`crate::check::Meta`]) and what the catalogue says of
//! it are held against each other by a test, so the file is true and can be read by other programs. Rows that no configuration shows
//! have a page and no check: the catalogue is all that is known about them here.

/// One row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the catalogue, for example `T1`.
    pub number: &'static str,
    /// Its name, and so the id of the check.
    pub id: &'static str,
    /// Its hop, and so the check's folder.
    pub hop: &'static str,
    /// When, in time, it stops a request; `None` if it never does, or only at creation.
    pub phase: Option<&'static str>,
    /// How bad a finding usually is.
    pub severity: &'static str,
    /// Whether it is a check, or a page alone.
    pub kind: Kind,
    /// The surest that the doctor ever is of it: `certain`, `likely` or `possible`.
    pub confidence: &'static str,
    /// Names of the parts of the deployment without which it cannot be decided.
    pub needs: Vec<&'static str>,
    /// Names of the parts that sharpen it.
    pub optional: Vec<&'static str>,
    /// Ids of the rows that it explains more precisely when both are found.
    pub refines: Vec<&'static str>,
    /// The defect in one short line.
    pub title: &'static str,
}

/// What stands behind a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Configuration shows it: there is a check, with its page.
    Check,
    /// Configuration does not show it, or AWS refuses to create it: there is a page, and a diagnosis may name it as possible.
    Page,
}

impl Kind {
    /// The name used in JSON and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Check => "check",
            Kind::Page => "page",
        }
    }
}

/// All rows, in the order of the chain.
pub fn rows() -> impl Iterator<Item = Row> {
    include_str!("catalogue.tsv").lines().skip(1).filter_map(parse)
}

/// The row of an id.
pub fn row(id: &str) -> Option<Row> {
    rows().find(|row| row.id == id)
}

fn parse(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (number, id, hop, phase, severity) = (next()?, next()?, next()?, next()?, next()?);
    let kind = match next()? {
        "check" => Kind::Check,
        "page" => Kind::Page,
        _ => return None,
    };
    let (confidence, needs, optional, refines, title) = (next()?, next()?, next()?, next()?, next()?);
    let phase = (phase != "-").then_some(phase);
    let list = |text: &'static str| text.split(' ').filter(|name| *name != "-").collect();
    Some(Row {
        number,
        id,
        hop,
        phase,
        severity,
        kind,
        confidence,
        needs: list(needs),
        optional: list(optional),
        refines: list(refines),
        title,
    })
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the file is compared with the registry, and rewritten when asked to")]
mod tests {
    use super::*;
    use crate::check::{Hop, Meta, Phase};
    use crate::finding::Confidence;
    use crate::model::part::Part;
    use crate::prove::told;
    use crate::{CHECKS, PAGES};
    use serde::Serialize;
    use std::collections::BTreeSet;

    const HEADER: &str = "number\tid\thop\tphase\tseverity\tkind\tconfidence\tneeds\toptional\trefines\ttitle";

    /// A name as JSON writes it.
    fn name(value: impl Serialize) -> String {
        let text = serde_json::to_value(value).expect("a unit variant");
        text.as_str().expect("a unit variant is written as its name").to_owned()
    }

    /// The surest that a check is in any of its stories.
    fn surest(check: &'static dyn crate::check::Check) -> Confidence {
        let id = check.meta().id;
        let findings = told(id).iter().flat_map(|told| told.examination.findings());
        findings.filter(|(meta, _)| meta.id == id).map(|(_, finding)| finding.confidence).max().expect("every check fires in a story")
    }

    /// The line that a check's own words make.
    fn line(number: &str, meta: &Meta, confidence: Confidence) -> String {
        let list = |names: Vec<&str>| if names.is_empty() { "-".to_owned() } else { names.join(" ") };
        let parts = |parts: &[Part]| list(parts.iter().map(|part| part.name()).collect());
        let phase = meta.phase.map_or_else(|| "-".to_owned(), |phase: Phase| name(phase));
        [
            number,
            meta.id,
            meta.hop.name(),
            &phase,
            meta.severity.name(),
            "check",
            confidence.name(),
            &parts(meta.needs),
            &parts(meta.optional),
            &list(meta.refines.to_vec()),
            meta.title,
        ]
        .join("\t")
    }

    #[test]
    fn it_says_of_each_check_what_the_check_says_of_itself() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue.tsv");
        let published = std::fs::read_to_string(file).expect("the catalogue");
        let renewed = |line_before: &str| {
            let mut fields = line_before.split('\t');
            let (number, id) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            let check = CHECKS.iter().find(|check| check.meta().id == id);
            check.map_or_else(|| line_before.to_owned(), |check| line(number, check.meta(), surest(*check)))
        };
        let lines: Vec<String> = published.lines().skip(1).map(renewed).collect();
        let expected = format!("{HEADER}\n{}\n", lines.join("\n"));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(file, &expected).expect("the catalogue can be written to");
        } else {
            let stale = published.lines().zip(expected.lines()).find(|(published, expected)| published != expected);
            assert_eq!(stale, None, "the catalogue (left) is not what the checks say (right): run `UPDATE_DOCS=1 cargo test catalogue`");
        }
    }

    #[test]
    fn every_row_is_whole_and_every_id_unique() {
        let ids: BTreeSet<&str> = rows().map(|row| row.id).collect();
        assert_eq!(ids.len(), 199);
        assert_eq!(rows().count(), 199);
        for row in rows() {
            assert!(Hop::ALL.iter().any(|hop| hop.name() == row.hop), "{}: no hop {}", row.id, row.hop);
            assert!(["info", "warning", "error"].contains(&row.severity), "{}: no severity {}", row.id, row.severity);
            assert!(["possible", "likely", "certain"].contains(&row.confidence), "{}: no confidence {}", row.id, row.confidence);
            let phase = row.phase.map(|phase| serde_json::from_value::<Phase>(phase.into()));
            assert!(phase.is_none_or(|phase| phase.is_ok()), "{}: no phase {:?}", row.id, row.phase);
            assert!(!row.title.is_empty() && row.title.chars().count() <= 110, "{}: {}", row.id, row.title);
        }
    }

    #[test]
    fn a_row_is_a_check_or_a_page_as_it_says() {
        for row in rows() {
            let (check, page) = (crate::check(row.id).is_some(), PAGES.iter().any(|(id, _)| *id == row.id));
            assert_eq!((check, page), (row.kind == Kind::Check, row.kind == Kind::Page), "{} is a {}", row.id, row.kind.name());
        }
    }

    #[test]
    fn what_a_page_alone_tells_is_never_certain() {
        for row in rows().filter(|row| row.kind == Kind::Page) {
            assert_eq!(row.confidence, "possible", "{}: no fact of the deployment can show it", row.id);
            assert!(row.needs.is_empty() && row.optional.is_empty() && row.refines.is_empty(), "{}: nothing is read for it", row.id);
        }
    }
}
