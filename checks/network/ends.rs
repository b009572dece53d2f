//! Where connections begin and end: the subnets of VPC links, load balancers and targets, and their addresses in them.
//!
//! Addresses of interfaces where those were found. Elsewhere the whole block of the subnet, and then only what is true of every address of
//! the block is known ([`End::exact`]).

use crate::check::Outcome;
use crate::model::balancing::{LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::network::{NetworkInterface, Subnet};
use crate::model::part::Part;
use crate::semantics::targets::takes_part;
use crate::target_group::health::{address, traffic_port};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What one side has in one subnet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    pub(super) subnet_id: String,
    pub(super) blocks: Vec<IpNet>,
    /// False: the blocks are the subnet's, and which addresses in them are meant is not known.
    pub(super) exact: bool,
}

/// IPv4 or IPv6.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    fn has(self, block: &IpNet) -> bool {
        matches!((self, block), (Family::V4, IpNet::V4(_)) | (Family::V6, IpNet::V6(_)))
    }
}

/// The ends of a VPC link: HTTP APIs reach their VPC over IPv4.
pub(super) fn of_link(deployment: &Deployment, link: &VpcLink) -> Result<Vec<End>, Gap> {
    let interfaces = deployment.link_interfaces(link).unwrap_or_default();
    of_interfaces_or_subnets(deployment, interfaces, link.subnet_ids.iter(), Family::V4)
}

/// The ends of a load balancer: its nodes.
pub(super) fn of_balancer(deployment: &Deployment, lb: &LoadBalancer, family: Family) -> Result<Vec<End>, Gap> {
    let interfaces = deployment.load_balancer_interfaces(lb).unwrap_or_default();
    of_interfaces_or_subnets(deployment, interfaces, lb.zones.iter().map(|zone| &zone.subnet_id), family)
}

fn of_interfaces_or_subnets<'a>(
    deployment: &Deployment,
    interfaces: Vec<&NetworkInterface>,
    subnet_ids: impl Iterator<Item = &'a String>,
    family: Family,
) -> Result<Vec<End>, Gap> {
    let mut by_subnet: BTreeMap<String, Vec<IpNet>> = BTreeMap::new();
    for nic in interfaces {
        let addresses = nic.addresses.iter().map(|address| IpNet::from(*address)).filter(|block| family.has(block));
        by_subnet.entry(nic.subnet_id.clone()).or_default().extend(addresses);
    }
    by_subnet.retain(|_, blocks| !blocks.is_empty());
    if !by_subnet.is_empty() {
        return Ok(by_subnet.into_iter().map(|(subnet_id, blocks)| End { subnet_id, blocks, exact: true }).collect());
    }
    subnet_ids.map(|id| of_subnet(deployment, id, family)).collect()
}

pub(super) fn of_subnet(deployment: &Deployment, id: &str, family: Family) -> Result<End, Gap> {
    let found = deployment.subnets()?.get(id);
    let blocks: Vec<IpNet> = found.into_iter().flat_map(|subnet| blocks_of(subnet, family)).collect();
    if blocks.is_empty() {
        return Err(Gap::undecided(Part::Subnets, format!("the address block of subnet {id} is not known")));
    }
    Ok(End { subnet_id: id.to_owned(), blocks, exact: false })
}

fn blocks_of(subnet: &Subnet, family: Family) -> impl Iterator<Item = IpNet> {
    subnet.cidrs.iter().copied().filter(move |block| family.has(block))
}

/// What an entry has to name so that it holds tomorrow, too: the block of the subnet, since nodes and tasks change their addresses.
pub(super) fn lasting(deployment: &Deployment, end: &End) -> Vec<IpNet> {
    let family = if end.blocks.iter().any(|block| matches!(block, IpNet::V6(_))) { Family::V6 } else { Family::V4 };
    let subnet = deployment.subnets().ok().and_then(|all| all.get(&end.subnet_id));
    let blocks: Vec<IpNet> = subnet.into_iter().flat_map(|subnet| blocks_of(subnet, family)).collect();
    if blocks.is_empty() { end.blocks.clone() } else { blocks }
}

