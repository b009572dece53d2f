//! A sleeping VPC link cannot wake up: subnets or security groups that it needs for its interfaces were deleted.

use super::new_link::{of_what_is_left, replace};
use super::state::{states, stops_the_link, subject_of, with_state};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{VpcLink, VpcLinkState};
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "vpclink-cannot-reactivate",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "the VPC link cannot wake up: its subnets or security groups were deleted",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::VpcLinkState, Part::Subnets, Part::SecurityGroups],
    optional: &[Part::Listeners, Part::LoadBalancers, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayTimeout],
    refines: &["vpclink-inactive", "vpclink-failed"],
    since: "0.1.0",
    page: include_str!("vpclink_cannot_reactivate.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkCannotReactivate;

impl Check for VpclinkCannotReactivate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(states(deployment), |out, (link, state)| {
            if !matches!(state.status.as_str(), "INACTIVE" | "FAILED") {
                // While a link has interfaces, they keep its subnets and groups from being deleted.
                out.fine(subject_of(&link.id), format!("VPC link {} is {}", link.id, state.status));
                return Ok(());
            }
            let (subnets, groups) = gone(deployment, link)?;
            if subnets.is_empty() && groups.is_empty() {
                out.fine(subject_of(&link.id), format!("the subnets and security groups of VPC link {} are all there", link.id));
            } else {
                out.found(finding(deployment, link, state, &subnets, &groups));
            }
            Ok(())
        });
        Ok(())
    }
}

/// Subnets and groups that the link names and AWS does not know. The groups of a VPC are only read where a subnet leads there.
fn gone(deployment: &Deployment, link: &VpcLink) -> Result<(Vec<String>, Vec<String>), Gap> {
    let known = deployment.subnets()?;
    let subnets: Vec<String> = link.subnet_ids.iter().filter(|id| !known.contains_key(*id)).cloned().collect();
    if subnets.len() == link.subnet_ids.len() {
        return Ok((subnets, Vec::new()));
    }
    let known = deployment.security_groups()?;
    let groups = link.security_group_ids.iter().filter(|id| !known.contains_key(*id)).cloned().collect();
    Ok((subnets, groups))
}

fn finding(deployment: &Deployment, link: &VpcLink, state: &VpcLinkState, subnets: &[String], groups: &[String]) -> Finding {
    let words = |what: &str, ids: &[String]| (!ids.is_empty()).then(|| format!("{what} {}", ids.join(", ")));
    let lost: Vec<String> = [words("subnet", subnets), words("security group", groups)].into_iter().flatten().collect();
    let summary = format!("VPC link {} is {} and cannot come back without what was deleted: {}", link.id, state.status, lost.join(" and "));
    // That AWS deletes the interfaces and makes them anew is documented; that it cannot without these is inferred.
    let mut finding =
        Finding::new(&META, subject_of(&link.id), summary).confidence(Confidence::Likely).effect(stops_the_link(&link.id, None));
    for (field, ids, all, source) in [
        ("SubnetIds", subnets, &link.subnet_ids, source::DESCRIBE_SUBNETS),
        ("SecurityGroupIds", groups, &link.security_group_ids, source::DESCRIBE_SECURITY_GROUPS),
    ] {
        if !ids.is_empty() {
            let named = Evidence::found(subject_of(&link.id), field, all.join(", "), source::GET_VPC_LINK);
            let absent = Evidence::absent(subject_of(&link.id), field, source).expected(ids.join(", "));
            finding = finding.evidence(named).evidence(absent);
        }
    }
    let title = "make a new VPC link of subnets and groups that exist, and switch the integrations to it";
    let fix = of_what_is_left(deployment, link).map_or_else(
        || Fix::new(title, Risk::Disruptive, Vec::new()).console("API Gateway: VPC links → Create; then Integrations → Edit → VPC link"),
        |plan| replace(deployment, &link.id, title, &plan),
    );
    with_state(finding, link, state).fix(fix)
}
