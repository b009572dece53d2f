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
