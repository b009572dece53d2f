//! Entries that open a network ACL: each before the first one that denies, with a number that is free.

use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::network::NetworkAcl;
use crate::remedy::append;
use crate::steps::{aws, quote};
use ipnet::IpNet;
use serde_json::json;
use std::collections::BTreeSet;

/// The ports that answers come to. AWS names them for clients of load balancers and for load balancers as clients
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>); that a VPC link uses them as well is inferred.
pub(super) const EPHEMERAL: (u16, u16) = (1024, 65535);

/// An entry that is wanted: direction, ports, the other side's block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    pub(super) egress: bool,
    pub(super) ports: (u16, u16),
    pub(super) block: IpNet,
}

impl Wanted {
    /// `allow tcp 443 to 10.0.0.0/24`.
    pub(super) fn words(&self) -> String {
        let direction = if self.egress { "to" } else { "from" };
        format!("allow tcp {} {direction} {}", range(self.ports), self.block)
    }
}

/// `443` or `1024-65535`.
pub(super) fn range((from, to): (u16, u16)) -> String {
    if from == to { from.to_string() } else { format!("{from}-{to}") }
}

/// Adds the wanted entries to an ACL. Where no number is left before the first denying entry, somebody has to make room first.
pub(super) fn open(deployment: &Deployment, acl: &NetworkAcl, wanted: &BTreeSet<Wanted>) -> Fix {
    let ports: BTreeSet<(u16, u16)> = wanted.iter().map(|want| want.ports).collect();
    let ports = ports.into_iter().map(range).collect::<Vec<_>>().join(", ");
    // Somebody may have meant an entry that denies; what is only not allowed has been forgotten.
    let meant = wanted.iter().any(|want| first_deny(acl, want.egress) < FINAL);
    let risk = if meant { Risk::Disruptive } else { Risk::Safe };
    let mut fix = Fix::new(format!("allow tcp {ports} in network ACL {}", acl.id), risk, Vec::new());
    let mut taken: BTreeSet<(bool, i32)> = acl.entries.iter().map(|entry| (entry.egress, entry.number)).collect();
    let mut change = Vec::new();
    for want in wanted {
        let side = if want.egress { "outbound" } else { "inbound" };
        let Some(number) = free_number(acl, want.egress, &taken) else {
            let how = format!(
                "VPC: Network ACLs → {} → Edit {side} rules → give the denying rule a higher number, then {}",
                acl.id,
                want.words()
            );
            fix = fix.console(how);
            change.clear();
            return Fix { change, ..fix };
        };
        taken.insert((want.egress, number));
        let ports = json!([want.ports.0, want.ports.1]);
        change.push(append(
            &["network_acls", "known", &acl.id, "entries"],
            json!({"number": number, "egress": want.egress, "allow": true, "protocol": "6", "cidr": want.block, "ports": ports}),
        ));
        let direction = if want.egress { "--egress" } else { "--ingress" };
        let block = if matches!(want.block, IpNet::V6(_)) { "--ipv6-cidr-block" } else { "--cidr-block" };
        let command = format!(
            "ec2 create-network-acl-entry --network-acl-id {} {direction} --rule-number {number} --protocol tcp --port-range From={},To={} {block} {} --rule-action allow",
            quote(&acl.id),
            want.ports.0,
            want.ports.1,
            want.block
        );
        fix = fix.cli(aws(deployment, &command));
        fix = fix.console(format!("VPC: Network ACLs → {} → Edit {side} rules → add rule {number}: {}", acl.id, want.words()));
    }
    Fix { change, ..fix }
}

/// From this number on an entry is AWS's own final deny.
const FINAL: i32 = 32_767;

fn first_deny(acl: &NetworkAcl, egress: bool) -> i32 {
    let denies = acl.entries.iter().filter(|entry| entry.egress == egress && !entry.allow).map(|entry| entry.number);
    denies.min().unwrap_or(FINAL).min(FINAL)
}

/// A free number below the first entry that denies: next to the one before it, ten further if there is room.
fn free_number(acl: &NetworkAcl, egress: bool, taken: &BTreeSet<(bool, i32)>) -> Option<i32> {
    let first_deny = first_deny(acl, egress);
    let before = taken.iter().filter(|(side, number)| *side == egress && *number < first_deny).map(|(_, number)| *number).max();
    let next = before.unwrap_or(0) + 10;
    if next < first_deny {
        return Some(next);
    }
    (1..first_deny).rev().find(|number| !taken.contains(&(egress, *number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::network::AclEntry;

    fn acl(numbers: &[(i32, bool)]) -> NetworkAcl {
        let block = "10.0.0.0/8".parse().expect("a block");
        let entry = |&(number, allow): &(i32, bool)| AclEntry {
            number,
            egress: false,
            allow,
            protocol: "-1".into(),
            cidr: block,
            ports: None,
            icmp: None,
        };
        NetworkAcl { id: "acl-1".into(), vpc_id: "vpc-1".into(), subnet_ids: Vec::new(), entries: numbers.iter().map(entry).collect() }
    }

    #[test]
    fn the_number_is_free_and_comes_before_the_first_denial() {
        let number = |numbers: &[(i32, bool)]| {
            let acl = acl(numbers);
            let taken = acl.entries.iter().map(|entry| (false, entry.number)).collect();
            free_number(&acl, false, &taken)
        };
        assert_eq!(number(&[]), Some(10));
        assert_eq!(number(&[(100, true), (32_767, false)]), Some(110));
        assert_eq!(number(&[(90, true), (100, false), (200, true)]), Some(99));
        assert_eq!(number(&[(98, true), (99, true), (100, false)]), Some(97));
        assert_eq!(number(&[(1, false)]), None);
    }
}
