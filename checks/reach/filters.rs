//! Security groups and network ACLs on the way.
//!
//! Groups are stateful: they are asked about the first packet only, and an interface without groups (of a NAT gateway, a transit
//! gateway, a load balancer made without) filters nothing (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>).
//! ACLs are stateless and asked about both directions
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>); replies go to whatever port the source spoke from
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>).

use super::answer::Way;
use super::drops::{Drop, LAST, Remedy, SmallestRule, Why};
use super::network::{Interface, Network, Part};
use super::stations::By;
use super::trail::{EPHEMERAL, Matter, OF_LINUX, Service, Trail, packet};
use crate::model::network::{AclEntry, NetworkAcl};
use crate::semantics::packets::Direction;
use crate::semantics::packets::single::{Admitted, Payload, Peer};
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

    /// They are dropped somewhere.
    pub(super) fn dropped<'a>(&self, at: &'a str, why: Why<'a>, remedy: Option<Remedy<'a>>) -> Drop<'a> {
        Drop { way: self.way, at, protocol: self.service.protocol, ports: self.service.ports(), why, remedy, witness: self.one(None) }
    }

    /// They are dropped for a reason that is told in words, and so is what would let them through.
    pub(super) fn lost<'a>(&self, at: &'a str, rule: impl Into<String>, wanted: Option<String>) -> Drop<'a> {
        self.dropped(at, Why::Words(rule.into()), wanted.map(Remedy::Words))
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
    pub(super) fn ask_groups<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        carrier: Carrier<'a>,
        direction: Direction,
        peer: Peer<'_, 'a>,
        packets: &Packets,
    ) {
        let Matter::One(payload) = packets.matter else { return };
        match self.admitted(carrier.groups, direction, payload, peer) {
            Admitted::By(group, rule) => trail.pass(packets.way, &group.id, By::Rule { carrier: carrier.name, direction, rule }),
            Admitted::Unread(list) => {
                trail.gap(|| format!("{}: a rule names prefix list {list}, whose entries were not read", carrier.name));
            }
            Admitted::No if !carrier.unread.is_empty() => {
                trail.gap(|| format!("{}: security group {} was not read", carrier.name, carrier.unread.join(", ")));
            }
            Admitted::No => trail.drop(|| self.not_admitted(carrier, direction, peer, packets)),
        }
    }

    /// Asks the groups of the interface at which packets arrive; `groups` of the sender count.
    pub(super) fn ask_receiver<'a>(&'a self, trail: &mut Trail<'a>, receiver: &'a Interface, groups: &[&'a str], packets: &Packets) {
        if receiver.is_filtered() {
            let carrier = Carrier { groups: &receiver.groups, unread: &receiver.unread_groups, name: &receiver.id };
            self.ask_groups(trail, carrier, Direction::Ingress, Peer { address: packets.source, groups }, packets);
        }
    }

    fn not_admitted<'a>(&'a self, carrier: Carrier<'a>, direction: Direction, peer: Peer<'_, 'a>, packets: &Packets) -> Drop<'a> {
        let groups: Vec<&str> = carrier.groups.iter().map(|group| self.groups[*group].id.as_str()).collect();
        let (egress, whom) = (direction == Direction::Egress, packets.service.whom(peer.address));
        let carried = peer.groups.first().copied();
        let rule = groups.first().map(|id| SmallestRule::of_group(id, egress, packets.service, whom.0, carried));
        let at = groups.first().copied().unwrap_or(carrier.name);
        packets.dropped(at, Why::NotAdmitted { groups, carrier: carrier.name, egress, peer: whom }, rule.map(Remedy::Rule))
    }

    /// Asks the network ACL of a subnet that packets leave (`egress`) or enter.
    pub(super) fn ask_acl<'a>(&'a self, trail: &mut Trail<'a>, subnet: usize, egress: bool, packets: &Packets) {
        let located = &self.subnets[subnet];
        let subnet = located.subnet.id.as_str();
        let Some(position) = located.acl else {
            let why = if self.read(located.vpc, Part::Acls) { "was not found" } else { "was not read" };
            return trail.gap(|| format!("the network ACL of {subnet} {why}"));
        };
        let peer = if egress { packets.destination } else { packets.source };
        let asked = Asked { network: self, position, acl: &self.acls[position], egress, packets, peer, subnet };
        match packets.matter {
            Matter::One(payload) => match self.deciding(position, egress, payload, peer) {
                Some(entry) if entry.allow => trail.pass(packets.way, &asked.acl.id, By::Entry { egress, subnet, entry }),
                entry => trail.drop(|| asked.denied(entry, entry, None)),
            },
            Matter::Replies { udp, host } => asked.about_replies(trail, udp, host),
        }
    }
}

