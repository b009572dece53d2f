//! A route to which no integration is attached.

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
    id: "route-without-target",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no integration is attached to the route",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Integrations, Part::Stages],
    symptoms: &[Symptom::GatewayNotFound, Symptom::GatewayInternalError, Symptom::GatewayOther],
    refines: &[],
    since: "0.1.0",
    page: include_str!("route_without_target.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RouteWithoutTarget;

impl Check for RouteWithoutTarget {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for route in deployment.routes()?.values() {
            let subject = Subject::new(SubjectKind::Route, &route.key);
            match route.target.as_deref().filter(|target| !target.is_empty()) {
                Some(target) => out.fine(subject, format!("route {} leads to {target}", route.key)),
                None => out.found(finding(deployment, route, subject)),
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, route: &Route, subject: Subject) -> Finding {
    // AWS documents that a target may be absent, but not what such a route answers.
    let answer = ExpectedAnswer::gateway(None, Symptom::GatewayOther).inferred();
    let summary = format!("no integration is attached to route {}", route.key);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::absent(subject.clone(), "Target", source::GET_ROUTES).expected("integrations/INTEGRATION"))
        .effect(Effect::blocks_all(Phase::Edge, subject, answer));
    for integration in candidates(deployment) {
        finding = finding.fix(attach(deployment, route, integration));
    }
    finding
}
