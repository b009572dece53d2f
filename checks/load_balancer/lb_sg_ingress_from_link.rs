//! The load balancer's security groups do not let the VPC link in on the listener's port.

use super::from_link::look;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::Severity;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-sg-ingress-from-link",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer's security groups keep the VPC link out",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Listeners, Part::LoadBalancers, Part::SecurityGroups],
    optional: &[Part::PrefixLists, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_sg_ingress_from_link.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbSgIngressFromLink;

impl Check for LbSgIngressFromLink {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.link_paths(), |out, path| {
            // A Network Load Balancer is nlb-sg-ingress.
            if path.load_balancer.is_application() { look(&META, deployment, out, path) } else { Ok(()) }
        });
        Ok(())
    }
}
