//! The query of an integration's URI that selects instances by their attributes, and selects none.

use super::found::{Found, each};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "cm-query-filter",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "the query of the integration's URI matches no instance",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices, Part::CloudMapInstances],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_query_filter.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmQueryFilter;

impl Check for CmQueryFilter {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        each(deployment, out, |out, found| {
            let uri = found.integration.uri.as_deref().unwrap_or_default();
            if found.instances.is_empty() {
                return; // cm-no-instances speaks about that
            }
            if found.discovery.matching.is_empty() {
                out.found(finding(deployment, found, uri));
            } else {
                let fact = format!("{} of {} instances match the query", found.discovery.matching.len(), found.instances.len());
                out.fine(found.subject(), fact);
            }
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, found: &Found<'_>, uri: &str) -> Finding {
    let integration = Subject::new(SubjectKind::Integration, &found.integration.id);
    let summary = format!("the query of integration {}'s URI matches none of {} instances", found.integration.id, found.instances.len());
    let finding = Finding::new(&META, found.subject(), summary)
        .evidence(Evidence::found(integration, "IntegrationUri", uri, source::GET_INTEGRATIONS).expected("attributes that an instance has"))
        .evidence(found.count("Instances", found.instances.len()))
        .evidence(found.count("Instances that match", 0));
    found.nobody(finding).fix(without_query(deployment, found))
}

fn without_query(deployment: &Deployment, found: &Found<'_>) -> Fix {
    let (id, arn) = (&found.integration.id, &found.service.arn);
    let change = vec![remedy::set(&["integrations", "known", id, "uri"], json!(arn))];
    let fix = Fix::new("take the query away: every instance of the service is used then", Risk::Disruptive, change)
        .cli(update_integration(deployment, id, &format!("--integration-uri {}", quote(arn))))
        .console(format!("{CONSOLE_INTEGRATION} → Cloud Map parameters"));
    then_deploy(deployment, fix)
}
