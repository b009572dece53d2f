//! The probe against servers on loopback that answer, hang, reset, cut short and talk nonsense. Kinds and reasons, never durations.

mod certificates;
mod hostile;

use super::exchange::BODY_CAP;
use super::{ProbeRequest, Trust, Way, ask};
use apigw_doctor_checks::answer::{Answer, Attempt, AttemptResult, FailureReason};
use hyper::body::Bytes;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const CA: &[u8] = include_bytes!("testdata/ca.pem");
const LOCALHOST: &[u8] = include_bytes!("testdata/localhost.pem");
const EXPIRED: &[u8] = include_bytes!("testdata/expired.pem");
const SELF_SIGNED: &[u8] = include_bytes!("testdata/self-signed.pem");
const KEY: &[u8] = include_bytes!("testdata/server.key");

/// Long enough for a busy machine; no test that ends well waits for it.
const PATIENT: Duration = Duration::from_secs(30);
/// For tests that have to run out of time.
const HASTY: Duration = Duration::from_millis(400);

/// Takes one connection after the other and lets `serve` do what it likes with each. Says what it took.
fn serve(serve: impl Fn(TcpStream) + Send + 'static) -> (SocketAddr, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let (took, taken) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = took.send(());
            serve(stream);
        }
    });
    (address, taken)
}

/// Reads the head of the request, then writes `reply` and closes.
fn replies(reply: &'static [u8]) -> SocketAddr {
    serve(move |mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(reply);
    })
    .0
}

fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn get(url: &str, timeout: Duration) -> ProbeRequest {
    ProbeRequest {
        method: "get".to_owned(),
        path: "/health".to_owned(),
        stage: "$default".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
        asked: None,
        way: Way::within(timeout),
    }
}

async fn get_http(address: SocketAddr, timeout: Duration) -> Attempt {
    ask(&get(&format!("http://{address}/health"), timeout)).await
}

#[track_caller]
fn answered(attempt: &Attempt) -> &Answer {
    match &attempt.result {
        AttemptResult::Answered(answer) => answer,
        AttemptResult::Failed { .. } | AttemptResult::NotMade { .. } => panic!("{:?}", attempt.result),
    }
}

#[track_caller]
fn failed(attempt: &Attempt, expected: FailureReason) -> &str {
    match &attempt.result {
        AttemptResult::Failed { reason, detail } if *reason == expected => detail,
        AttemptResult::Failed { .. } | AttemptResult::Answered(_) | AttemptResult::NotMade { .. } => panic!("{:?}", attempt.result),
    }
}

#[tokio::test]
async fn an_answer_is_kept_as_it_came() {
    let address = replies(
        b"HTTP/1.1 400 Bad Request\r\nServer: awselb/2.0\r\nX-Odd: caf\xe9\r\nX-Two: 1\r\nX-Two: 2\r\nContent-Length: 4\r\n\r\n\xff\x1b[3",
    );
    let attempt = get_http(address, PATIENT).await;
    let answer = answered(&attempt);
    assert_eq!((answer.status, answer.header("server"), answer.header("x-odd")), (400, Some("awselb/2.0"), Some("caf\u{fffd}")));
    assert_eq!((answer.body.as_str(), answer.body_truncated), ("\u{fffd}\u{1b}[3", false));
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "x-two").count(), 2);
    assert_eq!((attempt.method.as_str(), attempt.path.as_str(), attempt.stage.as_str()), ("GET", "/health", "$default"));
    let timings = attempt.timings;
    assert!(timings.tcp_ms.is_some() && timings.first_byte_ms.is_some());
    assert_eq!((timings.dns_ms, timings.tls_ms), (None, None), "an address literal, no TLS");
    assert!(attempt.presented_chain.is_empty());
}

