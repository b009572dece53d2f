//! What packets pass, as facts: a text is made only where somebody reads it.

use super::filters::{entry_words, side};
use super::walk::destination;
use crate::model::network::{AclEntry, SgRule, VpcRoute};
use crate::semantics::packets::{Direction, rule_words};
use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;

/// Why a station is passed. Its text: `egress of eni-1: tcp 443 to 10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum By<'a> {
    /// The packets never leave the host.
    InsideHost,
    /// A rule of a security group that `carrier` has.
    Rule {
        /// An interface, or a subnet whose interfaces were not read.
        carrier: &'a str,
        /// Whether the carrier sends or receives.
        direction: Direction,
        /// The rule.
        rule: &'a SgRule,
    },
    /// An entry of the network ACL of a subnet.
    Entry {
        /// Whether the packets leave the subnet.
        egress: bool,
        /// The subnet.
        subnet: &'a str,
        /// The entry.
        entry: &'a AclEntry,
    },
    /// Several entries of the ACL of a subnet, which deny some replies, but none to the ports that Linux speaks from.
    PortsOfLinux {
        /// Whether the packets leave the subnet.
        egress: bool,
        /// The subnet.
        subnet: &'a str,
    },
    /// A route of a route table.
    Route(&'a VpcRoute),
    /// An address is translated.
    Becomes {
        /// The address before.
        before: IpAddr,
        /// The address after.
        after: IpAddr,
    },
    /// Out of what was read.
    OutTo(Whom),
    /// A route of a transit gateway.
    Attachment {
        /// The transit gateway.
        gateway: &'a str,
        /// The attachment by which the packets leave it.
        id: &'a str,
        /// What is attached: `vpc`, `peering`.
        resource_type: &'a str,
        /// Its id.
        resource_id: &'a str,
    },
    /// A listener of a load balancer.
    Listener {
        /// Its protocol.
        protocol: &'a str,
        /// Its port.
        port: u16,
        /// The name of the load balancer.
        balancer: &'a str,
    },
    /// Replies to a client whose address is preserved go back through the node with this address.
    Node(IpAddr),
    /// The endpoint of a service answers.
    Endpoint(&'a str),
}

impl fmt::Display for By<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::InsideHost => out.write_str("inside the host"),
            By::Rule { carrier, direction, rule } => {
                let verb = if *direction == Direction::Egress { "egress" } else { "ingress" };
                write!(out, "{verb} of {carrier}: {}", rule_words(rule, *direction))
            }
            By::Entry { egress, subnet, entry } => write!(out, "{} {subnet}: {}", side(*egress), entry_words(entry, *egress)),
            By::PortsOfLinux { egress, subnet } => write!(out, "ports 32768-60999 pass {} {subnet}", side(*egress)),
            By::Route(route) => write!(out, "{} -> {}", destination(route), route.target),
            By::Becomes { before, after } => write!(out, "{before} becomes {after}"),
            By::OutTo(whom) => write!(out, "out to {whom}"),
            By::Attachment { gateway, id, resource_type, resource_id } => write!(out, "{gateway} -> {id} ({resource_type} {resource_id})"),
            By::Listener { protocol, port, balancer } => write!(out, "listener {protocol} {port} of {balancer}"),
            By::Node(address) => write!(out, "replies go back through the node {address}"),
            By::Endpoint(service) => write!(out, "{service} answers on 443"),
        }
    }
}

/// The other side of packets, as rules name it: one host, or everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whom(pub IpNet);

impl fmt::Display for Whom {
    /// An address alone, or a block.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Whom(block) = self;
        if block.prefix_len() == block.max_prefix_len() { write!(out, "{}", block.addr()) } else { write!(out, "{block}") }
    }
}
