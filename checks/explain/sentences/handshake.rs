//! What clients say when TLS failed: the words of OpenSSL, LibreSSL, Schannel, rustls, and of the libraries of Go, Java, Node and .NET.

use super::Sentence;
use super::client::failed;
use crate::finding::Confidence::{self, Likely, Possible};
use crate::symptom::Symptom;

const OTHER_NAME: &[(&str, Confidence, &str)] = &[
    ("domain-cname-to-execute-api", Possible, "the record may lead to the API's own endpoint, whose certificate is for another name"),
    ("domain-cert-wildcard-depth", Possible, "a wildcard covers one label only"),
];
const EXPIRED: &[(&str, Confidence, &str)] = &[("domain-cert-expired", Likely, "the client says that the certificate is expired")];
const CLIENT_CERTIFICATE: &[(&str, Confidence, &str)] =
    &[("client-mtls-rejected", Likely, "the other side wants a client certificate that it trusts")];
const SPEAKS_PLAIN: &[(&str, Confidence, &str)] = &[(
    "domain-no-dns",
    Possible,
    "the port speaks plain HTTP, which API Gateway's never does: name or port lead to somebody else's server",
)];
const NOT_OURS: &[(&str, Confidence, &str)] = &[(
    "domain-no-dns",
    Possible,
    "API Gateway's certificates are of a public authority: somebody else's server, or a proxy that looks inside, showed this one",
)];
const NO_REVOCATION: &str = "the client could not ask whether the certificate was revoked, which is a matter of its own network";

