//! A Cloud Map service in the place of a load balancer.

use super::article::{BY_ADDRESS, CLUSTER, GET_INTEGRATIONS, SERVICE, TASKS, article};
use super::{collected, facts};
use crate::collect::replay::{Replay, Script, ok, refused_json};
use apigw_doctor_checks::model::fetched::Fetched;

const ARN: &str = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1";
const GET_SERVICE: &str = "Route53AutoNaming_v20170314.GetService";
const GET_NAMESPACE: &str = "Route53AutoNaming_v20170314.GetNamespace";
const DISCOVER: &str = "Route53AutoNaming_v20170314.DiscoverInstances";

fn instances(items: &str) -> String {
    format!(r#"{{"Instances":[{items}]}}"#)
}

/// The article's deployment with Cloud Map in the place of the load balancer.
fn found_by_name() -> Script {
    let integration = format!(
        r#"{{"items":[{{"integrationId":"int1","integrationType":"HTTP_PROXY","integrationMethod":"ANY","integrationUri":"{ARN}?stage=blue",
        "connectionType":"VPC_LINK","connectionId":"link1"}}]}}"#
    );
    let service = r#"{"Service":{"Id":"srv-1","Name":"orders","NamespaceId":"ns-1","DnsConfig":{"DnsRecords":[{"Type":"SRV","TTL":10}]},
        "HealthCheckCustomConfig":{}}}"#;
    let instance = r#"{"InstanceId":"i1","HealthStatus":"HEALTHY","NamespaceName":"internal.example.com","ServiceName":"orders",
        "Attributes":{"AWS_INSTANCE_IPV4":"10.0.1.20","AWS_INSTANCE_PORT":"8080"}}"#;
    let registered = format!(
        r#"{{"services":[{{"serviceArn":"{SERVICE}","serviceName":"web","clusterArn":"{CLUSTER}","status":"ACTIVE","desiredCount":1,
        "runningCount":1,"pendingCount":0,"taskDefinition":"{TASKS}","serviceRegistries":[{{"registryArn":"{ARN}","containerPort":8080}}]}}]}}"#
    );
    article()
        .on(GET_INTEGRATIONS, [ok(integration)])
        .on("20141113.DescribeServices", [ok(registered)])
        .on(GET_SERVICE, [ok(service)])
        .on(GET_NAMESPACE, [ok(r#"{"Namespace":{"Id":"ns-1","Name":"internal.example.com"}}"#)])
        .on(DISCOVER, [ok(instances(instance))])
}

fn denied<T>(action: &str) -> Fetched<T> {
    Fetched::Denied { action: format!("servicediscovery:{action}") }
}

#[tokio::test]
async fn a_service_its_instances_and_who_registers_them_are_read() {
    let replay = Replay::in_waves(found_by_name());
    let session = replay.session().unlimited();
    let api = crate::collect::resolve(&session, super::article::API).await.expect("it looks like an id");
    let accumulator = crate::collect::Accumulator::default();
    let collected = crate::collect::collect(&session, &api, super::now(), &crate::collect::Silent, &accumulator).await.expect("healthy");
    let facts = collected.facts;
    let service = facts.cloud_map_services[ARN].value().expect("read").as_ref().expect("it exists");
    assert_eq!(
        (service.namespace_name.as_deref(), service.record_types.as_slice()),
        (Some("internal.example.com"), &["SRV".to_owned()][..])
    );
    let instance = &facts.cloud_map_instances[ARN].value().expect("read")[0];
    assert_eq!((instance.address(), instance.port()), (Some("10.0.1.20"), Some(8080)));
    assert_eq!(facts.services.value().expect("read")[SERVICE].service_registries[0].container_port, Some(8080));
    assert!(facts.tasks[SERVICE].value().is_some() && facts.task_definitions[TASKS].value().is_some());
    assert!(facts.network_interfaces.value().expect("read").contains_key("eni-task"));
    assert_eq!((replay.count(BY_ADDRESS), replay.count("Filter.2.Name=vpc-id&Filter.2.Value.1=vpc-1")), (1, 1));
    assert_eq!(replay.count("\"HealthStatus\":\"ALL\""), 1);
    assert!(facts.load_balancers.is_empty());
    assert!(replay.waves().len() <= 5 && collected.calls <= 60, "{:?}", replay.waves());
}

#[tokio::test]
async fn each_read_of_cloud_map_may_be_denied() {
    let json = || [refused_json(400, "AccessDeniedException")];
    let service = facts(found_by_name().on(GET_SERVICE, json())).await;
    assert_eq!((&service.cloud_map_services[ARN], &service.cloud_map_instances[ARN]), (&denied("GetService"), &Fetched::NotAsked));
    let namespace = facts(found_by_name().on(GET_NAMESPACE, json())).await;
    assert_eq!(namespace.cloud_map_instances[ARN], denied("GetNamespace"));
    assert!(namespace.cloud_map_services[ARN].value().is_some(), "the service itself was read");
    let instances = facts(found_by_name().on(DISCOVER, json())).await;
    assert_eq!(instances.cloud_map_instances[ARN], denied("DiscoverInstances"));
    assert_eq!(instances.services.value().map(std::collections::BTreeMap::len), Some(1), "who registers is known all the same");
}

#[tokio::test]
async fn a_service_that_is_gone_and_one_without_instances_are_told_apart() {
    let gone = facts(found_by_name().on(GET_SERVICE, [refused_json(400, "ServiceNotFound")])).await;
    assert_eq!((&gone.cloud_map_services[ARN], &gone.cloud_map_instances[ARN]), (&Fetched::Known(None), &Fetched::Known(Vec::new())));
    let replay = Replay::start(found_by_name().on(DISCOVER, [ok(instances(""))]));
    let empty = collected(&replay).await.expect("healthy").facts;
    assert_eq!((&empty.cloud_map_instances[ARN], replay.count(BY_ADDRESS)), (&Fetched::Known(Vec::new()), 0));
}

#[tokio::test]
async fn an_answer_that_is_full_may_not_be_all() {
    let many = |count: usize| {
        let one = |i: usize| format!(r#"{{"InstanceId":"i{i:04}","Attributes":{{"AWS_INSTANCE_IPV4":"10.0.1.20"}}}}"#);
        instances(&(0..count).map(one).collect::<Vec<_>>().join(","))
    };
    let nearly = facts(found_by_name().on(DISCOVER, [ok(many(999))])).await;
    assert_eq!(nearly.cloud_map_instances[ARN].value().map(Vec::len), Some(999));
    let full = facts(found_by_name().on(DISCOVER, [ok(many(1000))])).await;
    let Fetched::Failed { what } = &full.cloud_map_instances[ARN] else { panic!("{:?}", full.cloud_map_instances) };
    assert!(what.starts_with("servicediscovery:DiscoverInstances: 1000 instances came back"), "{what}");
}
