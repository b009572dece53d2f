//! What drops packets, and the smallest rule that would let them through there, as facts: texts are made where somebody reads them.

use super::answer::{Packet, Protocol, Way};
use super::filters::{entry_words, range, side};
use super::stations::Whom;
use super::trail::{EPHEMERAL, Service};
use crate::model::network::{AclEntry, NetworkAcl};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// From this number on an entry is the last deny of every ACL.
pub(super) const LAST: i32 = 32_767;

/// Ranges of ports, both ends included: sorted, apart from each other, and empty for a protocol without ports.
pub type Ports = Vec<(u16, u16)>;

/// Something that drops packets.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop<'a> {
    /// There or back.
    pub way: Way,
    /// What drops them: an id.
    pub at: &'a str,
    /// The protocol that was asked about.
    pub protocol: Protocol,
    /// All ports that were asked about and are dropped here for this reason.
    pub ports: Ports,
    /// Why they are dropped.
    pub why: Why<'a>,
    /// What would let them through here.
    pub remedy: Option<Remedy<'a>>,
    /// A packet that is dropped here.
    pub witness: Packet,
}

/// Why packets are dropped.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Why<'a> {
    /// No rule of security groups admits them.
    NotAdmitted {
        /// The groups; none at all admit nothing.
        groups: Vec<&'a str>,
        /// Who carries them.
        carrier: &'a str,
        /// Whether the carrier sends.
        egress: bool,
        /// The other side.
        peer: Whom,
    },
    /// An entry of the ACL of a subnet denies them; none: the last deny of every ACL does.
    Denied {
        /// Whether the packets leave the subnet.
        egress: bool,
        /// The subnet.
        subnet: &'a str,
        /// The entry.
        entry: Option<&'a AclEntry>,
    },
    /// Something says for which ports: the protocol and the ports follow these words.
    For(String),
    /// Something else, in words.
    Words(String),
}

/// What would let dropped packets through.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Remedy<'a> {
    /// One more rule.
    Rule(SmallestRule<'a>),
    /// A change for these ports: the protocol and the ports follow these words.
    For(String),
    /// Another change, in words: which one is a choice.
    Words(String),
}

/// What a rule is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// A security group.
    SecurityGroup,
    /// A network ACL: for each range of ports an entry with a number of its own.
    NetworkAcl,
}

/// The smallest rule that lets packets through, for a security group or a network ACL.
#[derive(Clone, Debug, PartialEq)]
pub struct SmallestRule<'a> {
    /// What gets the rule.
    pub kind: RuleKind,
    /// Its id.
    pub id: &'a str,
    /// Whether the rule is about what goes out.
    pub egress: bool,
    /// The protocol.
    pub protocol: Protocol,
    /// The type of ICMP messages, where they are asked about.
    pub icmp_type: Option<u8>,
    /// The ports: one entry of an ACL for each range, one rule of a group.
    pub ports: Ports,
    /// Who is let in, or may be spoken to: one host, or everybody.
    pub peer: IpNet,
    /// A group that the other side carries and that the rule may name instead.
    pub or_group: Option<&'a str>,
    /// For an ACL the numbers of the entries, one for each range of ports (one where there are no ports): free, and no other proposal
    /// of this answer has them. Empty for a group.
    pub numbers: Vec<u16>,
    /// The ACL, and the first entry before which the new one has to stand.
    before: Option<(&'a NetworkAcl, i32)>,
}

