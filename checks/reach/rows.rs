//! Rules, entries and routes as rows of numbers, made once: asking them about one packet compares numbers only.
//!
//! Sources: the numbers of protocols, and type and code of ICMP in place of ports; protocols without ports ignore a range
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>). Inferred: a TCP or UDP rule without a range, or with
//! -1 to -1, is about every port; one end only, or the ends the wrong way round, is about none: AWS refuses both.

use super::network::Network;
use crate::model::network::{AclEntry, NetworkAcl, RouteTable, SecurityGroup, SgRule};
use crate::semantics::packets::Direction;
use crate::semantics::packets::single::{Admitted, Payload, Peer};
use ipnet::IpNet;
use std::net::IpAddr;

/// Whom a row is about. Small: hundreds of rows fit into the processor's nearest cache.
#[derive(Clone, Debug)]
enum Who {
    /// Addresses from and to.
    Four(u32, u32),
    Six(Box<(u128, u128)>),
    /// By position in the rule: a group, a prefix list that was not read.
    Group(u32),
    Unread(u32),
}

impl Who {
    fn of(block: IpNet) -> Who {
        match block {
            IpNet::V4(block) => Who::Four(block.network().to_bits(), block.broadcast().to_bits()),
            IpNet::V6(block) => Who::Six(Box::new((block.network().to_bits(), block.broadcast().to_bits()))),
        }
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Who::Four(first, last), IpAddr::V4(address)) => (*first..=*last).contains(&address.to_bits()),
            (Who::Six(span), IpAddr::V6(address)) => (span.0..=span.1).contains(&address.to_bits()),
            _ => false,
        }
    }
}

/// A rule or an entry, for one of those it names.
#[derive(Clone, Debug)]
struct Row {
    /// The number of the protocol; -1: all.
    protocol: i16,
    /// Ports, or the types of ICMP; the wrong way round: nothing.
    first: (u16, u16),
    /// The codes of ICMP.
    second: (u16, u16),
    who: Who,
    source: u32,
}

const ALL: (u16, u16) = (0, u16::MAX);
const NOTHING: (u16, u16) = (1, 0);

/// What a packet carries, as rows compare it.
#[derive(Clone, Copy)]
struct Numbers {
    protocol: i16,
    bare: bool,
    first: u16,
    second: u16,
}

impl Numbers {
    fn of(payload: Payload) -> Numbers {
        let (bare, first, second) = match payload {
            Payload::Tcp(port) | Payload::Udp(port) => (false, port, 0),
            Payload::Icmp(kind, code) | Payload::Icmpv6(kind, code) => (false, kind.into(), code.into()),
            Payload::Other(_) => (true, 0, 0),
        };
        Numbers { protocol: payload.number().into(), bare, first, second }
    }
}

impl Row {
    fn is_about(&self, numbers: Numbers) -> bool {
        let within = |range: (u16, u16), number: u16| range.0 <= number && number <= range.1;
        self.protocol == -1
            || (self.protocol == numbers.protocol
                && (numbers.bare || (within(self.first, numbers.first) && within(self.second, numbers.second))))
    }
}

fn number(protocol: &str) -> Option<i16> {
    let names = [("-1", -1), ("tcp", 6), ("udp", 17), ("icmp", 1), ("icmpv6", 58)];
    let named = names.iter().find(|(name, _)| protocol.eq_ignore_ascii_case(name)).map(|(_, number)| *number);
    named.or_else(|| protocol.parse::<u8>().ok().map(i16::from))
}

/// A type or a code of ICMP; -1, or none: all.
fn of_icmp(end: Option<i32>) -> (u16, u16) {
    match end {
        None | Some(-1) => ALL,
        Some(end) => u16::try_from(end).map_or(NOTHING, |end| (end, end)),
    }
}

fn of_rule(rule: &SgRule, source: u32) -> Vec<Row> {
    let Some(protocol) = number(&rule.protocol) else { return Vec::new() };
    let any = |end: Option<i32>| end.is_none_or(|end| end == -1);
    let port = |end: i32| u16::try_from(end.clamp(0, 65_535)).expect("clamped to the range of ports");
    let (first, second) = match (protocol, rule.from_port, rule.to_port) {
        (1 | 58, from, to) => (of_icmp(from), of_icmp(to)),
        (6 | 17, from, to) if any(from) && any(to) => (ALL, ALL),
        (6 | 17, Some(from), Some(to)) if from != -1 && to != -1 && from <= to && from <= 65_535 && to >= 0 => {
            ((port(from), port(to)), ALL)
        }
        (6 | 17, ..) => (NOTHING, ALL),
        _ => (ALL, ALL),
    };
    let spans = rule.cidrs.iter().chain(rule.listed.values().flatten()).map(|block| Who::of(*block));
    let groups = (0..).take(rule.groups.len()).map(Who::Group);
    let unread = (0..).zip(&rule.prefix_lists).filter(|(_, list)| !rule.listed.contains_key(*list)).map(|(list, _)| Who::Unread(list));
    spans.chain(groups).chain(unread).map(|who| Row { protocol, first, second, who, source }).collect()
}

