//! The binary without AWS: golden reports, exit codes, and what bad input gets. No network is touched.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn doctor(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    command.args(arguments).env_clear().env("LC_ALL", "C.UTF-8").env("COLUMNS", "80");
    command.output().expect("the binary starts")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("reports are UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

/// A folder of this test's own, empty.
fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder
}

fn healthy(name: &str) -> String {
    format!("{}/fixtures/healthy/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

/// A failure is one sentence on standard error, nothing on standard output, and the exit code of the table.
fn fails(arguments: &[&str], expected: i32, says: &str) {
    let output = doctor(arguments);
    assert_eq!(code(&output), expected, "{arguments:?}: {}", err(&output));
    assert!(err(&output).contains(says), "{arguments:?} says: {}", err(&output));
    assert_eq!(out(&output), "", "{arguments:?}");
    assert!(!err(&output).contains("panicked"));
}

/// Golden reports bless mistakes as well, so the numbers that matter are asserted below once more.
#[test]
fn reports_are_as_they_were() {
    for (name, story) in [("founding", "secure-server-name-missing/blank"), ("closed-group", "lb-sg-ingress-from-link/one-zone")] {
        for (format, extension) in [("text", "txt"), ("short", "short.txt"), ("json", "json")] {
            let text = out(&doctor(&["demo", story, "--format", format]));
            let unclocked: Vec<&str> = text.lines().filter(|line| !line.contains("\"generated_at\"")).collect();
            let file = format!("{}/fixtures/whole/{name}.{extension}", env!("CARGO_MANIFEST_DIR"));
            let fresh = unclocked.join("\n") + "\n";
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::create_dir_all(format!("{}/fixtures/whole", env!("CARGO_MANIFEST_DIR"))).expect("fixtures can be written to");
                fs::write(&file, &fresh).expect("fixtures can be written to");
            }
            let golden = fs::read_to_string(&file).unwrap_or_default();
            let differs = fresh.lines().zip(golden.lines()).find(|(new, old)| new != old);
            assert!(fresh == golden, "{file}: {differs:?}: if the new report is better, run UPDATE_GOLDEN=1 cargo test --test offline");
        }
    }
}

#[test]
fn the_founding_case_says_what_the_newcomer_needs() {
    let output = doctor(&["demo"]);
    let text = out(&output);
    assert_eq!(code(&output), 1);
    let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "400 in 0.08 s, answered by the load balancer",
        "secure-server-name-missing",
        "api.internal.example.com",
        "aws apigatewayv2 update-integration --api-id a1b2c3d4e5 --integration-id int0001 --tls-config ServerNameToVerify=api.internal.example.com",
        "Integrations → Manage → Edit → Advanced",
        "The 400 is explained by secure-server-name-missing (certain).",
        "verified on the model",
        "exit 1",
    ] {
        assert!(unwrapped.contains(words), "{words}\n{text}");
    }
    let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80 && !line.trim_start().starts_with("aws ")).collect();
    assert!(long.iter().all(|line| !line.trim().contains(' ')), "wider than 80 columns: {long:?}");
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    for story in ["secure-server-name-missing/blank", "secure-server-name-missing/sentence-from-behind"] {
        let codes: Vec<i32> = ["text", "short", "json"].iter().map(|format| code(&doctor(&["demo", story, "--format", format]))).collect();
        assert_eq!(codes, [1, 1, 1], "{story}");
    }
    let file = healthy("alb");
    for format in ["text", "short", "json"] {
        assert_eq!(code(&doctor(&["check", "--from", &file, "--format", format])), 0, "{format}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (doctor(&["demo", "--format", "text"]), doctor(&["demo", "--format", "text"]));
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn the_threshold_decides() {
    assert_eq!(code(&doctor(&["check", "--from", &healthy("alb"), "--fail-on", "info"])), 0);
    // The story's recorded answer is a 400, and an unexpected answer counts whatever the threshold.
    assert_eq!(code(&doctor(&["demo", "--fail-on", "never"])), 1);
    assert_eq!(code(&doctor(&["demo", "lb-sg-ingress-from-link/previous-link"])), 1);
    assert_eq!(code(&doctor(&["demo", "lb-sg-ingress-from-link/previous-link", "--fail-on", "never"])), 0);
}

#[test]
fn an_unread_part_is_unknown_in_the_exit_code() {
    let text = fs::read_to_string(healthy("alb")).expect("a healthy deployment");
    let mut capture: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    capture["facts"]["security_groups"] = serde_json::json!({"denied": {"action": "ec2:DescribeSecurityGroups"}});
    let file = scratch("unread").join("capture.json");
    fs::write(&file, capture.to_string()).expect("scratch can be written to");
    let file = file.to_string_lossy();
    let output = doctor(&["check", "--from", &file]);
    assert_eq!(code(&output), 3);
    assert!(out(&output).contains("not allowed: ec2:DescribeSecurityGroups"), "{}", out(&output));
    assert_eq!(code(&doctor(&["check", "--from", &file, "--allow-unknown"])), 0);
}

#[test]
fn colours_only_where_they_are_asked_for() {
    assert!(!out(&doctor(&["demo"])).contains('\u{1b}'), "not to a pipe");
    assert!(out(&doctor(&["demo", "--color=always"])).contains('\u{1b}'));
    let file = scratch("colours").join("report.txt");
    let name = file.to_string_lossy().into_owned();
    assert_eq!(code(&doctor(&["demo", "--color=always", "--output", &name])), 1);
    assert!(!fs::read_to_string(&file).expect("it was written").contains('\u{1b}'), "not to a file");
}

/// Colour stripped, a coloured report is the plain one; where the locale cannot show our marks, none is printed.
#[test]
fn the_report_reads_the_same_without_colour_and_unicode() {
    let plain = out(&doctor(&["demo"]));
    let coloured = out(&doctor(&["demo", "--color=always"]));
    let mut pieces = coloured.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    let stripped = pieces.fold(first, |text, piece| text + piece.split_once('m').map_or("", |(_, rest)| rest));
    assert_eq!(stripped, plain);
    for format in ["text", "short"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
        let output = command.args(["demo", "--format", format]).env_clear().env("LC_ALL", "C").output().expect("the binary starts");
        assert!(out(&output).is_ascii(), "{}", out(&output));
    }
}

/// Half a report with the exit code of a whole one would be taken for it.
#[cfg(target_os = "linux")]
#[test]
fn a_report_goes_through_links_and_pipes_and_not_into_a_full_disk() {
    let folder = scratch("through");
    let (real, link) = (folder.join("real.json"), folder.join("link.json"));
    fs::write(&real, "old").expect("scratch can be written to");
    std::os::unix::fs::symlink(&real, &link).expect("scratch can hold a link");
    assert_eq!(code(&doctor(&["demo", "--output", &format!("json={}", link.display())])), 1);
    assert!(link.is_symlink() && fs::read_to_string(&real).expect("it was written").starts_with('{'));
    let piped = doctor(&["demo", "--output", "/dev/fd/1"]);
    assert_eq!(piped.stdout, doctor(&["demo"]).stdout, "{}", err(&piped));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    let output = command.arg("demo").stdout(full).output().expect("the binary starts");
    assert_eq!(code(&output), 4);
    assert!(err(&output).contains("cannot write the report to standard output"), "{}", err(&output));
}

#[test]
fn hostile_names_do_not_steer_the_terminal() {
    let text = fs::read_to_string(healthy("alb")).expect("a healthy deployment");
    let mut capture: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    capture["facts"]["api"]["known"]["name"] = "\u{1b}]0;owned\u{7}\u{202e}sredro".into();
    let file = scratch("hostile").join("capture.json");
    fs::write(&file, capture.to_string()).expect("scratch can be written to");
    for format in ["text", "short", "json"] {
        let shown = out(&doctor(&["check", "--from", &file.to_string_lossy(), "--format", format]));
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{format}");
        assert!(format == "json" || !shown.contains('\u{202e}'), "{format}");
    }
}

#[test]
fn bad_input_gets_one_sentence_and_its_exit_code() {
    let folder = scratch("bad");
    let newer = folder.join("newer.json");
    fs::write(&newer, r#"{"format": 99}"#).expect("scratch can be written to");
    let damaged = folder.join("damaged.json");
    let text = fs::read_to_string(healthy("alb")).expect("a healthy deployment");
    fs::write(&damaged, text.replace("\"auto_deploy\": true", "\"auto_deploy\": 7")).expect("scratch can be written to");
    let path = |file: &PathBuf| file.to_string_lossy().into_owned();
    fails(&["check", "--from", "nowhere.json"], 4, "cannot read the capture nowhere.json");
    fails(&["check", "--from", &path(&newer)], 4, "capture format 99");
    fails(&["check", "--from", &path(&damaged)], 4, "line");
    fails(&["check", "--from", &healthy("aliases")], 4, "\"format\" is missing");
    fails(&["demo", "secure-server-name"], 2, "did you mean secure-server-name-missing");
    fails(&["demo", "--select", "tls-mising"], 2, "there is no check \"tls-mising\"");
    fails(&["demo", "--output", &path(&folder.join("missing/report.json"))], 2, "there is no folder");
    fails(&["demo", "--output", &path(&folder)], 2, "it is a folder");
    fails(&["demo", "--output", "json="], 2, "the name is empty");
    fails(&["check", "x", "--save-capture", &path(&folder.join("missing/orders.json"))], 2, "there is no folder");
    fails(&["capture", "x", "-o", &path(&folder.join("missing/orders.json"))], 2, "there is no folder");
    fails(&["explain", "secure-server-nam-missing"], 2, "did you mean secure-server-name-missing");
    fails(&["check"], 2, "required");
    fails(&["check", "x", "--timeout", "1h"], 2, "a time limit");
    fails(&["check", "x", "--path", "health"], 2, "starts with /");
    fails(&["chekc", "x"], 2, "check");
    assert_eq!(fs::read_dir(&folder).expect("scratch").count(), 2, "no partial file is left behind");
}

#[test]
fn every_page_can_be_printed_and_the_policy_is_least() {
    let ids: serde_json::Value = serde_json::from_str(&out(&doctor(&["checks", "--json"]))).expect("JSON");
    for check in ids.as_array().expect("a list") {
        let id = check["id"].as_str().expect("an id");
        assert!(out(&doctor(&["explain", id])).starts_with(&format!("# {id}\n")));
    }
    let policy: serde_json::Value = serde_json::from_str(&out(&doctor(&["iam-policy"]))).expect("JSON");
    let actions: Vec<&str> = policy["Statement"]
        .as_array()
        .expect("statements")
        .iter()
        .flat_map(|statement| statement["Action"].as_array().expect("actions"))
        .filter_map(|action| action.as_str())
        .collect();
    assert!(actions.contains(&"apigateway:GET") && actions.len() > 15);
    let reads = |action: &&str| {
        ["Describe", "Discover", "Filter", "Get", "List", "Search", "GET"]
            .iter()
            .any(|verb| action.split(':').nth(1).is_some_and(|name| name.starts_with(verb)))
    };
    assert!(actions.iter().all(|action| reads(action) && !action.contains('*')), "{actions:?}");
}

#[test]
fn the_readme_shows_a_true_report() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let golden = fs::read_to_string(format!("{folder}/fixtures/whole/founding.txt")).expect("the golden report");
    let readme = fs::read_to_string(format!("{folder}/README.md")).expect("the README");
    let sample: Vec<&str> = readme.lines().skip_while(|line| *line != "```text").skip(1).take_while(|line| *line != "```").collect();
    assert!(
        sample.join("\n") + "\n" == golden,
        "the README's sample is not what `apigw-doctor demo` prints: copy fixtures/whole/founding.txt into it"
    );
}

#[test]
fn a_trace_says_what_was_chosen_over_what_and_where_it_ends() {
    let capture = healthy("alb-rules");
    let reached = doctor(&["trace", "--from", &capture, "GET", "/orders/42"]);
    let text = out(&reached);
    assert_eq!(code(&reached), 0, "{}", err(&reached));
    for piece in
        ["route ANY /orders/{proxy+}", "$default: matches too, less specific", "priority 10:", "Predicted: an answer by the target."]
    {
        assert!(text.contains(piece), "\"{piece}\" is not in\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.trim_start().starts_with("arn:")), "{text}");
    let stopped = doctor(&["trace", "--from", &capture, "/prod/health", "--stage", "prod", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out(&stopped)).expect("JSON");
    assert_eq!((code(&stopped), json["exit_code"].as_i64(), json["request"]["path"].as_str()), (0, Some(0), Some("/prod/health")));
}

#[test]
fn a_trace_needs_a_path_and_says_how() {
    let capture = healthy("alb");
    fails(&["trace", "orders", "health"], 2, "is no path");
    fails(&["trace", "/health"], 2, "which API?");
    fails(&["trace", "--from", &capture, "orders", "GET", "/health"], 2, "too many words");
    fails(&["trace", "--from", &capture, "--stage", "nowhere", "/health"], 2, "has no stage \"nowhere\"");
}

/// `explain -` with this text on standard input.
fn piped(text: &[u8], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    command.arg("explain").args(arguments).arg("-").env_clear().env("LC_ALL", "C.UTF-8").env("COLUMNS", "80");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    // It may have read enough before all is written.
    let _ = child.stdin.take().expect("a pipe").write_all(text);
    child.wait_with_output().expect("it ends")
}

fn explained(text: &str) -> serde_json::Value {
    let output = piped(text.as_bytes(), &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(json["exit_code"].as_i64(), Some(i64::from(code(&output))));
    json
}

#[test]
fn pasted_texts_are_explained_end_to_end() {
    for (text, kind, producer, cause, exit) in [
        (
            "$ curl -v https://a.execute-api.eu-central-1.amazonaws.com/x\r\n< HTTP/2 503 \r\n< content-length: 33\r\n< apigw-requestid: a=\r\n< \r\n{\"message\":\"Service Unavailable\"}",
            "answer",
            Some("api-gateway"),
            Some("lb-sg-ingress-from-link"),
            0,
        ),
        (
            "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>",
            "body",
            Some("load-balancer"),
            Some("hc-connect-refused"),
            0,
        ),
        (
            r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"-","status":"404","integrationStatus":"-"}"#,
            "api-gateway-access-log",
            Some("api-gateway"),
            Some("route-missing"),
            0,
        ),
        ("Target.Timeout", "target-health", None, Some("hc-timeout"), 0),
        ("curl: (6) Could not resolve host: api.example.com", "client-error", Some("client-side"), Some("domain-no-dns"), 0),
        (
            "BadRequestException: For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN",
            "aws-error",
            None,
            Some("uri-not-listener-arn"),
            0,
        ),
        ("HTTP/1.1 503 x\napigw-requestid: a=\n\n", "answer", Some("unknown"), None, 3),
        ("the weather is fine", "unrecognised", None, None, 3),
    ] {
        let json = explained(text);
        let item = &json["items"][0];
        let found = (json["kind"].as_str(), item["producer"].as_str(), item["causes"][0]["check"].as_str(), json["exit_code"].as_i64());
        assert_eq!(found, (Some(kind), producer, cause, Some(exit)), "{text}");
        assert_eq!(json["version"].as_i64(), Some(1));
    }
}

#[test]
fn explain_takes_words_from_the_command_line_as_well() {
    for words in [&["503"][..], &["HTTP", "503"], &["503 Service Unavailable"]] {
        let output = doctor(&[&["explain"], words].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(out(&output).contains("Taken for a status."), "{}", out(&output));
        assert!(out(&output).lines().all(|line| line.chars().count() <= 80), "{}", out(&output));
    }
    assert!(out(&doctor(&["explain", "T1"])).starts_with("# secure-server-name-missing\n"));
    assert!(out(&doctor(&["explain", "lb-bad-gateway"])).contains("hc-connect-refused"));
    let page: serde_json::Value = serde_json::from_str(&out(&doctor(&["explain", "tg-empty", "--format", "json"]))).expect("JSON");
    assert_eq!((page["kind"].as_str(), page["id"].as_str()), (Some("page"), Some("tg-empty")));
    assert!(page["page"].as_str().is_some_and(|page| page.starts_with("# tg-empty\n")));
    fails(&["explain", "lb-bad-gatway"], 2, "did you mean lb-bad-gateway");
    fails(&["explain", " "], 2, "nothing to explain");
    fails(&["explain"], 2, "required");
    let unknown = doctor(&["explain", "nothing of this is known"]);
    assert_eq!((code(&unknown), err(&unknown)), (3, String::new()));
    assert!(out(&unknown).contains("cannot tell"), "{}", out(&unknown));
}

#[test]
fn what_is_piped_in_is_capped_and_hostile() {
    let endless = [b"{\"message\":\"Not Found\"}\n".as_slice(), "x ".repeat(1024 * 1024).as_bytes()].concat();
    let output = piped(&endless, &[]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let unwrapped = out(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains("only the first MiB was looked at"), "{unwrapped}");
    let hostile = "{\"requestId\":\"a=\",\"ip\":\"1\",\"routeKey\":\"\\u001b]0;owned\\u0007\\u202eGET\",\"status\":\"503\",\"integrationStatus\":\"-\"}\n\u{1b}[31m\u{202e}";
    for format in ["text", "json"] {
        let output = piped(hostile.as_bytes(), &["--format", format]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(!out(&output).contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", out(&output));
    }
    assert_eq!(code(&piped(&[0xff; 5000], &[])), 3, "no text at all");
    assert_eq!(code(&piped(b"", &[])), 2, "nothing");
}

#[cfg(target_os = "linux")]
#[test]
fn standard_input_that_cannot_be_read_is_said() {
    let folder = fs::File::open(env!("CARGO_TARGET_TMPDIR")).expect("the target folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    let output = command.args(["explain", "-"]).stdin(folder).output().expect("the binary starts");
    assert_eq!(code(&output), 4, "{}", err(&output));
    assert!(err(&output).contains("cannot read standard input"), "{}", err(&output));
}