impl<'a> SmallestRule<'a> {
    /// A rule for a security group, which is asked about what goes there only.
    pub(super) fn of_group(id: &'a str, egress: bool, service: Service, peer: IpNet, or_group: Option<&'a str>) -> SmallestRule<'a> {
        SmallestRule {
            kind: RuleKind::SecurityGroup,
            id,
            egress,
            protocol: service.protocol,
            icmp_type: icmp_type(service.protocol, Way::There, peer),
            ports: service.ports(),
            peer,
            or_group,
            numbers: Vec::new(),
            before: None,
        }
    }

    /// An entry for a network ACL, before the entry of a number; it gets its own number when all proposals are known.
    pub(super) fn of_acl(acl: &'a NetworkAcl, egress: bool, service: Service, way: Way, peer: IpNet, before: i32) -> SmallestRule<'a> {
        let of_group = SmallestRule::of_group(&acl.id, egress, service, peer, None);
        // Replies go to whatever port the source spoke from.
        let ports = if way == Way::Back && service.protocol.has_ports() { vec![EPHEMERAL] } else { of_group.ports };
        let icmp_type = icmp_type(service.protocol, way, peer);
        SmallestRule { kind: RuleKind::NetworkAcl, icmp_type, ports, before: Some((acl, before)), ..of_group }
    }

    /// In place of an entry for which no number is free.
    fn crowded_out(&self, below: u16) -> String {
        let (direction, preposition) = if self.egress { ("outbound", "to") } else { ("inbound", "from") };
        let what = traffic(self.protocol, &self.ports);
        format!("{} {direction}: allow {what} {preposition} {} before entry {below}, once a number is free there", self.id, self.peer)
    }

    /// How many numbers it needs.
    fn entries(&self) -> usize {
        self.ports.len().max(1)
    }

    /// The ranges of ports, each with the number of its entry; one pair where there are no ports.
    pub fn numbered(&self) -> impl Iterator<Item = (u16, Option<(u16, u16)>)> {
        self.numbers.iter().enumerate().map(|(position, number)| (*number, self.ports.get(position).copied()))
    }

    fn same_traffic(&self, other: &SmallestRule<'_>) -> bool {
        (self.id, self.egress, self.protocol, self.icmp_type, &self.ports, self.peer)
            == (other.id, other.egress, other.protocol, other.icmp_type, &other.ports, other.peer)
    }
}

/// The type of an echo request or its reply.
fn icmp_type(protocol: Protocol, way: Way, peer: IpNet) -> Option<u8> {
    let six = matches!(peer, IpNet::V6(_));
    (protocol == Protocol::Icmp).then_some(match (way, six) {
        (Way::There, false) => 8,
        (Way::Back, false) => 0,
        (Way::There, true) => 128,
        (Way::Back, true) => 129,
    })
}

impl fmt::Display for SmallestRule<'_> {
    /// `sg-1 ingress: tcp 443 from 10.0.0.1/32` or `acl-1 inbound 99: allow tcp 443 from 10.0.0.1/32`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let preposition = if self.egress { "to" } else { "from" };
        if self.kind == RuleKind::SecurityGroup {
            let verb = if self.egress { "egress" } else { "ingress" };
            write!(out, "{} {verb}: {} {preposition} {}", self.id, traffic(self.protocol, &self.ports), self.peer)?;
            return self.or_group.map_or(Ok(()), |group| write!(out, " (or its group {group})"));
        }
        write!(out, "{} {}", self.id, if self.egress { "outbound" } else { "inbound" })?;
        for (position, (number, ports)) in self.numbered().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            let what = traffic(self.protocol, ports.as_slice());
            write!(out, "{comma} {number}: allow {what} {preposition} {}", self.peer)?;
        }
        Ok(())
    }
}

impl<'a> Drop<'a> {
    /// The rule that drops the packets, or what is missing at the place: `no ingress rule admits tcp 443 from 10.0.0.1 (eni-1)`.
    pub fn rule(&self) -> String {
        match &self.why {
            Why::NotAdmitted { groups, carrier, egress, peer } => {
                let (verb, preposition) = if *egress { ("egress", "to") } else { ("ingress", "from") };
                let what = format!("{} {preposition} {peer}", traffic(self.protocol, &self.ports));
                match groups.as_slice() {
                    [] => format!("no security group, and so no {verb} rule, admits {what}"),
                    [_] => format!("no {verb} rule admits {what} ({carrier})"),
                    [_, others @ ..] => format!("no {verb} rule admits {what} ({carrier}; nor does one of {})", others.join(", ")),
                }
            }
            Why::Denied { egress, subnet, entry } => {
                let direction = if *egress { "outbound" } else { "inbound" };
                let entry =
                    entry.map_or_else(|| "*: deny all traffic that no entry allows".to_owned(), |entry| entry_words(entry, *egress));
                format!("{direction} {} {subnet}, {entry}", side(*egress))
            }
            Why::For(words) => format!("{words} {}", traffic(self.protocol, &self.ports)),
            Why::Words(words) => words.clone(),
        }
    }

    /// What would let the packets through here, in words.
    pub fn smallest_rule(&self) -> Option<String> {
        Some(match self.remedy.as_ref()? {
            Remedy::Rule(rule) => rule.to_string(),
            Remedy::For(words) => format!("{words} {}", traffic(self.protocol, &self.ports)),
            Remedy::Words(words) => words.clone(),
        })
    }

