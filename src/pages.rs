//! `explain`, `checks`, `iam-policy`: what the doctor knows without looking at anything.

use crate::cli::ChecksArgs;
use crate::error::Failure;
use crate::output;
use crate::suggest;
use apigw_doctor_checks::model::part::Part;
use apigw_doctor_checks::symptom::Symptom;
use apigw_doctor_checks::{CHECKS, PAGES};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Prints the page of a check, or of a row of the catalogue that no configuration shows.
pub(crate) fn explain(id: &str) -> Result<u8, Failure> {
    let checks = CHECKS.iter().map(|check| (check.meta().id, check.meta().page));
    let pages: BTreeMap<&str, &str> = checks.chain(PAGES.iter().copied()).collect();
    let Some(page) = pages.get(id) else {
        let known: Vec<&str> = pages.keys().copied().collect();
        return Err(Failure::usage(format!("there is no page \"{id}\"{}; `apigw-doctor checks` lists the ids", suggest::hint(id, &known))));
    };
    output::print(page);
    Ok(0)
}

/// Lists the checks, or the symptoms.
pub(crate) fn list(args: &ChecksArgs) -> u8 {
    let text = match (args.symptoms, args.json) {
        (true, false) => Symptom::ALL.iter().map(|symptom| format!("{:<28} {}\n", symptom.name(), symptom.meaning())).collect(),
        (true, true) => pretty(&json!(
            Symptom::ALL.iter().map(|symptom| json!({"name": symptom.name(), "meaning": symptom.meaning()})).collect::<Vec<_>>()
        )),
        (false, true) => pretty(&checks_json()),
        (false, false) => checks_text(),
    };
    output::print(&text);
    0
}

fn actions(parts: &[Part]) -> BTreeSet<&'static str> {
    parts.iter().flat_map(|part| part.actions().iter().copied()).collect()
}

fn checks_text() -> String {
    let mut out = String::new();
    let mut hop = None;
    for check in CHECKS {
        let meta = check.meta();
        if hop != Some(meta.hop) {
            out.push_str(&format!("{}{}\n", if hop.is_some() { "\n" } else { "" }, meta.hop.name()));
            hop = Some(meta.hop);
        }
        out.push_str(&format!("  {:<29} {:<8} {}\n", meta.id, meta.severity.name(), meta.title));
        let words = |parts: &[Part]| parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(", ");
        out.push_str(&format!("  {:<29} needs {}", "", words(meta.needs)));
        if !meta.optional.is_empty() {
            out.push_str(&format!("; optional {}", words(meta.optional)));
        }
        out.push_str(&format!("\n  {:<29} IAM   {}\n", "", actions(meta.needs).into_iter().collect::<Vec<_>>().join(", ")));
    }
    out
}

fn checks_json() -> serde_json::Value {
    let names = |parts: &[Part]| parts.iter().map(|part| part.name()).collect::<Vec<_>>();
    let entry = |check: &&dyn apigw_doctor_checks::check::Check| {
        let meta = check.meta();
        json!({
            "id": meta.id, "hop": meta.hop.name(), "severity": meta.severity.name(), "title": meta.title, "kind": "check",
            "needs": names(meta.needs), "optional": names(meta.optional), "actions": actions(meta.needs), "since": meta.since,
            "refines": meta.refines, "symptoms": meta.symptoms.iter().map(|symptom| symptom.name()).collect::<Vec<_>>(),
        })
    };
    json!(CHECKS.iter().map(entry).collect::<Vec<_>>())
}

/// Prints the least policy: the actions of every part, those that only `reach` needs on top, and nothing else.
pub(crate) fn iam_policy() -> u8 {
    let mut all = actions(Part::ALL);
    // API Gateway's reads are one action on path-shaped ARNs; every other read takes no resource.
    all.remove("apigateway:GET");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "ApiGateway", "Effect": "Allow", "Action": ["apigateway:GET"],
             "Resource": ["arn:aws:apigateway:*::/apis", "arn:aws:apigateway:*::/apis/*", "arn:aws:apigateway:*::/vpclinks/*",
                          "arn:aws:apigateway:*::/domainnames", "arn:aws:apigateway:*::/domainnames/*"]},
            {"Sid": "Describe", "Effect": "Allow", "Action": all, "Resource": "*"},
            {"Sid": "Reach", "Effect": "Allow", "Action": crate::reach::ACTIONS, "Resource": "*"}
        ]
    });
    output::print(&pretty(&policy));
    0
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).expect("JSON values have only string keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list of checks for those who read and do not run.
    fn document() -> String {
        let mut out = String::from(
            "# The checks\n\nMade from the registry. `apigw-doctor explain ID` prints the page of one; the links lead to the same pages.\n",
        );
        let mut hop = None;
        for check in CHECKS {
            let meta = check.meta();
            if hop != Some(meta.hop) {
                out.push_str(&format!("\n## {}\n\n| check | severity | what is wrong |\n| --- | --- | --- |\n", meta.hop.name()));
                hop = Some(meta.hop);
            }
            let folder = meta.hop.name().replace('-', "_");
            let file = meta.id.replace('-', "_");
            out.push_str(&format!("| [`{}`](../checks/{folder}/{file}.md) | {} | {} |\n", meta.id, meta.severity.name(), meta.title));
        }
        out
    }

    #[test]
    fn the_documented_list_is_that_of_the_registry() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(file, document()).expect("docs/ can be written to");
        }
        let published = std::fs::read_to_string(file).unwrap_or_default();
        assert!(published == document(), "docs/checks.md is stale: run `UPDATE_DOCS=1 cargo test documented`");
    }
}
