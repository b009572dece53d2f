//! What stands behind an interface.
//!
//! `InterfaceType` says it for newer services, `Description` for older ones
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html>). The descriptions are what AWS is seen to
//! write; a service that writes another one is a device of which nothing is known.

use super::network::Kind;

/// What is told about an interface.
pub(super) struct Told<'a> {
    pub(super) interface_type: &'a str,
    pub(super) description: &'a str,
    pub(super) status: Option<&'a str>,
    pub(super) of_instance: bool,
    /// It has the tag that API Gateway puts on the interfaces of a VPC link.
    pub(super) of_link: bool,
    /// A service of AWS made it, or holds it.
    pub(super) managed: bool,
}

pub(super) fn kind_of(told: &Told) -> Kind {
    if told.status == Some("available") {
        return Kind::Nobody;
    }
    let device = || Kind::Device(if told.description.is_empty() { told.interface_type } else { told.description }.to_owned());
    match told.interface_type {
        "nat_gateway" => Kind::Nat,
        "transit_gateway" => Kind::TransitGateway,
        "network_load_balancer" | "load_balancer" => node(told.description).unwrap_or_else(device),
        "vpc_endpoint" => Kind::Endpoint,
        "api_gateway_managed" => Kind::Client("API Gateway"),
        "lambda" => Kind::Client("Lambda"),
        "interface" | "efa" | "efa-only" | "trunk" | "branch" => described(told),
        _ => device(),
    }
}

fn node(description: &str) -> Option<Kind> {
    let tail = description.strip_prefix("ELB ")?;
    let current = tail.starts_with("net/") || tail.starts_with("app/");
    Some(if current { Kind::Balancer(tail.to_owned()) } else { Kind::OldBalancer(description.to_owned()) })
}

fn described(told: &Told) -> Kind {
    let starts = |with: &str| told.description.starts_with(with);
    let of_task = starts("arn:aws") && told.description.contains(":ecs:");
    match node(told.description) {
        Some(node) => node,
        None if starts("Interface for NAT Gateway") => Kind::Nat,
        None if starts("Network Interface for Transit Gateway") => Kind::TransitGateway,
        None if starts("VPC Endpoint Interface") => Kind::Endpoint,
        None if starts("AWS Lambda VPC ENI") => Kind::Client("Lambda"),
        None if told.of_link => Kind::Client("API Gateway"),
        None if told.of_instance || of_task || !told.managed => Kind::Host,
        None => Kind::Device(told.description.to_owned()),
    }
}
