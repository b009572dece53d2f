//! Certificates of listeners, from ACM or from IAM.
//!
//! ACM answers in two calls: one with fields, one with the certificate itself. For one that Amazon issued the fields
//! suffice: it is publicly trusted by that fact. Of an imported one nobody can say whether API Gateway will trust it
//! without having seen it, so a refused second call leaves the whole certificate unread instead of half judged.

use super::call::Call;
use super::gather::all;
use super::outcome::{Answer, Kind, Lacks, Refusal, need};
use super::reader::Reader;
use apigw_doctor_checks::model::certificate::{Certificate, CertificateKind};
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::time::Timestamp;
use apigw_doctor_checks::semantics::certificates::{Described, describe_pem};
use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, CertificateType};
use aws_sdk_iam::types::ServerCertificate;
use aws_smithy_types::DateTime;

/// Reads certificates. Listeners share them, so each is read by whoever comes first.
pub(super) async fn each<'a>(reader: &Reader<'_>, arns: impl IntoIterator<Item = &'a String>) {
    let unread = arns.into_iter().filter(|arn| reader.claim(arn));
    all(unread.map(|arn| certificate(reader, arn))).await;
}

/// Reads the certificate behind an ARN.
async fn certificate(reader: &Reader<'_>, arn: &str) {
    let found = match arn.split_once(":server-certificate/") {
        // The resource is a path and a name; IAM is asked by name.
        Some((_, path)) => from_iam(reader, arn, path.rsplit('/').next().unwrap_or(path)).await,
        None => from_acm(reader, arn).await,
    };
    reader.facts.record(|facts| drop(facts.certificates.insert(arn.to_owned(), found)));
}

async fn from_acm(reader: &Reader<'_>, arn: &str) -> Fetched<Option<Certificate>> {
    let acm = &reader.aws().acm;
    let (described, pem) = tokio::join!(
        reader.ask(Call::DescribeCertificate, acm.describe_certificate().certificate_arn(arn).send()),
        reader.ask(Call::GetCertificate, acm.get_certificate().certificate_arn(arn).send()),
    );
    let detail = described
        .and_then(|output| need(output.certificate, "Certificate").map_err(|lacks| Refusal::unreadable(Call::DescribeCertificate, lacks)));
    let pem = pem.map(|output| output.certificate.map(|leaf| Pem { leaf, chain: output.certificate_chain }));
    detail.and_then(|detail| joined(arn, &detail, pem)).existing()
}

/// A certificate and its chain.
struct Pem {
    leaf: String,
    chain: Option<String>,
}

/// One certificate from both answers.
fn joined(arn: &str, detail: &CertificateDetail, pem: Result<Option<Pem>, Refusal>) -> Result<Certificate, Refusal> {
    let unreadable = |lacks| Refusal::unreadable(Call::DescribeCertificate, lacks);
    let kind = kind(detail).map_err(unreadable)?;
    let pem = match pem {
        Ok(pem) => pem,
        Err(_) if !is_issued(detail) => None, // ACM has nothing to give yet
        // Kind, names and validity are known, and the kind settles who trusts it.
        Err(_) if matches!(kind, CertificateKind::AmazonIssued | CertificateKind::Private) => None,
        Err(refusal) => return Err(Refusal { kind: unless_missing(refusal.kind), ..refusal }),
    };
    let mut certificate = Certificate {
        arn: arn.to_owned(),
        kind,
        // ACM lists every name here, also the first; without it only the first is known, and it is always there.
        names: match detail.subject_alternative_names() {
            [] => vec![need(detail.domain_name.clone(), "DomainName").map_err(unreadable)?],
            names => names.to_vec(),
        },
        not_before: detail.not_before.as_ref().map(moment),
        not_after: detail.not_after.as_ref().map(moment),
        subject: detail.subject.clone(),
        issuer: detail.issuer.clone(),
        pem: None,
        chain_pem: None,
        status: detail.status.as_ref().map(|status| status.as_str().to_owned()),
    };
    if let Some(Pem { leaf, chain }) = pem {
        // A certificate we cannot parse is still the one that the listener presents: ACM's fields describe it.
        if let Ok(described) = describe_pem(&leaf) {
            apply(&mut certificate, described);
        }
        (certificate.pem, certificate.chain_pem) = (Some(leaf), chain);
    }
    Ok(certificate)
}

fn kind(detail: &CertificateDetail) -> Result<CertificateKind, Lacks> {
    match need(detail.r#type.as_ref(), "Type")? {
        CertificateType::AmazonIssued => Ok(CertificateKind::AmazonIssued),
        CertificateType::Private => Ok(CertificateKind::Private),
        CertificateType::Imported => Ok(CertificateKind::Imported),
        _ => Err(Lacks("Type")), // a kind of later days: nobody knows who trusts it
    }
}

/// Whether there is a certificate at all: a request that is pending or failed has none.
fn is_issued(detail: &CertificateDetail) -> bool {
    !matches!(detail.status, Some(CertificateStatus::PendingValidation | CertificateStatus::Failed | CertificateStatus::ValidationTimedOut))
}

