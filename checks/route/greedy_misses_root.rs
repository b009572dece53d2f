//! Only a greedy route stands against a request for the root, and it takes only what is below.

use super::new_route::create_route;
use super::taker::{Taker, confidence, taker, takes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Risk, Severity};
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
    id: "greedy-misses-root",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "a greedy route does not take the root",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Stages],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("greedy_misses_root.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct GreedyMissesRoot;

impl Check for GreedyMissesRoot {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for (index, request) in deployment.requests().iter().enumerate() {
            match taker(deployment, all, request) {
                Taker::Route(route) => out.fine(Subject::new(SubjectKind::Route, &route.key), takes(route, request)),
                Taker::OnlyBelowRoot(greedy) => out.found(finding(deployment, greedy, index, request)),
                // the other checks on missing routes report these
                Taker::OtherMethods(_) | Taker::NearlySame(_) | Taker::OnlyBelow(_) | Taker::Preflight | Taker::Nobody => {}
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, greedy: &Route, index: usize, request: &Request) -> Finding {
    let method = &request.method;
    // AWS says that a greedy variable catches child resources; that the root is none of them is seen in the field.
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred();
    let subject = Subject::new(SubjectKind::Route, &greedy.key);
    let root = routes::split_key(&greedy.key).map_or_else(|| "ANY /".to_owned(), |(method, _)| format!("{method} /"));
    let summary = format!("no route takes {method} /: {} takes only what is below the root", greedy.key);
    let finding = Finding::new(&META, Subject::request(method, "/"), summary)
        .confidence(confidence(deployment, request).min(Confidence::Likely))
        .evidence(Evidence::found(subject, "RouteKey", &greedy.key, source::GET_ROUTES).expected(format!("{root} beside it")))
        .effect(Effect::blocks_request(Phase::Edge, index, answer));
    match greedy.integration_id() {
        Some(integration) => finding.fix(create_route(deployment, &root, integration, Some(greedy), Risk::Safe)),
        None => finding, // route-without-target comes first
    }
}
