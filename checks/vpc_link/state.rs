//! What AWS says about the state of the links in use: an observation, so no fix ever writes it.

use crate::check::Phase;
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{VpcLink, VpcLinkState};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walk::Walk;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

/// Every status there is (<https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks-vpclinkid.html>).
const STATUSES: [&str; 5] = ["PENDING", "AVAILABLE", "DELETING", "FAILED", "INACTIVE"];

/// Each link in use with its state. A status of later days is a gap: nobody knows what it does to requests.
pub(super) fn states(deployment: &Deployment) -> Walk<(&VpcLink, &VpcLinkState)> {
    deployment.used_links().then(|link| {
        let state = deployment.vpc_link_state(link)?;
        if !STATUSES.contains(&state.status.as_str()) {
            let what = format!("VPC link {} is \"{}\", a status that this version does not know", link.id, state.status);
            return Err(Gap::undecided(Part::VpcLinkState, what));
        }
        Ok(Some((link, state)))
    })
}

/// The subject of a link.
pub(super) fn subject_of(link_id: &str) -> Subject {
    Subject::new(SubjectKind::VpcLink, link_id)
}

/// Adds the state as evidence, with AWS's own words.
pub(super) fn with_state(finding: Finding, link: &VpcLink, state: &VpcLinkState) -> Finding {
    let status = Evidence::found(subject_of(&link.id), "VpcLinkStatus", &state.status, source::GET_VPC_LINK).expected("AVAILABLE");
    let finding = finding.evidence(status);
    match &state.message {
        Some(message) => finding.evidence(Evidence::found(subject_of(&link.id), "VpcLinkStatusMessage", message, source::GET_VPC_LINK)),
        None => finding,
    }
}

/// Nothing gets through the link. Which status API Gateway answers with is not documented.
pub(super) fn stops_the_link(link_id: &str, status: Option<u16>) -> Effect {
    let answer = ExpectedAnswer::gateway(status, Symptom::GatewayServiceUnavailable).inferred();
    Effect::blocks_all(Phase::Connect, subject_of(link_id), answer)
}

/// The command that shows the state.
pub(super) fn show(deployment: &Deployment, link_id: &str) -> String {
    let query = "--query '[VpcLinkStatus,VpcLinkStatusMessage]'";
    aws(deployment, &format!("apigatewayv2 get-vpc-link --vpc-link-id {} {query}", quote(link_id)))
}
