//! The report for people: one screen, in the order of the request.

use super::Style;
use super::attempt::RepeatedReport;
use super::contract::{
    AnswerReport, CheckReport, DeploymentReport, DiagnosisReport, EvidenceReport, FindingReport, FixReport, ObservedReport,
    PredictedReport, Report, StepReport,
};
use super::page::Page;
use apigw_doctor_checks::check::Hop;
use apigw_doctor_checks::symptom::Producer;

/// What stands below the probe's line is indented as far as its text.
const MARGIN: &str = "                    ";

/// The text report.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    for deployment in &report.deployments {
        of_deployment(&mut page, report, deployment);
    }
    for error in &report.errors {
        page.wrapped("", &format!("{} {}: {}", style.mark("unknown"), error.api, error.message), "  ");
    }
    page.into_text()
}

fn of_deployment(page: &mut Page, report: &Report, deployment: &DeploymentReport) {
    heading(page, report, deployment);
    for (index, diagnosis) in deployment.diagnoses.iter().enumerate() {
        of_probe(page, diagnosis);
        let more = deployment.diagnoses.get(index + 1).is_some_and(|next| next.request == diagnosis.request);
        let repeated = diagnosis.repeated.as_ref().filter(|_| !more);
        repeated.map(RepeatedReport::lines).unwrap_or_default().iter().for_each(|line| page.wrapped(MARGIN, line, MARGIN));
    }
    page.line("");
    for hop in Hop::ALL {
        let checks: Vec<&CheckReport> = deployment.checks.iter().filter(|check| check.hop == hop.name()).collect();
        of_hop(page, hop.name(), &checks);
    }
    page.line("");
    for diagnosis in &deployment.diagnoses {
        of_diagnosis(page, diagnosis);
    }
    of_plan(page, deployment);
    tally(page, report, deployment);
}

fn heading(page: &mut Page, report: &Report, deployment: &DeploymentReport) {
    let api = &deployment.api;
    let name = api.name.as_ref().map_or_else(String::new, |name| format!(" \"{name}\""));
    let stage = deployment.diagnoses.first().and_then(|diagnosis| diagnosis.request.stage.as_ref());
    let stage = stage.map_or_else(String::new, |stage| format!(", stage {stage}"));
    let calls = match (deployment.read.calls, deployment.read.denied) {
        (Some(calls), Some(0)) => format!(", {calls} calls"),
        (Some(calls), Some(denied)) => format!(", {calls} calls, {denied} denied"),
        (Some(_) | None, None) | (None, Some(_)) => " (from a capture)".to_owned(),
    };
    let api_words = format!("api {}{name} ({}{stage})", page.style.strong(&api.id), api.region);
    let read = format!("read {}{calls}", deployment.read.collected_at);
    page.wrapped("", &format!("{} {} {api_words} {read}", report.tool.name, report.tool.version), "  ");
    if deployment.read.interrupted {
        page.line("  interrupted: only what was read until then is judged");
    }
    page.line("");
}

fn of_probe(page: &mut Page, diagnosis: &DiagnosisReport) {
    let request = &diagnosis.request;
    let target = request.url.as_deref().map_or_else(|| request.path.clone(), short);
    let asked = format!("{} {target}", request.method);
    let share = diagnosis.share.as_ref().map_or_else(String::new, |share| format!(" ({} of {} times)", share.times, share.of));
    let (mark, text) = match &diagnosis.observed {
        ObservedReport::Answered { status, producer, confidence, latency_ms, as_expected, .. } => {
            let verdict = if *as_expected { "pass" } else { "fail" };
            let seconds = format!("{}.{:02} s", latency_ms / 1000, latency_ms % 1000 / 10);
            (verdict, format!("{asked} → {status} in {seconds}, {}{share}", answered_by(producer, confidence)))
        }
        ObservedReport::Failed { reason, detail, .. } => ("fail", format!("{asked} → no answer ({reason}): {detail}{share}")),
        ObservedReport::NotMade { reason } => ("not-applicable", format!("not made: {reason}")),
    };
    let mark = page.style.mark(mark);
    page.wrapped(&format!("  probe          {mark}  "), &text, MARGIN);
    if let ObservedReport::NotMade { .. } = diagnosis.observed {
        let text = format!("{asked}: {}", expected(&diagnosis.predicted));
        page.wrapped("  expected          ", &text, MARGIN);
    }
}

