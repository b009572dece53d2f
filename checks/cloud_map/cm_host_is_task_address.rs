//! An integration with a Cloud Map service that leaves the Host to API Gateway: the application may see the task's address.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::listener::host::MAPPING;
use crate::listener::new_rule::mapping;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::set;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "cm-host-is-task-address",
    hop: Hop::CloudMap,
    severity: Severity::Info,
    title: "the integration does not say which Host the tasks see",
    phase: None,
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::CloudMapServices, Part::Stages],
    symptoms: &[Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_host_is_task_address.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmHostIsTaskAddress;

impl Check for CmHostIsTaskAddress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.cloud_map_integrations(), |out, (integration, arn)| {
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if integration.mapping(MAPPING).is_some() {
                out.fine(subject, format!("integration {} says which Host it sends", integration.id));
            } else {
                out.found(finding(deployment, integration, arn, subject));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, arn: &str, subject: Subject) -> Finding {
    let summary = format!("integration {} does not say which Host it sends, so the tasks may see their own address there", integration.id);
    // AWS does not document the Host of private integrations. That it is the task's address here is seen in the field.
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(
            Evidence::absent(subject.clone(), "RequestParameters.overwrite:header.host", source::GET_INTEGRATIONS)
                .expected("a constant that the application knows"),
        )
        .effect(Effect::weakens(Phase::Target, subject));
    match a_name(deployment, integration, arn) {
        Some(name) => finding.fix(send(deployment, integration, &name)),
        None => finding,
    }
}

/// A Host that the application may know: the secure server name, the domain that was asked, or the name in Cloud Map.
fn a_name(deployment: &Deployment, integration: &Integration, arn: &str) -> Option<String> {
    let asked = || deployment.requests().iter().find_map(|request| request.domain.clone());
    let in_cloud_map = || {
        let service = deployment.cloud_map_service(arn).ok()??;
        Some(format!("{}.{}", service.name, service.namespace_name.as_deref()?))
    };
    integration.server_name().map(str::to_owned).or_else(asked).or_else(in_cloud_map)
}

fn send(deployment: &Deployment, integration: &Integration, name: &str) -> Fix {
    let mut all = integration.request_parameters.clone();
    all.insert(MAPPING.to_owned(), name.to_owned());
    let change = vec![set(&["integrations", "known", &integration.id, "request_parameters"], json!(all))];
    let title = format!("if the application looks at the Host: send {name}, or another name that it knows");
    let fix = Fix::new(title, Risk::Disruptive, change)
        .cli(update_integration(deployment, &integration.id, &mapping(MAPPING, name)))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → all incoming requests: header.host, overwrite, {name}"));
    then_deploy(deployment, fix)
}
