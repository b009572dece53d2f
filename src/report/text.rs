//! The report for people: one screen, in the order of the request.

use super::Style;
use super::attempt::RepeatedReport;
use super::contract::{
    AnswerReport, CheckReport, DeploymentReport, DiagnosisReport, EvidenceReport, FindingReport, FixReport, ObservedReport,
    PredictedReport, Report, StepReport,
};
use super::style::{columns, plain, wrap};
use apigw_doctor_checks::check::Hop;
use apigw_doctor_checks::symptom::Producer;
use std::fmt::Write;

/// What stands below the probe's line is indented as far as its text.
const MARGIN: &str = "                    ";

/// The text report.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let mut page = Page { out: String::new(), style };
    for deployment in &report.deployments {
        page.deployment(report, deployment);
    }
    for error in &report.errors {
        page.wrapped("", &format!("{} {}: {}", style.mark("unknown"), error.api, error.message), "  ");
    }
    page.out
}

struct Page {
    out: String,
    style: Style,
}

impl Page {
    fn line(&mut self, text: &str) {
        writeln!(self.out, "{}", plain(text.trim_end(), self.style)).expect("writing to a string cannot fail");
    }

    /// A text broken at the page's width; further lines are indented deeper.
    fn wrapped(&mut self, indent: &str, text: &str, further: &str) {
        let width = self.style.width.saturating_sub(columns(indent).max(columns(further))).max(20);
        for (index, line) in wrap(&plain(text, self.style), width).into_iter().enumerate() {
            let indent = if index == 0 { indent } else { further };
            self.line(&format!("{indent}{line}"));
        }
    }

    fn deployment(&mut self, report: &Report, deployment: &DeploymentReport) {
        self.head(report, deployment);
        for (index, diagnosis) in deployment.diagnoses.iter().enumerate() {
            self.probe(diagnosis);
            let more = deployment.diagnoses.get(index + 1).is_some_and(|next| next.request == diagnosis.request);
            let repeated = diagnosis.repeated.as_ref().filter(|_| !more);
            repeated.map(RepeatedReport::lines).unwrap_or_default().iter().for_each(|line| self.wrapped(MARGIN, line, MARGIN));
        }
        self.line("");
        for hop in Hop::ALL {
            let checks: Vec<&CheckReport> = deployment.checks.iter().filter(|check| check.hop == hop.name()).collect();
            self.hop(hop.name(), &checks);
        }
        self.line("");
        for diagnosis in &deployment.diagnoses {
            self.diagnosis(diagnosis);
        }
        self.plan(deployment);
        self.tally(report, deployment);
    }

    fn head(&mut self, report: &Report, deployment: &DeploymentReport) {
        let api = &deployment.api;
        let name = api.name.as_ref().map_or_else(String::new, |name| format!(" \"{name}\""));
        let stage = deployment.diagnoses.first().and_then(|diagnosis| diagnosis.request.stage.as_ref());
        let stage = stage.map_or_else(String::new, |stage| format!(", stage {stage}"));
        let calls = match (deployment.read.calls, deployment.read.denied) {
            (Some(calls), Some(0)) => format!(", {calls} calls"),
            (Some(calls), Some(denied)) => format!(", {calls} calls, {denied} denied"),
            (Some(_) | None, None) | (None, Some(_)) => " (from a capture)".to_owned(),
        };
        let api_words = format!("api {}{name} ({}{stage})", self.style.strong(&api.id), api.region);
        let read = format!("read {}{calls}", deployment.read.collected_at);
        self.wrapped("", &format!("{} {} {api_words} {read}", report.tool.name, report.tool.version), "  ");
        if deployment.read.interrupted {
            self.line("  interrupted: only what was read until then is judged");
        }
        self.line("");
    }

    fn probe(&mut self, diagnosis: &DiagnosisReport) {
        let request = &diagnosis.request;
        let target = request.url.as_deref().map_or_else(|| request.path.clone(), |url| self.short(url));
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
        let mark = self.style.mark(mark);
        self.wrapped(&format!("  probe          {mark}  "), &text, MARGIN);
        if let ObservedReport::NotMade { .. } = diagnosis.observed {
            let text = format!("{asked}: {}", expected(&diagnosis.predicted));
            self.wrapped("  expected          ", &text, MARGIN);
        }
    }

    /// `https://ID.execute-api…/path`: the Region and AWS's domain say nothing new.
    fn short(&self, url: &str) -> String {
        let cut = url.split_once(".execute-api.").and_then(|(front, rest)| Some((front, rest.find('/').map(|at| &rest[at..])?)));
        cut.map_or_else(|| url.to_owned(), |(front, path)| format!("{front}.execute-api…{path}"))
    }

    fn hop(&mut self, name: &str, checks: &[&CheckReport]) {
        if checks.is_empty() {
            return;
        }
        let count = |verdicts: &[&str]| checks.iter().filter(|check| verdicts.contains(&check.verdict.as_str())).count();
        let mut cells = Vec::new();
        for (verdicts, words) in
            [(&["pass"][..], ""), (&["fail"], ""), (&["unknown", "crashed"], ""), (&["not-applicable"], " not applicable")]
        {
            let many = count(verdicts);
            if many > 0 {
                cells.push(format!("{} {many}{words}", self.style.mark(verdicts[0])));
            }
        }
        self.line(&format!("{} {}", self.style.strong(&format!("{name:<16}")), cells.join("   ")));
        for check in checks {
            for finding in &check.findings {
                self.finding(check, finding);
            }
            for gap in &check.gaps {
                let mark = self.style.mark("unknown");
                self.wrapped(&format!("  {mark} "), &format!("{:<29} could not tell: {}", check.id, gap.why), "      ");
            }
        }
    }

