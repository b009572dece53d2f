//! The health check knocks at a port of its own, and fails there.

use super::doors::{Knocks, closed};
use super::health::{subject, takes_part, traffic_port};
use super::visitor::Shows;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "hc-port-fixed",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "the health check has a port of its own, and fails there",
    phase: None, // requests have another port, and the load balancer fails open
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::LoadBalancers, Part::NetworkInterfaces, Part::SecurityGroups, Part::Services, Part::TaskDefinitions],
    symptoms: &[],
    refines: &["hc-timeout", "hc-connect-refused", "tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("hc_port_fixed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct HcPortFixed;

impl Check for HcPortFixed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            let Some(port) = group.health_check.fixed_port().filter(|_| group.health_check.enabled) else {
                out.fine(subject(group), format!("the health check of target group {} follows the requests' port", group.name));
                return Ok(());
            };
            let targets = deployment.targets(&group.arn)?;
            let failing: Vec<&Target> = targets.iter().filter(|target| fails_elsewhere(group, target, port)).collect();
            if failing.is_empty() {
                out.fine(subject(group), format!("no target of target group {} fails on a health check port of its own", group.name));
            } else if !kept_out(deployment, group)? {
                out.found(finding(deployment, group, &failing, port));
            }
            Ok(())
        });
        Ok(())
    }
}

/// The health check of this target does not come through, and it knocks elsewhere than the requests do.
fn fails_elsewhere(group: &TargetGroup, target: &Target, port: u16) -> bool {
    let no_answer = matches!(target.reason.as_deref(), Some("Target.Timeout" | "Target.FailedHealthChecks"));
    takes_part(target) && target.state == "unhealthy" && no_answer && traffic_port(group, target) != Some(port)
}

/// True when a security group is known to keep the health check out: target-sg-hc-port says which. Where that cannot be told, a finding about
/// the port would come from a fact that was not read.
fn kept_out(deployment: &Deployment, group: &TargetGroup) -> Result<bool, Gap> {
    let mut aside = Outcome::default();
    let doors = closed(deployment, &mut aside, Knocks::HealthCheck, |_, _| Ok(Some(Shows::Own)));
    match (doors.iter().any(|closed| closed.group.arn == group.arn), aside.gaps.into_iter().next()) {
        (true, _) => Ok(true),
        (false, Some(gap)) => Err(gap),
        (false, None) => Ok(false),
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, failing: &[&Target], port: u16) -> Finding {
    let traffic: BTreeSet<u16> = failing.iter().filter_map(|target| traffic_port(group, target)).collect();
    let traffic = traffic.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let published = published(deployment, group, port);
    let nobody = if published == Some(false) { ", which no container of the service publishes" } else { "" };
    let reasons: BTreeSet<&str> = failing.iter().filter_map(|target| target.reason.as_deref()).collect();
    let summary = format!("the health check of target group {} fails on port {port}{nobody}; requests go to port {traffic}", group.name);
    Finding::new(&META, subject(group), summary)
        // That the check fails on a port of its own is a fact; that it would not on the requests' port is inferred.
        .confidence(if published == Some(true) { Confidence::Possible } else { Confidence::Likely })
        .evidence(
            Evidence::found(subject(group), "HealthCheckPort", port.to_string(), source::DESCRIBE_TARGET_GROUPS).expected("traffic-port"),
        )
        .evidence(Evidence::found(subject(group), "Target.Port", traffic, source::DESCRIBE_TARGET_HEALTH))
        .evidence(Evidence::found(
            subject(group),
            "TargetHealth.Reason",
            reasons.into_iter().collect::<Vec<_>>().join(", "),
            source::DESCRIBE_TARGET_HEALTH,
        ))
        .effect(Effect::weakens(Phase::TargetConnect, subject(group)))
        .fix(follow_the_requests(deployment, group))
}

/// Whether a container of the services behind the group publishes the port; `None`: not known, or no service.
fn published(deployment: &Deployment, group: &TargetGroup, port: u16) -> Option<bool> {
    let services = deployment.services_of(&group.arn).ok()?;
    let definitions: Option<Vec<_>> =
        services.iter().map(|service| deployment.task_definition(service.task_definition_arn.as_deref()?).ok()).collect();
    let definitions = definitions.filter(|definitions| !definitions.is_empty())?;
    let mut mappings = definitions.iter().flat_map(|definition| &definition.containers).flat_map(|container| &container.ports);
    Some(mappings.any(|mapping| mapping.container_port == port || mapping.host_port == Some(port)))
}

fn follow_the_requests(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let arn = quote(&group.arn);
    let change = vec![remedy::set(&["target_groups", &group.arn, "known", "health_check", "port"], json!("traffic-port"))];
    Fix::new("let the health check follow the requests' port, if the application answers it there", Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-target-group --target-group-arn {arn} --health-check-port traffic-port")))
        .console(format!("EC2: Target groups → {} → Health checks → Edit → Advanced → Port: traffic port", group.name))
}
