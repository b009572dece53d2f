//! The service behind the load balancer is being deleted.

use super::entries::load_balancers;
use super::{console, nobody_there};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "service-draining",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a service behind the load balancer is being deleted",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::CloudMapServices, Part::Services],
    optional: &[Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["service-desired-zero", "service-running-lt-desired", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("service_draining.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServiceDraining;

impl Check for ServiceDraining {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            // Another service that fills the same place has taken its place.
            let heir = deployment.services_at(place)?.into_iter().find(|other| other.status == "ACTIVE");
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            match (service.status.as_str(), heir) {
                ("DRAINING" | "INACTIVE", None) => out.found(finding(deployment, service, place, subject)),
                ("DRAINING" | "INACTIVE", Some(heir)) => {
                    out.fine(subject, format!("service {} is being deleted, and service {} takes its place", service.name, heir.name));
                }
                (status, _) => out.fine(subject, format!("service {} is {status}", service.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, service: &Service, place: Place<'_>, subject: Subject) -> Finding {
    let what = if service.status == "DRAINING" { "is being deleted" } else { "was deleted" };
    let summary = format!("service {} {what}, and nobody else registers into {}", service.name, place.words());
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject, "status", &service.status, source::DESCRIBE_SERVICES).expected("ACTIVE"));
    nobody_there(finding, deployment, place).fix(create(deployment, service))
}

/// A deleted service cannot be brought back, so another one is made; settings that were not read are left to its author.
fn create(deployment: &Deployment, service: &Service) -> Fix {
    let cluster = quote(arn_tail(&service.cluster_arn));
    let count = service.desired_count.max(1);
    let mut arguments = vec![format!("--cluster {cluster} --service-name {} --desired-count {count}", quote(&service.name))];
    arguments.extend(service.task_definition_arn.as_deref().map(|arn| format!("--task-definition {}", quote(arn))));
    arguments.extend(service.launch_type.as_deref().map(|kind| format!("--launch-type {}", quote(kind))));
    arguments.push(load_balancers(&service.load_balancers));
    if !service.subnet_ids.is_empty() {
        let subnets = service.subnet_ids.join(",");
        let groups = service.security_group_ids.join(",");
        let address = service.assign_public_ip.as_deref().unwrap_or("DISABLED");
        let network = format!("awsvpcConfiguration={{subnets=[{subnets}],securityGroups=[{groups}],assignPublicIp={address}}}");
        arguments.push(format!("--network-configuration {}", quote(&network)));
    }
    Fix::new("create the service again, with the settings it had", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("ecs create-service {}", arguments.join(" "))))
        .console(format!("{} was here; ECS: Clusters → {} → Create service", console(service), arn_tail(&service.cluster_arn)))
}
