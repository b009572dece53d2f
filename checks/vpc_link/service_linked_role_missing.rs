//! The service-linked role is gone with which API Gateway makes the interfaces of VPC links and looks up listeners.

use super::state::{stops_the_link, subject_of, with_state};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::VpcLink;
use crate::model::part::Part;
use crate::remedy::set;
use crate::source;
use crate::symptom::Symptom;
use serde_json::json;

/// AWS gives it this name, in every account.
const ROLE: &str = "AWSServiceRoleForAPIGateway";

static META: Meta = Meta {
    id: "service-linked-role-missing",
    hop: Hop::VpcLink,
    severity: Severity::Warning,
    title: "the service-linked role of API Gateway is missing",
    phase: None,
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::ServiceLinkedRoles],
    optional: &[Part::VpcLinkState],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError],
    refines: &["vpclink-pending", "vpclink-inactive", "vpclink-failed"],
    since: "0.1.0",
    page: include_str!("service_linked_role_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServiceLinkedRoleMissing;

impl Check for ServiceLinkedRoleMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_links(), |out, link| {
            if deployment.service_linked_role_exists(ROLE)? {
                out.fine(subject_of(&link.id), format!("the role {ROLE} exists"));
            } else {
                out.found(finding(deployment, link));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, link: &VpcLink) -> Finding {
    let subject = subject_of(&link.id);
    let summary = format!("the role {ROLE} does not exist, and VPC link {} depends on it", link.id);
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::absent(subject.clone(), "Role", source::GET_ROLE).expected(ROLE));
    // A link that works has its interfaces already; one that does not cannot get any, and that may well be why.
    let state = deployment.vpc_link_state(link).ok().filter(|state| state.status != "AVAILABLE");
    let finding = match state {
        Some(state) => with_state(finding, link, state).severity(Severity::Error).effect(stops_the_link(&link.id, None)),
        None => finding.effect(Effect::weakens(Phase::Connect, subject)),
    };
    let change = vec![set(&["service_linked_roles", ROLE], json!({"known": true}))];
    finding.fix(
        Fix::new("make the role again", Risk::Safe, change)
            .cli("aws iam create-service-linked-role --aws-service-name ops.apigateway.amazonaws.com")
            .console("IAM: Roles → Create role → AWS service → API Gateway"),
    )
}
