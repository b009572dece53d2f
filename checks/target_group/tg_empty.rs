//! No target is registered, so the load balancer has nobody to send a request to.

use super::health::{nobody, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::Service;
use crate::source;
use crate::steps::{aws, quote};
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
            // Targets that all leave (tg-draining) or are all unused (target-az-not-enabled) are registered still.
            match deployment.targets(&group.arn)?.len() {
                0 => out.found(finding(deployment, group, listener)),
                1 => out.fine(subject(group), format!("target group {} has one registered target", group.name)),
                count => out.fine(subject(group), format!("target group {} has {count} registered targets", group.name)),
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
    let services = deployment.services_of(&group.arn).unwrap_or_default();
    match services.first() {
        Some(service) => finding.fix(ask_the_service(deployment, service)),
        None => finding.fix(register(deployment, group)),
    }
}

/// A service registers its tasks by itself: its events say why it does not, and a new deployment makes it try again.
fn ask_the_service(deployment: &Deployment, service: &Service) -> Fix {
    let of = format!("--cluster {} --service", quote(&service.cluster_arn));
    let name = quote(&service.name);
    let events = format!("ecs describe-services {of}s {name} --query {}", quote("services[].events[:5].message"));
    Fix::new(format!("let ECS service {} register its tasks: read its events, then deploy it anew", service.name), Risk::Disruptive, vec![])
        .cli(aws(deployment, &events))
        .cli(aws(deployment, &format!("ecs update-service {of} {name} --force-new-deployment")))
        .console(format!("ECS: Clusters → Services → {} → Events; then Update → Force new deployment", service.name))
}

fn register(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let port = group.port.map_or_else(String::new, |port| format!(",Port={port}"));
    let who = match group.target_type.as_str() {
        "instance" => "INSTANCE_ID",
        "ip" => "ADDRESS",
        _ => "ARN",
    };
    let arn = quote(&group.arn);
    Fix::new(format!("register a target with {}, or name the group in the ECS service", group.name), Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 register-targets --target-group-arn {arn} --targets Id={who}{port}")))
        .console(format!("EC2: Target groups → {} → Targets → Register targets", group.name))
}
