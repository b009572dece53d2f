//! Names, validity and trust on certificates made here.

use super::trust::trust_with;
use super::{
    NameMiss, Trust, Validity, choose_for_sni, covers, describe_pem, example_name_for, is_host_name, trust, validity, why_not_covered,
};
use crate::model::certificate::{Certificate, CertificateKind};
use crate::model::time::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SignatureAlgorithm, date_time_ymd};

/// A certificate without PEM.
pub(super) fn named(names: &[&str]) -> Certificate {
    Certificate {
        arn: "arn:aws:acm:eu-west-1:123456789012:certificate/a".to_string(),
        kind: CertificateKind::Imported,
        names: names.iter().map(ToString::to_string).collect(),
        not_before: None,
        not_after: None,
        subject: None,
        issuer: None,
        pem: None,
        chain_pem: None,
        status: None,
    }
}

/// A CA with its key: issues, and stands in a chain or among the roots.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

fn ca_params(organisation: &str, name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, organisation);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn root(organisation: &str, name: &str) -> Ca {
    let (params, key) = (ca_params(organisation, name), KeyPair::generate().expect("a key"));
    let certificate = params.self_signed(&key).expect("a root");
    Ca { issuer: Issuer::new(params, key), certificate }
}

fn subordinate(organisation: &str, name: &str, above: &Ca, ends: i32) -> Ca {
    let (mut params, key) = (ca_params(organisation, name), KeyPair::generate().expect("a key"));
    params.not_after = date_time_ymd(ends, 1, 1);
    let certificate = params.signed_by(&key, &above.issuer).expect("a subordinate CA");
    Ca { issuer: Issuer::new(params, key), certificate }
}

/// Valid through 2024 and 2025.
fn leaf_params(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("names");
    params.distinguished_name.push(DnType::CommonName, "the leaf");
    (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2026, 1, 1));
    params
}

fn issued(names: &[&str], by: &Ca, chain: &[&Ca]) -> Certificate {
    let key = KeyPair::generate().expect("a key");
    let leaf = leaf_params(names).signed_by(&key, &by.issuer).expect("a leaf");
    let chain_pem = (!chain.is_empty()).then(|| chain.iter().map(|ca| ca.certificate.pem()).collect());
    Certificate { pem: Some(leaf.pem()), chain_pem, ..named(&[]) }
}

pub(super) fn self_signed(names: &[&str], algorithm: &'static SignatureAlgorithm, ends: i32) -> Certificate {
    let mut params = leaf_params(names);
    params.not_after = date_time_ymd(ends, 1, 1);
    let key = KeyPair::generate_for(algorithm).expect("a key");
    Certificate { pem: Some(params.self_signed(&key).expect("a leaf").pem()), ..named(&[]) }
}

fn trusted_by(certificate: &Certificate, ca: &Ca) -> Trust {
    let anchor = webpki::anchor_from_trusted_cert(ca.certificate.der()).expect("an anchor");
    trust_with(certificate, &[anchor])
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a moment")
}

#[test]
fn a_certificate_is_described_as_written() {
    let ca = root("Example Corp", "Example Root");
    let described = describe_pem(issued(&["api.example.com", "*.example.org"], &ca, &[]).pem.as_deref().expect("PEM")).expect("readable");
    assert_eq!(described.names, ["api.example.com", "*.example.org"]);
    assert_eq!((described.not_before, described.not_after), (moment("2024-01-01T00:00:00Z"), moment("2026-01-01T00:00:00Z")));
    assert!(described.issuer.contains("O=Example Corp") && described.subject.contains("CN=the leaf"), "{described:?}");
    assert!(!described.self_signed);
    assert!(describe_pem(&ca.certificate.pem()).expect("readable").self_signed);
}

#[test]
fn what_cannot_be_read_is_said_and_never_panics() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no PEM", "-----BEGIN CERTIFICATE-----", broken, "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"] {
        let certificate = Certificate { pem: Some(pem.to_string()), ..named(&["api.example.com"]) };
        assert!(describe_pem(pem).is_err(), "{pem}");
        assert!(covers(&certificate, "api.example.com").is_err(), "{pem}");
        assert!(matches!(trust(&certificate), Trust::Unknown { .. }), "{pem}");
        assert_eq!(validity(&certificate, Timestamp::from_unix(0)), Validity::Unknown);
        assert_eq!(choose_for_sni(&[&certificate], Some("api.example.com")), Some(&certificate));
    }
    let ca = root("Example Corp", "Example Root");
    let broken_chain = Certificate { chain_pem: Some(broken.to_string()), ..issued(&["a.example.com"], &ca, &[]) };
    assert!(matches!(trusted_by(&broken_chain, &root("Other", "Other")), Trust::Unknown { .. }));
}

