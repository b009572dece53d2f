//! What nmap saw in real accounts, and what this says: `shared/network-truth` beside the checkout, where it is there.
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "this reads measurements that are not part of the project")]

use super::{Folder, Network, Protocol, Verdict};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One row of `measured.tsv`.
struct Row {
    source: String,
    destination: String,
    port: u16,
    protocol: Protocol,
    measured: String,
    scope: String,
}

#[derive(Default)]
struct Count {
    rows: usize,
    agree: usize,
    unknown: usize,
    disagree: usize,
}

fn truth() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/network-truth")
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn network(lab: &Path) -> Network {
    let folder = |path: &PathBuf| {
        let files: BTreeMap<String, String> =
            listed(path).iter().map(|file| (name(file), fs::read_to_string(file).expect("a readable file"))).collect();
        Folder { name: name(path), files }
    };
    let folders: Vec<Folder> = listed(lab).iter().filter(|path| path.is_dir()).map(folder).collect();
    Network::from_describe(&folders).unwrap_or_else(|error| panic!("{error}"))
}

fn rows(lab: &Path) -> Vec<Row> {
    let text = fs::read_to_string(lab.join("measured.tsv")).expect("measurements");
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        Row {
            source: fields[0].to_owned(),
            destination: fields[1].to_owned(),
            port: fields[2].parse().expect("a port"),
            protocol: Protocol::parse(fields[3]).expect("a protocol"),
            measured: fields[4].to_owned(),
            scope: fields[5].to_owned(),
        }
    };
    text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(row).collect()
}

/// Counts by lab and scope, and what did not agree.
fn judged(lab: &Path, counts: &mut BTreeMap<(String, String), Count>, wrong: &mut Vec<String>) {
    let network = network(lab);
    for row in rows(lab) {
        let (from, to) = (network.end(&row.source).expect("an address"), network.end(&row.destination).expect("an address"));
        let answer = network.reach(&from, &to, (row.port, row.port), row.protocol);
        let count = counts.entry((name(lab), row.scope.clone())).or_default();
        count.rows += 1;
        let passes = row.measured != "filtered";
        let exact = matches!(row.scope.as_str(), "same-vpc" | "self" | "cross-vpc");
        let told = format!(
            "{} {} -> {}:{} {}: {} {}",
            name(lab),
            row.source,
            row.destination,
            row.port,
            row.measured,
            answer.verdict.word(),
            answer.reason()
        );
        match answer.verdict {
            Verdict::Unknown => {
                count.unknown += 1;
                wrong.extend(exact.then_some(told));
            }
            verdict if (verdict == Verdict::Allowed) == passes => count.agree += 1,
            _ => {
                count.disagree += 1;
                wrong.push(told);
            }
        }
    }
}

#[test]
fn the_engine_agrees_with_what_was_measured() {
    let labs: Vec<PathBuf> = listed(&truth()).into_iter().filter(|path| path.join("measured.tsv").is_file()).collect();
    if labs.is_empty() {
        eprintln!("skipped: {} is not there; nothing was compared with measurements", truth().display());
        return;
    }
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for lab in &labs {
        judged(lab, &mut counts, &mut wrong);
    }
    eprintln!("| lab | scope | rows | agree | unknown | disagree |\n|---|---|--:|--:|--:|--:|");
    for ((lab, scope), count) in &counts {
        eprintln!("| {lab} | {scope} | {} | {} | {} | {} |", count.rows, count.agree, count.unknown, count.disagree);
    }
    assert!(wrong.is_empty(), "{} rows are judged wrongly:\n{}", wrong.len(), wrong.join("\n"));
}
