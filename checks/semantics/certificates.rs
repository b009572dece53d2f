//! Names, validity and trust of a listener's certificate.
//!
//! Where the PEM is known it decides, and rustls-webpki decides names and trust on it: a modern TLS client, not our own
//! reading of X.509. x509-parser only shows what is written there. Without the PEM (a certificate that a fix names, or one
//! that ACM has not issued yet) names, dates and kind of the model speak.
//!
//! Not covered: revocation, Certificate Transparency, and API Gateway's own trust list, which is not Mozilla's
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-supported-certificate-authorities-for-http-endpoints.html>).

mod choice;
#[cfg(test)]
mod laws;
mod names;
mod read;
mod strength;
#[cfg(test)]
mod tests;
mod trust;

pub use strength::Strength;

use crate::model::certificate::Certificate;
use crate::model::time::Timestamp;

/// What is written in a certificate, to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// DNS names of the subject alternative names.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// Subject, for example `CN=api.example.com`.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Issuer and subject are the same name.
    pub self_signed: bool,
}

/// Reads the first certificate of a PEM text. The error says in words what cannot be read.
pub fn describe_pem(pem: &str) -> Result<Described, String> {
    read::describe(&read::first(pem)?)
}

/// Whether a client that asks for `name` accepts the certificate for it.
///
/// The error says why that cannot be told: `name` is no host name ([`is_host_name`]), for example `*.x` or `a..b`, or the
/// PEM is none that a modern TLS client reads, for example an X.509 certificate of version 1.
///
/// One left-most `*` stands for exactly one label, letter case and a final dot of `name` do not matter, and the common
/// name does not count (RFC 6125, <https://www.rfc-editor.org/rfc/rfc6125#section-6.4>). Inferred: API Gateway does the same.
pub fn covers(certificate: &Certificate, name: &str) -> Result<bool, String> {
    names::covers(certificate, name)
}

/// Whether a text is a name that a TLS client can ask for: a DNS name without wildcard, or an IP address.
pub fn is_host_name(name: &str) -> bool {
    names::host_name(name).is_ok()
}

/// Where a moment lies in the validity of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Between its ends, or exactly on one of them.
    Valid,
    /// Past the last moment.
    Expired {
        /// The last moment.
        since: Timestamp,
    },
    /// Before the first moment.
    NotYet {
        /// The first moment.
        from: Timestamp,
    },
    /// The dates that are known do not tell.
    Unknown,
}

/// Where a moment lies in the validity of a certificate: by its PEM, else by the dates of the model.
pub fn validity(certificate: &Certificate, at: Timestamp) -> Validity {
    let read = certificate.pem.as_deref().and_then(|pem| describe_pem(pem).ok());
    let (not_before, not_after) = match read {
        Some(read) => (Some(read.not_before), Some(read.not_after)),
        None => (certificate.not_before, certificate.not_after),
    };
    match (not_before, not_after) {
        (_, Some(since)) if at > since => Validity::Expired { since },
        (Some(from), _) if at < from => Validity::NotYet { from },
        (Some(_), Some(_)) => Validity::Valid,
        (None, _) | (_, None) => Validity::Unknown,
    }
}

/// Whether strangers trust a certificate, as far as can be told. Whether it is expired is another question ([`validity`]).
///
/// For `PrivateCa` and `Incomplete` one thing is certain: what the listener has does not lead to any of Mozilla's roots.
/// Which of the two it is, is certain only where the given chain reaches a self-signed root, or ACM itself says `PRIVATE`;
/// otherwise it is inferred from the name of the CA whose certificate is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// ACM issued it, or its chain leads to one of Mozilla's roots.
    Public {
        /// `issued by Amazon`, or the name of the root.
        by: String,
    },
    /// Issuer and subject are the same name, and it is not trusted.
    SelfSigned,
    /// The given chain ends at a root that is not one of Mozilla's; or the certificate of the next CA is missing, and the
    /// name of that CA is not one of an organisation that has a root there.
    PrivateCa {
        /// Who issued the certificate.
        issuer: String,
    },
    /// The certificate of the next CA is missing, and its name is one of an organisation that runs a public CA.
    Incomplete {
        /// The CA whose certificate is missing.
        issuer: String,
    },
    /// Cannot be told, or it is not trusted for a reason that is none of the above.
    Unknown {
        /// Why, in words.
        why: String,
    },
}

/// Whether strangers trust a certificate: by ACM's word, else by its PEM and chain against Mozilla's roots.
pub fn trust(certificate: &Certificate) -> Trust {
    trust::trust_with(certificate, webpki_roots::TLS_SERVER_ROOTS)
}

/// Which key a certificate has and how it was signed, read from its PEM. The error says what cannot be told.
pub fn strength(certificate: &Certificate) -> Result<Strength, String> {
    strength::strength(certificate)
}

/// Why a certificate does not cover a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameMiss {
    /// A wildcard of the certificate would, if it stood for several labels or for none.
    WildcardDepth {
        /// The wildcard, for example `*.example.com` for `a.b.example.com` or for `example.com`.
        wildcard: String,
    },
    /// The names have nothing in common.
    Different,
}

/// Why a certificate does not cover a name; only to be asked where [`covers`] says it does not.
pub fn why_not_covered(certificate: &Certificate, name: &str) -> NameMiss {
    names::why_not_covered(certificate, name)
}

/// The certificate that a load balancer presents: the default one has to be the first of the list.
///
/// Documented: one that matches the server name (SNI), else the default; of several that match the best that the client
/// supports, by public key algorithm (ECDSA over RSA), then not expired, hash, key length, validity period
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html>).
///
/// Limits: what API Gateway supports is not published, so it is taken to support all (inferred). No moment is asked for,
/// so "not expired" is left out and of two equals the one that is valid longer wins (inferred; it is then also the one that
/// is not expired). Where the PEM of a match does not tell, the first match is taken.
pub fn choose_for_sni<'a>(certificates: &[&'a Certificate], sni: Option<&str>) -> Option<&'a Certificate> {
    choice::choose(certificates, sni)
}

/// A concrete name that the certificate covers: its first name without wildcard, else `api.` under its first wildcard.
pub fn example_name_for(certificate: &Certificate) -> Option<String> {
    let names = names::names_of(certificate);
    let concrete = names.iter().filter(|name| !name.contains('*')).cloned();
    let under_wildcards = names.iter().filter_map(|name| name.strip_prefix("*.")).map(|parent| format!("api.{parent}"));
    concrete.chain(under_wildcards).find(|name| covers(certificate, name) == Ok(true))
}
