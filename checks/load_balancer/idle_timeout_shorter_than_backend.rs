//! The load balancer gives up on a slow target before API Gateway does.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

/// The attribute that holds the seconds.
const IDLE: &str = "idle_timeout.timeout_seconds";

/// Seconds without the attribute.
pub(crate) const IDLE_DEFAULT: u32 = 60;

/// The longest an HTTP API waits, and what it waits unless said otherwise.
const GATEWAY_MS: u32 = 30_000;

static META: Meta = Meta {
    id: "idle-timeout-shorter-than-backend",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "the load balancer gives up on a slow target before API Gateway does",
    phase: None, // only slow requests are stopped, and which are is not known
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::LoadBalancerAttributes,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[],
    symptoms: &[Symptom::LbGatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("idle_timeout_shorter_than_backend.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct IdleTimeoutShorterThanBackend;

impl Check for IdleTimeoutShorterThanBackend {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        // Of several integrations with one load balancer, the one that waits longest meets the limit first.
        let mut waits = deployment.integration_readers();
        waits.items.sort_by_key(|(integration, _)| (std::cmp::Reverse(patience(integration)), &integration.id));
        let waits = waits.unique_by(|(_, listener)| &listener.load_balancer_arn);
        out.over(waits, |out, (integration, listener)| {
            let Some(lb) = deployment.load_balancer(&listener.load_balancer_arn)?.filter(|lb| lb.is_application()) else {
                return Ok(()); // a Network Load Balancer keeps idle connections for minutes
            };
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            match idle_timeout(deployment, &lb.arn)? {
                idle if u64::from(idle) * 1000 < u64::from(patience(integration)) => {
                    out.found(finding(deployment, integration, lb, subject, idle));
                }
                idle => out.fine(subject, format!("load balancer {} waits {idle} seconds for a target", lb.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

/// How long API Gateway waits, in milliseconds.
fn patience(integration: &Integration) -> u32 {
    integration.timeout_ms.unwrap_or(GATEWAY_MS)
}

/// How long an Application Load Balancer waits for a silent target, in seconds.
pub(crate) fn idle_timeout(deployment: &Deployment, load_balancer_arn: &str) -> Result<u32, Gap> {
    let seconds = deployment.load_balancer_attributes(load_balancer_arn)?.get(IDLE);
    Ok(seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(IDLE_DEFAULT))
}

fn finding(deployment: &Deployment, integration: &Integration, lb: &LoadBalancer, subject: Subject, idle: u32) -> Finding {
    let waits = patience(integration);
    let of = Subject::new(SubjectKind::Integration, &integration.id);
    let summary = format!("load balancer {} answers 504 after {idle} seconds of silence, and API Gateway would wait {waits} ms", lb.name);
    let wanted = format!("more than {}", waits.div_ceil(1000));
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), IDLE, idle.to_string(), source::DESCRIBE_LOAD_BALANCER_ATTRIBUTES).expected(wanted))
        .evidence(Evidence::found(of, "TimeoutInMillis", waits.to_string(), source::GET_INTEGRATIONS))
        .effect(Effect::weakens(Phase::Target, subject))
        .fix(wait_longer(deployment, lb))
}

fn wait_longer(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let change = vec![remedy::set(&["load_balancer_attributes", &lb.arn, "known", IDLE], json!(IDLE_DEFAULT.to_string()))];
    let arguments = format!("--load-balancer-arn {} --attributes Key={IDLE},Value={IDLE_DEFAULT}", quote(&lb.arn));
    Fix::new(format!("wait {IDLE_DEFAULT} seconds, AWS's default"), Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-load-balancer-attributes {arguments}")))
        .console(format!("EC2: Load balancers → {} → Attributes → Edit → Idle timeout {IDLE_DEFAULT}", lb.name))
}