/// The certificate itself is there, as its description says, so a missing PEM is a failure.
fn unless_missing(kind: Kind) -> Kind {
    if kind == Kind::Missing { Kind::Failed } else { kind }
}

async fn from_iam(reader: &Reader<'_>, arn: &str, name: &str) -> Fetched<Option<Certificate>> {
    let request = reader.aws().iam.get_server_certificate().server_certificate_name(name).send();
    let answer = reader.ask(Call::GetServerCertificate, request).await;
    let unreadable = |lacks| Refusal::unreadable(Call::GetServerCertificate, lacks);
    let found = answer.and_then(|output| {
        let body = need(output.server_certificate, "ServerCertificate").map_err(unreadable)?;
        uploaded(arn, &body).map_err(|what| Refusal { call: Call::GetServerCertificate, kind: Kind::Failed, what })
    });
    found.existing()
}

/// IAM says nothing about a certificate but its PEM.
fn uploaded(arn: &str, body: &ServerCertificate) -> Result<Certificate, String> {
    let described = describe_pem(&body.certificate_body).map_err(|why| format!("unreadable certificate: {why}"))?;
    let mut certificate = Certificate {
        arn: arn.to_owned(),
        kind: CertificateKind::Iam,
        names: Vec::new(),
        not_before: None,
        not_after: None,
        subject: None,
        issuer: None,
        pem: Some(body.certificate_body.clone()),
        chain_pem: body.certificate_chain.clone(),
        status: None,
    };
    apply(&mut certificate, described);
    Ok(certificate)
}

fn apply(certificate: &mut Certificate, described: Described) {
    certificate.names = described.names;
    (certificate.not_before, certificate.not_after) = (Some(described.not_before), Some(described.not_after));
    (certificate.subject, certificate.issuer) = (Some(described.subject), Some(described.issuer));
}

fn moment(at: &DateTime) -> Timestamp {
    Timestamp::from_unix(at.secs())
}

#[cfg(test)]
mod tests {
    use super::{Pem, joined};
    use crate::collect::call::Call;
    use crate::collect::outcome::{Kind, Lacks, Refusal};
    use apigw_doctor_checks::model::certificate::CertificateKind;
    use aws_sdk_acm::types::builders::CertificateDetailBuilder;
    use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, CertificateType};
    use aws_smithy_types::DateTime;

    fn detail(kind: CertificateType) -> CertificateDetailBuilder {
        CertificateDetail::builder()
            .r#type(kind)
            .status(CertificateStatus::Issued)
            .domain_name("api.internal.example.com")
            .subject_alternative_names("api.internal.example.com")
            .subject_alternative_names("*.internal.example.com")
            .not_before(DateTime::from_secs(1))
            .not_after(DateTime::from_secs(2))
    }

    fn refused(kind: Kind) -> Result<Option<Pem>, Refusal> {
        Err(Refusal { call: Call::GetCertificate, kind, what: "refused".to_owned() })
    }

    #[test]
    fn the_fields_suffice_for_one_that_amazon_issued() {
        let known = joined("arn", &detail(CertificateType::AmazonIssued).build(), refused(Kind::Denied)).expect("judged by its kind");
        assert_eq!((known.kind, known.pem, known.names.len()), (CertificateKind::AmazonIssued, None, 2));
        assert_eq!((known.not_before.map(|at| at.unix()), known.not_after.map(|at| at.unix())), (Some(1), Some(2)));
    }

    #[test]
    fn an_imported_one_that_cannot_be_seen_is_not_known() {
        for kind in [Kind::Denied, Kind::Failed] {
            let refusal = joined("arn", &detail(CertificateType::Imported).build(), refused(kind)).expect_err("trust is open");
            assert_eq!((refusal.kind, refusal.call), (kind, Call::GetCertificate));
        }
        let refusal = joined("arn", &detail(CertificateType::Imported).build(), refused(Kind::Missing)).expect_err("trust is open");
        assert_eq!(refusal.kind, Kind::Failed, "it exists: ACM described it a moment ago");
    }

    #[test]
    fn one_that_is_pending_has_no_pem_and_is_known_as_pending() {
        let pending = detail(CertificateType::AmazonIssued).status(CertificateStatus::PendingValidation).build();
        let known = joined("arn", &pending, refused(Kind::Failed)).expect("there is nothing to see yet");
        assert_eq!(known.status.as_deref(), Some("PENDING_VALIDATION"));
    }

    #[test]
    fn leaf_and_chain_are_kept_as_they_came() {
        let pem = Pem { leaf: "leaf".to_owned(), chain: Some("chain".to_owned()) };
        let known = joined("arn", &detail(CertificateType::Imported).build(), Ok(Some(pem))).expect("complete");
        assert_eq!((known.pem.as_deref(), known.chain_pem.as_deref()), (Some("leaf"), Some("chain")));
        assert_eq!(known.names, ["api.internal.example.com", "*.internal.example.com"]);
    }

    #[test]
    fn a_kind_of_later_days_is_unreadable() {
        let unknown = detail(CertificateType::from("QUANTUM")).build();
        assert_eq!(joined("arn", &unknown, Ok(None)), Err(Refusal::unreadable(Call::DescribeCertificate, Lacks("Type"))));
    }
}
