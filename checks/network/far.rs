//! What a VPC link connects to: a load balancer, or the instances of a Cloud Map service where none stands between.

use super::ends::{End, Family, of_balancer, of_subnet};
use crate::check::Outcome;
use crate::cloud_map::doors::{self, Known, ways};
use crate::finding::Evidence;
use crate::model::balancing::{Listener, LoadBalancer};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walk::Walk;
use crate::source;
use ipnet::IpNet;

/// The other side of a VPC link.
#[derive(Clone)]
pub(super) enum Far<'a> {
    Balancer(&'a LoadBalancer, &'a Listener),
    Tasks(doors::Way<'a>),
}

/// One way from a VPC link to whom it connects to.
#[derive(Clone)]
pub(super) struct Path<'a> {
    pub(super) link: &'a VpcLink,
    pub(super) far: Far<'a>,
}

/// Every way on which a request leaves a VPC link.
pub(super) fn paths<'a>(deployment: &'a Deployment, out: &mut Outcome) -> Walk<Path<'a>> {
    let balancers = deployment.link_paths();
    let tasks = ways(deployment, out);
    let mut items: Vec<Path<'a>> =
        balancers.items.into_iter().map(|path| Path { link: path.link, far: Far::Balancer(path.load_balancer, path.listener) }).collect();
    items.extend(tasks.items.into_iter().map(|way| Path { link: way.link, far: Far::Tasks(way) }));
    let mut gaps: Vec<Gap> = balancers.gaps.into_iter().chain(tasks.gaps).collect();
    gaps.sort();
    gaps.dedup();
    Walk { items, gaps }
}

impl<'a> Path<'a> {
    /// The ends of the other side, each with its port. An instance without an interface in the link's VPC has none: it is
    /// gone, or lives elsewhere.
    pub(super) fn ends(&self, deployment: &'a Deployment) -> Result<Vec<(End<'a>, u16)>, Gap> {
        match &self.far {
            Far::Balancer(lb, listener) => {
                Ok(of_balancer(deployment, lb, Family::V4)?.into_iter().map(|end| (end, listener.port)).collect())
            }
            Far::Tasks(way) => {
                let mut ends = Vec::new();
                let subnets = deployment.subnets().ok();
                let vpc_of = |id: &str| subnets.and_then(|all| all.get(id)).map(|subnet| subnet.vpc_id.as_str());
                let home = way.link.subnet_ids.iter().find_map(|id| vpc_of(id));
                for (door, id) in way.doors.iter().flat_map(|door| door.subnet_ids.iter().map(move |id| (door, *id))) {
                    // The network ACLs of another VPC are not among the facts: cm-vpc-mismatch speaks.
                    if door.vpc_id.or(vpc_of(id)).is_some_and(|vpc| home.is_some_and(|home| vpc != home)) {
                        continue;
                    }
                    let end = match door.address {
                        Some(address) => End { subnet_id: id, blocks: vec![IpNet::from(address)], exact: true },
                        None => of_subnet(deployment, id, Family::V4)?,
                    };
                    ends.push((end, door.port));
                }
                Ok(ends)
            }
        }
    }

    /// `load balancer orders`, `the tasks of orders`.
    pub(super) fn name(&self) -> String {
        match &self.far {
            Far::Balancer(lb, _) => format!("load balancer {}", lb.name),
            Far::Tasks(way) => format!("the tasks of {}", way.name),
        }
    }

    /// What requests pass on the other side.
    pub(super) fn subject(&self) -> Subject {
        match &self.far {
            Far::Balancer(_, listener) => Subject::from_arn(SubjectKind::Listener, &listener.arn),
            Far::Tasks(way) => way.subject(),
        }
    }

    /// The ports, as evidence.
    pub(super) fn evidence(&self, ports: String) -> Evidence {
        match &self.far {
            Far::Balancer(..) => Evidence::found(self.subject(), "Port", ports, source::DESCRIBE_LISTENERS),
            Far::Tasks(_) => Evidence::found(self.subject(), "AWS_INSTANCE_PORT", ports, source::DISCOVER_INSTANCES),
        }
    }

    /// That the link connects to the tasks themselves is inferred.
    pub(super) fn is_documented(&self) -> bool {
        matches!(self.far, Far::Balancer(..))
    }

    /// False while nobody can be used on the other side: another finding says why.
    pub(super) fn is_in_use(&self) -> bool {
        !matches!(&self.far, Far::Tasks(way) if way.known == Known::NextTasks)
    }
}
