//! Security groups: which peers the union of rules admits.

use super::blocks::{all_of_ipv4, common, minus, tidy};
use super::traffic::{TCP, Traffic, UDP, number};
use super::{Admission, Admitting, Direction, Peers, ports};
use crate::model::network::{SecurityGroup, SgRule};
use ipnet::IpNet;
use std::collections::BTreeSet;

pub(super) fn admits_all(groups: &[&SecurityGroup], direction: Direction, port: u16, peers: &Peers) -> bool {
    let rules = groups.iter().flat_map(|group| of_group(group, direction).iter().map(move |rule| (*group, rule)));
    let mut rulings = rules.filter_map(|(group, rule)| Some(Ruling { group, rule, ports: ports_of(rule, TCP)? }));
    !peers.blocks.is_empty() && rulings.any(|ruling| ports::holds(ruling.ports, (port, port)) && ruling.admits_all(peers.blocks, peers))
}

/// A rule with the group that has it and the ports of the asked protocol that it is about.
struct Ruling<'a> {
    group: &'a SecurityGroup,
    rule: &'a SgRule,
    ports: (u16, u16),
}

pub(super) fn admission(groups: &[&SecurityGroup], direction: Direction, asked: (u16, u16), peers: &Peers) -> Admission {
    let rules = rulings(groups, direction, TCP);
    let addresses_known = !peers.blocks.is_empty();
    let all = if addresses_known { tidy(peers.blocks.iter().copied()) } else { all_of_ipv4() };
    if let Some(rule) = rules.iter().find(|rule| ports::holds(rule.ports, asked) && rule.admits_all(&all, peers)) {
        return Admission::All { by: vec![rule.admitting(direction, &all, peers)] };
    }
    let pieces: Vec<Piece> =
        ports::pieces(asked, rules.iter().map(|rule| rule.ports)).into_iter().map(|ports| Piece::of(ports, &rules, &all, peers)).collect();

    let missing = tidy(pieces.iter().flat_map(|piece| piece.missing.iter().copied()));
    if missing.is_empty() {
        return Admission::All { by: sufficient(&rules, &pieces, &all, peers, direction) };
    }
    let prefix_lists: BTreeSet<&String> = pieces
        .iter()
        .filter(|piece| !piece.missing.is_empty())
        .flat_map(|piece| rules.iter().filter(|rule| ports::holds(rule.ports, piece.ports)))
        .flat_map(|rule| rule.rule.prefix_lists.iter().filter(|list| !rule.rule.listed.contains_key(*list)))
        .collect();
    let nothing_passes = pieces.iter().all(|piece| piece.missing == all);
    if !prefix_lists.is_empty() || !(addresses_known || nothing_passes) {
        Admission::Undecided { prefix_lists: prefix_lists.into_iter().cloned().collect() }
    } else if nothing_passes {
        Admission::None
    } else {
        Admission::Some { admitted: minus(&all, &missing), missing }
    }
}

/// Ports that no rule tells apart: who is not admitted there, and the rules (by position) that admit the others.
struct Piece {
    ports: (u16, u16),
    missing: Vec<IpNet>,
    by: Vec<usize>,
}

impl Piece {
    fn of(ports: (u16, u16), rules: &[Ruling], all: &[IpNet], peers: &Peers) -> Piece {
        let (mut missing, mut by) = (all.to_vec(), Vec::new());
        for (position, rule) in rules.iter().enumerate().filter(|(_, rule)| ports::holds(rule.ports, ports)) {
            let taken = rule.admits(&missing, peers);
            if !taken.is_empty() {
                missing = minus(&missing, &taken);
                by.push(position);
            }
        }
        Piece { ports, missing, by }
    }
}

/// Rules that together admit everything, where none does so alone: each that adds something.
fn sufficient(rules: &[Ruling], pieces: &[Piece], all: &[IpNet], peers: &Peers, direction: Direction) -> Vec<Admitting> {
    let positions: BTreeSet<usize> = pieces.iter().flat_map(|piece| piece.by.iter().copied()).collect();
    positions.into_iter().map(|position| rules[position].admitting(direction, all, peers)).collect()
}

