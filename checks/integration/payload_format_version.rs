//! An integration that is no Lambda function asks for a payload format that only functions have.

use crate::check::{Check, Hop, Meta, Outcome};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{then_deploy, update_integration};
use serde_json::json;

const ONLY: &str = "1.0";

static META: Meta = Meta {
    id: "payload-format-version",
    hop: Hop::Integration,
    severity: Severity::Info,
    title: "an HTTP integration has a payload format version that only functions know",
    phase: None,
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("payload_format_version.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct PayloadFormatVersion;

impl Check for PayloadFormatVersion {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.attached_integrations(), |out, integration| {
            if integration.integration_type != "HTTP_PROXY" {
                return Ok(()); // functions have both formats
            }
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            match integration.payload_format_version.as_deref() {
                Some(version) if version != ONLY => out.found(finding(deployment, integration, version, subject)),
                _ => out.fine(subject, format!("integration {} has the payload format of HTTP integrations", integration.id)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, version: &str, subject: Subject) -> Finding {
    let change = vec![remedy::set(&["integrations", "known", &integration.id, "payload_format_version"], json!(ONLY))];
    let fix = Fix::new("set the version that HTTP integrations have", Risk::Safe, change).cli(update_integration(
        deployment,
        &integration.id,
        "--payload-format-version 1.0",
    ));
    let summary = format!("integration {} has payload format version {version}, which is for Lambda functions", integration.id);
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), "PayloadFormatVersion", version, source::GET_INTEGRATIONS).expected(ONLY))
        .evidence(Evidence::found(subject, "IntegrationType", &integration.integration_type, source::GET_INTEGRATIONS))
        .fix(then_deploy(deployment, fix))
}
