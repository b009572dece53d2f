//! The network from a capture.
//!
//! A capture has the interfaces of VPC links, load balancer nodes and targets, and no others: an address without an interface is not
//! known, and not "nobody". Peerings, gateways and public addresses are not in it either; packets that need them end in a gap.

use super::describe::tail;
use super::kinds::{Told, kind_of};
use super::network::{Address, Balancer, Interface, Listener, Located, Named, Network, Part, Target, TargetGroup};
use super::tasks::{Names, STOPPED};
use crate::model::balancing::{self, Action};
use crate::model::facts::Facts;
use crate::model::fetched::Fetched;
use crate::model::network::{NetworkInterface, SecurityGroup, SgRule};
use std::collections::BTreeMap;

impl Network {
    /// The network that a capture shows, as far as it was read.
    pub fn from_facts(facts: &Facts) -> Network {
        let mut network = Network::default();
        let lists = facts.prefix_lists.iter().filter_map(|(id, list)| Some((id.clone(), list.value()?.clone())));
        network.prefix_lists = lists.collect();
        subnets(facts, &mut network);
        groups(facts, &mut network);
        acls_and_tables(facts, &mut network);
        for interface in facts.network_interfaces.value().into_iter().flat_map(BTreeMap::values) {
            let made = to_interface(interface, &mut network);
            network.interface_ids.insert(made.id.clone(), network.interfaces.len());
            network.interfaces.push(made);
        }
        balancers(facts, &mut network);
        target_groups(facts, &mut network);
        links(facts, &mut network);
        tasks(facts, &mut network);
        let parts = [
            (facts.subnets.value().is_some(), Part::Subnets),
            (facts.security_groups.value().is_some(), Part::Groups),
            (facts.network_acls.value().is_some(), Part::Acls),
            (facts.route_tables.value().is_some(), Part::Tables),
            (!facts.load_balancer_attributes.is_empty(), Part::BalancerAttributes),
        ];
        for vpc in &mut network.vpcs {
            vpc.read.extend(parts.iter().filter(|(read, _)| *read).map(|(_, part)| *part));
        }
        network.index();
        network
    }
}

fn subnets(facts: &Facts, network: &mut Network) {
    for subnet in facts.subnets.value().into_iter().flat_map(BTreeMap::values) {
        let vpc = network.vpc_named(&subnet.vpc_id);
        network.subnet_ids.insert(subnet.id.clone(), network.subnets.len());
        network.subnets.push(Located { subnet: subnet.clone(), vpc, acl: None, table: None });
    }
}

fn groups(facts: &Facts, network: &mut Network) {
    for group in facts.security_groups.value().into_iter().flat_map(BTreeMap::values) {
        let fill = |rule: &SgRule| {
            let listed = rule.prefix_lists.iter().filter_map(|id| Some((id.clone(), network.prefix_lists.get(id)?.clone())));
            SgRule { listed: listed.collect(), ..rule.clone() }
        };
        let rules = |rules: &[SgRule]| rules.iter().map(fill).collect();
        let made = SecurityGroup { ingress: rules(&group.ingress), egress: rules(&group.egress), ..group.clone() };
        network.group_ids.insert(made.id.clone(), network.groups.len());
        network.groups.push(made);
    }
}

fn acls_and_tables(facts: &Facts, network: &mut Network) {
    for acl in facts.network_acls.value().into_iter().flat_map(BTreeMap::values) {
        for subnet in acl.subnet_ids.iter().filter_map(|id| network.subnet_ids.get(id)) {
            network.subnets[*subnet].acl = Some(network.acls.len());
        }
        network.acls.push(acl.clone());
    }
    for table in facts.route_tables.value().into_iter().flat_map(BTreeMap::values) {
        for subnet in table.subnet_ids.iter().filter_map(|id| network.subnet_ids.get(id)) {
            network.subnets[*subnet].table = Some(network.tables.len());
        }
        let vpc = network.vpc_named(&table.vpc_id);
        if table.main {
            network.vpcs[vpc].main_table = Some(network.tables.len());
        }
        network.tables.push(table.clone());
    }
}

fn to_interface(interface: &NetworkInterface, network: &mut Network) -> Interface {
    let (known, unread): (Vec<&String>, Vec<&String>) = interface.group_ids.iter().partition(|id| network.group_ids.contains_key(*id));
    let kind = kind_of(&Told {
        interface_type: &interface.interface_type,
        description: &interface.description,
        status: interface.status.as_deref(),
        of_instance: interface.instance_id.is_some(),
        of_link: interface.vpc_link_id.is_some(),
        managed: false,
    });
    Interface {
        id: interface.id.clone(),
        kind,
        vpc: network.vpc_named(&interface.vpc_id),
        subnet: network.subnet_ids.get(&interface.subnet_id).copied(),
        addresses: interface.addresses.iter().map(|private| Address { private: *private, public: None }).collect(),
        groups: known.into_iter().map(|id| network.group_ids[id]).collect(),
        unread_groups: unread.into_iter().cloned().collect(),
        instance: interface.instance_id.clone(),
        device_index: 0,
        checks_addresses: None,
        vpc_link: interface.vpc_link_id.clone(),
        description: interface.description.clone(),
    }
}

