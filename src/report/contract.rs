//! The JSON report, version 1: a contract. Only additions without a new version.
//! Every renderer takes this report; it owns its types, so that the inner ones stay free to change.

use super::attempt::{ConnectionReport, RepeatedReport, TimingsReport};
use apigw_doctor_checks::model::part::Part;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The report of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Report {
    /// Always 1.
    pub(crate) version: u32,
    pub(crate) tool: Tool,
    /// When the report was made (RFC 3339).
    pub(crate) generated_at: String,
    /// The exit code of the run, the same in every format.
    pub(crate) exit_code: u8,
    pub(crate) deployments: Vec<DeploymentReport>,
    /// APIs that could not be examined at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<ErrorReport>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// An API that could not be examined, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ErrorReport {
    /// As it was given on the command line.
    pub(crate) api: String,
    pub(crate) message: String,
}

/// One API and all that stands behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DeploymentReport {
    pub(crate) api: ApiReport,
    /// When it was read, and how.
    pub(crate) read: ReadReport,
    /// `healthy`, `degraded`, `broken` or `unknown`.
    pub(crate) verdict: String,
    /// One sentence.
    pub(crate) summary: String,
    pub(crate) diagnoses: Vec<DiagnosisReport>,
    /// The smallest ordered set of fixes after which nothing configured stands between the request and the target.
    pub(crate) fix_plan: Vec<PlanReport>,
    pub(crate) checks: Vec<CheckReport>,
    pub(crate) counts: Counts,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ApiReport {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) region: String,
    pub(crate) account: Option<String>,
    /// `HTTP`; null when the API itself could not be read.
    pub(crate) protocol: Option<String>,
    /// The stage's own invoke URL; null when it is not known.
    pub(crate) invoke_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ReadReport {
    /// When the deployment was read (RFC 3339).
    pub(crate) collected_at: String,
    /// AWS calls made; null for a capture.
    pub(crate) calls: Option<u32>,
    /// AWS calls that were not allowed; null for a capture.
    pub(crate) denied: Option<u32>,
    /// True when the run was interrupted and only a part was read.
    #[serde(default)]
    pub(crate) interrupted: bool,
}

/// How many checks came to which verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Counts {
    pub(crate) pass: usize,
    pub(crate) fail: usize,
    pub(crate) unknown: usize,
    pub(crate) not_applicable: usize,
    pub(crate) crashed: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DiagnosisReport {
    pub(crate) request: RequestReport,
    pub(crate) observed: ObservedReport,
    pub(crate) predicted: PredictedReport,
    pub(crate) journey: Vec<StationReport>,
    /// The first cause first.
    pub(crate) causes: Vec<CauseReport>,
    pub(crate) ruled_out: Vec<RuledOutReport>,
    pub(crate) open: Vec<GapReport>,
    /// What the time until the answer hints at; absent where it hints at nothing, or the first cause is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<String>,
    /// What logs and metrics of the time around the request say (`--logs`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) records: Vec<RecordReport>,
    /// What the load balancer's nodes and the targets answered to this shell (`--from-vpc`); a capture holds the answers themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) inside: Vec<String>,
    /// One sentence that concludes.
    pub(crate) conclusion: String,
    /// How many of several attempts were answered like this; absent for a single one. Each distinct answer has a diagnosis of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<ShareReport>,
    /// All attempts at this request; absent for a single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repeated: Option<RepeatedReport>,
}

/// How many of several attempts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ShareReport {
    pub(crate) times: usize,
    pub(crate) of: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RequestReport {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) stage: Option<String>,
    pub(crate) url: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum ObservedReport {
    Answered {
        status: u16,
        producer: String,
        symptom: String,
        latency_ms: u64,
        /// True when the status is an expected one.
        as_expected: bool,
        /// How sure it is who answered: `certain`, `likely` or `possible`.
        #[serde(default)]
        confidence: String,
        /// The marks that decided who answered.
        marks: Vec<String>,
        timings: TimingsReport,
        /// Absent in captures of older versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connection: Option<ConnectionReport>,
    },
    Failed {
        /// `dns`, `connect`, `tls`, `timeout`, `reset` or `protocol`.
        reason: String,
        detail: String,
        symptom: String,
        /// As far as it came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connection: Option<ConnectionReport>,
    },
    NotMade {
        reason: String,
    },
}

/// What the model expects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum PredictedReport {
    Answered(AnswerReport),
    Mixed { alternatives: Vec<AnswerReport> },
    Unknown { gaps: Vec<GapReport> },
}

