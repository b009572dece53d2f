//! Stories: small JSON patches to a healthy deployment, with what must fire. For the proofs and for `demo`.

use crate::answer::Attempt;
use crate::model::capture::Capture;
use crate::model::facts::Facts;
use crate::model::fetched::Fetched;
use crate::model::part::Part;
use crate::model::request::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One story of a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What happened, in one line.
    pub title: String,
    /// The healthy deployment it changes.
    pub base: String,
    /// The request asked about, when it is not the base's.
    pub request: Option<Request>,
    /// RFC 6902 operations on the facts; `{alias}` in a path stands for a long key (fixtures/healthy/aliases.json).
    pub patch: Vec<Value>,
    /// Exactly the findings of all checks.
    pub fires: Vec<Fires>,
    /// `400 plain-http-to-https-port by secure-server-name-missing`, `mixed` or `unknown`.
    pub predicted: Option<String>,
    /// What a client really got.
    pub answer: Option<Attempt>,
    /// The first cause for that answer: `secure-server-name-missing (certain)`, or `nothing`.
    pub first_cause: Option<String>,
}

/// One finding that a story says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fires {
    /// The check.
    pub check: String,
    /// The subject as reports print it: `integration int0001`.
    pub subject: String,
}

impl Story {
    /// Reads a story; the error names line and column.
    pub fn parse(text: &str) -> Result<Story, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// The capture a story tells: its base with the patch applied, its request and its answer.
pub fn apply(story: &Story, base: &str, aliases: &str) -> Result<Capture, String> {
    let aliases: BTreeMap<String, String> = serde_json::from_str(aliases).map_err(|error| format!("aliases: {error}"))?;
    let document: Value = serde_json::from_str(base).map_err(|error| format!("base: {error}"))?;
    apply_to(story, document, &aliases)
}

/// The same for who has read both already.
pub(crate) fn apply_to(story: &Story, mut document: Value, aliases: &BTreeMap<String, String>) -> Result<Capture, String> {
    let mut operations = Vec::new();
    for operation in &story.patch {
        let mut operation = operation.clone();
        for key in ["path", "from"] {
            if let Some(path) = operation.get(key).and_then(Value::as_str) {
                operation[key] = Value::String(expand(path, aliases)?);
            }
        }
        operations.push(expand_values(operation, aliases));
    }
    let patch: json_patch::Patch = serde_json::from_value(Value::Array(operations)).map_err(|error| format!("patch: {error}"))?;
    json_patch::patch(&mut document["facts"], &patch).map_err(|error| format!("patch: {error}"))?;
    let mut capture: Capture = serde_json::from_value(document).map_err(|error| format!("patched deployment: {error}"))?;
    if let Some(request) = &story.request {
        capture.requests = vec![request.clone()];
    }
    capture.attempts = story.answer.iter().cloned().collect();
    Ok(capture)
}

/// `{name}` in a pointer becomes the escaped long key. Route keys hold braces too, so an unknown name is an error, not left alone.
fn expand(path: &str, aliases: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').ok_or_else(|| format!("{path}: no closing brace"))?;
        let long = aliases.get(name).ok_or_else(|| format!("{path}: no alias \"{name}\""))?;
        out.push_str(before);
        out.push_str(&long.replace('~', "~0").replace('/', "~1"));
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// A whole string value `"{name}"` becomes the long key, so that a story can name an ARN.
fn expand_values(value: Value, aliases: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            Value::String(name.and_then(|name| aliases.get(name)).cloned().unwrap_or(text))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| expand_values(item, aliases)).collect()),
        Value::Object(members) => {
            let expanded = members.into_iter().map(|(key, item)| (key, expand_values(item, aliases)));
            Value::Object(expanded.collect())
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

/// The same facts with one part denied, for the proof that nothing passes unseen.
pub fn without(facts: &Facts, part: Part) -> Facts {
    fn deny<T>(part: Part) -> Fetched<T> {
        Fetched::Denied { action: part.actions().first().copied().unwrap_or("a read").to_owned() }
    }
    fn deny_all<T>(map: &mut BTreeMap<String, Fetched<T>>, part: Part) {
        map.values_mut().for_each(|entry| *entry = deny(part));
    }
    fn known_mut<T>(map: &mut BTreeMap<String, Fetched<Option<T>>>) -> impl Iterator<Item = &mut T> {
        map.values_mut().filter_map(|entry| match entry {
            Fetched::Known(Some(value)) => Some(value),
            Fetched::Known(None) | Fetched::Denied { .. } | Fetched::Failed { .. } | Fetched::NotAsked => None,
        })
    }
    let mut facts = facts.clone();
    match part {
        Part::Api => facts.api = deny(part),
        Part::Stages => facts.stages = deny(part),
        Part::Routes => facts.routes = deny(part),
        Part::Integrations => facts.integrations = deny(part),
        Part::VpcLinks => deny_all(&mut facts.vpc_links, part),
        Part::VpcLinkState => known_mut(&mut facts.vpc_links).for_each(|link| link.state = deny(part)),
        Part::Subnets => facts.subnets = deny(part),
        Part::SecurityGroups => facts.security_groups = deny(part),
        Part::NetworkAcls => facts.network_acls = deny(part),
        Part::RouteTables => facts.route_tables = deny(part),
        Part::NetworkInterfaces => facts.network_interfaces = deny(part),
        Part::PrefixLists => deny_all(&mut facts.prefix_lists, part),
        Part::LoadBalancers => deny_all(&mut facts.load_balancers, part),
        Part::LoadBalancerState => known_mut(&mut facts.load_balancers).for_each(|lb| lb.state = deny(part)),
        Part::LoadBalancerAttributes => deny_all(&mut facts.load_balancer_attributes, part),
        Part::Listeners => deny_all(&mut facts.listeners, part),
        Part::ListenerCertificates => deny_all(&mut facts.listener_certificates, part),
        Part::Certificates => deny_all(&mut facts.certificates, part),
        Part::Rules => deny_all(&mut facts.rules, part),
        Part::TargetGroups => deny_all(&mut facts.target_groups, part),
        Part::TargetGroupAttributes => deny_all(&mut facts.target_group_attributes, part),
        Part::TargetHealth => deny_all(&mut facts.target_health, part),
        Part::Services => facts.services = deny(part),
        Part::ServiceState => {
            if let Fetched::Known(services) = &mut facts.services {
                services.values_mut().for_each(|service| service.state = deny(part));
            }
        }
        Part::TaskDefinitions => deny_all(&mut facts.task_definitions, part),
        Part::Deployments => facts.deployments = deny(part),
        Part::DeployedDefinition => {
            facts.saved_definition = deny(part);
            deny_all(&mut facts.deployed_definitions, part);
        }
        Part::Authorizers => facts.authorizers = deny(part),
        Part::LambdaPolicies => deny_all(&mut facts.lambda_policies, part),
        Part::Domains => facts.domains = deny(part),
        Part::DomainState => {
            if let Fetched::Known(domains) = &mut facts.domains {
                let configurations = domains.values_mut().flat_map(|domain| &mut domain.configurations);
                configurations.for_each(|configuration| configuration.state = deny(part));
            }
        }
        Part::ApiMappings => deny_all(&mut facts.api_mappings, part),
        Part::RoutingRules => deny_all(&mut facts.routing_rules, part),
        Part::VpcEndpoints => facts.vpc_endpoints = deny(part),
        Part::ListenerAttributes => deny_all(&mut facts.listener_attributes, part),
        Part::SslPolicies => deny_all(&mut facts.ssl_policies, part),
        Part::WebAcls => deny_all(&mut facts.web_acls, part),
        Part::LogGroups => deny_all(&mut facts.log_groups, part),
        Part::ServiceLinkedRoles => deny_all(&mut facts.service_linked_roles, part),
        Part::Tasks => deny_all(&mut facts.tasks, part),
        Part::ScalableTargets => deny_all(&mut facts.scalable_targets, part),
        Part::CloudMapServices => deny_all(&mut facts.cloud_map_services, part),
        Part::CloudMapInstances => deny_all(&mut facts.cloud_map_instances, part),
    }
    facts
}
