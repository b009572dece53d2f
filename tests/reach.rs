//! `reach` without AWS: the real binary on describe files, on captures, and on files of pairs. No network is touched.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const LINK: &str = "vpc-link:abc123";
const WEB: &str = "i-0a00000000000001";

fn network() -> String {
    format!("{}/tests/network", env!("CARGO_MANIFEST_DIR"))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apigw-doctor"));
    command.arg("reach").args(arguments).env_clear().env("LC_ALL", "C.UTF-8").env("COLUMNS", "80");
    command
}

fn reach(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary starts")
}

/// Asks the small network.
fn ask(from: &str, to: &str, more: &[&str]) -> Output {
    reach(&[&["--aws-json", &network(), "--from", from, "--to", to], more].concat())
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

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&out(output)).unwrap_or_else(|error| panic!("{error}: {}{}", out(output), err(output)))
}

/// A text without its line breaks.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reach").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder
}

/// A copy of the small network, to be damaged.
fn copy(name: &str) -> PathBuf {
    let folder = scratch(name);
    let region = folder.join("eu-central-1");
    fs::create_dir_all(&region).expect("scratch can be written to");
    for entry in fs::read_dir(format!("{}/eu-central-1", network())).expect("the small network") {
        let file = entry.expect("an entry").path();
        fs::copy(&file, region.join(file.file_name().expect("a name"))).expect("scratch can be written to");
    }
    folder
}

fn ask_copy(folder: &Path, from: &str, to: &str) -> Output {
    reach(&["--aws-json", &folder.to_string_lossy(), "--from", from, "--to", to])
}

fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let file = folder.join("eu-central-1").join(file);
    let text = fs::read_to_string(&file).expect("a file of the network");
    assert!(text.contains(from), "{from} is not in {}", file.display());
    fs::write(&file, text.replace(from, to)).expect("scratch can be written to");
}

/// A failure is one message on standard error, nothing on standard output, and the exit code of the table.
fn fails(arguments: &[&str], expected: i32, says: &[&str]) {
    let output = reach(arguments);
    assert_eq!(code(&output), expected, "{arguments:?}: {}", err(&output));
    for words in says {
        assert!(err(&output).contains(words), "{arguments:?} does not say \"{words}\": {}", err(&output));
    }
    assert_eq!(out(&output), "", "{arguments:?}");
    assert!(!err(&output).contains("panicked"));
}

#[test]
fn the_verdict_comes_first_and_makes_the_exit_code() {
    let unread = copy("verdicts");
    fs::remove_file(unread.join("eu-central-1/NetworkAcls.json")).expect("it is there");
    for (output, verdict, expected) in [
        (ask(LINK, &format!("{WEB}:8080"), &[]), "allowed: tcp 8080 from vpc-link:abc123 to i-0a00000000000001\n", 0),
        (ask(LINK, &format!("{WEB}:443"), &[]), "dropped: tcp 443 from", 1),
        (ask_copy(&unread, LINK, &format!("{WEB}:8080")), "unknown: tcp 8080 from", 3),
        (ask("10.0.2.20", "10.0.2.30:5432/tcp", &[]), "allowed:", 0),
        (ask("10.0.2.20", "10.0.2.30:5432/udp", &[]), "dropped: udp 5432", 1),
        (ask("10.0.2.30", "10.0.2.20/icmp", &[]), "dropped: icmp from", 1),
        (ask("10.77.0.1", "10.0.2.20:80", &[]), "unknown:", 3),
    ] {
        assert_eq!(code(&output), expected, "{}{}", out(&output), err(&output));
        assert!(out(&output).starts_with(verdict), "{}", out(&output));
        assert!(out(&output).trim_end().ends_with(&format!("exit {expected}")), "{}", out(&output));
    }
}

