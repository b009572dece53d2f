//! The target refuses the health check's connection, or does not speak its protocol.

use super::health::{Failing, failure, over_failing, subject, traffic_port};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "hc-connect-refused",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "a target refuses the health check's connection, or does not speak its protocol",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::LbBadGateway, Symptom::GatewayServiceUnavailable],
    refines: &["tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("hc_connect_refused.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct HcConnectRefused;

impl Check for HcConnectRefused {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let reason = "Target.FailedHealthChecks";
        over_failing(deployment, out, reason, |group, listener, failing| finding(deployment, group, listener, &failing));
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, listener: &Listener, failing: &Failing<'_>) -> Finding {
    let blocks = failing.stops(group);
    let mut effect = match blocks {
        Blocks::None => Effect::weakens(Phase::TargetConnect, subject(group)),
        Blocks::Some | Blocks::All => {
            Effect::blocks_all(Phase::TargetConnect, subject(group), failure(listener, 502, Symptom::LbBadGateway))
        }
    };
    effect.blocks = blocks;
    let protocol = group.health_check.protocol.as_deref().unwrap_or("its protocol");
    let how = if listener.reads_http() {
        format!("is refused, or not answered in {protocol}")
    } else {
        format!("over {protocol} fails (a Network Load Balancer does not say whether it is refused or gets no answer)")
    };
    let summary = format!("the health check of {} of target group {} on {} {how}", failing.who(), group.name, place(group));
    let finding = failing
        .evidence(Finding::new(&META, subject(group), summary))
        .evidence(Evidence::found(subject(group), "HealthCheckPort", &group.health_check.port, source::DESCRIBE_TARGET_GROUPS))
        .severity(if blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        // That the check fails is a fact; that requests fare alike is inferred.
        .confidence(if blocks == Blocks::None { Confidence::Certain } else { Confidence::Likely })
        .effect(effect);
    let elsewhere = |port| failing.targets.iter().any(|target| traffic_port(group, target) != Some(port));
    match group.health_check.fixed_port() {
        Some(port) if elsewhere(port) => finding.fix(follow_the_traffic(deployment, group, port)),
        _ => finding.fix(listen(deployment, group)),
    }
}

fn place(group: &TargetGroup) -> String {
    group.health_check.fixed_port().map_or_else(|| "the port of its requests".to_owned(), |port| format!("port {port}"))
}

fn follow_the_traffic(deployment: &Deployment, group: &TargetGroup, port: u16) -> Fix {
    let arn = quote(&group.arn);
    let change = vec![remedy::set(&["target_groups", &group.arn, "known", "health_check", "port"], json!("traffic-port"))];
    Fix::new(format!("check health on the port that gets the requests, if nothing listens on {port}"), Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-target-group --target-group-arn {arn} --health-check-port traffic-port")))
        .console(format!("EC2: Target groups → {} → Health checks → Edit → Port: traffic port", group.name))
}

/// Whether a process listens is not written in any configuration: container-port-mismatch compares what is.
fn listen(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let arn = quote(&group.arn);
    let targets = quote("TargetHealthDescriptions[].[Target.Id,Target.Port,TargetHealth.Reason]");
    Fix::new("let the application listen on 0.0.0.0 and on the registered port, in the group's protocol", Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &format!("elbv2 describe-target-health --target-group-arn {arn} --query {targets}")))
        .console("ECS: Task definitions → Create new revision → port mapping and environment of the container; then update the service")
}