/// `https://ID.execute-api…/path`: the Region and AWS's domain say nothing new.
fn short(url: &str) -> String {
    let cut = url.split_once(".execute-api.").and_then(|(front, rest)| Some((front, rest.find('/').map(|at| &rest[at..])?)));
    cut.map_or_else(|| url.to_owned(), |(front, path)| format!("{front}.execute-api…{path}"))
}

fn of_hop(page: &mut Page, name: &str, checks: &[&CheckReport]) {
    if checks.is_empty() {
        return;
    }
    let count = |verdicts: &[&str]| checks.iter().filter(|check| verdicts.contains(&check.verdict.as_str())).count();
    let mut cells = Vec::new();
    for (verdicts, words) in [(&["pass"][..], ""), (&["fail"], ""), (&["unknown", "crashed"], ""), (&["not-applicable"], " not applicable")]
    {
        let many = count(verdicts);
        if many > 0 {
            cells.push(format!("{} {many}{words}", page.style.mark(verdicts[0])));
        }
    }
    page.line(&format!("{} {}", page.style.strong(&format!("{name:<16}")), cells.join("   ")));
    for check in checks {
        for finding in &check.findings {
            of_finding(page, check, finding);
        }
        for gap in &check.gaps {
            let mark = page.style.mark("unknown");
            page.wrapped(&format!("  {mark} "), &format!("{:<29} could not tell: {}", check.id, gap.why), "      ");
        }
    }
}

fn of_finding(page: &mut Page, check: &CheckReport, finding: &FindingReport) {
    let sure = if finding.confidence == "certain" { String::new() } else { format!(" ({})", finding.confidence) };
    let kind = if finding.severity == "error" { String::new() } else { format!("[{}] ", finding.severity) };
    let mark = page.style.mark("fail");
    page.line(&format!("  {mark} {}", page.style.strong(&check.id)));
    page.wrapped("      ", &format!("{kind}{}{sure}", finding.summary), "      ");
    for evidence in &finding.evidence {
        of_evidence(page, finding, evidence);
    }
    for fix in &finding.fixes {
        of_fix(page, fix);
    }
    page.line(&format!("      {} apigw-doctor explain {}", page.style.faint("more "), check.id));
}

fn of_evidence(page: &mut Page, finding: &FindingReport, evidence: &EvidenceReport) {
    let about = if evidence.subject == finding.subject { String::new() } else { format!("{} ", evidence.subject.kind.replace('-', " ")) };
    let value = evidence.found.as_ref().map_or_else(|| "is not set".to_owned(), |found| format!("is {found}"));
    let expected = evidence.expected.as_ref().map_or_else(String::new, |expected| format!("; expected: {expected}"));
    let text = format!("- {about}{} {value}{expected}", evidence.field);
    let source = format!("({})", evidence.source);
    let room = page.style.width.saturating_sub(6 + text.chars().count());
    if room > source.chars().count() {
        let gap = room - source.chars().count();
        page.line(&format!("      {text}{}{}", " ".repeat(gap), page.style.faint(&source)));
    } else {
        page.wrapped("      ", &format!("{text} {source}"), "        ");
    }
}

fn of_fix(page: &mut Page, fix: &FixReport) {
    let proof = match (fix.verified, fix.health_again) {
        (true, true) => "; verified on the model, health has to be observed again",
        (true, false) => "; verified on the model",
        (false, _) => "; not verified on the model",
    };
    let risk = if fix.risk == "disruptive" { " [disruptive: read before you run]" } else { "" };
    let label = page.style.strong("fix");
    page.wrapped(&format!("      {label}   "), &format!("{}{risk}{proof}", fix.title), "            ");
    steps(page, "            ", &fix.steps);
}

fn steps(page: &mut Page, indent: &str, steps: &[StepReport]) {
    for step in steps {
        // A command stays on one line, however long: it is there to be copied.
        match step.kind.as_str() {
            "cli" => page.line(&format!("{indent}{}", step.text)),
            kind if step.is_code() => {
                page.line(&format!("{indent}{kind}:"));
                step.text.lines().for_each(|line| page.line(&format!("{indent}  {line}")));
            }
            kind => page.wrapped(indent, &format!("{kind}: {}", step.text), &format!("{indent}  ")),
        }
    }
}

