//! Network interfaces: their addresses, and what stands behind them.
//!
//! `InterfaceType` says it for newer services, `Description` for older ones
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html>). The descriptions are what AWS is seen to
//! write; a service that writes another one is a device of which nothing is known.

use super::build::vpc_at;
use super::raw::{self, Raw};
use crate::reach::network::{Address, Interface, Kind, Network};

pub(super) fn interfaces(raw: &Raw, network: &mut Network) {
    for interface in &raw.interfaces {
        if network.interface_ids.contains_key(&interface.network_interface_id) {
            continue;
        }
        let (known, unread): (Vec<_>, Vec<_>) =
            interface.groups.iter().map(|group| &group.group_id).partition(|group| network.group_ids.contains_key(*group));
        let made = Interface {
            id: interface.network_interface_id.clone(),
            kind: kind(interface),
            vpc: vpc_at(network, &interface.vpc_id),
            subnet: interface.subnet_id.as_ref().and_then(|subnet| network.subnet_ids.get(subnet)).copied(),
            addresses: addresses_of(interface),
            groups: known.iter().map(|group| network.group_ids[*group]).collect(),
            unread_groups: unread.into_iter().cloned().collect(),
            instance: interface.attachment.as_ref().and_then(|attachment| attachment.instance_id.clone()),
            device_index: interface.attachment.as_ref().and_then(|attachment| attachment.device_index).unwrap_or_default(),
            vpc_link: interface.tag_set.iter().find(|tag| tag.key == "VpcLinkId").map(|tag| tag.value.clone()),
            description: interface.description.clone(),
        };
        network.interface_ids.insert(made.id.clone(), network.interfaces.len());
        network.interfaces.push(made);
    }
}

/// The primary address first; the addresses of IPv6 are their own public ones.
fn addresses_of(interface: &raw::Interface) -> Vec<Address> {
    let public = |association: &Option<raw::Association>| {
        association.as_ref().and_then(|association| association.public_ip.or(association.carrier_ip))
    };
    let mut listed: Vec<&raw::PrivateAddress> = interface.private_ip_addresses.iter().collect();
    listed.sort_by_key(|address| !(address.primary || Some(address.private_ip_address) == interface.private_ip_address));
    let mut found: Vec<Address> =
        listed.iter().map(|address| Address { private: address.private_ip_address, public: public(&address.association) }).collect();
    if let (true, Some(private)) = (found.is_empty(), interface.private_ip_address) {
        found.push(Address { private, public: public(&interface.association) });
    }
    found.extend(
        interface.ipv6_addresses.iter().map(|address| Address { private: address.ipv6_address, public: Some(address.ipv6_address) }),
    );
    found
}

fn kind(interface: &raw::Interface) -> Kind {
    let description = interface.description.as_str();
    if interface.status.as_deref() == Some("available") {
        return Kind::Nobody;
    }
    let balancer = description.strip_prefix("ELB ").filter(|tail| tail.starts_with("net/") || tail.starts_with("app/"));
    let device =
        || Kind::Device(if description.is_empty() { interface.interface_type.clone().unwrap_or_default() } else { description.to_owned() });
    match interface.interface_type.as_deref().unwrap_or("interface") {
        "nat_gateway" => Kind::Nat,
        "transit_gateway" => Kind::TransitGateway,
        "network_load_balancer" | "load_balancer" => balancer.map_or_else(device, |tail| Kind::Balancer(tail.to_owned())),
        "vpc_endpoint" => Kind::Endpoint,
        "api_gateway_managed" => Kind::Client("API Gateway"),
        "lambda" => Kind::Client("Lambda"),
        "interface" | "efa" | "efa-only" | "trunk" | "branch" => described(interface, balancer),
        _ => device(),
    }
}

fn described(interface: &raw::Interface, balancer: Option<&str>) -> Kind {
    let description = interface.description.as_str();
    let starts = |with: &str| description.starts_with(with);
    let attachment = interface.attachment.as_ref();
    let of_instance = attachment.is_some_and(|attachment| attachment.instance_id.is_some());
    let held_by_other = attachment.is_some_and(|attachment| {
        attachment.instance_owner_id.is_some() && attachment.instance_owner_id != interface.owner_id && interface.owner_id.is_some()
    });
    match balancer {
        Some(tail) => Kind::Balancer(tail.to_owned()),
        None if starts("ELB ") => Kind::OldBalancer(description.to_owned()),
        None if starts("Interface for NAT Gateway") => Kind::Nat,
        None if starts("Network Interface for Transit Gateway") => Kind::TransitGateway,
        None if starts("VPC Endpoint Interface") => Kind::Endpoint,
        None if starts("AWS Lambda VPC ENI") => Kind::Client("Lambda"),
        None if interface.tag_set.iter().any(|tag| tag.key == "VpcLinkId") => Kind::Client("API Gateway"),
        None if of_instance || (starts("arn:aws") && description.contains(":ecs:")) => Kind::Host,
        None if interface.requester_managed || held_by_other => Kind::Device(description.to_owned()),
        None => Kind::Host,
    }
}

pub(super) fn addresses(raw: &Raw, network: &mut Network) {
    let idle = raw.addresses.iter().filter(|address| address.network_interface_id.is_none() && address.private_ip_address.is_none());
    network.idle_addresses.extend(idle.filter_map(|address| address.public_ip));
}
