//! What clients say when no answer came: curl, wget, browsers, and the libraries of Go, Node, Python and Java.

use super::Sentence;
use crate::explain::Kind;
use crate::finding::Confidence::{self, Likely, Possible};
use crate::symptom::Symptom;

const fn failed(words: &'static [&'static str], symptom: Symptom, causes: &'static [(&'static str, Confidence, &'static str)]) -> Sentence {
    let what = match symptom {
        Symptom::NoDns => "the name does not resolve",
        Symptom::ConnectFailed => "no connection could be opened",
        Symptom::TlsFailed => "the TLS handshake failed, or the certificate was refused",
        Symptom::TimedOut => "no answer came in time",
        Symptom::Reset => "the connection was closed before an answer came",
        _ => "what came back is not HTTP",
    };
    Sentence { words, kind: Kind::ClientError, what, symptom: Some(symptom), causes }
}

/// An answer came, but a browser keeps it from the page.
const fn browser(
    words: &'static [&'static str],
    what: &'static str,
    causes: &'static [(&'static str, Confidence, &'static str)],
) -> Sentence {
    Sentence { words, kind: Kind::ClientError, what, symptom: None, causes }
}

const OTHER_NAME: &[(&str, Confidence, &str)] = &[
    ("domain-cname-to-execute-api", Possible, "the record may lead to the API's own endpoint, whose certificate is for another name"),
    ("domain-cert-wildcard-depth", Possible, "a wildcard covers one label only"),
];
const EXPIRED: &[(&str, Confidence, &str)] = &[("domain-cert-expired", Likely, "the client says that the certificate is expired")];
const CLIENT_CERTIFICATE: &[(&str, Confidence, &str)] =
    &[("client-mtls-rejected", Likely, "the other side wants a client certificate that it trusts")];
const PORT_80: &[(&str, Confidence, &str)] =
    &[("http-scheme-used", Likely, "the request went to port 80, and API Gateway listens on 443 only")];

