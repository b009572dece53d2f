//! The VPC link and the load balancer live in different VPCs. Packets only get across where a route leads across.

use super::new_link::{beside, replace};
use super::state::subject_of;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{RouteTable, Subnet};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::LinkPath;
use crate::source;
use crate::symptom::Symptom;
use ipnet::IpNet;

static META: Meta = Meta {
    id: "vpclink-vpc-differs-from-lb",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "the VPC link is not in the load balancer's VPC",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Listeners, Part::LoadBalancers, Part::Subnets],
    optional: &[Part::RouteTables, Part::NetworkInterfaces, Part::SecurityGroups, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_vpc_differs_from_lb.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkVpcDiffersFromLb;

impl Check for VpclinkVpcDiffersFromLb {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let paths = deployment.link_paths().unique_by(|path| (&path.link.id, &path.load_balancer.arn));
        out.over(paths, |out, path| {
            let subnets = deployment.link_subnets(path.link)?;
            let Some(first) = subnets.first() else {
                return Err(Gap::undecided(Part::Subnets, format!("none of the subnets of VPC link {} was found", path.link.id)));
            };
            // All subnets of a link are of one VPC: AWS refuses others.
            if first.vpc_id == path.load_balancer.vpc_id {
                let fact = format!("VPC link {} and load balancer {} are both in {}", path.link.id, path.load_balancer.name, first.vpc_id);
                out.fine(subject_of(&path.link.id), fact);
                return Ok(());
            }
            match way_across(deployment, path, &subnets) {
                Ok(across) => out.found(finding(deployment, path, first, Some(across))),
                Err(gap) => {
                    out.gap(gap);
                    out.found(finding(deployment, path, first, None));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// Whether the route tables of all subnets lead to every address of the load balancer, through a peering, a transit gateway or the like.
fn way_across(deployment: &Deployment, path: LinkPath<'_>, subnets: &[&Subnet]) -> Result<bool, Gap> {
    let tables = deployment.route_tables()?;
    let nodes = deployment.load_balancer_sources(path.load_balancer)?;
    let mut across = true;
    for subnet in subnets {
        let explicit = tables.values().find(|table| table.subnet_ids.contains(&subnet.id));
        let table = explicit.or_else(|| tables.values().find(|table| table.main && table.vpc_id == subnet.vpc_id));
        let table =
            table.ok_or_else(|| Gap::undecided(Part::RouteTables, format!("the route table of subnet {} was not found", subnet.id)))?;
        across &= nodes.iter().all(|node| leads_across(table, node));
    }
    Ok(across)
}

/// The most specific route decides. Prefix lists are not read, so a route to one may lead there.
fn leads_across(table: &RouteTable, node: &IpNet) -> bool {
    let matching = table.routes.iter().filter_map(|route| Some((route.destination?, route)));
    let best = matching.filter(|(block, _)| block.contains(node)).max_by_key(|(block, _)| block.prefix_len());
    let leaves = |target: &str| !["local", "nat-", "igw-", "eigw-"].iter().any(|start| target.starts_with(start));
    let by_list = table.routes.iter().any(|route| route.prefix_list.is_some() && route.active && leaves(&route.target));
    by_list || best.is_some_and(|(_, route)| route.active && leaves(&route.target))
}

/// `across`: whether routes lead from one VPC to the other; `None`: the route tables do not tell.
fn finding(deployment: &Deployment, path: LinkPath<'_>, subnet: &Subnet, across: Option<bool>) -> Finding {
    let subject = subject_of(&path.link.id);
    let lb = path.load_balancer;
    let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    let tail = match across {
        Some(false) => ", and no route leads across",
        Some(true) => "; routes lead across",
        None => "; whether a route leads across is not known",
    };
    let summary = format!("VPC link {} is in {}, load balancer {} in {}{tail}", path.link.id, subnet.vpc_id, lb.name, lb.vpc_id);
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(Subject::new(SubjectKind::Subnet, &subnet.id), "VpcId", &subnet.vpc_id, source::DESCRIBE_SUBNETS)
                .expected(&lb.vpc_id),
        )
        .evidence(Evidence::found(balancer.clone(), "VpcId", &lb.vpc_id, source::DESCRIBE_LOAD_BALANCERS));
    // AWS speaks of "the VPC of the load balancer" and of nothing else. That a route makes up for it is inferred.
    let finding = if across == Some(false) {
        let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
        let effect = Effect::blocks_all(Phase::Connect, subject, answer).and_through(balancer);
        finding.confidence(Confidence::Likely).effect(effect)
    } else {
        finding.severity(Severity::Warning).confidence(Confidence::Possible).effect(Effect::weakens(Phase::Connect, subject))
    };
    let title = format!("make a new VPC link in {} and switch the integrations to it", lb.vpc_id);
    let plan = beside(deployment, path.listener, lb);
    plan.into_iter().map(|plan| replace(deployment, &path.link.id, &title, &plan)).fold(finding, Finding::fix)
}

#[cfg(test)]
mod tests {
    use super::leads_across;
    use crate::model::network::{RouteTable, VpcRoute};

    fn table(routes: &[(&str, &str, bool)]) -> RouteTable {
        let route = |&(block, target, active): &(&str, &str, bool)| VpcRoute {
            destination: Some(block.parse().expect("a block")),
            prefix_list: None,
            target: target.to_owned(),
            active,
        };
        let routes = routes.iter().map(route).collect();
        RouteTable { id: "rtb-1".into(), vpc_id: "vpc-1".into(), main: true, subnet_ids: vec![], routes }
    }

    #[test]
    fn the_most_specific_route_decides() {
        let leads = |routes: &[(&str, &str, bool)]| leads_across(&table(routes), &"10.20.10.21/32".parse().expect("an address"));
        assert!(leads(&[("10.30.0.0/16", "local", true), ("10.20.0.0/16", "pcx-1", true)]));
        assert!(leads(&[("0.0.0.0/0", "tgw-1", true)]));
        assert!(!leads(&[("0.0.0.0/0", "nat-1", true), ("10.30.0.0/16", "local", true)]), "a NAT gateway leads to the internet");
        assert!(!leads(&[("10.20.0.0/16", "pcx-1", false)]), "a blackhole");
        assert!(!leads(&[("10.0.0.0/8", "tgw-1", true), ("10.20.10.0/24", "pcx-1", false)]), "a blackhole inside a working route");
        assert!(!leads(&[]));
    }
}
