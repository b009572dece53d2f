//! ECS: services and their task definitions.
//!
//! AWS does not tell which service registers into a target group, so every service of the Region is looked at; which of
//! them have to do with this deployment is told in `places.rs`.

use super::call::Call;
use super::extras;
use super::gather::all;
use super::outcome::{Answer, Kind, Lacks, Refusal, need};
use super::reader::{Reader, each};
use super::tasks;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::service::{
    Container, PortMapping, Service, ServiceDeployment, ServiceEvent, ServiceLoadBalancer, ServiceRegistry, ServiceState, TaskDefinition,
    TaskSet,
};
use apigw_doctor_checks::model::time::Timestamp;
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types;
use std::collections::BTreeSet;

/// `DescribeServices` takes so many.
const BATCH: usize = 10;
/// Newest events that are kept of a service.
const EVENTS: usize = 10;

/// Reads every service of the Region.
pub(super) async fn every(reader: &Reader<'_>) -> Result<Vec<Service>, Refusal> {
    let request = |token| reader.aws().ecs.list_clusters().max_results(100).set_next_token(token).send();
    let clusters = reader.pages(Call::ListClusters, request, |page| (page.cluster_arns, page.next_token)).await?;
    let services = all(clusters.iter().map(|cluster| of_cluster(reader, cluster))).await;
    Ok(services.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

async fn of_cluster(reader: &Reader<'_>, cluster: &str) -> Result<Vec<Service>, Refusal> {
    let request = |token| reader.aws().ecs.list_services().cluster(cluster).max_results(100).set_next_token(token).send();
    let arns = match reader.pages(Call::ListServices, request, |page| (page.service_arns, page.next_token)).await {
        Err(refusal) if refusal.kind == Kind::Missing => return Ok(Vec::new()), // the cluster was deleted a moment ago
        arns => arns?,
    };
    let batches = all(arns.chunks(BATCH).map(|batch| describe(reader, cluster, batch))).await;
    Ok(batches.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

async fn describe(reader: &Reader<'_>, cluster: &str, arns: &[String]) -> Result<Vec<Service>, Refusal> {
    let request = reader.aws().ecs.describe_services().cluster(cluster).set_services(Some(arns.to_vec())).send();
    let output = reader.ask(Call::DescribeServices, request).await?;
    // A service that was deleted a moment ago is MISSING; any other failure hides one that exists.
    if let Some(failure) = output.failures().iter().find(|failure| failure.reason.as_deref() != Some("MISSING")) {
        let what = format!("DescribeServices: {}", failure.reason.as_deref().unwrap_or("failed without a reason"));
        return Err(Refusal { call: Call::DescribeServices, kind: Kind::Failed, what });
    }
    let services = need(output.services, "services").map_err(|lacks| Refusal::unreadable(Call::DescribeServices, lacks))?;
    each(Call::DescribeServices, &services, to_service)
}

/// Reads what belongs to services: their task definitions, tasks and scaling bounds.
pub(super) async fn details(reader: &Reader<'_>, services: &[&Service]) {
    let definitions: BTreeSet<&String> = services.iter().filter_map(|service| service.task_definition_arn.as_ref()).collect();
    tokio::join!(
        all(definitions.into_iter().filter(|arn| reader.claim(arn)).map(|arn| task_definition(reader, arn))),
        all(services.iter().map(|service| tasks::of_service(reader, service))),
        extras::scalable_targets(reader, services),
    );
}

async fn task_definition(reader: &Reader<'_>, arn: &str) {
    let request = reader.aws().ecs.describe_task_definition().task_definition(arn).send();
    let answer = reader.ask(Call::DescribeTaskDefinition, request).await;
    let definition = answer.and_then(|output| {
        let definition = need(output.task_definition.as_ref(), "taskDefinition").and_then(to_definition);
        definition.map_err(|lacks| Refusal::unreadable(Call::DescribeTaskDefinition, lacks))
    });
    reader.facts.record(|facts| drop(facts.task_definitions.insert(arn.to_owned(), definition.fetched())));
}

fn count(value: i32, field: &'static str) -> Result<u32, Lacks> {
    u32::try_from(value).map_err(|_| Lacks(field))
}

fn port(value: i32, field: &'static str) -> Result<u16, Lacks> {
    u16::try_from(value).map_err(|_| Lacks(field))
}

pub(super) fn to_service(service: &types::Service) -> Result<Service, Lacks> {
    // Without awsvpc there is no network configuration: the tasks live on the subnets of their instances.
    let vpc = service.network_configuration.as_ref().and_then(|network| network.awsvpc_configuration.as_ref());
    let load_balancer = |lb: &types::LoadBalancer| {
        let advanced = lb.advanced_configuration.as_ref();
        Ok(ServiceLoadBalancer {
            target_group_arn: lb.target_group_arn.clone(),
            container_name: lb.container_name.clone(),
            container_port: lb.container_port.map(|value| port(value, "loadBalancers.containerPort")).transpose()?,
            alternate_target_group_arn: advanced.and_then(|advanced| advanced.alternate_target_group_arn.clone()),
            production_rule_arn: advanced.and_then(|advanced| advanced.production_listener_rule.clone()),
        })
    };
    Ok(Service {
        arn: need(service.service_arn.clone(), "serviceArn")?,
        name: need(service.service_name.clone(), "serviceName")?,
        cluster_arn: need(service.cluster_arn.clone(), "clusterArn")?,
        status: need(service.status.clone(), "status")?,
        desired_count: count(service.desired_count, "desiredCount")?,
        load_balancers: service.load_balancers().iter().map(load_balancer).collect::<Result<_, Lacks>>()?,
        service_registries: service.service_registries().iter().map(to_registry).collect::<Result<_, Lacks>>()?,
        task_definition_arn: service.task_definition.clone(),
        subnet_ids: vpc.map(|vpc| vpc.subnets.clone()).unwrap_or_default(),
        security_group_ids: vpc.map(|vpc| vpc.security_groups().to_vec()).unwrap_or_default(),
        assign_public_ip: vpc.and_then(|vpc| vpc.assign_public_ip.as_ref()).map(|assign| assign.as_str().to_owned()),
        grace_period_s: service.health_check_grace_period_seconds.map(|value| u32::try_from(value).unwrap_or(0)),
        launch_type: service.launch_type.as_ref().map(|kind| kind.as_str().to_owned()),
        capacity_providers: service.capacity_provider_strategy().iter().map(|item| item.capacity_provider().to_owned()).collect(),
        deployment_controller: service.deployment_controller.as_ref().map(|controller| controller.r#type.as_str().to_owned()),
        state: Fetched::Known(to_state(service)?),
    })
}

fn to_registry(registry: &types::ServiceRegistry) -> Result<ServiceRegistry, Lacks> {
    Ok(ServiceRegistry {
        registry_arn: registry.registry_arn.clone(),
        port: registry.port.map(|value| port(value, "serviceRegistries.port")).transpose()?,
        container_name: registry.container_name.clone(),
        container_port: registry.container_port.map(|value| port(value, "serviceRegistries.containerPort")).transpose()?,
    })
}

fn to_state(service: &types::Service) -> Result<ServiceState, Lacks> {
    let mut events: Vec<&types::ServiceEvent> = service.events().iter().collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.created_at));
    let event = |event: &&types::ServiceEvent| {
        let at = timestamp(event.created_at.as_ref());
        Ok(ServiceEvent { at, message: need(event.message.clone(), "events.message")? })
    };
    Ok(ServiceState {
        running_count: count(service.running_count, "runningCount")?,
        pending_count: count(service.pending_count, "pendingCount")?,
        events: events.iter().take(EVENTS).map(event).collect::<Result<_, Lacks>>()?,
        deployments: service.deployments().iter().map(to_deployment).collect::<Result<_, Lacks>>()?,
        task_sets: service.task_sets().iter().map(to_task_set).collect::<Result<_, Lacks>>()?,
    })
}

pub(super) fn timestamp(at: Option<&DateTime>) -> Option<Timestamp> {
    at.map(|at| Timestamp::from_unix(at.secs()))
}

fn to_deployment(deployment: &types::Deployment) -> Result<ServiceDeployment, Lacks> {
    Ok(ServiceDeployment {
        id: need(deployment.id.clone(), "deployments.id")?,
        status: need(deployment.status.clone(), "deployments.status")?,
        task_definition_arn: deployment.task_definition.clone(),
        desired_count: count(deployment.desired_count, "deployments.desiredCount")?,
        running_count: count(deployment.running_count, "deployments.runningCount")?,
        pending_count: count(deployment.pending_count, "deployments.pendingCount")?,
        failed_tasks: count(deployment.failed_tasks, "deployments.failedTasks")?,
        rollout_state: deployment.rollout_state.as_ref().map(|state| state.as_str().to_owned()),
        rollout_state_reason: deployment.rollout_state_reason.clone(),
        created_at: timestamp(deployment.created_at.as_ref()),
        updated_at: timestamp(deployment.updated_at.as_ref()),
    })
}

fn to_task_set(set: &types::TaskSet) -> Result<TaskSet, Lacks> {
    Ok(TaskSet {
        id: need(set.id.clone(), "taskSets.id")?,
        status: need(set.status.clone(), "taskSets.status")?,
        stability_status: set.stability_status.as_ref().map(|status| status.as_str().to_owned()),
        target_group_arns: set.load_balancers().iter().filter_map(|lb| lb.target_group_arn.clone()).collect(),
        running_count: count(set.running_count, "taskSets.runningCount")?,
    })
}

fn to_container(container: &types::ContainerDefinition) -> Result<Container, Lacks> {
    let mut ports = Vec::new();
    for mapping in container.port_mappings() {
        ports.extend(to_mappings(mapping)?);
    }
    // Only where a secret comes from is kept: an ARN names the service, a bare name is a parameter of SSM.
    let secret = |secret: &types::Secret| if secret.value_from.contains(":secretsmanager:") { "secretsmanager" } else { "ssm" };
    let secrets: BTreeSet<&str> = container.secrets().iter().map(secret).collect();
    Ok(Container {
        name: need(container.name.clone(), "containerDefinitions.name")?,
        ports,
        image: container.image.clone(),
        essential: container.essential,
        has_health_check: container.health_check.is_some(),
        log_driver: container.log_configuration.as_ref().map(|log| log.log_driver.as_str().to_owned()),
        secret_services: secrets.into_iter().map(str::to_owned).collect(),
    })
}

fn to_definition(definition: &types::TaskDefinition) -> Result<TaskDefinition, Lacks> {
    let containers = need(definition.container_definitions.as_ref(), "containerDefinitions")?;
    Ok(TaskDefinition {
        arn: need(definition.task_definition_arn.clone(), "taskDefinitionArn")?,
        network_mode: definition.network_mode.as_ref().map(|mode| mode.as_str().to_owned()),
        containers: containers.iter().map(to_container).collect::<Result<_, Lacks>>()?,
        execution_role_arn: definition.execution_role_arn.clone(),
    })
}

/// A mapping names one port, or a range of at most a hundred, which is as many mappings with dynamic host ports.
fn to_mappings(mapping: &types::PortMapping) -> Result<Vec<PortMapping>, Lacks> {
    const FIELD: &str = "portMappings.containerPort";
    let protocol = mapping.protocol.as_ref().map(|protocol| protocol.as_str().to_owned());
    if let Some(value) = mapping.container_port {
        let host_port = mapping.host_port.map(|value| port(value, "portMappings.hostPort")).transpose()?;
        return Ok(vec![PortMapping { container_port: port(value, FIELD)?, host_port, protocol }]);
    }
    let (from, to) = need(mapping.container_port_range.as_deref(), FIELD)?.split_once('-').ok_or(Lacks(FIELD))?;
    let bound = |text: &str| text.trim().parse::<u16>().map_err(|_| Lacks(FIELD));
    let one = |container_port| PortMapping { container_port, host_port: None, protocol: protocol.clone() };
    Ok((bound(from)?..=bound(to)?).map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_definition, to_service, types};
    use apigw_doctor_checks::model::service::Service;
    use aws_sdk_ecs::types::builders::ServiceBuilder;
    use aws_smithy_types::DateTime;

    fn service() -> ServiceBuilder {
        types::Service::builder().service_arn("arn").service_name("orders").cluster_arn("c").status("ACTIVE")
    }

    fn mapped(builder: ServiceBuilder) -> Service {
        to_service(&builder.build()).expect("complete")
    }

    #[test]
    fn the_newest_ten_events_are_kept() {
        let event = |at: i64| types::ServiceEvent::builder().created_at(DateTime::from_secs(at)).message(format!("event {at}")).build();
        let service = mapped(service().set_events(Some((1..=12).map(event).collect())).running_count(1).desired_count(2));
        let state = service.state.value().expect("always known");
        assert_eq!((state.events.len(), state.events[0].message.as_str()), (10, "event 12"));
        assert_eq!((service.desired_count, state.running_count), (2, 1));
    }

    #[test]
    fn a_port_range_is_as_many_ports() {
        let definition = |mapping| {
            let container = types::ContainerDefinition::builder().name("web").port_mappings(mapping).build();
            types::TaskDefinition::builder().task_definition_arn("arn").container_definitions(container).build()
        };
        let range = types::PortMapping::builder().container_port_range("8080-8082").protocol(types::TransportProtocol::Tcp).build();
        let ports = to_definition(&definition(range)).expect("complete").containers.remove(0).ports;
        assert_eq!(ports.iter().map(|port| port.container_port).collect::<Vec<_>>(), [8080, 8081, 8082]);
        let none = types::PortMapping::builder().build();
        assert_eq!(to_definition(&definition(none)), Err(Lacks("portMappings.containerPort")));
    }

    #[test]
    fn a_definition_without_containers_is_unreadable() {
        let bare = types::TaskDefinition::builder().task_definition_arn("arn").build();
        assert_eq!(to_definition(&bare), Err(Lacks("containerDefinitions")));
    }
}
