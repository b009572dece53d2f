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
use crate::model::service::Service;
use crate::semantics::targets::takes_part;
use crate::target_group::health::{address, traffic_port};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// What one side has in one subnet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End<'a> {
    pub(super) subnet_id: &'a str,
    pub(super) blocks: Vec<IpNet>,
    /// False: the blocks are the subnet's, and which addresses in them are meant is not known.
    pub(super) exact: bool,
}

impl End<'_> {
    pub(super) fn family(&self) -> Family {
        if self.blocks.iter().any(|block| Family::V6.has(block)) { Family::V6 } else { Family::V4 }
    }
}

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
pub(super) fn of_link<'a>(deployment: &'a Deployment, link: &'a VpcLink) -> Result<Vec<End<'a>>, Gap> {
    let interfaces = deployment.link_interfaces(link).unwrap_or_default();
    of_interfaces_or_subnets(deployment, interfaces, link.subnet_ids.iter(), Family::V4)
}

/// The ends of a load balancer: its nodes.
pub(super) fn of_balancer<'a>(deployment: &'a Deployment, lb: &'a LoadBalancer, family: Family) -> Result<Vec<End<'a>>, Gap> {
    let interfaces = deployment.load_balancer_interfaces(lb).unwrap_or_default();
    of_interfaces_or_subnets(deployment, interfaces, lb.zones.iter().map(|zone| &zone.subnet_id), family)
}

fn of_interfaces_or_subnets<'a>(
    deployment: &Deployment,
    interfaces: Vec<&'a NetworkInterface>,
    subnet_ids: impl Iterator<Item = &'a String>,
    family: Family,
) -> Result<Vec<End<'a>>, Gap> {
    let mut by_subnet: BTreeMap<&str, Vec<IpNet>> = BTreeMap::new();
    for nic in interfaces {
        let addresses = nic.addresses.iter().map(|address| IpNet::from(*address)).filter(|block| family.has(block));
        by_subnet.entry(&nic.subnet_id).or_default().extend(addresses);
    }
    by_subnet.retain(|_, blocks| !blocks.is_empty());
    if !by_subnet.is_empty() {
        return Ok(by_subnet.into_iter().map(|(subnet_id, blocks)| End { subnet_id, blocks, exact: true }).collect());
    }
    subnet_ids.map(|id| of_subnet(deployment, id, family)).collect()
}

pub(super) fn of_subnet<'a>(deployment: &Deployment, id: &'a str, family: Family) -> Result<End<'a>, Gap> {
    let found = deployment.subnets()?.get(id);
    let blocks: Vec<IpNet> = found.into_iter().flat_map(|subnet| blocks_of(subnet, family)).collect();
    if blocks.is_empty() {
        return Err(Gap::undecided(Part::Subnets, format!("the address block of subnet {id} is not known")));
    }
    Ok(End { subnet_id: id, blocks, exact: false })
}

fn blocks_of(subnet: &Subnet, family: Family) -> impl Iterator<Item = IpNet> {
    subnet.cidrs.iter().copied().filter(move |block| family.has(block))
}

/// What an entry has to name so that it holds tomorrow, too: the block of the subnet, since nodes and tasks change their addresses.
pub(super) fn lasting(deployment: &Deployment, end: &End<'_>) -> Vec<IpNet> {
    let subnet = deployment.subnets().ok().and_then(|all| all.get(end.subnet_id));
    let blocks: Vec<IpNet> = subnet.into_iter().flat_map(|subnet| blocks_of(subnet, end.family())).collect();
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
    pub(super) who: Who<'a>,
    pub(super) end: End<'a>,
    pub(super) port: u16,
}

/// Who a goal is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who<'a> {
    Target(&'a Target),
    /// A node of the Application Load Balancer that is registered, in this subnet.
    Node(&'a Target, &'a LoadBalancer, &'a str),
    /// The next tasks of a service, in this subnet.
    NextTasks(&'a Service, &'a str),
}

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Target(target) => write!(f, "target {}", address(target)),
            Who::Node(_, inner, subnet_id) => write!(f, "load balancer {} in {subnet_id}", inner.name),
            Who::NextTasks(service, subnet_id) => write!(f, "a task of service {} in {subnet_id}", service.name),
        }
    }
}

