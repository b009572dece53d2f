//! What every target asserts of an explanation.

use apigw_doctor_checks::catalogue;
use apigw_doctor_checks::explain::text;
use apigw_doctor_checks::finding::Confidence;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static SUREST: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| catalogue::rows().map(|row| (row.id, row.confidence)).collect());

/// Explains a text and looks at everything that comes out.
pub fn harmless(input: &str) {
    let found = text(input);
    assert!(!found.items.is_empty());
    safe(&found.taken_for);
    for item in &found.items {
        safe(&item.what);
        item.undecided.iter().chain(&item.next).for_each(|string| safe(string));
        item.attribution.iter().flat_map(|who| &who.marks).for_each(|string| safe(string));
        for cause in &item.causes {
            safe(&cause.why);
            let surest = SUREST.get(cause.check).expect("every cause is a row of the catalogue");
            assert!(cause.confidence < Confidence::Certain || *surest == "certain", "{}", cause.check);
        }
    }
}

fn safe(string: &str) {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}' | '\u{fff9}'..='\u{fffb}')
    };
    assert!(!string.is_empty() && string.len() < 1_000 && !string.chars().any(steers), "{string:?}");
}
