//! API Gateway: the API, its stages, routes and integrations, and VPC links.
//!
//! What is absent here follows the API reference: a Boolean that is false and a documented default may be left out
//! of an answer; ids, names, keys and types never are.

use super::call::Call;
use super::error::CollectError;
use super::gather::all;
use super::outcome::{Answer, Kind, Lacks, Refusal, need, text, word};
use super::reader::{Reader, by_key, each};
use super::resolve::ApiSummary;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::gateway::{
    AccessLog, Api, Cors, Integration, Route, RouteSettings, Stage, TlsConfig, VpcLink, VpcLinkState,
};
use aws_sdk_apigatewayv2::operation::get_api::GetApiOutput;
use aws_sdk_apigatewayv2::operation::get_vpc_link::GetVpcLinkOutput;
use aws_sdk_apigatewayv2::types;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the API. Of all calls, only this one can end the run: its answer says whether there is anything to examine.
pub(super) async fn api(reader: &Reader<'_>, id: &str) -> Result<(), CollectError> {
    let answer = reader.ask(Call::GetApi, reader.aws().gateway.get_api().api_id(id).send()).await;
    let answer = match answer {
        Err(refusal) if refusal.kind == Kind::Missing => {
            return Err(CollectError::NoSuchApi { text: id.to_owned(), region: reader.region().to_owned(), similar: Vec::new() });
        }
        // Once another call was answered, AWS can be reached: then a broken connection is a gap like any other.
        Err(refusal) if refusal.kind == Kind::Unreachable && reader.facts.heard() => Err(refusal),
        Err(refusal) => Err(refusal.fatal().map_or(Ok(refusal), Err)?),
        Ok(output) => to_api(&output).map_err(|lacks| Refusal::unreadable(Call::GetApi, lacks)),
    };
    if let Ok(api) = &answer
        && api.protocol_type != "HTTP"
    {
        return Err(CollectError::WrongProtocol { id: id.to_owned(), protocol: api.protocol_type.clone() });
    }
    reader.facts.record(|facts| facts.api = answer.fetched());
    Ok(())
}

/// Reads the stages.
pub(super) async fn stages(reader: &Reader<'_>, api: &str) {
    let request = |token| reader.aws().gateway.get_stages().api_id(api).set_next_token(token).send();
    let answer = reader.pages(Call::GetStages, request, |page| (page.items, page.next_token)).await;
    let stages = answer.and_then(|items| by_key(Call::GetStages, &items, to_stage, |stage| stage.name.clone()));
    reader.facts.record(|facts| facts.stages = stages.fetched());
}

/// Reads the routes.
pub(super) async fn routes(reader: &Reader<'_>, api: &str) {
    let request = |token| reader.aws().gateway.get_routes().api_id(api).set_next_token(token).send();
    let answer = reader.pages(Call::GetRoutes, request, |page| (page.items, page.next_token)).await;
    let routes = answer.and_then(|items| by_key(Call::GetRoutes, &items, to_route, |route| route.id.clone()));
    reader.facts.record(|facts| facts.routes = routes.fetched());
}

/// Reads the integrations and returns them: all that stands behind the API follows from them.
pub(super) async fn integrations(reader: &Reader<'_>, api: &str) -> Vec<Integration> {
    let request = |token| reader.aws().gateway.get_integrations().api_id(api).set_next_token(token).send();
    let answer = reader.pages(Call::GetIntegrations, request, |page| (page.items, page.next_token)).await;
    let integrations = answer.and_then(|items| by_key(Call::GetIntegrations, &items, to_integration, |one| one.id.clone())).fetched();
    let known = integrations.value().map(|all: &BTreeMap<_, _>| all.values().cloned().collect());
    reader.facts.record(|facts| facts.integrations = integrations);
    known.unwrap_or_default()
}

/// Reads VPC links and returns their subnets.
pub(super) async fn vpc_links(reader: &Reader<'_>, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let subnets = all(ids.iter().map(|id| vpc_link(reader, id))).await;
    subnets.into_iter().flatten().collect()
}

async fn vpc_link(reader: &Reader<'_>, id: &str) -> Vec<String> {
    let answer = reader.ask(Call::GetVpcLink, reader.aws().gateway.get_vpc_link().vpc_link_id(id).send()).await;
    let link = answer.and_then(|output| to_link(&output).map_err(|lacks| Refusal::unreadable(Call::GetVpcLink, lacks))).existing();
    let subnets = link.value().and_then(Option::as_ref).map(|link| link.subnet_ids.clone()).unwrap_or_default();
    reader.facts.record(|facts| drop(facts.vpc_links.insert(id.to_owned(), link)));
    subnets
}