#[test]
fn all_drops_are_named_with_a_packet_and_the_smallest_rules() {
    let output = ask(LINK, &format!("{WEB}:443"), &[]);
    let text = out(&output);
    for words in [
        "for example tcp 10.0.1.10:* -> 10.0.2.20:443",
        "90: deny tcp 443 from 10.0.0.0/8",
        "aws ec2 create-network-acl-entry --network-acl-id acl-0a00000000000002 --ingress --rule-number 89 --protocol tcp --port-range From=443,To=443 --cidr-block 10.0.1.10/32 --rule-action allow --region eu-central-1",
        "sg-0a00000000000002: no ingress rule admits tcp 443 from 10.0.1.10 (eni-0a00000000000002)",
        "aws ec2 authorize-security-group-ingress --group-id sg-0a00000000000002 --ip-permissions 'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=10.0.1.10/32}]' --region eu-central-1",
        "Back, once the way there is open",
    ] {
        assert!(unwrapped(&text).contains(words), "\"{words}\" is not in\n{text}");
    }
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80 && !line.trim_start().starts_with("aws ")).collect();
    assert!(wide.is_empty(), "wider than 80 columns: {wide:?}");
}

#[test]
fn what_the_lines_say_does_open_the_way() {
    let folder = copy("fixed");
    change(&folder, "NetworkAcls.json", "\"RuleNumber\": 90,", "\"RuleNumber\": 110,");
    let group = folder.join("eu-central-1/SecurityGroups.json");
    let mut groups: serde_json::Value = serde_json::from_str(&fs::read_to_string(&group).expect("the groups")).expect("JSON");
    let rule = serde_json::json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.1.10/32"}]});
    groups["SecurityGroups"][1]["IpPermissions"].as_array_mut().expect("rules").push(rule);
    fs::write(&group, groups.to_string()).expect("scratch can be written to");
    let output = ask_copy(&folder, LINK, &format!("{WEB}:443"));
    assert_eq!(code(&output), 0, "{}", out(&output));
}

#[test]
fn a_rule_for_the_internet_names_everybody() {
    let folder = copy("internet");
    let outward = ask("10.0.1.10", "internet:443", &["--format", "json"]);
    let report = json(&outward);
    assert_eq!((code(&outward), &report["verdict"]), (1, &"dropped".into()));
    assert!(report["notes"].to_string().contains("stands for all hosts of the internet"), "{report}");
    let file = folder.join("eu-central-1/NetworkAcls.json");
    let mut acls: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).expect("the ACLs")).expect("JSON");
    acls["NetworkAcls"][0]["Entries"] = serde_json::json!([]);
    fs::write(&file, acls.to_string()).expect("scratch can be written to");
    let mut tables: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("eu-central-1/RouteTables.json")).expect("the tables")).expect("JSON");
    let route = serde_json::json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"});
    tables["RouteTables"][0]["Routes"].as_array_mut().expect("routes").push(route);
    fs::write(folder.join("eu-central-1/RouteTables.json"), tables.to_string()).expect("scratch can be written to");
    change(
        &folder,
        "NetworkInterfaces.json",
        "\"PrivateIpAddress\": \"10.0.1.10\",\n          \"Primary\": true",
        "\"PrivateIpAddress\": \"10.0.1.10\", \"Association\": {\"PublicIp\": \"198.51.100.7\"}, \"Primary\": true",
    );
    let report =
        json(&reach(&["--aws-json", &folder.to_string_lossy(), "--from", "10.0.1.10", "--to", "internet:443", "--format", "json"]));
    let denied: Vec<_> = report["drops"].as_array().expect("drops").iter().filter(|drop| drop["at"] == "acl-0a00000000000001").collect();
    let everybody = |drop: &&serde_json::Value| {
        let words = drop["smallest_rule"].as_str().is_some_and(|rule| rule.ends_with(" 0.0.0.0/0"));
        words
            && drop["remedy"]["peer"] == "0.0.0.0/0"
            && drop["command"].as_str().is_some_and(|line| line.contains("--cidr-block 0.0.0.0/0 "))
    };
    assert!(denied.len() == 2 && denied.iter().all(everybody), "{report}");
    assert!(denied[0]["witness"]["destination"] == "203.0.113.77", "a packet has an address: {report}");
    // The same address, asked for by itself, is one host.
    let report =
        json(&reach(&["--aws-json", &folder.to_string_lossy(), "--from", "10.0.1.10", "--to", "203.0.113.77:443", "--format", "json"]));
    assert!(report["drops"][0]["smallest_rule"].as_str().is_some_and(|rule| rule.ends_with(" to 203.0.113.77/32")), "{report}");
}

