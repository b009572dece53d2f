//! The report of `probe`: version 1 of its JSON.

use super::attempt::{self, ConnectionReport, RepeatedReport, TimingsReport};
use super::contract::{ObservedReport, RequestReport, ShareReport, Tool};
use apigw_doctor_checks::answer::{Answer, Attempt, AttemptResult, Attribution};
use apigw_doctor_checks::catalogue;
use apigw_doctor_checks::diagnose::Expectation;
use apigw_doctor_checks::explain::{Cause, attempted};
use apigw_doctor_checks::repeated::{Outcome, outcome, summarise};
use apigw_doctor_checks::semantics::attribution::attribute;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many possible causes are named; the pages of the checks name more.
const CAUSES: usize = 6;

/// Header fields that say something about who answered, in this order.
const TELLING: &[&str] = &[
    "server",
    "via",
    "content-type",
    "content-encoding",
    "location",
    "www-authenticate",
    "retry-after",
    "apigw-requestid",
    "x-amzn-requestid",
    "x-amz-apigw-id",
    "x-amzn-errortype",
    "x-amzn-trace-id",
    "x-cache",
    "x-amz-cf-pop",
    "x-amz-cf-id",
    "cf-ray",
];

/// What came of asking a URL. Only additions without a new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ProbeReport {
    /// Always 1.
    pub(crate) version: u32,
    pub(crate) tool: Tool,
    /// When the report was made (RFC 3339).
    pub(crate) generated_at: String,
    /// 0: answered as expected; 1: not, or not always; 4: nothing could be asked.
    pub(crate) exit_code: u8,
    pub(crate) requests: Vec<ProbedReport>,
}

/// One request and everything that came back for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ProbedReport {
    pub(crate) request: RequestReport,
    /// Each distinct answer: what was not expected first, then the most frequent.
    pub(crate) answers: Vec<SeenReport>,
    /// All attempts; absent for a single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repeated: Option<RepeatedReport>,
}

/// One distinct answer, as it came first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SeenReport {
    /// How many of the attempts were answered like this.
    pub(crate) share: ShareReport,
    pub(crate) observed: ObservedReport,
    /// The symptom in words.
    pub(crate) meaning: String,
    pub(crate) timings: TimingsReport,
    /// What was seen of the connection; null when nothing was.
    pub(crate) connection: Option<ConnectionReport>,
    /// Where a redirect leads; it is not followed.
    pub(crate) location: Option<String>,
    /// All header fields, in order of arrival.
    pub(crate) headers: Vec<HeaderReport>,
    /// At most 64 KiB, as UTF-8 (lossy).
    pub(crate) body: String,
    pub(crate) body_truncated: bool,
    /// The certificates that the endpoint presented, leaf first, as PEM.
    pub(crate) presented_chain: Vec<String>,
    /// Checks that can explain an answer that is not expected, the first ones first.
    pub(crate) can_mean: Vec<MeaningReport>,
}

/// A header field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct HeaderReport {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A check that can explain an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct MeaningReport {
    pub(crate) check: String,
    pub(crate) title: String,
    /// `certain`, `likely` or `possible`.
    pub(crate) confidence: String,
    pub(crate) why: String,
}

/// One request and everything that came back for it. `request` says what was asked, also where nothing was sent.
pub(crate) fn probed(request: RequestReport, attempts: &[&Attempt], expected: &Expectation) -> ProbedReport {
    let summary = summarise(attempts, &[], expected);
    let classes: Vec<(Attribution, Option<Outcome>)> = attempts.iter().map(|attempt| class(attempt, expected)).collect();
    let first = |wanted: &Outcome| classes.iter().position(|(_, other)| other.as_ref() == Some(wanted));
    let mut answers: Vec<SeenReport> = Vec::new();
    for counted in &summary.outcomes {
        let Some(at) = first(&counted.what) else { continue };
        let share = ShareReport { times: counted.times, of: summary.made };
        answers.push(seen(attempts[at], &classes[at].0, counted.what.as_expected, share));
    }
    if let (true, Some(attempt), Some((attribution, _))) = (answers.is_empty(), attempts.first(), classes.first()) {
        answers.push(seen(attempt, attribution, false, ShareReport { times: 0, of: 0 }));
    }
    ProbedReport { request, answers, repeated: attempt::repeated(&summary) }
}

fn class(attempt: &Attempt, expected: &Expectation) -> (Attribution, Option<Outcome>) {
    let attribution = attribute(&attempt.result, &[]);
    let outcome = outcome(attempt, &attribution, expected);
    (attribution, outcome)
}

fn seen(attempt: &Attempt, attribution: &Attribution, as_expected: bool, share: ShareReport) -> SeenReport {
    let answer = match &attempt.result {
        AttemptResult::Answered(answer) => Some(answer),
        AttemptResult::Failed { .. } | AttemptResult::NotMade { .. } => None,
    };
    let explained = !as_expected && !matches!(attempt.result, AttemptResult::NotMade { .. });
    let causes = attempted(attempt).into_iter().filter(|_| explained).take(CAUSES);
    SeenReport {
        share,
        observed: attempt::observed(attempt, attribution, as_expected),
        meaning: attribution.symptom.meaning().to_owned(),
        timings: attempt::timings(&attempt.timings),
        connection: attempt::connection(attempt),
        location: answer.and_then(|answer| answer.header("location")).map(str::to_owned),
        headers: answer.map_or_else(Vec::new, headers),
        body: answer.map(|answer| answer.body.clone()).unwrap_or_default(),
        body_truncated: answer.is_some_and(|answer| answer.body_truncated),
        presented_chain: attempt.presented_chain.clone(),
        can_mean: causes.map(meaning).collect(),
    }
}

fn meaning(of: Cause) -> MeaningReport {
    let title = catalogue::row(of.check).map_or("", |row| row.title);
    let confidence = of.confidence.name().to_owned();
    MeaningReport { check: of.check.to_owned(), title: title.to_owned(), confidence, why: of.why }
}

fn headers(answer: &Answer) -> Vec<HeaderReport> {
    answer.headers.iter().map(|(name, value)| HeaderReport { name: name.clone(), value: value.clone() }).collect()
}

impl SeenReport {
    /// The header fields that say something about who answered.
    pub(crate) fn telling_headers(&self) -> impl Iterator<Item = &HeaderReport> {
        TELLING.iter().flat_map(|name| self.headers.iter().filter(|header| header.name == **name))
    }
}

#[cfg(test)]
mod tests {
    use super::ProbeReport;

    /// Made from the types, and may not drift from them.
    #[test]
    fn the_published_schema_of_a_probe_is_that_of_the_types() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(ProbeReport)).expect("a schema is JSON") + "\n";
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/probe.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, &schema).expect("docs/ can be written to");
        }
        let published = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(published, schema, "docs/probe.schema.json is stale: run `UPDATE_SCHEMA=1 cargo test schema`");
    }
}