fn of_entry(entry: &AclEntry, source: u32) -> Option<Row> {
    let protocol = number(&entry.protocol)?;
    let (first, second) = match protocol {
        1 | 58 => entry.icmp.map_or((ALL, ALL), |(kind, code)| (of_icmp(Some(kind)), of_icmp(Some(code)))),
        6 | 17 => (entry.ports.unwrap_or(ALL), ALL),
        _ => (ALL, ALL),
    };
    Some(Row { protocol, first, second, who: Who::of(entry.cidr), source })
}

/// The rows of everything that is asked about packets, in the order of the network's lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Ingress and egress of each group.
    groups: Vec<[Vec<Row>; 2]>,
    /// Inbound and outbound of each ACL, by number.
    acls: Vec<[Vec<Row>; 2]>,
    /// The routes of each table, the longest first; none for a table that needs prefix lists.
    tables: Vec<Option<Vec<(Who, usize)>>>,
}

impl Rows {
    pub(super) fn of(groups: &[SecurityGroup], acls: &[NetworkAcl], tables: &[RouteTable]) -> Rows {
        let of_rules = |rules: &[SgRule]| (0..).zip(rules).flat_map(|(source, rule)| of_rule(rule, source)).collect::<Vec<Row>>();
        let of_acl = |acl: &NetworkAcl| {
            [false, true].map(|egress| {
                let mut entries: Vec<(u32, &AclEntry)> = (0..).zip(&acl.entries).filter(|(_, entry)| entry.egress == egress).collect();
                entries.sort_by_key(|(_, entry)| entry.number);
                entries.into_iter().filter_map(|(source, entry)| of_entry(entry, source)).collect()
            })
        };
        let of_table = |table: &RouteTable| {
            let mut routes: Vec<_> = table.routes.iter().enumerate().filter_map(|(at, route)| Some((route.destination?, at))).collect();
            routes.sort_by_key(|(block, _)| std::cmp::Reverse(block.prefix_len()));
            let by_block = table.routes.iter().all(|route| route.prefix_list.is_none());
            by_block.then(|| routes.into_iter().map(|(block, at)| (Who::of(block), at)).collect())
        };
        Rows {
            groups: groups.iter().map(|group| [of_rules(&group.ingress), of_rules(&group.egress)]).collect(),
            acls: acls.iter().map(of_acl).collect(),
            tables: tables.iter().map(of_table).collect(),
        }
    }
}

impl Network {
    /// What security groups together say to one packet.
    pub(super) fn admitted(&self, groups: &[usize], direction: Direction, payload: Payload, peer: Peer) -> Admitted<'_> {
        let numbers = Numbers::of(payload);
        let mut open = Admitted::No;
        for group in groups {
            let (rows, read) = (&self.rows.groups[*group], &self.groups[*group]);
            let (rows, rules) = if direction == Direction::Egress { (&rows[1], &read.egress) } else { (&rows[0], &read.ingress) };
            for row in rows.iter().filter(|row| row.is_about(numbers)) {
                let rule = &rules[row.source as usize];
                let admits = match row.who {
                    Who::Four(..) | Who::Six(_) => row.who.holds(peer.address),
                    Who::Group(named) => peer.groups.contains(&rule.groups[named as usize].as_str()),
                    Who::Unread(list) => {
                        if matches!(open, Admitted::No) {
                            open = Admitted::Unread(&rule.prefix_lists[list as usize]);
                        }
                        false
                    }
                };
                if admits {
                    return Admitted::By(read, rule);
                }
            }
        }
        open
    }

    /// The entry of an ACL that decides about one packet, `None` where only the final deny is left.
    pub(super) fn deciding(&self, acl: usize, egress: bool, payload: Payload, peer: IpAddr) -> Option<&AclEntry> {
        let numbers = Numbers::of(payload);
        self.entry(acl, egress, peer, |row| row.is_about(numbers))
    }

    /// The entry that decides about every port from one on, where a single one does.
    pub(super) fn deciding_from(&self, acl: usize, egress: bool, udp: bool, from: u16, peer: IpAddr) -> Option<&AclEntry> {
        let protocol = if udp { 17 } else { 6 };
        let all = |row: &Row| row.protocol == -1 || (row.first.0 <= from && row.first.1 == u16::MAX);
        let mut held = false;
        let entry = self.entry(acl, egress, peer, |row| {
            let about = [-1, protocol].contains(&row.protocol);
            held = about && all(row);
            about
        });
        entry.filter(|_| held)
    }

    fn entry(&self, acl: usize, egress: bool, peer: IpAddr, mut about: impl FnMut(&Row) -> bool) -> Option<&AclEntry> {
        let row = self.rows.acls[acl][usize::from(egress)].iter().find(|row| row.who.holds(peer) && about(row))?;
        Some(&self.acls[acl].entries[row.source as usize])
    }

    /// The route of a table for an address; the outer `None`: the table has routes to prefix lists.
    pub(super) fn longest(&self, table: usize, to: IpAddr) -> Option<Option<&crate::model::network::VpcRoute>> {
        let routes = self.rows.tables[table].as_ref()?;
        Some(routes.iter().find(|(block, _)| block.holds(to)).map(|(_, at)| &self.tables[table].routes[*at]))
    }
}