#[test]
fn a_range_is_one_drop_and_many_drops_of_one_place_are_counted() {
    let folder = copy("many");
    let file = folder.join("eu-central-1/SecurityGroups.json");
    let mut groups: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).expect("the groups")).expect("JSON");
    let rules = groups["SecurityGroups"][2]["IpPermissions"].as_array_mut().expect("rules");
    for port in (100..200).step_by(10) {
        rules.push(serde_json::json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}));
    }
    rules.push(serde_json::json!({"IpProtocol": "tcp", "FromPort": 120, "ToPort": 129, "IpRanges": [{"CidrIp": "10.0.2.20/32"}]}));
    fs::write(&file, groups.to_string()).expect("scratch can be written to");
    let ask = |folder: &Path, from: &str, format: &str| {
        reach(&["--aws-json", &folder.to_string_lossy(), "--from", from, "--to", "10.0.2.30:100-199", "--format", format])
    };
    // Twelve classes of ports, and two ranges that are closed.
    let report = json(&ask(&folder, "10.0.2.20", "json"));
    assert!(report["flows"]["asked"].as_u64() > Some(12) && report["drops"].as_array().map(Vec::len) == Some(1), "{report}");
    assert_eq!(report["drops"][0]["remedy"]["ports"], serde_json::json!([[100, 119], [130, 199]]));
    let text = unwrapped(&out(&ask(&folder, "10.0.2.20", "text")));
    assert!(text.contains("admits tcp 100-119, 130-199 from 10.0.2.20"), "{text}");
    // A host with many addresses is refused for each of them.
    let file = folder.join("eu-central-1/NetworkInterfaces.json");
    let mut interfaces: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).expect("the interfaces")).expect("JSON");
    let of_web = interfaces["NetworkInterfaces"].as_array_mut().expect("interfaces").iter_mut();
    for interface in of_web.filter(|interface| interface["PrivateIpAddress"] == "10.0.2.20") {
        let more = (21..29).map(|last| serde_json::json!({"PrivateIpAddress": format!("10.0.2.{last}"), "Primary": false}));
        interface["PrivateIpAddresses"].as_array_mut().expect("addresses").extend(more);
    }
    fs::write(&file, interfaces.to_string()).expect("scratch can be written to");
    let all = json(&ask(&folder, WEB, "json"))["drops"].as_array().expect("drops").len();
    let text = out(&ask(&folder, WEB, "text"));
    assert_eq!((all, text.matches("✗ sg-0a00000000000003").count()), (9, 3), "{text}");
    assert!(text.contains("… and 6 more: --format json lists all"), "{text}");
}

#[test]
fn replies_count_too() {
    let folder = copy("replies");
    change(&folder, "NetworkAcls.json", "\"From\": 1024,", "\"From\": 50000,");
    let output = ask_copy(&folder, LINK, &format!("{WEB}:8080"));
    assert_eq!(code(&output), 1, "{}", out(&output));
    let (there, back) = out(&output).split_once("\nBack\n").map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a way back");
    assert!(!there.contains('✗') && back.contains("✗ acl-0a00000000000002: outbound"), "{}", out(&output));
}

#[test]
fn the_json_says_the_same() {
    let output = ask(LINK, &format!("{WEB}:443"), &["--format", "json"]);
    let report = json(&output);
    assert_eq!((code(&output), report["exit_code"].as_i64(), report["version"].as_i64()), (1, Some(1), Some(1)));
    assert_eq!(report["verdict"], "dropped");
    assert_eq!(report["question"], serde_json::json!({"from": LINK, "to": WEB, "ports": [443, 443], "protocol": "tcp"}));
    let drops = report["drops"].as_array().expect("drops");
    let at: Vec<&str> = drops.iter().filter_map(|drop| drop["at"].as_str()).collect();
    assert_eq!(at, ["acl-0a00000000000002", "sg-0a00000000000002"]);
    assert!(drops.iter().all(|drop| drop["command"].is_string() && drop["way"] == "there" && drop["witness"]["port"] == 443));
    assert!(report["stations"].as_array().is_some_and(|stations| stations.iter().any(|station| station["way"] == "back")));
    assert_eq!(report["flows"], serde_json::json!({"asked": 1, "allowed": 0, "dropped": 1, "unknown": 0}));
    let ping = json(&ask("10.0.2.20", "10.0.2.30/icmp", &["--format", "json"]));
    assert!(ping["question"]["ports"].is_null() && ping["drops"][0]["witness"]["port"].is_null(), "{ping}");
}

