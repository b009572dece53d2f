//! The target group says HTTPS, and all looks as if the targets speak plain HTTP.

use super::health::{failing, failure, subject, traffic_port};
use super::replacement::replace;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, Finding, Fix, Severity};
use crate::model::balancing::{HealthCheck, Listener, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "tg-protocol-https-vs-plain",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "the target group says HTTPS, and the targets look like plain HTTP",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Services],
    symptoms: &[Symptom::LbBadGateway],
    refines: &["hc-connect-refused", "tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("tg_protocol_https_vs_plain.md"),
};

/// Ports on which applications speak plain HTTP unless somebody wanted otherwise. No configuration says which protocol a process speaks.
const PLAIN: &[u16] = &[80, 3000, 4000, 5000, 8000, 8008, 8080, 8081, 8888, 9000];

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TgProtocolHttpsVsPlain;

impl Check for TgProtocolHttpsVsPlain {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            if group.protocol.as_deref() != Some("HTTPS") {
                if group.protocol.as_deref() == Some("HTTP") {
                    out.fine(subject(group), format!("target group {} speaks plain HTTP to its targets", group.name));
                }
                return Ok(());
            }
            match look(deployment, group, listener)? {
                Some(finding) => out.found(finding),
                None => out.fine(subject(group), format!("no target of HTTPS target group {} fails like a plain HTTP server", group.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// Only where the health check failed while connecting, with the group's own protocol and port, and on a port known for plain HTTP;
/// everything else is hc-connect-refused alone.
fn look(deployment: &Deployment, group: &TargetGroup, listener: &Listener) -> Result<Option<Finding>, Gap> {
    let Some(failing) = failing(deployment.targets(&group.arn)?, "Target.FailedHealthChecks") else { return Ok(None) };
    let blocks = failing.stops(group);
    let plain: Option<Vec<u16>> =
        failing.targets.iter().map(|target| traffic_port(group, target).filter(|port| PLAIN.contains(port))).collect();
    let (Some(port), true) = (plain.and_then(|ports| ports.first().copied()), blocks != Blocks::None) else { return Ok(None) };
    let mut effect = Effect::blocks_all(Phase::TargetConnect, subject(group), failure(listener, 502, Symptom::LbBadGateway));
    effect.blocks = blocks;
    let summary = format!("target group {} speaks HTTPS to port {port}, where {} look like plain HTTP", group.name, failing.who());
    let finding = Finding::new(&META, subject(group), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject(group), "Protocol", "HTTPS", source::DESCRIBE_TARGET_GROUPS).expected("HTTP"))
        .effect(effect);
    Ok(Some(failing.evidence(finding).fix(speak_plain(deployment, group))))
}

fn speak_plain(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let plain = || Some("HTTP".to_owned());
    let health_check = HealthCheck { protocol: plain(), ..group.health_check.clone() };
    let wanted = TargetGroup { protocol: plain(), health_check, ..group.clone() };
    let title = "put a target group with protocol HTTP in its place, if the application speaks plain HTTP".to_owned();
    replace(deployment, group, wanted, "http", title)
}
