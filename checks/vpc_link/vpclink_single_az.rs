//! All subnets of the VPC link lie in one Availability Zone: when that one is in trouble, so is the API.

use super::new_link::{replace, same_again};
use super::state::subject_of;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "vpclink-single-az",
    hop: Hop::VpcLink,
    severity: Severity::Warning,
    title: "the VPC link lives in one Availability Zone only",
    phase: None,
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Subnets],
    optional: &[Part::Listeners, Part::LoadBalancers, Part::NetworkInterfaces, Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_single_az.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkSingleAz;

impl Check for VpclinkSingleAz {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_links(), |out, link| {
            let subnets = deployment.link_subnets(link)?;
            let zones: BTreeSet<&str> = subnets.iter().map(|subnet| subnet.zone.as_str()).collect();
            if zones.len() > 1 {
                let listed = zones.into_iter().collect::<Vec<_>>().join(", ");
                out.fine(subject_of(&link.id), format!("VPC link {} lives in {listed}", link.id));
                return Ok(());
            }
            if subnets.len() < link.subnet_ids.len() {
                let what = format!("not every subnet of VPC link {} was found, so its zones cannot be counted", link.id);
                return Err(Gap::undecided(Part::Subnets, what));
            }
            let zone = zones.first().copied().unwrap_or("no zone at all");
            out.found(finding(deployment, link, zone));
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, link: &VpcLink, zone: &str) -> Finding {
    let subject = subject_of(&link.id);
    let mut finding = Finding::new(&META, subject.clone(), format!("VPC link {} lives in {zone} only", link.id))
        .evidence(Evidence::found(subject.clone(), "SubnetIds", link.subnet_ids.join(", "), source::GET_VPC_LINK))
        .effect(Effect::weakens(Phase::Connect, subject));
    for id in &link.subnet_ids {
        let at = Subject::new(SubjectKind::Subnet, id);
        finding = finding.evidence(Evidence::found(at, "AvailabilityZone", zone, source::DESCRIBE_SUBNETS).expected("two zones or more"));
    }
    let title = "make a new VPC link with a subnet in a second zone, and switch the integrations to it";
    let plan = same_again(deployment, link).filter(|plan| plan.subnet_ids.len() > 1);
    finding.fixes.extend(plan.map(|plan| replace(deployment, &link.id, title, &plan)));
    finding
}