pub(super) fn closest(groups: &[&SecurityGroup], direction: Direction, port: u16) -> Option<String> {
    let tcp = rulings(groups, direction, TCP);
    let udp = rulings(groups, direction, UDP);
    let for_port = |rules: &[Ruling<'_>]| rules.iter().position(|rule| ports::distance(rule.ports, port) == 0);
    let (rules, position) = match (for_port(&tcp), for_port(&udp)) {
        (Some(position), _) => (&tcp, position),
        (None, Some(position)) => (&udp, position),
        (None, None) => (&tcp, (0..tcp.len()).min_by_key(|position| ports::distance(tcp[*position].ports, port))?),
    };
    let nearest = &rules[position];
    Some(format!("{}: {}", nearest.group.id, words(nearest.rule, direction, sources(nearest.rule))))
}

/// The rules of one direction.
fn of_group(group: &SecurityGroup, direction: Direction) -> &[SgRule] {
    match direction {
        Direction::Ingress => &group.ingress,
        Direction::Egress => &group.egress,
    }
}

/// The rules of all groups that are about a protocol and name somebody, in the order of groups and rules.
fn rulings<'a>(groups: &[&'a SecurityGroup], direction: Direction, protocol: i16) -> Vec<Ruling<'a>> {
    let all = groups.iter().flat_map(|group| of_group(group, direction).iter().map(|rule| (*group, rule)));
    let names_somebody = |rule: &SgRule| !(rule.cidrs.is_empty() && rule.groups.is_empty() && rule.prefix_lists.is_empty());
    all.filter(|(_, rule)| names_somebody(rule))
        .filter_map(|(group, rule)| Some(Ruling { group, rule, ports: ports_of(rule, protocol)? }))
        .collect()
}

/// The ports of a protocol that a rule is about.
fn ports_of(rule: &SgRule, protocol: i16) -> Option<(u16, u16)> {
    Traffic::of_rule(rule)?.ports(protocol)
}

impl Ruling<'_> {
    /// Which of these addresses of the peers the rule admits, on its ports.
    fn admits(&self, addresses: &[IpNet], peers: &Peers) -> Vec<IpNet> {
        let by_group = self.rule.groups.iter().any(|group| peers.groups.contains(group));
        if by_group { addresses.to_vec() } else { common(addresses, &self.blocks()) }
    }

    /// Whether the rule admits all of these addresses, on its ports.
    fn admits_all(&self, addresses: &[IpNet], peers: &Peers) -> bool {
        let by_group = self.rule.groups.iter().any(|group| peers.groups.contains(group));
        let named = || self.rule.cidrs.iter().chain(self.rule.listed.values().flatten());
        let one_by_one = || addresses.iter().all(|address| named().any(|block| block.contains(address)));
        by_group || one_by_one() || (named().nth(1).is_some() && self.admits(addresses, peers) == addresses)
    }

    /// The blocks that the rule names, itself and by prefix lists.
    fn blocks(&self) -> Vec<IpNet> {
        self.rule.cidrs.iter().chain(self.rule.listed.values().flatten()).copied().collect()
    }

    /// The rule as evidence, with only the sources that admit some of the peers.
    fn admitting(&self, direction: Direction, all: &[IpNet], peers: &Peers) -> Admitting {
        let by_group: Vec<String> = self.rule.groups.iter().filter(|group| peers.groups.contains(*group)).cloned().collect();
        let by_address = self.rule.cidrs.iter().filter(|block| !common(&[**block], all).is_empty());
        let by_list = self.rule.listed.iter().filter(|(_, blocks)| !common(blocks, all).is_empty()).map(|(list, _)| list.clone());
        let who = if by_group.is_empty() { by_list.chain(by_address.map(ToString::to_string)).collect() } else { by_group };
        Admitting { group_id: self.group.id.clone(), rule: words(self.rule, direction, who) }
    }
}

/// The rule with everybody that it names.
pub(super) fn in_words(rule: &SgRule, direction: Direction) -> String {
    words(rule, direction, sources(rule))
}

/// Everybody that a rule names, as AWS writes them.
fn sources(rule: &SgRule) -> Vec<String> {
    let named = rule.groups.iter().chain(&rule.prefix_lists).cloned();
    named.chain(rule.cidrs.iter().map(ToString::to_string)).collect()
}

/// `tcp 443 from sg-link, 10.0.0.0/16`.
fn words(rule: &SgRule, direction: Direction, who: Vec<String>) -> String {
    let what = match number(&rule.protocol) {
        Some(-1) => "all traffic".to_string(),
        Some(TCP) => format!("tcp {}", port_words(rule, TCP)),
        Some(UDP) => format!("udp {}", port_words(rule, UDP)),
        Some(1) => format!("icmp{}", type_words(rule)),
        Some(58) => format!("icmpv6{}", type_words(rule)),
        _ => format!("protocol {}", rule.protocol),
    };
    let preposition = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    format!("{what} {preposition} {}", who.join(", "))
}

fn port_words(rule: &SgRule, protocol: i16) -> String {
    match ports_of(rule, protocol) {
        None | Some(ports::ALL) => "all ports".to_string(),
        Some(range) => ports::words(range),
    }
}

/// ` type 8`; nothing for all types.
fn type_words(rule: &SgRule) -> String {
    rule.from_port.filter(|kind| *kind != -1).map(|kind| format!(" type {kind}")).unwrap_or_default()
}
