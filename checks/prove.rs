//! The proof every check has to pass, run for each check by the registry. Test only: the one place that reads files.
#![allow(clippy::disallowed_methods, reason = "stories are read from disk")]

use crate::CHECKS;
use crate::check::{Check, Verdict};
use crate::diagnose::{self, Diagnosis, Expectation};
use crate::examine::{CheckReport, Examination, examine};
use crate::journey;
use crate::model::capture::Capture;
use crate::model::deployment::Deployment;
use crate::predict::{Prediction, predict};
use crate::remedy;
use crate::story::{self, Story};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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

/// A healthy deployment.
pub(crate) struct Healthy {
    pub(crate) name: String,
    pub(crate) document: Value,
    capture: Capture,
}

/// The healthy deployments; read once for all tests.
pub(crate) fn healthy() -> &'static [Healthy] {
    static READ: OnceLock<Vec<Healthy>> = OnceLock::new();
    let stem = |path: &PathBuf| path.file_stem().expect("a file name").to_string_lossy().into_owned();
    let parse = |path: PathBuf| {
        let wrong = |error: serde_json::Error| -> ! { panic!("{}: {error}", path.display()) };
        let document: Value = serde_json::from_str(&read(&path)).unwrap_or_else(|error| wrong(error));
        let capture: Capture = serde_json::from_value(document.clone()).unwrap_or_else(|error| wrong(error));
        Healthy { name: stem(&path), document, capture }
    };
    let bases = || files_in(&fixtures().join("healthy")).into_iter().filter(|path| stem(path) != "aliases");
    READ.get_or_init(|| bases().map(parse).collect())
}

/// The names that stand for long keys in stories; read once for all tests.
fn aliases() -> &'static BTreeMap<String, String> {
    static READ: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(&read(&fixtures().join("healthy/aliases.json"))).expect("names and keys"))
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
    let capture = captured(name, story);
    Deployment::new(capture.facts, capture.requests)
}

fn captured(name: &str, story: &Story) -> Capture {
    let base = healthy().iter().find(|base| base.name == story.base);
    let base = base.unwrap_or_else(|| panic!("{name}: no healthy deployment \"{}\"", story.base));
    story::apply_to(story, base.document.clone(), aliases()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn deployment(capture: &Capture) -> Deployment {
    Deployment::new(capture.facts.clone(), capture.requests.clone())
}

/// A story of a check, told.
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) story: Story,
    capture: Capture,
    /// What all checks say.
    pub(crate) examination: Examination,
}

impl Told {
    /// Its deployment; a new one each time, since a deployment notes what it was asked.
    pub(crate) fn deployment(&self) -> Deployment {
        deployment(&self.capture)
    }
}

/// The stories of a check; told and examined once for all tests.
pub(crate) fn told(id: &'static str) -> &'static [Told] {
    static TOLD: OnceLock<BTreeMap<&'static str, OnceLock<Vec<Told>>>> = OnceLock::new();
    let all = TOLD.get_or_init(|| CHECKS.iter().map(|check| (check.meta().id, OnceLock::new())).collect());
    let tell = |(name, story): (String, Story)| {
        let capture = captured(&format!("{id}/{name}"), &story);
        let examination = examine(CHECKS, &deployment(&capture));
        Told { name, story, capture, examination }
    };
    all[id].get_or_init(|| stories(id).into_iter().map(tell).collect())
}

/// The healthy deployments, ready to be asked.
pub(crate) fn healthy_deployments() -> Vec<(String, Deployment)> {
    healthy().iter().map(|base| (base.name.clone(), deployment(&base.capture))).collect()
}

/// All six points for one check.
pub(crate) fn prove(check: &'static dyn Check) {
    let id = check.meta().id;
    likes_the_healthy(check);
    let (mut fires, mut near) = (0, 0);
    for told in told(id) {
        let name = format!("{id}/{}", told.name);
        let (story, deployment, examination) = (&told.story, told.deployment(), &told.examination);
        if fires_exactly(&name, story, id, &deployment, examination) {
            fires += 1
        } else {
            near += 1
        }
        never_passes_blind(check, &name, &deployment);
        predicts(&name, story, &deployment, examination);
        diagnoses(&name, story, &deployment, examination);
        mends(check, &name, &deployment, examination);
    }
    assert!(fires > 0, "{id}: no story in which it fires");
    assert!(near > 0, "{id}: no near miss: a story in which it looks, and does not fire");
    reads_what_it_says(check);
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
    let Some(attempt) = &story.answer else { return };
    let diagnosis = diagnose::diagnose(deployment, examination, 0, Some(attempt), &Expectation::default());
    let both: Vec<&str> = diagnosis.ruled_out.iter().map(|out| out.check.as_str()).filter(|id| is_cause(&diagnosis, id)).collect();
    assert!(both.is_empty(), "{name}: named as a cause, and ruled out: {both:?}");
    let Some(first) = &story.first_cause else { return };
    let cause = diagnosis.causes.first().map_or("nothing".to_owned(), |cause| format!("{} ({})", cause.check, cause.confidence.name()));
    assert_eq!(&cause, first, "{name}: {diagnosis:#?}");
}

fn is_cause(diagnosis: &Diagnosis, id: &str) -> bool {
    diagnosis.causes.iter().any(|cause| cause.check == id)
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

fn reads_what_it_says(check: &'static dyn Check) {
    let meta = check.meta();
    let healthy = healthy_deployments().into_iter().map(|(_, deployment)| deployment);
    let mut consulted = BTreeSet::new();
    for deployment in healthy.chain(told(meta.id).iter().map(Told::deployment)) {
        deployment.take_consulted();
        examine(&[check], &deployment);
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
