//! From PEM to what is written there.

use super::Described;
use crate::model::time::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

/// The first certificate of a PEM text.
pub(super) fn first(pem: &str) -> Result<CertificateDer<'static>, String> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| format!("no certificate can be read from the PEM: {error}"))
}

/// All certificates of a PEM text; none if there is nothing but other text.
pub(super) fn all(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>();
    certificates.map_err(|error| format!("the PEM cannot be read: {error}"))
}

/// A certificate as X.509 fields.
pub(super) fn parse<'a>(der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, String> {
    let parsed = X509Certificate::from_der(der);
    parsed.map(|(_, certificate)| certificate).map_err(|error| format!("the certificate is no X.509: {error}"))
}

pub(super) fn describe(der: &CertificateDer<'_>) -> Result<Described, String> {
    let certificate = parse(der)?;
    Ok(Described {
        names: dns_names(&certificate)?,
        not_before: Timestamp::from_unix(certificate.validity().not_before.timestamp()),
        not_after: Timestamp::from_unix(certificate.validity().not_after.timestamp()),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        self_signed: is_self_issued(&certificate),
    })
}

/// Issuer and subject are byte for byte the same name.
pub(super) fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == certificate.subject().as_raw()
}

fn dns_names(certificate: &X509Certificate<'_>) -> Result<Vec<String>, String> {
    let extension =
        certificate.subject_alternative_name().map_err(|error| format!("the certificate's alternative names cannot be read: {error}"))?;
    let names = extension.iter().flat_map(|extension| &extension.value.general_names);
    let dns = names.filter_map(|name| if let GeneralName::DNSName(dns) = name { Some((*dns).to_string()) } else { None });
    Ok(dns.collect())
}
