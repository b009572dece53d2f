//! Every target is leaving, and none has come in their place.

use super::health::{failure, subject};
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
    id: "target-draining",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "every target is leaving, and none has come in their place",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Services],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("target_draining.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetDraining;

impl Check for TargetDraining {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            match choose(deployment.targets(&group.arn)?, Thresholds::default()) {
                Choice::Nobody { leaving, unused } if leaving > 0 => out.found(finding(deployment, group, listener, leaving, unused)),
                // tg-empty; target-az-not-enabled, target-invalid-state, target-ip-unusable.
                Choice::Empty | Choice::Nobody { .. } => {}
                Choice::Healthy(_) | Choice::Everyone { .. } | Choice::Starting(_) => {
                    out.fine(subject(group), format!("target group {} has a target that stays", group.name));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, listener: &Listener, leaving: usize, unused: usize) -> Finding {
    let who = match (leaving, unused) {
        (1, 0) => format!("the only target of target group {} is", group.name),
        (all, 0) => format!("all {all} targets of target group {} are", group.name),
        (_, unused) => format!("all targets of target group {} that are used ({unused} are not) are", group.name),
    };
    // AWS documents that leaving targets get no new requests, and the 503 for a group without targets; the two together are inferred.
    Finding::new(&META, subject(group), format!("{who} leaving, so nobody takes new requests"))
        .evidence(
            Evidence::found(subject(group), "TargetHealth.State", format!("{leaving} draining"), source::DESCRIBE_TARGET_HEALTH)
                .expected("at least one that is not"),
        )
        .effect(Effect::blocks_all(Phase::TargetConnect, subject(group), failure(listener, 503, Symptom::LbServiceUnavailable)))
        .fix(registration::somebody(deployment, group))
}
