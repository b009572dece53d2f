//! ECS finds no place to run the tasks of the service.

use super::console;
use super::signs::{counts, is_short, quoted, said, short_of_tasks};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{Service, ServiceEvent, ServiceState};
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "no-capacity",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "ECS cannot place the tasks of a service",
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
    refines: &["service-running-lt-desired", "deployment-failed", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("no_capacity.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NoCapacity;

impl Check for NoCapacity {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            let state = deployment.service_state(service)?;
            match said(state, UNPLACED).filter(|_| is_short(service, state)) {
                Some(event) => out.found(finding(deployment, service, state, place, event)),
                None => {
                    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
                    out.fine(subject, format!("ECS does not say that it lacks a place for a task of service {}", service.name));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// Of the documented events, with and without `. Reason: …`
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>).
const UNPLACED: &str = "was unable to place a task";

fn finding(deployment: &Deployment, service: &Service, state: &ServiceState, place: Place<'_>, event: &ServiceEvent) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let summary = format!("ECS finds no place for tasks of service {}", service.name);
    let finding = quoted(counts(Finding::new(&META, subject, summary), service, state), service, event);
    short_of_tasks(finding, deployment, place, state).fix(room(deployment, service, &event.message))
}

/// What there is too little of, ECS says; how much is needed, only the owner knows.
fn room(deployment: &Deployment, service: &Service, words: &str) -> Fix {
    let cluster = arn_tail(&service.cluster_arn);
    let fix = |title: &str| Fix::new(title, Risk::Safe, Vec::new());
    if words.contains("limit on the number of") || words.contains("is above your limit") {
        return fix("ask for a higher quota, or run less at once")
            .cli(aws(deployment, "service-quotas list-service-quotas --service-code fargate"))
            .console("Service Quotas: AWS services → AWS Fargate → Request increase at account level");
    }
    if words.contains("no container instance met all of its requirements") {
        return fix("add instances that offer what the task asks for, or let it ask for less")
            .cli(aws(deployment, &format!("ecs list-container-instances --cluster {} --status ACTIVE", quote(cluster))))
            .console(format!("ECS: Clusters → {cluster} → Infrastructure → Container instances"));
    }
    let names = format!("--cluster {} --services {}", quote(cluster), quote(&service.name));
    fix("do what ECS says; where a zone lacks capacity, give the service subnets in more zones, or wait")
        .cli(aws(deployment, &format!("ecs describe-services {names} --query 'services[].events[:5].message'")))
        .console(format!("{} → Events", console(service)))
}
