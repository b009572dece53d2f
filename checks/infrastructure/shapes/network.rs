//! Rules of security groups, entries of network ACLs, routes.

use super::super::node::Node;
use super::super::tables::Shape::{self, Made, Plain};
use super::{Both, both, entry, node};
use serde_json::Value;

/// Fields of an ingress rule.
pub(in crate::infrastructure) const RULE_FIELDS_IN: &[(&str, Shape)] = &[
    ("protocol", Plain("ip_protocol", "IpProtocol")),
    ("from_port", Plain("from_port", "FromPort")),
    ("to_port", Plain("to_port", "ToPort")),
    ("groups", Made(source_group)),
    ("cidrs", Made(rule_block)),
    ("prefix_lists", Made(source_list)),
];

/// Fields of an egress rule.
pub(in crate::infrastructure) const RULE_FIELDS_OUT: &[(&str, Shape)] = &[
    ("protocol", Plain("ip_protocol", "IpProtocol")),
    ("from_port", Plain("from_port", "FromPort")),
    ("to_port", Plain("to_port", "ToPort")),
    ("groups", Made(destination_group)),
    ("cidrs", Made(rule_block)),
    ("prefix_lists", Made(destination_list)),
];

/// A rule of both languages has one peer.
fn only(value: &Value) -> Option<&str> {
    match value.as_array()?.as_slice() {
        [one] => one.as_str(),
        _ => None,
    }
}

fn source_group(value: &Value) -> Option<Both> {
    Some(both("referenced_security_group_id", "SourceSecurityGroupId", only(value)?))
}

fn destination_group(value: &Value) -> Option<Both> {
    Some(both("referenced_security_group_id", "DestinationSecurityGroupId", only(value)?))
}

fn source_list(value: &Value) -> Option<Both> {
    Some(both("prefix_list_id", "SourcePrefixListId", only(value)?))
}

fn destination_list(value: &Value) -> Option<Both> {
    Some(both("prefix_list_id", "DestinationPrefixListId", only(value)?))
}

fn rule_block(value: &Value) -> Option<Both> {
    let block = only(value)?;
    Some(if block.contains(':') { both("cidr_ipv6", "CidrIpv6", block) } else { both("cidr_ipv4", "CidrIp", block) })
}

pub(in crate::infrastructure) fn allow(value: &Value) -> Option<Both> {
    Some(both("rule_action", "RuleAction", if value.as_bool()? { "allow" } else { "deny" }))
}

pub(in crate::infrastructure) fn acl_block(value: &Value) -> Option<Both> {
    let block = value.as_str()?;
    Some(if block.contains(':') { both("ipv6_cidr_block", "Ipv6CidrBlock", block) } else { both("cidr_block", "CidrBlock", block) })
}

pub(in crate::infrastructure) fn acl_ports(value: &Value) -> Option<Both> {
    let [from, to] = value.as_array()?.as_slice() else { return None };
    let (from, to) = (node(from)?, node(to)?);
    let range = Node::Block(vec![entry("From", from.clone()), entry("To", to.clone())]);
    Some((vec![entry("from_port", from), entry("to_port", to)], vec![entry("PortRange", range)]))
}

pub(in crate::infrastructure) fn destination(value: &Value) -> Option<Both> {
    let block = value.as_str()?;
    let six = block.contains(':');
    Some(if six {
        both("destination_ipv6_cidr_block", "DestinationIpv6CidrBlock", block)
    } else {
        both("destination_cidr_block", "DestinationCidrBlock", block)
    })
}

pub(in crate::infrastructure) fn route_target(value: &Value) -> Option<Both> {
    let target = value.as_str()?;
    let (terraform, cloudformation) = match target.split('-').next()? {
        "nat" => ("nat_gateway_id", "NatGatewayId"),
        "igw" => ("gateway_id", "GatewayId"),
        "pcx" => ("vpc_peering_connection_id", "VpcPeeringConnectionId"),
        "tgw" => ("transit_gateway_id", "TransitGatewayId"),
        "vpce" => ("vpc_endpoint_id", "VpcEndpointId"),
        "eni" => ("network_interface_id", "NetworkInterfaceId"),
        _ => return None,
    };
    Some(both(terraform, cloudformation, target))
}
