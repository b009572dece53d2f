//! Whether the chain of a certificate leads to a trusted root.

use super::{Trust, read};
use crate::model::certificate::{Certificate, CertificateKind};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::collections::BTreeSet;
use std::time::Duration;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

/// Organisations that issue under roots of another organisation's name, as their issuing CAs write themselves.
const PUBLIC_BY_ANOTHER_ROOT: [&str; 3] = ["Let's Encrypt", "Google Trust Services", "ZeroSSL"];

/// [`super::trust()`] with other roots than Mozilla's.
pub(super) fn trust_with(certificate: &Certificate, anchors: &[TrustAnchor<'_>]) -> Trust {
    match certificate.kind {
        CertificateKind::AmazonIssued => Trust::Public { by: "issued by Amazon".to_string() },
        CertificateKind::Private => Trust::PrivateCa { issuer: private_issuer(certificate) },
        CertificateKind::Imported | CertificateKind::Iam => uploaded(certificate, anchors).unwrap_or_else(|why| Trust::Unknown { why }),
    }
}

/// AWS Private CA issued it, whatever its name is.
fn private_issuer(certificate: &Certificate) -> String {
    let read = certificate.pem.as_deref().and_then(|pem| super::describe_pem(pem).ok());
    read.map(|read| read.issuer).or_else(|| certificate.issuer.clone()).unwrap_or_else(|| "AWS Private CA".to_string())
}

fn uploaded(certificate: &Certificate, anchors: &[TrustAnchor<'_>]) -> Result<Trust, String> {
    let Some(pem) = certificate.pem.as_deref() else {
        return by_names(certificate).ok_or("the certificate itself was not read".to_string());
    };
    let leaf = read::first(pem)?;
    let mut chain: Vec<CertificateDer<'_>> = read::all(pem)?.into_iter().skip(1).collect();
    chain.extend(read::all(certificate.chain_pem.as_deref().unwrap_or_default())?);
    let parsed = read::parse(&leaf)?;

    // Judged at both ends of the leaf's own validity: neither its expiry nor its future start mixes in, and where a CA of
    // the chain ends sooner than the leaf, the two answers differ.
    let verdicts = [parsed.validity().not_before, parsed.validity().not_after].map(|end| root_at(&leaf, &chain, anchors, end.timestamp()));
    match verdicts {
        [Ok(root), Ok(_)] => Ok(Trust::Public { by: root }),
        [Ok(_), Err(error)] | [Err(error), Ok(_)] => {
            Err(format!("the chain is trusted for a part of the certificate's validity only: {error}"))
        }
        [Err(_), Err(_)] if read::is_self_issued(&parsed) => Ok(Trust::SelfSigned),
        [Err(first), Err(last)] if [&first, &last].contains(&&Error::UnknownIssuer) => leads_nowhere(&parsed, &chain, anchors),
        [Err(error), Err(_)] => Err(format!("a TLS client refuses the certificate: {error}")),
    }
}

/// Without the certificate itself its names are left: who says of himself that he is who he says has signed himself.
fn by_names(certificate: &Certificate) -> Option<Trust> {
    let (subject, issuer) = (certificate.subject.as_deref()?.trim(), certificate.issuer.as_deref()?.trim());
    let same = !subject.is_empty() && (subject == issuer || subject.strip_prefix("CN=") == Some(issuer));
    same.then_some(Trust::SelfSigned)
}

/// The name of the root that the chain leads to.
fn root_at(leaf: &CertificateDer<'_>, chain: &[CertificateDer<'_>], anchors: &[TrustAnchor<'_>], at: i64) -> Result<String, Error> {
    let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)));
    let leaf = EndEntityCert::try_from(leaf)?;
    let path = leaf.verify_for_usage(ALL_VERIFICATION_ALGS, anchors, chain, at, KeyUsage::server_auth(), None, None)?;
    Ok(with_anchor_name(path.anchor(), |name| name.to_string()).unwrap_or_else(|| "a trusted root".to_string()))
}

/// Says where a chain ends that no root has signed.
fn leads_nowhere(leaf: &X509Certificate<'_>, chain: &[CertificateDer<'_>], anchors: &[TrustAnchor<'_>]) -> Result<Trust, String> {
    let chain: Vec<X509Certificate<'_>> = chain.iter().map(read::parse).collect::<Result<_, _>>()?;
    let private = || Ok(Trust::PrivateCa { issuer: leaf.issuer().to_string() });
    let mut last = leaf;
    for _ in &chain {
        match chain.iter().find(|ca| ca.subject().as_raw() == last.issuer().as_raw()) {
            Some(root) if read::is_self_issued(root) => return private(),
            Some(ca) => last = ca,
            None => break,
        }
    }
    let missing = last.issuer();
    if anchors.iter().any(|anchor| with_anchor_name(anchor, |name| name.as_raw() == missing.as_raw()) == Some(true)) {
        return Err(format!("{missing} is the name of a trusted root, but its key did not sign the certificate"));
    }
    if names_public_organisation(missing, anchors) {
        return Ok(Trust::Incomplete { issuer: missing.to_string() });
    }
    private()
}

/// The name claims an organisation that has a root among the anchors, or is known to issue under somebody else's.
fn names_public_organisation(name: &X509Name<'_>, anchors: &[TrustAnchor<'_>]) -> bool {
    let mut public: BTreeSet<String> = PUBLIC_BY_ANOTHER_ROOT.map(str::to_lowercase).into();
    public.extend(anchors.iter().filter_map(|anchor| with_anchor_name(anchor, organisations)).flatten());
    organisations(name).iter().any(|organisation| public.contains(organisation))
}

fn organisations(name: &X509Name<'_>) -> Vec<String> {
    name.iter_organization().filter_map(|value| value.as_str().ok()).map(str::to_lowercase).collect()
}

/// Reads the subject of an anchor, which webpki keeps without the header of its outer SEQUENCE.
fn with_anchor_name<T>(anchor: &TrustAnchor<'_>, read: impl Fn(&X509Name<'_>) -> T) -> Option<T> {
    let content: &[u8] = anchor.subject.as_ref();
    let length = u16::try_from(content.len()).ok()?.to_be_bytes();
    let header: &[u8] = match length {
        [0, short @ 0..=0x7f] => &[0x30, short],
        [0, long] => &[0x30, 0x81, long],
        [high, low] => &[0x30, 0x82, high, low],
    };
    let der = [header, content].concat();
    X509Name::from_der(&der).ok().map(|(_, name)| read(&name))
}

#[cfg(test)]
mod tests {
    use super::{organisations, with_anchor_name};
    use std::collections::BTreeSet;

    #[test]
    fn the_name_of_every_root_can_be_read() {
        let named: Vec<Vec<String>> =
            webpki_roots::TLS_SERVER_ROOTS.iter().map(|root| with_anchor_name(root, organisations).expect("a readable name")).collect();
        let public: BTreeSet<String> = named.into_iter().flatten().collect();
        assert!(public.contains("amazon") && public.contains("digicert inc"), "{public:?}");
    }
}
