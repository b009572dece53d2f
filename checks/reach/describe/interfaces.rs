//! Network interfaces: their addresses, and what stands behind them.

use super::raw::{self, Raw};
use crate::reach::kinds::{Told, kind_of};
use crate::reach::network::{Address, Interface, Kind, Network};
use std::net::IpAddr;

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
            vpc: network.vpc_named(&interface.vpc_id),
            subnet: interface.subnet_id.as_ref().and_then(|subnet| network.subnet_ids.get(subnet)).copied(),
            addresses: addresses_of(interface),
            groups: known.iter().map(|group| network.group_ids[*group]).collect(),
            unread_groups: unread.into_iter().cloned().collect(),
            instance: interface.attachment.as_ref().and_then(|attachment| attachment.instance_id.clone()),
            device_index: interface.attachment.as_ref().and_then(|attachment| attachment.device_index).unwrap_or_default(),
            vpc_link: interface.tag_set.iter().find(|tag| tag.key == "VpcLinkId").map(|tag| tag.value.clone()),
            checks_addresses: interface.source_dest_check,
            description: interface.description.clone(),
        };
        let prefixes = interface.ipv4_prefixes.iter().map(|prefix| prefix.ipv4_prefix);
        let prefixes = prefixes.chain(interface.ipv6_prefixes.iter().map(|prefix| prefix.ipv6_prefix));
        network.delegated.extend(prefixes.map(|block| (made.vpc, block, network.interfaces.len())));
        network.interface_ids.insert(made.id.clone(), network.interfaces.len());
        network.interfaces.push(made);
    }
}

/// Nobody answers at the interfaces of an instance that does not run, though they stay attached
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/how-ec2-instance-stop-start-works.html>). States that pass are no matter.
pub(super) fn stopped(raw: &Raw, network: &mut Network) {
    for instance in raw.reservations.iter().flat_map(|reservation| &reservation.instances) {
        let state = instance.state.as_ref().map(|state| state.name.as_str()).filter(|state| matches!(*state, "stopped" | "terminated"));
        let Some(state) = state else { continue };
        let own = network.interfaces.iter_mut().filter(|interface| interface.instance.as_ref() == Some(&instance.instance_id));
        own.filter(|interface| interface.kind == Kind::Host).for_each(|interface| interface.kind = Kind::Stopped(state.to_owned()));
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
    let attachment = interface.attachment.as_ref();
    let held_by = attachment.and_then(|attachment| attachment.instance_owner_id.as_ref());
    kind_of(&Told {
        interface_type: interface.interface_type.as_deref().unwrap_or("interface"),
        description: &interface.description,
        status: interface.status.as_deref(),
        of_instance: attachment.is_some_and(|attachment| attachment.instance_id.is_some()),
        of_link: interface.tag_set.iter().any(|tag| tag.key == "VpcLinkId"),
        managed: interface.requester_managed
            || (held_by.is_some() && interface.owner_id.is_some() && held_by != interface.owner_id.as_ref()),
    })
}

pub(super) fn addresses(raw: &Raw, network: &mut Network) {
    let idle = raw.addresses.iter().filter(|address| address.network_interface_id.is_none() && address.private_ip_address.is_none());
    network.idle_addresses.extend(idle.filter_map(|address| address.public_ip));
    let of_unread =
        |address: &&raw::ElasticAddress| address.network_interface_id.as_ref().is_some_and(|id| !network.interface_ids.contains_key(id));
    let unread: Vec<IpAddr> = raw.addresses.iter().filter(of_unread).filter_map(|address| address.public_ip).collect();
    network.unread_addresses.extend(unread);
}
