//! No route takes the request, and there is no `$default`.

use super::new_route::{candidates, create_route};
use super::taker::{Taker, confidence, taker, takes};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Route;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use std::collections::BTreeMap;

static META: Meta = Meta {
    id: "route-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no route takes the request",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Integrations, Part::Stages],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("route_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RouteMissing;

impl Check for RouteMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for (index, request) in deployment.requests().iter().enumerate() {
            match taker(deployment, all, request) {
                Taker::Route(route) => out.fine(Subject::new(SubjectKind::Route, &route.key), takes(route, request)),
                // method-missing, greedy-misses-root, trailing-slash-or-case and greedy-prefix-root say it better
                Taker::OtherMethods(_) | Taker::OnlyBelowRoot(_) | Taker::NearlySame(_) | Taker::OnlyBelow(_) => {}
                Taker::Preflight => {
                    let words = "CORS is configured, so API Gateway answers preflight requests without a route";
                    out.fine(Subject::request(&request.method, request.bare_path()), words);
                }
                Taker::Nobody => out.found(finding(deployment, all, index, request)),
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, all: &BTreeMap<String, Route>, index: usize, request: &Request) -> Finding {
    let (method, path) = (&request.method, request.bare_path());
    let api = Subject::new(SubjectKind::Api, deployment.api_id());
    let keys: Vec<&str> = all.values().take(5).map(|route| route.key.as_str()).collect();
    let evidence = if keys.is_empty() {
        Evidence::absent(api, "RouteKey", source::GET_ROUTES)
    } else {
        let more = if all.len() > keys.len() { ", …" } else { "" };
        Evidence::found(api, "RouteKey", format!("{}{more}", keys.join(", ")), source::GET_ROUTES)
    };
    let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound);
    let mut finding = Finding::new(&META, Subject::request(method, path), format!("no route takes {method} {path}"))
        .confidence(confidence(deployment, request))
        .evidence(evidence.expected(format!("a key that matches {method} {path}, or $default")))
        .effect(Effect::blocks_request(Phase::Edge, index, answer));
    finding.fixes = fixes(deployment, all, request);
    finding
}

/// The very route that is missing, to an integration that a person chooses. Or one for everything.
fn fixes(deployment: &Deployment, all: &BTreeMap<String, Route>, request: &Request) -> Vec<Fix> {
    // A new route may be open: where others ask for credentials, that is a decision.
    let risk = if all.values().all(|route| route.authorization_type == "NONE") { Risk::Safe } else { Risk::Disruptive };
    let candidates = candidates(deployment);
    let key = format!("{} {}", request.method, request.bare_path());
    let mut fixes: Vec<Fix> = candidates.iter().map(|integration| create_route(deployment, &key, &integration.id, None, risk)).collect();
    if let [only] = candidates.as_slice() {
        fixes.push(create_route(deployment, "$default", &only.id, None, Risk::Disruptive));
    }
    fixes
}