/// The targets of a group. Those outside the VPC (zone `all`) have no network ACL here.
pub(super) fn of_targets<'a>(deployment: &'a Deployment, out: &mut Outcome, group: &TargetGroup) -> Result<(Known, Vec<Goal<'a>>), Gap> {
    match deployment.targets(&group.arn) {
        Ok(targets) if targets.iter().any(takes_part) && group.target_type == "alb" => {
            Ok((Known::Registered, of_nodes(deployment, out, group, targets)))
        }
        Ok(targets) if targets.iter().any(takes_part) => {
            let inside = |target: &Target| takes_part(target) && target.zone.as_deref() != Some("all");
            let mut goals = Vec::new();
            let mut subnets = deployment.per_kind(&group.arn);
            for (place, target) in targets.iter().enumerate().filter(|(_, target)| inside(target)) {
                let Some(port) = traffic_port(group, target) else { continue };
                out.each(|_| {
                    let end = match target.id.parse::<IpAddr>() {
                        Ok(address) => subnets.get(place, || subnet_of(deployment, group, address))?.map(|id| at(id, vec![address.into()])),
                        Err(_) => end_of_instance(deployment, target)?,
                    };
                    goals.extend(end.map(|end| Goal { who: Who::Target(target), end, port }));
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

/// The nodes of the Application Load Balancers in a group: one in each subnet.
fn of_nodes<'a>(deployment: &'a Deployment, out: &mut Outcome, group: &TargetGroup, targets: &'a [Target]) -> Vec<Goal<'a>> {
    let mut goals = Vec::new();
    for target in targets.iter().filter(|target| takes_part(target)) {
        let Some(port) = traffic_port(group, target) else { continue };
        out.each(|_| {
            let gone = || Gap::undecided(Part::LoadBalancers, format!("AWS does not find load balancer {}", target.id));
            let inner = deployment.load_balancer(&target.id)?.ok_or_else(gone)?;
            let ends = of_balancer(deployment, inner, Family::V4)?;
            goals.extend(ends.into_iter().map(|end| Goal { who: Who::Node(target, inner, end.subnet_id), end, port }));
            Ok(())
        });
    }
    goals
}

fn at(subnet_id: &str, blocks: Vec<IpNet>) -> End<'_> {
    End { subnet_id, blocks, exact: true }
}

/// `None`: an address that lies in no subnet of the VPC.
fn subnet_of<'a>(deployment: &'a Deployment, group: &TargetGroup, address: IpAddr) -> Result<Option<&'a str>, Gap> {
    let here = |subnet: &&Subnet| Some(&subnet.vpc_id) == group.vpc_id.as_ref() && subnet.cidrs.iter().any(|own| own.contains(&address));
    Ok(deployment.subnets()?.values().find(here).map(|subnet| subnet.id.as_str()))
}

/// `None`: an instance that has no interface in the VPC.
fn end_of_instance<'a>(deployment: &'a Deployment, target: &Target) -> Result<Option<End<'a>>, Gap> {
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
    Ok((!blocks.is_empty()).then(|| at(&only.subnet_id, blocks)))
}

/// The subnets of tasks in `awsvpc` mode; others live on instances, which only their registration shows.
fn of_services<'a>(deployment: &'a Deployment, group: &TargetGroup) -> Result<Vec<Goal<'a>>, Gap> {
    let mut goals = Vec::new();
    if group.target_type != "ip" {
        return Ok(goals);
    }
    let family = if group.ip_address_type.as_deref() == Some("ipv6") { Family::V6 } else { Family::V4 };
    for service in deployment.services_of(&group.arn)? {
        let here = service.load_balancers.iter().find(|entry| entry.target_group_arn.as_deref() == Some(&group.arn));
        let Some(port) = here.and_then(|entry| entry.container_port) else { continue };
        for id in &service.subnet_ids {
            goals.push(Goal { who: Who::NextTasks(service, id), end: of_subnet(deployment, id, family)?, port });
        }
    }
    Ok(goals)
}
