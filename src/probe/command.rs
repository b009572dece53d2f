//! `probe URL`: ask, attribute, and say what the answer can mean. No AWS credentials, unless the request has to be signed.

use super::ProbeRequest;
use crate::asking::{Means, Watch, ask_rounds};
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::error::Failure;
use crate::output;
use crate::report::contract::{ObservedReport, RequestReport, Tool};
use crate::report::probe::{ProbeReport, ProbedReport, probed};
use crate::report::{Style, clean_value, escaped, gate, probe_text};
use crate::run::{expectation, now};
use apigw_doctor_checks::answer::Attempt;
use apigw_doctor_checks::diagnose::Expectation;

/// Asks a URL. Exit code 0: answered as expected; 1: not, or not always; 4: nothing could be asked.
pub(crate) async fn run(args: ProbeArgs, style: Style) -> Result<u8, Failure> {
    let Some(url) = args.url.as_deref() else { return super::inside::run(args, style).await };
    let mut means = Means::read(&args.ask)?;
    if args.ask.sigv4 {
        means.signer = Some(crate::live::signer(&args.aws).await?);
    }
    let requests = requests(url, &args, &means);
    let (watch, expected) = (Watch::of(&args.ask), expectation(&args.ask));
    loop {
        let attempts = ask_rounds(&requests, &means).await;
        let report = report(&requests, &attempts, &expected);
        let state = report.requests.iter().flat_map(|probed| &probed.answers).map(|seen| state(&seen.observed)).next();
        if watch.again(report.exit_code == gate::OK, &state.unwrap_or_default()).await? {
            continue;
        }
        output::print_all(&printed(&report, args.format, style))?;
        return Ok(report.exit_code);
    }
}

/// The URL as it is, or each path below it; each method of each.
fn requests(url: &str, args: &ProbeArgs, means: &Means) -> Vec<ProbeRequest> {
    let below = |path: &String| format!("{}{path}", url.trim_end_matches('/'));
    let urls: Vec<String> = if args.ask.path.is_empty() { vec![url.to_owned()] } else { args.ask.path.iter().map(below).collect() };
    let methods = if args.ask.method.is_empty() { vec!["GET".to_owned()] } else { args.ask.method.clone() };
    let mut requests = Vec::new();
    for url in &urls {
        for method in &methods {
            requests.push(ProbeRequest {
                method: method.clone(),
                path: path_of(url),
                stage: String::new(),
                url: url.clone(),
                headers: means.headers.clone(),
                body: means.body.clone(),
                asked: None,
                way: means.way.clone(),
            });
        }
    }
    requests
}

/// The path of a URL, for the record.
fn path_of(url: &str) -> String {
    let path = reqwest::Url::parse(url).map(|url| url.path().to_owned());
    path.unwrap_or_else(|_| "/".to_owned())
}

fn report(requests: &[ProbeRequest], attempts: &[Attempt], expected: &Expectation) -> ProbeReport {
    let all: Vec<ProbedReport> = requests
        .iter()
        .enumerate()
        .map(|(index, request)| {
            // Each round asks each request once.
            let own: Vec<&Attempt> = attempts.iter().skip(index).step_by(requests.len().max(1)).collect();
            let url = super::without_credentials(&request.url);
            probed(
                RequestReport { method: request.method.clone(), path: request.path.clone(), stage: None, url: Some(url) },
                &own,
                expected,
            )
        })
        .collect();
    ProbeReport {
        version: 1,
        tool: Tool { name: "apigw-doctor".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        generated_at: now().to_string(),
        exit_code: exit_code(&all),
        requests: all,
    }
}

fn exit_code(requests: &[ProbedReport]) -> u8 {
    let all: Vec<&ObservedReport> = requests.iter().flat_map(|probed| &probed.answers).map(|seen| &seen.observed).collect();
    if all.iter().all(|observed| matches!(observed, ObservedReport::NotMade { .. })) {
        gate::NOTHING
    } else if all.iter().all(|observed| matches!(observed, ObservedReport::Answered { as_expected: true, .. })) {
        gate::OK
    } else {
        gate::FOUND
    }
}

/// An answer in a few words, for somebody who waits.
fn state(observed: &ObservedReport) -> String {
    match observed {
        ObservedReport::Answered { status, .. } => format!("the answer is {status}"),
        ObservedReport::Failed { reason, .. } => format!("no answer ({reason})"),
        ObservedReport::NotMade { reason } => format!("not asked: {reason}"),
    }
}

fn printed(report: &ProbeReport, format: ProbeFormat, style: Style) -> String {
    match format {
        ProbeFormat::Text => probe_text::render(&clean_value::<ProbeReport>(report), style),
        ProbeFormat::Json => {
            let json = serde_json::to_string_pretty(report).expect("a report has only string keys");
            format!("{}\n", escaped(&json))
        }
    }
}
