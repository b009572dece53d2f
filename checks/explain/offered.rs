//! What a word names: a page, or a class of answers.

use super::causes;
use super::{Explanation, Item, Kind, next};
use crate::answer::Attribution;
use crate::catalogue;
use crate::finding::Confidence::Possible;
use crate::symptom::{Producer, Symptom};
use crate::{CHECKS, PAGES};

/// What a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A row of the catalogue, with its page in Markdown.
    Page {
        /// Its id.
        id: &'static str,
        /// The page.
        page: &'static str,
    },
    /// A class of answers.
    Symptom(Symptom),
}

impl Offer {
    /// What a word names: an id, the number of a row (`T1`), or a symptom; case and underscores do not matter.
    pub fn named(word: &str) -> Option<Offer> {
        if word.len() > 80 {
            return None;
        }
        let word = word.to_ascii_lowercase().replace('_', "-");
        let id = catalogue::rows().find(|row| row.number.eq_ignore_ascii_case(&word)).map_or(word, |row| row.id.to_owned());
        let page = pages().find(|(known, _)| *known == id).map(|(id, page)| Offer::Page { id, page });
        page.or_else(|| Symptom::ALL.iter().find(|symptom| symptom.name() == id).map(|symptom| Offer::Symptom(*symptom)))
    }

    /// Every word that names something, pages first.
    pub fn names() -> Vec<&'static str> {
        pages().map(|(id, _)| id).chain(Symptom::ALL.iter().map(|symptom| symptom.name())).collect()
    }
}

fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    CHECKS.iter().map(|check| (check.meta().id, check.meta().page)).chain(PAGES.iter().copied())
}

/// Explains a class of answers from the tables, for machines: people read [`Symptom::page`].
pub fn symptom(symptom: Symptom) -> Explanation {
    let mut item = Item::new(symptom.meaning());
    let producer = writer(symptom);
    item.causes = causes::of(symptom);
    if producer != Producer::Unknown {
        let marks = vec![format!("answers of this class are written by {}", producer.words())];
        item.attribution = Some(Attribution { producer, symptom, confidence: Possible, marks });
    }
    // Checks that say of themselves that they can give this answer, beyond the table.
    for check in CHECKS.iter().map(|check| check.meta()).filter(|meta| meta.symptoms.contains(&symptom)) {
        if !item.causes.iter().any(|cause| cause.check == check.id) {
            item.causes.push(causes::cause(check.id, Possible, check.title));
        }
    }
    item.next = next::after(symptom, producer);
    Explanation { kind: Kind::Symptom, taken_for: "the name of a class of answers".to_owned(), items: vec![item] }
}

/// Who writes answers of a class.
fn writer(symptom: Symptom) -> Producer {
    let name = symptom.name();
    match symptom {
        Symptom::TargetAnswer => Producer::Target,
        Symptom::PlainHttpToHttpsPort => Producer::LoadBalancer,
        Symptom::Unrecognised => Producer::Unknown,
        _ if name.starts_with("gateway-") => Producer::ApiGateway,
        _ if name.starts_with("lb-") => Producer::LoadBalancer,
        _ => Producer::ClientSide,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_pages_numbers_and_symptoms() {
        let page = |word: &str| match Offer::named(word) {
            Some(Offer::Page { id, .. }) => Some(id),
            Some(Offer::Symptom(symptom)) => Some(symptom.name()),
            None => None,
        };
        assert_eq!(page("tg-empty"), Some("tg-empty"));
        assert_eq!(page("TG_EMPTY"), Some("tg-empty"));
        assert_eq!(page("t1"), Some("secure-server-name-missing"));
        assert_eq!(page("V6"), Some("vpclink-az-unsupported"));
        assert_eq!(page("lb-bad-gateway"), Some("lb-bad-gateway"));
        assert_eq!(page("nothing"), None);
        assert_eq!(Offer::names().len(), 199 + Symptom::ALL.len());
    }

    #[test]
    fn every_symptom_is_explained() {
        for one in Symptom::ALL {
            let explanation = symptom(*one);
            assert!(!explanation.items[0].what.is_empty() && !explanation.items[0].next.is_empty(), "{}", one.name());
        }
    }
}
