//! Everything that was read, as it is written to a capture. Collectors fill it; nothing judges it directly.

use super::balancing::{Listener, LoadBalancer, Rule, Target, TargetGroup};
use super::certificate::Certificate;
use super::fetched::Fetched;
use super::gateway::{Api, Integration, Route, Stage, VpcLink};
use super::network::{NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet};
use super::service::{Service, TaskDefinition};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The facts of one deployment.
///
/// Maps are keyed by id or ARN, so that a JSON pointer names a resource. A resource that is read by a
/// call of its own is `Fetched<Option<_>>`: `Known(None)` means that AWS says it does not exist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// When the deployment was read; the "now" of every check.
    pub collected_at: Timestamp,
    /// The Region that was asked.
    pub region: String,
    /// The account, when it could be told.
    pub account: Option<String>,
    /// The API id that was asked for.
    pub api_id: String,
    /// The API.
    pub api: Fetched<Api>,
    /// Stages by name.
    pub stages: Fetched<BTreeMap<String, Stage>>,
    /// Routes by id.
    pub routes: Fetched<BTreeMap<String, Route>>,
    /// Integrations by id.
    pub integrations: Fetched<BTreeMap<String, Integration>>,
    /// VPC links by id.
    pub vpc_links: BTreeMap<String, Fetched<Option<VpcLink>>>,
    /// Subnets of the VPCs involved, by id.
    pub subnets: Fetched<BTreeMap<String, Subnet>>,
    /// Security groups of the VPCs involved, by id.
    pub security_groups: Fetched<BTreeMap<String, SecurityGroup>>,
    /// Network ACLs of the VPCs involved, by id.
    pub network_acls: Fetched<BTreeMap<String, NetworkAcl>>,
    /// Route tables of the VPCs involved, by id.
    pub route_tables: Fetched<BTreeMap<String, RouteTable>>,
    /// Interfaces of VPC links, load balancer nodes and targets, by id.
    pub network_interfaces: Fetched<BTreeMap<String, NetworkInterface>>,
    /// Load balancers by ARN.
    pub load_balancers: BTreeMap<String, Fetched<Option<LoadBalancer>>>,
    /// Attributes by load balancer ARN.
    pub load_balancer_attributes: BTreeMap<String, Fetched<BTreeMap<String, String>>>,
    /// Listeners that integrations name, and their neighbours on the same load balancer, by ARN.
    pub listeners: BTreeMap<String, Fetched<Option<Listener>>>,
    /// Certificate ARNs by listener ARN, without the default certificate.
    pub listener_certificates: BTreeMap<String, Fetched<Vec<String>>>,
    /// Certificates by ARN.
    pub certificates: BTreeMap<String, Fetched<Option<Certificate>>>,
    /// Rules by listener ARN, in AWS's order.
    pub rules: BTreeMap<String, Fetched<Vec<Rule>>>,
    /// Target groups by ARN.
    pub target_groups: BTreeMap<String, Fetched<Option<TargetGroup>>>,
    /// Attributes by target group ARN.
    pub target_group_attributes: BTreeMap<String, Fetched<BTreeMap<String, String>>>,
    /// Registered targets by target group ARN: an observation.
    pub target_health: BTreeMap<String, Fetched<Vec<Target>>>,
    /// ECS services that name one of the target groups, or share a listener's VPC subnets without naming one, by ARN.
    pub services: Fetched<BTreeMap<String, Service>>,
    /// Task definitions by ARN.
    pub task_definitions: BTreeMap<String, Fetched<TaskDefinition>>,
}

impl Facts {
    /// Facts in which nothing was asked yet.
    pub fn unread(api_id: &str, region: &str, collected_at: Timestamp) -> Facts {
        Facts {
            collected_at,
            region: region.to_owned(),
            account: None,
            api_id: api_id.to_owned(),
            api: Fetched::NotAsked,
            stages: Fetched::NotAsked,
            routes: Fetched::NotAsked,
            integrations: Fetched::NotAsked,
            vpc_links: BTreeMap::new(),
            subnets: Fetched::NotAsked,
            security_groups: Fetched::NotAsked,
            network_acls: Fetched::NotAsked,
            route_tables: Fetched::NotAsked,
            network_interfaces: Fetched::NotAsked,
            load_balancers: BTreeMap::new(),
            load_balancer_attributes: BTreeMap::new(),
            listeners: BTreeMap::new(),
            listener_certificates: BTreeMap::new(),
            certificates: BTreeMap::new(),
            rules: BTreeMap::new(),
            target_groups: BTreeMap::new(),
            target_group_attributes: BTreeMap::new(),
            target_health: BTreeMap::new(),
            services: Fetched::NotAsked,
            task_definitions: BTreeMap::new(),
        }
    }
}

/// A JSON pointer into the facts, each segment escaped (RFC 6901).
pub fn pointer(segments: &[&str]) -> String {
    segments.iter().map(|segment| format!("/{}", segment.replace('~', "~0").replace('/', "~1"))).collect()
}
