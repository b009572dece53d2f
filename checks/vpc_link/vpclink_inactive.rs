//! The VPC link went to sleep: without traffic for 60 days, API Gateway deletes its network interfaces.

use super::state::{show, states, stops_the_link, subject_of, with_state};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::DEFAULT_STAGE;
use crate::model::part::Part;
use crate::steps::quote;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "vpclink-inactive",
    hop: Hop::VpcLink,
    severity: Severity::Error,
    title: "the VPC link is inactive after 60 days without traffic",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::VpcLinkState],
    optional: &[Part::Api, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("vpclink_inactive.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct VpclinkInactive;

impl Check for VpclinkInactive {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(states(deployment), |out, (link, state)| {
            if state.status != "INACTIVE" {
                out.fine(subject_of(&link.id), format!("VPC link {} is {}", link.id, state.status));
                return Ok(());
            }
            let summary = format!("VPC link {} is INACTIVE: its network interfaces were deleted after 60 days without traffic", link.id);
            // That requests fail is documented, but the first of them wakes the link: by the time of the next one it may work.
            let finding =
                Finding::new(&META, subject_of(&link.id), summary).confidence(Confidence::Likely).effect(stops_the_link(&link.id, None));
            out.found(with_state(finding, link, state).fix(wake(deployment, &link.id)));
            Ok(())
        });
        Ok(())
    }
}

/// Requests wake the link. Nothing is configured, so there is nothing to verify on the model.
fn wake(deployment: &Deployment, link_id: &str) -> Fix {
    let title = "send requests until it is AVAILABLE again (2 to 5 minutes), and keep some traffic on it";
    Fix::new(title, Risk::Safe, Vec::new()).cli(format!("curl -i {}", quote(&url(deployment)))).cli(show(deployment, link_id))
}

/// The URL of the first request that was asked about.
fn url(deployment: &Deployment) -> String {
    let endpoint = deployment.api().map_or("INVOKE_URL", |api| api.endpoint.as_str());
    let Some(request) = deployment.requests().first() else { return endpoint.to_owned() };
    if let Some(domain) = &request.domain {
        return format!("https://{domain}{}", request.asked_path());
    }
    let stage = deployment.stage_for(request).ok().flatten().filter(|stage| stage.name != DEFAULT_STAGE);
    let segment = stage.map_or_else(String::new, |stage| format!("/{}", stage.name));
    format!("{endpoint}{segment}{}", request.bare_path())
}
