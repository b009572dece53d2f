//! The binary on captures: what is judged for which request, and what a missing fact does to verdict and exit code.

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

fn doctor(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    command.args(arguments).env_clear().env("LC_ALL", "C.UTF-8").env("COLUMNS", "80");
    command.output().expect("the binary starts")
}

/// The healthy deployment behind an ALB, to be changed.
fn healthy() -> Value {
    let text = fs::read_to_string(format!("{}/fixtures/healthy/alb.json", env!("CARGO_MANIFEST_DIR")));
    serde_json::from_str(&text.expect("a healthy deployment")).expect("JSON")
}

/// Writes a capture into a folder of its own and judges it.
fn judged(name: &str, capture: &Value, arguments: &[&str]) -> Output {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("captures");
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    let file = folder.join(format!("{name}.json"));
    fs::write(&file, capture.to_string()).expect("scratch can be written to");
    let file = file.to_string_lossy();
    doctor(&[&["check", "--from", file.as_ref()], arguments].concat())
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it printed, with every run of blanks as one.
fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The only deployment of a JSON report.
fn deployment(name: &str, capture: &Value, arguments: &[&str]) -> Value {
    let output = judged(name, capture, &[&["--format", "json"], arguments].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", err(&output)));
    report["deployments"][0].clone()
}

#[test]
fn a_finding_does_not_close_what_could_not_be_looked_at() {
    let mut capture = healthy();
    let facts = &mut capture["facts"];
    // One link in a single zone (a warning), and a second one that was not allowed to be read.
    facts["vpc_links"]["vpl001"]["known"]["subnet_ids"] = json!(["subnet-a"]);
    facts["vpc_links"]["vpl002"] = json!({"denied": {"action": "apigateway:GET"}});
    let mut second = facts["integrations"]["known"]["int0001"].clone();
    second["id"] = json!("int0002");
    second["connection_id"] = json!("vpl002");
    facts["integrations"]["known"]["int0002"] = second;
    facts["routes"]["known"]["rte0002"] =
        json!({"id": "rte0002", "key": "GET /second", "target": "integrations/int0002", "authorization_type": "NONE"});
    let only = ["--select", "vpclink-single-az"];
    let output = judged("half-read", &capture, &only);
    assert_eq!(code(&output), 3, "{}", words(&output));
    assert!(words(&output).contains("vpclink-single-az could not tell: not allowed: apigateway:GET"), "{}", words(&output));
    assert!(words(&output).contains("1 problem, 1 question left open"), "{}", words(&output));
    assert_eq!(code(&judged("half-read-allowed", &capture, &[&only[..], &["--allow-unknown"]].concat())), 0);
}

fn answered(path: &str, stage: &str, status: u16) -> Value {
    json!({
        "method": "GET", "path": path, "stage": stage, "url": format!("https://example.com{path}"),
        "result": {"kind": "answered", "status": status, "headers": [["server", "uvicorn"]], "body": "{\"ok\":1}"},
        "timings": {"dns_ms": null, "tcp_ms": null, "tls_ms": null, "first_byte_ms": null, "total_ms": 7}
    })
}

#[test]
fn an_answer_counts_only_for_its_own_request() {
    let mut capture = healthy();
    let stages = &mut capture["facts"]["stages"]["known"];
    stages["dev"] = stages["$default"].clone();
    stages["dev"]["name"] = json!("dev");
    capture["requests"] = json!([{"method": "GET", "path": "/orders", "stage": null}]);
    capture["attempts"] = json!([answered("/orders", "$default", 200)]);
    let kind = |name: &str, arguments: &[&str]| deployment(name, &capture, arguments)["diagnoses"][0]["observed"]["kind"].clone();
    assert_eq!(kind("own", &[]), "answered");
    assert_eq!(kind("named", &["--path", "/orders"]), "answered");
    assert_eq!(kind("other-stage", &["--stage", "dev"]), "not-made");
    let health = deployment("asked-for-health", &capture, &["--path", "/health"]);
    assert_eq!(
        (&health["diagnoses"][0]["request"]["path"], &health["diagnoses"][0]["observed"]["kind"]),
        (&json!("/health"), &json!("not-made"))
    );
    let dev = deployment("other-stage-path", &capture, &["--stage", "dev"]);
    assert_eq!(dev["diagnoses"][0]["request"]["path"], "/orders", "what the command line does not name stays as captured");
    let unasked = deployment("no-probe", &capture, &["--no-probe"]);
    assert_eq!(unasked["diagnoses"][0]["observed"], json!({"kind": "not-made", "reason": "--no-probe"}));
}

#[test]
fn a_stage_that_a_capture_does_not_hold_is_a_slip() {
    let mut capture = healthy();
    let output = judged("no-such-stage", &capture, &["--stage", "$defualt"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("has no stage \"$defualt\" (did you mean $default?)"), "{}", err(&output));
    let stages = &mut capture["facts"]["stages"]["known"];
    stages["dev"] = stages["$default"].take();
    stages["dev"] = json!({"name": "dev", "auto_deploy": true, "deployment_id": "d", "last_deployment_status_message": null});
    stages["prod"] = json!({"name": "prod", "auto_deploy": true, "deployment_id": "d", "last_deployment_status_message": null});
    stages.as_object_mut().expect("stages").remove("$default");
    let output = judged("which-stage", &capture, &["--path", "/health"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("name one with --stage: dev, prod"), "{}", err(&output));
}

/// The healthy deployment with a recorded answer of its own /health.
fn with_answer(status: u16, headers: &Value, body: &str) -> Value {
    let mut capture = healthy();
    let mut attempt = answered("/health", "$default", status);
    attempt["result"]["headers"] = headers.clone();
    attempt["result"]["body"] = json!(body);
    capture["attempts"] = json!([attempt]);
    capture
}

#[test]
fn an_undeployed_change_explains_answers_of_the_chain_and_nothing_else() {
    let gateway = json!([["apigw-requestid", "x="], ["content-type", "application/json"]]);
    let mut capture = with_answer(500, &gateway, "{\"message\":\"Internal Server Error\"}");
    capture["facts"]["stages"]["known"]["$default"]["auto_deploy"] = json!(false);
    let causes = |name: &str, capture: &Value| deployment(name, capture, &[])["diagnoses"][0]["causes"].clone();
    assert_eq!(causes("deployed", &capture), json!([]), "the stage serves what is saved, as the export says");
    capture["facts"]["saved_definition"] = json!({"denied": {"action": "apigateway:GET"}});
    assert_eq!(causes("undeployed", &capture)[0]["check"], "undeployed-changes");
    capture["attempts"][0]["result"] = json!({"kind": "failed", "reason": "dns", "detail": "no such name"});
    assert_eq!(causes("undeployed-dns", &capture), json!([]), "the client's resolver knows nothing of stages");
    capture["attempts"] = json!([answered("/health", "$default", 404)]);
    assert_eq!(causes("undeployed-target", &capture), json!([]), "the target answered: the chain works");
}

#[test]
fn a_refusal_is_an_authorizers_only_where_there_is_one() {
    let gateway = json!([["apigw-requestid", "x="], ["content-type", "application/json"]]);
    let unauthorized = with_answer(401, &gateway, "{\"message\":\"Unauthorized\"}");
    let report = deployment("unauthorized", &unauthorized, &[]);
    assert_eq!(report["verdict"], "degraded");
    assert_eq!(
        report["diagnoses"][0]["conclusion"],
        "The 401 is an authorizer's answer to a request without valid credentials, not a fault of the chain."
    );
    let mut forbidden = with_answer(403, &gateway, "{\"message\":\"Forbidden\"}");
    assert_eq!(deployment("forbidden", &forbidden, &[])["verdict"], "broken", "nobody guards the route, so this stops every request");
    forbidden["facts"]["routes"]["known"]["rte0001"]["authorization_type"] = json!("AWS_IAM");
    assert_eq!(deployment("forbidden-by-iam", &forbidden, &[])["verdict"], "degraded");
}

#[test]
fn a_predicted_redirect_is_not_healthy() {
    let mut capture = healthy();
    let listeners = capture["facts"]["listeners"].as_object_mut().expect("listeners");
    for listener in listeners.values_mut() {
        listener["known"]["default_actions"] = json!([{"type": "redirect", "status": 302}]);
    }
    let report = deployment("redirect", &capture, &["--select", "no-stage"]);
    assert_eq!(report["diagnoses"][0]["predicted"]["status"], 302);
    assert_ne!(report["verdict"], "healthy");
}

#[test]
fn leaving_checks_out_opens_no_door() {
    let mut capture = healthy();
    capture["facts"]["security_groups"]["known"]["sg-lb"]["ingress"] = json!([]);
    let report = deployment("door", &capture, &["--select", "no-stage"]);
    assert_eq!(report["diagnoses"][0]["predicted"]["by"], "lb-sg-ingress-from-link");
    assert_eq!(report["verdict"], "broken");
    let listed: Vec<&str> = report["checks"].as_array().expect("checks").iter().filter_map(|check| check["id"].as_str()).collect();
    assert_eq!(listed, ["no-stage"], "only what was selected is listed, and counts");
    assert_eq!(code(&judged("door", &capture, &["--select", "no-stage"])), 0);
}

#[test]
fn a_way_that_leads_nowhere_is_no_pass() {
    let mut capture = healthy();
    for listener in capture["facts"]["listeners"].as_object_mut().expect("listeners").values_mut() {
        listener["known"]["default_actions"] = json!([]);
    }
    let output = judged("nowhere", &capture, &[]);
    assert_eq!(code(&output), 3, "{}", words(&output));
    assert!(words(&output).contains("what was read does not decide the answer"), "{}", words(&output));
    assert_eq!(code(&judged("nowhere", &capture, &["--allow-unknown"])), 0);
}

#[test]
fn the_summary_and_the_plan_are_about_the_request_that_made_the_verdict() {
    let mut capture = with_answer(200, &json!([["server", "uvicorn"]]), "{}");
    let facts = &mut capture["facts"];
    let mut second = facts["integrations"]["known"]["int0001"].clone();
    second["id"] = json!("int0002");
    second["tls_config"] = json!(null);
    facts["integrations"]["known"]["int0002"] = second;
    facts["routes"]["known"]["rte0002"] =
        json!({"id": "rte0002", "key": "GET /orders", "target": "integrations/int0002", "authorization_type": "NONE"});
    let mut attempt = answered("/orders", "$default", 400);
    let body = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head><body>The plain HTTP request was sent to HTTPS port</body></html>";
    attempt["result"]["headers"] = json!([["server", "awselb/2.0"], ["content-type", "text/html"]]);
    attempt["result"]["body"] = json!(body);
    capture["attempts"].as_array_mut().expect("attempts").push(attempt);
    capture["requests"] = json!([{"method": "GET", "path": "/health", "stage": null}, {"method": "GET", "path": "/orders", "stage": null}]);
    let report = deployment("two-requests", &capture, &[]);
    assert_eq!(report["summary"], "Broken. GET /orders: The 400 is explained by secure-server-name-missing (certain).");
    assert_eq!(report["fix_plan"][0]["check"], "secure-server-name-missing");
}

#[test]
fn bad_answers_among_good_ones_are_counted_diagnosed_and_not_healthy() {
    let mut capture = healthy();
    let mut bad = answered("/health", "$default", 503);
    bad["result"]["headers"] = json!([["server", "awselb/2.0"], ["content-type", "text/html"]]);
    bad["result"]["body"] = json!(
        "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    bad["connection"] = json!({"addresses": ["192.0.2.1", "192.0.2.2"], "peer": "192.0.2.2:443"});
    let good = answered("/health", "$default", 200);
    capture["attempts"] = json!([good, bad, good, good, bad, good, good, bad, good, good]);
    let output = judged("intermittent", &capture, &[]);
    assert_eq!(code(&output), 1, "{}", words(&output));
    for said in ["answered by the load balancer (3 of 10 times)", "(7 of 10 times)", "7 of 10 as expected; p50 7 ms", "Verdict: degraded"] {
        assert!(words(&output).contains(said), "{said}: {}", words(&output));
    }
    let report = deployment("intermittent-json", &capture, &[]);
    assert!(report["summary"].as_str().is_some_and(|summary| summary.contains("3 of 10 times: The 503")), "{}", report["summary"]);
    let first = &report["diagnoses"][0];
    assert_eq!((&first["share"], &first["repeated"]["made"]), (&json!({"times": 3, "of": 10}), &json!(10)));
    assert_eq!(first["repeated"]["addresses"], json!([{"address": "192.0.2.2:443", "times": 3, "as_expected": 0}]));
    assert_eq!(first["observed"]["connection"]["addresses"], json!(["192.0.2.1", "192.0.2.2"]));
}