/// All APIs of the Region.
pub(super) async fn apis(reader: &Reader<'_>) -> Result<Vec<ApiSummary>, Refusal> {
    let request = |token| reader.aws().gateway.get_apis().set_next_token(token).send();
    let items = reader.pages(Call::GetApis, request, |page| (page.items, page.next_token)).await?;
    each(Call::GetApis, &items, |api: &types::Api| {
        Ok(ApiSummary {
            id: text(api.api_id.clone(), "ApiId")?,
            name: text(api.name.clone(), "Name")?,
            protocol: word(api.protocol_type.as_ref().map(types::ProtocolType::as_str), "ProtocolType")?,
        })
    })
}

/// Asks for a custom domain; `Kind::Missing` if there is none.
pub(super) async fn domain_exists(reader: &Reader<'_>, name: &str) -> Result<(), Refusal> {
    reader.ask(Call::GetDomainName, reader.aws().gateway.get_domain_name().domain_name(name).send()).await.map(drop)
}

/// The mappings of a custom domain: key (empty for the root) and API id.
pub(super) async fn mappings(reader: &Reader<'_>, domain: &str) -> Result<Vec<(String, String)>, Refusal> {
    let request = |token| reader.aws().gateway.get_api_mappings().domain_name(domain).set_next_token(token).send();
    let items = reader.pages(Call::GetApiMappings, request, |page| (page.items, page.next_token)).await?;
    each(Call::GetApiMappings, &items, |mapping: &types::ApiMapping| {
        // Without a key the mapping is that of the root.
        Ok((mapping.api_mapping_key.clone().unwrap_or_default(), text(mapping.api_id.clone(), "ApiId")?))
    })
}

fn to_api(output: &GetApiOutput) -> Result<Api, Lacks> {
    Ok(Api {
        id: text(output.api_id.clone(), "ApiId")?,
        name: text(output.name.clone(), "Name")?,
        protocol_type: word(output.protocol_type.as_ref().map(types::ProtocolType::as_str), "ProtocolType")?,
        endpoint: need(output.api_endpoint.clone(), "ApiEndpoint")?,
        // "By default, clients can invoke your API with the default endpoint."
        execute_api_disabled: output.disable_execute_api_endpoint.unwrap_or(false),
        ip_address_type: output.ip_address_type.as_ref().map(|kind| kind.as_str().to_owned()),
        cors: output.cors_configuration.as_ref().map(|cors| Cors {
            allow_origins: cors.allow_origins().to_vec(),
            allow_methods: cors.allow_methods().to_vec(),
            allow_headers: cors.allow_headers().to_vec(),
        }),
    })
}

fn to_settings(settings: &types::RouteSettings) -> Result<RouteSettings, Lacks> {
    let burst_limit = settings.throttling_burst_limit.map(u32::try_from).transpose().map_err(|_| Lacks("ThrottlingBurstLimit"))?;
    Ok(RouteSettings { rate_limit: settings.throttling_rate_limit, burst_limit })
}

fn to_stage(stage: &types::Stage) -> Result<Stage, Lacks> {
    let of_routes = stage.route_settings.iter().flatten();
    Ok(Stage {
        name: text(stage.stage_name.clone(), "StageName")?,
        // Left out of answers when false.
        auto_deploy: stage.auto_deploy.unwrap_or(false),
        deployment_id: stage.deployment_id.clone(),
        last_deployment_status_message: stage.last_deployment_status_message.clone(),
        default_route_settings: stage.default_route_settings.as_ref().map(to_settings).transpose()?,
        route_settings: of_routes.map(|(key, settings)| Ok((key.clone(), to_settings(settings)?))).collect::<Result<_, Lacks>>()?,
        variable_names: stage.stage_variables.iter().flatten().map(|(name, _)| name.clone()).collect(),
        access_log: stage
            .access_log_settings
            .as_ref()
            .map(|log| AccessLog { destination_arn: log.destination_arn.clone(), format: log.format.clone() }),
    })
}

