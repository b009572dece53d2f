//! The target group is empty, and the service that should fill it names no load balancer.

use super::{console, nobody_there, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::quote;
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "no-loadbalancers-block",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the target group is empty, and the service that could fill it names no load balancer",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::TargetHealth,
        Part::Services,
        Part::TaskDefinitions,
        Part::Subnets,
    ],
    optional: &[],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty"],
    since: "0.1.0",
    page: include_str!("no_loadbalancers_block.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NoLoadbalancersBlock;

impl Check for NoLoadbalancersBlock {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| look(deployment, out, group));
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, group: &TargetGroup) -> Result<(), Gap> {
    let subject = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    if !matches!(group.target_type.as_str(), "ip" | "instance") {
        return Ok(()); // ECS registers tasks by address or instance, never a function or a load balancer
    }
    if let Some(service) = deployment.services_of(&group.arn)?.first() {
        out.fine(subject, format!("service {} registers into target group {}", service.name, group.name));
        return Ok(());
    }
    if !deployment.targets(&group.arn)?.is_empty() {
        out.fine(subject, format!("target group {} is filled by somebody else than a service", group.name));
        return Ok(());
    }
    let candidates = candidates(deployment, group)?;
    let alone = candidates.len() == 1;
    for (service, container) in candidates {
        out.found(finding(deployment, service, group, &container, alone));
    }
    Ok(())
}

/// Services without a load balancer in the group's VPC whose task definition publishes its port, with the container that does.
fn candidates<'a>(deployment: &'a Deployment, group: &TargetGroup) -> Result<Vec<(&'a Service, String)>, Gap> {
    let mut found = Vec::new();
    // A service that is being deleted keeps its entry for a while.
    let idle = |service: &&Service| service.load_balancers.is_empty() && service.status == "ACTIVE";
    for service in deployment.services()?.values().filter(idle) {
        let Some(arn) = &service.task_definition_arn else { continue };
        let definition = deployment.task_definition(arn)?;
        if !is_in(deployment, service, group)? {
            continue;
        }
        let publishes =
            definition.containers.iter().find(|container| container.ports.iter().any(|port| Some(port.container_port) == group.port));
        found.extend(publishes.map(|container| (service, container.name.clone())));
    }
    Ok(found)
}

/// Whether the service's tasks get addresses in the group's VPC. Without `awsvpc` they have none of their own, and nothing is said.
fn is_in(deployment: &Deployment, service: &Service, group: &TargetGroup) -> Result<bool, Gap> {
    let subnets = deployment.subnets()?;
    let vpcs = service.subnet_ids.iter().filter_map(|id| subnets.get(id)).map(|subnet| &subnet.vpc_id);
    Ok(vpcs.into_iter().any(|vpc| Some(vpc) == group.vpc_id.as_ref()))
}

fn finding(deployment: &Deployment, service: &Service, group: &TargetGroup, container: &str, alone: bool) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let port = group.port.unwrap_or_default();
    let block = json!([{"target_group_arn": group.arn, "container_name": container, "container_port": port}]);
    let argument = format!("targetGroupArn={},containerName={container},containerPort={port}", group.arn);
    let fix = Fix::new(
        format!("let service {} register container {container} on port {port} into target group {}", service.name, group.name),
        Risk::Disruptive, // ECS starts a new deployment
        vec![remedy::set(&["services", "known", &service.arn, "load_balancers"], block)],
    )
    .cli(update_service(deployment, service, &format!("--load-balancers {}", quote(&argument))))
    .console(format!("{} → Update service → Load balancing", console(service)));
    // That this very service was meant is a guess by its port: nothing in AWS says so.
    let confidence = if alone { Confidence::Likely } else { Confidence::Possible };
    let summary = format!(
        "target group {} is empty, and service {}, which publishes its port {port}, names no load balancer",
        group.name, service.name
    );
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(confidence)
        .evidence(Evidence::absent(subject, "loadBalancers", source::DESCRIBE_SERVICES).expected(format!("target group {}", group.name)))
        .evidence(Evidence::found(
            Subject::from_arn(SubjectKind::TargetGroup, &group.arn),
            "TargetHealthDescriptions",
            "empty",
            source::DESCRIBE_TARGET_HEALTH,
        ));
    nobody_there(finding, deployment, Place::Group(group)).fix(fix)
}
