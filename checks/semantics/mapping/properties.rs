//! Mappings put together from pieces whose values are known, and laws that hold for every mapping.

use super::tests::{arrives, integration};
use super::{HeaderValue, MappedPath, Part, decode, header_value, template};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select as one_of;

/// A piece of a mapping, and what it stands for.
fn piece() -> impl Strategy<Value = (String, String)> {
    let references = vec![("${request.path}", "/api/a/b"), ("${request.path.proxy}", "a/b"), ("${request.path.id}", "7"), ("$", "$")];
    let text = "[a-z/.~-]{0,4}".prop_map(|text| (text.clone(), text));
    prop_oneof![text, one_of(references).prop_map(|(mapping, value)| (mapping.to_owned(), value.to_owned()))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_path_is_the_values_of_its_pieces(pieces in vec(piece(), 1..6)) {
        let (mapping, value): (String, String) = pieces.into_iter().unzip();
        // A lone `$` before a text may read as the beginning of a reference: `$` `request`.
        let ambiguous = ["$request", "$context", "$stageVariables", "$$"].iter().any(|text| mapping.contains(text));
        if !mapping.is_empty() && !ambiguous {
            let mapped = integration(&[("overwrite:path", &mapping)]);
            let arrival = arrives("/api/a/b", "prod", &[("proxy", "a/b"), ("id", "7")], &mapped);
            prop_assert_eq!(arrival.path, MappedPath::Known(value));
        }
    }

    #[test]
    fn nothing_of_a_mapping_is_lost(mapping in "(\\$|\\{|\\}|request|context|\\.path|stageVariables|[a-z/. ü-]){0,12}") {
        let rebuilt: String = template(&mapping).iter().map(|part| match part {
            Part::Text(text) => (*text).to_owned(),
            Part::Reference { name, braces: true } => format!("${{{name}}}"),
            Part::Reference { name, braces: false } => format!("${name}"),
        }).collect();
        prop_assert_eq!(rebuilt, mapping);
    }

    #[test]
    fn decoding_undoes_encoding(text in any::<String>()) {
        let encoded: String = text.bytes().map(|octet| format!("%{octet:02x}")).collect();
        prop_assert_eq!(decode(&encoded), Some(text));
    }

    #[test]
    fn request_path_is_the_way_out_of_the_stage_prefix(path in "(/[a-z0-9~-]{0,5}){1,4}", stage in "[a-z]{1,5}") {
        let passed_on = arrives(&path, "$default", &[], &integration(&[]));
        let mapped = arrives(&path, &stage, &[], &integration(&[("overwrite:path", "$request.path")]));
        prop_assert_eq!(&passed_on.path, &mapped.path);
        let prefixed = arrives(&path, &stage, &[], &integration(&[]));
        prop_assert_eq!(prefixed.path, MappedPath::Known(format!("/{stage}{path}")));
    }

    #[test]
    fn any_mapping_is_survived(key in any::<String>(), value in any::<String>(), path in any::<String>(), stage in any::<String>()) {
        for key in [key.as_str(), "overwrite:path", "overwrite:header.host", "append:header.x"] {
            let mapped = integration(&[(key, &value)]);
            let arrival = arrives(&path, &stage, &[("proxy", &path)], &mapped);
            if let MappedPath::Known(path) = arrival.path {
                prop_assert!(!path.contains(['%', '?', '#', ' ']));
            }
        }
        if !value.contains('$') {
            prop_assert_eq!(header_value(&value), HeaderValue::Constant(&value));
        }
    }
}
