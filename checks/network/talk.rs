//! Which network ACLs the packets between a load balancer and its targets meet, and whose addresses these see.
//!
//! AWS lists what they have to let pass
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html#network-acls>): where the load balancer
//! keeps the client's address, the ACL of the targets' subnet sees that one, there and back. Requests and answers pass by the node all the
//! same, so the ACL of the node's subnet sees the target. Health checks come from the nodes in any case. `reach` says the same.

use super::ends::{End, Family, of_balancer, of_link};
use super::entries::EPHEMERAL;
use super::kept_back::Way;
use crate::check::Outcome;
use crate::load_balancer::zones::crosses;
use crate::model::balancing::{LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;

/// A load balancer and one of its target groups.
pub(super) struct Talk<'a> {
    deployment: &'a Deployment,
    way: Way,
    group: &'a TargetGroup,
    balancer: &'a LoadBalancer,
    pub(super) nodes: Vec<End<'a>>,
    /// Whose addresses the targets see; `None`: those of the nodes.
    pub(super) callers: Option<Callers<'a>>,
    /// Whether a node sends to targets of other zones.
    crosses: Result<bool, Gap>,
}

/// The interfaces of the VPC links that call a load balancer.
pub(super) struct Callers<'a> {
    /// The link, and what it has in one subnet.
    pub(super) ends: Vec<(&'a str, End<'a>)>,
    /// False: some are not known.
    pub(super) all: bool,
}

/// What a step carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Carries {
    /// Requests, or their answers.
    Requests,
    /// Those of one caller, by its place.
    RequestsOf(usize),
    /// Health checks only: that stops no request.
    HealthChecks,
}

/// One step of the way: an ACL at one end, and what it is asked to let pass.
pub(super) struct Step<'s> {
    pub(super) at: &'s str,
    pub(super) egress: bool,
    pub(super) peer: &'s End<'s>,
    pub(super) ports: (u16, u16),
    pub(super) carries: Carries,
}

impl<'a> Talk<'a> {
    pub(super) fn new(
        deployment: &'a Deployment,
        out: &mut Outcome,
        way: Way,
        (balancer, group): (&'a LoadBalancer, &'a TargetGroup),
        family: Family,
    ) -> Result<Talk<'a>, Gap> {
        // VPC links call over IPv4; between families the node shows its own address.
        let keeps = family == Family::V4 && deployment.preserves_client_ip(balancer, group)?;
        let callers = keeps.then(|| callers(deployment, out, group));
        let nodes = of_balancer(deployment, balancer, family)?;
        Ok(Talk { deployment, way, group, balancer, nodes, callers, crosses: crosses(deployment, balancer, group) })
    }

    /// How many see to it that a way between a node and a target is used.
    pub(super) fn ways(&self) -> usize {
        self.callers.as_ref().map_or(1, |callers| callers.ends.len().max(1))
    }

    /// Whether a node sends requests to targets in a subnet. Whether it checks their health while it does not is not documented, and
    /// nothing is said about it.
    pub(super) fn serves(&self, node: &End<'_>, target: &End<'_>) -> Result<bool, Gap> {
        match (self.zone(node.subnet_id), self.zone(target.subnet_id)) {
            (Some(one), Some(other)) if one == other => Ok(true),
            (Some(_), Some(_)) => self.crosses.clone(),
            _ if self.crosses == Ok(true) => Ok(true),
            (zone, _) => {
                let id = if zone.is_none() { node.subnet_id } else { target.subnet_id };
                Err(Gap::undecided(Part::Subnets, format!("the zone of subnet {id} is not known")))
            }
        }
    }

    fn zone(&self, subnet_id: &str) -> Option<&str> {
        let subnet = self.deployment.subnets().ok().and_then(|all| all.get(subnet_id)).map(|subnet| subnet.zone.as_str());
        let of_node = || self.balancer.zones.iter().find(|zone| zone.subnet_id == subnet_id).map(|zone| zone.zone.as_str());
        subnet.or_else(of_node)
    }

    /// The steps between a node and a target; none inside one subnet.
    pub(super) fn steps<'s>(&'s self, node: &'s End<'s>, target: &'s End<'s>, port: u16) -> Vec<Step<'s>> {
        if node.subnet_id == target.subnet_id {
            return Vec::new();
        }
        let back = self.way == Way::Back;
        let check_port = self.group.health_check.enabled.then(|| self.group.health_check.fixed_port().unwrap_or(port));
        let ports = |port: u16| if back { EPHEMERAL } else { (port, port) };
        let (requests, checks) = (ports(port), check_port.map(ports));
        let own = checks.filter(|ports| *ports != requests);
        let at_node = |ports, carries| Step { at: node.subnet_id, egress: !back, peer: target, ports, carries };
        let at_target = |peer, ports, carries| Step { at: target.subnet_id, egress: back, peer, ports, carries };
        let near = [Some(at_node(requests, Carries::Requests)), own.map(|ports| at_node(ports, Carries::HealthChecks))];
        let mut far = Vec::new();
        match &self.callers {
            None => far.push(at_target(node, requests, Carries::Requests)),
            Some(callers) => {
                let seen = callers.ends.iter().enumerate();
                far.extend(seen.map(|(place, (_, end))| at_target(end, requests, Carries::RequestsOf(place))));
            }
        }
        // The nodes' own packets take the way of the requests where these show the nodes' addresses, too.
        let apart = if self.callers.is_some() { checks } else { own };
        far.extend(apart.map(|ports| at_target(node, ports, Carries::HealthChecks)));
        let near = near.into_iter().flatten();
        if back { far.into_iter().chain(near).collect() } else { near.chain(far).collect() }
    }
}

/// Everybody whose requests come to a group. A link that was not read is a gap; what is known is judged.
fn callers<'a>(deployment: &'a Deployment, out: &mut Outcome, group: &TargetGroup) -> Callers<'a> {
    let (before, mut ends) = (out.gaps.len(), Vec::new());
    out.over(deployment.links_to(group), |_, link| {
        ends.extend(of_link(deployment, link)?.into_iter().map(|end| (link.id.as_str(), end)));
        Ok(())
    });
    Callers { ends, all: out.gaps.len() == before }
}
