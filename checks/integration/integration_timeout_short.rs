//! API Gateway waits for less time than the health check of the targets does.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

/// The default, and the most that an HTTP API allows.
const LONGEST_MS: u32 = 30_000;

static META: Meta = Meta {
    id: "integration-timeout-short",
    hop: Hop::Integration,
    severity: Severity::Warning,
    title: "API Gateway gives up sooner than the targets' own health check does",
    phase: Some(Phase::Target),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("integration_timeout_short.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct IntegrationTimeoutShort;

impl Check for IntegrationTimeoutShort {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_listeners(), |out, (integration, listener)| {
            let limit = integration.timeout_ms.unwrap_or(LONGEST_MS);
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if limit >= LONGEST_MS {
                out.fine(subject, format!("integration {} waits as long as an HTTP API can: {limit} ms", integration.id));
                return Ok(());
            }
            let mut groups = Vec::new();
            for arn in deployment.target_group_arns_of(listener)? {
                groups.extend(deployment.target_group(arn)?);
            }
            let patience = |group: &&TargetGroup| group.health_check.timeout_s.unwrap_or_default().saturating_mul(1000);
            match groups.into_iter().max_by_key(patience) {
                Some(group) if patience(&group) > limit => out.found(finding(deployment, integration, limit, group)),
                Some(_) => {
                    out.fine(subject, format!("integration {} waits {limit} ms, no less than the health check does", integration.id))
                }
                None => {} // nothing is forwarded: the checks of the listener speak
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, limit: u32, group: &TargetGroup) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let at = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let seconds = group.health_check.timeout_s.unwrap_or_default();
    // Slow requests only; sources disagree whether they get 503 or 504.
    let answer = ExpectedAnswer::gateway(None, Symptom::GatewayServiceUnavailable).inferred();
    let summary = format!(
        "integration {} gives up after {limit} ms, and the health check of target group {} calls a target that takes {seconds} s healthy",
        integration.id, group.name
    );
    let change = vec![remedy::set(&["integrations", "known", &integration.id, "timeout_ms"], json!(LONGEST_MS))];
    let fix = Fix::new("wait as long as an HTTP API can", Risk::Safe, change)
        .cli(update_integration(deployment, &integration.id, &format!("--timeout-in-millis {LONGEST_MS}")))
        .console(format!("{CONSOLE_INTEGRATION} → Advanced settings → Timeout: {LONGEST_MS}"));
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Possible)
        .evidence(
            Evidence::found(subject.clone(), "TimeoutInMillis", limit.to_string(), source::GET_INTEGRATIONS)
                .expected(format!("at least {}", seconds.saturating_mul(1000))),
        )
        .evidence(Evidence::found(at, "HealthCheckTimeoutSeconds", seconds.to_string(), source::DESCRIBE_TARGET_GROUPS))
        .effect(Effect::blocks_some(Phase::Target, subject, answer))
        .fix(then_deploy(deployment, fix))
}
