//! Rules and entries as rows of numbers, made once: asking them about one packet compares numbers only. What a rule is about is read by
//! [`Traffic`], as for sets; whom it is about, by the ends of its blocks.

use super::Direction;
use super::ports;
use super::single::{Admitted, Payload, Peer, Range};
use super::traffic::{Numbers, TCP, Traffic, UDP};
use crate::model::network::{AclEntry, NetworkAcl, SecurityGroup, SgRule};
use ipnet::IpNet;
use std::net::IpAddr;

/// Addresses from and to, of one family. Small: hundreds of rows fit into the processor's nearest cache.
#[derive(Clone, Debug)]
pub(crate) enum Span {
    Four(u32, u32),
    Six(Box<(u128, u128)>),
}

impl Span {
    pub(crate) fn of(block: IpNet) -> Span {
        match block {
            IpNet::V4(block) => Span::Four(block.network().to_bits(), block.broadcast().to_bits()),
            IpNet::V6(block) => Span::Six(Box::new((block.network().to_bits(), block.broadcast().to_bits()))),
        }
    }

    #[inline]
    pub(crate) fn holds(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Span::Four(first, last), IpAddr::V4(address)) => (*first..=*last).contains(&address.to_bits()),
            (Span::Six(span), IpAddr::V6(address)) => (span.0..=span.1).contains(&address.to_bits()),
            _ => false,
        }
    }
}

/// Whom a rule is about, by position in it where that is no block.
#[derive(Clone, Debug)]
enum Who {
    Addresses(Span),
    Group(u32),
    /// A prefix list that was not read.
    Unread(u32),
}

/// A rule, for one of those it names.
#[derive(Clone, Debug)]
struct RuleRow {
    traffic: Traffic,
    rule: u32,
    who: Who,
}

/// The rows of a security group, ingress and egress.
#[derive(Clone, Debug)]
pub(crate) struct GroupRows([Vec<RuleRow>; 2]);

impl GroupRows {
    pub(crate) fn of(group: &SecurityGroup) -> GroupRows {
        let rows = |rules: &[SgRule]| (0..).zip(rules).flat_map(|(position, rule)| of_rule(rule, position)).collect();
        GroupRows([rows(&group.ingress), rows(&group.egress)])
    }

    /// What the group, whose rows these are, says to one packet. A list that was not read is told only if no rule admits the packet.
    pub(crate) fn admitted<'a>(&self, group: &'a SecurityGroup, direction: Direction, payload: Payload, peer: Peer) -> Admitted<'a> {
        let numbers = Numbers::of(payload);
        let (rows, rules) = match direction {
            Direction::Ingress => (&self.0[0], &group.ingress),
            Direction::Egress => (&self.0[1], &group.egress),
        };
        // Of many rules most are about others: whom a row is about is asked first.
        let may_admit = |row: &&RuleRow| match &row.who {
            Who::Addresses(span) => span.holds(peer.address),
            Who::Group(_) | Who::Unread(_) => true,
        };
        let mut open = Admitted::No;
        for row in rows.iter().filter(may_admit).filter(|row| row.traffic.holds(numbers)) {
            let admits = match &row.who {
                Who::Addresses(_) => true,
                Who::Group(named) => peer.groups.contains(&rules[row.rule as usize].groups[*named as usize].as_str()),
                Who::Unread(list) => {
                    if matches!(open, Admitted::No) {
                        open = Admitted::Unread(&rules[row.rule as usize].prefix_lists[*list as usize]);
                    }
                    false
                }
            };
            if admits {
                return Admitted::By(group, &rules[row.rule as usize]);
            }
        }
        open
    }
}

fn of_rule(rule: &SgRule, position: u32) -> impl Iterator<Item = RuleRow> {
    let spans = rule.cidrs.iter().chain(rule.listed.values().flatten()).map(|block| Who::Addresses(Span::of(*block)));
    let groups = (0..).take(rule.groups.len()).map(Who::Group);
    let unread = (0..).zip(&rule.prefix_lists).filter(|(_, list)| !rule.listed.contains_key(*list)).map(|(list, _)| Who::Unread(list));
    let traffic = Traffic::of_rule(rule);
    let whose = spans.chain(groups).chain(unread);
    whose.filter_map(move |who| Some(RuleRow { traffic: traffic?, rule: position, who }))
}

/// An entry of a network ACL.
#[derive(Clone, Debug)]
struct EntryRow {
    traffic: Traffic,
    entry: u32,
    who: Span,
}

/// The rows of a network ACL, inbound and outbound, in the order in which they are tried.
#[derive(Clone, Debug)]
pub(crate) struct AclRows([Vec<EntryRow>; 2]);

impl AclRows {
    pub(crate) fn of(acl: &NetworkAcl) -> AclRows {
        AclRows([false, true].map(|egress| {
            let mut entries: Vec<(u32, &AclEntry)> = (0..).zip(&acl.entries).filter(|(_, entry)| entry.egress == egress).collect();
            entries.sort_by_key(|(_, entry)| entry.number);
            let row = |(position, entry): (u32, &AclEntry)| {
                Some(EntryRow { traffic: Traffic::of_entry(entry)?, entry: position, who: Span::of(entry.cidr) })
            };
            entries.into_iter().filter_map(row).collect()
        }))
    }

    /// The entry of the ACL, whose rows these are, that decides about one packet; `None` where only the final deny is left. `peer` is the
    /// destination of what goes out and the source of what comes in.
    pub(crate) fn deciding<'a>(&self, acl: &'a NetworkAcl, egress: bool, payload: Payload, peer: IpAddr) -> Option<&'a AclEntry> {
        let numbers = Numbers::of(payload);
        let row = self.0[usize::from(egress)].iter().find(|row| row.who.holds(peer) && row.traffic.holds(numbers))?;
        Some(&acl.entries[row.entry as usize])
    }

    /// The entry that decides about a whole range of destination ports of one peer, where a single one does.
    pub(crate) fn deciding_all<'a>(
        &self,
        acl: &'a NetworkAcl,
        egress: bool,
        udp: bool,
        range: Range,
        peer: IpAddr,
    ) -> Option<&'a AclEntry> {
        let (row, held) = self.about(egress, udp, peer).next()?;
        ports::holds(held, range).then(|| &acl.entries[row.entry as usize])
    }

    /// What the ACL says to a whole range of destination ports of one peer: the ranges that are denied, in order, and the first entry
    /// that denies some (`None`: the final deny does).
    pub(crate) fn denied_ports<'a>(
        &self,
        acl: &'a NetworkAcl,
        egress: bool,
        udp: bool,
        range: Range,
        peer: IpAddr,
    ) -> (Vec<Range>, Option<&'a AclEntry>) {
        let (mut open, mut denied, mut first) = (vec![range], Vec::new(), None);
        for (row, held) in self.about(egress, udp, peer) {
            let (inside, outside) = ports::cut(&open, held);
            let entry = &acl.entries[row.entry as usize];
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

    /// The rows about ports of a peer, with these ports.
    fn about(&self, egress: bool, udp: bool, peer: IpAddr) -> impl Iterator<Item = (&EntryRow, Range)> {
        let protocol = if udp { UDP } else { TCP };
        let of_peer = self.0[usize::from(egress)].iter().filter(move |row| row.who.holds(peer));
        of_peer.filter_map(move |row| Some((row, row.traffic.ports(protocol)?)))
    }
}
