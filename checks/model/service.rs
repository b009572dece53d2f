//! ECS services and task definitions.
//! Field meanings: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/Welcome.html>.

use super::fetched::Fetched;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

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
    /// `serviceRegistries`: where the service registers its tasks in Cloud Map.
    #[serde(default)]
    pub service_registries: Vec<ServiceRegistry>,
    /// `taskDefinition` (ARN).
    pub task_definition_arn: Option<String>,
    /// `networkConfiguration.awsvpcConfiguration.subnets`.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    /// `networkConfiguration.awsvpcConfiguration.securityGroups`.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// `networkConfiguration.awsvpcConfiguration.assignPublicIp`: `ENABLED` or `DISABLED`.
    #[serde(default)]
    pub assign_public_ip: Option<String>,
    /// `healthCheckGracePeriodSeconds`; absent counts as 0.
    #[serde(default)]
    pub grace_period_s: Option<u32>,
    /// `launchType`: `FARGATE`, `EC2` or `EXTERNAL`; absent with a capacity provider strategy.
    #[serde(default)]
    pub launch_type: Option<String>,
    /// `capacityProviderStrategy[].capacityProvider`, for example `FARGATE_SPOT`; empty with a launch type.
    #[serde(default)]
    pub capacity_providers: Vec<String>,
    /// `deploymentController.type`: `ECS`, `CODE_DEPLOY` or `EXTERNAL`; absent counts as `ECS`.
    #[serde(default)]
    pub deployment_controller: Option<String>,
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
    /// `advancedConfiguration.alternateTargetGroupArn`: the other group of a blue/green deployment.
    #[serde(default)]
    pub alternate_target_group_arn: Option<String>,
    /// `advancedConfiguration.productionListenerRule` (ARN).
    #[serde(default)]
    pub production_rule_arn: Option<String>,
}

/// One entry of `serviceRegistries`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceRegistry {
    /// `registryArn`: the Cloud Map service.
    pub registry_arn: Option<String>,
    /// `port`: for SRV records with tasks in host or bridge mode, or in place of the container's.
    pub port: Option<u16>,
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
    /// `deployments`, the primary one first.
    #[serde(default)]
    pub deployments: Vec<ServiceDeployment>,
    /// `taskSets`, for services that CodeDeploy or somebody else deploys.
    #[serde(default)]
    pub task_sets: Vec<TaskSet>,
}

/// One entry of a service's `deployments`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceDeployment {
    /// `id`.
    pub id: String,
    /// `status`: `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// `taskDefinition` (ARN).
    pub task_definition_arn: Option<String>,
    /// `desiredCount`.
    pub desired_count: u32,
    /// `runningCount`.
    pub running_count: u32,
    /// `pendingCount`.
    pub pending_count: u32,
    /// `failedTasks`.
    pub failed_tasks: u32,
    /// `rolloutState`: `COMPLETED`, `FAILED` or `IN_PROGRESS`.
    pub rollout_state: Option<String>,
    /// `rolloutStateReason`, in AWS's words.
    pub rollout_state_reason: Option<String>,
    /// `createdAt`.
    pub created_at: Option<Timestamp>,
    /// `updatedAt`.
    pub updated_at: Option<Timestamp>,
}

/// One entry of a service's `taskSets`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSet {
    /// `id`.
    pub id: String,
    /// `status`: `PRIMARY`, `ACTIVE` or `DRAINING`.
    pub status: String,
    /// `stabilityStatus`.
    pub stability_status: Option<String>,
    /// `loadBalancers[].targetGroupArn`.
    #[serde(default)]
    pub target_group_arns: Vec<String>,
    /// `runningCount`.
    pub running_count: u32,
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
    /// `executionRoleArn`.
    #[serde(default)]
    pub execution_role_arn: Option<String>,
}

/// One container of a task definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// `name`.
    pub name: String,
    /// `portMappings`.
    #[serde(default)]
    pub ports: Vec<PortMapping>,
    /// `image`.
    #[serde(default)]
    pub image: Option<String>,
    /// `essential`; absent counts as true.
    #[serde(default)]
    pub essential: Option<bool>,
    /// True when `healthCheck` is set.
    #[serde(default)]
    pub has_health_check: bool,
    /// `logConfiguration.logDriver`.
    #[serde(default)]
    pub log_driver: Option<String>,
    /// The services that `secrets` come from: `secretsmanager`, `ssm`. Names and values are not kept.
    #[serde(default)]
    pub secret_services: Vec<String>,
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

/// A task (`DescribeTasks`), running or lately stopped: an observation. ECS keeps stopped tasks for about an hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// `taskArn`.
    pub arn: String,
    /// `taskDefinitionArn`.
    pub task_definition_arn: Option<String>,
    /// `lastStatus`, for example `RUNNING` or `STOPPED`.
    pub last_status: String,
    /// `desiredStatus`.
    pub desired_status: Option<String>,
    /// `healthStatus`: `HEALTHY`, `UNHEALTHY` or `UNKNOWN`, from the containers' own health checks.
    pub health_status: Option<String>,
    /// `availabilityZone`.
    pub zone: Option<String>,
    /// The private addresses of its network interface.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// `startedAt`.
    pub started_at: Option<Timestamp>,
    /// `stoppedAt`.
    pub stopped_at: Option<Timestamp>,
    /// `stopCode`, for example `EssentialContainerExited` or `TaskFailedToStart`.
    pub stop_code: Option<String>,
    /// `stoppedReason`, in AWS's words.
    pub stopped_reason: Option<String>,
    /// `containers`.
    #[serde(default)]
    pub containers: Vec<TaskContainer>,
}

/// A container of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskContainer {
    /// `name`.
    pub name: String,
    /// `exitCode`; absent while it runs, or when it never started.
    pub exit_code: Option<i32>,
    /// `reason`, in AWS's words.
    pub reason: Option<String>,
    /// `healthStatus`.
    pub health_status: Option<String>,
}

/// What Application Auto Scaling may do with a service (`DescribeScalableTargets`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalableTarget {
    /// `MinCapacity`.
    pub min_capacity: u32,
    /// `MaxCapacity`.
    pub max_capacity: u32,
}
