//! The Network Load Balancer has no security groups, and the targets' groups do not admit its addresses.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;
use crate::target_group::doors::{Knocks, STOPPED_FOR_SILENCE, closed};
use crate::target_group::visitor::Shows;

static META: Meta = Meta {
    id: "nlb-no-sg",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the Network Load Balancer has no security group, and the targets do not admit its addresses",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::TargetGroupAttributes,
        Part::TargetHealth,
        Part::NetworkInterfaces,
        Part::SecurityGroups,
        Part::Services,
    ],
    optional: &[Part::Subnets, Part::ServiceState, Part::Tasks],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: STOPPED_FOR_SILENCE,
    since: "0.1.0",
    page: include_str!("nlb_no_sg.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NlbNoSg;

impl Check for NlbNoSg {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let everywhere = closed(deployment, out, Knocks::Traffic, |balancer, group| {
            // One with groups is target-sg-traffic-port, and one that shows its caller's address nlb-client-ip-preservation.
            let own = !balancer.is_application() && balancer.security_group_ids.is_empty();
            Ok((own && !deployment.preserves_client_ip(balancer, group)?).then_some(Shows::Own))
        });
        for closed in &everywhere {
            let summary = format!("no rule lets {}: it has no security group, so a rule has to name its addresses", closed.words());
            let mut finding = closed.stops(deployment, Finding::new(&META, closed.subject(), summary));
            finding.fixes.extend(closed.fix(deployment, &everywhere));
            out.found(finding);
        }
        Ok(())
    }
}
