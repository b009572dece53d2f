//! Tasks cannot be started: their subnets lead neither to the internet nor to endpoints of what a task fetches first.

use super::egress::{Needs, Outlet, needs, outlet, without_endpoint};
use super::nobody_there;
use super::outlets::fixes;
use super::registration::{Registration, registrations, subnets};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{RouteTable, Subnet};
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use crate::target_group::health;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "image-pull-no-egress",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "tasks cannot fetch their image: their subnets lead to no registry",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::Services,
        Part::TaskDefinitions,
        Part::Subnets,
        Part::RouteTables,
        Part::VpcEndpoints,
    ],
    optional: &[Part::TargetHealth, Part::Tasks],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["service-running-lt-desired", "tg-empty"],
    since: "0.1.0",
    page: include_str!("image_pull_no_egress.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ImagePullNoEgress;

impl Check for ImagePullNoEgress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(registrations(deployment).unique_by(|registration| &registration.service.arn), |out, registration| {
            // On instances the instance fetches the image, by its own subnet.
            if fargate(registration.service) { look(deployment, out, registration) } else { Ok(()) }
        });
        Ok(())
    }
}

fn fargate(service: &Service) -> bool {
    service.launch_type.as_deref() == Some("FARGATE") || service.capacity_providers.iter().any(|name| name.starts_with("FARGATE"))
}

/// A subnet from which tasks cannot fetch what they need.
pub(super) struct Shut<'a> {
    pub(super) subnet: &'a Subnet,
    pub(super) table: &'a RouteTable,
    pub(super) outlet: Outlet<'a>,
    pub(super) lacking: BTreeSet<&'a str>,
}

fn look(deployment: &Deployment, out: &mut Outcome, registration: Registration<'_>) -> Result<(), Gap> {
    let service = registration.service;
    let Some(arn) = &service.task_definition_arn else { return Ok(()) };
    let public_address = service.assign_public_ip.as_deref() == Some("ENABLED");
    let (mut inside, mut shut, mut open) = (Vec::new(), Vec::new(), 0);
    for subnet in subnets(deployment, service)? {
        out.each(|_| {
            let table = deployment.route_table_of(subnet)?;
            match outlet(table, public_address) {
                Outlet::Internet => open += 1,
                other => inside.push((subnet, table, other)),
            }
            Ok(())
        });
    }
    // Only here it matters what the tasks fetch.
    let needs = if inside.is_empty() { Needs::default() } else { needs(deployment.task_definition(arn)?, deployment.region())? };
    for (subnet, table, outlet) in inside {
        out.each(|_| {
            let lacking = without_endpoint(deployment, subnet, table, &needs)?;
            match outlet {
                _ if lacking.is_empty() && needs.images.is_empty() => open += 1,
                Outlet::Beyond(target) => {
                    let what = format!("whether tasks in {} reach the registry through {target} is not known", subnet.id);
                    return Err(Gap::undecided(Part::RouteTables, what));
                }
                Outlet::Internet | Outlet::NoPublicAddress | Outlet::Nowhere => shut.push(Shut { subnet, table, outlet, lacking }),
            }
            Ok(())
        });
    }
    if !shut.is_empty() {
        out.found(finding(deployment, registration, &needs, &shut, shut.len() == service.subnet_ids.len()));
    } else if open > 0 {
        out.fine(registration.subject(), format!("the subnets of service {} lead to what its tasks fetch", service.name));
    }
    Ok(())
}

fn finding(deployment: &Deployment, registration: Registration<'_>, needs: &Needs, shut: &[Shut<'_>], all: bool) -> Finding {
    let Registration { service, group, .. } = registration;
    let names: Vec<&str> = shut.iter().map(|shut| shut.subnet.id.as_str()).collect();
    let lacking: BTreeSet<&str> = shut.iter().flat_map(|shut| shut.lacking.iter().copied()).collect();
    let what: Vec<String> =
        needs.images.iter().map(|image| format!("image {image}")).chain(lacking.into_iter().map(str::to_owned)).collect();
    let how = match shut.iter().all(|shut| shut.outlet == Outlet::NoPublicAddress) {
        true => "get no public address for the internet gateway there",
        false => "have no way to the internet",
    };
    let summary = format!("tasks of service {} in {} {how}, and no endpoint for {}", service.name, names.join(", "), what.join(", "));
    let mut finding = Finding::new(&META, registration.subject(), summary);
    for evidence in shut.iter().flat_map(|shut| evidence(registration, shut)) {
        if !finding.evidence.contains(&evidence) {
            finding = finding.evidence(evidence);
        }
    }
    let said = stopped_for_it(deployment, service);
    let finding = match &said {
        Some(reason) => finding.evidence(Evidence::found(registration.subject(), "stoppedReason", reason, source::DESCRIBE_TASKS)),
        // Whether the way is really shut only a task that was started lately can tell: what runs may have been started before.
        None => finding.confidence(Confidence::Likely),
    };
    let finding = if all {
        nobody_there(finding, deployment, Place::Group(group))
    } else {
        finding.severity(Severity::Warning).effect(Effect::weakens(Phase::TargetConnect, health::subject(group)))
    };
    fixes(deployment, service, needs, shut).into_iter().fold(finding, Finding::fix)
}

/// Why nothing leads out of a subnet, and which endpoints its VPC lacks.
fn evidence(registration: Registration<'_>, shut: &Shut<'_>) -> Vec<Evidence> {
    let table = Subject::new(SubjectKind::RouteTable, &shut.table.id);
    let dead = shut.table.routes.iter().find(|route| !route.active && route.destination.is_some_and(|block| block.prefix_len() == 0));
    let way = match (shut.outlet, dead) {
        (Outlet::NoPublicAddress, _) => {
            let public = registration.service.assign_public_ip.as_deref().unwrap_or("DISABLED");
            Evidence::found(registration.subject(), "assignPublicIp", public, source::DESCRIBE_SERVICES).expected("ENABLED")
        }
        (_, Some(route)) => {
            let words = format!("0.0.0.0/0 to {}: blackhole", route.target);
            Evidence::found(table, "Routes", words, source::DESCRIBE_ROUTE_TABLES).expected("0.0.0.0/0 to a NAT gateway")
        }
        (_, None) => Evidence::absent(table, "Routes", source::DESCRIBE_ROUTE_TABLES).expected("0.0.0.0/0 to a NAT gateway"),
    };
    let services = shut.lacking.iter().copied().collect::<Vec<_>>().join(", ");
    let at = Subject::new(SubjectKind::Subnet, &shut.subnet.id);
    let endpoints = Evidence::absent(at, "VpcEndpoints", source::DESCRIBE_VPC_ENDPOINTS).expected(services);
    if shut.lacking.is_empty() { vec![way] } else { vec![way, endpoints] }
}

/// What ECS says of a task that stopped because it could not connect. A wrong name or a missing permission reads otherwise.
fn stopped_for_it(deployment: &Deployment, service: &Service) -> Option<String> {
    let tasks = deployment.tasks(&service.arn).ok()?;
    let reasons =
        tasks.iter().flat_map(|task| task.stopped_reason.iter().chain(task.containers.iter().filter_map(|one| one.reason.as_ref())));
    let fetching = |reason: &&String| reason.contains("CannotPullContainer") || reason.contains("ResourceInitializationError");
    let connecting = |reason: &&String| {
        let reason = reason.to_lowercase();
        ["timeout", "deadline exceeded", "dial tcp", "connection issue", "unreachable"].iter().any(|words| reason.contains(words))
    };
    reasons.filter(fetching).find(connecting).cloned()
}
