//! Whether the load balancer may open a connection to the targets of a group: the security groups at their interfaces.
//!
//! A rule that names the load balancer's group lets it in, whatever address it shows. Otherwise the address decides, and a Network Load
//! Balancer may hand on that of who called it: the VPC link. Left out on purpose: targets outside the VPC (zone `all`) and addresses that no
//! interface has. AWS was asked for them; no security group guards them.

use super::closed::Closed;
use super::door::{Door, Kind, Who};
use super::health::{subject, takes_part, traffic_port};
use super::visitor::{Shows, Visitor};
use crate::check::Outcome;
use crate::model::balancing::{LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::semantics::packets::{Admission, Direction, Peers, admission};
use ipnet::{IpNet, Ipv6Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;
use std::rc::Rc;

/// What a closed door explains more precisely: health checks that nobody answers, and what ECS makes of that.
pub(crate) const STOPPED_FOR_SILENCE: &[&str] = &[
    "hc-timeout",
    "hc-connect-refused",
    "tg-all-unhealthy",
    "service-flapping-health",
    "service-running-lt-desired",
    "deployment-failed",
    "grace-period-too-short",
    "tg-empty",
];

/// Which port the load balancer knocks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Knocks {
    /// The port that gets the requests.
    Traffic,
    /// The health check, where it has a port of its own or another source than the requests.
    HealthCheck,
    /// The same, while requests show another address: then the health check's own way matters on any port.
    HealthCheckApart,
}

/// Where what is known about the targets comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// The registered targets.
    Registered,
    /// Nobody takes part at the moment: the groups that the ECS service gives its next tasks.
    NextTasks,
    /// The same, because the registered targets could not be read.
    Unread,
}

/// What a door says to the load balancer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reply {
    In,
    Partly,
    Out,
}

/// Knocks at each door of each used target group that is the check's own; what is closed comes back, what is open is noted as fine.
pub(crate) fn closed<'a>(
    deployment: &'a Deployment,
    out: &mut Outcome,
    knocks: Knocks,
    own: impl Fn(&LoadBalancer, &TargetGroup) -> Result<Option<Shows>, Gap>,
) -> Vec<Closed<'a>> {
    let mut found = Vec::new();
    out.over(deployment.used_target_groups(), |out, (group, listener)| {
        if !matches!(group.target_type.as_str(), "ip" | "instance" | "alb")
            || (knocks == Knocks::HealthCheck && !group.health_check.enabled)
        {
            return Ok(());
        }
        let Some(balancer) = deployment.load_balancer(&listener.load_balancer_arn)? else { return Ok(()) };
        let apart = knocks == Knocks::HealthCheck && deployment.preserves_client_ip(balancer, group)?;
        let knocks = if apart { Knocks::HealthCheckApart } else { knocks };
        let Some(shows) = own(balancer, group)? else { return Ok(()) };
        let ipv6 = group.ip_address_type.as_deref() == Some("ipv6");
        let visitor = Visitor { balancer, listener, group, shows, ipv6 };
        let (known, doors) = doors(deployment, out, group, knocks)?;
        let mut by_guard: BTreeMap<&str, Closed<'a>> = BTreeMap::new();
        // A thousand tasks of one service have one kind of door: what it says depends on its groups and its port alone.
        let mut heard: BTreeMap<Kind<'_>, Result<Reply, Gap>> = BTreeMap::new();
        for door in doors {
            out.each(|out| {
                let kind = door.kind();
                if heard.get(&kind) == Some(&Ok(Reply::In)) {
                    return Ok(()); // said of the first of its kind
                }
                let reply = heard.entry(kind).or_insert_with(|| knock(deployment, visitor, &door)).clone()?;
                if reply == Reply::In {
                    out.fine(subject(group), format!("{} lets load balancer {} in on port {}", door.who, balancer.name, door.port));
                    return Ok(());
                }
                let guard = door.interfaces[0][0].as_str();
                let new = || Closed { group, visitor, known, guard: guard.to_owned(), doors: Vec::new(), partly: false };
                let closed = by_guard.entry(guard).or_insert_with(new);
                closed.partly |= reply == Reply::Partly;
                closed.doors.push(door);
                Ok(())
            });
        }
        found.extend(by_guard.into_values());
        Ok(())
    });
    found
}

fn doors<'a>(deployment: &'a Deployment, out: &mut Outcome, group: &'a TargetGroup, knocks: Knocks) -> Result<(Known, Vec<Door<'a>>), Gap> {
    match deployment.targets(&group.arn) {
        Ok(targets) if targets.iter().any(takes_part) => Ok((Known::Registered, of_targets(deployment, group, targets, knocks)?)),
        Ok(_) => Ok((Known::NextTasks, of_services(deployment, group, knocks)?)),
        Err(gap) => {
            out.gap(gap);
            Ok((Known::Unread, of_services(deployment, group, knocks)?))
        }
    }
}

fn of_targets<'a>(deployment: &'a Deployment, group: &TargetGroup, targets: &'a [Target], knocks: Knocks) -> Result<Vec<Door<'a>>, Gap> {
    if group.target_type == "alb" {
        return of_balancers(deployment, group, targets, knocks);
    }
    deployment.network_interfaces()?; // not read: nobody's door is known
    let mut known = deployment.per_kind(&group.arn);
    let doors = targets.iter().enumerate().filter_map(|(place, target)| {
        let (port, interfaces) = known.get(place, || behind(deployment, group, target, knocks))?;
        Some(Door { who: Who::Target(target), port, interfaces })
    });
    Ok(doors.collect())
}