fn of_diagnosis(page: &mut Page, diagnosis: &DiagnosisReport) {
    let conclusion = page.style.strong(&diagnosis.conclusion);
    page.wrapped("", &conclusion, "");
    for cause in diagnosis.causes.iter().filter(|cause| cause.subject.is_none()) {
        page.wrapped("  possible: ", &format!("{}: {}", cause.check, cause.why), "    ");
    }
    for cause in diagnosis.causes.iter() {
        for also in &cause.also {
            page.wrapped(&format!("  {} also explains: ", cause.check), also, "    ");
        }
    }
    if let Some(time) = &diagnosis.time {
        page.wrapped("  time: ", time, "    ");
    }
    for out in &diagnosis.ruled_out {
        page.wrapped("  ruled out: ", &format!("{}: {}", out.check, out.why), "    ");
    }
    for record in &diagnosis.records {
        page.wrapped("  on record: ", &format!("{} ({})", record.text, record.source), "    ");
    }
    for seen in &diagnosis.inside {
        page.wrapped("  from inside: ", seen, "    ");
    }
    for gap in &diagnosis.open {
        page.wrapped("  open: ", &format!("{}: {}", gap.part, gap.why), "    ");
    }
}

fn of_plan(page: &mut Page, deployment: &DeploymentReport) {
    if deployment.fix_plan.len() < 2 {
        return; // one fix stands beside its finding already
    }
    page.line("In this order:");
    for (index, step) in deployment.fix_plan.iter().enumerate() {
        let several = deployment.diagnoses.len() > 1;
        let request = deployment.diagnoses.get(step.request).map(|diagnosis| &diagnosis.request).filter(|_| several);
        let whose = request.map_or_else(String::new, |request| format!(" for {} {}:", request.method, request.path));
        let text = format!("{}: {} (then{whose} {})", step.check, step.title, expected(&step.predicted_after));
        page.wrapped(&format!("  {}. ", index + 1), &text, "     ");
        // What only comes to light when the steps before it are made stands beside no finding.
        let listed = deployment.checks.iter().filter(|check| check.id == step.check).flat_map(|check| &check.findings);
        if !listed.into_iter().any(|finding| finding.subject == step.subject) {
            steps(page, "     ", &step.steps);
        }
    }
}

fn tally(page: &mut Page, report: &Report, deployment: &DeploymentReport) {
    let counts = &deployment.counts;
    let findings: usize = deployment.checks.iter().map(|check| check.findings.len()).sum();
    let open = deployment.checks.iter().filter(|check| check.is_open()).count();
    let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let tally = format!(
        "{}, {}, {} fine, {} not applicable. Verdict: {}.",
        plural(findings, "problem", "problems"),
        plural(open, "question left open", "questions left open"),
        counts.pass,
        counts.not_applicable,
        deployment.verdict
    );
    let exit = format!("exit {}", report.exit_code);
    let room = page.style.width.saturating_sub(tally.chars().count() + exit.chars().count());
    if room >= 3 {
        page.line(&format!("{tally}{}{exit}", " ".repeat(room)));
    } else {
        page.wrapped("", &tally, "");
        page.at_the_right(&exit);
    }
}

/// An expected answer in words.
pub(crate) fn expected(predicted: &PredictedReport) -> String {
    match predicted {
        PredictedReport::Answered(answer) => answer_words(answer),
        PredictedReport::Mixed { alternatives } => {
            let words: Vec<String> = alternatives.iter().map(answer_words).collect();
            format!("for some requests {}", words.join(", for others "))
        }
        PredictedReport::Unknown { gaps } => {
            let why = gaps.first().map_or("", |gap| gap.why.as_str());
            format!("cannot be told ({why})")
        }
    }
}

fn answer_words(answer: &AnswerReport) -> String {
    let what = answer
        .status
        .map_or_else(|| if answer.by.is_some() { "an error".to_owned() } else { "an answer".to_owned() }, |status| format!("{status}"));
    let because = answer.by.as_ref().map_or_else(String::new, |by| format!(" because of {by}"));
    format!("{what} by {}{because}", producer_words(&answer.producer))
}

/// Words can be borrowed: who is not known for certain is named with the confidence.
pub(crate) fn answered_by(producer: &str, confidence: &str) -> String {
    let doubt = match confidence {
        "likely" | "possible" if producer != Producer::Unknown.name() => format!(" ({confidence})"),
        _ => String::new(),
    };
    format!("answered by {}{doubt}", producer_words(producer))
}

pub(crate) fn producer_words(name: &str) -> &'static str {
    let all =
        [Producer::ApiGateway, Producer::LoadBalancer, Producer::Target, Producer::EdgeInFront, Producer::ClientSide, Producer::Unknown];
    all.into_iter().find(|producer| producer.name() == name).unwrap_or(Producer::Unknown).words()
}
