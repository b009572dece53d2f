//! The VPC link and the load balancer share no Availability Zone: every request crosses from one to another.

use super::new_link::{beside, replace};
use super::state::subject_of;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::LinkPath;
use crate::source;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "vpclink-az-no-overlap",
    hop: Hop::VpcLink,
    severity: Severity::Info,
    title: "the VPC link and the load balancer share no Availability Zone",
    phase: None,
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Listeners, Part::LoadBalancers, Part::Subnets],
    optional: &[Part::SecurityGroups, Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_az_no_overlap.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkAzNoOverlap;

impl Check for VpclinkAzNoOverlap {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let paths = deployment.link_paths().unique_by(|path| (&path.link.id, &path.load_balancer.arn));
        out.over(paths, |out, path| {
            let subnets = deployment.link_subnets(path.link)?;
            if subnets.first().is_some_and(|subnet| subnet.vpc_id != path.load_balancer.vpc_id) {
                return Ok(()); // vpclink-vpc-differs-from-lb speaks
            }
            let link: BTreeSet<&str> = subnets.iter().map(|subnet| subnet.zone.as_str()).collect();
            let balancer: BTreeSet<&str> = path.load_balancer.zones.iter().map(|zone| zone.zone.as_str()).collect();
            if let Some(shared) = link.intersection(&balancer).next() {
                out.fine(
                    subject_of(&path.link.id),
                    format!("VPC link {} and load balancer {} share {shared}", path.link.id, path.load_balancer.name),
                );
                return Ok(());
            }
            if subnets.len() < path.link.subnet_ids.len() {
                let what = format!("not every subnet of VPC link {} was found, so its zones are not known", path.link.id);
                return Err(Gap::undecided(Part::Subnets, what));
            }
            out.found(finding(deployment, path, &link, &balancer));
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, path: LinkPath<'_>, link: &BTreeSet<&str>, balancer: &BTreeSet<&str>) -> Finding {
    let subject = subject_of(&path.link.id);
    let list = |zones: &BTreeSet<&str>| zones.iter().copied().collect::<Vec<_>>().join(", ");
    let lb = Subject::from_arn(SubjectKind::LoadBalancer, &path.load_balancer.arn);
    let summary =
        format!("VPC link {} lives in {}, load balancer {} in {}", path.link.id, list(link), path.load_balancer.name, list(balancer));
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject.clone(), "AvailabilityZone", list(link), source::DESCRIBE_SUBNETS).expected(list(balancer)))
        .evidence(Evidence::found(lb, "AvailabilityZones", list(balancer), source::DESCRIBE_LOAD_BALANCERS))
        .effect(Effect::weakens(Phase::Connect, subject));
    let title = "make a new VPC link in the load balancer's subnets, and switch the integrations to it";
    let fix = beside(deployment, path.listener, path.load_balancer).map(|plan| replace(deployment, &path.link.id, title, &plan));
    fix.into_iter().fold(finding, Finding::fix)
}
