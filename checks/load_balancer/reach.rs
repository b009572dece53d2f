//! What stands at the other end of a load balancer's connections, as the rules of its security groups see it.

use crate::model::balancing::{Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{NetworkInterface, SecurityGroup};
use crate::model::part::Part;
use crate::model::walks::of_family;
use crate::semantics::packets::{Admission, Direction, Peers, admission, admits_all};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A target whose interface is not known is judged by its address alone.
pub(super) fn reaches(from: &[&SecurityGroup], place: &Place, port: u16) -> Result<bool, Gap> {
    let peers = Peers { blocks: &place.blocks, groups: &place.groups };
    if admits_all(from, Direction::Egress, port, &peers) {
        return Ok(true);
    }
    let named = from.iter().any(|group| group.egress.iter().any(|rule| !rule.groups.is_empty()));
    match (admission(from, Direction::Egress, port, &peers), place.missing.clone()) {
        (Admission::All { .. }, _) => Ok(true),
        (Admission::Undecided { prefix_lists }, None) => {
            Err(Gap::undecided(Part::PrefixLists, format!("the contents of prefix list {} were not read", prefix_lists.join(", "))))
        }
        (Admission::Undecided { .. }, Some(gap)) => Err(gap),
        (Admission::None | Admission::Some { .. }, Some(gap)) if named => Err(gap),
        (Admission::None | Admission::Some { .. }, _) => Ok(false),
    }
}

/// The same for whoever is at one of these addresses and has these groups: `None` where one is reached and another one may not be.
pub(super) fn reaches_alike(from: &[&SecurityGroup], blocks: &[IpNet], groups: &BTreeSet<String>, port: u16) -> Option<bool> {
    match admission(from, Direction::Egress, port, &Peers { blocks, groups }) {
        Admission::All { .. } => Some(true),
        Admission::None => Some(false),
        Admission::Some { .. } | Admission::Undecided { .. } => None,
    }
}

/// Where ECS puts the next tasks of a group, and the ports it registers; only tasks with addresses of their own are configured so.
pub(super) fn next_tasks(deployment: &Deployment, group: &TargetGroup) -> Result<Vec<(Place, u16)>, Gap> {
    let mut found = Vec::new();
    let ipv6 = group.ip_address_type.as_deref() == Some("ipv6");
    for service in deployment.services_of(&group.arn)?.into_iter().filter(|service| !service.security_group_ids.is_empty()) {
        let subnets = deployment.subnets();
        let blocks = subnets.as_ref().map_or_else(
            |_| Vec::new(),
            |all| of_family(service.subnet_ids.iter().filter_map(|id| all.get(id)).flat_map(|subnet| subnet.cidrs.clone()), ipv6).collect(),
        );
        let place = Place { groups: service.security_group_ids.iter().cloned().collect(), blocks, missing: subnets.err() };
        let entries = service.load_balancers.iter().filter(|entry| entry.target_group_arn.as_ref() == Some(&group.arn));
        found.extend(entries.filter_map(|entry| Some((place.clone(), entry.container_port?))));
    }
    Ok(found)
}

/// Where a target is, as rules see it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) groups: BTreeSet<String>,
    blocks: Vec<IpNet>,
    /// Why the groups, or the addresses, are not known.
    missing: Option<Gap>,
}

impl Place {
    /// All addresses that these blocks have of the same family; `None` where this place is not wholly known.
    pub(super) fn widened(&self, blocks: &[IpNet]) -> Option<Vec<IpNet>> {
        let ipv6 = self.blocks.iter().any(|block| matches!(block, IpNet::V6(_)));
        let wide: Vec<IpNet> = of_family(blocks.iter().copied(), ipv6).collect();
        (self.missing.is_none() && !self.blocks.is_empty() && !wide.is_empty()).then_some(wide)
    }
}

pub(super) fn place(deployment: &Deployment, group: &TargetGroup, target: &Target) -> Result<Place, Gap> {
    // An Application Load Balancer in the group of a Network Load Balancer is known by its ARN.
    if target.id.starts_with("arn:") {
        let inner = deployment.load_balancer(&target.id)?;
        let gone = || Gap::undecided(Part::LoadBalancers, format!("AWS does not find load balancer {}", target.id));
        let inner = inner.ok_or_else(gone)?;
        let blocks = deployment.load_balancer_sources(inner);
        let groups = inner.security_group_ids.iter().cloned().collect();
        return Ok(Place { groups, missing: blocks.as_ref().err().cloned(), blocks: blocks.unwrap_or_default() });
    }
    let interface = interface_of(deployment, target);
    let groups = interface.iter().flat_map(|nic| nic.group_ids.iter().cloned()).collect();
    let ipv6 = group.ip_address_type.as_deref() == Some("ipv6");
    let blocks: Vec<IpNet> = match (target.id.parse::<IpAddr>(), &interface) {
        (Ok(address), _) => vec![address.into()],
        (Err(_), Ok(nic)) => of_family(nic.addresses.iter().map(|address| IpNet::from(*address)), ipv6).collect(),
        (Err(_), Err(_)) => Vec::new(),
    };
    Ok(Place { groups, blocks, missing: interface.err() })
}

/// The interface of a target: that with its address, or the only one of its instance.
fn interface_of<'a>(deployment: &'a Deployment, target: &Target) -> Result<&'a NetworkInterface, Gap> {
    match deployment.interfaces_of(&target.id)?.as_slice() {
        [only] => Ok(only),
        _ => Err(Gap::undecided(Part::NetworkInterfaces, format!("the interface of target {} was not found", target.id))),
    }
}
