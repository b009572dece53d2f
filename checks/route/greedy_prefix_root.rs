//! A greedy route takes what is below a path, and the request is for that path itself.

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
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "greedy-prefix-root",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "a greedy route does not take its own prefix",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Stages],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("greedy_prefix_root.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct GreedyPrefixRoot;

impl Check for GreedyPrefixRoot {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for (index, request) in deployment.requests().iter().enumerate() {
            match taker(deployment, all, request) {
                Taker::Route(route) => out.fine(Subject::new(SubjectKind::Route, &route.key), takes(route, request)),
                Taker::OnlyBelow(greedy) => out.found(finding(deployment, greedy, index, request)),
                // method-missing, greedy-misses-root, trailing-slash-or-case and route-missing report these
                Taker::OtherMethods(_) | Taker::OnlyBelowRoot(_) | Taker::NearlySame(_) | Taker::Preflight | Taker::Nobody => {}
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, greedy: &Route, index: usize, request: &Request) -> Finding {
    let (method, path) = (&request.method, request.bare_path());
    // AWS says that a greedy variable catches child resources; that the prefix is none of them is inferred.
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound).inferred();
    let subject = Subject::new(SubjectKind::Route, &greedy.key);
    let own = own_key(&greedy.key, path);
    let summary = format!("no route takes {method} {path}: {} takes only what is below it", greedy.key);
    let finding = Finding::new(&META, Subject::request(method, path), summary)
        .confidence(confidence(deployment, request).min(Confidence::Likely))
        .evidence(Evidence::found(subject, "RouteKey", &greedy.key, source::GET_ROUTES).expected(format!("{own} beside it")))
        .effect(Effect::blocks_request(Phase::Edge, index, answer));
    match greedy.integration_id() {
        Some(integration) => finding.fix(create_route(deployment, &own, integration, Some(greedy), Risk::Safe)),
        None => finding, // route-without-target comes first
    }
}

/// The greedy route's key without its last segment, with the slash that the request has at its end.
fn own_key(greedy: &str, path: &str) -> String {
    let prefix = greedy.rsplit_once("/{").map_or(greedy, |(prefix, _)| prefix);
    format!("{prefix}{}", if path.ends_with('/') { "/" } else { "" })
}
