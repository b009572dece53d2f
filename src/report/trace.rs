//! The report of `trace`: version 1 of its JSON, and the text.

use super::contract::{ApiReport, GapReport, PredictedReport, RequestReport, SubjectReport};
use super::page::Page;
use super::style::Style;
use super::{build as words, text::expected};
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::model::subject::Subject;
use apigw_doctor_checks::trace::{Trace, TraceStep};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The way of one request. Only additions without a new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct TraceReport {
    /// Always 1.
    pub(crate) version: u32,
    /// 0: reaches the target; 1: does not, or not always; 3: cannot be told.
    pub(crate) exit_code: u8,
    pub(crate) api: ApiReport,
    pub(crate) request: RequestReport,
    pub(crate) steps: Vec<TraceStepReport>,
    /// Where the way could not be followed further; null when it could.
    pub(crate) gap: Option<GapReport>,
    pub(crate) predicted: PredictedReport,
}

/// One station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct TraceStepReport {
    pub(crate) hop: String,
    pub(crate) subject: SubjectReport,
    /// The resource in words.
    pub(crate) name: String,
    /// False when only some of the requests come by.
    pub(crate) every: bool,
    pub(crate) what: String,
    pub(crate) because: Vec<BecauseReport>,
    /// What was considered and not chosen.
    pub(crate) over: Vec<String>,
    /// Findings at this station.
    pub(crate) findings: Vec<TraceFindingReport>,
}

/// A deciding fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct BecauseReport {
    pub(crate) fact: String,
    pub(crate) source: String,
}

/// A finding at a station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct TraceFindingReport {
    pub(crate) check: String,
    pub(crate) summary: String,
}

/// Puts a trace into the contract's words.
pub(crate) fn build(deployment: &Deployment, trace: &Trace, exit_code: u8) -> TraceReport {
    let facts = deployment.facts();
    let request = &deployment.requests()[0];
    let stage = deployment.stage_for(request).ok().flatten().map(|stage| stage.name.clone());
    let api = facts.api.value();
    TraceReport {
        version: 1,
        exit_code,
        api: ApiReport {
            id: facts.api_id.clone(),
            name: api.map(|api| api.name.clone()),
            region: facts.region.clone(),
            account: facts.account.clone(),
            protocol: api.map(|api| api.protocol_type.clone()),
            invoke_url: stage.as_deref().and_then(|stage| crate::asking::invoke_url(facts, stage)),
        },
        request: RequestReport {
            method: request.method.clone(),
            path: request.path.clone(),
            stage: stage.or_else(|| request.stage.clone()),
            url: None,
        },
        steps: trace.steps.iter().map(step).collect(),
        gap: trace.gap.as_ref().map(words::gap),
        predicted: words::prediction(&trace.prediction),
    }
}

fn step(of: &TraceStep) -> TraceStepReport {
    TraceStepReport {
        hop: of.hop.name().to_owned(),
        subject: words::subject(&of.subject),
        name: name(&of.subject),
        every: of.every,
        what: of.what.clone(),
        because: of.because.iter().map(|one| BecauseReport { fact: one.fact.clone(), source: one.source.to_owned() }).collect(),
        over: of.over.clone(),
        findings: of
            .findings
            .iter()
            .map(|(check, summary)| TraceFindingReport { check: (*check).to_owned(), summary: summary.clone() })
            .collect(),
    }
}

fn name(subject: &Subject) -> String {
    subject.to_string()
}

/// The trace for people.
pub(crate) fn text(report: &TraceReport, style: Style) -> String {
    let mut page = Page::new(style);
    let api = report.api.name.as_ref().map_or_else(String::new, |name| format!(" \"{name}\""));
    let stage = report.request.stage.as_ref().map_or_else(String::new, |stage| format!(", stage {stage}"));
    let asked = style.strong(&format!("{} {}", report.request.method, report.request.path));
    page.wrapped("", &format!("{asked} at api {}{api} ({}{stage})", report.api.id, report.api.region), "  ");
    page.line("");
    for step in &report.steps {
        station(&mut page, step);
    }
    page.line("");
    if let Some(gap) = &report.gap {
        page.wrapped("", &format!("The way could not be followed further: {}: {}", gap.part, gap.why), "  ");
    }
    page.wrapped("", &style.strong(&format!("Predicted: {}.", expected(&report.predicted))), "  ");
    page.into_text()
}

fn station(page: &mut Page, step: &TraceStepReport) {
    let some = if step.every { "" } else { " (some requests)" };
    let hop = page.style.strong(&format!("{:<14}", step.hop));
    page.wrapped(&format!("{hop} "), &format!("{}{some}: {}", step.name, step.what), "                 ");
    for (index, because) in step.because.iter().enumerate() {
        // Facts of one answer stand together: its call is named once, behind the last.
        let same = step.because.get(index + 1).is_some_and(|next| next.source == because.source);
        let source = if same { String::new() } else { page.style.faint(&format!(" ({})", because.source)) };
        page.wrapped("               because ", &format!("{}{source}", because.fact), "                       ");
    }
    for over in &step.over {
        page.wrapped("               over    ", over, "                       ");
    }
    for finding in &step.findings {
        let mark = page.style.mark("fail");
        page.wrapped(&format!("               {mark} "), &format!("{}: {}", finding.check, finding.summary), "                 ");
    }
}

#[cfg(test)]
mod tests {
    use super::TraceReport;

    /// Made from the types, and may not drift from them.
    #[test]
    fn the_published_schema_of_a_trace_is_that_of_the_types() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(TraceReport)).expect("a schema is JSON") + "\n";
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/trace.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, &schema).expect("docs/ can be written to");
        }
        let published = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(published, schema, "docs/trace.schema.json is stale: run `UPDATE_SCHEMA=1 cargo test schema`");
    }
}
