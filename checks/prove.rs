//! The proof every check has to pass, run for each check by the registry. Test only: the one place that reads files.
#![allow(clippy::disallowed_methods, reason = "stories are read from disk")]

use crate::CHECKS;
use crate::check::{Check, Verdict};
use crate::diagnose::{self, Expectation};
use crate::examine::{CheckReport, Examination, examine};
use crate::journey;
use crate::model::deployment::Deployment;
use crate::predict::{Prediction, predict};
use crate::remedy;
use crate::story::{self, Story};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub(crate) const HEADINGS: &[&str] =
    &["## What it checks", "## Why requests fail", "## How to see it yourself", "## How to fix it", "## When it is fine", "## References"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}: every check needs stories there", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

/// The healthy deployments by name; read once for all tests.
pub(crate) fn healthy() -> &'static [(String, String)] {
    static READ: OnceLock<Vec<(String, String)>> = OnceLock::new();
    let stem = |path: &PathBuf| path.file_stem().expect("a file name").to_string_lossy().into_owned();
    let bases = || files_in(&fixtures().join("healthy")).into_iter().filter(|path| stem(path) != "aliases");
    READ.get_or_init(|| bases().map(|path| (stem(&path), read(&path))).collect())
}

/// The names that stand for long keys in stories; read once for all tests.
fn aliases() -> &'static str {
    static READ: OnceLock<String> = OnceLock::new();
    READ.get_or_init(|| read(&fixtures().join("healthy/aliases.json")))
}

/// The stories of a check by file name.
pub(crate) fn stories(id: &str) -> Vec<(String, Story)> {
    let told = |path: PathBuf| {
        let name = path.file_name().expect("a file name").to_string_lossy().into_owned();
        let story = Story::parse(&read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (name, story)
    };
    files_in(&fixtures().join(id)).into_iter().map(told).collect()
}

/// The deployment of a story.
pub(crate) fn tell(name: &str, story: &Story) -> Deployment {
    let base = healthy().iter().find(|(base, _)| *base == story.base);
    let (_, base) = base.unwrap_or_else(|| panic!("{name}: no healthy deployment \"{}\"", story.base));
    let capture = story::apply(story, base, aliases()).unwrap_or_else(|error| panic!("{name}: {error}"));
    Deployment::new(capture.facts, capture.requests)
}

/// The healthy deployments, ready to be asked.
pub(crate) fn healthy_deployments() -> Vec<(String, Deployment)> {
    let parse = |(name, text): &(String, String)| {
        let capture: crate::model::capture::Capture =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("healthy/{name}.json: {error}"));
        (name.clone(), Deployment::new(capture.facts, capture.requests))
    };
    healthy().iter().map(parse).collect()
}

/// All six points for one check.
pub(crate) fn prove(check: &'static dyn Check) {
    let id = check.meta().id;
    likes_the_healthy(check);
    let stories = stories(id);
    let (mut fires, mut near) = (0, 0);
    for (name, story) in &stories {
        let name = format!("{id}/{name}");
        let deployment = tell(&name, story);
        let examination = examine(CHECKS, &deployment);
        if fires_exactly(&name, story, id, &deployment, &examination) {
            fires += 1
        } else {
            near += 1
        }
        never_passes_blind(check, &name, &deployment);
        predicts(&name, story, &deployment, &examination);
        diagnoses(&name, story, &deployment, &examination);
        mends(check, &name, &deployment, &examination);
    }
    assert!(fires > 0, "{id}: no story in which it fires");
    assert!(near > 0, "{id}: no near miss: a story in which it looks, and does not fire");
    reads_what_it_says(check, &stories);
    page_is_whole(check);
}

fn likes_the_healthy(check: &'static dyn Check) {
    let id = check.meta().id;
    let mut liked = 0;
    for (name, deployment) in healthy_deployments() {
        let examination = examine(&[check], &deployment);
        let report = &examination.reports[0];
        match report.verdict {
            Verdict::Pass => liked += 1,
            Verdict::NotApplicable => {}
            Verdict::Fail | Verdict::Unknown | Verdict::Crashed => {
                panic!(
                    "{id} on healthy/{name}: {:?}: {:?} {:?} {:?}",
                    report.verdict, report.outcome.findings, report.outcome.gaps, report.crash
                )
            }
        }
        never_passes_blind(check, &format!("healthy/{name}"), &deployment);
    }
    assert!(liked > 0, "{id} passes on no healthy deployment: it has to examine something and like it");
}

