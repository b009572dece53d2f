//! collect → probe → examine → diagnose → render: the story on one page.

use crate::asking::{DEFAULT_PATH, Watch, choose_stage, invoke_url, not_asked, over, stage_of};
use crate::capture_file;
use crate::cli::{AskArgs, CheckArgs, DemoArgs, GateArgs, RequestArgs};
use crate::demo;
use crate::error::Failure;
use crate::output;
use crate::report::contract::{DeploymentReport, ErrorReport, ReadReport, Report, Tool};
use crate::report::gate::{self, Gate, exit_code};
use crate::report::{Style, build, clean};
use crate::suggest;
use apigw_doctor_checks::CHECKS;
use apigw_doctor_checks::answer::{Attempt, AttemptResult};
use apigw_doctor_checks::check::Check;
use apigw_doctor_checks::diagnose::{Diagnosis, Expectation, fixed_responses};
use apigw_doctor_checks::examine::{self, Examination, examine};
use apigw_doctor_checks::finding::Finding;
use apigw_doctor_checks::inside::{self, Inside};
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
use apigw_doctor_checks::repeated::{Summary, diagnose_each, summarise};
use std::time::{SystemTime, UNIX_EPOCH};

/// One deployment that was read, ready to be judged.
pub(crate) struct Read {
    pub(crate) facts: Facts,
    pub(crate) requests: Vec<Request>,
    pub(crate) attempts: Vec<Attempt>,
    /// Logs and metrics, where they were asked for.
    pub(crate) records: Option<Records>,
    /// What nodes and targets answered, where they were asked.
    pub(crate) inside: Option<Inside>,
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
            inside: self.inside,
        }
    }

    fn from_capture(capture: Capture) -> Read {
        Read {
            facts: capture.facts,
            requests: capture.requests,
            attempts: capture.attempts,
            records: capture.records,
            inside: capture.inside,
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
    let expected = expectation(&args.request.ask);
    let watch = Watch::of(&args.request.ask);
    let mut looked = false;
    loop {
        let read = match &args.from {
            Some(file) => from_file(file, &args.request).map(|read| (vec![read], Vec::new())),
            None => crate::live::read_all(&args).await,
        };
        let (reads, errors) = match read {
            Ok(read) => read,
            // What fails at once is a slip; what fails later may pass.
            Err(failure) if !looked || failure.exit_code == gate::INTERRUPTED => return Err(failure),
            Err(failure) => {
                if watch.again(false, &failure.message).await? {
                    continue;
                }
                return Err(failure);
            }
        };
        looked = true;
        let report = report(&reads, errors, &checks, &expected, &args.gate);
        let settled = report.exit_code == gate::OK || report.exit_code == gate::INTERRUPTED;
        let state = report.deployments.first().map_or("nothing was read", |deployment| deployment.summary.as_str());
        if watch.again(settled, state).await? {
            continue;
        }
        if let Some(file) = &args.save_capture {
            save(reads.first(), file)?;
        }
        output::write(&report, &plan, style)?;
        return Ok(report.exit_code);
    }
}

/// Which statuses the command line expects.
pub(crate) fn expectation(args: &AskArgs) -> Expectation {
    Expectation { from: args.expect_status.0, to: args.expect_status.1 }
}

/// What the configuration alone says, one line per finding: for somebody who waits for an answer.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "without the SDK nothing is examined before it is asked"))]
pub(crate) fn before_the_answer(facts: &Facts, requests: &[Request], gate: &GateArgs) -> Result<String, Failure> {
    let checks = selected(gate)?;
    let examination = examine(&checks, &Deployment::new(facts.clone(), requests.to_vec()));
    let mut lines = vec!["still waiting for an answer; the configuration alone says:".to_owned()];
    lines.extend(
        examination.findings().map(|(meta, finding)| clean(&format!("  {} {}: {}", finding.severity.name(), meta.id, finding.summary))),
    );
    if lines.len() == 1 {
        lines.push("  no finding".to_owned());
    }
    Ok(format!("{}\n", lines.join("\n")))
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
        inside: read.inside.clone(),
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
    let asked = !args.ask.path.is_empty() || !args.ask.method.is_empty() || args.stage.is_some();
    if read.requests.is_empty() || asked {
        let base = read.requests.first().cloned().unwrap_or_else(|| Request::get(DEFAULT_PATH));
        read.requests = over(&base, args);
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
    let attempts: Vec<Vec<&Attempt>> = read.requests.iter().map(|request| attempts_at(read, &deployment, request)).collect();
    let each = |(index, attempts): (usize, &Vec<&Attempt>)| diagnose_each(&deployment, &everything, index, attempts, expected);
    let mut diagnoses: Vec<Diagnosis> = attempts.iter().enumerate().flat_map(each).collect();
    let weigh = |diagnosis| read.records.as_ref().map_or_else(Vec::new, |records| weigh(&deployment, records, diagnosis));
    let remarks: Vec<Vec<Remark>> = diagnoses.iter_mut().map(weigh).collect();
    // What was seen with own eyes comes after what was written by others: it has the last word about the order.
    let seen = |diagnosis| {
        read.inside.as_ref().map_or_else(Vec::new, |inside| inside::weigh(&deployment, &everything, inside, expected, diagnosis))
    };
    let seen: Vec<Vec<String>> = diagnoses.iter_mut().map(seen).collect();
    let not_made: Vec<String> = attempts.iter().map(|attempts| why_not_made(attempts.first().copied(), read.interrupted)).collect();
    let fixed = fixed_responses(&deployment);
    let repeated: Vec<Summary> = attempts.iter().map(|attempts| summarise(attempts, &fixed, expected)).collect();
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
        seen: &seen,
        repeated: &repeated,
        prove: &prove,
    })
}

/// The attempts at a request: the same method and path at the same stage.
fn attempts_at<'a>(read: &'a Read, deployment: &Deployment, request: &Request) -> Vec<&'a Attempt> {
    let stage = stage_of(deployment, request);
    let same = |attempt: &&Attempt| attempt.method == request.method && attempt.path == request.path && attempt.stage == stage;
    // What was asked at the load balancer or at a target is no answer of the API.
    read.attempts.iter().filter(|attempt| same(attempt) && attempt.asked.is_none()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::FailOn;

    #[test]
    fn whoever_waits_is_told_what_the_configuration_says() {
        let capture = demo::tell("secure-server-name-missing").expect("the founding case");
        let gate = |select: &[&str]| GateArgs {
            fail_on: FailOn::Error,
            allow_unknown: false,
            select: select.iter().map(|id| (*id).to_owned()).collect(),
            ignore: Vec::new(),
        };
        let told = before_the_answer(&capture.facts, &capture.requests, &gate(&[])).expect("all checks");
        assert!(told.starts_with("still waiting for an answer") && told.contains("\n  error secure-server-name-missing: "), "{told}");
        let told = before_the_answer(&capture.facts, &capture.requests, &gate(&["tg-empty"])).expect("one check");
        assert!(told.ends_with("\n  no finding\n"), "{told}");
    }
}
