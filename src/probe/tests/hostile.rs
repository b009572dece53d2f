//! Servers that mean no good: every attempt ends, keeps little, and says what happened.

use super::{HASTY, PATIENT, answered, failed, get, get_http, read_head, replies, serve};
use crate::probe::exchange::BODY_CAP;
use crate::probe::{Family, Pin, ask};
use apigw_doctor_checks::answer::{AttemptResult, FailureReason};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Answers each request with this, for ever, until the client hangs up.
fn endless(head: &'static [u8], again: &'static [u8]) -> SocketAddr {
    serve(move |mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(head);
        while stream.write_all(again).is_ok() {}
    })
    .0
}

#[tokio::test]
async fn a_head_without_an_end_is_refused() {
    for (head, again) in [
        (&b"HTTP/1.1 200 OK\r\n"[..], &b"X-A: b\r\n"[..]),
        (b"HTTP/1.1 200 OK\r\nX-A: ", b"bbbbbbbbbbbbbbbb"),
        (b"HTTP/1.1 200 ", b"OKOKOKOKOKOKOKOK"),
        (b"HTTP/1.1 200 OK\r\n", b"xxxxxxxxxxxxxxxx"),
        (b"", b"\r\n"),
        (b"", b"\x00\x00\x00\x00"),
    ] {
        let attempt = get_http(endless(head, again), PATIENT).await;
        let AttemptResult::Failed { reason, detail } = &attempt.result else { panic!("{:?}", attempt.result) };
        assert!(matches!(reason, FailureReason::Protocol | FailureReason::Reset), "{reason:?}: {detail}");
    }
}