#[test]
fn a_wildcard_stands_for_exactly_one_label() {
    for certificate in [named(&["*.example.com", "*.com"]), self_signed(&["*.example.com", "*.com"], &rcgen::PKCS_ECDSA_P256_SHA256, 2026)]
    {
        for covered in ["a.example.com", "A.EXAMPLE.com", "a.example.com.", "a_b.example.com"] {
            assert_eq!(covers(&certificate, covered), Ok(true), "{covered}");
        }
        for other in ["example.com", "a.b.example.com", "a.example.org", "com", "10.0.0.1"] {
            assert_eq!(covers(&certificate, other), Ok(false), "{other}");
        }
        for no_name in ["*.example.com", "a..b", "", "https://a.example.com", "a.example.com:443", "ü.example.com"] {
            assert!(covers(&certificate, no_name).is_err() && !is_host_name(no_name), "{no_name}");
        }
    }
}

#[test]
fn the_common_name_does_not_count() {
    let mut params = leaf_params(&[]);
    params.distinguished_name.push(DnType::CommonName, "api.example.com");
    let pem = params.self_signed(&KeyPair::generate().expect("a key")).expect("a leaf").pem();
    assert_eq!(covers(&Certificate { pem: Some(pem), ..named(&["api.example.com"]) }, "api.example.com"), Ok(false));
}

#[test]
fn a_missed_name_knows_the_wildcard_that_nearly_fits() {
    let certificate = named(&["api.example.org", "*.example.com", "*.eu.example.com", "*.com"]);
    let depth = |wildcard: &str| NameMiss::WildcardDepth { wildcard: wildcard.to_string() };
    assert_eq!(why_not_covered(&certificate, "a.b.Example.com."), depth("*.example.com"));
    assert_eq!(why_not_covered(&certificate, "a.b.eu.example.com"), depth("*.eu.example.com"));
    assert_eq!(why_not_covered(&certificate, "example.com"), depth("*.example.com"));
    assert_eq!(why_not_covered(&certificate, "a.notexample.com"), NameMiss::Different);
    assert_eq!(why_not_covered(&certificate, "example.net"), NameMiss::Different);
}

#[test]
fn validity_includes_both_ends_and_prefers_the_pem() {
    let written = self_signed(&["a.example.com"], &rcgen::PKCS_ECDSA_P256_SHA256, 2026);
    let misleading = Certificate { not_after: Some(Timestamp::from_unix(0)), ..written };
    let (from, since) = (moment("2024-01-01T00:00:00Z"), moment("2026-01-01T00:00:00Z"));
    let listed = Certificate { not_before: Some(from), not_after: Some(since), ..named(&[]) };
    for certificate in [&misleading, &listed] {
        assert_eq!(validity(certificate, from), Validity::Valid);
        assert_eq!(validity(certificate, since), Validity::Valid);
        assert_eq!(validity(certificate, Timestamp::from_unix(from.unix() - 1)), Validity::NotYet { from });
        assert_eq!(validity(certificate, Timestamp::from_unix(since.unix() + 1)), Validity::Expired { since });
    }
    let half = Certificate { not_after: Some(since), ..named(&[]) };
    assert_eq!(validity(&half, from), Validity::Unknown);
    assert_eq!(validity(&half, Timestamp::from_unix(since.unix() + 1)), Validity::Expired { since });
}

#[test]
fn a_chain_to_a_trusted_root_is_public_even_when_expired() {
    let root = root("Example Corp", "Example Root");
    let middle = subordinate("Example Corp", "Issuing 1", &root, 4000);
    let direct = issued(&["a.example.com"], &root, &[]);
    let deep = issued(&["a.example.com"], &middle, &[&middle]);
    for certificate in [&direct, &deep] {
        assert!(matches!(trusted_by(certificate, &root), Trust::Public { by } if by.contains("CN=Example Root")));
    }
    assert!(matches!(validity(&deep, moment("2030-01-01T00:00:00Z")), Validity::Expired { .. }));
    let sooner = subordinate("Example Corp", "Issuing 2", &root, 2025);
    assert!(matches!(trusted_by(&issued(&["a.example.com"], &sooner, &[&sooner]), &root), Trust::Unknown { .. }));
}

