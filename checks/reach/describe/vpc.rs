//! VPCs, subnets, security groups, network ACLs, route tables, peerings and gateways.

use super::raw::{self, Raw};
use crate::model::network::{AclEntry, NetworkAcl, PeeredGroup, RouteTable, SecurityGroup, SgRule, Subnet, VpcRoute};
use crate::reach::network::{Endpoint, Located, Nat, Network, Peering};

pub(super) fn prefix_lists(raw: &Raw, network: &mut Network) {
    for list in &raw.prefix_lists {
        if let Some(cidrs) = &list.cidrs {
            network.prefix_lists.insert(list.prefix_list_id.clone(), cidrs.clone());
        }
    }
    for list in &raw.prefix_list_entries {
        let cidrs = list.entries.iter().map(|entry| entry.cidr).collect();
        network.prefix_lists.insert(list.prefix_list_id.clone(), cidrs);
    }
}

fn associated(state: &Option<raw::State>) -> bool {
    state.as_ref().is_none_or(|state| state.state == "associated")
}

pub(super) fn vpcs(raw: &Raw, network: &mut Network) {
    for vpc in &raw.vpcs {
        let position = network.vpc_named(&vpc.vpc_id);
        let extra = vpc.cidr_block_association_set.iter().filter(|block| associated(&block.cidr_block_state)).map(|block| block.cidr_block);
        let extra6 = vpc
            .ipv6_cidr_block_association_set
            .iter()
            .filter(|block| associated(&block.ipv6_cidr_block_state))
            .map(|block| block.ipv6_cidr_block);
        for block in vpc.cidr_block.into_iter().chain(extra).chain(extra6) {
            if !network.vpcs[position].cidrs.contains(&block) {
                network.vpcs[position].cidrs.push(block);
            }
        }
    }
}

pub(super) fn subnets(raw: &Raw, network: &mut Network) {
    for subnet in &raw.subnets {
        if network.subnet_ids.contains_key(&subnet.subnet_id) {
            continue;
        }
        let blocks6 = subnet.ipv6_cidr_block_association_set.iter().filter(|block| associated(&block.ipv6_cidr_block_state));
        let made = Subnet {
            id: subnet.subnet_id.clone(),
            vpc_id: subnet.vpc_id.clone(),
            cidrs: subnet.cidr_block.into_iter().chain(blocks6.map(|block| block.ipv6_cidr_block)).collect(),
            zone: subnet.availability_zone.clone().unwrap_or_default(),
            zone_id: subnet.availability_zone_id.clone(),
            available_addresses: subnet.available_ip_address_count.unwrap_or_default(),
        };
        let vpc = network.vpc_named(&subnet.vpc_id);
        network.subnet_ids.insert(made.id.clone(), network.subnets.len());
        network.subnets.push(Located { subnet: made, vpc, acl: None, table: None });
    }
}

pub(super) fn groups(raw: &Raw, network: &mut Network) {
    for group in &raw.groups {
        if network.group_ids.contains_key(&group.group_id) {
            continue;
        }
        let rules = |permissions: &[raw::Permission]| permissions.iter().map(|permission| rule(permission, network)).collect();
        let made = SecurityGroup {
            id: group.group_id.clone(),
            name: group.group_name.clone(),
            vpc_id: group.vpc_id.clone(),
            ingress: rules(&group.ip_permissions),
            egress: rules(&group.ip_permissions_egress),
        };
        network.group_ids.insert(made.id.clone(), network.groups.len());
        network.groups.push(made);
    }
}

