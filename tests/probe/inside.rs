//! `probe --from-vpc` by a capture, with the node and the targets on loopback.

use super::{PLAIN_400, code, doctor, err, json, out, words};
use crate::servers::{Script, read_head, serve};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json as value};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;

const NODE: &str = "internal-orders-1234567890.eu-central-1.elb.amazonaws.com";

/// A listener that wants TLS and has a self-signed certificate for this name. Plain HTTP gets the 400.
fn listener(name: &str) -> SocketAddr {
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec![name.to_owned()]).expect("a name").self_signed(&key).expect("a certificate");
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).expect("key and certificate fit"));
    serve(move |mut stream| {
        let mut first = [0];
        if matches!(stream.peek(&mut first), Ok(1)) && first[0] != 0x16 {
            read_head(&mut stream);
            let _ = stream.write_all(PLAIN_400.as_bytes());
            return;
        }
        let mut session = StreamOwned::new(ServerConnection::new(config.clone()).expect("the configuration is complete"), stream);
        if !read_head(&mut session).is_empty() {
            let _ = session.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    })
}

/// The healthy deployment behind an ALB, with these ports.
fn capture(name: &str, listener: u16, target: u16, change: impl FnOnce(&mut Value)) -> PathBuf {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/healthy/alb.json"));
    let mut capture: Value = serde_json::from_str(&text.expect("a healthy deployment")).expect("JSON");
    let first = |facts: &Value, part: &str| facts[part].as_object().and_then(|all| all.keys().next().cloned()).expect("one of them");
    let facts = &mut capture["facts"];
    let (listener_arn, group_arn) = (first(facts, "listeners"), first(facts, "target_health"));
    facts["listeners"][&listener_arn]["known"]["port"] = value!(listener);
    for entry in facts["target_health"][&group_arn]["known"].as_array_mut().expect("targets") {
        entry["port"] = value!(target);
    }
    change(facts);
    scratch(name, &capture.to_string())
}

fn scratch(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("inside");
    std::fs::create_dir_all(&folder).expect("the target folder can be written to");
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, text).expect("scratch can be written to");
    file
}

fn ask(file: &std::path::Path, listener: u16, target: u16, more: &[&str]) -> Output {
    let file = file.to_string_lossy();
    let pins =
        [format!("{NODE}:{listener}:127.0.0.1"), format!("10.20.10.31:{target}:127.0.0.1"), format!("10.20.11.31:{target}:127.0.0.1")];
    let mut arguments = vec!["probe", "--from-vpc", "--from-capture", file.as_ref()];
    pins.iter().for_each(|pin| arguments.extend(["--resolve", pin.as_str()]));
    doctor(&[&arguments[..], more].concat())
}

#[test]
fn the_listener_and_the_targets_say_what_they_are() {
    let node = listener("other.example.com");
    let target = Script::start(|head, _| {
        let status = if head.starts_with("GET /health ") { "200 OK" } else { "404 Not Found" };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
    });
    let (node, port) = (node.port(), target.address.port());
    let file = capture("other-name", node, port, |_| {});
    let output = ask(&file, node, port, &[]);
    assert_eq!(code(&output), 1, "{}{}", out(&output), err(&output));
    let words = words(&output);
    for said in [
        "serves a certificate for other.example.com when asked for api.internal.example.com",
        "the integration wants api.internal.example.com",
        "it is self-signed",
        "gets the 400 of a port that wants TLS, as it should",
        "target 10.20.10.31 of orders, as its health check asks",
        "GET /health is answered with 200, which the matcher 200 accepts",
        "exit 1",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(target.requests().iter().all(|head| head.contains("host: 10.20.1") && !head.contains("authorization")));
    let report = json(&ask(&file, node, port, &["--format", "json", "--header", "Authorization: s3cret"]));
    let steps = report["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 4);
    assert_eq!(steps.iter().map(|step| step["good"].as_bool().expect("a verdict")).collect::<Vec<_>>(), [false, true, true, true]);
    assert_eq!(steps[0]["connection"]["tls"]["server_name"], "api.internal.example.com");
    assert!(steps[0]["presented_chain"][0].as_str().is_some_and(|pem| pem.contains("BEGIN CERTIFICATE")));
    assert!(!report.to_string().contains("s3cret") && target.requests().iter().all(|head| !head.contains("s3cret")));
}

#[test]
fn the_founding_finding_is_confirmed_from_inside() {
    let node = listener("api.internal.example.com").port();
    let target = Script::start(|_, _| "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n".to_owned());
    let port = target.address.port();
    let file = capture("founding", node, port, |facts| facts["integrations"]["known"]["int0001"]["tls_config"] = Value::Null);
    let output = ask(&file, node, port, &[]);
    let words = words(&output);
    assert_eq!(code(&output), 1);
    assert!(words.contains("this is what the integration sends: it has no secure server name"), "{words}");
    assert!(words.contains("confirms secure-server-name-missing at integration int0001"), "{words}");
    assert!(words.contains("as an integration with the secure server name api.internal.example.com would ask"), "{words}");
    assert!(words.contains("GET /health is answered with 503, which the matcher 200 does not accept"), "{words}");
}

#[test]
fn nobody_there_is_said_and_nothing_to_ask_is_another_exit_code() {
    let closed = super::closed_port();
    let file = capture("closed", closed, closed, |_| {});
    let output = ask(&file, closed, closed, &[]);
    assert!(code(&output) == 1 && words(&output).to_lowercase().contains("connection refused"), "{}", out(&output));
    let file = capture("public", closed, closed, |facts| facts["integrations"]["known"]["int0001"]["connection_type"] = value!("INTERNET"));
    let output = ask(&file, closed, closed, &[]);
    assert!(code(&output) == 4 && words(&output).contains("not asked: GET /health leads to no private integration"), "{}", out(&output));
}

#[test]
fn behind_cloud_map_the_instances_are_asked() {
    let application = Script::start(|_, _| "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned());
    let port = application.address.port();
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/healthy/cloud-map.json")).expect("a deployment");
    let file = scratch("instances", &text.replace(r#""AWS_INSTANCE_PORT": "8080""#, &format!(r#""AWS_INSTANCE_PORT": "{port}""#)));
    let output = ask(&file, port, port, &[]);
    let words = words(&output);
    assert_eq!(code(&output), 0, "{words}{}", err(&output));
    assert!(words.contains("instance a0000000000000000000000000000000 of orders, as the integration asks at 127.0.0.1"), "{words}");
    assert!(words.contains(&format!("plain HTTP on port {port}: the answer is 200")), "{words}");
    assert_eq!(application.requests().len(), 2);
}
