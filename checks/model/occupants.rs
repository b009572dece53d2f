//! Who stands behind a target: the network interfaces by what a target group may call them, an address or an instance.
//!
//! Many checks ask this of each target, and a target group may hold a thousand: the names are looked up, not searched for.

use super::deployment::Deployment;
use super::facts::Facts;
use super::fetched::Gap;
use super::network::NetworkInterface;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The ids of interfaces by address and by instance.
#[derive(Debug, Default)]
pub(super) struct Occupants {
    at: BTreeMap<IpAddr, Vec<String>>,
    of_instance: BTreeMap<String, Vec<String>>,
}

impl Occupants {
    pub(super) fn of(facts: &Facts) -> Occupants {
        let mut occupants = Occupants::default();
        for nic in facts.network_interfaces.value().into_iter().flat_map(BTreeMap::values) {
            for address in &nic.addresses {
                occupants.at.entry(*address).or_default().push(nic.id.clone());
            }
            if let Some(instance) = &nic.instance_id {
                occupants.of_instance.entry(instance.clone()).or_default().push(nic.id.clone());
            }
        }
        occupants
    }

    /// The ids of the interfaces of that name, in their order.
    pub(super) fn named(&self, address_or_instance: &str) -> &[String] {
        let ids = match address_or_instance.parse::<IpAddr>() {
            Ok(address) => self.at.get(&address),
            Err(_) => self.of_instance.get(address_or_instance),
        };
        ids.map_or(&[], Vec::as_slice)
    }
}

impl Deployment {
    /// The interfaces that have an address, or that belong to an instance, in the order of their ids.
    pub fn interfaces_of(&self, address_or_instance: &str) -> Result<Vec<&NetworkInterface>, Gap> {
        let all = self.network_interfaces()?;
        Ok(self.occupants().named(address_or_instance).iter().filter_map(|id| all.get(id)).collect())
    }
}
