//! What clients say when no answer came: curl, wget, browsers, and the libraries of Go, Node, Python, Java, .NET and Rust.
//! Failures of TLS are in a file of their own.

use super::Sentence;
use crate::explain::Kind;
use crate::finding::Confidence::{self, Likely, Possible};
use crate::symptom::Symptom;

pub(super) const fn failed(
    words: &'static [&'static str],
    symptom: Symptom,
    causes: &'static [(&'static str, Confidence, &'static str)],
) -> Sentence {
    let what = match symptom {
        Symptom::NoDns => "the name does not resolve",
        Symptom::ConnectFailed => "no connection could be opened",
        Symptom::TlsFailed => "the TLS handshake failed, or the certificate was refused",
        Symptom::TimedOut => "no answer came in time",
        Symptom::Reset => "the connection was closed before an answer came",
        _ => "what came back is not HTTP",
    };
    Sentence { words, kind: Kind::ClientError, what, symptom: Some(symptom), causes, only: false }
}

/// An answer came, but a browser keeps it from the page.
const fn browser(
    words: &'static [&'static str],
    what: &'static str,
    causes: &'static [(&'static str, Confidence, &'static str)],
) -> Sentence {
    Sentence { words, kind: Kind::ClientError, what, symptom: None, causes, only: false }
}

/// The client goes through a proxy of its own, and that is where it failed.
const fn own_proxy(words: &'static [&'static str]) -> Sentence {
    let what = "the client's own proxy refused or was not reached: the request never left";
    Sentence { what, ..failed(words, Symptom::ConnectFailed, &[]) }.only()
}

const PORT_80: &[(&str, Confidence, &str)] =
    &[("http-scheme-used", Likely, "the request went to port 80, and API Gateway listens on 443 only")];

pub(super) static SENTENCES: &[Sentence] = &[
    // https://curl.se/libcurl/c/libcurl-errors.html
    own_proxy(&["connect tunnel failed"]),
    own_proxy(&["from proxy after connect"]),
    own_proxy(&["could not resolve proxy"]),
    own_proxy(&["connection to proxy closed"]),
    own_proxy(&["unable to connect to proxy"]),
    own_proxy(&["proxyconnect tcp:"]),
    own_proxy(&["err_proxy_connection_failed"]),
    own_proxy(&["err_tunnel_connection_failed"]),
    Sentence { what: "the client itself has no network", ..failed(&["dns_probe_finished_no_internet"], Symptom::NoDns, &[]) }.only(),
    Sentence { what: "the client itself has no network", ..failed(&["err_internet_disconnected"], Symptom::NoDns, &[]) }.only(),
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
        &["cross-origin request blocked"],
        "a browser misses the CORS headers of an answer",
        &[
            ("cors-headers-ignored", Possible, "where CORS is configured at API Gateway, the backend's own CORS headers are ignored"),
            ("cors-preflight-authorized", Possible, "the route that takes OPTIONS may ask for credentials"),
        ],
    ),
    browser(
        &["is not allowed by access-control-allow-origin"],
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
    failed(&["no such host is known"], Symptom::NoDns, &[]),
    failed(&["eai_again"], Symptom::NoDns, &[]),
    failed(&["eai_noname"], Symptom::NoDns, &[]),
    failed(&["resolving timed out after"], Symptom::NoDns, &[]),
    failed(&["specified hostname could not be found"], Symptom::NoDns, &[]),
    failed(&["name oder dienst nicht bekannt"], Symptom::NoDns, &[]),
    failed(&["nom ou service inconnu"], Symptom::NoDns, &[]),
    failed(&["nombre o servicio desconocido"], Symptom::NoDns, &[]),
    // Port 80 is not API Gateway's.
    failed(&["port 80", "connection refused"], Symptom::ConnectFailed, PORT_80),
    failed(&["port 80", "timed out"], Symptom::TimedOut, PORT_80),
    failed(&["port 80", "couldn't connect to server"], Symptom::ConnectFailed, PORT_80),
    failed(&[":80: connection refused"], Symptom::ConnectFailed, PORT_80),
    failed(&[":80: i/o timeout"], Symptom::TimedOut, PORT_80),
    failed(&[":80: connect", "timed out"], Symptom::TimedOut, PORT_80),
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
    failed(&["err_address_unreachable"], Symptom::ConnectFailed, &[]),
    failed(&["actively refused it"], Symptom::ConnectFailed, &[]),
    failed(&["verbindungsaufbau abgelehnt"], Symptom::ConnectFailed, &[]),
    failed(&["connexion refusée"], Symptom::ConnectFailed, &[]),
    failed(&["conexión rehusada"], Symptom::ConnectFailed, &[]),
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
    failed(&["nohttpresponseexception"], Symptom::Reset, &[]),
    failed(&["socketexception: connection reset"], Symptom::Reset, &[]),
    failed(&["other side closed"], Symptom::Reset, &[]),
    failed(&["und_err_socket"], Symptom::Reset, &[]),
    failed(&["response ended prematurely"], Symptom::Reset, &[]),
    failed(&["forcibly closed by the remote host"], Symptom::Reset, &[]),
    failed(&["connection closed before message completed"], Symptom::Reset, &[]),
    failed(&["err_connection_closed"], Symptom::Reset, &[]),
    failed(&["pr_connect_reset_error"], Symptom::Reset, &[]),
    failed(&["\": eof"], Symptom::Reset, &[]),
    failed(&["send failure: broken pipe"], Symptom::Reset, &[]),
    failed(&["und_err_connect_timeout"], Symptom::TimedOut, &[]),
    failed(&["und_err_headers_timeout"], Symptom::TimedOut, &[]),
    failed(&["headers timeout error"], Symptom::TimedOut, &[]),
    failed(&["did not properly respond after a period of time"], Symptom::TimedOut, &[]),
    failed(&["httpclient.timeout of"], Symptom::TimedOut, &[]),
    failed(&["connect timed out"], Symptom::TimedOut, &[]),
    failed(&["wartezeit für die verbindung abgelaufen"], Symptom::TimedOut, &[]),
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
    failed(&["error in the http2 framing layer"], Symptom::ProtocolError, &[]),
    failed(&["http/2 stream", "was not closed cleanly"], Symptom::ProtocolError, &[]),
    failed(&["http2: server sent goaway"], Symptom::ProtocolError, &[]),
    failed(&["err_http2_protocol_error"], Symptom::ProtocolError, &[]),
    // curl's number, where its words are those of a TLS library or of nobody. https://curl.se/libcurl/c/libcurl-errors.html
    failed(&["curl: (6)"], Symptom::NoDns, &[]),
    failed(&["curl: (7)"], Symptom::ConnectFailed, &[]),
    failed(&["curl: (16)"], Symptom::ProtocolError, &[]),
    failed(&["curl: (18)"], Symptom::Reset, &[]),
    failed(&["curl: (28)"], Symptom::TimedOut, &[]),
    failed(&["curl: (52)"], Symptom::Reset, &[]),
    failed(&["curl: (55)"], Symptom::Reset, &[]),
    failed(&["curl: (56)"], Symptom::Reset, &[]),
    failed(&["curl: (92)"], Symptom::ProtocolError, &[]),
];