#[test]
fn what_is_not_trusted_says_why() {
    let (corporate, public) = (root("Example Corp", "Example Root"), root("Public CA", "Public Root"));
    let (inner, outer) = (subordinate("Example Corp", "Issuing", &corporate, 4000), subordinate("Public CA", "Issuing", &public, 4000));
    let private = |certificate: &Certificate| matches!(trusted_by(certificate, &public), Trust::PrivateCa { .. });
    assert!(private(&issued(&["a.example.com"], &corporate, &[])));
    assert!(private(&issued(&["a.example.com"], &inner, &[])));
    assert!(private(&issued(&["a.example.com"], &inner, &[&inner])));
    assert!(private(&issued(&["a.example.com"], &inner, &[&corporate, &inner])));
    let beside = root("Public CA", "Not Among The Roots");
    assert!(private(&issued(&["a.example.com"], &beside, &[&beside])));

    let headless = issued(&["a.example.com"], &outer, &[]);
    assert!(matches!(trusted_by(&headless, &public), Trust::Incomplete { issuer } if issuer.contains("O=Public CA, CN=Issuing")));
    let below = subordinate("Reseller", "Reseller 1", &outer, 4000);
    let gap = issued(&["a.example.com"], &below, &[&below]);
    assert!(matches!(trusted_by(&gap, &public), Trust::Incomplete { issuer } if issuer.contains("O=Public CA, CN=Issuing")));

    let own = self_signed(&["a.example.com"], &rcgen::PKCS_ECDSA_P256_SHA256, 2026);
    assert_eq!(trusted_by(&own, &public), Trust::SelfSigned);
    let own_ca = Certificate { pem: Some(corporate.certificate.pem()), ..named(&[]) };
    assert_eq!(trusted_by(&own_ca, &public), Trust::SelfSigned);

    let forged = issued(&["a.example.com"], &root("Public CA", "Public Root"), &[]);
    assert!(matches!(trusted_by(&forged, &public), Trust::Unknown { .. }));
}

#[test]
fn mozillas_roots_can_be_named() {
    let ca = root("Internet Security Research Group", "Not A Root");
    assert!(matches!(trust(&issued(&["a.example.com"], &ca, &[])), Trust::Incomplete { .. }));
    let ca = root("Let's Encrypt", "R99");
    assert!(matches!(trust(&issued(&["a.example.com"], &ca, &[])), Trust::Incomplete { .. }));
    let ca = root("Example Corp", "Example Root");
    assert!(matches!(trust(&issued(&["a.example.com"], &ca, &[&ca])), Trust::PrivateCa { .. }));
}

#[test]
fn acm_speaks_for_what_it_issued() {
    let amazon = Certificate { kind: CertificateKind::AmazonIssued, ..named(&["a.example.com"]) };
    assert_eq!(trust(&amazon), Trust::Public { by: "issued by Amazon".to_string() });
    let private = Certificate { kind: CertificateKind::Private, issuer: Some("Example CA".to_string()), ..named(&[]) };
    assert_eq!(trust(&private), Trust::PrivateCa { issuer: "Example CA".to_string() });
    assert!(matches!(trust(&named(&["a.example.com"])), Trust::Unknown { .. }));
}

#[test]
fn the_server_name_chooses_and_the_default_catches() {
    let (default, shop, any) = (named(&["a.example.com"]), named(&["shop.example.com"]), named(&["*.example.com"]));
    let list = [&default, &shop, &any];
    assert_eq!(choose_for_sni(&list, Some("shop.example.com")), Some(&shop));
    assert_eq!(choose_for_sni(&list, Some("b.example.com")), Some(&any));
    for unmatched in [None, Some("example.org"), Some("*.example.com")] {
        assert_eq!(choose_for_sni(&list, unmatched), Some(&default));
    }
    assert_eq!(choose_for_sni(&[], Some("a.example.com")), None);
}

#[test]
fn of_several_matches_the_stronger_wins() {
    let made = |algorithm, ends| self_signed(&["a.example.com"], algorithm, ends);
    let (rsa, rsa512) = (made(&rcgen::PKCS_RSA_SHA256, 2030), made(&rcgen::PKCS_RSA_SHA512, 2026));
    let (short, long) = (made(&rcgen::PKCS_ECDSA_P256_SHA256, 2026), made(&rcgen::PKCS_ECDSA_P256_SHA256, 2027));
    let p384 = made(&rcgen::PKCS_ECDSA_P384_SHA384, 2025);
    let choice = |list: &[&Certificate]| choose_for_sni(list, Some("a.example.com")).cloned();
    assert_eq!(choice(&[&rsa, &short]).as_ref(), Some(&short));
    assert_eq!(choice(&[&rsa, &rsa512]).as_ref(), Some(&rsa512));
    assert_eq!(choice(&[&short, &p384, &long]).as_ref(), Some(&p384));
    assert_eq!(choice(&[&short, &long]).as_ref(), Some(&long));
    let untold = named(&["a.example.com"]);
    assert_eq!(choice(&[&rsa, &short, &untold]).as_ref(), Some(&rsa));
}

#[test]
fn an_example_name_is_one_that_the_certificate_covers() {
    let example = |names: &[&str]| example_name_for(&named(names));
    assert_eq!(example(&["*.example.com", "www.example.com"]).as_deref(), Some("www.example.com"));
    assert_eq!(example(&["*.com", "a..b", "*.example.com"]).as_deref(), Some("api.example.com"));
    assert_eq!(example(&["*.com"]), None);
    assert_eq!(example(&[]), None);
}
