//! A network ACL does not let the load balancer get to its targets, on the port of the requests or of the health checks.

use super::kept_back::Way;
use super::to_targets::examine;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::Severity;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "nacl-lb-to-target",
    hop: Hop::Network,
    severity: Severity::Error,
    title: "a network ACL keeps the load balancer from its targets",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::VpcLinks,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::TargetHealth,
        Part::Subnets,
        Part::NetworkAcls,
    ],
    optional: &[Part::NetworkInterfaces, Part::Services, Part::TargetGroupAttributes, Part::LoadBalancerAttributes],
    symptoms: &[Symptom::LbGatewayTimeout, Symptom::GatewayServiceUnavailable],
    refines: &["hc-timeout", "tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("nacl_lb_to_target.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NaclLbToTarget;

impl Check for NaclLbToTarget {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        examine(&META, deployment, out, Way::There);
        Ok(())
    }
}
