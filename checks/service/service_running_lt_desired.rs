//! A service runs fewer tasks than it is asked to.

use super::{console, nobody_there, phase_at};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceState};
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "service-running-lt-desired",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a service runs fewer tasks than it is asked to",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::CloudMapServices,
        Part::Services,
        Part::ServiceState,
    ],
    optional: &[Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("service_running_lt_desired.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServiceRunningLtDesired;

impl Check for ServiceRunningLtDesired {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            if service.desired_count == 0 {
                return Ok(()); // service-desired-zero reports it
            }
            let state = deployment.service_state(service)?;
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            if state.running_count >= service.desired_count {
                out.fine(subject, format!("service {} runs {} of {} tasks", service.name, state.running_count, service.desired_count));
            } else {
                out.found(finding(deployment, service, state, place, subject));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, service: &Service, state: &ServiceState, place: Place<'_>, subject: Subject) -> Finding {
    let none = state.running_count == 0;
    let summary = format!("service {} runs {} of {} tasks", service.name, state.running_count, service.desired_count);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject.clone(), "runningCount", state.running_count.to_string(), source::DESCRIBE_SERVICES)
                .expected(service.desired_count.to_string()),
        )
        .evidence(Evidence::found(subject.clone(), "pendingCount", state.pending_count.to_string(), source::DESCRIBE_SERVICES));
    finding = if none {
        nobody_there(finding, deployment, place)
    } else {
        finding.severity(Severity::Warning).effect(Effect::weakens(phase_at(place), place.subject()))
    };
    if let Some(newest) = state.events.first() {
        finding = finding.evidence(Evidence::found(subject, "events[0].message", &newest.message, source::DESCRIBE_SERVICES));
    }
    finding.fix(look_why(deployment, service))
}

/// No configuration says why tasks do not start; ECS's own words do.
fn look_why(deployment: &Deployment, service: &Service) -> Fix {
    let cluster = quote(arn_tail(&service.cluster_arn));
    let name = quote(&service.name);
    let events = format!("ecs describe-services --cluster {cluster} --services {name} --query 'services[].events[:5].message'");
    let stopped = format!("ecs list-tasks --cluster {cluster} --service-name {name} --desired-status STOPPED");
    Fix::new("read why ECS does not start the tasks: service events first, then the reasons of stopped tasks", Risk::Safe, Vec::new())
        .cli(aws(deployment, &events))
        .cli(aws(deployment, &stopped))
        .console(format!("{} → Events; Tasks → Stopped → Stopped reason", console(service)))
}
