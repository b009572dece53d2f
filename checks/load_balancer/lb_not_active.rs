//! The load balancer is still being set up, or could not be.

use super::replacement::by_another;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LbState, LoadBalancer};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-not-active",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer is not active",
    phase: Some(Phase::Connect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::LoadBalancerState,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_not_active.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbNotActive;

impl Check for LbNotActive {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.passed_load_balancers(), |out, lb| {
            let state = deployment.load_balancer_state(lb)?;
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            match state.code.as_str() {
                // An impaired one routes, too; that it cannot grow is lb-impaired.
                "active" | "active_impaired" => out.fine(subject, format!("load balancer {} is {}", lb.name, state.code)),
                "provisioning" | "failed" => out.found(finding(deployment, lb, state, subject)),
                other => {
                    let what = format!("this version does not know the state \"{other}\" of a load balancer");
                    return Err(Gap::undecided(Part::LoadBalancerState, what));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, state: &LbState, subject: Subject) -> Finding {
    // AWS documents that it is not ready to route; which status API Gateway makes of it is seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let failed = state.code == "failed";
    let words = if failed { "could not be set up" } else { "is still being set up" };
    let mut finding = Finding::new(&META, subject.clone(), format!("load balancer {} {words}", lb.name))
        .evidence(Evidence::found(subject.clone(), "State.Code", &state.code, source::DESCRIBE_LOAD_BALANCERS).expected("active"));
    if let Some(reason) = &state.reason {
        finding = finding.evidence(Evidence::found(subject.clone(), "State.Reason", reason, source::DESCRIBE_LOAD_BALANCERS));
    }
    let named = deployment.used_load_balancers().items.iter().any(|named| named.arn == lb.arn);
    // Behind a Network Load Balancer it is that one's target, and API Gateway has already connected.
    let phase = if named { Phase::Connect } else { Phase::TargetConnect };
    let finding = finding.effect(Effect::blocks_all(phase, subject, answer));
    finding.fix(if failed { replace(deployment, lb) } else { wait(deployment, lb) })
}

fn wait(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    Fix::new("wait until it is active; that takes some minutes", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 wait load-balancer-available --load-balancer-arns {}", quote(&lb.arn))))
        .console(format!("EC2: Load balancers → {} → Status", lb.name))
}

/// A failed load balancer stays failed: the state is an observation, so there is nothing to change on the model.
fn replace(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let fix = Fix::new("mend what the reason names, and make another load balancer in its place", Risk::Disruptive, Vec::new());
    by_another(deployment, lb, fix)
}