#[test]
fn the_same_question_gives_the_same_bytes_with_or_without_colour() {
    let to = format!("{WEB}:443");
    let plain = out(&ask(LINK, &to, &[]));
    assert_eq!(plain, out(&ask(LINK, &to, &[])));
    assert!(!plain.contains('\u{1b}'));
    let coloured = out(&ask(LINK, &to, &["--color=always"]));
    let mut pieces = coloured.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    let stripped = pieces.fold(first, |text, piece| text + piece.split_once('m').map_or("", |(_, rest)| rest));
    assert!(coloured.contains('\u{1b}') && stripped == plain, "{stripped}");
    let ascii = command(&["--aws-json", &network(), "--from", LINK, "--to", &to]).env("LC_ALL", "C").output().expect("the binary starts");
    assert!(out(&ascii).is_ascii() && out(&ascii).contains("  X acl-"), "{}", out(&ascii));
}

#[test]
fn a_folder_may_hold_the_files_itself_and_names_the_region() {
    let folder = format!("{}/eu-central-1", network());
    let output = reach(&["--aws-json", &folder, "--from", LINK, "--to", &format!("{WEB}:443")]);
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("--rule-action allow --region eu-central-1"), "{}", out(&output));
}

#[test]
fn a_missing_file_is_a_gap_and_half_an_answer_is_none() {
    let missing = copy("missing");
    fs::remove_file(missing.join("eu-central-1/NetworkAcls.json")).expect("it is there");
    let output = ask_copy(&missing, LINK, &format!("{WEB}:8080"));
    assert_eq!(code(&output), 3);
    assert!(unwrapped(&out(&output)).contains("the network ACL of subnet-0a00000000000001 was not read"), "{}", out(&output));
    // What does not depend on it is answered.
    assert_eq!(code(&ask_copy(&missing, "10.0.2.20", "10.0.2.30:5432")), 0);
    let half = copy("half");
    change(&half, "NetworkInterfaces.json", "{\n  \"NetworkInterfaces\"", "{\n  \"NextToken\": \"abc\",\n  \"NetworkInterfaces\"");
    let output = ask_copy(&half, "10.0.2.20", "10.0.2.30:5432");
    assert_eq!(code(&output), 3, "{}", out(&output));
    assert!(
        unwrapped(&out(&output)).contains("eu-central-1/NetworkInterfaces.json is only the beginning of an answer"),
        "{}",
        out(&output)
    );
}

#[test]
fn an_end_among_interfaces_that_were_not_read_is_no_wrong_name() {
    let folder = copy("without-interfaces");
    fs::remove_file(folder.join("eu-central-1/NetworkInterfaces.json")).expect("it was copied");
    let output = ask_copy(&folder, LINK, &format!("{WEB}:8080"));
    assert_eq!(code(&output), 3, "{}{}", out(&output), err(&output));
    assert!(err(&output).contains("was not found") && err(&output).contains("not read: the network interfaces"), "{}", err(&output));
    assert_eq!(code(&ask(LINK, "eni-0123456789abcdef0:8080", &[])), 2, "here all of them were read");
}

