//! Who knocks at the doors of a target group, and which addresses the targets see.

use crate::model::balancing::{Listener, LoadBalancer};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
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
    pub(crate) shows: Shows,
    /// The target group is of IPv6: so are the load balancer's own connections to it.
    pub(super) ipv6: bool,
}

impl Visitor<'_> {
    /// The addresses that the targets see.
    pub(crate) fn sources(&self, deployment: &Deployment) -> Result<Vec<IpNet>, Gap> {
        match self.shows {
            Shows::Own => deployment.load_balancer_addresses(self.balancer, self.ipv6),
            Shows::Callers => deployment.listener_sources(self.listener),
        }
    }

    /// The VPC links that call the load balancer's listener.
    pub(crate) fn callers<'d>(&self, deployment: &'d Deployment) -> Vec<&'d VpcLink> {
        deployment.links_to(self.listener).unwrap_or_default()
    }

    /// The blocks that a rule should name: a Network Load Balancer keeps its addresses for life, a VPC link only its subnets.
    pub(super) fn lasting(&self, deployment: &Deployment) -> Result<Vec<IpNet>, Gap> {
        match self.shows {
            Shows::Own => deployment.load_balancer_addresses(self.balancer, self.ipv6),
            Shows::Callers => {
                let mut blocks = Vec::new();
                for link in deployment.links_to(self.listener)? {
                    blocks.extend(deployment.link_subnets(link)?.into_iter().flat_map(|subnet| subnet.cidrs.iter().copied()));
                }
                Ok(blocks.into_iter().filter(|block| matches!(block, IpNet::V4(_))).collect())
            }
        }
    }
}
