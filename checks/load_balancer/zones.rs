//! Which zones of a load balancer have nobody healthy to send requests to, while others have.

use crate::finding::Evidence;
use crate::model::balancing::{LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use std::collections::{BTreeMap, BTreeSet};

/// The attribute of a load balancer, and of a target group that says otherwise.
pub(super) const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

/// Whether nodes of the load balancer send to targets in other zones. A target group's own setting wins; without any, a Network Load Balancer
/// does not and an Application Load Balancer does
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-cross-zone.html>).
pub(crate) fn crosses(deployment: &Deployment, lb: &LoadBalancer, group: &TargetGroup) -> Result<bool, Gap> {
    if let Some(own) = own_setting(deployment.target_group_attributes(&group.arn)?) {
        return Ok(own);
    }
    if lb.is_application() {
        return Ok(true); // always, and it cannot be turned off there
    }
    Ok(own_setting(deployment.load_balancer_attributes(&lb.arn)?).unwrap_or(false))
}

/// What attributes say for themselves; `None` where they leave it to the load balancer.
fn own_setting(attributes: &BTreeMap<String, String>) -> Option<bool> {
    match attributes.get(CROSS_ZONE).map(String::as_str) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    }
}

/// Enabled zones without a healthy target. Empty as well where no target is healthy at all: requests then go to all of them, and the checks
/// of the target group's health speak.
pub(super) fn bare(deployment: &Deployment, lb: &LoadBalancer, group: &TargetGroup) -> Result<Vec<String>, Gap> {
    let mut served = BTreeSet::new();
    for target in deployment.targets(&group.arn)?.iter().filter(|target| target.state == "healthy") {
        let zone = match &target.zone {
            Some(zone) => zone.clone(),
            None => zone_of_interface(deployment, target)?,
        };
        if zone == "all" {
            return Ok(Vec::new()); // outside the VPC, and reached from every zone
        }
        served.insert(zone);
    }
    if served.is_empty() {
        return Ok(Vec::new());
    }
    Ok(lb.zones.iter().map(|zone| zone.zone.clone()).filter(|zone| !served.contains(zone)).collect())
}

fn zone_of_interface(deployment: &Deployment, target: &Target) -> Result<String, Gap> {
    let unknown = || Gap::undecided(Part::NetworkInterfaces, format!("the zone of target {} is not known", target.id));
    deployment.interfaces_of(&target.id)?.first().map(|nic| nic.zone.clone()).ok_or_else(unknown)
}

/// The setting that holds: the target group's own, else the load balancer's.
pub(super) fn setting(deployment: &Deployment, lb: &LoadBalancer, group: &TargetGroup) -> Evidence {
    if let Some(own) =
        deployment.target_group_attributes(&group.arn).ok().and_then(|own| own.get(CROSS_ZONE)).filter(|_| group_says(deployment, group))
    {
        let subject = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
        return Evidence::found(subject, CROSS_ZONE, own, source::DESCRIBE_TARGET_GROUP_ATTRIBUTES);
    }
    let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    match deployment.load_balancer_attributes(&lb.arn).ok().and_then(|attributes| attributes.get(CROSS_ZONE)) {
        Some(value) => Evidence::found(subject, CROSS_ZONE, value, source::DESCRIBE_LOAD_BALANCER_ATTRIBUTES),
        None => Evidence::absent(subject, CROSS_ZONE, source::DESCRIBE_LOAD_BALANCER_ATTRIBUTES),
    }
}

/// Whether the target group has a setting of its own.
pub(super) fn group_says(deployment: &Deployment, group: &TargetGroup) -> bool {
    deployment.target_group_attributes(&group.arn).is_ok_and(|attributes| own_setting(attributes).is_some())
}
