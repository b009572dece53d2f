//! The Network Load Balancer's security groups do not let the VPC link in on the listener's port.

use super::from_link::look;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::Severity;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "nlb-sg-ingress",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the Network Load Balancer's security groups keep the VPC link out",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Listeners, Part::LoadBalancers, Part::SecurityGroups],
    optional: &[Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("nlb_sg_ingress.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NlbSgIngress;

impl Check for NlbSgIngress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.link_paths(), |out, path| {
            // An Application Load Balancer is lb-sg-ingress-from-link.
            if path.load_balancer.is_application() { Ok(()) } else { look(&META, deployment, out, path) }
        });
        Ok(())
    }
}
