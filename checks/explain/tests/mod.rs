//! What people paste, and what it has to be taken for: kind, writer, first cause.
//!
//! Error messages are verbatim, because they are facts; names, ids, addresses and everything people wrote around them is made up.

mod answers;
mod headings;
mod logs;
mod pasted;
mod properties;
mod texts;

use super::{Explanation, Kind, text};
use crate::symptom::Producer;

/// Input, kind, who wrote it (`None`: nobody is named), first cause (`None`: none is named), and whether something was recognised.
type Sample = (&'static str, Kind, Option<Producer>, Option<&'static str>, bool);

fn producer(explanation: &Explanation) -> Option<Producer> {
    explanation.items[0].attribution.as_ref().map(|found| found.producer)
}

fn first(explanation: &Explanation) -> Option<&'static str> {
    explanation.items[0].causes.first().map(|cause| cause.check)
}

fn holds(samples: &[Sample]) {
    let mut wrong = Vec::new();
    for (input, kind, by, cause, recognised) in samples {
        let found = text(input);
        let is = (found.kind, producer(&found), first(&found), found.is_recognised());
        if is != (*kind, *by, *cause, *recognised) {
            wrong.push(format!("{input:?}\n    is      {is:?}\n    and not {:?}\n", (kind, by, cause, recognised)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), samples.len(), wrong.concat());
}

#[test]
fn there_are_enough_of_them() {
    let count = answers::SAMPLES.len() + logs::SAMPLES.len() + texts::SAMPLES.len();
    assert!(count >= 150, "{count}");
}

#[test]
fn no_text_alone_makes_certain_what_is_not_documented() {
    for (input, ..) in [answers::SAMPLES, logs::SAMPLES, texts::SAMPLES].into_iter().flatten() {
        for cause in text(input).items.iter().flat_map(|item| &item.causes) {
            let row = crate::catalogue::row(cause.check).expect("a row");
            let may = row.kind == crate::catalogue::Kind::Check && row.confidence == "certain";
            assert!(may || cause.confidence < crate::finding::Confidence::Certain, "{input}: {}", cause.check);
        }
    }
}
