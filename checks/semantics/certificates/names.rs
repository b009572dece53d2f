//! Which names a certificate covers.

use super::{NameMiss, describe_pem, read};
use crate::model::certificate::Certificate;
use rustls_pki_types::ServerName;
use webpki::{EndEntityCert, Error};

/// The name as a TLS client would ask for it.
pub(super) fn host_name(name: &str) -> Result<ServerName<'_>, String> {
    ServerName::try_from(name).map_err(|_| format!("\"{name}\" is no host name"))
}

pub(super) fn covers(certificate: &Certificate, name: &str) -> Result<bool, String> {
    let wanted = host_name(name)?;
    match &certificate.pem {
        Some(pem) => pem_covers(pem, &wanted),
        None => Ok(list_covers(&certificate.names, &wanted)),
    }
}

fn pem_covers(pem: &str, wanted: &ServerName<'_>) -> Result<bool, String> {
    let der = read::first(pem)?;
    let answer = EndEntityCert::try_from(&der).and_then(|leaf| leaf.verify_is_valid_for_subject_name(wanted));
    match answer {
        Ok(()) => Ok(true),
        Err(Error::CertNotValidForName(_)) => Ok(false),
        Err(error) => Err(format!("a TLS client cannot read the certificate: {error}")),
    }
}

/// The answer of webpki on a list of names: the tests compare the two.
pub(super) fn list_covers(names: &[String], wanted: &ServerName<'_>) -> bool {
    match wanted {
        ServerName::DnsName(dns) => {
            let dns = without_final_dot(dns.as_ref());
            names.iter().any(|name| name_covers(name, dns))
        }
        _ => names.iter().any(|name| host_name(name).as_ref() == Ok(wanted)),
    }
}

/// `wanted` is known to be a well-formed name, so whatever equals it or its parent is well-formed too.
fn name_covers(name: &str, wanted: &str) -> bool {
    match wildcard_parent(name) {
        Some(parent) => wanted.split_once('.').is_some_and(|(_, above)| above.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(wanted),
    }
}

/// What stands behind `*.`, if the wildcard is one that ever matches: above it there have to be two labels or more.
fn wildcard_parent(name: &str) -> Option<&str> {
    name.strip_prefix("*.").filter(|parent| parent.contains('.'))
}

fn without_final_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

pub(super) fn why_not_covered(certificate: &Certificate, name: &str) -> NameMiss {
    let wanted = without_final_dot(name).to_ascii_lowercase();
    let too_deep_or_too_high = |parent: &str| {
        let parent = parent.to_ascii_lowercase();
        let below = wanted.strip_suffix(&parent).and_then(|rest| rest.strip_suffix('.'));
        wanted == parent || below.is_some_and(|labels| labels.contains('.'))
    };
    let names = names_of(certificate);
    let wildcards = names.iter().filter(|name| wildcard_parent(name).is_some_and(too_deep_or_too_high));
    match wildcards.max_by_key(|wildcard| wildcard.len()) {
        Some(wildcard) => NameMiss::WildcardDepth { wildcard: wildcard.clone() },
        None => NameMiss::Different,
    }
}

/// The DNS names of the PEM, else those of the model.
pub(super) fn names_of(certificate: &Certificate) -> Vec<String> {
    let read = certificate.pem.as_deref().and_then(|pem| describe_pem(pem).ok());
    read.map_or_else(|| certificate.names.clone(), |read| read.names)
}
