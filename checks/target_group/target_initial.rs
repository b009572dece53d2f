//! All targets are new, and none has passed its first health check yet.

use super::health::{address, failure, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::targets::{Choice, Thresholds, choose};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "target-initial",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "all targets are new, and none has passed its first health check yet",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::LbBadGateway, Symptom::LbGatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("target_initial.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetInitial;

impl Check for TargetInitial {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            match choose(deployment.targets(&group.arn)?, Thresholds::default()) {
                Choice::Starting(targets) => out.found(finding(deployment, group, listener, &targets)),
                Choice::Healthy(_) => out.fine(subject(group), format!("target group {} has a healthy target", group.name)),
                // Some fail already: tg-all-unhealthy.
                Choice::Everyone { .. } => out.fine(subject(group), format!("target group {} has a target that was checked", group.name)),
                // tg-empty, target-draining, target-az-not-enabled.
                Choice::Empty | Choice::Nobody { .. } => {}
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, listener: &Listener, targets: &[&Target]) -> Finding {
    let who = if let [only] = targets { format!("target {}", address(only)) } else { format!("all {} targets", targets.len()) };
    let summary = format!("{who} of target group {} just registered, and no first health check has passed", group.name);
    // Whether requests are refused or go there already is not documented: some may be stopped, and the status is inferred.
    let effect = Effect::blocks_some(Phase::TargetConnect, subject(group), failure(listener, 503, Symptom::LbServiceUnavailable));
    let mut finding = Finding::new(&META, subject(group), summary).confidence(Confidence::Likely).effect(effect);
    for target in targets.iter().take(3) {
        let reason = target.reason.as_deref().unwrap_or("initial");
        let target = Subject::new(SubjectKind::Target, address(target));
        finding =
            finding.evidence(Evidence::found(target, "TargetHealth.Reason", reason, source::DESCRIBE_TARGET_HEALTH).expected("healthy"));
    }
    finding.fix(wait(deployment, group))
}

fn wait(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let health = &group.health_check;
    let once = u64::from(health.interval_s.unwrap_or(30)) + u64::from(health.timeout_s.unwrap_or(5));
    let arn = quote(&group.arn);
    Fix::new(format!("wait: a target that is well passes its first health check within about {once} seconds"), Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 wait target-in-service --target-group-arn {arn}")))
        .console(format!("EC2: Target groups → {} → Targets → Health status", group.name))
}
