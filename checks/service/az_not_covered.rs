//! A service puts tasks in a zone that the load balancer does not use: they get no requests, and ECS replaces them again and again.

use super::registration::{Registration, network_configuration, registrations, subnets};
use super::{console, nobody_there, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::Subnet;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::set;
use crate::source;
use crate::symptom::Symptom;
use crate::target_group::health;
use crate::target_group::target_az_not_enabled::enable;
use serde_json::json;
use std::collections::BTreeMap;

static META: Meta = Meta {
    id: "az-not-covered",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a service puts tasks in a zone that the load balancer does not use",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::Services,
        Part::Subnets,
    ],
    optional: &[Part::TargetHealth],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["target-az-not-enabled", "tg-empty"],
    since: "0.1.0",
    page: include_str!("az_not_covered.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct AzNotCovered;

impl Check for AzNotCovered {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(registrations(deployment), |out, registration| {
            let known = subnets(deployment, registration.service)?;
            let uncovered = uncovered(registration, &known);
            if !uncovered.is_empty() {
                out.found(finding(deployment, registration, &known, &uncovered));
            } else if known.len() < registration.service.subnet_ids.len() {
                let what = format!("not every subnet of service {} was found, so its zones are not known", registration.service.name);
                return Err(Gap::undecided(Part::Subnets, what));
            } else {
                let fact = format!("load balancer {} uses every zone of service {}", registration.lb.name, registration.service.name);
                out.fine(registration.subject(), fact);
            }
            Ok(())
        });
        Ok(())
    }
}

/// Subnets by zone in which the load balancer has no node. A service in another VPC registers addresses that have no zone.
fn uncovered<'a>(registration: Registration<'_>, known: &[&'a Subnet]) -> BTreeMap<String, Vec<&'a Subnet>> {
    let mut found: BTreeMap<String, Vec<&Subnet>> = BTreeMap::new();
    for subnet in known.iter().filter(|subnet| subnet.vpc_id == registration.lb.vpc_id) {
        if !registration.lb.zones.iter().any(|zone| zone.zone == subnet.zone) {
            found.entry(subnet.zone.clone()).or_default().push(subnet);
        }
    }
    found
}

fn finding(
    deployment: &Deployment,
    registration: Registration<'_>,
    known: &[&Subnet],
    uncovered: &BTreeMap<String, Vec<&Subnet>>,
) -> Finding {
    let Registration { service, group, lb } = registration;
    let zones = uncovered.keys().cloned().collect::<Vec<_>>().join(", ");
    let summary = format!("service {} puts tasks in {zones}, which load balancer {} does not use", service.name, lb.name);
    let enabled = lb.zones.iter().map(|zone| zone.zone.as_str()).collect::<Vec<_>>().join(", ");
    let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    let mut finding = Finding::new(&META, registration.subject(), summary);
    for subnet in uncovered.values().flatten() {
        let at = Subject::new(SubjectKind::Subnet, &subnet.id);
        finding = finding.evidence(Evidence::found(at, "AvailabilityZone", &subnet.zone, source::DESCRIBE_SUBNETS).expected(&enabled));
    }
    finding = finding.evidence(Evidence::found(balancer, "AvailabilityZones", enabled, source::DESCRIBE_LOAD_BALANCERS));
    let outside: Vec<&str> = uncovered.values().flatten().map(|subnet| subnet.id.as_str()).collect();
    let inside: Vec<String> = service.subnet_ids.iter().filter(|id| !outside.contains(&id.as_str())).cloned().collect();
    // With a subnet in a zone that is used, or one that was not found, some tasks get requests.
    let finding = if outside.len() == known.len() && inside.is_empty() {
        nobody_there(finding, deployment, Place::Group(group))
    } else {
        let through = health::subject(group);
        finding.severity(Severity::Warning).effect(Effect::weakens(Phase::TargetConnect, through))
    };
    let finding = finding.fix(enable(deployment, lb, uncovered.keys()));
    if inside.is_empty() { finding } else { finding.fix(keep(deployment, registration, &inside)) }
}

/// The service keeps to the zones that are used.
fn keep(deployment: &Deployment, registration: Registration<'_>, inside: &[String]) -> Fix {
    let service = registration.service;
    let network = network_configuration(inside, &service.security_group_ids, service.assign_public_ip.as_deref());
    let change = vec![set(&["services", "known", &service.arn, "subnet_ids"], json!(inside))];
    Fix::new(format!("keep service {} in {}", service.name, inside.join(", ")), Risk::Disruptive, change)
        .cli(update_service(deployment, service, &network))
        .console(format!("{} → Update → Networking → Subnets", console(service)))
}
