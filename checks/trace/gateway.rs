//! The stations inside API Gateway: API, stage, route, integration, VPC link.

use super::Told;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{DEFAULT_STAGE, Integration, Route};
use crate::model::request::Request;
use crate::semantics::mapping::{HostHeader, MappedPath, arrival};
use crate::semantics::routes;
use crate::source;

pub(super) fn api(deployment: &Deployment) -> Result<Told, Gap> {
    let api = deployment.api()?;
    let endpoint = if api.execute_api_disabled { "its default endpoint is disabled" } else { "its default endpoint is enabled" };
    Ok(Told::new(format!("\"{}\" answers", api.name)).because(endpoint, source::GET_API))
}

pub(super) fn stage(deployment: &Deployment, request: &Request, name: &str) -> Result<Told, Gap> {
    let stages = deployment.stages()?;
    let why = match (&request.stage, name) {
        (Some(_), _) => "the request names this stage",
        (None, DEFAULT_STAGE) => "$default serves what names no stage",
        (None, _) => "it is the only stage",
    };
    let mut told = Told::new("serves the request").because(why, source::GET_STAGES);
    if let Some(stage) = stages.get(name) {
        let deployed = stage.deployment_id.as_deref().unwrap_or("none");
        let auto = if stage.auto_deploy { "auto-deploy is on" } else { "auto-deploy is off" };
        told = told.because(format!("{auto}, deployment {deployed}"), source::GET_STAGES);
    }
    for other in stages.keys().filter(|other| *other != name) {
        let serves =
            if other == DEFAULT_STAGE { "serves what names no stage".to_owned() } else { format!("serves what begins with /{other}") };
        told = told.over(format!("stage {other}: {serves}"));
    }
    Ok(told)
}

pub(super) fn route(deployment: &Deployment, request: &Request) -> Result<Told, Gap> {
    let selection = routes::select(deployment.routes()?, &request.method, request.bare_path());
    let Some(chosen) = selection.chosen else { return Ok(Told::new("no route matches")) };
    let mut told = Told::new("takes the request").because(why(chosen.route, request), source::GET_ROUTES);
    for (name, value) in &chosen.variables {
        told = told.because(format!("{{{name}}} is \"{value}\""), source::GET_ROUTES);
    }
    if chosen.route.authorization_type != "NONE" {
        told = told.because(format!("it asks for {} authorization", chosen.route.authorization_type), source::GET_ROUTES);
    }
    for other in selection.runners_up {
        told = told.over(format!("{}: matches too, less specific", other.key));
    }
    Ok(told)
}

/// Why a route matches, by the shape of its key.
fn why(route: &Route, request: &Request) -> String {
    let asked = format!("{} {}", request.method, request.bare_path());
    let Some((method, pattern)) = routes::split_key(&route.key) else { return "no other route matches".to_owned() };
    let how = if pattern.contains("+}") {
        "its greedy variable takes the rest of the path"
    } else if pattern.contains('{') {
        "its variables take one segment each"
    } else {
        "its path is exactly this"
    };
    let method = if method == "ANY" { "it takes every method" } else { "it names the method" };
    format!("{asked}: {how}, and {method}")
}

pub(super) fn integration(deployment: &Deployment, request: &Request, id: &str) -> Result<Told, Gap> {
    let Some(integration) = deployment.integrations()?.get(id) else { return Ok(Told::new("does not exist")) };
    let mut told = Told::new(sends(deployment, request, integration)?);
    let uri = integration.uri.as_deref().unwrap_or("nothing");
    told = told.because(format!("the route's target is integrations/{id}"), source::GET_ROUTES);
    told = told.because(format!("{} to {uri}", integration.connection_type), source::GET_INTEGRATIONS);
    if integration.is_private() {
        let tls = match (integration.speaks_tls(), integration.server_name()) {
            (true, Some(name)) => format!("TLS with the secure server name {name}"),
            (true, None) => "TLS without a secure server name".to_owned(),
            (false, _) => "plain HTTP: no secure server name is set".to_owned(),
        };
        told = told.because(tls, source::GET_INTEGRATIONS);
    }
    let limit = integration.timeout_ms.unwrap_or(30_000);
    Ok(told.because(format!("API Gateway waits {limit} ms"), source::GET_INTEGRATIONS))
}

/// What arrives behind the integration.
fn sends(deployment: &Deployment, request: &Request, integration: &Integration) -> Result<String, Gap> {
    let selection = routes::select(deployment.routes()?, &request.method, request.bare_path());
    let (Some(route), Some(stage)) = (selection.chosen, deployment.stage_for(request)?) else { return Ok("takes the request".to_owned()) };
    let arrival = arrival(request, &stage.name, &route, integration);
    let path = match &arrival.path {
        MappedPath::Known(path) => path.clone(),
        MappedPath::Unknown { mapping } => format!("a path made of {mapping}"),
    };
    let host = match &arrival.host {
        HostHeader::Known(host) => format!("Host {host}"),
        HostHeader::Unknown => "a Host that AWS does not document".to_owned(),
    };
    Ok(format!("sends {} {path}, {host}", arrival.method))
}

pub(super) fn link(deployment: &Deployment, id: &str) -> Result<Told, Gap> {
    let Some(link) = deployment.vpc_link(id)? else {
        return Ok(Told::new("does not exist").because("AWS knows no such link", source::GET_VPC_LINK));
    };
    let told = Told::new(format!("\"{}\" carries it into the VPC", link.name));
    let state = deployment.vpc_link_state(link).map_or_else(|gap| gap.why(), |state| format!("its status is {}", state.status));
    let groups = if link.security_group_ids.is_empty() { "none of its own".to_owned() } else { link.security_group_ids.join(", ") };
    let told = told.because(state, source::GET_VPC_LINK);
    Ok(told.because(format!("subnets {}; security groups {groups}", link.subnet_ids.join(", ")), source::GET_VPC_LINK))
}
