//! Transcripts as tools print them, and what is read out of them.

use super::{Exchange, read};
use crate::answer::Answer;

fn last(text: &str) -> Exchange {
    read(text).exchanges.pop().expect("an answer")
}

fn answer(text: &str) -> Answer {
    last(text).answer.expect("an answer")
}

#[test]
fn curl_tells_received_from_sent_and_body() {
    let text = "$ curl -v https://api.example.com/health\n*   Trying 192.0.2.1:443...\n> GET /health HTTP/2\n> Host: api.example.com\n>\n< HTTP/2 503 \n< date: Thu, 13 Aug 2020 01:56:54 GMT\n< content-length: 33\n< apigw-requestid: RL2XYiwjPHcEMEQ=\n< \n* Connection #0 to host api.example.com left intact\n{\"message\":\"Service Unavailable\"}";
    let exchange = last(text);
    assert_eq!((exchange.method.as_deref(), exchange.url.as_deref()), (Some("GET"), Some("https://api.example.com/health")));
    let answer = exchange.answer.expect("an answer");
    assert_eq!((answer.status, answer.headers.len(), answer.body.as_str()), (503, 3, "{\"message\":\"Service Unavailable\"}"));
}

#[test]
fn a_page_is_no_received_line() {
    let text = "* Connected\n< HTTP/1.1 504 Gateway Time-out\n< Server: awselb/2.0\n< \n<html>\n<head><title>504 Gateway Time-out</title></head>\n</html>\n* Closing connection 0";
    assert_eq!(answer(text).body, "<html>\n<head><title>504 Gateway Time-out</title></head>\n</html>");
}

#[test]
fn the_tail_of_curl_sticks_to_a_body_without_line_end() {
    let text = "* x\n< HTTP/2 404\n< \n{\"message\":\"Not Found\"}* Connection #0 to host x left intact";
    assert_eq!(answer(text).body, "{\"message\":\"Not Found\"}");
}

#[test]
fn other_clients_are_read_as_well() {
    let wget = "--2024-05-01 10:00:00--  https://api.example.com/\nHTTP request sent, awaiting response...\n  HTTP/1.1 503 Service Unavailable\n  Date: x\n  apigw-requestid: abc=\n2024-05-01 10:00:30 ERROR 503: Service Unavailable.";
    assert_eq!((answer(wget).status, answer(wget).headers.len()), (503, 2));
    let chrome = "Request URL: https://api.example.com/health\nRequest Method: GET\nStatus Code: 502 Bad Gateway\nRemote Address: 192.0.2.1:443\nResponse Headers\nserver: awselb/2.0\ncontent-length: 122";
    let found = last(chrome);
    assert_eq!(found.url.as_deref(), Some("https://api.example.com/health"));
    assert_eq!(found.answer.expect("an answer").header("server"), Some("awselb/2.0"));
    let newer = "Request URL\nhttps://api.example.com/health\nRequest Method\nGET\nStatus Code\n503 Service Unavailable\napigw-requestid\nabc=\ncontent-length\n33";
    assert_eq!(answer(newer).headers, [("apigw-requestid".to_owned(), "abc=".to_owned()), ("content-length".to_owned(), "33".to_owned())]);
    let shell = "StatusCode        : 200\nStatusDescription : OK\nRawContent        : HTTP/1.1 200 OK\n                    Apigw-Requestid: dKl=\n\n                    ok";
    assert_eq!(answer(shell).header("apigw-requestid"), Some("dKl="));
}

#[test]
fn of_several_answers_all_are_kept_and_interim_ones_are_none() {
    let text = "HTTP/1.1 100 Continue\n\nHTTP/1.1 301 Moved Permanently\nLocation: https://x/\n\nHTTP/1.1 200 OK\n\nok";
    let statuses: Vec<u16> =
        read(text).exchanges.iter().filter_map(|exchange| exchange.answer.as_ref()).map(|answer| answer.status).collect();
    assert_eq!(statuses, [301, 200]);
}

#[test]
fn a_failure_after_the_last_answer_counts() {
    assert!(read("< HTTP/2 200\n< \ncurl: (28) Operation timed out after 30001 milliseconds").failed_after);
    assert!(!read("< HTTP/2 503\n< \ncurl: (22) The requested URL returned error: 503").failed_after);
}

#[test]
fn what_looks_like_a_status_line_and_is_none() {
    for text in ["HTTP/ 503", "HTTP/1.1", "HTTP/1.1 5033 x", "HTTP/x 503", "http/1.1 5o3", "Status: healthy", "status 503rd"] {
        assert!(read(text).exchanges.is_empty(), "{text}");
    }
}

#[test]
fn chunks_are_put_together() {
    let text = "HTTP/1.1 503 x\nTransfer-Encoding: chunked\n\n21\n{\"message\":\"Service Unavailable\"}\n0\n";
    assert_eq!(answer(text).body, "{\"message\":\"Service Unavailable\"}");
}