/// The port of a target that is knocked at, and the groups of its interfaces; `None` where nobody knocks, or nothing is guarded.
fn behind<'a>(deployment: &'a Deployment, group: &TargetGroup, target: &Target, knocks: Knocks) -> Option<(u16, Rc<[&'a [String]]>)> {
    if !takes_part(target) || target.zone.as_deref() == Some("all") {
        return None;
    }
    let port = port(group, traffic_port(group, target)?, knocks)?;
    let its = deployment.interfaces_of(&target.id).ok()?;
    // An interface without groups, a load balancer's own for instance, lets everything in.
    let guarded: Rc<[&[String]]> = its.into_iter().map(|nic| nic.group_ids.as_slice()).filter(|groups| !groups.is_empty()).collect();
    (!guarded.is_empty()).then_some((port, guarded))
}

/// Application Load Balancers in the group of a Network Load Balancer.
fn of_balancers<'a>(deployment: &'a Deployment, group: &TargetGroup, targets: &'a [Target], knocks: Knocks) -> Result<Vec<Door<'a>>, Gap> {
    let mut doors = Vec::new();
    for target in targets.iter().filter(|target| takes_part(target)) {
        let port = traffic_port(group, target).and_then(|traffic| port(group, traffic, knocks));
        if let (Some(port), Some(inner)) = (port, deployment.load_balancer(&target.id)?.filter(|lb| !lb.security_group_ids.is_empty())) {
            doors.push(Door { who: Who::Balancer(target, inner), port, interfaces: Rc::new([&inner.security_group_ids]) });
        }
    }
    Ok(doors)
}

/// The groups that a service gives its tasks; only tasks in `awsvpc` mode have some of their own.
fn of_services<'a>(deployment: &'a Deployment, group: &TargetGroup, knocks: Knocks) -> Result<Vec<Door<'a>>, Gap> {
    let mut doors = Vec::new();
    if group.target_type != "ip" {
        return Ok(doors); // instances are not configured in the service: only their registration shows them
    }
    for service in deployment.services_of(&group.arn)? {
        match (service.subnet_ids.is_empty(), service.security_group_ids.is_empty()) {
            (true, true) => continue, // tasks without an interface of their own
            (false, true) => {
                let what = format!("service {} names no security group, so its tasks get the VPC's default one", service.name);
                return Err(Gap::undecided(Part::SecurityGroups, what));
            }
            (_, false) => {}
        }
        let here = service.load_balancers.iter().filter(|entry| entry.target_group_arn.as_deref() == Some(&group.arn));
        for port in here.filter_map(|entry| port(group, entry.container_port?, knocks)) {
            doors.push(Door { who: Who::NextTask(service), port, interfaces: Rc::new([&service.security_group_ids]) });
        }
    }
    Ok(doors)
}

fn port(group: &TargetGroup, traffic: u16, knocks: Knocks) -> Option<u16> {
    match knocks {
        Knocks::Traffic => Some(traffic),
        Knocks::HealthCheck => group.health_check.fixed_port().filter(|port| *port != traffic),
        Knocks::HealthCheckApart => Some(group.health_check.fixed_port().unwrap_or(traffic)),
    }
}

/// What a door says to a visitor.
fn knock(deployment: &Deployment, visitor: Visitor<'_>, door: &Door<'_>) -> Result<Reply, Gap> {
    let replies: Result<BTreeSet<Reply>, Gap> = door.interfaces.iter().map(|ids| reply(deployment, visitor, ids, door.port)).collect();
    match replies?.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => Ok(*only),
        _ => {
            let what = format!("{} has several interfaces, and which one gets the requests is not among the facts", door.who);
            Err(Gap::undecided(Part::NetworkInterfaces, what))
        }
    }
}

/// Whether a visitor that shows another address would get in at all doors.
pub(super) fn let_in(deployment: &Deployment, visitor: Visitor<'_>, doors: &[Door<'_>]) -> bool {
    let kinds: BTreeMap<Kind<'_>, &Door<'_>> = doors.iter().map(|door| (door.kind(), door)).collect();
    kinds.into_values().all(|door| knock(deployment, visitor, door) == Ok(Reply::In))
}

fn reply(deployment: &Deployment, visitor: Visitor<'_>, ids: &[String], port: u16) -> Result<Reply, Gap> {
    let groups = deployment.groups(ids)?;
    let peer_groups: BTreeSet<String> = visitor.balancer.security_group_ids.iter().cloned().collect();
    let ask = |blocks: &[IpNet]| admission(&groups, Direction::Ingress, port, &Peers { blocks, groups: &peer_groups });
    // Addresses only matter where no rule names the load balancer's groups. Without any, all of IPv4 is asked about.
    let whole: &[IpNet] = if visitor.ipv6 { &[IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0))] } else { &[] };
    let answer = match ask(whole) {
        Admission::Undecided { .. } | Admission::Some { .. } => {
            let (known, missing) = visitor.sources(deployment)?;
            match (ask(&known), missing) {
                (Admission::All { .. }, Some(gap)) => return Err(gap), // somebody else may not get in
                (decided, _) => decided,
            }
        }
        decided @ (Admission::All { .. } | Admission::None) => decided,
    };
    match answer {
        Admission::All { .. } => Ok(Reply::In),
        Admission::Some { .. } | Admission::None if groups.len() < ids.len() => {
            Err(Gap::undecided(Part::SecurityGroups, format!("not all of the security groups {} were found", ids.join(", "))))
        }
        Admission::Some { .. } => Ok(Reply::Partly),
        Admission::None => Ok(Reply::Out),
        Admission::Undecided { prefix_lists } => {
            Err(Gap::undecided(Part::PrefixLists, format!("the contents of prefix list {} were not read", prefix_lists.join(", "))))
        }
    }
}
