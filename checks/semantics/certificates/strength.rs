//! Which key a certificate has, and how it was signed.

use super::read;
use crate::model::certificate::Certificate;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::Oid;
use x509_parser::oid_registry as oid;
use x509_parser::public_key::PublicKey;

/// Key and signature of a certificate, in words, and what is unusual about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// `RSA 2048`, `ECDSA P-256`.
    pub key: String,
    /// `SHA-256`.
    pub hash: String,
    /// What many TLS clients refuse: `the RSA key has 1024 bits only`.
    pub unusual: Vec<String>,
}

/// Reads them from the PEM. The error says what cannot be told.
pub(super) fn strength(certificate: &Certificate) -> Result<Strength, String> {
    let pem = certificate.pem.as_deref().ok_or("the certificate itself was not read")?;
    let der = read::first(pem)?;
    let parsed = read::parse(&der)?;
    let (key, odd_key) = key(&parsed)?;
    let (hash, odd_hash) = hash(&parsed.signature_algorithm.algorithm)?;
    Ok(Strength { key, hash: hash.to_owned(), unusual: odd_key.into_iter().chain(odd_hash).collect() })
}

/// The key, and what is unusual about it: below what public authorities issue, or beyond what ordinary clients support.
fn key(parsed: &X509Certificate<'_>) -> Result<(String, Option<String>), String> {
    match parsed.public_key().parsed().map_err(|error| format!("its public key cannot be read: {error}"))? {
        PublicKey::RSA(key) => {
            let bits = key.key_size();
            let odd = match bits {
                ..2048 => Some(format!("the RSA key has {bits} bits only")),
                2048..=4096 => None,
                _ => Some(format!("the RSA key has {bits} bits")),
            };
            Ok((format!("RSA {bits}"), odd))
        }
        PublicKey::EC(_) => {
            let curve = parsed.public_key().algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
            let known =
                [(oid::OID_EC_P256, "P-256", false), (oid::OID_NIST_EC_P384, "P-384", false), (oid::OID_NIST_EC_P521, "P-521", true)];
            let named = curve.and_then(|curve| known.into_iter().find(|(known, _, _)| *known == curve));
            let (name, odd) = named.map_or(("another curve", true), |(_, name, odd)| (name, odd));
            Ok((format!("ECDSA {name}"), odd.then(|| format!("the key is on the curve {name}"))))
        }
        _ => Ok(("neither RSA nor ECDSA".to_owned(), Some("the key is neither RSA nor ECDSA".to_owned()))),
    }
}

fn hash(algorithm: &Oid<'_>) -> Result<(&'static str, Option<String>), String> {
    let known = [
        (oid::OID_PKCS1_MD5WITHRSAENC, "MD5", true),
        (oid::OID_PKCS1_SHA1WITHRSA, "SHA-1", true),
        (oid::OID_PKCS1_SHA256WITHRSA, "SHA-256", false),
        (oid::OID_PKCS1_SHA384WITHRSA, "SHA-384", false),
        (oid::OID_PKCS1_SHA512WITHRSA, "SHA-512", false),
        (oid::OID_SIG_ECDSA_WITH_SHA256, "SHA-256", false),
        (oid::OID_SIG_ECDSA_WITH_SHA384, "SHA-384", false),
        (oid::OID_SIG_ECDSA_WITH_SHA512, "SHA-512", false),
    ];
    let found = known.into_iter().find(|(known, _, _)| known == algorithm);
    let (_, name, odd) = found.ok_or_else(|| format!("its signature algorithm {algorithm} is not one that is known here"))?;
    Ok((name, odd.then(|| format!("it is signed with {name}"))))
}
