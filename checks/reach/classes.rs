//! Classes of addresses and ports that nothing in a network tells apart: one packet stands for all of its class.

use super::answer::Protocol;
use super::network::Network;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

impl Network {
    /// One port for each class of a range, with the class.
    pub(super) fn port_classes(&self, (first, last): (u16, u16), protocol: Protocol) -> Vec<(u16, u16)> {
        let (first, last) = (first.min(last), first.max(last));
        if first == last || !protocol.has_ports() {
            return vec![(first, first)];
        }
        let mut starts = BTreeSet::from([first]);
        let mut cut = |from: i64, to: i64| {
            let inside = |port: &i64| i64::from(first) < *port && *port <= i64::from(last);
            starts.extend([from, to.saturating_add(1)].into_iter().filter(inside).filter_map(|port| u16::try_from(port).ok()));
        };
        for rule in self.groups.iter().flat_map(|group| group.ingress.iter().chain(&group.egress)) {
            cut(rule.from_port.unwrap_or(-1).into(), rule.to_port.unwrap_or(-1).into());
        }
        for (from, to) in self.acls.iter().flat_map(|acl| &acl.entries).filter_map(|entry| entry.ports) {
            cut(from.into(), to.into());
        }
        for listener in self.balancing.balancers.values().filter_map(|balancer| balancer.listeners.as_ref()).flatten() {
            cut(listener.port.into(), listener.port.into());
        }
        cut(443, 443); // an endpoint of an AWS service
        let ends = starts.iter().skip(1).map(|start| start - 1).chain([last]);
        starts.iter().copied().zip(ends).collect()
    }

    /// One address for each class of a subnet's block, without the five that AWS reserves
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>).
    pub(super) fn address_classes(&self, block: IpNet) -> Vec<IpAddr> {
        let block = block.trunc();
        let cuts: BTreeSet<IpNet> = self.all_blocks().map(|cut| cut.trunc()).filter(|cut| block.contains(cut) && *cut != block).collect();
        let mut pieces = Vec::new();
        split(block, &cuts, &mut pieces);
        let reserved: BTreeSet<IpAddr> = first_four(block).chain([block.broadcast()]).collect();
        pieces.iter().filter_map(|piece| addresses(*piece).find(|address| !reserved.contains(address))).collect()
    }

    fn all_blocks(&self) -> impl Iterator<Item = IpNet> {
        let rules = self.groups.iter().flat_map(|group| group.ingress.iter().chain(&group.egress));
        let of_rules = rules.flat_map(|rule| rule.cidrs.iter().chain(rule.listed.values().flatten()));
        let of_acls = self.acls.iter().flat_map(|acl| &acl.entries).map(|entry| &entry.cidr);
        let of_tables = self.tables.iter().flat_map(|table| &table.routes).filter_map(|route| route.destination.as_ref());
        let of_transit = self.transit.tables.values().flat_map(|table| &table.routes).filter_map(|route| route.destination.as_ref());
        let of_lists = self.prefix_lists.values().flatten();
        of_rules.chain(of_acls).chain(of_tables).chain(of_transit).chain(of_lists).copied()
    }
}

/// Cuts a block until each piece holds no cut but itself.
fn split(block: IpNet, cuts: &BTreeSet<IpNet>, pieces: &mut Vec<IpNet>) {
    let cut = cuts.iter().any(|cut| block.contains(cut) && *cut != block);
    match block.subnets(block.prefix_len() + 1) {
        Ok(halves) if cut => halves.for_each(|half| split(half, cuts, pieces)),
        _ => pieces.push(block),
    }
}

fn first_four(block: IpNet) -> impl Iterator<Item = IpAddr> {
    addresses(block).take(4)
}

/// The first addresses of a block, enough to step over the reserved ones.
fn addresses(block: IpNet) -> impl Iterator<Item = IpAddr> {
    let hosts: Box<dyn Iterator<Item = IpAddr>> = match block {
        IpNet::V4(block) => {
            let (first, last) = (u32::from(block.network()), u32::from(block.broadcast()));
            Box::new((first..=last).map(|bits| IpAddr::V4(bits.into())))
        }
        IpNet::V6(block) => {
            let (first, last) = (u128::from(block.network()), u128::from(block.broadcast()));
            Box::new((first..=last).map(|bits| IpAddr::V6(bits.into())))
        }
    };
    hosts.take(8)
}
