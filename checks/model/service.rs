//! ECS services and task definitions.
//! Field meanings: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/Welcome.html>.

use super::fetched::Fetched;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An ECS service (`DescribeServices`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// `serviceArn`.
    pub arn: String,
    /// `serviceName`.
    pub name: String,
    /// `clusterArn`.
    pub cluster_arn: String,
    /// `status`: `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// `desiredCount`.
    pub desired_count: u32,
    /// `loadBalancers`.
    #[serde(default)]
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// `taskDefinition` (ARN).
    pub task_definition_arn: Option<String>,
    /// `networkConfiguration.awsvpcConfiguration.subnets`.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    /// `networkConfiguration.awsvpcConfiguration.securityGroups`.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Counts and events: an observation.
    pub state: Fetched<ServiceState>,
}

/// One entry of `loadBalancers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceLoadBalancer {
    /// `targetGroupArn`.
    pub target_group_arn: Option<String>,
    /// `containerName`.
    pub container_name: Option<String>,
    /// `containerPort`.
    pub container_port: Option<u16>,
}

/// Counts and newest events of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceState {
    /// `runningCount`.
    pub running_count: u32,
    /// `pendingCount`.
    pub pending_count: u32,
    /// Newest `events`, newest first, at most ten.
    #[serde(default)]
    pub events: Vec<ServiceEvent>,
}

/// One service event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceEvent {
    /// `createdAt`.
    pub at: Option<Timestamp>,
    /// `message`.
    pub message: String,
}

/// A task definition (`DescribeTaskDefinition`), as far as a load balancer cares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskDefinition {
    /// `taskDefinitionArn`.
    pub arn: String,
    /// `networkMode`: `awsvpc`, `bridge`, `host`, `none`; absent means `bridge` on Linux.
    pub network_mode: Option<String>,
    /// `containerDefinitions`.
    pub containers: Vec<Container>,
}

/// One container of a task definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// `name`.
    pub name: String,
    /// `portMappings`.
    #[serde(default)]
    pub ports: Vec<PortMapping>,
}

/// One port mapping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortMapping {
    /// `containerPort`.
    pub container_port: u16,
    /// `hostPort`; 0 or absent means dynamic in bridge mode.
    pub host_port: Option<u16>,
    /// `protocol`, `tcp` unless said otherwise.
    pub protocol: Option<String>,
}
