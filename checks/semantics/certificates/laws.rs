//! Random names and damaged certificates: the list of names agrees with webpki, and nothing panics.

use super::tests::{named, self_signed};
use super::{NameMiss, choose_for_sni, covers, describe_pem, example_name_for, is_host_name, trust, validity, why_not_covered};
use crate::model::certificate::Certificate;
use crate::model::time::Timestamp;
use proptest::prelude::{ProptestConfig, Strategy, any, prop, proptest};
use proptest::{prop_assert, prop_assert_eq};

/// Few labels, so that names meet; some that no name may have.
fn label() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "com", "A", "Com", "x-y", "_a", "0", "0x1", "10", "*", "a*", "-a", "a-", ""])
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(label(), 1..5).prop_map(|labels| labels.join("."))
}

/// A wildcard or a plain name as certificates have them, or anything.
fn presented() -> impl Strategy<Value = String> {
    let well_formed = prop::collection::vec(prop::sample::select(vec!["a", "b", "com", "A"]), 1..4);
    (any::<bool>(), any::<bool>(), well_formed, name()).prop_map(|(odd, wildcard, labels, name)| match (odd, wildcard) {
        (true, _) => name,
        (false, true) => format!("*.{}", labels.join(".")),
        (false, false) => labels.join("."),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_of_names_is_read_as_webpki_reads_the_certificate(
        names in prop::collection::vec(presented(), 0..4),
        wanted in prop::collection::vec(presented(), 1..8),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (listed, written) = (named(&names), self_signed(&names, &rcgen::PKCS_ECDSA_P256_SHA256, 2026));
        for name in wanted.iter().flat_map(|name| [name.clone(), format!("{name}.")]) {
            prop_assert_eq!(covers(&listed, &name), covers(&written, &name), "{:?} {}", names, name);
            prop_assert_eq!(covers(&listed, &name).is_ok(), is_host_name(&name));
        }
        let example = example_name_for(&listed);
        prop_assert!(example.is_none_or(|name| covers(&listed, &name) == Ok(true)));
    }

    #[test]
    fn a_nearly_fitting_wildcard_is_one_of_the_certificate_and_misses(
        names in prop::collection::vec(presented(), 0..4),
        wanted in presented(),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let NameMiss::WildcardDepth { wildcard } = why_not_covered(&named(&names), &wanted) {
            prop_assert!(names.contains(&wildcard.as_str()));
            prop_assert!(covers(&named(&[&wildcard]), &wanted) != Ok(true), "{} {}", wildcard, wanted);
        }
    }

    #[test]
    fn damage_is_never_a_panic(damage in prop::collection::vec((any::<prop::sample::Index>(), "[A-Za-z0-9+/=\n-]"), 1..4), cut in any::<prop::sample::Index>()) {
        thread_local! {
            static SOUND: String = self_signed(&["a.example.com"], &rcgen::PKCS_ECDSA_P256_SHA256, 2026).pem.expect("made with a PEM");
        }
        let mut pem = SOUND.with(Clone::clone);
        for (at, with) in damage {
            let at = at.index(pem.len());
            pem.replace_range(at..=at, &with);
        }
        let shorter = pem[..cut.index(pem.len())].to_string();
        for pem in [pem.clone(), shorter] {
            let certificate = Certificate { pem: Some(pem.clone()), chain_pem: Some(pem.clone()), ..named(&["a.example.com"]) };
            let read = (describe_pem(&pem), covers(&certificate, "a.example.com"), trust(&certificate));
            let asked = (validity(&certificate, Timestamp::from_unix(0)), example_name_for(&certificate), why_not_covered(&certificate, "b"));
            prop_assert!(choose_for_sni(&[&certificate], Some("a.example.com")).is_some(), "{:?} {:?}", read, asked);
        }
    }
}
