//! An integration that names a Cloud Map service which does not exist any more.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, then_deploy, update_integration};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "cm-service-deleted",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "the Cloud Map service that the integration names does not exist",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::CloudMapServices],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_service_deleted.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmServiceDeleted;

impl Check for CmServiceDeleted {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.cloud_map_integrations(), |out, (integration, arn)| {
            let subject = Subject::from_arn(SubjectKind::CloudMapService, arn);
            match deployment.cloud_map_service(arn)? {
                Some(service) => out.fine(subject, format!("Cloud Map service {} exists", service.name)),
                None => out.found(finding(deployment, &integration.id, arn, subject)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &str, arn: &str, subject: Subject) -> Finding {
    // API Gateway has nobody to ask; which status it makes of that is not documented.
    let answer = ExpectedAnswer::gateway(None, Symptom::GatewayServiceUnavailable).inferred();
    let fix = Fix::new("name a service that exists", Risk::Safe, Vec::new())
        .cli(aws(deployment, "servicediscovery list-services --query 'Services[].[Name,Arn]'"))
        .cli(update_integration(deployment, integration, "--integration-uri ARN"))
        .console(format!("{CONSOLE_INTEGRATION} → Cloud Map service"));
    Finding::new(&META, subject.clone(), format!("integration {integration} names a Cloud Map service that does not exist"))
        .evidence(
            Evidence::found(Subject::new(SubjectKind::Integration, integration), "IntegrationUri", arn, source::GET_INTEGRATIONS)
                .expected("a service that exists"),
        )
        .evidence(Evidence::absent(subject.clone(), "Arn", source::GET_SERVICE))
        .effect(Effect::blocks_all(Phase::Connect, subject, answer))
        .fix(then_deploy(deployment, fix))
}