fn balancers(facts: &Facts, network: &mut Network) {
    for balancer in facts.load_balancers.values().filter_map(|fetched| fetched.value()?.as_ref()) {
        let attributes = facts.load_balancer_attributes.get(&balancer.arn).and_then(Fetched::value);
        let cross_zone = attributes.and_then(|all| all.get("load_balancing.cross_zone.enabled")).map(|value| value == "true");
        let made = Balancer {
            name: balancer.name.clone(),
            arn: balancer.arn.clone(),
            application: balancer.is_application(),
            gateway: balancer.kind == "gateway",
            cross_zone,
            listeners: listeners(facts, &balancer.arn),
            nodes: Vec::new(),
        };
        network.balancing.balancers.insert(tail(&balancer.arn).to_owned(), made);
    }
}

/// The listeners of a load balancer; `None` where one was not read, or none was asked for.
fn listeners(facts: &Facts, arn: &str) -> Option<Vec<Listener>> {
    let own = format!(":listener/{}/", tail(arn));
    let of_balancer: Vec<_> = facts.listeners.iter().filter(|(listener, _)| listener.contains(&own)).collect();
    if of_balancer.is_empty() {
        return None;
    }
    let known: Option<Vec<&Option<balancing::Listener>>> = of_balancer.iter().map(|(_, fetched)| fetched.value()).collect();
    Some(known?.into_iter().flatten().map(|listener| to_listener(facts, listener)).collect())
}

fn to_listener(facts: &Facts, listener: &balancing::Listener) -> Listener {
    let rules = facts.rules.get(&listener.arn).and_then(Fetched::value).into_iter().flatten();
    let mut target_groups = Vec::new();
    for action in listener.default_actions.iter().chain(rules.flat_map(|rule| &rule.actions)) {
        if let Action::Forward { target_groups: forwards } = action {
            for to in forwards.iter().filter(|to| to.weight > 0 && !target_groups.contains(&to.arn)).collect::<Vec<_>>() {
                target_groups.push(to.arn.clone());
            }
        }
    }
    Listener { port: listener.port, protocol: listener.protocol.clone(), target_groups }
}

fn target_groups(facts: &Facts, network: &mut Network) {
    for group in facts.target_groups.values().filter_map(|fetched| fetched.value()?.as_ref()) {
        let attributes = facts.target_group_attributes.get(&group.arn).and_then(Fetched::value);
        let attribute = |key: &str| attributes.and_then(|all| all.get(key)).map(String::as_str);
        let targets = facts.target_health.get(&group.arn).and_then(Fetched::value);
        let to_target = |target: &balancing::Target| Target {
            id: target.id.clone(),
            address: target.id.parse().ok(),
            only: None,
            port: target.port,
            state: target.state.clone(),
        };
        let cross_zone = attribute("load_balancing.cross_zone.enabled").filter(|value| *value != "use_load_balancer_configuration");
        let made = TargetGroup {
            name: group.name.clone(),
            target_type: group.target_type.clone(),
            protocol: group.protocol.clone().unwrap_or_default(),
            port: group.port,
            preserves: attribute("preserve_client_ip.enabled").map(|value| value == "true"),
            cross_zone: cross_zone.map(|value| value == "true"),
            targets: targets.map(|targets| targets.iter().map(to_target).collect()),
        };
        network.balancing.target_groups.insert(group.arn.clone(), made);
    }
}

/// VPC links whose interfaces were not read: somewhere in their subnets, with their groups (the default group where none is named).
fn links(facts: &Facts, network: &mut Network) {
    for link in facts.vpc_links.values().filter_map(|fetched| fetched.value()?.as_ref()) {
        if network.interfaces.iter().any(|interface| interface.vpc_link.as_ref() == Some(&link.id)) {
            continue;
        }
        let vpc = link.subnet_ids.iter().find_map(|id| Some(&network.subnets[*network.subnet_ids.get(id)?].subnet.vpc_id));
        let default = network.groups.iter().find(|group| group.name == "default" && group.vpc_id.as_ref() == vpc);
        let groups = if link.security_group_ids.is_empty() {
            default.map(|group| group.id.clone()).into_iter().collect()
        } else {
            link.security_group_ids.clone()
        };
        let named = Named { subnets: link.subnet_ids.clone(), groups, ..Named::default() };
        network.names.insert(format!("vpc-link:{}", link.id), named);
    }
}

/// Tasks by ARN and by id, and services by ARN and by name: the addresses of what runs.
fn tasks(facts: &Facts, network: &mut Network) {
    for (service, tasks) in &facts.tasks {
        let running = tasks.value().into_iter().flatten().filter(|task| task.last_status != STOPPED && !task.addresses.is_empty());
        for task in running {
            for name in Names::of(&task.arn).chain(Names::of(service)) {
                let named = network.names.entry(name.to_owned()).or_default();
                named
                    .addresses
                    .extend(task.addresses.iter().filter(|address| !named.addresses.contains(address)).copied().collect::<Vec<_>>());
            }
        }
    }
}