fn fires_exactly(name: &str, story: &Story, id: &str, deployment: &Deployment, forwards: &Examination) -> bool {
    let found: BTreeSet<String> = forwards.findings().map(|(meta, finding)| format!("{} at {}", meta.id, finding.subject)).collect();
    let told: BTreeSet<String> = story.fires.iter().map(|fires| format!("{} at {}", fires.check, fires.subject)).collect();
    assert_eq!(found, told, "{name}: found (left) is not what the story says (right)");
    let crashed: Vec<_> =
        forwards.reports.iter().filter(|report| report.crash.is_some()).map(|report| (report.meta.id, &report.crash)).collect();
    assert!(crashed.is_empty(), "{name}: crashed: {crashed:?}");
    let backwards: Vec<&'static dyn Check> = CHECKS.iter().rev().copied().collect();
    let other = examine(&backwards, deployment);
    for (one, two) in forwards.reports.iter().zip(&other.reports) {
        let said = |report: &CheckReport| (report.meta.id, report.verdict, report.outcome.clone());
        assert_eq!(said(one), said(two), "{name}: the order of checks matters");
    }
    story.fires.iter().any(|fires| fires.check == id)
}

fn never_passes_blind(check: &'static dyn Check, name: &str, deployment: &Deployment) {
    let id = check.meta().id;
    deployment.take_consulted();
    let before = examine(&[check], deployment).reports[0].verdict;
    let consulted = deployment.take_consulted();
    if before == Verdict::NotApplicable {
        return; // nothing there to look at; taking a part away may well show that
    }
    for part in consulted.into_iter().filter(|part| check.meta().needs.contains(part)) {
        let blind = Deployment::new(story::without(deployment.facts(), part), deployment.requests().to_vec());
        let verdict = examine(&[check], &blind).reports[0].verdict;
        assert!(matches!(verdict, Verdict::Unknown | Verdict::Fail), "{name}: {id} says {verdict:?} without {}", part.name());
    }
}

fn predicts(name: &str, story: &Story, deployment: &Deployment, examination: &Examination) {
    let Some(expected) = &story.predicted else { return };
    let prediction = predict(examination, &journey::resolve(deployment, 0));
    let told = match &prediction {
        Prediction::Answered(predicted) => {
            let status = predicted.answer.status.map_or("?".to_owned(), |status| status.to_string());
            format!("{status} {} by {}", predicted.answer.symptom.name(), predicted.by.unwrap_or("nobody"))
        }
        Prediction::Mixed(_) => "mixed".to_owned(),
        Prediction::Unknown(_) => "unknown".to_owned(),
    };
    assert_eq!(&told, expected, "{name}: prediction {prediction:?}");
}

fn diagnoses(name: &str, story: &Story, deployment: &Deployment, examination: &Examination) {
    let (Some(attempt), Some(first)) = (&story.answer, &story.first_cause) else { return };
    let diagnosis = diagnose::diagnose(deployment, examination, 0, Some(attempt), &Expectation::default());
    let cause = diagnosis.causes.first().map_or("nothing".to_owned(), |cause| format!("{} ({})", cause.check, cause.confidence.name()));
    assert_eq!(&cause, first, "{name}: {diagnosis:#?}");
}

fn mends(check: &'static dyn Check, name: &str, deployment: &Deployment, examination: &Examination) {
    for (_, finding) in examination.findings().filter(|(meta, _)| meta.id == check.meta().id) {
        for fix in finding.fixes.iter().filter(|fix| !fix.change.is_empty()) {
            let proof = remedy::prove(CHECKS, deployment, examination, finding, fix);
            assert!(proof.verified, "{name}: the fix \"{}\" does not hold: {}", fix.title, proof.objection.unwrap_or_default());
            assert!(!fix.steps.is_empty(), "{name}: the fix \"{}\" has no steps", fix.title);
        }
    }
}

fn reads_what_it_says(check: &'static dyn Check, stories: &[(String, Story)]) {
    let meta = check.meta();
    let mut deployments = healthy_deployments();
    deployments.extend(stories.iter().map(|(name, story)| (name.clone(), tell(name, story))));
    let mut consulted = BTreeSet::new();
    for (_, deployment) in &deployments {
        deployment.take_consulted();
        examine(&[check], deployment);
        consulted.extend(deployment.take_consulted());
    }
    for part in &consulted {
        assert!(meta.needs.contains(part) || meta.optional.contains(part), "{} reads {} and does not say so", meta.id, part.name());
    }
    for part in meta.needs.iter().chain(meta.optional) {
        assert!(consulted.contains(part), "{} says it reads {}, and no story shows it", meta.id, part.name());
    }
}

fn page_is_whole(check: &'static dyn Check) {
    let meta = check.meta();
    let mut rest = meta.page;
    assert!(rest.starts_with(&format!("# {}\n", meta.id)), "{}: its page does not start with its id", meta.id);
    for heading in HEADINGS {
        let at = rest.find(heading).unwrap_or_else(|| panic!("{}: its page lacks \"{heading}\" in this order", meta.id));
        rest = &rest[at..];
    }
    assert!(meta.page.contains("https://"), "{}: its page cites no source", meta.id);
    let hop = crate::catalogue::row(meta.id).map(|row| row.hop);
    assert_eq!(hop, Some(meta.hop.name()), "{}: the catalogue says another hop, or does not know the id", meta.id);
}