#[tokio::test]
async fn the_request_says_who_asks_and_carries_the_users_headers() {
    let (said, heard) = channel();
    let (address, _) = serve(move |mut stream| {
        let _ = said.send(read_head(&mut stream));
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    });
    let mut request = get(&format!("http://{address}/prod/health?x=1"), PATIENT);
    request.headers = vec![("X-Tenant".to_owned(), "a".to_owned()), ("x-tenant".to_owned(), "b".to_owned())];
    answered(&ask(&request).await);
    let head = heard.recv().expect("the server read a request");
    assert!(head.starts_with("GET /prod/health?x=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(concat!("user-agent: apigw-doctor/", env!("CARGO_PKG_VERSION"))), "{head}");
    assert!(head.contains("x-tenant: a\r\nx-tenant: b\r\n") && !head.contains("accept-encoding"), "{head}");
}

#[tokio::test]
async fn a_redirect_is_shown_and_not_followed() {
    let (elsewhere, taken) = serve(drop);
    let reply = format!("HTTP/1.1 301 Moved\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    let attempt = get_http(replies(reply.leak().as_bytes()), PATIENT).await;
    assert_eq!(answered(&attempt).header("location"), Some(format!("http://{elsewhere}/").as_str()));
    assert!(taken.try_recv().is_err(), "nobody asked there");
}

#[tokio::test]
async fn a_body_is_cut_at_the_cap_however_long_it_is() {
    let (endless, _) = serve(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 8192]).is_ok() {}
    });
    let attempt = get_http(endless, PATIENT).await;
    assert_eq!((answered(&attempt).body.len(), answered(&attempt).body_truncated), (BODY_CAP, true));

    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY_CAP}\r\n\r\n");
    let exact: &'static [u8] = [head.as_bytes(), &[b'x'; BODY_CAP]].concat().leak();
    let attempt = get_http(replies(exact), PATIENT).await;
    assert_eq!((answered(&attempt).body.len(), answered(&attempt).body_truncated), (BODY_CAP, false));
}

