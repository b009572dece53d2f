//! What is looked up while packets are followed, made once.

use super::network::{Interface, Kind, Network, Part, Peering, Vpc};
use super::rows::Rows;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

impl Network {
    /// The position of a VPC, which is made where only its parts were read.
    pub(super) fn vpc_named(&mut self, id: &str) -> usize {
        if let Some(position) = self.vpc_ids.get(id) {
            return *position;
        }
        self.vpcs.push(Vpc { id: id.to_owned(), ..Vpc::default() });
        self.vpc_ids.insert(id.to_owned(), self.vpcs.len() - 1);
        self.vpcs.len() - 1
    }

    /// Makes the indexes anew, after everything was read.
    pub(super) fn index(&mut self) {
        let mut by_private: BTreeMap<IpAddr, Vec<usize>> = BTreeMap::new();
        for (position, interface) in self.interfaces.iter().enumerate() {
            for address in &interface.addresses {
                by_private.entry(address.private).or_default().push(position);
                if let Some(public) = address.public {
                    self.by_public.insert(public, (position, address.private));
                }
            }
            if let Some(instance) = &interface.instance {
                let first = self.by_instance.entry(instance.clone()).or_insert(position);
                if interface.device_index < self.interfaces[*first].device_index {
                    *first = position;
                }
            }
            if let Kind::Balancer(tail) = &interface.kind
                && let Some(balancer) = self.balancing.balancers.get_mut(tail)
            {
                balancer.nodes.push(position);
            }
        }
        for target in self.balancing.target_groups.values_mut().filter_map(|group| group.targets.as_mut()).flatten() {
            let found = target.address.and_then(|address| by_private.get(&address));
            target.only = found.filter(|found| found.len() == 1).map(|found| found[0]);
        }
        self.by_private = by_private;
        for acl in &mut self.acls {
            acl.entries.sort_by_key(|entry| (entry.number, entry.egress));
        }
        for located in &mut self.subnets {
            located.table = located.table.or(self.vpcs[located.vpc].main_table);
        }
        for named in self.names.values_mut() {
            named.positions = named.groups.iter().filter_map(|group| self.group_ids.get(group)).copied().collect();
        }
        self.blocks_from_routes();
        self.rows = Rows::of(&self.groups, &self.acls, &self.tables, &self.prefix_lists);
    }

    /// Where the VPCs were not read, their local routes tell their blocks.
    fn blocks_from_routes(&mut self) {
        for table in &self.tables {
            let Some(vpc) = self.vpc_ids.get(&table.vpc_id).map(|position| &mut self.vpcs[*position]) else { continue };
            if !vpc.read.contains(&Part::Vpcs) {
                let local = table.routes.iter().filter(|route| route.target == "local").filter_map(|route| route.destination);
                vpc.cidrs.extend(local);
            }
        }
    }

    /// The interface of a VPC that has a private address.
    pub(super) fn in_vpc(&self, vpc: usize, address: IpAddr) -> Option<usize> {
        self.by_private.get(&address)?.iter().copied().find(|position| self.interfaces[*position].vpc == vpc)
    }

    /// The interface that has a private address, if only one of all VPCs has it.
    pub(super) fn only(&self, address: IpAddr) -> Option<usize> {
        self.by_private.get(&address).filter(|found| found.len() == 1).map(|found| found[0])
    }

    /// True where groups of one VPC may be named in the rules of another, whatever the routes say: in one VPC, and over a peering that is
    /// active within one Region (<https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html>).
    pub(super) fn references_work(&self, left: usize, right: usize) -> bool {
        let both = |peering: &Peering| [left, right].iter().all(|vpc| peering.vpc_ids.contains(&self.vpcs[*vpc].id));
        left == right || self.peerings.values().any(|peering| peering.active && peering.same_region && both(peering))
    }

    /// True for subnets in one zone: by its id, as accounts name zones differently.
    pub(super) fn same_zone(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.subnets[one].subnet, &self.subnets[other].subnet);
        match (&one.zone_id, &other.zone_id) {
            (Some(one), Some(other)) => one == other,
            _ => one.zone == other.zone,
        }
    }

    pub(super) fn read(&self, vpc: usize, part: Part) -> bool {
        self.vpcs[vpc].read.contains(&part)
    }

    /// The ids of the groups that an interface carries.
    pub(super) fn group_ids_of<'a>(&'a self, interface: &'a Interface) -> Vec<&'a str> {
        let read = interface.groups.iter().map(|group| self.groups[*group].id.as_str());
        read.chain(interface.unread_groups.iter().map(String::as_str)).collect()
    }

    /// True for the address of a VPC's DNS resolver: the base of its block, plus two
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>).
    pub(super) fn is_resolver(&self, vpc: usize, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else { return false };
        let of_block =
            |block: &IpNet| matches!(block, IpNet::V4(block) if u32::from(block.network()).checked_add(2) == Some(u32::from(address)));
        self.vpcs[vpc].cidrs.iter().any(of_block)
    }

    /// True for an address at which AWS's own services answer inside a VPC: link-local ones, and `fd00:ec2::/32`
    /// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>). They are not routed.
    pub(super) fn is_of_aws(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => address.is_link_local(),
            IpAddr::V6(address) => address.is_unicast_link_local() || address.segments()[..2] == [0xfd00, 0xec2],
        }
    }

    /// True for an address that is in the private blocks (RFC 1918, 6598, 3927, 4193), or in no network at all.
    pub(super) fn is_private(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => {
                let [first, second, ..] = address.octets();
                address.is_private() || address.is_link_local() || address.is_loopback() || (first == 100 && (64..128).contains(&second))
            }
            IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local() || address.is_loopback(),
        }
    }

    /// True for an address that is no stranger's, although no interface that was read has it.
    pub(super) fn is_somebodys(&self, address: IpAddr) -> bool {
        Network::is_private(address) || self.vpc_with(address).is_some() || self.unread_addresses.contains(&address)
    }

    /// The position of the first VPC whose blocks hold an address.
    pub(super) fn vpc_with(&self, address: IpAddr) -> Option<usize> {
        self.vpcs.iter().position(|vpc| vpc.cidrs.iter().any(|block| block.contains(&address)))
    }
}
