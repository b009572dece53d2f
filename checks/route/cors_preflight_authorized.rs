//! CORS is configured, and `$default` asks preflight requests for credentials that no browser sends.

use super::new_route::create_route;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Route;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::routes;
use crate::source;
use crate::symptom::Symptom;

/// The key of the route that catches what no other route matches.
const DEFAULT_ROUTE: &str = "$default";

/// The route that AWS recommends beside it.
const OPEN_PREFLIGHT: &str = "OPTIONS /{proxy+}";

static META: Meta = Meta {
    id: "cors-preflight-authorized",
    hop: Hop::Route,
    severity: Severity::Warning,
    title: "CORS is configured, and $default asks preflight requests for credentials",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Routes],
    optional: &[Part::Stages],
    symptoms: &[Symptom::GatewayUnauthorized, Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cors_preflight_authorized.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CorsPreflightAuthorized;

impl Check for CorsPreflightAuthorized {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let api = Subject::new(SubjectKind::Api, deployment.api_id());
        if deployment.api()?.cors.is_none() {
            out.fine(api, "the API leaves CORS to the backend");
            return Ok(());
        }
        let all = deployment.routes()?;
        let Some(catcher) = all.values().find(|route| route.key == DEFAULT_ROUTE && route.authorization_type != "NONE") else {
            out.fine(api, "CORS is configured, and no $default route asks for credentials");
            return Ok(());
        };
        match all.values().find(|route| is_open_preflight(route)) {
            Some(open) => out.fine(Subject::new(SubjectKind::Route, &open.key), "preflight requests have an open route"),
            None => out.found(finding(deployment, catcher)),
        }
        Ok(())
    }
}

/// `OPTIONS /{proxy+}`, whatever the variable's name, without authorization.
fn is_open_preflight(route: &Route) -> bool {
    let path = routes::split_key(&route.key).filter(|(method, _)| *method == "OPTIONS").map(|(_, path)| path);
    let everything = path.is_some_and(|path| path.starts_with("/{") && path.ends_with("+}") && path.matches('/').count() == 1);
    everything && route.authorization_type == "NONE"
}

fn finding(deployment: &Deployment, catcher: &Route) -> Finding {
    let subject = Subject::new(SubjectKind::Route, &catcher.key);
    let kind = &catcher.authorization_type;
    let summary = format!("$default catches preflight requests and asks them for credentials ({kind}), which no browser sends");
    let answer = match kind.as_str() {
        "AWS_IAM" => ExpectedAnswer::gateway(Some(403), Symptom::GatewayForbidden),
        "JWT" => ExpectedAnswer::gateway(Some(401), Symptom::GatewayUnauthorized),
        _ => ExpectedAnswer::gateway(None, Symptom::GatewayUnauthorized).inferred(),
    };
    let caught = |method: &str, path: &str| {
        let chosen = routes::select(deployment.routes().ok()?, method, path).chosen?;
        (method == "OPTIONS" && chosen.route.id == catcher.id).then_some(())
    };
    let asked = deployment.requests().iter().position(|request| caught(&request.method, request.bare_path()).is_some());
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), "AuthorizationType", kind, source::GET_ROUTES))
        .evidence(Evidence::found(Subject::new(SubjectKind::Api, deployment.api_id()), "CorsConfiguration", "configured", source::GET_API))
        .evidence(
            Evidence::absent(subject.clone(), "RouteKey", source::GET_ROUTES).expected(format!("{OPEN_PREFLIGHT} without authorization")),
        );
    let finding = match asked {
        Some(index) => finding.severity(Severity::Error).effect(Effect::blocks_request(Phase::Edge, index, answer)),
        None => finding.effect(Effect::weakens(Phase::Edge, subject)),
    };
    match catcher.integration_id() {
        Some(integration) => finding.fix(create_route(deployment, OPEN_PREFLIGHT, integration, None, Risk::Safe)),
        None => finding, // route-without-target comes first
    }
}
