//! The targets' security groups do not let the load balancer in on the health check's own port.

use super::closed::Closed;
use super::doors::{Knocks, Known, STOPPED_FOR_SILENCE, closed};
use super::health::subject;
use super::visitor::Shows;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "target-sg-hc-port",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "the targets' security groups keep the load balancer's health check out",
    phase: None, // requests have another port, and the load balancer fails open as long as ECS leaves it somebody
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
        Part::TargetGroupAttributes,
    ],
    optional: &[Part::PrefixLists, Part::Subnets, Part::ServiceState, Part::Tasks],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: STOPPED_FOR_SILENCE,
    since: "0.1.0",
    page: include_str!("target_sg_hc_port.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetSgHcPort;

impl Check for TargetSgHcPort {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let everywhere = closed(deployment, out, Knocks::HealthCheck, |_, _| Ok(Some(Shows::Own)));
        for closed in &everywhere {
            let mut finding = finding(deployment, closed);
            finding.fixes.extend(closed.fix(deployment, &everywhere));
            out.found(finding);
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, closed: &Closed<'_>) -> Finding {
    let finding = Finding::new(&META, closed.subject(), format!("no rule lets the health check of {}", closed.words()))
        // Which tasks are registered was not read: these are the groups that the service gives them.
        .confidence(if closed.known == Known::Unread { Confidence::Likely } else { Confidence::Certain })
        .evidence(Evidence::found(
            subject(closed.group),
            "HealthCheckPort",
            &closed.group.health_check.port,
            source::DESCRIBE_TARGET_GROUPS,
        ));
    let finding = match closed.empties(deployment) {
        true => finding.severity(Severity::Error).effect(closed.empty()),
        false => finding.effect(Effect::weakens(Phase::TargetConnect, subject(closed.group))),
    };
    closed.evidence(deployment, finding)
}
