//! Reads that help and no more: roles of services, log groups, scaling bounds, policies of functions.
//!
//! Whoever may not make these calls gets everything else.

use super::call::Call;
use super::function_policy::permissions;
use super::gather::all;
use super::outcome::{Answer, Kind, Refusal, need};
use super::reader::Reader;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::gateway::{AccessLog, Stage};
use apigw_doctor_checks::model::service::{ScalableTarget, Service};
use apigw_doctor_checks::model::subject::arn_tail;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use std::collections::{BTreeMap, BTreeSet};

/// The roles without which API Gateway makes no interfaces, and ECS no registrations.
const ROLES: [&str; 2] = ["AWSServiceRoleForAPIGateway", "AWSServiceRoleForECS"];
/// `DescribeScalableTargets` takes so many.
const BATCH: usize = 50;

/// Reads whether the service-linked roles exist.
pub(super) async fn service_linked_roles(reader: &Reader<'_>) {
    all(ROLES.map(|name| async move {
        let answer = reader.ask(Call::GetRole, reader.aws().iam.get_role().role_name(name).send()).await;
        let exists = answer.map(drop).existing().map(|found| found.is_some());
        reader.facts.record(|facts| drop(facts.service_linked_roles.insert(name.to_owned(), exists)));
    }))
    .await;
}

/// Reads whether the log groups that stages write to exist.
pub(super) async fn log_groups(reader: &Reader<'_>, stages: &Fetched<BTreeMap<String, Stage>>) {
    let logs = stages.value().into_iter().flat_map(BTreeMap::values).filter_map(|stage| stage.access_log.as_ref());
    let arns: BTreeSet<&String> = logs.filter_map(|AccessLog { destination_arn, .. }| destination_arn.as_ref()).collect();
    all(arns.into_iter().filter_map(|arn| Some(log_group(reader, arn, log_group_name(arn)?)))).await;
}

async fn log_group(reader: &Reader<'_>, arn: &str, name: &str) {
    let request = |token| reader.aws().logs.describe_log_groups().log_group_name_prefix(name).set_next_token(token).send();
    let answer = reader.pages(Call::DescribeLogGroups, request, |page| (page.log_groups, page.next_token)).await;
    let exists = answer.map(|groups| groups.iter().any(|group| group.log_group_name.as_deref() == Some(name)));
    reader.facts.record(|facts| drop(facts.log_groups.insert(arn.to_owned(), exists.fetched())));
}

/// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, with or without `:*`; a delivery stream is no log group.
pub(super) fn log_group_name(arn: &str) -> Option<&str> {
    let (_, name) = arn.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

/// Reads the scaling bounds of services.
pub(super) async fn scalable_targets(reader: &Reader<'_>, services: &[&Service]) {
    let resources: BTreeMap<String, &str> = services.iter().map(|service| (resource_id(service), service.arn.as_str())).collect();
    let ids: Vec<&String> = resources.keys().collect();
    let found = all(ids.chunks(BATCH).map(|batch| bounds(reader, batch))).await;
    reader.facts.record(|facts| {
        for (batch, found) in ids.chunks(BATCH).zip(found) {
            for id in batch {
                let target = match &found {
                    Ok(found) => Fetched::Known(found.get(*id).cloned()),
                    Err(refusal) => refusal.clone().into_gap(),
                };
                facts.scalable_targets.insert(resources[*id].to_owned(), target);
            }
        }
    });
}

async fn bounds(reader: &Reader<'_>, ids: &[&String]) -> Result<BTreeMap<String, ScalableTarget>, Refusal> {
    let request = |token| {
        let ask = reader.aws().scaling.describe_scalable_targets().service_namespace(ServiceNamespace::Ecs);
        let ask = ask.scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
        ask.set_resource_ids(Some(ids.iter().map(|id| (*id).clone()).collect())).set_next_token(token).send()
    };
    let items = reader.pages(Call::DescribeScalableTargets, request, |page| (page.scalable_targets, page.next_token)).await?;
    let count = |value: i32| u32::try_from(value).unwrap_or(0);
    let target = |min, max| ScalableTarget { min_capacity: count(min), max_capacity: count(max) };
    Ok(items.into_iter().map(|one| (one.resource_id, target(one.min_capacity, one.max_capacity))).collect())
}

/// `service/CLUSTER/NAME`, as Application Auto Scaling names a service.
fn resource_id(service: &Service) -> String {
    format!("service/{}/{}", arn_tail(&service.cluster_arn), service.name)
}

/// Reads what the policies of functions allow.
pub(super) async fn function_policies(reader: &Reader<'_>, functions: &BTreeSet<String>) {
    // A stage variable in the ARN may stand for any function.
    all(functions.iter().filter(|arn| !arn.contains("${")).map(|arn| function_policy(reader, arn))).await;
}

async fn function_policy(reader: &Reader<'_>, arn: &str) {
    let answer = reader.ask(Call::GetPolicy, reader.aws().lambda.get_policy().function_name(arn).send()).await;
    let allowed = match answer {
        // There is no function, or it has no policy: both let nobody in.
        Err(refusal) if refusal.kind == Kind::Missing => Ok(Vec::new()),
        Err(refusal) => Err(refusal),
        Ok(output) => {
            let policy = need(output.policy.as_deref(), "Policy").and_then(permissions);
            policy.map_err(|lacks| Refusal::unreadable(Call::GetPolicy, lacks))
        }
    };
    reader.facts.record(|facts| drop(facts.lambda_policies.insert(arn.to_owned(), allowed.fetched())));
}

#[cfg(test)]
mod tests {
    use super::log_group_name;

    #[test]
    fn a_log_group_is_known_by_its_arn_with_or_without_a_star() {
        let group = "arn:aws:logs:eu-central-1:123456789012:log-group:/apigateway/orders";
        assert_eq!(log_group_name(group), Some("/apigateway/orders"));
        assert_eq!(log_group_name(&format!("{group}:*")), Some("/apigateway/orders"));
        assert_eq!(log_group_name("arn:aws:firehose:eu-central-1:123456789012:deliverystream/amazon-apigateway-x"), None);
    }
}
