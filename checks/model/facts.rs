//! Everything that was read, as it is written to a capture. Collectors fill it; nothing judges it directly.

use super::balancing::{Listener, LoadBalancer, Rule, SslPolicy, Target, TargetGroup};
use super::certificate::Certificate;
use super::cloud_map::{CloudMapInstance, CloudMapService};
use super::definition::Definition;
use super::domain::{ApiMapping, Domain, RoutingRule};
use super::fetched::Fetched;
use super::firewall::WebAcl;
use super::gateway::{Api, ApiDeployment, Authorizer, Integration, LambdaPermission, Route, Stage, VpcLink};
use super::network::{NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet, VpcEndpoint};
use super::service::{ScalableTarget, Service, Task, TaskDefinition};
use super::time::Timestamp;
use ipnet::IpNet;
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
    /// Listeners that integrations name, those behind them, and their neighbours on the same load balancer, by ARN. Where none is known
    /// by its ARN, the reason why they could not be listed stands under the ARN of the load balancer.
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
    /// Who was registered when a fix made health a thing to be observed again: it changes nobody's registration. Of a model, never read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub still_registered: BTreeMap<String, Vec<Target>>,
    /// ECS services that name one of the target groups, or share a listener's VPC subnets without naming one, by ARN.
    pub services: Fetched<BTreeMap<String, Service>>,
    /// Task definitions by ARN.
    pub task_definitions: BTreeMap<String, Fetched<TaskDefinition>>,
    /// Deployments of the API by id.
    #[serde(default)]
    pub deployments: Fetched<BTreeMap<String, ApiDeployment>>,
    /// The latest saved definition (`ExportApi` without a stage); read only where a stage does not deploy by itself.
    #[serde(default)]
    pub saved_definition: Fetched<Definition>,
    /// The definition that a stage without auto-deploy serves (`ExportApi` with the stage), by stage name.
    #[serde(default)]
    pub deployed_definitions: BTreeMap<String, Fetched<Definition>>,
    /// Authorizers by id.
    #[serde(default)]
    pub authorizers: Fetched<BTreeMap<String, Authorizer>>,
    /// What the resource policy of an authorizer's function allows, by function ARN; optional.
    #[serde(default)]
    pub lambda_policies: BTreeMap<String, Fetched<Vec<LambdaPermission>>>,
    /// Custom domain names that lead to the API, and the one that was asked about, by name.
    #[serde(default)]
    pub domains: Fetched<BTreeMap<String, Domain>>,
    /// All mappings of those domains, by domain name.
    #[serde(default)]
    pub api_mappings: BTreeMap<String, Fetched<Vec<ApiMapping>>>,
    /// Routing rules of those domains whose routing mode uses them, by domain name.
    #[serde(default)]
    pub routing_rules: BTreeMap<String, Fetched<Vec<RoutingRule>>>,
    /// Endpoints of the VPCs involved, by id.
    #[serde(default)]
    pub vpc_endpoints: Fetched<BTreeMap<String, VpcEndpoint>>,
    /// Entries of the managed prefix lists that rules and routes name, by id.
    #[serde(default)]
    pub prefix_lists: BTreeMap<String, Fetched<Vec<IpNet>>>,
    /// Attributes by listener ARN.
    #[serde(default)]
    pub listener_attributes: BTreeMap<String, Fetched<BTreeMap<String, String>>>,
    /// Security policies of TLS listeners, by name.
    #[serde(default)]
    pub ssl_policies: BTreeMap<String, Fetched<Option<SslPolicy>>>,
    /// Web ACLs by the ARN of the load balancer; optional.
    #[serde(default)]
    pub web_acls: BTreeMap<String, Fetched<Option<WebAcl>>>,
    /// Whether the log group of an access log exists, by ARN; optional.
    #[serde(default)]
    pub log_groups: BTreeMap<String, Fetched<bool>>,
    /// Whether a service-linked role exists, by name; optional.
    #[serde(default)]
    pub service_linked_roles: BTreeMap<String, Fetched<bool>>,
    /// Tasks by the ARN of their service, running and lately stopped: an observation.
    #[serde(default)]
    pub tasks: BTreeMap<String, Fetched<Vec<Task>>>,
    /// Application Auto Scaling's bounds by the ARN of the service; optional.
    #[serde(default)]
    pub scalable_targets: BTreeMap<String, Fetched<Option<ScalableTarget>>>,
    /// Cloud Map services that integrations name, by ARN.
    #[serde(default)]
    pub cloud_map_services: BTreeMap<String, Fetched<Option<CloudMapService>>>,
    /// Their registered instances by the service's ARN: an observation.
    #[serde(default)]
    pub cloud_map_instances: BTreeMap<String, Fetched<Vec<CloudMapInstance>>>,
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
            still_registered: BTreeMap::new(),
            services: Fetched::NotAsked,
            task_definitions: BTreeMap::new(),
            deployments: Fetched::NotAsked,
            saved_definition: Fetched::NotAsked,
            deployed_definitions: BTreeMap::new(),
            authorizers: Fetched::NotAsked,
            lambda_policies: BTreeMap::new(),
            domains: Fetched::NotAsked,
            api_mappings: BTreeMap::new(),
            routing_rules: BTreeMap::new(),
            vpc_endpoints: Fetched::NotAsked,
            prefix_lists: BTreeMap::new(),
            listener_attributes: BTreeMap::new(),
            ssl_policies: BTreeMap::new(),
            web_acls: BTreeMap::new(),
            log_groups: BTreeMap::new(),
            service_linked_roles: BTreeMap::new(),
            tasks: BTreeMap::new(),
            scalable_targets: BTreeMap::new(),
            cloud_map_services: BTreeMap::new(),
            cloud_map_instances: BTreeMap::new(),
        }
    }
}

/// A JSON pointer into the facts, each segment escaped (RFC 6901).
pub fn pointer(segments: &[&str]) -> String {
    segments.iter().map(|segment| format!("/{}", segment.replace('~', "~0").replace('/', "~1"))).collect()
}
