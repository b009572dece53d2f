//! CORS is configured at API Gateway, so what the backend says about it does not count.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Affects, Blocks, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Cors;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::routes;
use crate::source;
use crate::steps::{aws, quote, then_deploy};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "cors-headers-ignored",
    hop: Hop::Route,
    severity: Severity::Info,
    title: "CORS is configured at API Gateway, so the backend's CORS headers are ignored",
    phase: Some(Phase::Edge),
    needs: &[Part::Api],
    optional: &[Part::Routes, Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cors_headers_ignored.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CorsHeadersIgnored;

impl Check for CorsHeadersIgnored {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let api = deployment.api()?;
        let subject = Subject::new(SubjectKind::Api, deployment.api_id());
        let Some(cors) = &api.cors else {
            out.fine(subject, "the API leaves CORS to the backend");
            return Ok(());
        };
        let requests = deployment.requests().iter().enumerate();
        let across = requests.filter(|(_, request)| request.method == "OPTIONS" || request.carries("origin"));
        let across: Vec<(usize, &Request)> = across.filter(|(_, request)| !is_caught(deployment, request)).collect();
        for (index, request) in &across {
            out.found(finding(deployment, cors, *index, request));
        }
        if across.is_empty() {
            out.fine(subject, "no request that was asked about comes from another origin");
        }
        Ok(())
    }
}

/// A preflight request that `$default` catches and asks for credentials: `cors-preflight-authorized` speaks about it.
fn is_caught(deployment: &Deployment, request: &Request) -> bool {
    let Ok(all) = deployment.routes() else { return false };
    let chosen = routes::select(all, &request.method, request.bare_path()).chosen;
    request.method == "OPTIONS" && chosen.is_some_and(|chosen| chosen.route.key == "$default" && chosen.route.authorization_type != "NONE")
}

fn finding(deployment: &Deployment, cors: &Cors, index: usize, request: &Request) -> Finding {
    let words = format!("{} {}", request.method, request.bare_path());
    let preflight = request.method == "OPTIONS";
    let summary = if preflight {
        format!("API Gateway answers {words} by itself, because CORS is configured: the backend never sees it")
    } else {
        format!("the CORS headers in the answer to {words} are API Gateway's: those of the backend are ignored")
    };
    // That API Gateway answers is documented; with which status is seen in the field.
    let answer = ExpectedAnswer::gateway(Some(204), Symptom::GatewayOther).inferred();
    let effect = match preflight {
        true => Effect::blocks_request(Phase::Edge, index, answer),
        false => Effect { affects: Affects::Request(index), phase: Phase::Target, blocks: Blocks::None, answer: ExpectedAnswer::target() },
    };
    let listed = |values: &[String]| if values.is_empty() { "none".to_owned() } else { values.join(", ") };
    let api = Subject::new(SubjectKind::Api, deployment.api_id());
    let field = |name, values: &[String]| Evidence::found(api.clone(), name, listed(values), source::GET_API);
    Finding::new(&META, Subject::request(&request.method, request.bare_path()), summary)
        .evidence(field("CorsConfiguration.AllowOrigins", &cors.allow_origins))
        .evidence(field("CorsConfiguration.AllowMethods", &cors.allow_methods))
        .evidence(field("CorsConfiguration.AllowHeaders", &cors.allow_headers))
        .effect(effect)
        .fix(say_it_here(deployment))
        .fix(leave_it_to_the_backend(deployment))
}

/// What browsers may do is a decision, not a thing that a model could know.
fn say_it_here(deployment: &Deployment) -> Fix {
    let api = quote(deployment.api_id());
    let configuration = "--cors-configuration AllowOrigins=https://www.example.com,AllowMethods=GET,AllowHeaders=authorization";
    Fix::new("say at API Gateway what browsers may do, and nothing at the backend", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("apigatewayv2 update-api --api-id {api} {configuration}")))
        .console("API Gateway: CORS → Configure")
}

fn leave_it_to_the_backend(deployment: &Deployment) -> Fix {
    let change = vec![remedy::set(&["api", "known", "cors"], json!(null))];
    let command = format!("apigatewayv2 delete-cors-configuration --api-id {}", quote(deployment.api_id()));
    let fix = Fix::new("leave CORS to the backend, which then has to answer preflight requests, too", Risk::Disruptive, change)
        .cli(aws(deployment, &command))
        .console("API Gateway: CORS → Clear");
    then_deploy(deployment, fix)
}
