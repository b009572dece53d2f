//! A registered instance is stopped or gone.

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
    id: "target-invalid-state",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "a registered instance is stopped or terminated",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Services],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("target_invalid_state.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetInvalidState;

impl Check for TargetInvalidState {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        over_unused(
            &META,
            deployment,
            out,
            ("Target.InvalidState", "cannot be used: the instance is stopped or terminated"),
            |group, targets, finding| finding.fix(start(deployment, group, targets)).fix(registration::somebody(deployment, group)),
        );
        Ok(())
    }
}

/// A stopped instance can be started; one that was terminated only leaves its registration behind.
fn start(deployment: &Deployment, group: &TargetGroup, targets: &[&Target]) -> Fix {
    let instances: Vec<String> = targets.iter().map(|target| quote(&target.id)).collect();
    let arn = quote(&group.arn);
    Fix::new("start the instances that are only stopped, and take the others out of the group", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("ec2 start-instances --instance-ids {}", instances.join(" "))))
        .cli(aws(deployment, &format!("elbv2 deregister-targets --target-group-arn {arn} --targets {}", ids(targets))))
        .console(format!("EC2: Target groups → {} → Targets → the unused ones → Deregister; or Instances → Start instance", group.name))
}
