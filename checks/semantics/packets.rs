//! Which packets pass: security groups (stateful, the union of all rules) and network ACLs (stateless, ordered).
//!
//! Every answer is exact set arithmetic over address blocks and port ranges: a block that a rule cuts is split, several
//! rules may together admit what none admits alone, and nothing is sampled. About TCP; [`single`] is about one packet
//! of any protocol, `rows` asks rules about it, and what a rule is about is read in one place for both (`traffic`). A prefix
//! list whose entries were not read leaves open what they would admit ([`Admission::Undecided`]).
//!
//! A network ACL does not apply between two interfaces of one subnet: whoever asks [`acl`] leaves those pairs out first
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>).

mod acls;
mod blocks;
mod groups;
#[cfg(test)]
mod laws;
mod ports;
pub mod routes;
pub(crate) mod rows;
pub mod single;
#[cfg(test)]
mod tests;
pub(crate) mod traffic;

use crate::model::network::{NetworkAcl, SecurityGroup, SgRule};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The other side of a connection.
///
/// Without blocks nobody knows its addresses. Then a group answers [`Admission::All`] only for what admits the peer by its
/// groups or admits all of IPv4 (inferred: an HTTP API reaches its VPC over IPv4), [`Admission::None`] only if nothing can
/// admit it, and [`Admission::Undecided`] in between; an ACL is asked about all of IPv4.
#[derive(Clone, Copy, Debug)]
pub struct Peers<'a> {
    /// Addresses or subnet blocks of the other side; the question is about all of them.
    pub blocks: &'a [IpNet],
    /// Security groups that the other side carries; every one of its addresses carries all of them.
    pub groups: &'a BTreeSet<String>,
}

/// Which rules of a security group are asked, seen from the side that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Connections that the peers open.
    Ingress,
    /// Connections to the peers.
    Egress,
}

/// What security groups say to connections with the peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Every peer, on every port asked about.
    All {
        /// Rules that together suffice; a single one if a single one does.
        by: Vec<Admitting>,
    },
    /// Some packets pass and some do not.
    Some {
        /// Blocks that are admitted on every port asked about; empty if each peer misses some port.
        admitted: Vec<IpNet>,
        /// Blocks that are not admitted on at least one port asked about.
        missing: Vec<IpNet>,
    },
    /// Not one packet passes.
    None,
    /// What other rules leave open depends on facts that were not read.
    Undecided {
        /// Prefix lists that were not read, named by rules for such ports; empty if it is the peers' addresses that are not known.
        prefix_lists: Vec<String>,
    },
}

/// A rule that admits peers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Admitting {
    /// The group that has the rule.
    pub group_id: String,
    /// The rule, readable: `tcp 443 from sg-link`. Only the sources that admit some of the peers are named.
    pub rule: String,
}

/// What security groups together say to TCP connections on one port.
///
/// Sources: the rules of all groups of an interface are one set, and only allow
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>); a rule that names a group admits the
/// private addresses of every interface that carries the group
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>). No group admits nothing.
pub fn admission(groups: &[&SecurityGroup], direction: Direction, port: u16, peers: &Peers) -> Admission {
    admission_ports(groups, direction, (port, port), peers)
}

/// Whether a single rule admits all of the peers on a port: the usual case, told without saying which rule.
pub fn admits_all(groups: &[&SecurityGroup], direction: Direction, port: u16, peers: &Peers) -> bool {
    groups::admits_all(groups, direction, port, peers)
}

/// What security groups together say to TCP connections on a whole range of ports (both ends included, in either order).
pub fn admission_ports(groups: &[&SecurityGroup], direction: Direction, ports: (u16, u16), peers: &Peers) -> Admission {
    groups::admission(groups, direction, ports::ordered(ports), peers)
}

/// The rule that nearly matches, for evidence: `sg-lb: tcp 443 from sg-old`.
///
/// A TCP rule for the port (so it must be the source that differs), else a UDP rule for it, else the TCP rule whose ports
/// are nearest. `None`: there is no such rule at all.
pub fn closest_rule(groups: &[&SecurityGroup], direction: Direction, port: u16) -> Option<String> {
    groups::closest(groups, direction, port)
}

/// A rule, readable: `tcp 443 from sg-link, 10.0.0.0/16`.
pub fn rule_words(rule: &SgRule, direction: Direction) -> String {
    groups::in_words(rule, direction)
}

/// What a network ACL says to packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AclVerdict {
    /// Every packet passes.
    Allowed,
    /// Not one packet passes.
    Denied {
        /// The first entry, in the order of numbers, that denies some of them: `100: deny tcp 443 from 10.0.0.0/16`.
        entry: String,
    },
    /// Some packets pass and some do not.
    Some {
        /// Blocks that are denied on at least one port asked about.
        denied: Vec<IpNet>,
        /// The first entry that denies some of them.
        entry: String,
    },
}

/// What a network ACL says to TCP packets with these destination ports (both ends included), to or from these blocks.
///
/// Source: entries are tried in the order of their numbers, the first that matches a packet decides, and a packet that
/// none matches is denied (<https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>). ACLs keep no state: ask
/// again for the way back, with the ephemeral ports of the side that opened the connection.
pub fn acl(acl: &NetworkAcl, egress: bool, ports: (u16, u16), peers: &[IpNet]) -> AclVerdict {
    acls::verdict(acl, egress, ports::ordered(ports), peers)
}
