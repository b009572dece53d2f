//! The VPC link could not be made, or could not be brought back.

use super::new_link::{replace, same_again};
use super::state::{show, states, stops_the_link, subject_of, with_state};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "vpclink-failed",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "the VPC link failed",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::VpcLinkState],
    optional: &[Part::Subnets, Part::Listeners, Part::LoadBalancers, Part::NetworkInterfaces, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_failed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkFailed;

impl Check for VpclinkFailed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(states(deployment), |out, (link, state)| {
            if state.status != "FAILED" {
                out.fine(subject_of(&link.id), format!("VPC link {} is {}", link.id, state.status));
                return Ok(());
            }
            let why = state.message.as_deref().unwrap_or("AWS gives no reason");
            let summary = format!("VPC link {} is FAILED: {why}", link.id);
            let finding = Finding::new(&META, subject_of(&link.id), summary).effect(stops_the_link(&link.id, Some(503)));
            out.found(with_state(finding, link, state).fix(make_anew(deployment, link)));
            Ok(())
        });
        Ok(())
    }
}

/// A link cannot be repaired. Whether the new one fails, too, depends on the reason that AWS gives.
fn make_anew(deployment: &Deployment, link: &VpcLink) -> Fix {
    let title = "make a new VPC link and switch the integrations to it, after removing the reason that AWS gives";
    match same_again(deployment, link) {
        Some(plan) => replace(deployment, &link.id, title, &plan),
        None => Fix::new(title, Risk::Disruptive, Vec::new())
            .cli(show(deployment, &link.id))
            .console("API Gateway: VPC links → Create → VPC link for HTTP APIs; then Integrations → Edit → VPC link"),
    }
}