fn rule(permission: &raw::Permission, network: &Network) -> SgRule {
    let lists: Vec<String> = permission.prefix_list_ids.iter().map(|list| list.prefix_list_id.clone()).collect();
    let listed = lists.iter().filter_map(|list| Some((list.clone(), network.prefix_lists.get(list)?.clone()))).collect();
    let pairs = permission.user_id_group_pairs.iter().filter_map(|pair| Some((pair.group_id.clone()?, pair)));
    let peered = pairs.clone().filter(|(_, pair)| pair.vpc_id.is_some() || pair.vpc_peering_connection_id.is_some());
    let peered = peered.map(|(id, pair)| {
        let peering_id = pair.vpc_peering_connection_id.clone();
        (id, PeeredGroup { vpc_id: pair.vpc_id.clone(), peering_id, status: pair.peering_status.clone() })
    });
    let ranges = permission.ip_ranges.iter().map(|range| range.cidr_ip);
    SgRule {
        protocol: permission.ip_protocol.clone(),
        from_port: permission.from_port,
        to_port: permission.to_port,
        cidrs: ranges.chain(permission.ipv6_ranges.iter().map(|range| range.cidr_ipv6)).collect(),
        peerings: peered.collect(),
        groups: pairs.map(|(id, _)| id).collect(),
        prefix_lists: lists,
        listed,
    }
}

pub(super) fn acls(raw: &Raw, network: &mut Network) {
    for acl in &raw.acls {
        let position = network.acls.len();
        for association in &acl.associations {
            if let Some(subnet) = network.subnet_ids.get(&association.subnet_id) {
                network.subnets[*subnet].acl = Some(position);
            }
        }
        network.acls.push(NetworkAcl {
            id: acl.network_acl_id.clone(),
            vpc_id: acl.vpc_id.clone().unwrap_or_default(),
            subnet_ids: acl.associations.iter().map(|association| association.subnet_id.clone()).collect(),
            entries: acl.entries.iter().filter_map(entry).collect(),
        });
    }
}

