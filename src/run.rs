//! collect → probe → examine → diagnose → render: the story on one page.

use crate::asking::{DEFAULT_PATH, choose_stage, invoke_url, not_asked, over, stage_of};
use crate::capture_file;
use crate::cli::{CheckArgs, DemoArgs, GateArgs, RequestArgs};
use crate::demo;
use crate::error::Failure;
use crate::output;
use crate::report::contract::{DeploymentReport, ErrorReport, ReadReport, Report, Tool};
use crate::report::gate::{Gate, exit_code};
use crate::report::{Style, build};
use crate::suggest;
use apigw_doctor_checks::CHECKS;
use apigw_doctor_checks::answer::{Attempt, AttemptResult};
use apigw_doctor_checks::check::Check;
use apigw_doctor_checks::diagnose::{Diagnosis, Expectation, diagnose};
use apigw_doctor_checks::examine::{self, Examination, examine};
use apigw_doctor_checks::finding::Finding;
use apigw_doctor_checks::judge::{decisive, judge};
use apigw_doctor_checks::model::capture::{Capture, FORMAT};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::records::Records;
use apigw_doctor_checks::model::request::Request;
use apigw_doctor_checks::model::time::Timestamp;
use apigw_doctor_checks::plan::plan;
use apigw_doctor_checks::records::{Remark, weigh};
use apigw_doctor_checks::remedy;
use std::time::{SystemTime, UNIX_EPOCH};

/// One deployment that was read, ready to be judged.
pub(crate) struct Read {
    pub(crate) facts: Facts,
    pub(crate) requests: Vec<Request>,
    pub(crate) attempts: Vec<Attempt>,
    /// Logs and metrics, where they were asked for.
    pub(crate) records: Option<Records>,
    /// AWS calls made and denied; `None` for a capture.
    pub(crate) calls: Option<(u32, u32)>,
    pub(crate) interrupted: bool,
}

impl Read {
    /// The same as a capture.
    pub(crate) fn into_capture(self) -> Capture {
        Capture {
            format: FORMAT,
            written_by: format!("apigw-doctor {}", env!("CARGO_PKG_VERSION")),
            facts: self.facts,
            requests: self.requests,
            attempts: self.attempts,
            records: self.records,
        }
    }

    fn from_capture(capture: Capture) -> Read {
        Read {
            facts: capture.facts,
            requests: capture.requests,
            attempts: capture.attempts,
            records: capture.records,
            calls: None,
            interrupted: false,
        }
    }
}

/// `check`: live, or from a capture.
pub(crate) async fn check(args: CheckArgs, style: Style) -> Result<u8, Failure> {
    let checks = selected(&args.gate)?;
    let plan = output::plan(&args.output)?;
    if args.save_capture.is_some() && (args.all || args.apis.len() > 1) {
        return Err(Failure::usage("--save-capture holds one API: give one, or use `apigw-doctor capture` for each"));
    }
    args.save_capture.as_deref().map_or(Ok(()), output::can_hold_a_file)?;
    let (reads, errors) = match &args.from {
        Some(file) => (vec![from_file(file, &args.request)?], Vec::new()),
        None => crate::live::read_all(&args).await?,
    };
    if let Some(file) = &args.save_capture {
        save(reads.first(), file)?;
    }
    let expected = Expectation { from: args.request.expect_status.0, to: args.request.expect_status.1 };
    let report = report(&reads, errors, &checks, &expected, &args.gate);
    output::write(&report, &plan, style)?;
    Ok(report.exit_code)
}

/// Reads one deployment, from AWS or from a capture.
pub(crate) async fn read_one(args: CheckArgs) -> Result<Read, Failure> {
    let reads = match &args.from {
        Some(file) => vec![from_file(file, &args.request)?],
        None => crate::live::read_all(&args).await?.0,
    };
    reads.into_iter().next().ok_or_else(|| Failure::nothing("nothing was read"))
}

fn save(read: Option<&Read>, file: &std::path::Path) -> Result<(), Failure> {
    let Some(read) = read else { return Ok(()) };
    let copy = Read {
        facts: read.facts.clone(),
        requests: read.requests.clone(),
        attempts: read.attempts.clone(),
        records: read.records.clone(),
        calls: read.calls,
        interrupted: read.interrupted,
    };
    capture_file::write(&copy.into_capture(), file)
}

/// `demo`: an embedded deployment, with its recorded answer.
pub(crate) fn demo(args: &DemoArgs, style: Style) -> Result<u8, Failure> {
    let checks = selected(&args.gate)?;
    let plan = output::plan(&args.output)?;
    if args.list {
        let lines: Vec<String> = demo::stories().iter().map(|(name, title)| format!("{name:<46} {title}\n")).collect();
        output::print(&lines.concat());
        return Ok(0);
    }
    let read = Read::from_capture(demo::tell(&args.story)?);
    let report = report(&[read], Vec::new(), &checks, &Expectation::default(), &args.gate);
    output::write(&report, &plan, style)?;
    Ok(report.exit_code)
}