#[tokio::test]
async fn a_head_byte_by_byte_ends_when_the_time_is_up() {
    let (slow, _) = serve(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-A: ");
        while stream.write_all(b"b").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let attempt = get_http(slow, HASTY).await;
    assert_eq!(failed(&attempt, FailureReason::Timeout), "connected, but no answer within 400ms");
}

#[tokio::test]
async fn interim_answers_are_passed_over_and_do_not_hold_the_end_back() {
    let attempt =
        get_http(replies(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), PATIENT).await;
    assert_eq!((answered(&attempt).status, answered(&attempt).body.as_str()), (200, "ok"));
    let (slow, _) = serve(|mut stream| {
        read_head(&mut stream);
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(failed(&get_http(slow, HASTY).await, FailureReason::Timeout), "connected, but no answer within 400ms");
}

#[tokio::test]
async fn a_flood_of_interim_answers_ends_when_the_time_is_up() {
    let flood = endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n");
    let attempt = get_http(flood, HASTY).await;
    assert_eq!(failed(&attempt, FailureReason::Timeout), "connected, but no answer within 400ms");
}

#[tokio::test]
async fn what_is_no_http_is_a_protocol_failure() {
    for garbage in
        [&b"<html>HTTP/0.9 had no head</html>"[..], b"\xff\xfe\xfd\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"HTTP/1.1 99999 X\r\n\r\n"]
    {
        let attempt = get_http(replies(garbage), PATIENT).await;
        failed(&attempt, FailureReason::Protocol);
    }
}

#[tokio::test]
async fn escapes_in_a_head_end_the_answer_and_in_a_body_stay_text() {
    let status_text = get_http(replies(b"HTTP/1.1 200 \x1b[31mOK\r\nContent-Length: 0\r\n\r\n"), PATIENT).await;
    let field = get_http(replies(b"HTTP/1.1 200 OK\r\nX-A: \x1b]0;owned\x07\r\nContent-Length: 0\r\n\r\n"), PATIENT).await;
    for attempt in [status_text, field] {
        assert!(!failed(&attempt, FailureReason::Protocol).contains('\u{1b}'));
    }
    let body = get_http(replies(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x1b[31m"), PATIENT).await;
    assert_eq!(answered(&body).body, "\u{1b}[31m", "kept as it came; the renderers make it safe");
}

#[tokio::test]
async fn chunks_that_lie_are_protocol_failures() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for chunks in ["FFFFFFFFFFFFFFFFF\r\n", "-1\r\nx\r\n", "2\r\nabcdef\r\n", "\r\n\r\n", "1;x\ny\r\n"] {
        let reply: &'static str = format!("{HEAD}{chunks}").leak();
        let attempt = get_http(replies(reply.as_bytes()), PATIENT).await;
        let AttemptResult::Failed { reason, detail } = &attempt.result else { panic!("{chunks:?}: {:?}", attempt.result) };
        assert!(matches!(reason, FailureReason::Protocol | FailureReason::Reset) && detail.contains("status 200"), "{chunks:?}: {detail}");
    }
    let huge_chunk = endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n", &[b'x'; 4096]);
    let attempt = get_http(huge_chunk, PATIENT).await;
    assert_eq!((answered(&attempt).body.len(), answered(&attempt).body_truncated), (BODY_CAP, true));
    let extensions = get_http(endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"xxxxxxxxxxxxxxxx"), PATIENT).await;
    failed(&extensions, FailureReason::Protocol);
    let trailers = get_http(endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n"), PATIENT).await;
    failed(&trailers, FailureReason::Protocol);
}

#[tokio::test]
async fn a_bomb_is_not_opened() {
    let bomb = endless(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", &[0x55; 8192]);
    let attempt = get_http(bomb, PATIENT).await;
    let answer = answered(&attempt);
    assert!(answer.body_truncated && answer.body.chars().count() == BODY_CAP, "as many characters as bytes were kept");
}

#[tokio::test]
async fn a_redirect_to_itself_is_asked_once() {
    let (looping, taken) = serve(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /health\r\nContent-Length: 0\r\n\r\n");
    });
    let attempt = get_http(looping, PATIENT).await;
    assert_eq!((answered(&attempt).status, answered(&attempt).header("location")), (302, Some("/health")));
    assert_eq!(taken.try_iter().count(), 1);
}

/// A listener on 127.0.0.1, and nobody at the same port of 127.0.0.2.
#[tokio::test]
async fn after_a_dead_address_the_next_one_is_asked() {
    let live = replies(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let mut request = get(&format!("http://two.example:{}/health", live.port()), PATIENT);
    let pin = |address: &str| Pin { host: "two.example".to_owned(), port: live.port(), address: address.parse().expect("an address") };
    request.way.pins = vec![pin("127.0.0.2"), pin("127.0.0.1")];
    let attempt = ask(&request).await;
    answered(&attempt);
    assert_eq!(attempt.connection.addresses, ["127.0.0.2", "127.0.0.1"]);
    assert_eq!(attempt.connection.peer, Some(live.to_string()));
    assert_eq!(attempt.timings.dns_ms, None, "nobody was asked for the name");
}

#[tokio::test]
async fn one_family_can_be_asked_for() {
    let four = replies(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let mut request = get(&format!("http://{four}/health"), PATIENT);
    request.way.family = Some(Family::V6);
    assert_eq!(failed(&ask(&request).await, FailureReason::Connect), "the name has no IPv6 address");
    request.way.family = Some(Family::V4);
    answered(&ask(&request).await);
}

#[tokio::test]
async fn a_body_and_the_users_host_are_sent() {
    let (said, heard) = std::sync::mpsc::channel();
    let (address, _) = serve(move |mut stream: TcpStream| {
        let head = read_head(&mut stream);
        let mut body = [0; 5];
        let _ = stream.read_exact(&mut body);
        let _ = said.send((head, body));
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    });
    let mut request = get(&format!("http://{address}/health"), PATIENT);
    request.method = "POST".to_owned();
    request.headers = vec![("Host".to_owned(), "api.example.com".to_owned())];
    request.body = "hello".into();
    answered(&ask(&request).await);
    let (head, body) = heard.recv().expect("the server read a request");
    assert!(head.contains("host: api.example.com\r\n") && !head.contains(&address.to_string()), "{head}");
    assert!(head.contains("content-length: 5\r\n") && &body == b"hello", "{head}");
}

/// The kernel accepts, the server never does.
#[tokio::test]
async fn a_handshake_that_nobody_answers_ends_with_the_limit_for_connecting() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = silent.local_addr().expect("a bound listener has an address");
    let mut request = get(&format!("https://{address}/"), PATIENT);
    request.way.connect_timeout = HASTY;
    assert_eq!(failed(&ask(&request).await, FailureReason::Tls), "the TLS handshake was not complete within 400ms");
}

/// The resolver is not asked for it over TLS: the TLS client refuses it before.
#[tokio::test]
async fn a_name_that_no_server_can_have_is_a_dns_failure() {
    for host in ["a..b", "-x.invalid", "x!y.invalid", ".invalid", &format!("{}.invalid", "a".repeat(70))] {
        let attempt = ask(&get(&format!("https://{host}/"), PATIENT)).await;
        assert_eq!(failed(&attempt, FailureReason::Dns), "no server can have this name: invalid dns name", "{host}");
    }
}