#[test]
fn null_is_absent() {
    let folder = copy("null");
    for file in fs::read_dir(folder.join("eu-central-1")).expect("the copy") {
        let file = file.expect("an entry").path();
        let text = fs::read_to_string(&file).expect("a file of the network");
        let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        nulls(&mut value);
        value["Tags"] = serde_json::Value::Null;
        fs::write(&file, value.to_string()).expect("scratch can be written to");
    }
    fs::write(folder.join("eu-central-1/Nothing.json"), r#"{"VpcEndpoints": null, "NatGateways": null}"#)
        .expect("scratch can be written to");
    let output = ask_copy(&folder, LINK, &format!("{WEB}:8080"));
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    // A list that is null was not read: it is not empty.
    change(&folder, "NetworkAcls.json", "\"NetworkAcls\":", "\"NetworkAcls\": null, \"Others\":");
    assert_eq!(code(&ask_copy(&folder, LINK, &format!("{WEB}:8080"))), 3);
}

/// Every empty list and text becomes null, and every item has some that the file did not have.
fn nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.values_mut().for_each(nulls);
            for key in [
                "Tags",
                "TagSet",
                "Ipv6Ranges",
                "PrefixListIds",
                "Ipv6Addresses",
                "Ipv6CidrBlockAssociationSet",
                "PortRange",
                "Description",
            ] {
                members.entry(key).or_insert(serde_json::Value::Null);
            }
        }
        serde_json::Value::Array(items) if !items.is_empty() => items.iter_mut().for_each(nulls),
        serde_json::Value::Array(_) => *value = serde_json::Value::Null,
        serde_json::Value::String(text) if text.is_empty() => *value = serde_json::Value::Null,
        _ => {}
    }
}

#[test]
fn bad_files_are_named_with_line_and_field() {
    let ask = |folder: &Path, says: &[&str]| {
        fails(&["--aws-json", &folder.to_string_lossy(), "--from", "10.0.2.20", "--to", "10.0.2.30:5432"], 4, says);
    };
    let cut = copy("cut");
    let file = cut.join("eu-central-1/Subnets.json");
    let text = fs::read_to_string(&file).expect("a file of the network");
    fs::write(&file, &text[..text.len() / 2]).expect("scratch can be written to");
    ask(&cut, &["eu-central-1/Subnets.json, line ", "EOF"]);
    let block = copy("block");
    change(&block, "Vpcs.json", "10.0.0.0/16", "10.0.0.0/61");
    ask(&block, &["eu-central-1/Vpcs.json, line 5, field CidrBlock"]);
    let other = copy("type");
    change(&other, "SecurityGroups.json", "\"FromPort\": 8080", "\"FromPort\": \"http\"");
    ask(&other, &["eu-central-1/SecurityGroups.json, line ", "field FromPort"]);
    // Null is absent, and what must be there may not be absent.
    let null = copy("null-that-must-be");
    change(&null, "Vpcs.json", "\"VpcId\": \"vpc-", "\"VpcId\": null, \"Was\": \"vpc-");
    ask(&null, &["eu-central-1/Vpcs.json, line ", "field VpcId", "null"]);
    let binary = copy("binary");
    fs::write(binary.join("eu-central-1/Vpcs.json"), b"{\n\xff\xfe}").expect("scratch can be written to");
    ask(&binary, &["eu-central-1/Vpcs.json: line 2 is not UTF-8"]);
    ask(&scratch("empty"), &["holds no .json file"]);
    ask(Path::new("nowhere"), &["cannot read the folder nowhere"]);
}

#[test]
fn wrong_usage_says_what_to_do() {
    let network = network();
    let asks = |from: &str, to: &str, says: &str| fails(&["--aws-json", &network, "--from", from, "--to", to], 2, &[says]);
    asks("i-0a00000000000009", "10.0.2.30:80", "is it i-0a00000000000001?");
    asks(LINK, "eni-0a00000000000022:80", "is it eni-0a00000000000002?");
    asks(LINK, WEB, "which port of i-0a00000000000001?");
    asks(LINK, "2001:db8::1", "[2001:db8::1]:443");
    asks(LINK, "10.0.2.30:443/tpc", "is no port");
    asks("", "10.0.2.30:443", "an end is missing");
    fails(&["--aws-json", &network, "--from", LINK], 2, &["--to"]);
    fails(&["--aws-json", &network], 2, &["required"]);
    fails(&["--aws-json", &network, "--from-capture", "x.json", "--from", LINK, "--to", "10.0.2.30:1"], 2, &["cannot be used with"]);
    fails(&["--aws-json", &network, "--pairs", "x.tsv", "--from", LINK], 2, &["--"]);
    fails(&["--aws-json", &network, "--pairs", "nowhere.tsv"], 4, &["cannot read the pairs nowhere.tsv"]);
    fails(&["--from-capture", "nowhere.json", "--from", LINK, "--to", "10.0.2.30:1"], 4, &["cannot read the capture nowhere.json"]);
}