fn to_route(route: &types::Route) -> Result<Route, Lacks> {
    Ok(Route {
        id: text(route.route_id.clone(), "RouteId")?,
        key: text(route.route_key.clone(), "RouteKey")?,
        target: route.target.clone(),
        // NONE is the documented default.
        authorization_type: route.authorization_type.as_ref().map_or("NONE", types::AuthorizationType::as_str).to_owned(),
        authorizer_id: route.authorizer_id.clone(),
        authorization_scopes: route.authorization_scopes().to_vec(),
    })
}

fn to_integration(integration: &types::Integration) -> Result<Integration, Lacks> {
    let timeout_ms = integration.timeout_in_millis.map(u32::try_from).transpose().map_err(|_| Lacks("TimeoutInMillis"))?;
    let responses = integration.response_parameters.iter().flatten();
    Ok(Integration {
        id: text(integration.integration_id.clone(), "IntegrationId")?,
        integration_type: need(integration.integration_type.as_ref(), "IntegrationType")?.as_str().to_owned(),
        method: integration.integration_method.clone(),
        uri: integration.integration_uri.clone(),
        // INTERNET is the documented default.
        connection_type: integration.connection_type.as_ref().map_or("INTERNET", types::ConnectionType::as_str).to_owned(),
        connection_id: integration.connection_id.clone(),
        tls_config: integration.tls_config.as_ref().map(|tls| TlsConfig { server_name: tls.server_name_to_verify.clone() }),
        request_parameters: integration.request_parameters.clone().unwrap_or_default().into_iter().collect(),
        timeout_ms,
        payload_format_version: integration.payload_format_version.clone(),
        response_parameters: responses.map(|(code, mappings)| (code.clone(), mappings.clone().into_iter().collect())).collect(),
    })
}

fn to_link(link: &GetVpcLinkOutput) -> Result<VpcLink, Lacks> {
    let state = VpcLinkState {
        status: need(link.vpc_link_status.as_ref(), "VpcLinkStatus")?.as_str().to_owned(),
        message: link.vpc_link_status_message.clone().filter(|message| !message.is_empty()),
    };
    Ok(VpcLink {
        id: text(link.vpc_link_id.clone(), "VpcLinkId")?,
        name: text(link.name.clone(), "Name")?,
        // A link has at least one.
        subnet_ids: need(link.subnet_ids.clone().filter(|ids| !ids.is_empty()), "SubnetIds")?,
        // A link may be made without groups; then the list is empty or left out.
        security_group_ids: link.security_group_ids.clone().unwrap_or_default(),
        state: Fetched::Known(state),
    })
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_api, to_integration, to_link, to_route, to_stage, types};
    use apigw_doctor_checks::model::gateway::TlsConfig;
    use aws_sdk_apigatewayv2::operation::get_api::GetApiOutput;
    use aws_sdk_apigatewayv2::operation::get_vpc_link::GetVpcLinkOutput;

    #[test]
    fn an_answer_without_an_id_is_unreadable() {
        assert_eq!(to_api(&GetApiOutput::builder().build()), Err(Lacks("ApiId")));
        assert_eq!(to_stage(&types::Stage::builder().build()), Err(Lacks("StageName")));
        assert_eq!(to_route(&types::Route::builder().route_id("r").build()), Err(Lacks("RouteKey")));
        assert_eq!(to_link(&GetVpcLinkOutput::builder().build()), Err(Lacks("VpcLinkStatus")));
    }

    #[test]
    fn tls_config_without_a_name_is_not_the_same_as_no_tls_config() {
        let base = || types::Integration::builder().integration_id("i").integration_type(types::IntegrationType::HttpProxy);
        let plain = to_integration(&base().build()).expect("complete");
        assert_eq!((plain.tls_config, plain.connection_type.as_str()), (None, "INTERNET"));
        let blank = base().tls_config(types::TlsConfig::builder().build()).connection_type(types::ConnectionType::VpcLink).build();
        let blank = to_integration(&blank).expect("complete");
        assert_eq!((blank.tls_config, blank.connection_type.as_str()), (Some(TlsConfig { server_name: None }), "VPC_LINK"));
    }

    #[test]
    fn documented_defaults_hold_where_aws_leaves_a_field_out() {
        let stage = to_stage(&types::Stage::builder().stage_name("$default").build()).expect("complete");
        assert_eq!((stage.auto_deploy, stage.deployment_id), (false, None));
        let route = to_route(&types::Route::builder().route_id("r").route_key("ANY /x").build()).expect("complete");
        assert_eq!((route.authorization_type.as_str(), route.target), ("NONE", None));
    }
}
