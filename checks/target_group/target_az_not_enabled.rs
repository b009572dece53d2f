//! A target stands in a zone that the load balancer does not use.

use super::health::{nobody, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

static META: Meta = Meta {
    id: "target-az-not-enabled",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "a target stands in a zone that the load balancer does not use",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::LoadBalancers, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("target_az_not_enabled.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetAzNotEnabled;

impl Check for TargetAzNotEnabled {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            let targets = deployment.targets(&group.arn)?;
            if targets.is_empty() {
                return Ok(()); // tg-empty speaks
            }
            let Some(balancer) = deployment.load_balancer(&listener.load_balancer_arn)? else { return Ok(()) };
            match outside(deployment, balancer, targets)? {
                zones if zones.is_empty() => {
                    out.fine(subject(group), format!("no target of target group {} is unused for its zone", group.name));
                }
                zones => out.found(finding(deployment, group, listener, balancer, targets, &zones)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// Targets that AWS calls unused and that stand in zones which are not enabled, by zone. The same reason also says that no load balancer uses
/// the group at all; that is tg-not-attached.
fn outside<'a>(deployment: &Deployment, balancer: &LoadBalancer, targets: &'a [Target]) -> Result<BTreeMap<String, Vec<&'a Target>>, Gap> {
    let enabled: BTreeSet<&str> = balancer.zones.iter().map(|zone| zone.zone.as_str()).collect();
    let mut zones: BTreeMap<String, Vec<&Target>> = BTreeMap::new();
    for target in targets.iter().filter(|target| target.reason.as_deref() == Some("Target.NotInUse")) {
        let zone = match &target.zone {
            Some(zone) => zone.clone(),
            None => zone_of_interface(deployment, target)?,
        };
        if !enabled.contains(zone.as_str()) && zone != "all" {
            zones.entry(zone).or_default().push(target);
        }
    }
    Ok(zones)
}

fn zone_of_interface(deployment: &Deployment, target: &Target) -> Result<String, Gap> {
    let here = deployment.interfaces_of(&target.id)?;
    let unknown = || Gap::undecided(Part::NetworkInterfaces, format!("the zone of target {} is not known", target.id));
    here.first().map(|nic| nic.zone.clone()).ok_or_else(unknown)
}

fn finding(
    deployment: &Deployment,
    group: &TargetGroup,
    listener: &Listener,
    balancer: &LoadBalancer,
    targets: &[Target],
    zones: &BTreeMap<String, Vec<&Target>>,
) -> Finding {
    let names = zones.keys().cloned().collect::<Vec<_>>().join(", ");
    let enabled = balancer.zones.iter().map(|zone| zone.zone.as_str()).collect::<Vec<_>>().join(", ");
    let count: usize = zones.values().map(Vec::len).sum();
    let summary = format!(
        "target group {} has {count} of its {} targets in {names}, which the load balancer does not use",
        group.name,
        targets.len()
    );
    // AWS documents the 503 for a group whose targets are all unused. Some of them unused: requests go to the others.
    let all =
        targets.iter().filter(|target| target.state != "draining").all(|target| zones.values().flatten().any(|unused| *unused == target));
    let answer = nobody(listener);
    let effect = if all {
        Effect::blocks_all(Phase::TargetConnect, subject(group), answer)
    } else {
        Effect::weakens(Phase::TargetConnect, subject(group))
    };
    let example = |(zone, targets): (&String, &Vec<&Target>)| {
        let target = targets.first()?;
        let source = if target.zone.is_some() { source::DESCRIBE_TARGET_HEALTH } else { source::DESCRIBE_NETWORK_INTERFACES };
        Some(Evidence::found(Subject::new(SubjectKind::Target, &target.id), "AvailabilityZone", zone, source))
    };
    let mut finding = Finding::new(&META, subject(group), summary).severity(if all { Severity::Error } else { Severity::Warning });
    finding.evidence.extend(zones.iter().filter_map(example));
    let balancer_subject = Subject::from_arn(SubjectKind::LoadBalancer, &balancer.arn);
    finding
        .evidence(Evidence::found(balancer_subject, "AvailabilityZones", enabled, source::DESCRIBE_LOAD_BALANCERS).expected(names))
        .effect(effect)
        .fix(enable(deployment, balancer, zones.keys()))
}

/// `set-subnets` replaces the whole list, so the subnets in use have to be named again.
pub(crate) fn enable<'a>(deployment: &Deployment, balancer: &LoadBalancer, zones: impl Iterator<Item = &'a String>) -> Fix {
    let mut subnets: Vec<String> = balancer.zones.iter().map(|zone| quote(&zone.subnet_id)).collect();
    let (mut change, mut names) = (Vec::new(), Vec::new());
    let mut complete = true;
    for zone in zones {
        let of_zone =
            deployment.subnets().ok().and_then(|all| all.values().find(|subnet| subnet.zone == *zone && subnet.vpc_id == balancer.vpc_id));
        complete &= of_zone.is_some();
        if let Some(subnet) = of_zone {
            let path = remedy::load_balancer_path(balancer);
            change.push(remedy::append(&[path[0], path[1], path[2], "zones"], json!({"zone": zone, "subnet_id": subnet.id})));
        }
        subnets.push(of_zone.map_or_else(|| format!("SUBNET_IN_{}", zone.replace('-', "_")), |subnet| quote(&subnet.id)));
        names.push(zone.as_str());
    }
    let names = names.join(", ");
    let arn = quote(&balancer.arn);
    let change = if complete { change } else { Vec::new() };
    Fix::new(format!("enable {names} for load balancer {}", balancer.name), Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 set-subnets --load-balancer-arn {arn} --subnets {}", subnets.join(" "))))
        .console(format!("EC2: Load balancers → {} → Network mapping → Edit subnets → add {names}", balancer.name))
}
