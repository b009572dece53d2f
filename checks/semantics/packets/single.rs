//! One packet at a time, without allocation: the same rules as for sets, where the addresses and the port are known.
//!
//! Sources: the numbers of protocols, and type and code of ICMP in place of ports
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>).

use super::ports;
use crate::model::network::{AclEntry, NetworkAcl, SecurityGroup, SgRule};
use std::net::IpAddr;

/// Ports from and to, both ends included.
pub type Range = (u16, u16);

/// What a packet carries, as far as rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Payload {
    /// TCP, with its destination port.
    Tcp(u16),
    /// UDP, with its destination port.
    Udp(u16),
    /// ICMP for IPv4: type and code.
    Icmp(u8, u8),
    /// ICMP for IPv6: type and code.
    Icmpv6(u8, u8),
    /// Any other protocol, by its number.
    Other(u8),
}

impl Payload {
    /// The number of the protocol.
    pub fn number(self) -> u8 {
        match self {
            Payload::Tcp(_) => 6,
            Payload::Udp(_) => 17,
            Payload::Icmp(..) => 1,
            Payload::Icmpv6(..) => 58,
            Payload::Other(number) => number,
        }
    }
}

/// The other side of one packet: its address as the rule's interface sees it, and the groups that count for it.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// The address.
    pub address: IpAddr,
    /// Ids of the security groups it carries, where references to groups work on its way.
    pub groups: &'a [&'a str],
}

/// What security groups say to one packet.
#[derive(Clone, Copy, Debug)]
pub enum Admitted<'a> {
    /// A rule admits it.
    By(&'a SecurityGroup, &'a SgRule),
    /// No rule does, but this prefix list was not read, and a rule for such packets names it.
    Unread(&'a str),
    /// No rule does.
    No,
}

/// `None`: another protocol; `Some(true)`: all protocols; `Some(false)`: this one.
fn protocol_holds(protocol: &str, payload: Payload) -> Option<bool> {
    let name = match payload {
        Payload::Tcp(_) => "tcp",
        Payload::Udp(_) => "udp",
        Payload::Icmp(..) => "icmp",
        Payload::Icmpv6(..) => "icmpv6",
        Payload::Other(_) => "",
    };
    match protocol {
        "-1" => Some(true),
        _ if protocol.eq_ignore_ascii_case(name) && !name.is_empty() => Some(false),
        _ if protocol.starts_with(|digit: char| digit.is_ascii_digit()) => (protocol.parse() == Ok(payload.number())).then_some(false),
        _ => None,
    }
}

/// The entry that decides about one packet, `None` where only the final deny is left. `peer` is the destination of what goes
/// out and the source of what comes in.
pub fn deciding(acl: &NetworkAcl, egress: bool, payload: Payload, peer: IpAddr) -> Option<&AclEntry> {
    let matching =
        acl.entries.iter().filter(|entry| entry.egress == egress && entry_is_about(entry, payload) && entry.cidr.contains(&peer));
    matching.min_by_key(|entry| entry.number)
}

fn entry_is_about(entry: &AclEntry, payload: Payload) -> bool {
    let Some(all) = protocol_holds(&entry.protocol, payload) else { return false };
    let is = |end: i32, value: u8| end == -1 || end == i32::from(value);
    all || match payload {
        Payload::Tcp(port) | Payload::Udp(port) => entry.ports.is_none_or(|(from, to)| from <= port && port <= to),
        Payload::Icmp(kind, code) | Payload::Icmpv6(kind, code) => entry.icmp.is_none_or(|(t, c)| is(t, kind) && is(c, code)),
        Payload::Other(_) => true,
    }
}

/// What a network ACL says to a whole range of destination ports of one peer: the ranges that are denied, in order, and the
/// first entry that denies some (`None`: the final deny does).
pub fn denied_ports(acl: &NetworkAcl, egress: bool, udp: bool, range: Range, peer: IpAddr) -> (Vec<Range>, Option<&AclEntry>) {
    let payload = if udp { Payload::Udp } else { Payload::Tcp };
    let about =
        |entry: &&AclEntry| entry.egress == egress && protocol_holds(&entry.protocol, payload(0)).is_some() && entry.cidr.contains(&peer);
    // The usual ACL says the same of every port: no sets are made.
    let held = |entry: &AclEntry| if entry.protocol == "-1" { ports::ALL } else { entry.ports.unwrap_or(ports::ALL) };
    match acl.entries.iter().filter(about).min_by_key(|entry| entry.number) {
        Some(first) if ports::holds(held(first), range) && first.allow => return (Vec::new(), None),
        Some(first) if ports::holds(held(first), range) => return (vec![range], Some(first)),
        _ => {}
    }
    let mut entries: Vec<&AclEntry> = acl.entries.iter().filter(about).collect();
    entries.sort_by_key(|entry| entry.number);
    let (mut open, mut denied, mut first) = (vec![range], Vec::new(), None);
    for entry in entries {
        let (inside, outside) = cut(&open, held(entry));
        if !inside.is_empty() && !entry.allow {
            denied.extend(inside);
            first = first.or(Some(entry));
        }
        open = outside;
        if open.is_empty() {
            break;
        }
    }
    denied.extend(open);
    denied.sort_unstable();
    (denied, first)
}

/// Ranges cut at one range: what is inside it and what is not.
fn cut(ranges: &[Range], (from, to): Range) -> (Vec<Range>, Vec<Range>) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for &(first, last) in ranges {
        let (low, high) = (first.max(from), last.min(to));
        if low > high {
            outside.push((first, last));
            continue;
        }
        inside.push((low, high));
        outside.extend((first < low).then(|| (first, low - 1)));
        outside.extend((high < last).then(|| (high + 1, last)));
    }
    (inside, outside)
}
