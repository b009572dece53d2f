//! Routes that ask for credentials, and requests that bring none: what the checks on authorization share.

use super::new_route::create_route;
use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{DEFAULT_STAGE, Route};
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

    /// Asks again with a header. Its value is the user's to fill in.
    pub(super) fn with_header(&self, deployment: &Deployment, title: &str, header: &str) -> Fix {
        Fix::new(title, Risk::Safe, Vec::new()).cli(ask_again(
            deployment,
            self.request,
            self.request.bare_path(),
            &format!("--header {}", quote(header)),
        ))
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
        let change = vec![remedy::set(&["routes", "known", &self.route.id, "authorization_type"], json!("NONE"))];
        let (api, id) = (quote(deployment.api_id()), quote(&self.route.id));
        let command = format!("apigatewayv2 update-route --api-id {api} --route-id {id} --authorization-type NONE");
        let fix = Fix::new(format!("if everybody may ask for {key}: open the route to all"), Risk::Disruptive, change)
            .cli(aws(deployment, &command))
            .console(format!("API Gateway: Authorization → {key} → Detach authorizer"));
        Some(then_deploy(deployment, fix))
    }
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
    let endpoint = deployment.api().map_or_else(|_| by_id(), |api| api.endpoint.trim_end_matches('/').to_owned());
    let stage = deployment.stage_for(request).ok().flatten().filter(|stage| stage.name != DEFAULT_STAGE);
    let prefix = stage.map_or_else(String::new, |stage| format!("/{}", stage.name));
    format!("{endpoint}{prefix}{}", request.path)
}