/// Where the ends of the targets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The registered targets.
    Registered,
    /// Nobody takes part at the moment: the subnets that the ECS service puts its next tasks in.
    NextTasks,
    /// The same, because the registered targets could not be read.
    Unread,
}

/// A target, or the tasks of a service in one subnet.
#[derive(Debug)]
pub(super) struct Goal<'a> {
    pub(super) target: Option<&'a Target>,
    pub(super) who: String,
    pub(super) end: End,
    pub(super) port: u16,
}

/// The targets of a group. Those outside the VPC (zone `all`) have no network ACL here.
pub(super) fn of_targets<'a>(deployment: &'a Deployment, out: &mut Outcome, group: &TargetGroup) -> Result<(Known, Vec<Goal<'a>>), Gap> {
    match deployment.targets(&group.arn) {
        Ok(targets) if targets.iter().any(takes_part) => {
            let inside = targets.iter().filter(|target| takes_part(target) && target.zone.as_deref() != Some("all"));
            let mut goals = Vec::new();
            for target in inside {
                let Some(port) = traffic_port(group, target) else { continue };
                out.each(|_| {
                    let end = end_of(deployment, group, target)?;
                    goals.extend(end.map(|end| Goal { target: Some(target), who: format!("target {}", address(target)), end, port }));
                    Ok(())
                });
            }
            Ok((Known::Registered, goals))
        }
        Ok(_) => Ok((Known::NextTasks, of_services(deployment, group)?)),
        Err(gap) => {
            out.gap(gap);
            Ok((Known::Unread, of_services(deployment, group)?))
        }
    }
}

/// `None`: an address that lies in no subnet of the VPC.
fn end_of(deployment: &Deployment, group: &TargetGroup, target: &Target) -> Result<Option<End>, Gap> {
    if let Ok(address) = target.id.parse::<IpAddr>() {
        let block = IpNet::from(address);
        let here = |subnet: &&Subnet| Some(&subnet.vpc_id) == group.vpc_id.as_ref() && subnet.cidrs.iter().any(|own| own.contains(&block));
        let subnet = deployment.subnets()?.values().find(here);
        return Ok(subnet.map(|subnet| End { subnet_id: subnet.id.clone(), blocks: vec![block], exact: true }));
    }
    let interfaces = deployment.interfaces_of(&target.id)?;
    let only = match interfaces.as_slice() {
        [] => return Ok(None), // AWS was asked for the interfaces of this VPC: the instance has none here
        [only] => only,
        _ => {
            let what = format!("which interface of instance {} gets the requests is not known", target.id);
            return Err(Gap::undecided(Part::NetworkInterfaces, what));
        }
    };
    let blocks: Vec<IpNet> = only.addresses.iter().map(|address| IpNet::from(*address)).filter(|block| Family::V4.has(block)).collect();
    Ok((!blocks.is_empty()).then(|| End { subnet_id: only.subnet_id.clone(), blocks, exact: true }))
}

/// The subnets of tasks in `awsvpc` mode; others live on instances, which only their registration shows.
fn of_services<'a>(deployment: &Deployment, group: &TargetGroup) -> Result<Vec<Goal<'a>>, Gap> {
    let mut goals = Vec::new();
    if group.target_type != "ip" {
        return Ok(goals);
    }
    let family = if group.ip_address_type.as_deref() == Some("ipv6") { Family::V6 } else { Family::V4 };
    for service in deployment.services_of(&group.arn)? {
        let here = service.load_balancers.iter().find(|entry| entry.target_group_arn.as_deref() == Some(&group.arn));
        let Some(port) = here.and_then(|entry| entry.container_port) else { continue };
        for id in &service.subnet_ids {
            let who = format!("a task of service {} in {id}", service.name);
            goals.push(Goal { target: None, who, end: of_subnet(deployment, id, family)?, port });
        }
    }
    Ok(goals)
}
