//! The VPC link and the load balancer live in different VPCs. Packets only get across where a route leads across.

use super::across::{Across, across};
use super::new_link::{beside, replace};
use super::state::subject_of;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::Subnet;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::LinkPath;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "vpclink-vpc-differs-from-lb",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "the VPC link is not in the load balancer's VPC",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Listeners, Part::LoadBalancers, Part::Subnets],
    optional: &[Part::RouteTables, Part::PrefixLists, Part::NetworkInterfaces, Part::SecurityGroups, Part::Stages],
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
            let across = deployment.load_balancer_sources(path.load_balancer).and_then(|nodes| across(deployment, &subnets, &nodes));
            match across {
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

/// `across`: whether routes lead from one VPC to the other; `None`: the route tables do not tell.
fn finding(deployment: &Deployment, path: LinkPath<'_>, subnet: &Subnet, across: Option<Across>) -> Finding {
    let subject = subject_of(&path.link.id);
    let lb = path.load_balancer;
    let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    let tail = match across {
        Some(Across::None) => ", and no route leads across",
        Some(Across::Some) => "; routes lead across from some of its subnets only", // route-blackhole-or-missing says which
        Some(Across::All) => "; routes lead across",
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
    let finding = if across == Some(Across::None) {
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