    /// The rule that would let the packets through here, where a single one would.
    pub fn rule_proposed(&self) -> Option<&SmallestRule<'a>> {
        match &self.remedy {
            Some(Remedy::Rule(rule)) => Some(rule),
            _ => None,
        }
    }

    /// True if another drop is the same but for its ports.
    fn alike(&self, other: &Drop<'_>) -> bool {
        let remedies = match (&self.remedy, &other.remedy) {
            (Some(Remedy::Rule(one)), Some(Remedy::Rule(two))) => {
                (one.kind, one.id, one.egress, one.icmp_type, one.peer, one.or_group)
                    == (two.kind, two.id, two.egress, two.icmp_type, two.peer, two.or_group)
            }
            (one, two) => one == two,
        };
        remedies && self.way == other.way && self.at == other.at && self.protocol == other.protocol && self.why == other.why
    }

    /// Takes over the ports of a drop that is the same otherwise.
    fn join(&mut self, other: Drop<'a>) {
        join(&mut self.ports, other.ports);
        if let (Some(Remedy::Rule(own)), Some(Remedy::Rule(more))) = (&mut self.remedy, other.remedy) {
            join(&mut own.ports, more.ports);
            if let (Some((_, before)), Some((_, other))) = (&mut own.before, more.before) {
                *before = (*before).min(other);
            }
        }
    }
}

/// `tcp 443`, `tcp 80-100, 443`, `icmp`.
pub(super) fn traffic(protocol: Protocol, ports: &[(u16, u16)]) -> String {
    let words: Vec<String> = ports.iter().map(|ports| range(*ports)).collect();
    if words.is_empty() { protocol.to_string() } else { format!("{protocol} {}", words.join(", ")) }
}

fn join(ports: &mut Ports, more: Ports) {
    ports.extend(more);
    ports.sort_unstable();
    let mut joined: Ports = Vec::new();
    for (from, to) in ports.drain(..) {
        match joined.last_mut() {
            Some(last) if u32::from(from) <= u32::from(last.1) + 1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    *ports = joined;
}

/// Each drop once, with all of its ports, in the order in which they were found; entries of ACLs get their numbers.
pub(super) fn settle(all: Vec<Drop<'_>>) -> Vec<Drop<'_>> {
    let mut settled: Vec<Drop<'_>> = Vec::new();
    let mut by_place: BTreeMap<(Way, &str, &str, Option<IpNet>), Vec<usize>> = BTreeMap::new();
    for drop in all {
        let carrier = match drop.why {
            Why::NotAdmitted { carrier, .. } => carrier,
            Why::Denied { subnet, .. } => subnet,
            Why::For(_) | Why::Words(_) => "",
        };
        let peer = drop.rule_proposed().map(|rule| rule.peer);
        let here = by_place.entry((drop.way, drop.at, carrier, peer)).or_default();
        match here.iter().find(|position| settled[**position].alike(&drop)) {
            Some(position) => settled[*position].join(drop),
            None => {
                here.push(settled.len());
                settled.push(drop);
            }
        }
    }
    number(&mut settled);
    settled
}

/// The highest numbers that stand before the entry that denies, and that neither an entry nor another proposal has.
fn number(drops: &mut [Drop<'_>]) {
    let room = |drop: &Drop<'_>| drop.rule_proposed().and_then(|rule| rule.before).map(|(_, before)| before);
    let mut waiting: Vec<(i32, usize)> = drops.iter().enumerate().filter_map(|(position, drop)| Some((room(drop)?, position))).collect();
    // Whoever has least room chooses first: what is free for it is free for the others, too.
    waiting.sort_unstable();
    let mut taken: BTreeMap<(&str, bool), BTreeSet<u16>> = BTreeMap::new();
    let mut done: Vec<usize> = Vec::new();
    for (before, position) in waiting {
        let Some((rule, (acl, _))) = drops[position].rule_proposed().and_then(|rule| Some((rule, rule.before?))) else { continue };
        let taken = taken.entry((rule.id, rule.egress)).or_insert_with(|| {
            let own = acl.entries.iter().filter(|entry| entry.egress == rule.egress);
            own.filter_map(|entry| u16::try_from(entry.number).ok()).collect()
        });
        let same = done.iter().filter_map(|other| drops[*other].rule_proposed()).find(|other| other.same_traffic(rule));
        let below = u16::try_from(before.clamp(1, LAST)).unwrap_or(1);
        let free = || (1..below).rev().filter(|number| !taken.contains(number)).take(rule.entries()).collect();
        let numbers: Vec<u16> = same.map_or_else(free, |same| same.numbers.clone());
        if numbers.len() < rule.entries() {
            let words = rule.crowded_out(below);
            drops[position].remedy = Some(Remedy::Words(words));
        } else if let Some(Remedy::Rule(rule)) = &mut drops[position].remedy {
            taken.extend(&numbers);
            rule.numbers = numbers;
            done.push(position);
        }
    }
}
