//! A certificate of a listener, as far as ACM or IAM tell it.

use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A certificate (`acm:DescribeCertificate` and `acm:GetCertificate`, or `iam:GetServerCertificate`).
///
/// The PEM may be absent: a fix can name a certificate that does not exist yet, and an ACM certificate
/// that is pending has none. Names, validity and kind then speak for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// ACM or IAM ARN.
    pub arn: String,
    /// Where it comes from.
    pub kind: CertificateKind,
    /// Subject alternative names (DNS names), as the certificate or ACM list them.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: Option<Timestamp>,
    /// Last moment of validity.
    pub not_after: Option<Timestamp>,
    /// Subject as shown to people.
    pub subject: Option<String>,
    /// Issuer as shown to people.
    pub issuer: Option<String>,
    /// The leaf certificate as PEM.
    pub pem: Option<String>,
    /// The chain without the leaf as PEM, as imported.
    pub chain_pem: Option<String>,
    /// ACM `Status`, for example `ISSUED`, `EXPIRED`, `PENDING_VALIDATION`.
    pub status: Option<String>,
}

/// Where a certificate comes from, as ACM (`Type`) or the service says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// ACM `AMAZON_ISSUED`: publicly trusted by that fact.
    AmazonIssued,
    /// ACM `PRIVATE`: issued by AWS Private CA.
    Private,
    /// ACM `IMPORTED`: whatever somebody uploaded.
    Imported,
    /// An IAM server certificate: whatever somebody uploaded.
    Iam,
}
