//! A registered address belongs to a load balancer.

use super::registration;
use super::unused::{ids, over_unused};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Fix, Risk, Severity};
use crate::model::balancing::{Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "target-ip-unusable",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "a registered address is in use by a load balancer and cannot be a target",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Services],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("target_ip_unusable.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetIpUnusable;

impl Check for TargetIpUnusable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        over_unused(
            &META,
            deployment,
            out,
            ("Target.IpUnusable", "cannot be used: the address belongs to a load balancer"),
            |group, targets, finding| finding.fix(take_out(deployment, group, targets)).fix(registration::somebody(deployment, group)),
        );
        Ok(())
    }
}

fn take_out(deployment: &Deployment, group: &TargetGroup, targets: &[&Target]) -> Fix {
    let arn = quote(&group.arn);
    Fix::new("take the load balancer's address out of the group", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 deregister-targets --target-group-arn {arn} --targets {}", ids(targets))))
        .console(format!("EC2: Target groups → {} → Targets → the unused ones → Deregister", group.name))
}