/// One expected answer. The target's own answer has no status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AnswerReport {
    pub(crate) status: Option<u16>,
    pub(crate) producer: String,
    pub(crate) symptom: String,
    pub(crate) hop: Option<String>,
    /// The check whose finding makes this answer; null when nothing stands in the way.
    pub(crate) by: Option<String>,
    pub(crate) confidence: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SubjectReport {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) arn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StationReport {
    pub(crate) hop: String,
    pub(crate) subject: SubjectReport,
    pub(crate) verdict: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct CauseReport {
    pub(crate) check: String,
    /// Null for a row of the catalogue that no finding shows.
    pub(crate) subject: Option<SubjectReport>,
    pub(crate) confidence: String,
    pub(crate) why: String,
    /// Findings that this cause explains more precisely.
    #[serde(default)]
    pub(crate) also: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RuledOutReport {
    pub(crate) check: String,
    pub(crate) why: String,
}

/// Further evidence: what a log or the metrics of one resource say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RecordReport {
    pub(crate) text: String,
    /// The AWS call.
    pub(crate) source: String,
    /// Rows of the catalogue that it speaks for.
    pub(crate) speaks_for: Vec<String>,
    /// Absent unless it is about lines of a log that could not be read: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unread_lines: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct GapReport {
    pub(crate) part: String,
    pub(crate) why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PlanReport {
    /// Index among the diagnoses: the first request that needs this step when the steps before it are made.
    #[serde(default)]
    pub(crate) request: usize,
    pub(crate) check: String,
    pub(crate) subject: SubjectReport,
    /// Index among the finding's fixes.
    pub(crate) fix: usize,
    pub(crate) title: String,
    /// How to make it: the finding may stand in no list, when only the steps before this one bring it to light.
    #[serde(default)]
    pub(crate) steps: Vec<StepReport>,
    pub(crate) verified: bool,
    /// What is expected for that request then.
    pub(crate) predicted_after: PredictedReport,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct CheckReport {
    pub(crate) id: String,
    pub(crate) hop: String,
    pub(crate) title: String,
    /// `pass`, `fail`, `unknown`, `not-applicable` or `crashed`.
    pub(crate) verdict: String,
    /// How many resources it looked at.
    pub(crate) examined: usize,
    pub(crate) findings: Vec<FindingReport>,
    pub(crate) gaps: Vec<GapReport>,
}

impl CheckReport {
    /// True when a needed fact is missing, also beside a finding, or the check crashed.
    pub(crate) fn is_open(&self) -> bool {
        self.verdict == "crashed" || !self.gaps.is_empty()
    }

    /// The same for facts that are needed: what could not be read of the optional ones is listed, and no more.
    pub(crate) fn lacks_a_needed_fact(&self) -> bool {
        let optional = |gap: &GapReport| Part::ALL.iter().any(|part| part.is_optional() && part.name() == gap.part);
        self.verdict == "crashed" || self.gaps.iter().any(|gap| !optional(gap))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FindingReport {
    pub(crate) subject: SubjectReport,
    pub(crate) summary: String,
    pub(crate) severity: String,
    pub(crate) confidence: String,
    /// A stable name of this defect at this resource.
    pub(crate) key: String,
    pub(crate) evidence: Vec<EvidenceReport>,
    pub(crate) fixes: Vec<FixReport>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct EvidenceReport {
    pub(crate) subject: SubjectReport,
    pub(crate) field: String,
    /// Null: the field is not set.
    pub(crate) found: Option<String>,
    pub(crate) expected: Option<String>,
    /// The AWS call.
    pub(crate) source: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FixReport {
    pub(crate) title: String,
    /// `safe` or `disruptive`.
    pub(crate) risk: String,
    /// Applied to the model: the finding is gone, nothing else broke, and the prediction moved on.
    pub(crate) verified: bool,
    /// Health and counts have to be observed again afterwards.
    pub(crate) health_again: bool,
    /// Why it is not verified.
    #[serde(default)]
    pub(crate) objection: Option<String>,
    /// RFC 6902 patch on the facts of a capture.
    pub(crate) patch: Vec<serde_json::Value>,
    pub(crate) steps: Vec<StepReport>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StepReport {
    /// `cli`, `terraform`, `cloudformation` or `console`.
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl StepReport {
    /// Infrastructure as code: several lines, whose indentation matters.
    pub(crate) fn is_code(&self) -> bool {
        matches!(self.kind.as_str(), "terraform" | "cloudformation")
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    /// The schema is published for those who read reports; it is made from the types and may not drift from them.
    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Report)).expect("a schema is JSON") + "\n";
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, &schema).expect("docs/ can be written to");
        }
        let published = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(
            published, schema,
            "docs/report.schema.json is stale: run `UPDATE_SCHEMA=1 cargo test schema` and look at the difference"
        );
    }
}
