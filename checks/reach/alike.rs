//! Targets that a node treats alike: where no rule on the way names a part of their subnet only, one of them stands for all with the
//! same groups. A load balancer with a thousand targets is judged as exactly, and in a fraction of the time.

use super::balancer::Use;
use super::network::{Kind, Network};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What targets have in common that are reached alike: subnet, groups, port, whether the client's address is preserved, family.
pub(super) type Likeness<'a> = (usize, &'a [usize], u16, bool, bool);

impl Network {
    /// The likeness of a target, seen from a node; `None` where it has to be judged alone. `subnets` keeps what was found before.
    pub(super) fn likeness<'a>(
        &'a self,
        node: usize,
        one: &Use,
        client: IpAddr,
        subnets: &mut BTreeMap<usize, bool>,
    ) -> Option<Likeness<'a>> {
        let vpc = self.interfaces[node].vpc;
        let address = self.address_of(one, vpc).filter(|address| *address != client)?;
        let target = &self.interfaces[self.in_vpc(vpc, address)?];
        let subnet = target.subnet.filter(|_| target.kind == Kind::Host && target.unread_groups.is_empty())?;
        let alike = *subnets.entry(subnet).or_insert_with(|| self.treats_alike(node, subnet));
        alike.then_some((subnet, target.groups.as_slice(), one.port, one.preserved, address.is_ipv4()))
    }

    /// True if nothing on the way from a node names a part of a subnet: no rule of its groups, no entry of its subnet's ACL, no route.
    fn treats_alike(&self, node: usize, subnet: usize) -> bool {
        let (node, blocks) = (&self.interfaces[node], &self.subnets[subnet].subnet.cidrs);
        let cuts = |cut: &IpNet| blocks.iter().any(|block| block.contains(cut) && block.trunc() != cut.trunc());
        let overlaps = |other: &IpNet| blocks.iter().any(|block| block.contains(other) || other.contains(block));
        let Some(located) = node.subnet.map(|own| &self.subnets[own]) else { return false };
        let mut rules = node.groups.iter().flat_map(|group| &self.groups[*group].egress);
        let mut entries = located.acl.iter().flat_map(|acl| &self.acls[*acl].entries);
        let mut routes = located.table.iter().flat_map(|table| &self.tables[*table].routes);
        let steered = |target: &str| target.starts_with("eni-") || target.starts_with("i-");
        !rules.any(|rule| rule.cidrs.iter().chain(rule.listed.values().flatten()).any(cuts))
            && !entries.any(|entry| cuts(&entry.cidr))
            && !routes.any(|route| {
                let list = route.prefix_list.as_ref().and_then(|list| self.prefix_lists.get(list));
                let mut named = route.destination.iter().chain(list.into_iter().flatten());
                named.any(|block| cuts(block) || (steered(&route.target) && overlaps(block)))
            })
    }
}
