//! API Gateway: deployments, authorizers, and the definition that a stage serves.
//!
//! A stage that deploys by itself serves what is saved, so nothing is exported for it.

use super::call::Call;
use super::definition::definition;
use super::gather::all;
use super::outcome::{Answer, Lacks, Refusal, need, text};
use super::reader::{Reader, by_key};
use apigw_doctor_checks::model::definition::Definition;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::gateway::{ApiDeployment, Authorizer, Stage};
use apigw_doctor_checks::model::time::Timestamp;
use aws_sdk_apigatewayv2::types;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the deployments.
pub(super) async fn deployments(reader: &Reader<'_>, api: &str) {
    let request = |token| reader.aws().gateway.get_deployments().api_id(api).set_next_token(token).send();
    let answer = reader.pages(Call::GetDeployments, request, |page| (page.items, page.next_token)).await;
    let deployments = answer.and_then(|items| by_key(Call::GetDeployments, &items, to_deployment, |one| one.id.clone()));
    reader.facts.record(|facts| facts.deployments = deployments.fetched());
}

/// Reads the authorizers and returns the functions whose own policy decides who may call them.
pub(super) async fn authorizers(reader: &Reader<'_>, api: &str) -> BTreeSet<String> {
    let request = |token| reader.aws().gateway.get_authorizers().api_id(api).set_next_token(token).send();
    let answer = reader.pages(Call::GetAuthorizers, request, |page| (page.items, page.next_token)).await;
    let authorizers = answer.and_then(|items| by_key(Call::GetAuthorizers, &items, to_authorizer, |one| one.id.clone())).fetched();
    let own = |authorizer: &&Authorizer| authorizer.credentials_arn.is_none();
    let known = authorizers.value().into_iter().flat_map(BTreeMap::values).filter(own);
    let functions = known.filter_map(Authorizer::function_arn).map(str::to_owned).collect();
    reader.facts.record(|facts| facts.authorizers = authorizers);
    functions
}

/// Exports what is saved and what each stage serves, where the two may differ.
pub(super) async fn definitions(reader: &Reader<'_>, api: &str, stages: &Fetched<BTreeMap<String, Stage>>) {
    // A stage to which nothing was ever deployed serves nothing that could be exported.
    let by_hand = |stage: &&Stage| !stage.auto_deploy && stage.deployment_id.is_some();
    let stages: Vec<&str> =
        stages.value().into_iter().flat_map(BTreeMap::values).filter(by_hand).map(|stage| stage.name.as_str()).collect();
    if stages.is_empty() {
        return;
    }
    let saved = async {
        let saved = export(reader, api, None).await.fetched();
        reader.facts.record(|facts| facts.saved_definition = saved);
    };
    let deployed = all(stages.into_iter().map(|stage| async move {
        let deployed = export(reader, api, Some(stage)).await.fetched();
        reader.facts.record(|facts| drop(facts.deployed_definitions.insert(stage.to_owned(), deployed)));
    }));
    tokio::join!(saved, deployed);
}

async fn export(reader: &Reader<'_>, api: &str, stage: Option<&str>) -> Result<Definition, Refusal> {
    let request = reader.aws().gateway.export_api().api_id(api).specification("OAS30").export_version("1.0").output_type("JSON");
    let request = request.include_extensions(true).set_stage_name(stage.map(str::to_owned)).send();
    let output = reader.ask(Call::ExportApi, request).await?;
    let document = need(output.body.as_ref(), "the exported document").and_then(|body| definition(body.as_ref()));
    document.map_err(|lacks| Refusal::unreadable(Call::ExportApi, lacks))
}

fn to_deployment(deployment: &types::Deployment) -> Result<ApiDeployment, Lacks> {
    Ok(ApiDeployment {
        id: text(deployment.deployment_id.clone(), "DeploymentId")?,
        status: deployment.deployment_status.as_ref().map(|status| status.as_str().to_owned()),
        status_message: deployment.deployment_status_message.clone().filter(|message| !message.is_empty()),
        created_at: deployment.created_date.as_ref().map(|at| Timestamp::from_unix(at.secs())),
        // Left out of answers when false.
        auto_deployed: deployment.auto_deployed.unwrap_or(false),
    })
}

fn to_authorizer(authorizer: &types::Authorizer) -> Result<Authorizer, Lacks> {
    let jwt = authorizer.jwt_configuration.as_ref();
    Ok(Authorizer {
        id: text(authorizer.authorizer_id.clone(), "AuthorizerId")?,
        name: text(authorizer.name.clone(), "Name")?,
        kind: need(authorizer.authorizer_type.as_ref(), "AuthorizerType")?.as_str().to_owned(),
        identity_sources: authorizer.identity_source().to_vec(),
        issuer: jwt.and_then(|jwt| jwt.issuer.clone()),
        audience: jwt.map(|jwt| jwt.audience().to_vec()).unwrap_or_default(),
        uri: authorizer.authorizer_uri.clone(),
        credentials_arn: authorizer.authorizer_credentials_arn.clone().filter(|arn| !arn.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_authorizer, to_deployment, types};
    use aws_smithy_types::DateTime;

    #[test]
    fn a_deployment_keeps_its_status_in_the_words_of_aws() {
        let failed = types::Deployment::builder()
            .deployment_id("d1")
            .deployment_status(types::DeploymentStatus::Failed)
            .deployment_status_message("no integration")
            .created_date(DateTime::from_secs(5))
            .build();
        let failed = to_deployment(&failed).expect("complete");
        assert_eq!((failed.status.as_deref(), failed.status_message.as_deref()), (Some("FAILED"), Some("no integration")));
        assert_eq!((failed.created_at.map(|at| at.unix()), failed.auto_deployed), (Some(5), false));
        assert_eq!(to_deployment(&types::Deployment::builder().build()), Err(Lacks("DeploymentId")));
    }

    #[test]
    fn a_function_is_known_by_the_uri_of_its_authorizer() {
        const FUNCTION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:door";
        let uri = format!("arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations");
        let base = types::Authorizer::builder().authorizer_id("a1").name("door").authorizer_uri(uri);
        assert_eq!(to_authorizer(&base.clone().build()), Err(Lacks("AuthorizerType")));
        let door = to_authorizer(&base.authorizer_type(types::AuthorizerType::Request).build()).expect("complete");
        assert_eq!((door.kind.as_str(), door.function_arn()), ("REQUEST", Some(FUNCTION)));
    }

    #[test]
    fn issuer_and_audience_come_from_the_jwt_configuration() {
        let jwt = types::JwtConfiguration::builder().issuer("https://id.example.com").audience("orders").build();
        let base = types::Authorizer::builder().authorizer_id("a1").name("people").authorizer_type(types::AuthorizerType::Jwt);
        let people =
            to_authorizer(&base.jwt_configuration(jwt).identity_source("$request.header.Authorization").build()).expect("complete");
        assert_eq!(
            (people.issuer.as_deref(), people.audience.len(), people.identity_sources.len()),
            (Some("https://id.example.com"), 1, 1)
        );
    }
}