    fn finding(&mut self, check: &CheckReport, finding: &FindingReport) {
        let sure = if finding.confidence == "certain" { String::new() } else { format!(" ({})", finding.confidence) };
        let kind = if finding.severity == "error" { String::new() } else { format!("[{}] ", finding.severity) };
        let mark = self.style.mark("fail");
        self.line(&format!("  {mark} {}", self.style.strong(&check.id)));
        self.wrapped("      ", &format!("{kind}{}{sure}", finding.summary), "      ");
        for evidence in &finding.evidence {
            self.evidence(finding, evidence);
        }
        for fix in &finding.fixes {
            self.fix(fix);
        }
        self.line(&format!("      {} apigw-doctor explain {}", self.style.faint("more "), check.id));
    }

    fn evidence(&mut self, finding: &FindingReport, evidence: &EvidenceReport) {
        let about =
            if evidence.subject == finding.subject { String::new() } else { format!("{} ", evidence.subject.kind.replace('-', " ")) };
        let value = evidence.found.as_ref().map_or_else(|| "is not set".to_owned(), |found| format!("is {found}"));
        let expected = evidence.expected.as_ref().map_or_else(String::new, |expected| format!("; expected: {expected}"));
        let text = format!("- {about}{} {value}{expected}", evidence.field);
        let source = format!("({})", evidence.source);
        let room = self.style.width.saturating_sub(6 + text.chars().count());
        if room > source.chars().count() {
            let gap = room - source.chars().count();
            self.line(&format!("      {text}{}{}", " ".repeat(gap), self.style.faint(&source)));
        } else {
            self.wrapped("      ", &format!("{text} {source}"), "        ");
        }
    }

    fn fix(&mut self, fix: &FixReport) {
        let proof = match (fix.verified, fix.health_again) {
            (true, true) => "; verified on the model, health has to be observed again",
            (true, false) => "; verified on the model",
            (false, _) => "; not verified on the model",
        };
        let risk = if fix.risk == "disruptive" { " [disruptive: read before you run]" } else { "" };
        let label = self.style.strong("fix");
        self.wrapped(&format!("      {label}   "), &format!("{}{risk}{proof}", fix.title), "            ");
        self.steps("            ", &fix.steps);
    }

    fn steps(&mut self, indent: &str, steps: &[StepReport]) {
        for step in steps {
            // A command stays on one line, however long: it is there to be copied.
            match step.kind.as_str() {
                "cli" => self.line(&format!("{indent}{}", step.text)),
                kind if step.is_code() => {
                    self.line(&format!("{indent}{kind}:"));
                    step.text.lines().for_each(|line| self.line(&format!("{indent}  {line}")));
                }
                kind => self.wrapped(indent, &format!("{kind}: {}", step.text), &format!("{indent}  ")),
            }
        }
    }

    fn diagnosis(&mut self, diagnosis: &DiagnosisReport) {
        let conclusion = self.style.strong(&diagnosis.conclusion);
        self.wrapped("", &conclusion, "");
        for cause in diagnosis.causes.iter().filter(|cause| cause.subject.is_none()) {
            self.wrapped("  possible: ", &format!("{}: {}", cause.check, cause.why), "    ");
        }
        for cause in diagnosis.causes.iter() {
            for also in &cause.also {
                self.wrapped(&format!("  {} also explains: ", cause.check), also, "    ");
            }
        }
        if let Some(time) = &diagnosis.time {
            self.wrapped("  time: ", time, "    ");
        }
        for out in &diagnosis.ruled_out {
            self.wrapped("  ruled out: ", &format!("{}: {}", out.check, out.why), "    ");
        }
        for record in &diagnosis.records {
            self.wrapped("  on record: ", &format!("{} ({})", record.text, record.source), "    ");
        }
        for seen in &diagnosis.inside {
            self.wrapped("  from inside: ", seen, "    ");
        }
        for gap in &diagnosis.open {
            self.wrapped("  open: ", &format!("{}: {}", gap.part, gap.why), "    ");
        }
    }

    fn plan(&mut self, deployment: &DeploymentReport) {
        if deployment.fix_plan.len() < 2 {
            return; // one fix stands beside its finding already
        }
        self.line("In this order:");
        for (index, step) in deployment.fix_plan.iter().enumerate() {
            let several = deployment.diagnoses.len() > 1;
            let request = deployment.diagnoses.get(step.request).map(|diagnosis| &diagnosis.request).filter(|_| several);
            let whose = request.map_or_else(String::new, |request| format!(" for {} {}:", request.method, request.path));
            let text = format!("{}: {} (then{whose} {})", step.check, step.title, expected(&step.predicted_after));
            self.wrapped(&format!("  {}. ", index + 1), &text, "     ");
            // What only comes to light when the steps before it are made stands beside no finding.
            let listed = deployment.checks.iter().filter(|check| check.id == step.check).flat_map(|check| &check.findings);
            if !listed.into_iter().any(|finding| finding.subject == step.subject) {
                self.steps("     ", &step.steps);
            }
        }
    }

    fn tally(&mut self, report: &Report, deployment: &DeploymentReport) {
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
        let room = self.style.width.saturating_sub(tally.chars().count() + exit.chars().count());
        if room >= 3 {
            self.line(&format!("{tally}{}{exit}", " ".repeat(room)));
        } else {
            self.wrapped("", &tally, "");
            self.line(&format!("{exit:>width$}", width = self.style.width));
        }
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
