//! What a user may name as an end of packets, and what it means.
//!
//! An address, an interface, an instance, a security group (every interface that carries it), a load balancer (its nodes; by name, ARN
//! or the tail of its ARN), `vpc-link:ID`, an ECS task or service (by ARN, its tail, or its last part), or `internet`.

use super::network::{Kind, Named, Network, Part};
use super::tasks::is_of_ecs;
use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;

/// An end of packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// As the user named it.
    pub name: String,
    pub(super) spots: Vec<Spot>,
}

/// One place of an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// An address, of whoever has it.
    Address(IpAddr),
    /// An address of an interface.
    At { interface: usize, private: IpAddr },
    /// Some address of a subnet, with the groups of what is named: nobody read which.
    Within { subnet: usize, block: IpNet, named: String },
    /// Any public host.
    Internet,
}

/// A name that stands for nothing that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEnd {
    /// The name.
    pub name: String,
    /// What it may be instead, or what was read of its kind.
    pub suggestion: String,
}

impl fmt::Display for UnknownEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} was not found: {}", self.name, self.suggestion)
    }
}

impl std::error::Error for UnknownEnd {}

impl Network {
    /// What a name stands for.
    pub fn end(&self, name: &str) -> Result<End, UnknownEnd> {
        let spots = self.spots(name.trim());
        if spots.is_empty() { Err(self.unknown(name)) } else { Ok(End { name: name.trim().to_owned(), spots }) }
    }

    /// The names of all ends that were read, sorted: interfaces, instances, groups, load balancers and the like.
    pub fn ends(&self) -> Vec<String> {
        let instances = self.interfaces.iter().filter_map(|interface| interface.instance.clone());
        let balancers = self.balancing.balancers.values().map(|balancer| balancer.name.clone());
        let links = self.interfaces.iter().filter_map(|interface| Some(format!("vpc-link:{}", interface.vpc_link.as_ref()?)));
        let ids = self.interface_ids.keys().chain(self.group_ids.keys()).chain(self.names.keys()).cloned();
        let mut all: Vec<String> = ids.chain(instances).chain(balancers).chain(links).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether the interfaces of all VPCs were read: then a name that is not found names none.
    pub fn all_interfaces_read(&self) -> bool {
        !self.vpcs.is_empty() && self.vpcs.iter().all(|vpc| vpc.read.contains(&Part::Interfaces))
    }

    fn spots(&self, name: &str) -> Vec<Spot> {
        if let Ok(address) = name.parse::<IpAddr>() {
            return vec![Spot::Address(address)];
        }
        if name.eq_ignore_ascii_case("internet") {
            return vec![Spot::Internet];
        }
        let link = name.strip_prefix("vpc-link:");
        let balancer = self.balancing.balancers.iter().find(|(tail, balancer)| {
            *tail == name || balancer.name == name || balancer.arn == name || name.strip_prefix("ELB ") == Some(tail)
        });
        let group = self.group_ids.get(name).copied();
        let wanted = |position: usize| {
            let interface = &self.interfaces[position];
            interface.id == name
                || interface.instance.as_deref() == Some(name)
                || group.is_some_and(|group| interface.groups.contains(&group))
                || (link.is_some() && interface.vpc_link.as_deref() == link)
                || matches!((&interface.kind, balancer), (Kind::Balancer(tail), Some((of, _))) if tail == of)
        };
        let found: Vec<Spot> =
            (0..self.interfaces.len()).filter(|position| wanted(*position)).flat_map(|position| self.all_of(position)).collect();
        // A load balancer comes before a service of the same name.
        if found.is_empty() { self.names.get(name).map(|named| self.named(name, named)).unwrap_or_default() } else { found }
    }

    /// Every address of an interface.
    fn all_of(&self, interface: usize) -> Vec<Spot> {
        self.interfaces[interface].addresses.iter().map(|address| Spot::At { interface, private: address.private }).collect()
    }

    fn named(&self, name: &str, named: &Named) -> Vec<Spot> {
        let addresses = named.addresses.iter().map(|address| Spot::Address(*address));
        let interfaces = named.interfaces.iter().filter_map(|id| self.interface_ids.get(id)).flat_map(|position| self.all_of(*position));
        let subnets = named.subnets.iter().filter_map(|id| self.subnet_ids.get(id)).copied();
        let within = subnets.flat_map(|subnet| self.subnets[subnet].subnet.cidrs.iter().map(move |block| (subnet, *block)));
        let within = within.map(|(subnet, block)| Spot::Within { subnet, block, named: name.to_owned() });
        addresses.chain(interfaces).chain(within).collect()
    }

    fn unknown(&self, name: &str) -> UnknownEnd {
        let all = self.ends();
        let close = |other: &&String| distance(name, other) <= 1 + name.len() / 6;
        let nearest = all.iter().filter(close).min_by_key(|other| distance(name, other));
        let kind = name.split(['-', ':']).next().unwrap_or_default();
        let alike: Vec<&str> = all.iter().filter(|other| other.starts_with(kind) && !kind.is_empty()).map(String::as_str).take(5).collect();
        let suggestion = match (nearest, alike.is_empty()) {
            _ if self.group_ids.contains_key(name) => "no interface carries this security group".to_owned(),
            _ if self.names.contains_key(name) && !name.starts_with("vpc-link:") => NO_INTERFACE.to_owned(),
            _ if is_of_ecs(name) => "no running task of this name was read".to_owned(),
            (Some(nearest), _) => format!("is it {nearest}?"),
            (None, false) => format!("what was read begins with {}", alike.join(", ")),
            (None, true) => {
                "an end is an address, an interface, an instance, a security group, a load balancer, a task, vpc-link:ID or internet"
                    .to_owned()
            }
        };
        UnknownEnd { name: name.to_owned(), suggestion }
    }
}

/// With the network modes `bridge` and `host` a task shares its instance's interfaces:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html>.
const NO_INTERFACE: &str = "no interface of its own is running: it has stopped, or its network mode is bridge or host (then the end is the instance that it runs on)";

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, right) in b.chars().enumerate() {
            let changed = corner + usize::from(left != right);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.chars().count()]
}
