//! The VPC link is still being made: its network interfaces are not there yet.

use super::state::{show, states, stops_the_link, subject_of, with_state};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "vpclink-pending",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "the VPC link is not ready yet",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::VpcLinkState],
    optional: &[],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_pending.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkPending;

impl Check for VpclinkPending {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(states(deployment), |out, (link, state)| {
            if state.status != "PENDING" {
                out.fine(subject_of(&link.id), format!("VPC link {} is {}", link.id, state.status));
                return Ok(());
            }
            let summary = format!("VPC link {} is PENDING: API Gateway is still making its network interfaces", link.id);
            let finding = Finding::new(&META, subject_of(&link.id), summary).effect(stops_the_link(&link.id, Some(503)));
            let wait = Fix::new("wait until it is AVAILABLE; that takes minutes", Risk::Safe, Vec::new())
                .cli(show(deployment, &link.id))
                .console(format!("API Gateway: VPC links → {}", link.name));
            out.found(with_state(finding, link, state).fix(wait));
            Ok(())
        });
        Ok(())
    }
}
