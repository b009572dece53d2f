//! Certificates as `rcgen` makes them: what does not verify is seen and not spoken to.

use super::{HASTY, PATIENT, answered, failed, get, read_head, serve};
use crate::probe::exchange::BODY_CAP;
use crate::probe::{Identity, ProbeRequest, Trust, ask};
use apigw_doctor_checks::answer::{Attempt, FailureReason};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn root(name: &str) -> Issuer {
    CertifiedIssuer::self_signed(ca(name), KeyPair::generate().expect("a key")).expect("a root")
}

/// A leaf for these names, by this issuer.
fn leaf(names: &[&str], issuer: &Issuer, change: impl FnOnce(&mut CertificateParams)) -> (CertificateDer<'static>, KeyPair) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("names");
    change(&mut params);
    let certificate = params.signed_by(&key, issuer).expect("a leaf");
    (certificate.der().clone(), key)
}

fn roots(issuer: &Issuer) -> Arc<RootCertStore> {
    let mut store = RootCertStore::empty();
    store.add(issuer.der().clone()).expect("a root");
    Arc::new(store)
}

/// A TLS server that serves this chain, and asks for client certificates of this CA. Says what it read of a request.
fn server(chain: Vec<CertificateDer<'static>>, key: &KeyPair, clients: Option<Arc<RootCertStore>>) -> (SocketAddr, Receiver<String>) {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().expect("versions");
    let builder = match clients {
        Some(roots) => {
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(roots, provider).build().expect("a verifier"))
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = Arc::new(builder.with_single_cert(chain, key).expect("key and certificate fit"));
    let (said, heard) = channel();
    let (address, _) = serve(move |stream| {
        let session = ServerConnection::new(config.clone()).expect("the configuration is complete");
        let mut stream = StreamOwned::new(session, stream);
        let head = read_head(&mut stream);
        if !head.is_empty() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        let _ = said.send(head);
    });
    (address, heard)
}

fn request(port: u16, trust: Trust) -> ProbeRequest {
    let mut request = get(&format!("https://localhost:{port}/health"), PATIENT);
    request.headers = vec![("authorization".to_owned(), "Bearer s3cret".to_owned())];
    request.way.trust = trust;
    request
}

/// Asks, and makes sure that the server read nothing.
async fn unspoken(chain: Vec<CertificateDer<'static>>, key: &KeyPair, trusted: &Issuer) -> Attempt {
    let length = chain.len();
    let (address, heard) = server(chain, key, None);
    let attempt = ask(&request(address.port(), Trust::Only(roots(trusted)))).await;
    assert_eq!(heard.recv().expect("it served"), "", "no request may go to a stranger");
    let session = attempt.connection.tls.as_ref().expect("a session");
    assert_eq!(session.verification_error.as_deref(), Some(failed(&attempt, FailureReason::Tls)));
    assert!(session.version.is_some() && session.cipher_suite.is_some(), "the handshake was completed all the same");
    assert_eq!(attempt.presented_chain.len(), length);
    attempt
}

#[tokio::test]
async fn what_does_not_verify_is_seen_and_not_spoken_to() {
    let (public, private) = (root("public"), root("private"));
    let intermediate = CertifiedIssuer::signed_by(ca("intermediate"), KeyPair::generate().expect("a key"), &public).expect("a CA");

    let (expired, key) = leaf(&["localhost"], &public, |params| params.not_after = date_time_ymd(2020, 2, 1));
    let attempt = unspoken(vec![expired], &key, &public).await;
    assert!(failed(&attempt, FailureReason::Tls).contains("expired"));
    assert_eq!(attempt.connection.tls.and_then(|tls| tls.leaf).expect("a leaf").not_after.to_string(), "2020-02-01T00:00:00Z");

    let (other, key) = leaf(&["other.example.com", "*.other.example.com"], &public, |_| {});
    let attempt = unspoken(vec![other], &key, &public).await;
    assert!(failed(&attempt, FailureReason::Tls).contains("not valid for name \"localhost\""));
    assert_eq!(attempt.connection.tls.and_then(|tls| tls.leaf).expect("a leaf").names, ["other.example.com", "*.other.example.com"]);

    let (unknown, key) = leaf(&["localhost"], &private, |_| {});
    let attempt = unspoken(vec![unknown, private.der().clone()], &key, &public).await;
    assert!(failed(&attempt, FailureReason::Tls).contains("UnknownIssuer"));

    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own_ca = params.self_signed(&key).expect("a certificate").der().clone();
    let attempt = unspoken(vec![own_ca], &key, &public).await;
    assert!(failed(&attempt, FailureReason::Tls).contains("most likely a self-signed one"), "as many tools make them");

    let (incomplete, key) = leaf(&["localhost"], &intermediate, |_| {});
    let attempt = unspoken(vec![incomplete.clone()], &key, &public).await;
    assert!(failed(&attempt, FailureReason::Tls).contains("UnknownIssuer"));
    assert!(attempt.connection.tls.and_then(|tls| tls.leaf).expect("a leaf").issuer.contains("intermediate"));

    let (address, heard) = server(vec![incomplete, intermediate.der().clone()], &key, None);
    let complete = ask(&request(address.port(), Trust::Only(roots(&public)))).await;
    assert_eq!(answered(&complete).status, 200);
    assert!(heard.recv().expect("it served").contains("authorization: Bearer s3cret"));
}

#[tokio::test]
async fn whoever_asks_as_a_load_balancer_asks_everybody() {
    let private = root("private");
    let (certificate, key) = leaf(&["other.example.com"], &private, |_| {});
    let (address, _) = server(vec![certificate], &key, None);
    let attempt = ask(&request(address.port(), Trust::Anybody)).await;
    assert_eq!(answered(&attempt).status, 200);
    assert!(attempt.connection.tls.expect("a session").verification_error.is_some());
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_those_who_ask_and_are_trusted() {
    let (public, clients) = (root("public"), root("clients"));
    let (certificate, key) = leaf(&["localhost"], &public, |_| {});
    let (own, own_key) = leaf(&["client.example.com"], &clients, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let folder = std::env::temp_dir().join(format!("apigw-doctor-client-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("scratch can be written to");
    let (chain_file, key_file) = (folder.join("client.pem"), folder.join("client.key"));
    std::fs::write(&chain_file, crate::probe::tls::pem(&own)).expect("scratch can be written to");
    std::fs::write(&key_file, own_key.serialize_pem()).expect("scratch can be written to");
    let identity = Arc::new(Identity::read(&chain_file, &key_file).expect("a pair"));
    let swapped = Identity::read(&chain_file, &chain_file).err().expect("no key in there");
    assert!(swapped.contains("private key"), "{swapped}");
    std::fs::remove_dir_all(&folder).expect("scratch can be removed");

    let (address, _) = server(vec![certificate.clone()], &key, Some(roots(&clients)));
    let mut with = request(address.port(), Trust::Only(roots(&public)));
    let without = ask(&with).await;
    assert!(failed(&without, FailureReason::Tls).contains("CertificateRequired"), "{without:?}");
    with.way.identity = Some(identity);
    assert_eq!(answered(&ask(&with).await).status, 200);
    // To a stranger it is not shown, and nothing else either.
    with.way.trust = Trust::Only(roots(&clients));
    let (address, heard) = server(vec![certificate], &key, Some(roots(&clients)));
    with.url = format!("https://localhost:{}/health", address.port());
    failed(&ask(&with).await, FailureReason::Tls);
    assert_eq!(heard.recv().expect("it served"), "");
}

/// HTTP/2 by hand: takes the preface and frames until the request is there, acknowledges the settings, and writes `reply`, then `again` for ever.
fn http2_server(certificate: CertificateDer<'static>, key: &KeyPair, reply: &'static [u8], again: &'static [u8]) -> SocketAddr {
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = builder.with_no_client_auth().with_single_cert(vec![certificate], key).expect("key and certificate fit");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    let (address, _) = serve(move |stream| {
        let session = ServerConnection::new(config.clone()).expect("the configuration is complete");
        let mut stream = StreamOwned::new(session, stream);
        let _ = stream.read_exact(&mut [0; 24]);
        let _ = stream.write_all(b"\0\0\0\x04\0\0\0\0\0"); // SETTINGS
        let mut frame = [0; 9];
        while stream.read_exact(&mut frame).is_ok() {
            let length = usize::from(frame[0]) << 16 | usize::from(frame[1]) << 8 | usize::from(frame[2]);
            let _ = stream.read_exact(&mut vec![0; length]);
            if frame[3] == 1 {
                let _ = stream.write_all(b"\0\0\0\x04\x01\0\0\0\0"); // SETTINGS, acknowledged
                let _ = stream.write_all(reply);
                let _ = stream.flush();
                while !again.is_empty() && stream.write_all(&again.repeat(64)).is_ok() {}
            }
        }
    });
    address
}

/// HEADERS of stream 1: `:status: 200`, more to come.
const HEADERS_200: &[u8] = b"\0\0\x01\x01\x04\0\0\0\x01\x88";
const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0abcdefgh";

#[tokio::test]
async fn http2_is_spoken_where_it_is_chosen_and_has_the_same_limits() {
    let public = root("public");
    let (certificate, key) = leaf(&["localhost"], &public, |_| {});
    let whole: &'static [u8] = [HEADERS_200, b"\0\0\x02\0\x01\0\0\0\x01ok"].concat().leak(); // DATA that ends the stream
    let address = http2_server(certificate.clone(), &key, whole, b"");
    let attempt = ask(&request(address.port(), Trust::Only(roots(&public)))).await;
    assert_eq!((answered(&attempt).status, answered(&attempt).body.as_str()), (200, "ok"));
    assert_eq!(attempt.connection.http_version.as_deref(), Some("HTTP/2.0"));
    assert_eq!(attempt.connection.tls.and_then(|tls| tls.alpn).as_deref(), Some("h2"));

    let address = http2_server(certificate.clone(), &key, b"", PING);
    let mut pings = request(address.port(), Trust::Only(roots(&public)));
    pings.way.timeout = HASTY;
    assert_eq!(failed(&ask(&pings).await, FailureReason::Timeout), "connected, but no answer within 400ms");

    let address = http2_server(certificate.clone(), &key, HEADERS_200, PING);
    let mut hasty = request(address.port(), Trust::Only(roots(&public)));
    hasty.way.timeout = HASTY;
    let detail = failed(&ask(&hasty).await, FailureReason::Timeout).to_owned();
    assert!(detail.ends_with("status 200 and 0 bytes of the body had arrived"), "{detail}");

    let data: &'static [u8] = [&b"\0\x04\0\0\0\0\0\0\x01"[..], &[b'x'; 1024]].concat().leak();
    let address = http2_server(certificate, &key, HEADERS_200, data);
    let endless = ask(&request(address.port(), Trust::Only(roots(&public)))).await;
    assert_eq!((answered(&endless).body.len(), answered(&endless).body_truncated), (BODY_CAP, true));
}
