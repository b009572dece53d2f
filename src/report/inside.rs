//! The report of `probe --from-vpc`: version 1 of its JSON, and the text.

use super::attempt::{self, ConnectionReport, TimingsReport};
use super::build::subject;
use super::contract::{ApiReport, ObservedReport, SubjectReport, Tool};
use super::gate;
use super::page::Page;
use super::probe_text::{labelled, of_connection};
use super::style::Style;
use crate::probe::inside::Step;
use crate::run::now;
use apigw_doctor_checks::inside::Bearing;
use apigw_doctor_checks::model::deployment::Deployment;
use apigw_doctor_checks::semantics::attribution::attribute;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What nodes and targets answered to somebody inside the VPC. Only additions without a new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct InsideReport {
    /// Always 1.
    pub(crate) version: u32,
    pub(crate) tool: Tool,
    /// When the report was made (RFC 3339).
    pub(crate) generated_at: String,
    /// 0: everything answers as it should; 1: not; 4: nothing could be asked.
    pub(crate) exit_code: u8,
    pub(crate) api: ApiReport,
    /// In the order of the way.
    pub(crate) steps: Vec<InsideStepReport>,
    /// What was left out, and why.
    pub(crate) not_asked: Vec<String>,
}

/// One question at one address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct InsideStepReport {
    /// The question in words.
    pub(crate) asked: String,
    /// The listener or the target group.
    pub(crate) subject: SubjectReport,
    /// The address and port; null where the name has none.
    pub(crate) address: Option<String>,
    pub(crate) method: String,
    pub(crate) url: String,
    /// Whether requests can get through here, as far as this answer shows.
    pub(crate) good: bool,
    /// What the answer says.
    pub(crate) told: String,
    /// What it says about findings.
    pub(crate) bearings: Vec<BearingReport>,
    pub(crate) observed: ObservedReport,
    pub(crate) timings: TimingsReport,
    pub(crate) connection: Option<ConnectionReport>,
    /// The certificates that were presented, leaf first, as PEM.
    pub(crate) presented_chain: Vec<String>,
}

/// A finding that an answer confirms or contradicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct BearingReport {
    pub(crate) check: String,
    pub(crate) subject: SubjectReport,
    /// False: the answer contradicts it.
    pub(crate) confirms: bool,
}

/// Puts what was asked into the contract's words.
pub(crate) fn build(deployment: &Deployment, steps: &[Step], not_asked: &[String]) -> InsideReport {
    let facts = deployment.facts();
    let api = facts.api.value();
    let exit_code = match steps {
        [] => gate::NOTHING,
        steps if steps.iter().all(|step| step.told.good) => gate::OK,
        _ => gate::FOUND,
    };
    InsideReport {
        version: 1,
        tool: Tool { name: "apigw-doctor".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        generated_at: now().to_string(),
        exit_code,
        api: ApiReport {
            id: facts.api_id.clone(),
            name: api.map(|api| api.name.clone()),
            region: facts.region.clone(),
            account: facts.account.clone(),
            protocol: api.map(|api| api.protocol_type.clone()),
            invoke_url: None,
        },
        steps: steps.iter().map(step).collect(),
        not_asked: not_asked.to_vec(),
    }
}

fn step(of: &Step) -> InsideStepReport {
    let bearing = |bearing: &Bearing| BearingReport {
        check: bearing.check.to_owned(),
        subject: subject(&bearing.subject),
        confirms: bearing.confirms,
    };
    InsideStepReport {
        asked: of.asked.question.asked.clone(),
        subject: subject(&of.asked.question.subject),
        address: of.asked.address.map(|address| address.to_string()),
        method: of.asked.attempt.method.clone(),
        url: of.asked.attempt.url.clone(),
        good: of.told.good,
        told: of.told.text.clone(),
        bearings: of.told.bearings.iter().map(bearing).collect(),
        observed: attempt::observed(&of.asked.attempt, &attribute(&of.asked.attempt.result, &[]), of.told.good),
        timings: attempt::timings(&of.asked.attempt.timings),
        connection: attempt::connection(&of.asked.attempt),
        presented_chain: of.asked.attempt.presented_chain.clone(),
    }
}

/// The report for people. Its strings are already safe to print.
pub(crate) fn text(report: &InsideReport, style: Style) -> String {
    let mut page = Page::new(style);
    let api = &report.api;
    let name = api.name.as_ref().map_or_else(String::new, |name| format!(" \"{name}\""));
    page.wrapped("", &format!("from inside the VPC: api {}{name} ({})", style.strong(&api.id), api.region), "  ");
    for step in &report.steps {
        page.line("");
        let address = step.address.as_ref().map_or_else(String::new, |address| format!(" at {address}"));
        page.wrapped("", &style.strong(&format!("{}{address}", step.asked)), "  ");
        let mark = style.mark(if step.good { "pass" } else { "fail" });
        page.wrapped(&format!("  {mark}  "), &step.told, "     ");
        for bearing in &step.bearings {
            let word = if bearing.confirms { "confirms" } else { "against" };
            labelled(&mut page, word, &format!("{} at {} {}", bearing.check, bearing.subject.kind.replace('-', " "), bearing.subject.id));
        }
        step.connection.iter().for_each(|connection| of_connection(&mut page, connection));
    }
    page.line("");
    for why in &report.not_asked {
        page.wrapped("not asked: ", why, "  ");
    }
    page.at_the_right(&format!("exit {}", report.exit_code));
    page.into_text()
}

#[cfg(test)]
mod tests {
    use super::InsideReport;

    /// Made from the types, and may not drift from them.
    #[test]
    fn the_published_schema_of_a_probe_from_inside_is_that_of_the_types() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(InsideReport)).expect("a schema is JSON") + "\n";
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/probe-from-vpc.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, &schema).expect("docs/ can be written to");
        }
        let published = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(published, schema, "docs/probe-from-vpc.schema.json is stale: run `UPDATE_SCHEMA=1 cargo test schema`");
    }
}
