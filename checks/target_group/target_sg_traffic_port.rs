//! The targets' security groups do not let the load balancer in on the port that gets the requests.

use super::doors::{Knocks, STOPPED_FOR_SILENCE, closed};
use super::visitor::Shows;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Finding, Severity};
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
        Part::TargetGroupAttributes,
    ],
    optional: &[Part::PrefixLists, Part::Subnets, Part::ServiceState, Part::Tasks],
    symptoms: &[Symptom::LbGatewayTimeout, Symptom::GatewayServiceUnavailable, Symptom::LbServiceUnavailable],
    refines: STOPPED_FOR_SILENCE,
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
        let everywhere = closed(deployment, out, Knocks::Traffic, |balancer, group| {
            // A Network Load Balancer without groups is nlb-no-sg, and one that shows the caller's address nlb-client-ip-preservation.
            let own = balancer.is_application() || !balancer.security_group_ids.is_empty();
            Ok((own && !deployment.preserves_client_ip(balancer, group)?).then_some(Shows::Own))
        });
        for closed in &everywhere {
            let finding = Finding::new(&META, closed.subject(), format!("no rule lets {}", closed.words()));
            let mut finding = closed.stops(deployment, finding);
            finding.fixes.extend(closed.fix(deployment, &everywhere));
            out.found(finding);
        }
        Ok(())
    }
}
