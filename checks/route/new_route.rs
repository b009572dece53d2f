//! The fixes that the checks on routes share: a new route, and another target for one that is there.

use crate::finding::{Fix, Risk};
use crate::model::deployment::Deployment;
use crate::model::gateway::{Integration, Route};
use crate::remedy;
use crate::steps::{aws, quote, then_deploy};
use serde_json::json;

/// The key of the new route in the model; AWS gives it a real id.
const NEW: &str = "new";

/// Integrations that a route may lead to: those in use, else all; at most three, for a person to choose from.
pub(super) fn candidates(deployment: &Deployment) -> Vec<&Integration> {
    let mut found = deployment.attached_integrations().items;
    if found.is_empty() {
        found = deployment.integrations().map(|all| all.values().collect()).unwrap_or_default();
    }
    found.truncate(3);
    found
}

/// Creates a route to an integration, with the authorization of the route it is made after, else open.
pub(super) fn create_route(deployment: &Deployment, key: &str, integration_id: &str, like: Option<&Route>, risk: Risk) -> Fix {
    let target = format!("integrations/{integration_id}");
    let authorization = like.map_or("NONE", |route| &route.authorization_type);
    let (authorizer, scopes) = like.map_or((None, &[][..]), |route| (route.authorizer_id.as_deref(), &route.authorization_scopes[..]));
    let route = json!({
        "id": NEW,
        "key": key,
        "target": target,
        "authorization_type": authorization,
        "authorizer_id": authorizer,
        "authorization_scopes": scopes,
    });
    let change = vec![remedy::set(&["routes", "known", NEW], route)];
    let api = quote(deployment.api_id());
    let more = like.map_or_else(String::new, |route| authorization_arguments(deployment, route));
    let command = format!("apigatewayv2 create-route --api-id {api} --route-key {} --target {}{more}", quote(key), quote(&target));
    let with = if more.is_empty() { "" } else { ", then the authorizer with its scopes" };
    // A capture of an older version does not hold them: a person has to look at them before the route lets anybody in.
    let risk = if more.contains("$(") { Risk::Disruptive } else { risk };
    let fix = Fix::new(format!("add the route {key} to integration {integration_id}"), risk, change)
        .cli(aws(deployment, &command))
        .console(format!("API Gateway: Routes → Create → {key}; attach integration {integration_id}{with}"));
    then_deploy(deployment, fix)
}

/// The same authorization as another route's. Where the authorizer's id was not read, the command line asks for it.
fn authorization_arguments(deployment: &Deployment, route: &Route) -> String {
    let kind = quote(&route.authorization_type);
    let scopes: String = route.authorization_scopes.iter().map(|scope| format!(" {}", quote(scope))).collect();
    let scopes = if scopes.is_empty() { scopes } else { format!(" --authorization-scopes{scopes}") };
    match (route.authorization_type.as_str(), &route.authorizer_id) {
        ("NONE", _) => String::new(),
        ("JWT" | "CUSTOM", Some(id)) => format!(" --authorization-type {kind} --authorizer-id {}{scopes}", quote(id)),
        ("JWT" | "CUSTOM", None) => {
            let (api, id) = (quote(deployment.api_id()), quote(&route.id));
            let asked = format!("apigatewayv2 get-route --api-id {api} --route-id {id} --query AuthorizerId --output text");
            format!(" --authorization-type {kind} --authorizer-id \"$({})\"", aws(deployment, &asked))
        }
        _ => format!(" --authorization-type {kind}"),
    }
}

/// Leads a route that exists to an integration.
pub(super) fn attach(deployment: &Deployment, route: &Route, integration: &Integration) -> Fix {
    let target = format!("integrations/{}", integration.id);
    let change = vec![remedy::set(&["routes", "known", &route.id, "target"], json!(target))];
    let (api, id) = (quote(deployment.api_id()), quote(&route.id));
    let command = format!("apigatewayv2 update-route --api-id {api} --route-id {id} --target {}", quote(&target));
    let fix = Fix::new(format!("attach integration {} to route {}", integration.id, route.key), Risk::Safe, change)
        .cli(aws(deployment, &command))
        .console(format!("API Gateway: Routes → {} → Attach integration → {}", route.key, integration.id));
    then_deploy(deployment, fix)
}