#[cfg(not(feature = "aws"))]
#[test]
fn without_the_sdk_it_says_what_it_can_ask() {
    fails(&["--from", "10.0.2.20", "--to", "10.0.2.30:1"], 2, &["cannot ask AWS", "--aws-json DIR", "--from-capture CAPTURE"]);
}

/// Answers a file of pairs, as lines of fields.
fn pairs(network: &str, text: &str) -> Vec<Vec<String>> {
    let mut command = command(&["--aws-json", network, "--pairs", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((code(&output), err(&output).as_str()), (0, ""), "{}", out(&output));
    out(&output).lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn pairs_are_answered_in_order_and_a_bad_row_stays_in_its_place() {
    let text = "\u{feff}protocol\tremark\tsource\tdestination\tport\r\ntcp\tx\t10.0.2.20\t10.0.2.30\t5432\r\n\r\ntcp\t\t10.0.2.30\t10.0.2.20\t5432\r\n\
                tcp\tx\t10.0.2.20\t10.0.2.30\thttps\r\ntcp\tx\ti-0a00000000000009\t10.0.2.30\t80\r\ntcp\r\nicmp\tx\t10.77.0.1\t10.0.2.30\t\r\n";
    let rows = pairs(&network(), text);
    let verdicts: Vec<&str> = rows.iter().map(|row| row[4].as_str()).collect();
    assert_eq!(verdicts, ["allowed", "dropped", "unknown", "unknown", "unknown", "unknown"]);
    assert_eq!(rows[0][..4], ["10.0.2.20", "10.0.2.30", "5432", "tcp"].map(str::to_owned));
    assert!(rows[2][5].starts_with("line 5: \"https\" is no port"), "{rows:?}");
    assert!(rows[3][5].contains("line 6: i-0a00000000000009 was not found: is it i-0a00000000000001?"), "{rows:?}");
    assert_eq!(rows[4][5], "line 7: no source");
    assert!(rows.iter().all(|row| row.len() == 6 && !row[5].is_empty()), "{rows:?}");
}

#[test]
fn a_thousand_pairs_are_a_thousand_lines_in_order() {
    let mut text = "source\tdestination\tport\tprotocol\n".to_owned();
    for port in 5000..6000 {
        text += &format!("10.0.2.20\t10.0.2.30\t{port}\ttcp\n");
    }
    let rows = pairs(&network(), &text);
    let told: Vec<String> = rows.iter().map(|row| row[2].clone()).collect();
    assert_eq!(told, (5000..6000).map(|port| port.to_string()).collect::<Vec<_>>());
    let allowed: Vec<&str> = rows.iter().filter(|row| row[4] == "allowed").map(|row| row[2].as_str()).collect();
    assert_eq!(allowed, ["5432"]);
    assert_eq!(rows.iter().filter(|row| row[4] == "dropped").count(), 999);
}

#[test]
fn pairs_need_their_columns_and_come_as_json_too() {
    let file = scratch("pairs").join("pairs.tsv");
    let name = file.to_string_lossy().into_owned();
    let network = network();
    let write = |text: &str| fs::write(&file, text).expect("scratch can be written to");
    write("source\tdestination\tport\n1\t2\t3\n");
    fails(&["--aws-json", &network, "--pairs", &name], 2, &["no column \"protocol\""]);
    write("");
    fails(&["--aws-json", &network, "--pairs", &name], 2, &["is empty"]);
    write("source\tdestination\tport\tprotocol\n10.0.2.20\t10.0.2.30\t1\ttcp\n");
    let output = reach(&["--aws-json", &network, "--pairs", &name, "--format", "json"]);
    let report = json(&output);
    assert_eq!((code(&output), report["exit_code"].as_i64()), (0, Some(0)));
    assert_eq!((&report["rows"][0]["verdict"], &report["rows"][0]["line"]), (&"dropped".into(), &2.into()));
    let half = copy("half-of-pairs");
    change(&half, "NetworkInterfaces.json", "{\n  \"NetworkInterfaces\"", "{\n  \"NextToken\": \"abc\",\n  \"NetworkInterfaces\"");
    let output = reach(&["--aws-json", &half.to_string_lossy(), "--pairs", &name]);
    assert!(err(&output).contains("not read: eu-central-1/NetworkInterfaces.json is only the beginning"), "{}", err(&output));
    assert!(code(&output) == 0 && out(&output).contains("\tunknown\t"), "{}", out(&output));
}

#[test]
fn hostile_names_steer_neither_a_terminal_nor_a_column() {
    let folder = copy("hostile");
    let name = "sg-\\u001b]0;owned\\u0007\\t\\n\\u202e$(reboot)";
    for file in ["SecurityGroups.json", "NetworkInterfaces.json"] {
        change(&folder, file, "sg-0a00000000000003", name);
    }
    let output = ask_copy(&folder, "10.0.2.20", "10.0.2.30:22");
    assert_eq!(code(&output), 1, "{}", err(&output));
    assert!(!out(&output).contains(['\u{1b}', '\u{7}', '\t', '\u{202e}']), "{}", out(&output));
    assert!(out(&output).lines().filter(|line| line.trim_start().starts_with("aws ")).all(|line| line.contains("--group-id 'sg-")));
    let rows =
        pairs(&folder.to_string_lossy(), "source\tdestination\tport\tprotocol\n10.0.2.20\t10.0.2.30\t22\ttcp\n\u{1b}[31m\tb\t1\ttcp\n");
    assert!(rows.len() == 2 && rows.iter().all(|row| row.len() == 6), "{rows:?}");
    assert!(rows.iter().flatten().all(|field| !field.contains(['\u{1b}', '\u{7}', '\u{202e}'])), "{rows:?}");
}

fn healthy(name: &str) -> String {
    format!("{}/fixtures/healthy/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

/// The healthy deployment with one part of its network replaced.
fn capture(name: &str, part: &str, value: serde_json::Value) -> String {
    let text = fs::read_to_string(healthy("alb")).expect("a healthy deployment");
    let mut capture: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    *capture.pointer_mut(&format!("/facts/{part}")).expect("a part of the capture") = value;
    let file = scratch(name).join("capture.json");
    fs::write(&file, capture.to_string()).expect("scratch can be written to");
    file.to_string_lossy().into_owned()
}

#[test]
fn a_capture_is_a_network_too() {
    let ask = |file: &str, from: &str, to: &str| reach(&["--from-capture", file, "--from", from, "--to", to]);
    let reached = ask(&healthy("alb"), "vpc-link:vpl001", "orders:443");
    assert_eq!(code(&reached), 0, "{}{}", out(&reached), err(&reached));
    assert!(unwrapped(&out(&reached)).contains("4 flows judged: 4 allowed."), "{}", out(&reached));
    assert!(unwrapped(&out(&reached)).contains("read 2026-11-23T14:03:07Z"), "{}", out(&reached));
    assert_eq!(code(&ask(&healthy("nlb"), "vpc-link:vpl001", "net/orders/1a2b3c4d5e6f7081:80")), 0);
    let closed = ask(&capture("closed", "security_groups/known/sg-lb/ingress", serde_json::json!([])), "vpc-link:vpl001", "orders:443");
    assert_eq!(code(&closed), 1, "{}", out(&closed));
    assert!(out(&closed).contains("aws ec2 authorize-security-group-ingress --group-id sg-lb "), "{}", out(&closed));
    assert!(out(&closed).contains(" --region eu-central-1"), "{}", out(&closed));
}

#[test]
fn a_refused_part_of_a_capture_is_a_gap_with_its_action() {
    let denied = serde_json::json!({"denied": {"action": "ec2:DescribeSecurityGroups"}});
    let file = capture("denied", "security_groups", denied);
    let output = reach(&["--from-capture", &file, "--from", "vpc-link:vpl001", "--to", "orders:443"]);
    assert_eq!(code(&output), 3, "{}", out(&output));
    assert!(unwrapped(&out(&output)).contains("not allowed: ec2:DescribeSecurityGroups"), "{}", out(&output));
}