pub(super) static SENTENCES: &[Sentence] = &[
    Sentence { what: NO_REVOCATION, ..failed(&["crypt_e_no_revocation_check"], Symptom::TlsFailed, &[]) }.only(),
    Sentence { what: NO_REVOCATION, ..failed(&["crypt_e_revocation_offline"], Symptom::TlsFailed, &[]) }.only(),
    // What exactly the client did not like.
    failed(&["certificate has expired"], Symptom::TlsFailed, EXPIRED),
    failed(&["certificate is not yet valid"], Symptom::TlsFailed, EXPIRED),
    failed(&["certificate has expired or is not yet valid"], Symptom::TlsFailed, EXPIRED),
    failed(&["err_cert_date_invalid"], Symptom::TlsFailed, EXPIRED),
    failed(&["cert_has_expired"], Symptom::TlsFailed, EXPIRED),
    failed(&["sec_e_cert_expired"], Symptom::TlsFailed, EXPIRED),
    failed(&["sec_error_expired_certificate"], Symptom::TlsFailed, EXPIRED),
    failed(&["invalid peer certificate: expired"], Symptom::TlsFailed, EXPIRED),
    failed(&["javax.net.ssl.", "certificateexpiredexception"], Symptom::TlsFailed, EXPIRED),
    failed(&["no alternative certificate subject name matches"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["certificate subject name", "does not match"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["hostname mismatch"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["err_tls_cert_altname_invalid"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["does not match certificate's altnames"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["x509: certificate is valid for"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["err_cert_common_name_invalid"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["ssl_error_bad_cert_domain"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["no certificate subject alternative name matches"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["sec_e_wrong_principal"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["remotecertificatenamemismatch"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["sslpeerunverifiedexception"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["java.security.cert.certificateexception", "no subject alternative"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["javax.net.ssl.", "no subject alternative"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["invalid peer certificate", "notvalidforname"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["invalid peer certificate", "not valid for name"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["remote error: tls: bad certificate"], Symptom::TlsFailed, CLIENT_CERTIFICATE),
    failed(&["certificate required"], Symptom::TlsFailed, CLIENT_CERTIFICATE),
    failed(&["bad certificate", "alert"], Symptom::TlsFailed, CLIENT_CERTIFICATE),
    failed(&["err_bad_ssl_client_auth_cert"], Symptom::TlsFailed, CLIENT_CERTIFICATE),
    failed(&["ssl certificate problem"], Symptom::TlsFailed, &[]),
    failed(&["certificate verify failed"], Symptom::TlsFailed, &[]),
    failed(&["certificate signed by unknown authority"], Symptom::TlsFailed, NOT_OURS),
    failed(&["x509: certificate"], Symptom::TlsFailed, &[]),
    failed(&["unable_to_verify_leaf_signature"], Symptom::TlsFailed, NOT_OURS),
    failed(&["self signed certificate"], Symptom::TlsFailed, NOT_OURS),
    failed(&["self-signed certificate"], Symptom::TlsFailed, NOT_OURS),
    failed(&["err_cert_authority_invalid"], Symptom::TlsFailed, NOT_OURS),
    failed(&["sslhandshakeexception"], Symptom::TlsFailed, &[]),
    failed(&["handshake failure"], Symptom::TlsFailed, &[]),
    failed(&["unable to establish ssl connection"], Symptom::TlsFailed, &[]),
    failed(
        &["ssl_connect", "ssl_error_syscall"],
        Symptom::TlsFailed,
        &[("client-mtls-rejected", Possible, "a domain with mutual TLS may break the handshake off")],
    ),
    failed(&["err_ssl_protocol_error"], Symptom::TlsFailed, &[]),
    failed(&["err_ssl_version_or_cipher_mismatch"], Symptom::TlsFailed, &[]),
    failed(&["wrong version number"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["wrong_version_number"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["server gave http response to https client"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["first record does not look like a tls handshake"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["unsupported or unrecognized ssl message"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["javax.net.ssl.", "unrecognized ssl message, plaintext connection"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["received corrupt message of type invalidcontenttype"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["ssl_error_rx_record_too_long"], Symptom::TlsFailed, SPEAKS_PLAIN),
    failed(&["http_request", "ssl routines"], Symptom::TlsFailed, SPEAKS_PLAIN),
    // The rest: whose certificate it was, or that the other side broke off.
    failed(&["sec_e_untrusted_root"], Symptom::TlsFailed, NOT_OURS),
    failed(&["sec_error_unknown_issuer"], Symptom::TlsFailed, NOT_OURS),
    failed(&["invalid peer certificate", "unknownissuer"], Symptom::TlsFailed, NOT_OURS),
    failed(&["invalid peer certificate"], Symptom::TlsFailed, &[]),
    failed(&["remotecertificatechainerrors"], Symptom::TlsFailed, NOT_OURS),
    failed(&["javax.net.ssl.", "unable to find valid certification path"], Symptom::TlsFailed, NOT_OURS),
    failed(&["remote certificate is invalid"], Symptom::TlsFailed, &[]),
    failed(&["could not establish trust relationship"], Symptom::TlsFailed, &[]),
    failed(&["the ssl connection could not be established"], Symptom::TlsFailed, &[]),
    failed(&["unable to verify the first certificate"], Symptom::TlsFailed, NOT_OURS),
    failed(&["unable to get local issuer certificate"], Symptom::TlsFailed, NOT_OURS),
    failed(&["cannot verify", "certificate, issued by"], Symptom::TlsFailed, &[]),
    failed(&["alert internal error"], Symptom::TlsFailed, &[]),
    failed(&["alert protocol version"], Symptom::TlsFailed, &[]),
    failed(&["unrecognized name"], Symptom::TlsFailed, &[]),
    failed(&["remote error: tls:"], Symptom::TlsFailed, &[]),
    failed(&["javax.net.ssl."], Symptom::TlsFailed, &[]),
    failed(&["pr_end_of_file_error"], Symptom::TlsFailed, &[]),
    failed(&["ssl connection timeout"], Symptom::TimedOut, &[]),
    failed(&["schannel: server closed abruptly"], Symptom::Reset, &[]),
    failed(&["schannel:"], Symptom::TlsFailed, &[]),
    failed(&["curl: (35)"], Symptom::TlsFailed, &[]),
    failed(&["curl: (58)"], Symptom::TlsFailed, &[]),
    failed(&["curl: (60)"], Symptom::TlsFailed, &[]),
];
