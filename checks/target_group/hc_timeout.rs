//! The target does not answer its health check in time: packets are dropped on the way, or it is slow.

use super::health::{Failing, failure, over_failing, subject};
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
    id: "hc-timeout",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "a target does not answer its health check in time",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::LbGatewayTimeout],
    refines: &["tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("hc_timeout.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct HcTimeout;

impl Check for HcTimeout {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        over_failing(deployment, out, "Target.Timeout", |group, listener, failing| finding(deployment, group, listener, &failing));
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, listener: &Listener, failing: &Failing<'_>) -> Finding {
    let health = &group.health_check;
    let seconds = health.timeout_s.map_or_else(|| "in time".to_owned(), |seconds| format!("within {seconds} seconds"));
    let summary = format!("the health check of {} of target group {} gets no answer {seconds}", failing.who(), group.name);
    let mut effect = match failing.stops(group) {
        Blocks::None => Effect::weakens(Phase::TargetConnect, subject(group)),
        Blocks::Some | Blocks::All => {
            let answer = failure(listener, 504, Symptom::LbGatewayTimeout);
            Effect::blocks_all(Phase::TargetConnect, subject(group), answer)
        }
    };
    effect.blocks = failing.stops(group);
    let severity = if effect.blocks == Blocks::None { Severity::Warning } else { Severity::Error };
    let mut finding = failing
        .evidence(Finding::new(&META, subject(group), summary))
        .evidence(Evidence::found(subject(group), "HealthCheckPort", &health.port, source::DESCRIBE_TARGET_GROUPS))
        .severity(severity)
        // That the check fails is a fact; that requests fare alike is inferred.
        .confidence(if effect.blocks == Blocks::None { Confidence::Certain } else { Confidence::Likely })
        .effect(effect);
    finding.fixes.extend(wait_longer(deployment, group));
    finding.fix(find_the_drop(deployment, group))
}

/// Three times as long, within what AWS allows: at most 120 seconds, and less than the interval.
fn wait_longer(deployment: &Deployment, group: &TargetGroup) -> Option<Fix> {
    let (old, interval) = (group.health_check.timeout_s.unwrap_or(5), group.health_check.interval_s.unwrap_or(30));
    let timeout = old.saturating_mul(3).clamp(15, 120);
    let interval = interval.max(timeout + 5);
    if timeout <= old {
        return None; // it waits as long as it may already
    }
    let at = |field, seconds: u32| remedy::set(&["target_groups", &group.arn, "known", "health_check", field], json!(seconds));
    let change = vec![at("timeout_s", timeout), at("interval_s", interval)];
    let arn = quote(&group.arn);
    let arguments = format!("--health-check-timeout-seconds {timeout} --health-check-interval-seconds {interval}");
    let fix = Fix::new(format!("if the targets are only slow: wait {timeout} seconds for the health check's answer"), Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-target-group --target-group-arn {arn} {arguments}")))
        .console(format!("EC2: Target groups → {} → Health checks → Edit → Timeout {timeout}, Interval {interval}", group.name));
    Some(fix)
}

/// Security groups are judged by target-sg-traffic-port and target-sg-hc-port; what else drops packets has to be looked for.
fn find_the_drop(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let arn = quote(&group.arn);
    let port = if group.health_check.port == "traffic-port" { "on their port" } else { &group.health_check.port };
    let targets = quote("TargetHealthDescriptions[].[Target.Id,Target.Port,TargetHealth.Reason]");
    Fix::new("if nothing answers at all: find what drops the packets between load balancer and targets", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 describe-target-health --target-group-arn {arn} --query {targets}")))
        .console(format!("VPC: Reachability Analyzer → from an interface of the load balancer to one of the targets, TCP {port}"))
}