fn entry(entry: &raw::Entry) -> Option<AclEntry> {
    let of_ports = matches!(entry.protocol.as_str(), "6" | "17" | "tcp" | "udp");
    let ports = entry.port_range.as_ref().filter(|_| of_ports).and_then(ports);
    Some(AclEntry {
        number: entry.rule_number,
        egress: entry.egress,
        allow: entry.rule_action == "allow",
        protocol: entry.protocol.clone(),
        cidr: entry.cidr_block.or(entry.ipv6_cidr_block)?,
        ports,
        icmp: entry.icmp_type_code.as_ref().map(|icmp| (icmp.r#type.unwrap_or(-1), icmp.code.unwrap_or(-1))),
    })
}

/// The ports of an entry, read as those of a rule: none, or -1 to -1, is every port; what AWS refuses is no port, the wrong way round.
fn ports(range: &raw::Ports) -> Option<(u16, u16)> {
    let port = |number: i32| u16::try_from(number.clamp(0, 65_535)).unwrap_or_default();
    match (range.from.filter(|end| *end != -1), range.to.filter(|end| *end != -1)) {
        (None, None) => None,
        (Some(from), Some(to)) if from <= to && from <= 65_535 && to >= 0 => Some((port(from), port(to))),
        _ => Some((1, 0)),
    }
}

pub(super) fn tables(raw: &Raw, network: &mut Network) {
    for table in &raw.tables {
        let position = network.tables.len();
        let vpc = network.vpc_named(table.vpc_id.as_deref().unwrap_or_default());
        let associations = table.associations.iter().filter(|association| associated(&association.association_state));
        for association in associations.clone() {
            if association.main {
                network.vpcs[vpc].main_table = Some(position);
            }
            if association.gateway_id.as_ref().is_some_and(|gateway| gateway.starts_with("igw-")) {
                network.vpcs[vpc].edge_table = Some(position);
            }
            if let Some(subnet) = association.subnet_id.as_ref().and_then(|subnet| network.subnet_ids.get(subnet)) {
                network.subnets[*subnet].table = Some(position);
            }
        }
        let (propagated, fixed): (Vec<&raw::Route>, Vec<&raw::Route>) = table.routes.iter().partition(|route| is_propagated(route));
        let propagated = propagated.into_iter().filter(|route| !never_decides(route, &fixed, network)).map(route).collect::<Vec<_>>();
        network.tables.push(RouteTable {
            id: table.route_table_id.clone(),
            vpc_id: table.vpc_id.clone().unwrap_or_default(),
            main: associations.clone().any(|association| association.main),
            subnet_ids: associations.filter_map(|association| association.subnet_id.clone()).collect(),
            routes: fixed.into_iter().map(route).chain(propagated).collect(),
        });
    }
}

fn is_propagated(route: &raw::Route) -> bool {
    route.origin.as_deref() == Some("EnableVgwRoutePropagation")
}

/// True for a propagated route that another one always comes before: the VPC's own, even if that is shorter
/// (<https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html>), and one to the same block, be it by a prefix list
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>).
fn never_decides(propagated: &raw::Route, fixed: &[&raw::Route], network: &Network) -> bool {
    let block_of = |route: &raw::Route| route.destination_cidr_block.or(route.destination_ipv6_cidr_block);
    let Some(block) = block_of(propagated) else { return false };
    fixed.iter().any(|route| {
        let list = route.destination_prefix_list_id.as_ref().and_then(|list| network.prefix_lists.get(list));
        let mut named = block_of(route).into_iter().chain(list.into_iter().flatten().copied());
        let is_local = route.gateway_id.as_deref() == Some("local");
        named.any(|own| own.trunc() == block.trunc() || (is_local && own.contains(&block)))
    })
}

fn route(route: &raw::Route) -> VpcRoute {
    let gateways = [&route.gateway_id, &route.nat_gateway_id, &route.transit_gateway_id, &route.vpc_peering_connection_id];
    let others = [&route.network_interface_id, &route.instance_id, &route.egress_only_internet_gateway_id, &route.local_gateway_id];
    let rare = [&route.carrier_gateway_id, &route.core_network_arn];
    let target = gateways.into_iter().chain(others).chain(rare).flatten().next().cloned().unwrap_or_default();
    VpcRoute {
        destination: route.destination_cidr_block.or(route.destination_ipv6_cidr_block),
        prefix_list: route.destination_prefix_list_id.clone(),
        target,
        active: route.state.as_deref().is_none_or(|state| state == "active"),
    }
}

pub(super) fn gateways(raw: &Raw, network: &mut Network) {
    for gateway in &raw.internet_gateways {
        for attachment in &gateway.attachments {
            let attached = attachment.state.as_deref().is_none_or(|state| matches!(state, "available" | "attached"));
            if let (Some(vpc), true) = (&attachment.vpc_id, attached) {
                let position = network.vpc_named(vpc);
                network.vpcs[position].internet_gateway = Some(gateway.internet_gateway_id.clone());
            }
        }
    }
    for peering in &raw.peerings {
        let (accepter, requester) = (&peering.accepter_vpc_info, &peering.requester_vpc_info);
        let status = peering.status.as_ref().map(|status| status.code.clone()).unwrap_or_else(|| "active".to_owned());
        let same_region = accepter.region.is_none() || requester.region.is_none() || accepter.region == requester.region;
        let vpc_ids = [accepter, requester].map(|info| info.vpc_id.clone().unwrap_or_default());
        let made = Peering { active: status == "active", status, vpc_ids, same_region };
        network.peerings.insert(peering.vpc_peering_connection_id.clone(), made);
    }
    for nat in &raw.nats {
        let primary = nat.nat_gateway_addresses.iter().find(|address| address.is_primary == Some(true));
        let address = primary.or(nat.nat_gateway_addresses.first());
        let made = Nat {
            state: nat.state.clone().unwrap_or_else(|| "available".to_owned()),
            subnet_id: nat.subnet_id.clone().unwrap_or_default(),
            private: address.and_then(|address| address.private_ip),
            public: address.and_then(|address| address.public_ip),
            several: nat.nat_gateway_addresses.iter().filter(|address| address.public_ip.is_some()).count() > 1,
            is_private: nat.connectivity_type.as_deref() == Some("private"),
        };
        network.nats.insert(nat.nat_gateway_id.clone(), made);
    }
    for endpoint in &raw.endpoints {
        let made = Endpoint {
            service: endpoint.service_name.clone(),
            kind: endpoint.vpc_endpoint_type.clone().unwrap_or_default(),
            state: endpoint.state.clone(),
            interface_ids: endpoint.network_interface_ids.clone(),
        };
        network.endpoints.insert(endpoint.vpc_endpoint_id.clone(), made);
    }
}