pub(super) static SENTENCES: &[Sentence] = &[
    // https://nginx.org/en/docs/http/ngx_http_upstream_module.html
    browser(
        &["while connecting to upstream"],
        "an nginx could not reach what is behind it: it is a target itself, and the fault lies behind the chain",
        &[],
    ),
    browser(
        &["while reading response header from upstream"],
        "an nginx got no whole answer from what is behind it: it is a target itself, and the fault lies behind the chain",
        &[],
    ),
    // https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS/Errors
    browser(
        &["blocked by cors policy", "preflight", "does not have http ok status"],
        "a browser's preflight request was refused",
        &[
            ("cors-preflight-authorized", Likely, "the route that takes OPTIONS asks for credentials, which a preflight request never has"),
            ("method-missing", Possible, "no route takes OPTIONS, and CORS is not configured at API Gateway"),
        ],
    ),
    browser(
        &["blocked by cors policy"],
        "a browser misses the CORS headers of an answer",
        &[
            ("cors-headers-ignored", Possible, "where CORS is configured at API Gateway, the backend's own CORS headers are ignored"),
            ("cors-preflight-authorized", Possible, "the route that takes OPTIONS may ask for credentials"),
        ],
    ),
    browser(
        &["err_too_many_redirects"],
        "a browser is sent round in a circle",
        &[
            ("app-forces-https", Possible, "the application believes that clients come without TLS"),
            ("listener-redirects-to-https", Possible, "the integration leads to the listener that only redirects to HTTPS"),
        ],
    ),
    browser(
        &["maximum", "redirects followed"],
        "a client is sent round in a circle",
        &[
            ("app-forces-https", Possible, "the application believes that clients come without TLS"),
            ("listener-redirects-to-https", Possible, "the integration leads to the listener that only redirects to HTTPS"),
        ],
    ),
    // https://curl.se/libcurl/c/libcurl-errors.html
    failed(&["could not resolve host"], Symptom::NoDns, &[]),
    failed(&["unable to resolve host"], Symptom::NoDns, &[]),
    failed(&["no such host"], Symptom::NoDns, &[]),
    failed(&["name or service not known"], Symptom::NoDns, &[]),
    failed(&["nodename nor servname"], Symptom::NoDns, &[]),
    failed(&["temporary failure in name resolution"], Symptom::NoDns, &[]),
    failed(&["enotfound"], Symptom::NoDns, &[]),
    failed(&["unknownhostexception"], Symptom::NoDns, &[]),
    failed(&["err_name_not_resolved"], Symptom::NoDns, &[]),
    failed(&["nxdomain"], Symptom::NoDns, &[]),
    failed(&["failed to lookup address information"], Symptom::NoDns, &[]),
    failed(&["the remote name could not be resolved"], Symptom::NoDns, &[]),
    // Port 80 is not API Gateway's.
    failed(&["port 80", "connection refused"], Symptom::ConnectFailed, PORT_80),
    failed(&["port 80", "timed out"], Symptom::TimedOut, PORT_80),
    failed(&["port 80", "couldn't connect to server"], Symptom::ConnectFailed, PORT_80),
    failed(&[":80: connection refused"], Symptom::ConnectFailed, PORT_80),
    failed(&[":80: i/o timeout"], Symptom::TimedOut, PORT_80),
    failed(&[":80: connect", "timed out"], Symptom::TimedOut, PORT_80),
    // TLS: what exactly the client did not like.
    failed(&["certificate has expired"], Symptom::TlsFailed, EXPIRED),
    failed(&["certificate is not yet valid"], Symptom::TlsFailed, EXPIRED),
    failed(&["certificate has expired or is not yet valid"], Symptom::TlsFailed, EXPIRED),
    failed(&["err_cert_date_invalid"], Symptom::TlsFailed, EXPIRED),
    failed(&["cert_has_expired"], Symptom::TlsFailed, EXPIRED),
    failed(&["no alternative certificate subject name matches"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["certificate subject name", "does not match"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["hostname mismatch"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["err_tls_cert_altname_invalid"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["does not match certificate's altnames"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["x509: certificate is valid for"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["err_cert_common_name_invalid"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["ssl_error_bad_cert_domain"], Symptom::TlsFailed, OTHER_NAME),
    failed(&["certificate required"], Symptom::TlsFailed, CLIENT_CERTIFICATE),
    failed(&["bad certificate", "alert"], Symptom::TlsFailed, CLIENT_CERTIFICATE),
    failed(&["err_bad_ssl_client_auth_cert"], Symptom::TlsFailed, CLIENT_CERTIFICATE),
    failed(&["ssl certificate problem"], Symptom::TlsFailed, &[]),
    failed(&["certificate verify failed"], Symptom::TlsFailed, &[]),
    failed(&["x509: certificate"], Symptom::TlsFailed, &[]),
    failed(&["unable_to_verify_leaf_signature"], Symptom::TlsFailed, &[]),
    failed(&["self signed certificate"], Symptom::TlsFailed, &[]),
    failed(&["self-signed certificate"], Symptom::TlsFailed, &[]),
    failed(&["err_cert_authority_invalid"], Symptom::TlsFailed, &[]),
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
    failed(
        &["wrong version number"],
        Symptom::TlsFailed,
        &[("http-scheme-used", Possible, "https was spoken to a port that speaks plain HTTP")],
    ),
    // Connections.
    failed(&["failed to connect to", "timed out"], Symptom::TimedOut, &[]),
    failed(&["failed to connect to", "timeout"], Symptom::TimedOut, &[]),
    failed(&["connection refused"], Symptom::ConnectFailed, &[]),
    failed(&["econnrefused"], Symptom::ConnectFailed, &[]),
    failed(&["err_connection_refused"], Symptom::ConnectFailed, &[]),
    failed(
        &["network is unreachable"],
        Symptom::ConnectFailed,
        &[("ipv6-client-on-ipv4-api", Possible, "the client may have no way to addresses of this kind")],
    ),
    failed(&["no route to host"], Symptom::ConnectFailed, &[]),
    failed(&["failed to connect to"], Symptom::ConnectFailed, &[]),
    failed(&["couldn't connect to server"], Symptom::ConnectFailed, &[]),
    failed(&["ehostunreach"], Symptom::ConnectFailed, &[]),
    // An answer that did not come, or not wholly.
    failed(&["empty reply from server"], Symptom::Reset, &[]),
    failed(&["connection reset by peer"], Symptom::Reset, &[]),
    failed(&["econnreset"], Symptom::Reset, &[]),
    failed(&["socket hang up"], Symptom::Reset, &[]),
    failed(&["err_connection_reset"], Symptom::Reset, &[]),
    failed(&["err_empty_response"], Symptom::Reset, &[]),
    failed(&["remote end closed connection without response"], Symptom::Reset, &[]),
    failed(&["recv failure"], Symptom::Reset, &[]),
    failed(&["unexpected eof"], Symptom::Reset, &[]),
    failed(&["operation timed out after"], Symptom::TimedOut, &[]),
    failed(&["connection timed out"], Symptom::TimedOut, &[]),
    failed(&["connection timeout"], Symptom::TimedOut, &[]),
    failed(&["etimedout"], Symptom::TimedOut, &[]),
    failed(&["err_connection_timed_out"], Symptom::TimedOut, &[]),
    failed(&["err_timed_out"], Symptom::TimedOut, &[]),
    failed(&["read timed out"], Symptom::TimedOut, &[]),
    failed(&["sockettimeoutexception"], Symptom::TimedOut, &[]),
    failed(&["i/o timeout"], Symptom::TimedOut, &[]),
    failed(&["context deadline exceeded"], Symptom::TimedOut, &[]),
    failed(&["net/http: request canceled"], Symptom::TimedOut, &[]),
    failed(&["econnaborted", "timeout"], Symptom::TimedOut, &[]),
    failed(&["received http/0.9 when not allowed"], Symptom::ProtocolError, &[]),
    failed(&["err_invalid_http_response"], Symptom::ProtocolError, &[]),
    failed(&["malformed http response"], Symptom::ProtocolError, &[]),
];
