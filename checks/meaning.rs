//! What a symptom can mean, when nothing but the answer is known: the checks that can explain it.

use crate::CHECKS;
use crate::check::Meta;
use crate::finding::Severity;
use crate::symptom::Symptom;

/// The checks that can explain a symptom. First those that stop requests now, and among them those that explain few other symptoms: the more
/// answers a defect can give, the less one of them says about it. Ties stay in the order of the chain.
pub fn can_mean(symptom: Symptom) -> Vec<&'static Meta> {
    let mut able: Vec<&'static Meta> = CHECKS.iter().map(|check| check.meta()).filter(|meta| meta.symptoms.contains(&symptom)).collect();
    able.sort_by_key(|meta| (std::cmp::Reverse(meta.severity.max(Severity::Warning)), meta.symptoms.len()));
    able
}

#[cfg(test)]
mod tests {
    use super::can_mean;
    use crate::symptom::Symptom;

    #[test]
    fn the_founding_sentence_means_first_what_it_says() {
        assert_eq!(can_mean(Symptom::PlainHttpToHttpsPort).first().map(|meta| meta.id), Some("secure-server-name-missing"));
    }

    #[test]
    fn what_is_named_can_explain_the_symptom() {
        for symptom in Symptom::ALL {
            assert!(can_mean(*symptom).iter().all(|meta| meta.symptoms.contains(symptom)));
        }
    }
}
