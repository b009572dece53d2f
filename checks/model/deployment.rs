//! The deployment that checks look at: each question answers with a fact or with the gap in its place.
//!
//! Nothing but these questions reaches the facts, and each question notes the part it consulted. The proof
//! of a check uses those notes: it takes every consulted part away in turn.

use super::balancing::{LbState, Listener, LoadBalancer, Rule, SslPolicy, Target, TargetGroup};
use super::certificate::Certificate;
use super::cloud_map::{CloudMapInstance, CloudMapService};
use super::definition::Definition;
use super::domain::{ApiMapping, Domain, DomainConfiguration, DomainState, RoutingRule};
use super::facts::Facts;
use super::fetched::{Fetched, Gap};
use super::firewall::WebAcl;
use super::gateway::{Api, ApiDeployment, Authorizer, Integration, LambdaPermission, Route, Stage, VpcLink, VpcLinkState};
use super::kinds::AllKinds;
use super::listed::listed;
use super::network::{NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet, VpcEndpoint};
use super::occupants::Occupants;
use super::part::Part;
use super::request::Request;
use super::served::{Served, served};
use super::service::{ScalableTarget, Service, ServiceState, Task, TaskDefinition};
use super::time::Timestamp;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// One API and all that stands behind it, as far as it was read, and the requests asked about.
#[derive(Debug)]
pub struct Deployment {
    facts: Facts,
    requests: Vec<Request>,
    /// What the first request's stage serves, where that is not what is saved.
    served: Option<Served>,
    /// The security groups with the entries of prefix lists, where a rule names one that was read.
    listed: Option<BTreeMap<String, SecurityGroup>>,
    /// Interfaces by the names that target groups use.
    occupants: Occupants,
    /// Which registered targets are of one kind.
    kinds: AllKinds,
    consulted: AtomicU64,
}

impl Deployment {
    /// A deployment from what was read.
    pub fn new(facts: Facts, requests: Vec<Request>) -> Deployment {
        let occupants = Occupants::of(&facts);
        let kinds = AllKinds::of(&facts, &occupants);
        let mut deployment = Deployment { facts, requests, served: None, listed: None, occupants, kinds, consulted: AtomicU64::new(0) };
        let insides: Vec<_> = deployment.requests.iter().map(|request| deployment.inside(request)).collect();
        deployment.requests.iter_mut().zip(insides).for_each(|(request, inside)| request.inside = inside);
        let stage = deployment.requests.first().and_then(|request| deployment.stage_for(request).ok()?);
        deployment.served = stage.and_then(|stage| served(&deployment.facts, stage));
        deployment.listed = listed(&deployment.facts);
        deployment.take_consulted(); // nobody asked yet
        deployment
    }

    /// The same deployment as if everything saved were deployed; `None` when that is so already, as far as is known.
    pub fn as_if_deployed(&self) -> Option<Deployment> {
        self.served.as_ref()?;
        let facts = Facts { deployed_definitions: BTreeMap::new(), ..self.facts.clone() };
        Some(Deployment::new(facts, self.requests.clone()))
    }

