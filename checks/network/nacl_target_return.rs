//! A network ACL does not let the answers of the targets get back to the load balancer.

use super::kept_back::Way;
use super::to_targets::examine;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::Severity;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "nacl-target-return",
    hop: Hop::Network,
    severity: Severity::Error,
    title: "a network ACL keeps the targets' answers from the load balancer",
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
    page: include_str!("nacl_target_return.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NaclTargetReturn;

impl Check for NaclTargetReturn {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        examine(&META, deployment, out, Way::Back);
        Ok(())
    }
}
