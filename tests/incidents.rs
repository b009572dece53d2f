//! Incidents that somebody reported in public, each told as a change to a healthy deployment and the answer that came: what the binary says of
//! them. The resources are the healthy deployment's; the fault and the answer are the report's.

use apigw_doctor_checks::answer::{Answer, Attempt, AttemptResult};
use apigw_doctor_checks::story::{self, Story};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What an incident says beside its story.
struct Told {
    /// So many further attempts came through, where the report says that it was so now and then.
    came_through: u64,
    verdict: String,
    exit_code: i64,
}

/// A story, and what only incidents have: the report it is from, the verdict and the exit code.
fn incident(path: &Path) -> (Story, Told) {
    let mut told: Value = serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut take = |key: &str| told.as_object_mut().and_then(|members| members.remove(key)).unwrap_or_default();
    let (source, verdict, exit_code) = (take("source"), take("verdict"), take("exit_code"));
    let came_through = take("came_through").as_u64().unwrap_or_default();
    assert!(source.as_str().is_some_and(|source| source.starts_with("https://")), "{}: names no public source", path.display());
    let story = Story::parse(&told.to_string()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let verdict = verdict.as_str().unwrap_or_default().to_owned();
    (story, Told { came_through, verdict, exit_code: exit_code.as_i64().unwrap_or(-1) })
}

/// The report of the binary, and its exit code.
fn judged(name: &str, story: &Story, came_through: u64) -> (Value, Option<i32>) {
    let base = read(&fixtures().join(format!("healthy/{}.json", story.base)));
    let mut capture =
        story::apply(story, &base, &read(&fixtures().join("healthy/aliases.json"))).unwrap_or_else(|error| panic!("{name}: {error}"));
    let through = |attempt: &Attempt| {
        let headers = vec![("server".to_owned(), "express".to_owned())];
        let result = AttemptResult::Answered(Answer { status: 200, headers, body: "ok".to_owned(), body_truncated: false });
        Attempt { result, ..attempt.clone() }
    };
    let more: Vec<Attempt> = (0..came_through).filter_map(|_| story.answer.as_ref().map(through)).collect();
    capture.attempts.extend(more);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("incidents");
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    let file = folder.join(name);
    fs::write(&file, serde_json::to_string(&capture).expect("a capture is JSON")).expect("scratch can be written to");
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    command.args(["check", "--format", "json", "--from"]).arg(&file).env_clear();
    let output = command.output().expect("the binary starts");
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    (report, output.status.code())
}

/// `check at kind id`, as stories write it, but for the kind: the report has another word for some.
fn found(report: &Value) -> BTreeSet<String> {
    let checks = report["deployments"][0]["checks"].as_array().into_iter().flatten();
    let of_check = |check: &Value| {
        let id = check["id"].as_str().unwrap_or_default().to_owned();
        let subjects: Vec<String> =
            check["findings"].as_array().into_iter().flatten().map(|finding| text(&finding["subject"]["id"])).collect();
        subjects.into_iter().map(move |subject| format!("{id} at {subject}"))
    };
    checks.flat_map(of_check).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_incident_is_explained_as_it_was_in_the_end() {
    let entries = fs::read_dir(fixtures().join("incidents")).expect("there are incidents");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    assert!(paths.len() >= 12, "only {} incidents", paths.len());
    for path in paths {
        let name = path.file_name().expect("a file name").to_string_lossy().into_owned();
        let (story, told) = incident(&path);
        let (report, code) = judged(&name, &story, told.came_through);
        let deployment = &report["deployments"][0];
        let cause = &deployment["diagnoses"][0]["causes"][0];
        let first = format!("{} ({})", text(&cause["check"]), text(&cause["confidence"]));
        assert_eq!(Some(first), story.first_cause, "{name}: {}", deployment["diagnoses"][0]);
        let kinds = [
            "Cloud Map service",
            "integration",
            "stage",
            "route",
            "request",
            "API",
            "listener",
            "rule",
            "target group",
            "security group",
            "service",
        ];
        let id = |subject: &str| kinds.iter().find_map(|kind| subject.strip_prefix(&format!("{kind} "))).unwrap_or(subject).to_owned();
        let expected: BTreeSet<String> = story.fires.iter().map(|fires| format!("{} at {}", fires.check, id(&fires.subject))).collect();
        let findings: BTreeSet<String> = found(&report);
        assert_eq!(findings, expected, "{name}: found (left) is not what the incident says (right)");
        assert_eq!(text(&deployment["verdict"]), told.verdict, "{name}");
        assert_eq!(report["exit_code"].as_i64(), Some(told.exit_code), "{name}");
        assert_eq!(code.map(i64::from), Some(told.exit_code), "{name}");
    }
}
