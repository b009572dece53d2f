//! The route leads to an integration that does not exist.

use super::new_route::{attach, candidates};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Route;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "route-target-dangling",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the route leads to an integration that does not exist",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable, Symptom::GatewayOther],
    refines: &[],
    since: "0.1.0",
    page: include_str!("route_target_dangling.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RouteTargetDangling;

impl Check for RouteTargetDangling {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let integrations = deployment.integrations()?;
        for route in deployment.routes()?.values() {
            let Some(target) = route.target.as_deref().filter(|target| !target.is_empty()) else {
                continue; // route-without-target reports it
            };
            let subject = Subject::new(SubjectKind::Route, &route.key);
            match route.integration_id().and_then(|id| integrations.get(id)) {
                Some(integration) => {
                    out.fine(subject, format!("route {} leads to integration {}, which exists", route.key, integration.id))
                }
                None => out.found(finding(deployment, route, target, subject)),
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, route: &Route, target: &str, subject: Subject) -> Finding {
    // AWS refuses to delete an integration that a route uses, and says nothing about what such a route would answer.
    let answer = ExpectedAnswer::gateway(None, Symptom::GatewayInternalError).inferred();
    let summary = format!("route {} leads to {target}, and the API has no such integration", route.key);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), "Target", target, source::GET_ROUTES).expected("an integration of this API"))
        .evidence(
            Evidence::absent(Subject::new(SubjectKind::Api, deployment.api_id()), "IntegrationId", source::GET_INTEGRATIONS)
                .expected(target),
        )
        .effect(Effect::blocks_all(Phase::Edge, subject, answer));
    for integration in candidates(deployment) {
        finding = finding.fix(attach(deployment, route, integration));
    }
    finding
}
