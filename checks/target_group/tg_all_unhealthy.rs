//! Too few targets are healthy, so the load balancer sends requests to unhealthy ones as well.

use super::health::{choice, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::remedy;
use crate::semantics::targets::{Choice, Thresholds};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "tg-all-unhealthy",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "too few targets are healthy, so requests go to unhealthy ones as well",
    phase: None, // the load balancer fails open: what the client sees is what the targets do
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::TargetHealth,
        Part::TargetGroupAttributes,
    ],
    optional: &[],
    symptoms: &[Symptom::TargetAnswer, Symptom::LbBadGateway, Symptom::LbGatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tg_all_unhealthy.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TgAllUnhealthy;

impl Check for TgAllUnhealthy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            match choice(deployment, group)? {
                Choice::Healthy(targets) => {
                    out.fine(subject(group), format!("target group {} chooses among {} healthy targets", group.name, targets.len()))
                }
                // Health that nobody knows is target-health-unavailable.
                Choice::Everyone { targets, healthy } if targets.iter().any(|target| target.state == "unhealthy") => {
                    out.found(finding(deployment, group, &targets, healthy));
                }
                // target-initial, target-draining, target-az-not-enabled, tg-empty.
                Choice::Everyone { .. } | Choice::Starting(_) | Choice::Nobody { .. } | Choice::Empty => {}
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, targets: &[&Target], healthy: usize) -> Finding {
    let of = targets.len();
    let summary = match healthy {
        0 => format!("no target of target group {} is healthy, so the load balancer sends requests to all {of} of them", group.name),
        few => format!(
            "only {few} of {of} targets of target group {} are healthy, fewer than it asks for: requests go to all of them",
            group.name
        ),
    };
    let unhealthy = targets.iter().filter(|target| target.state == "unhealthy");
    let reasons: BTreeSet<&str> = unhealthy.map(|target| target.reason.as_deref().unwrap_or("no reason given")).collect();
    let reasons = reasons.into_iter().collect::<Vec<_>>().join(", ");
    let mut finding = Finding::new(&META, subject(group), summary)
        .evidence(Evidence::found(
            subject(group),
            "TargetHealth.State",
            format!("{healthy} of {of} healthy"),
            source::DESCRIBE_TARGET_HEALTH,
        ))
        .evidence(Evidence::found(subject(group), "TargetHealth.Reason", reasons, source::DESCRIBE_TARGET_HEALTH))
        .effect(Effect::weakens(Phase::Target, subject(group)));
    if healthy > 0 {
        let thresholds = deployment.target_group_attributes(&group.arn).map(Thresholds::of).unwrap_or_default();
        finding = finding.evidence(thresholds_evidence(group, thresholds)).fix(lower(deployment, group, thresholds));
    }
    finding.fix(look(deployment, group))
}

fn thresholds_evidence(group: &TargetGroup, thresholds: Thresholds) -> Evidence {
    let percentage = thresholds.percentage.map_or_else(String::new, |percentage| format!(", {percentage} %"));
    let field = "target_group_health.unhealthy_state_routing.minimum_healthy_targets";
    Evidence::found(subject(group), field, format!("{}{percentage}", thresholds.count), source::DESCRIBE_TARGET_GROUP_ATTRIBUTES)
}

/// Back to AWS's defaults: while one target is healthy, requests go there.
fn lower(deployment: &Deployment, group: &TargetGroup, thresholds: Thresholds) -> Fix {
    let stem = "target_group_health.unhealthy_state_routing.minimum_healthy_targets";
    let mut settings = vec![(format!("{stem}.count"), "1")];
    if thresholds.percentage.is_some() {
        settings.push((format!("{stem}.percentage"), "off"));
    }
    let change = settings.iter().map(|(key, value)| remedy::set(&["target_group_attributes", &group.arn, "known", key], json!(value)));
    let words: Vec<String> = settings.iter().map(|(key, value)| format!("Key={key},Value={value}")).collect();
    let arn = quote(&group.arn);
    let title = "if the healthy targets can carry the load: send requests to them alone while there is one".to_owned();
    Fix::new(title, Risk::Safe, change.collect())
        .cli(aws(deployment, &format!("elbv2 modify-target-group-attributes --target-group-arn {arn} --attributes {}", words.join(" "))))
        .console(format!("EC2: Target groups → {} → Attributes → Edit → Target group health requirements", group.name))
}

/// Why they are unhealthy is said by the checks of the health check's reasons.
fn look(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let arn = quote(&group.arn);
    let targets = quote("TargetHealthDescriptions[].[Target.Id,TargetHealth.Reason,TargetHealth.Description]");
    Fix::new("mend what makes the targets fail their health check", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 describe-target-health --target-group-arn {arn} --query {targets}")))
        .console(format!("EC2: Target groups → {} → Targets → Health status details", group.name))
}