/// An ACL that is asked about packets of one direction.
struct Asked<'a, 'p> {
    network: &'a Network,
    position: usize,
    acl: &'a NetworkAcl,
    egress: bool,
    packets: &'p Packets,
    peer: IpAddr,
    subnet: &'a str,
}

impl<'a> Asked<'a, '_> {
    /// Replies may go to any port the source spoke from. All of 1024-65535 pass: fine. A host whose system is Linux needs 32768-60999.
    fn about_replies(&self, trail: &mut Trail<'a>, udp: bool, host: bool) {
        let (way, acl, subnet) = (self.packets.way, self.acl.id.as_str(), self.subnet);
        // The usual ACL says the same of every port: no sets are made.
        let usual = self.network.deciding_all(self.position, self.egress, udp, EPHEMERAL, self.peer);
        if let Some(entry) = usual.filter(|entry| entry.allow) {
            return trail.pass(way, acl, By::Entry { egress: self.egress, subnet, entry });
        }
        let (denied, first_deny) = self.network.denied_ports(self.position, self.egress, udp, EPHEMERAL, self.peer);
        let of_linux = denied.iter().find(|(from, to)| *from <= OF_LINUX.1 && OF_LINUX.0 <= *to);
        let deciding = |port: u16| {
            let payload = if udp { Payload::Udp(port) } else { Payload::Tcp(port) };
            self.network.deciding(self.position, self.egress, payload, self.peer)
        };
        let port = match (denied.first(), of_linux) {
            (None, _) => {
                // Several entries together: the one for Linux is told.
                let by = deciding(OF_LINUX.0).map(|entry| By::Entry { egress: self.egress, subnet, entry });
                return trail.pass(way, acl, by.unwrap_or(By::PortsOfLinux { egress: self.egress, subnet }));
            }
            (Some(first), None) if host => {
                trail.pass(way, acl, By::PortsOfLinux { egress: self.egress, subnet });
                return trail.note(|| {
                    let (first, side) = (range(*first), side(self.egress));
                    format!("{acl} denies replies to port {first} {side} {subnet}: hosts that speak from there are cut off; Linux does not")
                });
            }
            (Some(_), Some(of_linux)) if host => of_linux.0.max(OF_LINUX.0),
            (Some(first), _) => first.0,
        };
        trail.drop(|| self.denied(deciding(port).filter(|entry| !entry.allow).or(first_deny), first_deny, Some(port)));
    }

    /// `first`: the first entry that denies some of the packets; one more rule has to stand before it, or other ports are denied still.
    fn denied(&self, decisive: Option<&'a AclEntry>, first: Option<&'a AclEntry>, port: Option<u16>) -> Drop<'a> {
        let (packets, whom) = (self.packets, self.packets.service.whom(self.peer));
        let before = decisive.into_iter().chain(first).map(|entry| entry.number).min().unwrap_or(LAST);
        let rule = SmallestRule::of_acl(self.acl, self.egress, packets.service, packets.way, whom.0, before);
        let why = Why::Denied { egress: self.egress, subnet: self.subnet, entry: decisive };
        Drop { witness: packets.one(port), ..packets.dropped(&self.acl.id, why, Some(Remedy::Rule(rule))) }
    }
}

/// `out of` a subnet, `into` it.
pub(super) fn side(egress: bool) -> &'static str {
    if egress { "out of" } else { "into" }
}

/// `443`, `1024-65535`.
pub(super) fn range((from, to): (u16, u16)) -> String {
    if from == to { from.to_string() } else { format!("{from}-{to}") }
}

/// `100: allow tcp 443 from 10.0.0.0/8`.
pub(super) fn entry_words(entry: &AclEntry, egress: bool) -> String {
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
    let number = if entry.number >= LAST { "*".to_owned() } else { entry.number.to_string() };
    format!("{number}: {action} {protocol}{ports} {preposition} {}", entry.cidr)
}