    /// The facts, for writing a capture and for applying a fix. Checks ask the questions below instead.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The requests asked about, at least one.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    pub(super) fn occupants(&self) -> &Occupants {
        &self.occupants
    }

    pub(super) fn kinds(&self) -> &AllKinds {
        &self.kinds
    }

    /// When the deployment was read: the "now" of every check.
    pub fn now(&self) -> Timestamp {
        self.facts.collected_at
    }

    /// The Region.
    pub fn region(&self) -> &str {
        &self.facts.region
    }

    /// The API's id.
    pub fn api_id(&self) -> &str {
        &self.facts.api_id
    }

    /// The account's number, if it is known.
    pub fn account(&self) -> Option<&str> {
        self.facts.account.as_deref()
    }

    /// The parts consulted since the last call, and forgets them.
    pub fn take_consulted(&self) -> Vec<Part> {
        let bits = self.consulted.swap(0, Ordering::Relaxed);
        Part::ALL.iter().copied().filter(|part| bits & (1 << *part as u64) != 0).collect()
    }

    fn ask<'a, T>(&self, part: Part, fetched: &'a Fetched<T>) -> Result<&'a T, Gap> {
        self.consulted.fetch_or(1 << part as u64, Ordering::Relaxed);
        fetched.known(part)
    }

    /// An entry of a map of parts; a missing entry was not asked for.
    fn ask_for<'a, T>(&self, part: Part, map: &'a BTreeMap<String, Fetched<T>>, key: &str) -> Result<&'a T, Gap> {
        self.ask(part, map.get(key).unwrap_or(&Fetched::NotAsked))
    }

    /// The API.
    pub fn api(&self) -> Result<&Api, Gap> {
        self.ask(Part::Api, &self.facts.api)
    }

    /// Stages by name.
    pub fn stages(&self) -> Result<&BTreeMap<String, Stage>, Gap> {
        self.ask(Part::Stages, &self.facts.stages)
    }

    /// Routes by id, as the asked stage serves them.
    pub fn routes(&self) -> Result<&BTreeMap<String, Route>, Gap> {
        let saved = self.ask(Part::Routes, &self.facts.routes)?;
        Ok(self.served.as_ref().map_or(saved, |served| &served.routes))
    }

    /// Integrations by id, as the asked stage serves them.
    pub fn integrations(&self) -> Result<&BTreeMap<String, Integration>, Gap> {
        let saved = self.ask(Part::Integrations, &self.facts.integrations)?;
        Ok(self.served.as_ref().map_or(saved, |served| &served.integrations))
    }

    /// A VPC link; `None` when AWS says that it does not exist.
    pub fn vpc_link(&self, id: &str) -> Result<Option<&VpcLink>, Gap> {
        self.ask_for(Part::VpcLinks, &self.facts.vpc_links, id).map(Option::as_ref)
    }

    /// The state of a VPC link.
    pub fn vpc_link_state<'a>(&self, link: &'a VpcLink) -> Result<&'a VpcLinkState, Gap> {
        self.ask(Part::VpcLinkState, &link.state)
    }

    /// Subnets of the VPCs involved, by id.
    pub fn subnets(&self) -> Result<&BTreeMap<String, Subnet>, Gap> {
        self.ask(Part::Subnets, &self.facts.subnets)
    }

    /// Security groups of the VPCs involved, by id.
    pub fn security_groups(&self) -> Result<&BTreeMap<String, SecurityGroup>, Gap> {
        let groups = self.ask(Part::SecurityGroups, &self.facts.security_groups)?;
        let Some(listed) = &self.listed else { return Ok(groups) };
        self.consulted.fetch_or(1 << Part::PrefixLists as u64, Ordering::Relaxed);
        Ok(listed)
    }

    /// Network ACLs of the VPCs involved, by id.
    pub fn network_acls(&self) -> Result<&BTreeMap<String, NetworkAcl>, Gap> {
        self.ask(Part::NetworkAcls, &self.facts.network_acls)
    }

    /// Route tables of the VPCs involved, by id.
    pub fn route_tables(&self) -> Result<&BTreeMap<String, RouteTable>, Gap> {
        self.ask(Part::RouteTables, &self.facts.route_tables)
    }

    /// Interfaces of VPC links, load balancer nodes and targets, by id.
    pub fn network_interfaces(&self) -> Result<&BTreeMap<String, NetworkInterface>, Gap> {
        self.ask(Part::NetworkInterfaces, &self.facts.network_interfaces)
    }

    /// A load balancer; `None` when AWS says that it does not exist.
    pub fn load_balancer(&self, arn: &str) -> Result<Option<&LoadBalancer>, Gap> {
        self.ask_for(Part::LoadBalancers, &self.facts.load_balancers, arn).map(Option::as_ref)
    }

    /// The state of a load balancer.
    pub fn load_balancer_state<'a>(&self, lb: &'a LoadBalancer) -> Result<&'a LbState, Gap> {
        self.ask(Part::LoadBalancerState, &lb.state)
    }

    /// The attributes of a load balancer by key.
    pub fn load_balancer_attributes(&self, arn: &str) -> Result<&BTreeMap<String, String>, Gap> {
        self.ask_for(Part::LoadBalancerAttributes, &self.facts.load_balancer_attributes, arn)
    }

    /// A listener; `None` when AWS says that it does not exist.
    pub fn listener(&self, arn: &str) -> Result<Option<&Listener>, Gap> {
        self.ask_for(Part::Listeners, &self.facts.listeners, arn).map(Option::as_ref)
    }

    /// All listeners of a load balancer that were read (those integrations name, and their neighbours).
    pub fn listeners_on(&self, load_balancer_arn: &str) -> Vec<&Listener> {
        let known = self.facts.listeners.values().filter_map(|fetched| self.ask(Part::Listeners, fetched).ok()?.as_ref());
        known.filter(|listener| listener.load_balancer_arn == load_balancer_arn).collect()
    }

    /// Whether the listeners of a load balancer could be listed: the gap, where they could not.
    pub fn listeners_listed(&self, load_balancer_arn: &str) -> Result<(), Gap> {
        self.facts.listeners.get(load_balancer_arn).map_or(Ok(()), |listed| self.ask(Part::Listeners, listed).map(drop))
    }

    /// ARNs of the certificates on a listener: the default one first, then the list for SNI.
    pub fn certificate_arns(&self, listener: &Listener) -> Result<Vec<String>, Gap> {
        let more = self.ask_for(Part::ListenerCertificates, &self.facts.listener_certificates, &listener.arn)?;
        let mut arns = listener.certificate_arns.clone();
        arns.extend(more.iter().filter(|arn| !listener.certificate_arns.contains(arn)).cloned());
        Ok(arns)
    }

    /// A certificate; `None` when ACM or IAM say that it does not exist.
    pub fn certificate(&self, arn: &str) -> Result<Option<&Certificate>, Gap> {
        self.ask_for(Part::Certificates, &self.facts.certificates, arn).map(Option::as_ref)
    }

    /// The rules of a listener, without its default action, in order of priority. A listener that does not read HTTP has none but that one.
    pub fn rules(&self, listener: &Listener) -> Result<Vec<&Rule>, Gap> {
        if !listener.reads_http() {
            return Ok(Vec::new());
        }
        let rules = self.ask_for(Part::Rules, &self.facts.rules, &listener.arn)?;
        let mut ordered: Vec<&Rule> = rules.iter().filter(|rule| rule.priority.is_some()).collect();
        ordered.sort_by_key(|rule| rule.priority);
        Ok(ordered)
    }

    /// A target group; `None` when AWS says that it does not exist.
    pub fn target_group(&self, arn: &str) -> Result<Option<&TargetGroup>, Gap> {
        self.ask_for(Part::TargetGroups, &self.facts.target_groups, arn).map(Option::as_ref)
    }

    /// The attributes of a target group by key.
    pub fn target_group_attributes(&self, arn: &str) -> Result<&BTreeMap<String, String>, Gap> {
        self.ask_for(Part::TargetGroupAttributes, &self.facts.target_group_attributes, arn)
    }

    /// The registered targets of a target group, with their health.
    pub fn targets(&self, target_group_arn: &str) -> Result<&[Target], Gap> {
        self.ask_for(Part::TargetHealth, &self.facts.target_health, target_group_arn).map(Vec::as_slice)
    }

    /// Who was registered when a fix made their health a thing to be observed again; nobody where nothing of that kind happened.
    pub fn still_registered(&self, target_group_arn: &str) -> &[Target] {
        self.facts.still_registered.get(target_group_arn).map_or(&[], Vec::as_slice)
    }

    /// Whether it is known that nobody is registered, be it from before a fix.
    pub fn nobody_registered(&self, target_group_arn: &str) -> bool {
        let before = || self.facts.still_registered.get(target_group_arn).is_some_and(Vec::is_empty);
        self.targets(target_group_arn).map_or_else(|_| before(), <[_]>::is_empty)
    }

    /// ECS services by ARN: those that name one of the target groups, and those in the same VPC that name none.
    pub fn services(&self) -> Result<&BTreeMap<String, Service>, Gap> {
        self.ask(Part::Services, &self.facts.services)
    }

    /// Counts and events of a service.
    pub fn service_state<'a>(&self, service: &'a Service) -> Result<&'a ServiceState, Gap> {
        self.ask(Part::ServiceState, &service.state)
    }

    /// A task definition.
    pub fn task_definition(&self, arn: &str) -> Result<&TaskDefinition, Gap> {
        self.ask_for(Part::TaskDefinitions, &self.facts.task_definitions, arn)
    }

    /// The API's deployments by id.
    pub fn deployments(&self) -> Result<&BTreeMap<String, ApiDeployment>, Gap> {
        self.ask(Part::Deployments, &self.facts.deployments)
    }

    /// The latest saved definition, as an export; read only where a stage does not deploy by itself.
    pub fn saved_definition(&self) -> Result<&Definition, Gap> {
        self.ask(Part::DeployedDefinition, &self.facts.saved_definition)
    }

    /// The definition that a stage without auto-deploy serves.
    pub fn deployed_definition(&self, stage: &str) -> Result<&Definition, Gap> {
        self.ask_for(Part::DeployedDefinition, &self.facts.deployed_definitions, stage)
    }

    /// Authorizers by id.
    pub fn authorizers(&self) -> Result<&BTreeMap<String, Authorizer>, Gap> {
        self.ask(Part::Authorizers, &self.facts.authorizers)
    }

    /// What the resource policy of a function allows.
    pub fn lambda_permissions(&self, function_arn: &str) -> Result<&[LambdaPermission], Gap> {
        self.ask_for(Part::LambdaPolicies, &self.facts.lambda_policies, function_arn).map(Vec::as_slice)
    }

    /// Custom domain names that lead to the API, and the one asked about, by name.
    pub fn domains(&self) -> Result<&BTreeMap<String, Domain>, Gap> {
        self.ask(Part::Domains, &self.facts.domains)
    }

    /// All mappings of a custom domain name.
    pub fn api_mappings(&self, domain: &str) -> Result<&[ApiMapping], Gap> {
        self.ask_for(Part::ApiMappings, &self.facts.api_mappings, domain).map(Vec::as_slice)
    }

    /// The routing rules of a custom domain name, in no order.
    pub fn routing_rules(&self, domain: &str) -> Result<&[RoutingRule], Gap> {
        self.ask_for(Part::RoutingRules, &self.facts.routing_rules, domain).map(Vec::as_slice)
    }

    /// VPC endpoints by id.
    pub fn vpc_endpoints(&self) -> Result<&BTreeMap<String, VpcEndpoint>, Gap> {
        self.ask(Part::VpcEndpoints, &self.facts.vpc_endpoints)
    }

    /// The blocks of a managed prefix list.
    pub fn prefix_list(&self, id: &str) -> Result<&[IpNet], Gap> {
        self.ask_for(Part::PrefixLists, &self.facts.prefix_lists, id).map(Vec::as_slice)
    }

    /// The attributes of a listener.
    pub fn listener_attributes(&self, arn: &str) -> Result<&BTreeMap<String, String>, Gap> {
        self.ask_for(Part::ListenerAttributes, &self.facts.listener_attributes, arn)
    }

    /// A security policy; `None`: AWS knows none of that name.
    pub fn ssl_policy(&self, name: &str) -> Result<Option<&SslPolicy>, Gap> {
        self.ask_for(Part::SslPolicies, &self.facts.ssl_policies, name).map(Option::as_ref)
    }

    /// The web ACL of a load balancer; `None`: it has none.
    pub fn web_acl(&self, load_balancer_arn: &str) -> Result<Option<&WebAcl>, Gap> {
        self.ask_for(Part::WebAcls, &self.facts.web_acls, load_balancer_arn).map(Option::as_ref)
    }

    /// Whether a log group exists.
    pub fn log_group_exists(&self, arn: &str) -> Result<bool, Gap> {
        self.ask_for(Part::LogGroups, &self.facts.log_groups, arn).copied()
    }

    /// Whether a service-linked role exists.
    pub fn service_linked_role_exists(&self, name: &str) -> Result<bool, Gap> {
        self.ask_for(Part::ServiceLinkedRoles, &self.facts.service_linked_roles, name).copied()
    }

    /// The tasks of a service, running and lately stopped.
    pub fn tasks(&self, service_arn: &str) -> Result<&[Task], Gap> {
        self.ask_for(Part::Tasks, &self.facts.tasks, service_arn).map(Vec::as_slice)
    }

    /// The scaling bounds of a service; `None`: it does not scale by itself.
    pub fn scalable_target(&self, service_arn: &str) -> Result<Option<&ScalableTarget>, Gap> {
        self.ask_for(Part::ScalableTargets, &self.facts.scalable_targets, service_arn).map(Option::as_ref)
    }

    /// The state of one configuration of a custom domain name.
    pub fn domain_state<'a>(&self, configuration: &'a DomainConfiguration) -> Result<&'a DomainState, Gap> {
        self.ask(Part::DomainState, &configuration.state)
    }

    /// A Cloud Map service; `None` when AWS says that it does not exist.
    pub fn cloud_map_service(&self, arn: &str) -> Result<Option<&CloudMapService>, Gap> {
        self.ask_for(Part::CloudMapServices, &self.facts.cloud_map_services, arn).map(Option::as_ref)
    }

    /// The registered instances of a Cloud Map service, whatever their health.
    pub fn cloud_map_instances(&self, service_arn: &str) -> Result<&[CloudMapInstance], Gap> {
        self.ask_for(Part::CloudMapInstances, &self.facts.cloud_map_instances, service_arn).map(Vec::as_slice)
    }
}