#[tokio::test]
async fn nothing_is_decompressed() {
    let attempt = get_http(replies(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8bx"), PATIENT).await;
    assert_eq!((answered(&attempt).header("content-encoding"), answered(&attempt).body.len()), (Some("gzip"), 5), "one byte became U+FFFD");
}

#[tokio::test]
async fn a_server_that_hangs_is_a_timeout() {
    let (silent, _) = serve(|mut stream| {
        read_head(&mut stream);
        std::thread::sleep(PATIENT);
    });
    let attempt = get_http(silent, HASTY).await;
    assert_eq!(failed(&attempt, FailureReason::Timeout), "connected, but no answer within 400ms");
    assert!(attempt.timings.tcp_ms.is_some() && attempt.timings.first_byte_ms.is_none());
}

#[tokio::test]
async fn a_body_byte_by_byte_ends_when_the_time_is_up() {
    let (slow, _) = serve(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let attempt = get_http(slow, HASTY).await;
    let detail = failed(&attempt, FailureReason::Timeout);
    assert!(detail.starts_with("the answer was not complete within 400ms; status 200 and "), "{detail}");
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_a_reset() {
    let closes_at_once = serve(|mut stream| {
        read_head(&mut stream);
    });
    let half_closes = serve(|mut stream| {
        read_head(&mut stream);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    // Closing with a request unread makes the kernel send RST.
    let resets = serve(drop);
    let cuts_the_head = replies(b"HTTP/1.1 200 OK\r\nContent-Le");
    for (address, taken) in [closes_at_once, half_closes, resets, (cuts_the_head, channel().1)] {
        let attempt = get_http(address, PATIENT).await;
        failed(&attempt, FailureReason::Reset);
        assert!(taken.try_iter().count() < 2, "nothing is tried twice");
    }
    for cut in
        [&b"HTTP/1.1 503 Oops\r\nContent-Length: 9\r\n\r\nabc"[..], b"HTTP/1.1 503 Oops\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"]
    {
        let attempt = get_http(replies(cut), PATIENT).await;
        let detail = failed(&attempt, FailureReason::Reset);
        assert!(detail.ends_with("; status 503 and 3 bytes of the body had arrived"), "{detail}");
    }
}

#[tokio::test]
async fn nonsense_is_a_protocol_failure() {
    let many: &'static str = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-A: b\r\n".repeat(5000)).leak();
    let long: &'static str = format!("HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n", "b".repeat(2_000_000)).leak();
    let nonsense: [&[u8]; 6] = [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        many.as_bytes(),
        long.as_bytes(),
    ];
    for reply in nonsense {
        let attempt = get_http(replies(reply), PATIENT).await;
        assert!(!failed(&attempt, FailureReason::Protocol).is_empty());
    }
}

#[tokio::test]
async fn a_closed_port_is_a_connect_failure() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("loopback has a free port");
    let attempt = get_http(free, PATIENT).await;
    assert!(failed(&attempt, FailureReason::Connect).to_ascii_lowercase().contains("refused"));
    assert_eq!(attempt.timings.first_byte_ms, None);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_a_dns_failure() {
    let attempt = ask(&get("https://no-such-host.invalid/health", PATIENT)).await;
    assert!(!failed(&attempt, FailureReason::Dns).is_empty());
    assert_eq!((attempt.timings.dns_ms, attempt.timings.tcp_ms), (None, None));
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_made_and_never_quoted() {
    let refused = |change: fn(&mut ProbeRequest)| async move {
        let mut request = get("http://127.0.0.1:9/health", HASTY);
        change(&mut request);
        match ask(&request).await.result {
            AttemptResult::NotMade { reason } => reason,
            other @ (AttemptResult::Answered(_) | AttemptResult::Failed { .. }) => panic!("{other:?}"),
        }
    };
    assert!(refused(|request| request.url = "health".to_owned()).await.starts_with("not a URL"));
    assert!(refused(|request| request.url = "ftp://a.example/".to_owned()).await.contains("neither http nor https"));
    assert_eq!(refused(|request| request.method = "GE T".to_owned()).await, "not an HTTP method");
    assert!(refused(|request| request.headers = vec![("a b".to_owned(), String::new())]).await.contains("header name"));
    let secret = refused(|request| request.headers = vec![("authorization".to_owned(), "s3cret\n".to_owned())]).await;
    assert!(secret.contains("authorization") && !secret.contains("s3cret"), "{secret}");
}

/// A TLS server with this certificate, and roots that hold the test CA.
fn tls_server(certificate: &'static [u8], reply: &'static [u8]) -> SocketAddr {
    let chain = vec![CertificateDer::from_pem_slice(certificate).expect("test data is PEM")];
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("test data is PEM");
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("the provider speaks the default versions");
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).expect("key and certificate fit"));
    serve(move |stream| {
        let session = ServerConnection::new(config.clone()).expect("the configuration is complete");
        let mut stream = StreamOwned::new(session, stream);
        if !read_head(&mut stream).is_empty() {
            let _ = stream.write_all(reply);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    })
    .0
}

fn test_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let mut store = RootCertStore::empty();
        store.add(CertificateDer::from_pem_slice(CA).expect("test data is PEM")).expect("the test CA is a CA");
        Arc::new(store)
    };
    ROOTS.get_or_init(load).clone()
}

async fn get_https(host: &str, port: u16, timeout: Duration) -> Attempt {
    let mut request = get(&format!("https://{host}:{port}/health"), timeout);
    request.way.trust = Trust::Only(test_roots());
    ask(&request).await
}

#[tokio::test]
async fn a_trusted_endpoint_answers_and_its_chain_is_kept() {
    let server = tls_server(LOCALHOST, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let attempt = get_https("localhost", server.port(), PATIENT).await;
    assert_eq!(answered(&attempt).body, "ok");
    assert_eq!(attempt.presented_chain, [String::from_utf8_lossy(LOCALHOST)], "PEM of the leaf, byte for byte");
    let session = attempt.connection.tls.as_ref().expect("a session");
    assert_eq!((session.server_name.as_str(), session.version.as_deref()), ("localhost", Some("TLSv1.3")));
    assert_eq!((session.cipher_suite.as_deref(), session.alpn.as_deref()), (Some("TLS_AES_256_GCM_SHA384"), None));
    assert_eq!((session.verification_error.as_deref(), attempt.connection.http_version.as_deref()), (None, Some("HTTP/1.1")));
    assert_eq!(session.leaf.as_ref().expect("a leaf").names, ["localhost"]);
    assert_eq!(attempt.connection.peer, Some(format!("127.0.0.1:{}", server.port())));
    assert!(attempt.connection.addresses.contains(&"127.0.0.1".to_owned()));
    let timings = attempt.timings;
    assert!(timings.dns_ms.is_some() && timings.tcp_ms.is_some() && timings.tls_ms.is_some() && timings.first_byte_ms.is_some());
}

#[tokio::test]
async fn a_refused_certificate_is_a_tls_failure_with_the_exact_reason() {
    for (certificate, host, reason) in [
        (SELF_SIGNED, "localhost", "invalid peer certificate: UnknownIssuer"),
        (EXPIRED, "localhost", "invalid peer certificate: expired (not valid after UNIX time 1580515200)"),
        (
            LOCALHOST,
            "127.0.0.1",
            "invalid peer certificate: certificate not valid for name \"127.0.0.1\"; certificate is only valid for DnsName(\"localhost\")",
        ),
    ] {
        let server = tls_server(certificate, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let attempt = get_https(host, server.port(), PATIENT).await;
        assert_eq!(failed(&attempt, FailureReason::Tls), reason);
        assert_eq!(attempt.presented_chain, [String::from_utf8_lossy(certificate)]);
        // The handshake went on, to be looked at; the request did not.
        assert!(attempt.timings.tls_ms.is_some() && attempt.timings.first_byte_ms.is_none());
        let session = attempt.connection.tls.expect("a session");
        assert_eq!((session.verification_error.as_deref(), session.version.as_deref()), (Some(reason), Some("TLSv1.3")));
    }
}

#[tokio::test]
async fn the_platforms_roots_do_not_trust_the_test_ca() {
    let server = tls_server(LOCALHOST, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let attempt = ask(&get(&format!("https://localhost:{}/", server.port()), PATIENT)).await;
    assert_eq!(failed(&attempt, FailureReason::Tls), "invalid peer certificate: UnknownIssuer");
}

/// The environment is read once per process, so the asking is done by a process of its own.
#[test]
fn ssl_cert_file_counts_and_proxies_do_not() {
    let server = tls_server(LOCALHOST, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let this_program = std::env::current_exe().expect("a test knows its program");
    let output = std::process::Command::new(this_program)
        .args(["--exact", "probe::tests::child_asks_in_its_environment", "--ignored"])
        .env("PROBE_TEST_PORT", server.port().to_string())
        .env("SSL_CERT_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/src/probe/testdata/ca.pem"))
        .env_remove("SSL_CERT_DIR")
        .envs(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, "http://127.0.0.1:1")))
        .output()
        .expect("a test can start its own program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the child ran its test");
}

#[tokio::test]
#[ignore = "run by ssl_cert_file_counts_and_proxies_do_not, in a process of its own"]
async fn child_asks_in_its_environment() {
    let port = std::env::var("PROBE_TEST_PORT").expect("set by the parent");
    let attempt = ask(&get(&format!("https://localhost:{port}/"), PATIENT)).await;
    assert_eq!(answered(&attempt).body, "ok");
}

#[tokio::test]
async fn a_handshake_that_fails_without_a_certificate_is_a_tls_failure() {
    let plain = replies(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let (speaks_at_once, _) = serve(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let (alerts, _) = serve(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"\x15\x03\x03\x00\x02\x02\x28");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let (hangs, _) = serve(|_| std::thread::sleep(PATIENT));
    let (hangs_up, _) = serve(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
    });
    let tls = |address: SocketAddr, timeout| async move { get_https("127.0.0.1", address.port(), timeout).await };
    // A plain HTTP server waits for the end of a head that a TLS hello does not have.
    assert!(failed(&tls(plain, HASTY).await, FailureReason::Tls).contains("400ms"));
    assert!(failed(&tls(speaks_at_once, PATIENT).await, FailureReason::Tls).starts_with("the endpoint does not speak TLS on this port"));
    assert_eq!(failed(&tls(alerts, PATIENT).await, FailureReason::Tls), "received fatal alert: HandshakeFailure");
    assert_eq!(failed(&tls(hangs, HASTY).await, FailureReason::Tls), "the TLS handshake was not complete within 400ms");
    assert_eq!(failed(&tls(hangs_up, PATIENT).await, FailureReason::Tls), "the endpoint closed the connection during the TLS handshake");
}
