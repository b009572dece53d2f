//! What a VPC and an account have around the deployment: entries of network ACLs, routes, endpoints, roles of services.

use super::Shape::{Made, Plain};
use super::{Both, Kind, NOTHING, both, network};
use crate::infrastructure::locate::Place;
use crate::model::deployment::Deployment;

pub(super) const ACL_ENTRY: Kind = Kind {
    part: "acl_entries",
    words: "an entry of network ACL",
    terraform: "aws_network_acl_rule",
    cloudformation: "AWS::EC2::NetworkAclEntry",
    fields: &[
        ("number", Plain("rule_number", "RuleNumber")),
        ("egress", Plain("egress", "Egress")),
        ("protocol", Plain("protocol", "Protocol")),
        ("allow", Made(network::allow)),
        ("cidr", Made(network::acl_block)),
        ("ports", Made(network::acl_ports)),
    ],
    owner: acl,
    ..NOTHING
};

pub(super) const TABLE_ROUTE: Kind = Kind {
    part: "table_routes",
    words: "a route of route table",
    terraform: "aws_route",
    cloudformation: "AWS::EC2::Route",
    fields: &[("destination", Made(network::destination)), ("target", Made(network::route_target))],
    owner: table,
    ..NOTHING
};

pub(super) const VPC_ENDPOINT: Kind = Kind {
    part: "vpc_endpoints",
    words: "VPC endpoint",
    terraform: "aws_vpc_endpoint",
    cloudformation: "AWS::EC2::VPCEndpoint",
    fields: &[
        ("vpc_id", Plain("vpc_id", "VpcId")),
        ("service_name", Plain("service_name", "ServiceName")),
        ("kind", Plain("vpc_endpoint_type", "VpcEndpointType")),
        ("subnet_ids", Plain("subnet_ids", "SubnetIds")),
        ("route_table_ids", Plain("route_table_ids", "RouteTableIds")),
        ("group_ids", Plain("security_group_ids", "SecurityGroupIds")),
        ("private_dns", Plain("private_dns_enabled", "PrivateDnsEnabled")),
    ],
    ..NOTHING
};

pub(super) const SERVICE_LINKED_ROLE: Kind = Kind {
    part: "service_linked_roles",
    words: "service-linked role",
    terraform: "aws_iam_service_linked_role",
    cloudformation: "AWS::IAM::ServiceLinkedRole",
    owner: service,
    ..NOTHING
};

/// Such a role is asked for by the name of the service that takes it.
fn service(_: &Deployment, place: &Place) -> Both {
    let name = match place.id.as_str() {
        "AWSServiceRoleForAPIGateway" => "ops.apigateway.amazonaws.com",
        "AWSServiceRoleForECS" => "ecs.amazonaws.com",
        _ => return Both::default(),
    };
    both("aws_service_name", "AWSServiceName", name)
}

fn acl(_: &Deployment, place: &Place) -> Both {
    both("network_acl_id", "NetworkAclId", &place.id)
}

fn table(_: &Deployment, place: &Place) -> Both {
    both("route_table_id", "RouteTableId", &place.id)
}
