//! Targets that a node treats alike: no rule, entry or route on the way tells their addresses apart, and they carry the same groups in
//! the same subnet. One of them stands for all: a load balancer with a thousand targets is judged as exactly, in a fraction of the time.

use super::balancer::Use;
use super::network::{Kind, Network};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// So few targets are judged one by one: that takes less time than to find out which are alike.
pub(super) const FEW: usize = 8;

/// The addresses of IPv4 and IPv6, in parts that nothing on the way from a node tells apart.
pub(super) struct Parts {
    four: Vec<(u128, usize)>,
    six: Vec<(u128, usize)>,
    /// Blocks with a route to an interface: what happens there depends on whose it is.
    steered: Vec<IpNet>,
}

/// What targets have in common that are reached alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Likeness<'a> {
    part: usize,
    four: bool,
    private: bool,
    has_public: bool,
    subnet: usize,
    port: u16,
    preserved: bool,
    groups: &'a [usize],
}

impl Network {
    /// The parts as a node sees them: cut by the rules of its groups, the entries of its subnet's ACL, and the routes of its table.
    /// `None`: its subnet was not read.
    pub(super) fn parts(&self, node: usize) -> Option<Parts> {
        let node = &self.interfaces[node];
        let located = &self.subnets[node.subnet?];
        let rules = node.groups.iter().flat_map(|group| &self.groups[*group].egress);
        let of_rules = rules.flat_map(|rule| rule.cidrs.iter().chain(rule.listed.values().flatten()));
        let of_entries = located.acl.iter().flat_map(|acl| &self.acls[*acl].entries).map(|entry| &entry.cidr);
        let mut cuts: BTreeSet<IpNet> = of_rules.chain(of_entries).copied().collect();
        let mut steered = Vec::new();
        for route in located.table.iter().flat_map(|table| &self.tables[*table].routes) {
            let list = route.prefix_list.as_ref().and_then(|list| self.prefix_lists.get(list));
            let named = route.destination.iter().chain(list.into_iter().flatten());
            if ["eni-", "i-"].iter().any(|start| route.target.starts_with(start)) {
                steered.extend(named.clone().copied());
            }
            cuts.extend(named);
        }
        let of_family = |four: bool| innermost(cuts.iter().filter(|cut| matches!(cut, IpNet::V4(_)) == four).map(span).collect());
        Some(Parts { four: of_family(true), six: of_family(false), steered })
    }

    /// The likeness of a target, seen from a node; `None` where it has to be judged alone.
    pub(super) fn likeness<'a>(&'a self, node: usize, one: &Use, client: IpAddr, parts: &Parts) -> Option<Likeness<'a>> {
        let vpc = self.interfaces[node].vpc;
        let address = self.address_of(one).filter(|address| *address != client)?;
        let position = one.target.only.or_else(|| self.in_vpc(vpc, address)).filter(|position| self.interfaces[*position].vpc == vpc)?;
        let target = &self.interfaces[position];
        let subnet = target.subnet.filter(|_| target.kind == Kind::Host && target.unread_groups.is_empty())?;
        let alone = parts.steered.iter().any(|block| block.contains(&address));
        (!alone).then(|| Likeness {
            part: parts.of(address),
            four: address.is_ipv4(),
            private: Network::is_private(address),
            has_public: target.public_of(address).is_some(),
            subnet,
            port: one.port,
            preserved: one.preserved,
            groups: &target.groups,
        })
    }
}

impl Parts {
    /// The part of an address. Of blocks two are nested or apart: the innermost one around an address tells all that are around it.
    fn of(&self, address: IpAddr) -> usize {
        let starts = if address.is_ipv4() { &self.four } else { &self.six };
        let bits = bits(address);
        let after = starts.partition_point(|(start, _)| *start <= bits);
        after.checked_sub(1).map_or(0, |position| starts[position].1)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// First and last address of a block.
fn span(block: &IpNet) -> (u128, u128) {
    (bits(block.network()), bits(block.broadcast()))
}

/// Where the innermost block changes, in order, with its number from 1; 0 is outside of all.
fn innermost(mut spans: Vec<(u128, u128)>) -> Vec<(u128, usize)> {
    spans.sort_unstable_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
    spans.dedup();
    let mut starts = Vec::with_capacity(2 * spans.len());
    let mut around: Vec<(u128, usize)> = Vec::new();
    let close = |around: &mut Vec<(u128, usize)>, starts: &mut Vec<(u128, usize)>, before: Option<u128>| {
        while let Some((last, _)) = around.last().copied().filter(|(last, _)| before.is_none_or(|before| *last < before)) {
            around.pop();
            let outer = around.last().map_or(0, |(_, number)| *number);
            starts.extend(last.checked_add(1).map(|next| (next, outer)));
        }
    };
    for (number, (first, last)) in (1..).zip(spans) {
        close(&mut around, &mut starts, Some(first));
        starts.push((first, number));
        around.push((last, number));
    }
    close(&mut around, &mut starts, None);
    starts
}

#[cfg(test)]
mod tests {
    use super::{innermost, span};
    use ipnet::IpNet;

    /// The parts of addresses are told by the blocks around them, asked one by one.
    #[test]
    fn a_part_is_what_the_same_blocks_hold() {
        let texts =
            ["10.0.0.0/28", "10.0.0.0/30", "10.0.0.3/32", "10.0.0.4/30", "10.0.0.7/30", "10.0.0.12/31", "255.255.255.252/30", "0.0.0.0/32"];
        let blocks: Vec<IpNet> = texts.iter().map(|text| text.parse().expect("a block")).collect();
        let starts = innermost(blocks.iter().map(span).collect());
        let part = |address: u32| starts.iter().take_while(|(start, _)| *start <= address.into()).last().map_or(0, |(_, number)| *number);
        let around = |address: u32| blocks.iter().map(|block| block.contains(&std::net::IpAddr::V4(address.into()))).collect::<Vec<_>>();
        let addresses: Vec<u32> = (0x0a00_0000..0x0a00_0014).chain(0..3).chain(u32::MAX - 5..=u32::MAX).collect();
        for one in &addresses {
            for other in &addresses {
                assert_eq!(part(*one) == part(*other), around(*one) == around(*other), "{one:x} {other:x}");
            }
        }
    }
}
