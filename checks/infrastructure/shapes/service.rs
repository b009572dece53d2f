//! ECS services.

use super::super::node::{Entries, Node};
use super::{Both, entry, fields, plain, text};
use serde_json::Value;

pub(in crate::infrastructure) fn service_load_balancers(value: &Value) -> Option<Both> {
    let names = [
        ("target_group_arn", "target_group_arn", "TargetGroupArn"),
        ("container_name", "container_name", "ContainerName"),
        ("container_port", "container_port", "ContainerPort"),
    ];
    let (first, second): (Vec<Entries>, Vec<Entries>) = value.as_array()?.iter().map(|one| fields(one, &names)).unzip();
    Some((vec![entry("load_balancer", Node::Blocks(first))], vec![entry("LoadBalancers", Node::Blocks(second))]))
}

pub(in crate::infrastructure) fn service_registries(value: &Value) -> Option<Both> {
    let names = [
        ("registry_arn", "registry_arn", "RegistryArn"),
        ("port", "port", "Port"),
        ("container_name", "container_name", "ContainerName"),
        ("container_port", "container_port", "ContainerPort"),
    ];
    let (first, second): (Vec<Entries>, Vec<Entries>) = value.as_array()?.iter().map(|one| fields(one, &names)).unzip();
    Some((vec![entry("service_registries", Node::Blocks(first))], vec![entry("ServiceRegistries", Node::Blocks(second))]))
}

fn awsvpc((first, second): Both) -> Both {
    let inner = Node::Block(vec![entry("AwsvpcConfiguration", Node::Block(second))]);
    (vec![entry("network_configuration", Node::Block(first))], vec![entry("NetworkConfiguration", inner)])
}

pub(in crate::infrastructure) fn service_subnets(value: &Value) -> Option<Both> {
    Some(awsvpc(plain("subnets", "Subnets", value)))
}

pub(in crate::infrastructure) fn service_groups(value: &Value) -> Option<Both> {
    Some(awsvpc(plain("security_groups", "SecurityGroups", value)))
}

pub(in crate::infrastructure) fn service_public_ip(value: &Value) -> Option<Both> {
    let assign = value.as_str()?;
    let first = vec![entry("assign_public_ip", Node::Number((assign == "ENABLED").to_string()))];
    Some(awsvpc((first, vec![entry("AssignPublicIp", text(assign))])))
}
