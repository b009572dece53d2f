//! Who knocks at the doors of a target group, and which addresses the targets see.

use crate::model::balancing::{Listener, LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::part::Part;
use ipnet::IpNet;

/// Whose address the targets see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// The load balancer's.
    Own,
    /// That of the VPC link that called it (client IP preservation).
    Callers,
}

/// Who stands at the doors of a target group.
#[derive(Clone, Copy)]
pub(crate) struct Visitor<'a> {
    pub(crate) balancer: &'a LoadBalancer,
    pub(super) listener: &'a Listener,
    pub(super) group: &'a TargetGroup,
    pub(crate) shows: Shows,
    /// The target group is of IPv6: so are the load balancer's own connections to it.
    pub(super) ipv6: bool,
}

impl Visitor<'_> {
    /// The addresses that the targets see, as far as they are known, and why others are not.
    pub(crate) fn sources(&self, deployment: &Deployment) -> Result<(Vec<IpNet>, Option<Gap>), Gap> {
        if self.shows == Shows::Own {
            return Ok((deployment.load_balancer_addresses(self.balancer, self.ipv6)?, None));
        }
        let links = deployment.links_to(self.group).then_many(|link| deployment.link_sources(link));
        let missing = links.gaps.into_iter().next();
        if links.items.is_empty() { Err(missing.unwrap_or_else(nowhere)) } else { Ok((links.items, missing)) }
    }

    /// The VPC links that call the load balancer, as far as they are known.
    pub(crate) fn callers<'d>(&self, deployment: &'d Deployment) -> Vec<&'d VpcLink> {
        deployment.links_to(self.group).items
    }

    /// The blocks that a rule should name: a Network Load Balancer keeps its addresses for life, a VPC link only its subnets.
    pub(super) fn lasting(&self, deployment: &Deployment) -> Result<Vec<IpNet>, Gap> {
        match self.shows {
            Shows::Own => deployment.load_balancer_addresses(self.balancer, self.ipv6),
            Shows::Callers => {
                let mut blocks = Vec::new();
                for link in self.callers(deployment) {
                    blocks.extend(deployment.link_subnets(link)?.into_iter().flat_map(|subnet| subnet.cidrs.iter().copied()));
                }
                Ok(blocks.into_iter().filter(|block| matches!(block, IpNet::V4(_))).collect())
            }
        }
    }
}

fn nowhere() -> Gap {
    Gap::undecided(Part::VpcLinks, "the VPC link's addresses are not known")
}