/// A capture is judged for the request it was made for, as far as the command line names no other; its answers count only for their own request.
fn from_file(file: &std::path::Path, args: &RequestArgs) -> Result<Read, Failure> {
    let mut read = Read::from_capture(capture_file::read(file)?);
    let asked = args.path.is_some() || args.method.is_some() || args.stage.is_some();
    if read.requests.is_empty() || asked {
        let base = read.requests.first().cloned().unwrap_or_else(|| Request::get(DEFAULT_PATH));
        read.requests = vec![over(base, args)];
    }
    // A stage that the captured request names and that is not there is no slip of the command line, but what there is to explain.
    for request in read.requests.iter().filter(|_| asked) {
        choose_stage(&read.facts, request)?;
    }
    if args.no_probe {
        let deployment = Deployment::new(read.facts.clone(), read.requests.clone());
        let unasked = |request: &Request| not_asked(request, stage_of(&deployment, request), "--no-probe");
        read.attempts = read.requests.iter().map(unasked).collect();
    }
    Ok(read)
}

fn report(reads: &[Read], errors: Vec<ErrorReport>, checks: &[&'static dyn Check], expected: &Expectation, gate: &GateArgs) -> Report {
    let mut report = Report {
        version: 1,
        tool: Tool { name: "apigw-doctor".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        generated_at: now().to_string(),
        exit_code: 0,
        deployments: reads.iter().map(|read| judged(read, checks, expected)).collect(),
        errors,
    };
    report.exit_code =
        exit_code(&report, Gate { fail_on: gate.fail_on, allow_unknown: gate.allow_unknown, every_check: checks.len() == CHECKS.len() });
    report
}

fn judged(read: &Read, checks: &[&'static dyn Check], expected: &Expectation) -> DeploymentReport {
    let deployment = Deployment::new(read.facts.clone(), read.requests.clone());
    // --select and --ignore choose what is listed and what counts. What stops a request, and whether a fix breaks something else, is
    // a question to all checks: with one left out, a closed door would look open.
    let everything = examine(CHECKS, &deployment);
    let listed = |report: &examine::CheckReport| checks.iter().any(|check| check.meta().id == report.meta.id);
    let examination = Examination { reports: everything.reports.iter().filter(|report| listed(report)).cloned().collect() };
    let attempts: Vec<Option<&Attempt>> = read.requests.iter().map(|request| attempt_for(read, &deployment, request)).collect();
    let mut diagnoses: Vec<Diagnosis> =
        attempts.iter().enumerate().map(|(index, attempt)| diagnose(&deployment, &everything, index, *attempt, expected)).collect();
    let weigh = |diagnosis| read.records.as_ref().map_or_else(Vec::new, |records| weigh(&deployment, records, diagnosis));
    let remarks: Vec<Vec<Remark>> = diagnoses.iter_mut().map(weigh).collect();
    let not_made: Vec<String> = attempts.iter().map(|attempt| why_not_made(*attempt, read.interrupted)).collect();
    let verdict = judge(&deployment, &everything, &examination, &diagnoses);
    let decisive = decisive(&deployment, &everything, &examination, &diagnoses);
    let plan = plan(CHECKS, &deployment);
    let stage = deployment.requests().first().and_then(|request| deployment.stage_for(request).ok()?).map(|stage| stage.name.clone());
    let prove = |finding: &Finding| finding.fixes.iter().map(|fix| remedy::prove(CHECKS, &deployment, &everything, finding, fix)).collect();
    build::deployment(&build::Judged {
        deployment: &deployment,
        examination: &examination,
        diagnoses: &diagnoses,
        decisive,
        plan: &plan,
        verdict,
        read: ReadReport {
            collected_at: read.facts.collected_at.to_string(),
            calls: read.calls.map(|(calls, _)| calls),
            denied: read.calls.map(|(_, denied)| denied),
            interrupted: read.interrupted,
        },
        invoke_url: stage.and_then(|stage| invoke_url(&read.facts, &stage)),
        not_made: &not_made,
        remarks: &remarks,
        prove: &prove,
    })
}

/// The attempt at a request: the same method and path at the same stage.
fn attempt_for<'a>(read: &'a Read, deployment: &Deployment, request: &Request) -> Option<&'a Attempt> {
    let stage = stage_of(deployment, request);
    read.attempts.iter().find(|attempt| attempt.method == request.method && attempt.path == request.path && attempt.stage == stage)
}

/// Why there is no answer, if there is none.
fn why_not_made(attempt: Option<&Attempt>, interrupted: bool) -> String {
    match attempt.map(|attempt| &attempt.result) {
        Some(AttemptResult::NotMade { reason }) => reason.clone(),
        Some(AttemptResult::Answered(_) | AttemptResult::Failed { .. }) => String::new(),
        None if interrupted => "interrupted".to_owned(),
        None => "the capture holds no answer for this request".to_owned(),
    }
}

/// The checks that `--select` and `--ignore` leave. A misspelt id is a usage error: it must not run everything, or nothing.
fn selected(gate: &GateArgs) -> Result<Vec<&'static dyn Check>, Failure> {
    let known: Vec<&str> = CHECKS.iter().map(|check| check.meta().id).collect();
    for id in gate.select.iter().chain(&gate.ignore) {
        if !known.contains(&id.as_str()) {
            return Err(Failure::usage(format!(
                "there is no check \"{id}\"{}; `apigw-doctor checks` lists them",
                suggest::hint(id, &known)
            )));
        }
    }
    let wanted = |id: &str| {
        (gate.select.is_empty() || gate.select.iter().any(|select| select == id)) && !gate.ignore.iter().any(|ignore| ignore == id)
    };
    let checks: Vec<&'static dyn Check> = CHECKS.iter().copied().filter(|check| wanted(check.meta().id)).collect();
    if checks.is_empty() {
        return Err(Failure::usage("--select and --ignore leave no check to run".to_owned()));
    }
    Ok(checks)
}

/// The moment of now: the only clock of a run besides the probe's.
pub(crate) fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}
