//! Routes that ask for credentials, and requests that bring none: what the checks on authorization share.

use super::new_route::create_route;
use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{Authorizer, DEFAULT_STAGE, Route};
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::routes;
use crate::steps::{aws, quote, then_deploy};
use serde_json::json;

/// A request that was asked about, and the route that takes it.
#[derive(Clone, Copy)]
pub(super) struct Taken<'a> {
    /// Index of the request.
    pub(super) index: usize,
    /// The request.
    pub(super) request: &'a Request,
    /// Its route.
    pub(super) route: &'a Route,
}

/// Every request that a route takes; the checks on missing routes speak about the others.
pub(super) fn taken(deployment: &Deployment) -> Result<Vec<Taken<'_>>, Gap> {
    let all = deployment.routes()?;
    let with_route = |(index, request): (usize, &'_ Request)| {
        let chosen = routes::select(all, &request.method, request.bare_path()).chosen?;
        Some((index, chosen.route))
    };
    let found = deployment.requests().iter().enumerate().filter_map(with_route);
    Ok(found.map(|(index, route)| Taken { index, request: &deployment.requests()[index], route }).collect())
}

impl Taken<'_> {
    /// The route as a subject.
    pub(super) fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Route, &self.route.key)
    }

    /// `GET /health`.
    pub(super) fn words(&self) -> String {
        format!("{} {}", self.request.method, self.request.bare_path())
    }

    /// Asks again with something where an identity source looks. The value is the user's to fill in.
    pub(super) fn with_identity(&self, deployment: &Deployment, title: &str, place: &str, value: &str) -> Fix {
        let fix = Fix::new(title, Risk::Safe, Vec::new());
        let path = self.request.bare_path();
        if let Some(name) = place.strip_prefix("$request.querystring.") {
            return fix.cli(ask_again(deployment, self.request, &format!("{path}?{name}={}", value.replace(' ', "%20")), ""));
        }
        match place.strip_prefix("$request.header.") {
            Some(name) => fix.cli(ask_again(deployment, self.request, path, &format!("--header {}", quote(&format!("{name}: {value}"))))),
            None => fix,
        }
    }

    /// A route of its own, open to everybody, for this very method and path: the same route if it is no other.
    pub(super) fn open(&self, deployment: &Deployment) -> Option<Fix> {
        let (method, path) = (&self.request.method, self.request.bare_path());
        let key = format!("{method} {path}");
        if self.route.key != key {
            let mut fix = create_route(deployment, &key, self.route.integration_id()?, None, Risk::Disruptive);
            fix.title = format!("if everybody may ask for {key}: {}, open to all", fix.title);
            return Some(fix);
        }
        let set = |field: &str, value| remedy::set(&["routes", "known", &self.route.id, field], value);
        let change =
            vec![set("authorization_type", json!("NONE")), set("authorizer_id", json!(null)), set("authorization_scopes", json!([]))];
        let (api, id) = (quote(deployment.api_id()), quote(&self.route.id));
        let command = format!("apigatewayv2 update-route --api-id {api} --route-id {id} --authorization-type NONE");
        let fix = Fix::new(format!("if everybody may ask for {key}: open the route to all"), Risk::Disruptive, change)
            .cli(aws(deployment, &command))
            .console(format!("API Gateway: Authorization → {key} → Detach authorizer"));
        Some(then_deploy(deployment, fix))
    }
}

impl<'a> Taken<'a> {
    /// The authorizer before the route.
    pub(super) fn authorizer(&self, deployment: &'a Deployment) -> Result<&'a Authorizer, Gap> {
        let all = deployment.authorizers()?;
        let found = self.route.authorizer_id.as_ref().and_then(|id| all.get(id));
        let unknown = || Gap::undecided(Part::Authorizers, format!("the authorizer of route {} was not found", self.route.key));
        found.ok_or_else(unknown)
    }

    /// Where the authorizer looks for credentials, and the request has nothing there.
    pub(super) fn missing_identity(&self, deployment: &'a Deployment) -> Result<Vec<&'a str>, Gap> {
        let sources = &self.authorizer(deployment)?.identity_sources;
        let missing = |source: &&str| !brings(deployment, self.request, source);
        Ok(sources.iter().map(String::as_str).filter(missing).collect())
    }

    /// True when API Gateway answers this preflight request by itself, because CORS is configured; `None`: that is not known.
    pub(super) fn is_preflight(&self, deployment: &Deployment) -> Option<bool> {
        is_preflight(deployment, self.request)
    }
}

/// True when API Gateway answers this preflight request by itself, because CORS is configured; `None`: that is not known.
pub(super) fn is_preflight(deployment: &Deployment, request: &Request) -> Option<bool> {
    let configured = deployment.api().ok().map(|api| api.cors.is_some());
    if request.method == "OPTIONS" { configured } else { Some(false) }
}

/// Whether a request has something where an identity source looks. What the context always fills counts as there.
fn brings(deployment: &Deployment, request: &Request, source: &str) -> bool {
    if let Some(header) = source.strip_prefix("$request.header.") {
        return request.carries(header);
    }
    if let Some(name) = source.strip_prefix("$request.querystring.") {
        let query = request.path.split_once('?').map_or("", |(_, query)| query);
        return query.split('&').any(|pair| pair.split('=').next() == Some(name));
    }
    if let Some(name) = source.strip_prefix("$stageVariables.") {
        let stage = deployment.stage_for(request).ok().flatten();
        return stage.is_none_or(|stage| stage.variable_names.contains(name));
    }
    true
}

/// The doctor's own command line for the same request, with another path or with more arguments.
pub(super) fn ask_again(deployment: &Deployment, request: &Request, path: &str, more: &str) -> String {
    let mut line = format!("apigw-doctor check {} --path {}", quote(deployment.api_id()), quote(path));
    if request.method != "GET" {
        line.push_str(&format!(" --method {}", quote(&request.method)));
    }
    if let Some(stage) = &request.stage {
        line.push_str(&format!(" --stage {}", quote(stage)));
    }
    for argument in [more, "--region"].iter().filter(|argument| !argument.is_empty()) {
        line.push_str(&format!(" {argument}"));
    }
    format!("{line} {}", quote(deployment.region()))
}

/// The URL of a request: the API's own endpoint, the stage and the path.
pub(super) fn url(deployment: &Deployment, request: &Request) -> String {
    let by_id = || format!("https://{}.execute-api.{}.amazonaws.com", deployment.api_id(), deployment.region());
    if let Some(domain) = &request.domain {
        return format!("https://{domain}{}", request.path);
    }
    let endpoint = deployment.api().map_or_else(|_| by_id(), |api| api.endpoint.trim_end_matches('/').to_owned());
    let stage = deployment.stage_for(request).ok().flatten().filter(|stage| stage.name != DEFAULT_STAGE);
    let prefix = stage.map_or_else(String::new, |stage| format!("/{}", stage.name));
    format!("{endpoint}{prefix}{}", request.path)
}
