//! Targets that differ in their address alone.
//!
//! A target group may hold a thousand targets, and a thousand tasks of one service are of one or two kinds. What decides by the kind is
//! worked out for the first of it ([`PerKind`]); what decides by the address can often be told of the whole subnet that all of a kind
//! live in ([`Deployment::home_of`]).

use super::balancing::{Target, TargetGroup};
use super::deployment::Deployment;
use super::facts::Facts;
use super::network::Subnet;
use super::occupants::Occupants;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// All that the network, and a load balancer, may tell targets of one group by, but for their names and addresses.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Traits<'a> {
    port: Option<u16>,
    zone: Option<&'a str>,
    state: &'a str,
    /// The subnet that holds the address, or all addresses of the interfaces.
    home: Option<&'a str>,
    /// The families of the addresses: IPv4, IPv6.
    families: (bool, bool),
    /// Subnet and security groups of each interface.
    interfaces: Vec<(&'a str, &'a [String])>,
}

/// The kinds of the targets of one group.
#[derive(Debug, Default)]
struct Kinds {
    /// The number of the kind of each target, in the order in which AWS lists them.
    of: Vec<usize>,
    /// The subnet that holds all targets of a kind, where one does.
    homes: Vec<Option<String>>,
}

/// The kinds of the registered targets, by the ARNs of their groups.
#[derive(Debug, Default)]
pub(super) struct AllKinds(BTreeMap<String, Kinds>);

impl AllKinds {
    pub(super) fn of(facts: &Facts, occupants: &Occupants) -> AllKinds {
        let kinds = facts.target_health.iter().filter_map(|(arn, targets)| {
            let group = facts.target_groups.get(arn)?.value()?.as_ref()?;
            Some((arn.clone(), Kinds::of(facts, occupants, group, targets.value()?)))
        });
        AllKinds(kinds.collect())
    }
}

impl Kinds {
    fn of(facts: &Facts, occupants: &Occupants, group: &TargetGroup, targets: &[Target]) -> Kinds {
        let mut numbers: BTreeMap<Traits<'_>, usize> = BTreeMap::new();
        let mut kinds = Kinds::default();
        for target in targets {
            let traits = Traits::of(facts, occupants, group, target);
            let next = kinds.homes.len();
            if let Some(number) = numbers.get(&traits) {
                kinds.of.push(*number);
            } else {
                kinds.homes.push(traits.home.map(str::to_owned));
                kinds.of.push(next);
                numbers.insert(traits, next);
            }
        }
        kinds
    }
}

impl<'a> Traits<'a> {
    fn of(facts: &'a Facts, occupants: &Occupants, group: &TargetGroup, target: &'a Target) -> Traits<'a> {
        let all = facts.network_interfaces.value();
        let ids = occupants.named(&target.id).iter();
        let interfaces: Vec<_> = ids.filter_map(|id| all?.get(id)).collect();
        let own: Option<IpAddr> = target.id.parse().ok();
        // An address is its own; those of an instance are at its interfaces.
        let addresses = || own.into_iter().chain(interfaces.iter().filter(|_| own.is_none()).flat_map(|nic| nic.addresses.iter().copied()));
        let holds = |subnet: &&Subnet| {
            Some(&subnet.vpc_id) == group.vpc_id.as_ref()
                && addresses().next().is_some()
                && addresses().all(|address| subnet.cidrs.iter().any(|own| own.contains(&address)))
        };
        Traits {
            port: target.port,
            zone: target.zone.as_deref(),
            state: &target.state,
            home: facts.subnets.value().and_then(|subnets| subnets.values().find(holds)).map(|subnet| subnet.id.as_str()),
            families: (addresses().any(|address| address.is_ipv4()), addresses().any(|address| address.is_ipv6())),
            interfaces: interfaces.iter().map(|nic| (nic.subnet_id.as_str(), nic.group_ids.as_slice())).collect(),
        }
    }
}

/// Answers that are the same for all targets of a kind, each worked out once.
pub(crate) struct PerKind<'a, T> {
    kinds: Option<&'a Kinds>,
    answers: Vec<Option<T>>,
}

impl<T: Clone> PerKind<'_, T> {
    /// The answer for the target at this place of the list: that of its kind, else worked out now.
    pub(crate) fn get(&mut self, place: usize, work_out: impl FnOnce() -> T) -> T {
        match self.kinds.and_then(|kinds| kinds.of.get(place)).and_then(|kind| self.answers.get_mut(*kind)) {
            Some(answer) => answer.get_or_insert_with(work_out).clone(),
            None => work_out(),
        }
    }
}

impl Deployment {
    /// Room for one answer per kind of the targets of a group.
    pub(crate) fn per_kind<T>(&self, target_group_arn: &str) -> PerKind<'_, T> {
        let kinds = self.kinds().0.get(target_group_arn);
        let answers = kinds.map_or(0, |kinds| kinds.homes.len());
        PerKind { kinds, answers: (0..answers).map(|_| None).collect() }
    }

    /// The blocks of the subnet that holds the target at this place of the list, and with it all targets of its kind: what is true of each
    /// address there is true of them. Empty where no subnet is known to.
    pub(crate) fn home_of(&self, target_group_arn: &str, place: usize) -> &[IpNet] {
        let kinds = self.kinds().0.get(target_group_arn);
        let home = kinds.and_then(|kinds| kinds.homes.get(*kinds.of.get(place)?)?.as_ref());
        let subnet = home.and_then(|id| self.subnets().ok()?.get(id));
        subnet.map_or(&[], |subnet| subnet.cidrs.as_slice())
    }
}
