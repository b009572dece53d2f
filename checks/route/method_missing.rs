//! The path has routes, but none for the request's method.

use super::new_route::create_route;
use super::taker::{Taker, confidence, taker, takes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Route;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::routes;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "method-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the path has routes, but none for the request's method",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Stages],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("method_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct MethodMissing;

impl Check for MethodMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for (index, request) in deployment.requests().iter().enumerate() {
            match taker(deployment, all, request) {
                Taker::Route(route) => out.fine(Subject::new(SubjectKind::Route, &route.key), takes(route, request)),
                Taker::OtherMethods(others) => out.found(finding(deployment, &others, index, request)),
                // the other checks on missing routes report these
                Taker::OnlyBelowRoot(_) | Taker::NearlySame(_) | Taker::OnlyBelow(_) | Taker::Preflight | Taker::Nobody => {}
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, others: &[&Route], index: usize, request: &Request) -> Finding {
    let (method, path) = (&request.method, request.bare_path());
    let keys: Vec<&str> = others.iter().map(|route| route.key.as_str()).collect();
    // That no route matches is documented; that the answer is 404 and not 405 is inferred from it.
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred();
    let mut finding =
        Finding::new(&META, Subject::request(method, path), format!("no route takes {method} {path}, only {}", keys.join(", ")))
            .confidence(confidence(deployment, request))
            .effect(Effect::blocks_request(Phase::Edge, index, answer));
    for route in others.iter().take(4) {
        let subject = Subject::new(SubjectKind::Route, &route.key);
        finding = finding.evidence(
            Evidence::found(subject, "RouteKey", &route.key, source::GET_ROUTES).expected(format!("the method {method}, or ANY")),
        );
    }
    for method in [method.as_str(), "ANY"] {
        finding.fixes.extend(add_beside(deployment, others, method));
    }
    finding
}

/// The same path for one more method, to where the most specific of the others leads.
fn add_beside(deployment: &Deployment, others: &[&Route], method: &str) -> Option<Fix> {
    let (beside, integration) = others.iter().find_map(|route| Some((*route, route.integration_id()?)))?;
    let (_, pattern) = routes::split_key(&beside.key)?;
    // ANY, and everything below a path, let more in than was asked for.
    let risk = if method == "ANY" || pattern.ends_with("+}") { Risk::Disruptive } else { Risk::Safe };
    Some(create_route(deployment, &format!("{method} {pattern}"), integration, Some(beside), risk))
}
