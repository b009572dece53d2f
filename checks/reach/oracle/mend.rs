//! The smallest rules that the engine proposes, put into the plan: then neither groups nor ACLs drop what was asked about.

use super::draw::block;
use super::{Entry, Plan, Rule};
use crate::reach::answer::Drop;

impl Plan {
    /// The plan with the rule that a drop proposes; false where it proposes none of a group or an ACL.
    pub(super) fn mend(&mut self, drop: &Drop) -> bool {
        let Some(proposal) = drop.smallest_rule.as_deref().filter(|_| drop.at.starts_with("sg-") || drop.at.starts_with("acl-")) else {
            return false;
        };
        let (place, rule) = proposal.split_once(": ").expect("a place and a rule");
        let place: Vec<&str> = place.split(' ').collect();
        let rule = rule.strip_prefix("allow ").unwrap_or(rule);
        let (what, peer) = rule.split_once(" to ").or_else(|| rule.split_once(" from ")).expect("a peer");
        let block = block(peer.split(' ').next().expect("a block"));
        let (protocol, ports) = what.split_once(' ').unwrap_or((what, "-1"));
        let (from, to) = ports.split_once('-').filter(|(from, _)| !from.is_empty()).unwrap_or((ports, ports));
        let [from, to] = [from, to].map(|port| port.parse::<i32>().expect("a port"));
        let position: usize = place[0].split_once('-').expect("an id").1.parse().expect("a number");
        let egress = ["egress", "outbound"].contains(&place[1]);
        assert!(egress || ["ingress", "inbound"].contains(&place[1]), "{proposal}");
        let protocol = number(protocol, block.base.is_ipv4());
        if drop.at.starts_with("sg-") {
            let group = &mut self.groups[position];
            let rules = if egress { &mut group.egress } else { &mut group.ingress };
            rules.push(Rule { protocol, from: Some(from), to: Some(to), blocks: vec![block], groups: Vec::new(), lists: Vec::new() });
        } else {
            let entries = &mut self.acls[position].entries;
            let before: i32 = place[2].parse().expect("a number");
            // Two drops in one ACL are told the same free number: the second takes the one below.
            let taken = |number: i32| entries.iter().any(|entry| entry.egress == egress && entry.number == number);
            let number = (1..=before).rev().find(|number| !taken(*number)).expect("a free number");
            let ports = ["6", "17"].contains(&protocol).then_some((from, to));
            entries.push(Entry { number, egress, allow: true, protocol, block, ports, icmp: None });
        }
        true
    }
}

fn number(protocol: &str, four: bool) -> &'static str {
    match protocol {
        "tcp" => "6",
        "udp" => "17",
        "icmp" if four => "1",
        "icmp" => "58",
        "50" => "50",
        other => unreachable!("{other} was not asked about"),
    }
}
