//! The target group wants HTTP/2 or gRPC, and API Gateway speaks HTTP/1.1 to the load balancer.

use super::health::subject;
use super::replacement::replace;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Severity};
use crate::model::balancing::{HealthCheck, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "tg-protocol-version",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "the target group wants HTTP/2 or gRPC, and API Gateway sends HTTP/1.1",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups],
    optional: &[Part::Services, Part::TargetHealth],
    symptoms: &[Symptom::LbProtocolMismatch],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tg_protocol_version.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TgProtocolVersion;

impl Check for TgProtocolVersion {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            match group.protocol_version.as_deref() {
                Some(version @ ("HTTP2" | "GRPC")) => out.found(finding(deployment, group, version)),
                Some(version) => out.fine(subject(group), format!("target group {} takes {version}", group.name)),
                None => {} // a function, or behind a Network Load Balancer: no version to get wrong
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, version: &str) -> Finding {
    let summary = format!("target group {} takes {version} only, and API Gateway sends HTTP/1.1", group.name);
    // AWS documents the 464 for HTTP/1.1 sent to such a group; that API Gateway sends HTTP/1.1 is inferred.
    let answer = ExpectedAnswer::load_balancer(Some(464), Symptom::LbProtocolMismatch).inferred();
    Finding::new(&META, subject(group), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(subject(group), "ProtocolVersion", version, source::DESCRIBE_TARGET_GROUPS).expected("HTTP1"))
        .effect(Effect::blocks_all(Phase::TargetConnect, subject(group), answer))
        .fix(speak_http1(deployment, group, version))
}

fn speak_http1(deployment: &Deployment, group: &TargetGroup, version: &str) -> Fix {
    let mut health_check = group.health_check.clone();
    if version == "GRPC" {
        // Its path is that of a gRPC method and its codes are gRPC's.
        health_check = HealthCheck { path: Some("/".to_owned()), matcher: Some("200".to_owned()), ..health_check };
    }
    let wanted = TargetGroup { protocol_version: Some("HTTP1".to_owned()), health_check, ..group.clone() };
    let title = "put a target group of version HTTP1 in its place, if the application speaks HTTP/1.1 as well".to_owned();
    replace(deployment, group, wanted, "http1", title)
}
