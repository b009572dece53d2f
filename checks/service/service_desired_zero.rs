//! The service whose tasks requests are meant for is asked to run no task at all.

use super::{console, nobody_there, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "service-desired-zero",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the ECS service that requests are meant for is scaled to zero",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::CloudMapServices, Part::Services],
    optional: &[Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("service_desired_zero.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServiceDesiredZero;

impl Check for ServiceDesiredZero {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            if service.desired_count > 0 {
                out.fine(subject, format!("service {} is asked to run {} tasks", service.name, service.desired_count));
            } else {
                out.found(finding(deployment, service, place, subject));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, service: &Service, place: Place<'_>, subject: Subject) -> Finding {
    let change = remedy::set(&["services", "known", &service.arn, "desired_count"], json!(1));
    let fix = Fix::new(format!("let service {} run at least one task (two, for two zones)", service.name), Risk::Safe, vec![change])
        .cli(update_service(deployment, service, "--desired-count 1"))
        .console(format!("{} → Update service → Desired tasks", console(service)));
    let summary = format!("service {} is scaled to zero, so it registers nothing into {}", service.name, place.words());
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject, "desiredCount", "0", source::DESCRIBE_SERVICES).expected("1 or more"));
    nobody_there(finding, deployment, place).fix(fix)
}
