//! A response mapping changes the status, so that the client does not see the one that the target sent.

use crate::check::{Check, Hop, Meta, Outcome};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use serde_json::json;
use std::collections::BTreeMap;

const KEY: &str = "overwrite:statuscode";

static META: Meta = Meta {
    id: "response-mapping-hides-status",
    hop: Hop::Integration,
    severity: Severity::Info,
    title: "a response mapping hides the status that the target sent",
    phase: None,
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("response_mapping_hides_status.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ResponseMappingHidesStatus;

impl Check for ResponseMappingHidesStatus {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.attached_integrations(), |out, integration| {
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            let changed = changed(integration);
            if changed.is_empty() {
                out.fine(subject, format!("integration {} leaves the target's status as it is", integration.id));
            } else {
                out.found(finding(deployment, integration, &changed, subject));
            }
            Ok(())
        });
        Ok(())
    }
}

/// The statuses that are changed, and into what.
fn changed(integration: &Integration) -> Vec<(&str, &str)> {
    let by_status = integration.response_parameters.iter();
    let all = by_status.flat_map(|(status, mappings)| mappings.iter().map(move |(key, value)| (status.as_str(), key, value.as_str())));
    let changing = all.filter(|(status, key, value)| key.eq_ignore_ascii_case(KEY) && !value.is_empty() && status != value);
    changing.map(|(status, _, value)| (status, value)).collect()
}

fn finding(deployment: &Deployment, integration: &Integration, changed: &[(&str, &str)], subject: Subject) -> Finding {
    let words: Vec<String> = changed.iter().map(|(from, to)| format!("{from} becomes {to}")).collect();
    let words = words.join(", ");
    let summary = format!("integration {} changes the status of the target's answers: {words}", integration.id);
    let mut left = integration.response_parameters.clone();
    for mappings in left.values_mut() {
        mappings.retain(|key, _| !key.eq_ignore_ascii_case(KEY));
    }
    let change = vec![remedy::set(&["integrations", "known", &integration.id, "response_parameters"], json!(left))];
    // An empty value takes a mapping away; those that are not named stay as they are.
    let without: BTreeMap<&str, _> = changed.iter().map(|(from, _)| (*from, json!({KEY: ""}))).collect();
    let arguments = format!("--response-parameters {}", quote(&json!(without).to_string()));
    let fix = Fix::new("take the mapping away while you look for the fault", Risk::Disruptive, change)
        .cli(update_integration(deployment, &integration.id, &arguments))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → responses → Status code: remove"));
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject, "ResponseParameters.overwrite:statuscode", words, source::GET_INTEGRATIONS))
        .fix(then_deploy(deployment, fix))
}
