//! `checks`, `iam-policy`: what the doctor knows without looking at anything.

use crate::cli::ChecksArgs;
use crate::output;
use apigw_doctor_checks::catalogue::{self, Kind};
use apigw_doctor_checks::check;
use apigw_doctor_checks::model::part::Part;
use apigw_doctor_checks::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

/// Lists the catalogue, checks and pages, or the symptoms.
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

/// What the catalogue says of a row's parts, as IAM actions.
fn row_actions(names: &[&str]) -> BTreeSet<&'static str> {
    let parts: Vec<Part> = Part::ALL.iter().copied().filter(|part| names.contains(&part.name())).collect();
    actions(&parts)
}

fn checks_text() -> String {
    let mut out = String::new();
    let mut hop = None;
    for row in catalogue::rows() {
        if hop != Some(row.hop) {
            out.push_str(&format!("{}{}\n", if hop.is_some() { "\n" } else { "" }, row.hop));
            hop = Some(row.hop);
        }
        out.push_str(&format!("  {:<29} {:<8} {:<5} {}\n", row.id, row.severity, row.kind.name(), row.title));
        if row.kind == Kind::Page {
            continue;
        }
        out.push_str(&format!("  {:<29} needs {}", "", row.needs.join(", ")));
        if !row.optional.is_empty() {
            out.push_str(&format!("; optional {}", row.optional.join(", ")));
        }
        out.push_str(&format!("\n  {:<29} IAM   {}\n", "", row_actions(&row.needs).into_iter().collect::<Vec<_>>().join(", ")));
    }
    out
}

fn checks_json() -> serde_json::Value {
    let entry = |row: catalogue::Row| {
        let mut entry = json!({
            "id": row.id, "number": row.number, "hop": row.hop, "phase": row.phase, "severity": row.severity, "title": row.title,
            "kind": row.kind.name(), "confidence": row.confidence, "needs": row.needs, "optional": row.optional,
            "actions": row_actions(&row.needs), "refines": row.refines,
        });
        if let Some(check) = check(row.id) {
            let meta = check.meta();
            entry["since"] = json!(meta.since);
            entry["symptoms"] = json!(meta.symptoms.iter().map(|symptom| symptom.name()).collect::<Vec<_>>());
        }
        entry
    };
    json!(catalogue::rows().map(entry).collect::<Vec<_>>())
}

/// Prints the least policy: the actions of every part, those that only `--logs` and `reach` need on top, and nothing else.
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
            {"Sid": "Logs", "Effect": "Allow", "Action": apigw_doctor_checks::records::ACTIONS, "Resource": "*"},
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
            "# The catalogue\n\nEvery way a request can fail that the doctor knows: made from `checks/catalogue.tsv`. A *check* reads configuration; a *page* explains\n\
             what no configuration shows, or what AWS refuses to create. `apigw-doctor explain ID` prints the page of one; the links lead to the same\n\
             pages. *Surest* is the highest confidence with which `check` ever says it: what AWS does not document is never certain.\n",
        );
        let mut hop = None;
        for row in catalogue::rows() {
            if hop != Some(row.hop) {
                out.push_str(&format!(
                    "\n## {}\n\n| id | severity | kind | surest | what is wrong |\n| --- | --- | --- | --- | --- |\n",
                    row.hop
                ));
                hop = Some(row.hop);
            }
            let (folder, file) = (row.hop.replace('-', "_"), row.id.replace('-', "_"));
            let link = format!("[`{}`](../checks/{folder}/{file}.md)", row.id);
            out.push_str(&format!("| {link} | {} | {} | {} | {} |\n", row.severity, row.kind.name(), row.confidence, row.title));
        }
        out
    }

    #[test]
    fn the_policy_allows_what_the_catalogue_reads_and_nothing_else() {
        let read: BTreeSet<&str> = catalogue::rows().flat_map(|row| [row.needs, row.optional].concat()).collect();
        let parts: BTreeSet<&str> = Part::ALL.iter().map(|part| part.name()).collect();
        assert_eq!(read, parts, "a part that no check reads (right) is read for nothing");
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
