//! Security groups and network ACLs on the way.
//!
//! Groups are stateful: they are asked about the first packet only, and an interface without groups (of a NAT gateway, a transit
//! gateway, a load balancer made without) filters nothing (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>).
//! ACLs are stateless and asked about both directions
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>); replies go to whatever port the source spoke from
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>).

use super::answer::{Drop, Way};
use super::network::{Network, Part};
use super::trail::{EPHEMERAL, Matter, OF_LINUX, Service, Trail, packet};
use crate::model::network::{AclEntry, NetworkAcl};
use crate::semantics::packets::single::{Admitted, Payload, Peer, deciding, denied_ports};
use crate::semantics::packets::{Direction, rule_words};
use std::net::IpAddr;

/// Packets of one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packets {
    pub(super) way: Way,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) matter: Matter,
    pub(super) service: Service,
}

impl Packets {
    /// One of them: `port` is that of a reply.
    pub(super) fn one(&self, port: Option<u16>) -> super::answer::Packet {
        match self.way {
            Way::There => packet(self.service.protocol, self.source, None, self.destination, Some(self.service.port)),
            Way::Back => packet(self.service.protocol, self.source, Some(self.service.port), self.destination, port),
        }
    }
}

/// What carries groups and is asked what they say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carrier<'a> {
    pub(super) groups: &'a [usize],
    pub(super) unread: &'a [String],
    pub(super) name: &'a str,
}

impl Network {
    /// Asks the groups of one side about the first packet; the other side is `peer`.
    pub(super) fn ask_groups(&self, trail: &mut Trail, carrier: Carrier, direction: Direction, peer: Peer, packets: &Packets) {
        let Matter::One(payload) = packets.matter else { return };
        let way = packets.way;
        let verb = if direction == Direction::Egress { "egress" } else { "ingress" };
        match self.admitted(carrier.groups, direction, payload, peer) {
            Admitted::By(group, rule) => {
                trail.pass(way, &group.id, || format!("{verb} of {}: {}", carrier.name, rule_words(rule, direction)));
            }
            Admitted::Unread(list) => {
                trail.gap(|| format!("{}: a rule names prefix list {list}, whose entries were not read", carrier.name));
            }
            Admitted::No if !carrier.unread.is_empty() => {
                trail.gap(|| format!("{}: security group {} was not read", carrier.name, carrier.unread.join(", ")));
            }
            Admitted::No => trail.drop(|| self.not_admitted(carrier, direction, peer, packets)),
        }
    }

    fn not_admitted(&self, carrier: Carrier, direction: Direction, peer: Peer, packets: &Packets) -> Drop {
        let ids: Vec<&str> = carrier.groups.iter().map(|group| self.groups[*group].id.as_str()).collect();
        let what = packets.service.words();
        let (verb, preposition) = if direction == Direction::Egress { ("egress", "to") } else { ("ingress", "from") };
        let of = if ids.is_empty() { "no security group".to_owned() } else { ids.join(", ") };
        let host = if peer.address.is_ipv4() { 32 } else { 128 };
        let by_group = peer.groups.first().map(|group| format!(" (or its group {group})")).unwrap_or_default();
        Drop {
            way: packets.way,
            at: ids.first().map_or_else(|| carrier.name.to_owned(), |id| (*id).to_owned()),
            rule: format!("no {verb} rule of {of} on {} admits {what} {preposition} {}", carrier.name, peer.address),
            smallest_rule: ids.first().map(|id| format!("{id} {verb}: {what} {preposition} {}/{host}{by_group}", peer.address)),
            witness: packets.one(None),
        }
    }

    /// Asks the network ACL of a subnet that packets leave (`egress`) or enter.
    pub(super) fn ask_acl(&self, trail: &mut Trail, subnet: usize, egress: bool, packets: &Packets) {
        let located = &self.subnets[subnet];
        let Some((position, acl)) = located.acl.map(|acl| (acl, &self.acls[acl])) else {
            let why = if self.read(located.vpc, Part::Acls) { "was not found" } else { "was not read" };
            return trail.gap(|| format!("the network ACL of {} {why}", located.subnet.id));
        };
        let peer = if egress { packets.destination } else { packets.source };
        match packets.matter {
            Matter::One(payload) => match self.deciding(position, egress, payload, peer) {
                Some(entry) if entry.allow => trail.pass(packets.way, &acl.id, || passed(entry, egress, &located.subnet.id)),
                entry => trail.drop(|| Asked { acl, egress, packets, peer }.denied(entry, payload, None, &located.subnet.id)),
            },
            Matter::Replies { udp, host } => self.ask_about_replies(trail, subnet, udp, host, &Asked { acl, egress, packets, peer }),
        }
    }

