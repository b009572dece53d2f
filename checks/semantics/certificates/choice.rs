//! Which certificate of a listener a client gets to see.

use super::{names, read};
use crate::model::certificate::Certificate;
use rustls_pki_types::ServerName;
use x509_parser::der_parser::Oid;
use x509_parser::oid_registry as oid;
use x509_parser::public_key::PublicKey;

pub(super) fn choose<'a>(certificates: &[&'a Certificate], sni: Option<&str>) -> Option<&'a Certificate> {
    let wanted = sni.and_then(|sni| names::host_name(sni).ok());
    let matching: Vec<&'a Certificate> = match &wanted {
        Some(wanted) => certificates.iter().copied().filter(|certificate| matches(certificate, wanted)).collect(),
        None => Vec::new(),
    };
    let default = certificates.first().copied();
    let first = matching.first().copied().or(default)?;
    let ranks: Option<Vec<Rank>> = matching.iter().map(|certificate| rank(certificate)).collect();
    let mut ranked = ranks.into_iter().flatten().zip(matching);
    let Some(mut best) = ranked.next() else { return Some(first) };
    for candidate in ranked {
        if candidate.0 > best.0 {
            best = candidate; // an equal one later in the list does not replace it
        }
    }
    Some(best.1)
}

/// A load balancer serves what a TLS client would refuse, too: the names of the model speak for such a certificate.
fn matches(certificate: &Certificate, wanted: &ServerName<'_>) -> bool {
    names::covers(certificate, &wanted.to_str()).unwrap_or_else(|_| names::list_covers(&certificate.names, wanted))
}

/// Bigger is better, in the documented order: ECDSA, hash, key length, end of validity.
type Rank = (bool, u16, usize, i64);

/// `None`: the PEM is missing, or holds an algorithm that the documentation does not rank.
fn rank(certificate: &Certificate) -> Option<Rank> {
    let der = read::first(certificate.pem.as_deref()?).ok()?;
    let parsed = read::parse(&der).ok()?;
    let (ecdsa, key_length) = match parsed.public_key().parsed().ok()? {
        PublicKey::EC(point) => (true, point.key_size()),
        PublicKey::RSA(key) => (false, key.key_size()),
        _ => return None,
    };
    let hash = hash_bits(&parsed.signature_algorithm.algorithm)?;
    Some((ecdsa, hash, key_length, parsed.validity().not_after.timestamp()))
}

/// The length of the hash in a signature algorithm; MD5 counts least.
fn hash_bits(algorithm: &Oid<'_>) -> Option<u16> {
    let known = [
        (oid::OID_PKCS1_MD5WITHRSAENC, 0),
        (oid::OID_PKCS1_SHA1WITHRSA, 160),
        (oid::OID_PKCS1_SHA256WITHRSA, 256),
        (oid::OID_PKCS1_SHA384WITHRSA, 384),
        (oid::OID_PKCS1_SHA512WITHRSA, 512),
        (oid::OID_SIG_ECDSA_WITH_SHA256, 256),
        (oid::OID_SIG_ECDSA_WITH_SHA384, 384),
        (oid::OID_SIG_ECDSA_WITH_SHA512, 512),
    ];
    known.iter().find(|(known, _)| known == algorithm).map(|(_, bits)| *bits)
}
