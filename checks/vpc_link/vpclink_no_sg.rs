//! The VPC link names no security group: its interfaces carry the default one of the VPC, which anybody may change for other reasons.

use super::new_link::{replace, with_its_own_group};
use super::state::subject_of;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;

static META: Meta = Meta {
    id: "vpclink-no-sg",
    hop: Hop::VpcLink,
    severity: Severity::Info,
    title: "the VPC link has no security group of its own",
    phase: None,
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks],
    optional: &[Part::NetworkInterfaces, Part::Subnets, Part::Listeners, Part::LoadBalancers, Part::SecurityGroups, Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_no_sg.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkNoSg;

impl Check for VpclinkNoSg {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_links(), |out, link| {
            match link.security_group_ids.first() {
                Some(group) => out.fine(subject_of(&link.id), format!("VPC link {} has security group {group}", link.id)),
                None => out.found(finding(deployment, link)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, link: &VpcLink) -> Finding {
    let subject = subject_of(&link.id);
    let carried = deployment.link_group_ids(link).ok();
    let which = carried.as_ref().map_or_else(String::new, |ids| format!(": {}", ids.iter().cloned().collect::<Vec<_>>().join(", ")));
    let summary = format!("VPC link {} names no security group, so its interfaces carry the VPC's default one{which}", link.id);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        // What the interfaces carry is a fact; without a look at them it is inferred.
        .confidence(if carried.is_some() { Confidence::Certain } else { Confidence::Likely })
        .evidence(Evidence::absent(subject.clone(), "SecurityGroupIds", source::GET_VPC_LINK).expected("a group of its own"))
        .effect(Effect::weakens(Phase::Connect, subject));
    for id in carried.into_iter().flatten() {
        let at = Subject::new(SubjectKind::SecurityGroup, &id);
        finding = finding.evidence(Evidence::found(at, "Groups", id, source::DESCRIBE_NETWORK_INTERFACES));
    }
    let title = "make a new VPC link with a security group that the load balancer lets in, and switch the integrations to it";
    let fix = with_its_own_group(deployment, link).map(|plan| replace(deployment, &link.id, title, &plan));
    fix.into_iter().fold(finding, Finding::fix)
}
