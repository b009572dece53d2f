//! From what was read to the network, and what was not read.

use super::raw::Raw;
use super::{balancing, interfaces, tasks, transit, vpc};
use crate::reach::network::{Network, Part};
use std::collections::BTreeSet;

pub(super) fn build(folders: Vec<Raw>) -> Network {
    let mut network = Network { publics_read: true, ..Network::default() };
    for raw in &folders {
        vpc::prefix_lists(raw, &mut network);
        vpc::vpcs(raw, &mut network);
    }
    for raw in &folders {
        note_what_was_read(raw, &mut network);
        vpc::subnets(raw, &mut network);
        vpc::groups(raw, &mut network);
    }
    for raw in &folders {
        vpc::acls(raw, &mut network);
        vpc::tables(raw, &mut network);
        vpc::gateways(raw, &mut network);
        interfaces::interfaces(raw, &mut network);
        interfaces::addresses(raw, &mut network);
        tasks::tasks(raw, &mut network);
        transit::transit(raw, &mut network);
        balancing::balancing(raw, &mut network);
    }
    for raw in &folders {
        interfaces::stopped(raw, &mut network);
    }
    network.index();
    network
}

/// What a folder shows of a VPC was read; a VPC that several accounts share is in several folders.
fn note_what_was_read(raw: &Raw, network: &mut Network) {
    let part = |key: &str| match key {
        "Vpcs" => Some(Part::Vpcs),
        "Subnets" => Some(Part::Subnets),
        "NetworkInterfaces" => Some(Part::Interfaces),
        "SecurityGroups" => Some(Part::Groups),
        "NetworkAcls" => Some(Part::Acls),
        "RouteTables" => Some(Part::Tables),
        "VpcPeeringConnections" => Some(Part::Peerings),
        "InternetGateways" => Some(Part::InternetGateways),
        "NatGateways" => Some(Part::Nats),
        "VpcEndpoints" => Some(Part::Endpoints),
        "TransitGateways" => Some(Part::TransitGateways),
        "LoadBalancers" => Some(Part::Balancers),
        "LoadBalancerListeners" | "Listeners" => Some(Part::Listeners),
        "LoadBalancerTargetHealth" => Some(Part::Targets),
        "LoadBalancerAttributes" => Some(Part::BalancerAttributes),
        _ => None,
    };
    let parts: BTreeSet<Part> = raw.seen.iter().filter_map(|key| part(key)).collect();
    let of_vpcs = raw.vpcs.iter().map(|vpc| &vpc.vpc_id);
    let of_subnets = raw.subnets.iter().map(|subnet| &subnet.vpc_id);
    let of_interfaces = raw.interfaces.iter().map(|interface| &interface.vpc_id);
    let ids: BTreeSet<&String> = of_vpcs.chain(of_subnets).chain(of_interfaces).collect();
    for id in ids {
        let position = network.vpc_named(id);
        network.vpcs[position].read.extend(&parts);
    }
}
