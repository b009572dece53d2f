//! No target is registered, so the load balancer has nobody to send a request to.

use super::health::{nobody, subject};
use super::registration;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::model::balancing::{Listener, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::semantics::targets::{Choice, Thresholds, choose};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "tg-empty",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "no target is registered, so the load balancer has nobody to ask",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Services],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tg_empty.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TgEmpty;

impl Check for TgEmpty {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            // Targets that all leave (target-draining) or are all unused (target-az-not-enabled) are registered still.
            let targets = deployment.targets(&group.arn)?;
            match (choose(targets, Thresholds::default()), targets.len()) {
                (Choice::Empty, _) => out.found(finding(deployment, group, listener)),
                (_, 1) => out.fine(subject(group), format!("target group {} has one registered target", group.name)),
                (_, count) => out.fine(subject(group), format!("target group {} has {count} registered targets", group.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, listener: &Listener) -> Finding {
    let answer = nobody(listener);
    let finding = Finding::new(&META, subject(group), format!("target group {} has no registered target", group.name))
        .evidence(
            Evidence::found(subject(group), "TargetHealthDescriptions", "none", source::DESCRIBE_TARGET_HEALTH)
                .expected("at least one target"),
        )
        .effect(Effect::blocks_all(Phase::TargetConnect, subject(group), answer));
    finding.fix(registration::somebody(deployment, group))
}