    /// Replies may go to any port the source spoke from. All of 1024-65535 pass: fine. A host whose system is Linux needs 32768-60999.
    fn ask_about_replies(&self, trail: &mut Trail, subnet: usize, udp: bool, host: bool, asked: &Asked) {
        let (id, way) = (&self.subnets[subnet].subnet.id, asked.packets.way);
        // The usual ACL says the same of every port: no sets are made.
        let usual = self.subnets[subnet].acl.and_then(|acl| self.deciding_from(acl, asked.egress, udp, EPHEMERAL.0, asked.peer));
        if let Some(entry) = usual.filter(|entry| entry.allow) {
            return trail.pass(way, &asked.acl.id, || passed(entry, asked.egress, id));
        }
        let payload = if udp { Payload::Udp } else { Payload::Tcp };
        let (denied, entry) = denied_ports(asked.acl, asked.egress, udp, EPHEMERAL, asked.peer);
        let overlaps = |&(from, to): &(u16, u16)| from <= OF_LINUX.1 && OF_LINUX.0 <= to;
        match (denied.first(), denied.iter().find(|range| overlaps(range))) {
            (None, _) => trail.pass(way, &asked.acl.id, || {
                let entry = deciding(asked.acl, asked.egress, payload(OF_LINUX.0), asked.peer);
                entry.map_or_else(String::new, |entry| passed(entry, asked.egress, id))
            }),
            (Some(first), None) if host => {
                let first = *first;
                trail.pass(way, &asked.acl.id, || format!("ports 32768-60999 pass {} {id}", side(asked.egress)));
                trail.note(|| {
                    format!(
                        "{} denies replies to port {} {} {id}: hosts that speak from there are cut off; Linux does not",
                        asked.acl.id,
                        range(first),
                        side(asked.egress)
                    )
                });
            }
            (Some(_), Some(of_linux)) if host => {
                let port = of_linux.0.max(OF_LINUX.0);
                trail.drop(|| asked.denied(entry, payload(port), Some(port), id));
            }
            (Some(first), _) => {
                let port = first.0;
                trail.drop(|| asked.denied(entry, payload(port), Some(port), id));
            }
        }
    }
}

struct Asked<'a> {
    acl: &'a NetworkAcl,
    egress: bool,
    packets: &'a Packets,
    peer: IpAddr,
}

impl Asked<'_> {
    fn denied(&self, entry: Option<&AclEntry>, payload: Payload, port: Option<u16>, subnet: &str) -> Drop {
        let preposition = if self.egress { "to" } else { "from" };
        let direction = if self.egress { "outbound" } else { "inbound" };
        let decisive = deciding(self.acl, self.egress, payload, self.peer).filter(|entry| !entry.allow).or(entry);
        let rule = decisive.map_or_else(|| "*: deny all traffic that no entry allows".to_owned(), |entry| entry_words(entry, self.egress));
        let what = match (payload, self.packets.way) {
            (Payload::Tcp(_), Way::Back) => format!("tcp {}", range(EPHEMERAL)),
            (Payload::Udp(_), Way::Back) => format!("udp {}", range(EPHEMERAL)),
            _ => self.packets.service.words(),
        };
        // Before every entry that denies some: one more that stands first would deny other ports still.
        let number = self.free_number(decisive.into_iter().chain(entry).map(|entry| entry.number).min().unwrap_or(32_767));
        let host = if self.peer.is_ipv4() { 32 } else { 128 };
        Drop {
            way: self.packets.way,
            at: self.acl.id.clone(),
            rule: format!("{direction} {} {subnet}, {rule}", side(self.egress)),
            smallest_rule: number
                .map(|number| format!("{} {direction} {number}: allow {what} {preposition} {}/{host}", self.acl.id, self.peer)),
            witness: self.packets.one(port),
        }
    }

    /// The highest number below the denying entry that no entry of this direction has.
    fn free_number(&self, below: i32) -> Option<i32> {
        let taken = |number: i32| self.acl.entries.iter().any(|entry| entry.egress == self.egress && entry.number == number);
        (1..below.min(32_767)).rev().find(|number| !taken(*number))
    }
}

fn side(egress: bool) -> &'static str {
    if egress { "out of" } else { "into" }
}

fn range((from, to): (u16, u16)) -> String {
    if from == to { from.to_string() } else { format!("{from}-{to}") }
}

fn passed(entry: &AclEntry, egress: bool, subnet: &str) -> String {
    format!("{} {subnet}: {}", side(egress), entry_words(entry, egress))
}

fn entry_words(entry: &AclEntry, egress: bool) -> String {
    let protocol = match entry.protocol.as_str() {
        "-1" => "all traffic",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => other,
    };
    let ports = entry.ports.filter(|_| entry.protocol != "-1").map(|ports| format!(" {}", range(ports))).unwrap_or_default();
    let (action, preposition) = (if entry.allow { "allow" } else { "deny" }, if egress { "to" } else { "from" });
    let number = if entry.number >= 32_767 { "*".to_owned() } else { entry.number.to_string() };
    format!("{number}: {action} {protocol}{ports} {preposition} {}", entry.cidr)
}
