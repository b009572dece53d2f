//! Who stands behind a target: the network interfaces by what a target group may call them, an address or an instance.
//!
//! Many checks ask this of each target, and a target group may hold a thousand: the names are looked up, not searched for.

use super::deployment::Deployment;
use super::facts::Facts;
use super::fetched::Gap;
use super::network::NetworkInterface;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The ids of interfaces by address (as Rust writes it) and by instance.
#[derive(Debug, Default)]
pub(super) struct Occupants(BTreeMap<String, Vec<String>>);

impl Occupants {
    pub(super) fn of(facts: &Facts) -> Occupants {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for nic in facts.network_interfaces.value().into_iter().flat_map(BTreeMap::values) {
            let addresses = nic.addresses.iter().map(IpAddr::to_string);
            for name in addresses.chain(nic.instance_id.clone()) {
                names.entry(name).or_default().push(nic.id.clone());
            }
        }
        Occupants(names)
    }
}

impl Deployment {
    /// The interfaces that have an address, or that belong to an instance, in the order of their ids.
    pub fn interfaces_of(&self, address_or_instance: &str) -> Result<Vec<&NetworkInterface>, Gap> {
        let all = self.network_interfaces()?;
        let names = &self.occupants().0;
        // The same IPv6 address can be written in several ways.
        let rewritten = || names.get(&address_or_instance.parse::<IpAddr>().ok()?.to_string());
        let ids = names.get(address_or_instance).or_else(rewritten).map_or(&[][..], Vec::as_slice);
        Ok(ids.iter().filter_map(|id| all.get(id)).collect())
    }
}
