//! The smallest rules that the engine proposes, put into the plan: then neither groups nor ACLs drop what was asked about.

use super::draw::block;
use super::{Entry, Plan, Rule};
use crate::reach::answer::Protocol;
use crate::reach::drops::{Drop, RuleKind};

impl Plan {
    /// The plan with the rule that a drop proposes; false where it proposes none of a group or an ACL.
    pub(super) fn mend(&mut self, drop: &Drop<'_>) -> bool {
        let Some(rule) = drop.rule_proposed() else { return false };
        let position: usize = rule.id.split_once('-').expect("an id").1.parse().expect("a number");
        let protocol = number(rule.protocol, rule.peer.addr().is_ipv4());
        let block = block(&rule.peer.to_string());
        match rule.kind {
            RuleKind::SecurityGroup => {
                let group = &mut self.groups[position];
                let rules = if rule.egress { &mut group.egress } else { &mut group.ingress };
                let ends = |(from, to): (u16, u16)| (Some(from.into()), Some(to.into()));
                let all: Vec<_> = match rule.icmp_type {
                    _ if !rule.ports.is_empty() => rule.ports.iter().copied().map(ends).collect(),
                    Some(kind) => vec![(Some(kind.into()), Some(-1))],
                    None => vec![(None, None)],
                };
                for (from, to) in all {
                    rules.push(Rule { protocol, from, to, blocks: vec![block], groups: Vec::new(), lists: Vec::new() });
                }
            }
            RuleKind::NetworkAcl => {
                let entries = &mut self.acls[position].entries;
                let proposed: Vec<_> = rule.numbered().collect();
                assert_eq!(proposed.len(), rule.ports.len().max(1), "{drop:?}");
                for (free, ports) in proposed {
                    let taken = |entry: &&Entry| entry.egress == rule.egress && entry.number == i32::from(free);
                    let ports = ports.map(|(from, to)| (i32::from(from), i32::from(to)));
                    let icmp = rule.icmp_type.map(|kind| (i32::from(kind), -1));
                    let new = Entry { number: free.into(), egress: rule.egress, allow: true, protocol, block, ports, icmp };
                    // Only the same entry may have been proposed before.
                    match entries.iter().find(taken) {
                        Some(same) => assert_eq!(format!("{same:?}"), format!("{new:?}"), "{drop:?}"),
                        None => entries.push(new),
                    }
                }
            }
        }
        true
    }
}

fn number(protocol: Protocol, four: bool) -> &'static str {
    match protocol {
        Protocol::Tcp => "6",
        Protocol::Udp => "17",
        Protocol::Icmp if four => "1",
        Protocol::Icmp => "58",
        Protocol::Other(50) => "50",
        Protocol::Other(_) => unreachable!("{protocol} was not asked about"),
    }
}
