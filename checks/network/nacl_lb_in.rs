//! The network ACL of the load balancer's subnets does not let the VPC link in on the listener's port.

use super::between::{Gate, Side, examine};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::Severity;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "nacl-lb-in",
    hop: Hop::Network,
    severity: Severity::Error,
    title: "the network ACL of the load balancer's or the tasks' subnets keeps the VPC link out",
    phase: Some(Phase::Connect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::VpcLinks,
        Part::Listeners,
        Part::LoadBalancers,
        Part::NetworkAcls,
        Part::CloudMapServices,
        Part::CloudMapInstances,
    ],
    optional: &[Part::NetworkInterfaces, Part::Subnets, Part::Services],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("nacl_lb_in.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NaclLbIn;

impl Check for NaclLbIn {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        examine(&META, deployment, out, Gate { side: Side::Balancer, egress: false });
        Ok(())
    }
}
