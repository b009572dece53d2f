//! What of a capture's network was refused when it was made: the reason behind a gap.

use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::fetched::{Fetched, Gap};
use apigw_doctor_checks::model::part::Part;
use std::collections::{BTreeMap, BTreeSet};

/// `the security groups: not allowed: ec2:DescribeSecurityGroups`, each once.
pub(super) fn of_capture(facts: &Facts) -> Vec<String> {
    let whole = [
        gap(&facts.subnets, Part::Subnets),
        gap(&facts.security_groups, Part::SecurityGroups),
        gap(&facts.network_acls, Part::NetworkAcls),
        gap(&facts.route_tables, Part::RouteTables),
        gap(&facts.network_interfaces, Part::NetworkInterfaces),
    ];
    let gaps: BTreeSet<Gap> = whole
        .into_iter()
        .flatten()
        .chain(of_each(&facts.vpc_links, Part::VpcLinks))
        .chain(of_each(&facts.load_balancers, Part::LoadBalancers))
        .chain(of_each(&facts.load_balancer_attributes, Part::LoadBalancerAttributes))
        .chain(of_each(&facts.listeners, Part::Listeners))
        .chain(of_each(&facts.target_groups, Part::TargetGroups))
        .chain(of_each(&facts.target_group_attributes, Part::TargetGroupAttributes))
        .chain(of_each(&facts.target_health, Part::TargetHealth))
        .chain(of_each(&facts.prefix_lists, Part::PrefixLists))
        .collect();
    gaps.iter().map(|gap| format!("{}: {}", gap.part.words(), gap.why())).collect()
}

fn gap<T>(fetched: &Fetched<T>, part: Part) -> Option<Gap> {
    match fetched {
        // What nobody asked for was not needed for the deployment.
        Fetched::Known(_) | Fetched::NotAsked => None,
        Fetched::Denied { .. } | Fetched::Failed { .. } => fetched.known(part).err(),
    }
}

fn of_each<T>(all: &BTreeMap<String, Fetched<T>>, part: Part) -> impl Iterator<Item = Gap> {
    all.values().filter_map(move |fetched| gap(fetched, part))
}
