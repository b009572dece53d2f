//! The binary's `probe` against small servers on loopback: what it prints, its exit codes, and what it costs.

mod inside;
mod servers;

use serde_json::Value;
use servers::{Script, closed_port, endless, replies};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    command.args(arguments).env_clear().env("LC_ALL", "C.UTF-8").env("COLUMNS", "80");
    command
}

fn doctor(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it printed, with every run of blanks as one.
fn words(output: &Output) -> String {
    out(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", out(output), err(output)))
}

/// The sentence of the founding case, as nginx and the load balancer write it.
const PLAIN_400: &str = "HTTP/1.1 400 Bad Request\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n</body>\r\n</html>\r\n";

const OK: &str = "HTTP/1.1 200 OK\r\nServer: uvicorn\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn the_founding_answer_is_attributed_and_explained() {
    let address = replies(PLAIN_400);
    let output = doctor(&["probe", &format!("http://{address}/health")]);
    assert_eq!((code(&output), err(&output).as_str()), (1, ""));
    let words = words(&output);
    assert!(words.starts_with(&format!("GET http://{address}/health ✗ 400 in ")), "{words}");
    for said in ["answered by the load balancer", "because ", "can be secure-server-name-missing (likely):", "server: awselb/2.0", "exit 1"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(words.contains("more apigw-doctor explain secure-server-name-missing"), "{words}");
    assert!(out(&output).lines().all(|line| line.chars().count() <= 80), "{}", out(&output));
    assert!(out(&output).is_ascii() || out(&output).contains('✗'));
}

/// Anybody can write API Gateway's words; the load balancer's signature on its own page is nobody else's.
#[test]
fn whoever_is_not_known_for_certain_is_named_with_a_doubt() {
    let borrowed =
        replies("HTTP/1.1 503 X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"message\":\"Service Unavailable\"}");
    let nobody = replies("HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n");
    let first = |address| {
        let output = doctor(&["probe", &format!("http://{address}/"), "--timeout", "9s"]);
        assert!(out(&output).lines().all(|line| line.chars().count() <= 80), "{}", out(&output));
        out(&output).lines().nth(1).unwrap_or_default().trim().to_owned()
    };
    for (address, said) in [
        (borrowed, ", answered by API Gateway (possible)"),
        (replies(PLAIN_400), ", answered by the load balancer"),
        (replies(OK), ", answered by the target (likely)"),
        (nobody, ", answered by somebody unknown"),
    ] {
        let line = first(address);
        assert!(line.ends_with(said), "{line}");
    }
}

#[test]
fn an_expected_answer_is_exit_0_and_says_no_causes() {
    let address = replies(OK);
    let url = format!("http://{address}/health");
    let output = doctor(&["probe", &url]);
    assert_eq!(code(&output), 0);
    assert!(words(&output).contains("200 in") && !words(&output).contains("can be"), "{}", words(&output));
    assert_eq!(code(&doctor(&["probe", &url, "--expect-status", "4xx"])), 1);
}

#[test]
fn the_json_holds_what_was_seen() {
    let address = replies(PLAIN_400);
    let output = doctor(&["probe", &format!("http://u:s3cret@{address}/health?x=1"), "--format", "json"]);
    let report = json(&output);
    assert_eq!((code(&output), report["version"].as_u64(), report["exit_code"].as_u64()), (1, Some(1), Some(1)));
    let probed = &report["requests"][0];
    assert_eq!(probed["request"]["url"], format!("http://{address}/health?x=1"), "without the credentials");
    let seen = &probed["answers"][0];
    assert_eq!(seen["observed"]["symptom"], "plain-http-to-https-port");
    assert_eq!(seen["connection"]["peer"], address.to_string());
    assert_eq!(seen["can_mean"][0]["check"], "secure-server-name-missing");
    assert!(probed["repeated"].is_null() && seen["timings"]["total_ms"].is_u64());
}

#[test]
fn each_method_is_asked_of_each_path() {
    let script = Script::start(|request, _| {
        let status = if request.starts_with("GET /a ") { "200 OK" } else { "404 Not Found" };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
    });
    let url = format!("http://{}/stage/", script.address);
    let output = doctor(&["probe", &url, "--path", "/a", "--path", "/b", "--method", "GET", "--method", "post", "--body", "{}"]);
    assert_eq!(code(&output), 1);
    let lines: Vec<String> = script.requests().iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect();
    assert_eq!(lines, ["GET /stage/a HTTP/1.1", "POST /stage/a HTTP/1.1", "GET /stage/b HTTP/1.1", "POST /stage/b HTTP/1.1"]);
}

#[test]
fn three_bad_answers_in_ten_are_seen_and_counted() {
    let script = Script::start(|_, count| if count % 3 == 2 { PLAIN_400.to_owned() } else { OK.to_owned() });
    let url = format!("http://{}/health", script.address);
    let output = doctor(&["probe", &url, "--repeat", "10", "--format", "json"]);
    assert_eq!(code(&output), 1, "a mixed outcome is not all right");
    let probed = &json(&output)["requests"][0];
    assert_eq!((probed["repeated"]["made"].as_u64(), probed["repeated"]["as_expected"].as_u64()), (Some(10), Some(7)));
    assert_eq!(
        (probed["repeated"]["outcomes"][0]["status"].as_u64(), probed["repeated"]["outcomes"][0]["times"].as_u64()),
        (Some(400), Some(3))
    );
    let address = &probed["repeated"]["addresses"][0];
    assert_eq!((address["times"].as_u64(), address["as_expected"].as_u64()), (Some(10), Some(7)));
    assert!(probed["repeated"]["total_ms"]["p99"].is_u64());
    assert_eq!(probed["answers"].as_array().map(Vec::len), Some(2));
    let text = words(&doctor(&["probe", &url, "--repeat", "3"]));
    assert!(text.contains("(1 of 3 times)") && text.contains("(2 of 3 times)") && text.contains("2 of 3 as expected; p50"), "{text}");
}

#[test]
fn a_token_is_sent_and_never_printed() {
    // A server that sends back what it got.
    let script = Script::start(|head, _| {
        let token = head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
        format!("HTTP/1.1 200 OK\r\nSet-Cookie: sid=c00kie\r\nX-Echo: {token}\r\nConnection: close\r\n\r\n{head}")
    });
    let url = format!("http://{}/", script.address);
    for format in ["text", "json"] {
        let mut command = command(&["probe", &url, "--bearer-env", "MY_TOKEN", "--header", "X-Key: k3yk3y", "--format", format]);
        let output = command.env("MY_TOKEN", "t0kent0ken").output().expect("the binary starts");
        assert_eq!(code(&output), 0);
        for secret in ["t0ken", "k3yk3y", "c00kie"] {
            assert!(!out(&output).contains(secret) && !err(&output).contains(secret), "{secret}: {}", out(&output));
        }
    }
    assert!(script.requests()[0].contains("authorization: Bearer t0kent0ken\r\n"));
    let unset = doctor(&["probe", &url, "--bearer-env", "NO_SUCH_TOKEN"]);
    assert!(code(&unset) == 2 && err(&unset).contains("NO_SUCH_TOKEN"), "{}", err(&unset));
}

#[test]
fn a_redirect_is_shown_and_never_followed() {
    let script =
        Script::start(|_, _| "HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example.com/\r\nContent-Length: 0\r\n\r\n".to_owned());
    let output = doctor(&["probe", &format!("http://{}/", script.address)]);
    assert!(code(&output) == 1 && words(&output).contains("location: https://elsewhere.example.com/"), "{}", words(&output));
    assert_eq!(script.requests().len(), 1);
}

#[test]
fn waiting_ends_when_all_is_well_or_the_time_is_up() {
    let healing = Script::start(|_, count| if count < 2 { PLAIN_400.to_owned() } else { OK.to_owned() });
    let output = doctor(&["probe", &format!("http://{}/", healing.address), "--wait", "60s", "--interval", "10ms"]);
    assert_eq!((code(&output), healing.requests().len()), (0, 3));
    assert_eq!(err(&output).matches("not yet: the answer is 400").count(), 2, "{}", err(&output));
    let sick = Script::start(|_, _| PLAIN_400.to_owned());
    let output = doctor(&["probe", &format!("http://{}/", sick.address), "--wait", "4s", "--interval", "500ms"]);
    assert!(code(&output) == 1 && sick.requests().len() > 1, "the last state counts");
    assert_eq!(out(&output).matches("GET http").count(), 1, "one report");
}

#[test]
fn what_cannot_be_asked_is_another_exit_code() {
    for (arguments, expected) in [
        (&["probe"][..], 2),
        (&["probe", "example.com"], 2),
        (&["probe", "ftp://example.com/"], 2),
        (&["probe", "http://a/", "--from-vpc", "b"], 2),
        (&["probe", "--from-vpc"], 2),
        (&["probe", "http://a/", "--ipv4", "--ipv6"], 2),
        (&["probe", "http://a/", "--client-cert", "x.pem"], 2),
        (&["probe", "http://a/", "--repeat", "0"], 2),
        (&["probe", "http://a/", "--body", "@/no/such/file"], 2),
        (&["probe", "--from-capture", "/no/such/file"], 4),
        (&["probe", "http://[::1/"], 4),
    ] {
        let output = doctor(arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {}{}", out(&output), err(&output));
    }
    let port = closed_port();
    let refused = doctor(&["probe", &format!("http://127.0.0.1:{port}/")]);
    assert!(code(&refused) == 1 && words(&refused).contains("no answer (connect)"), "{}", words(&refused));
}

#[test]
fn a_given_address_stands_for_a_name() {
    let address = replies(OK);
    let pin = format!("api.example.com:{}:127.0.0.1", address.port());
    let output = doctor(&["probe", &format!("http://api.example.com:{}/", address.port()), "--resolve", &pin]);
    assert_eq!(code(&output), 0, "{}", out(&output));
}

/// No byte that steers a terminal: neither ESC nor BEL, nor the C1 controls that some terminals take for them.
fn steers(text: &str) -> Option<char> {
    text.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}'))
}

#[test]
fn nothing_of_an_answer_steers_the_terminal() {
    let hostile = [
        "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n\x1b[31m\x1b]0;owned\x07\u{9b}2J\u{202e}\u{8}\x7f\0  ",
        "HTTP/1.1 500 \x1b[31mred\r\nX-A: \x1b[2J\r\n\r\n",
        "HTTP/1.1 500 Oops\r\nServer: \u{9b}31m\u{202e}\r\nLocation: \u{9b}2J\r\nContent-Length: 0\r\n\r\n",
        "\x1b[31mSSH-2.0-x\x1b[0m\r\n\r\n",
    ];
    for reply in hostile {
        let url = format!("http://{}/", replies(reply));
        for format in ["text", "json"] {
            let output = doctor(&["probe", &url, "--format", format]);
            assert_eq!(steers(&out(&output)), None, "{format}: {:?}", out(&output));
            assert_eq!(steers(&err(&output)), None);
        }
    }
}

/// The largest resident set of a run, in KiB, as the kernel counts it.
fn peak_of(arguments: &[&str]) -> (i32, u64) {
    let mut child = command(arguments).stdout(Stdio::null()).spawn().expect("the binary starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        peak = peak.max(now);
        if let Some(ended) = child.try_wait().expect("a child can be waited for") {
            return (ended.code().expect("it ended by itself"), peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_hostile_server_costs_little_memory() {
    let body = endless("HTTP/1.1 200 OK\r\n\r\n", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    let fields = endless("HTTP/1.1 200 OK\r\n", "X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n");
    let line = endless("HTTP/1.1 200 OK\r\nX-A: ", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    let interim = endless("", "HTTP/1.1 100 Continue\r\nX-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n\r\n");
    // What floods is looked at in pieces that take seconds in a build without optimisation: a few rounds of it are enough.
    for (address, rounds, expected) in [(body, "60", 0), (fields, "60", 1), (line, "60", 1), (interim, "5", 1)] {
        let url = format!("http://{address}/");
        let (code, peak) = peak_of(&["probe", &url, "--repeat", rounds, "--timeout", "50ms"]);
        assert!(code == expected || code == 1, "{url}: {code}");
        assert!(peak > 0 && peak < 50 * 1024, "{url}: {peak} KiB");
    }
}
