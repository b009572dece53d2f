//! The targets' security groups do not let the load balancer in on the port that gets the requests.

use super::closed::Closed;
use super::doors::{Knocks, Known, closed};
use super::health::{subject, takes_part};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, ExpectedAnswer, Finding, Severity};
use crate::model::balancing::Target;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "target-sg-traffic-port",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "the targets' security groups keep the load balancer out",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::TargetHealth,
        Part::NetworkInterfaces,
        Part::SecurityGroups,
        Part::Services,
    ],
    optional: &[Part::PrefixLists, Part::Subnets],
    symptoms: &[Symptom::LbGatewayTimeout],
    refines: &["hc-timeout", "tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("target_sg_traffic_port.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetSgTrafficPort;

impl Check for TargetSgTrafficPort {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let everywhere = closed(deployment, out, Knocks::Traffic);
        for closed in &everywhere {
            let mut finding = finding(deployment, closed);
            finding.fixes.extend(closed.fix(deployment, &everywhere));
            out.found(finding);
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, closed: &Closed<'_>) -> Finding {
    let blocks = blocks(deployment, closed);
    let answer = ExpectedAnswer::load_balancer(Some(504), Symptom::LbGatewayTimeout);
    let mut effect = match blocks {
        Blocks::None => Effect::weakens(Phase::TargetConnect, subject(closed.group)),
        Blocks::Some | Blocks::All => Effect::blocks_all(Phase::TargetConnect, subject(closed.group), answer),
    };
    effect.blocks = blocks;
    let finding = Finding::new(&META, closed.subject(), format!("no rule lets {}", closed.words()))
        .severity(if blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        // Which tasks are registered was not read: these are the groups that the service gives them.
        .confidence(if closed.known == Known::Unread { Confidence::Likely } else { Confidence::Certain })
        .effect(effect);
    closed.evidence(deployment, finding)
}

/// Nobody registered: tg-empty stops requests now, this would stop them later. A target that is out because its health check meets the same
/// closed door gets no requests either, as long as another one is healthy.
fn blocks(deployment: &Deployment, closed: &Closed<'_>) -> Blocks {
    if closed.known != Known::Registered {
        return if closed.known == Known::Unread { Blocks::All } else { Blocks::None };
    }
    let registered = deployment.targets(&closed.group.arn).unwrap_or_default();
    let taking_part: Vec<&Target> = registered.iter().filter(|target| takes_part(target)).collect();
    let here = |target: &&&Target| closed.doors.iter().any(|door| door.target == Some(**target));
    if closed.partly {
        return Blocks::Some;
    }
    if taking_part.iter().all(|target| here(&target)) {
        return Blocks::All;
    }
    let healthy = |target: &&&Target| target.state == "healthy";
    let avoided = !taking_part.iter().filter(here).any(|target| healthy(&target)) && taking_part.iter().any(|target| healthy(&target));
    if avoided { Blocks::None } else { Blocks::Some }
}
