//! Load balancers, their listeners, target groups and targets.

use super::raw::Raw;
use super::raw_balancing::{Attribute, Listener as RawListener};
use crate::reach::network::{Balancer, Listener, Network, Target, TargetGroup};

/// `net/NAME/ID` of a load balancer's ARN, as the descriptions of its nodes have it.
pub(in crate::reach) fn tail(arn: &str) -> &str {
    arn.split_once("loadbalancer/").map_or(arn, |(_, tail)| tail)
}

pub(super) fn balancing(raw: &Raw, network: &mut Network) {
    for balancer in &raw.balancers {
        let made = at(network, &balancer.load_balancer_arn);
        made.name = balancer.load_balancer_name.clone();
        made.application = balancer.r#type == "application";
        made.gateway = balancer.r#type == "gateway";
    }
    // One whose entry is empty has none, as have all where nothing is listed. One that others' entries leave out was not asked about.
    let entries = raw.listeners.iter().filter_map(|of| of.load_balancer_arn.as_ref());
    let none_listed = raw.seen.contains("LoadBalancerListeners") && raw.listeners.is_empty();
    let all = raw.balancers.iter().map(|balancer| &balancer.load_balancer_arn).filter(|_| none_listed);
    for arn in entries.chain(all) {
        at(network, arn).listeners.get_or_insert_with(Vec::new);
    }
    for listener in raw.listeners.iter().flat_map(|of| &of.listeners).chain(&raw.loose_listeners) {
        at(network, &listener.load_balancer_arn).listeners.get_or_insert_with(Vec::new).extend(to_listener(listener));
    }
    for of in &raw.balancer_attributes {
        if let (Some(arn), Some(value)) = (&of.load_balancer_arn, value(&of.attributes, "load_balancing.cross_zone.enabled")) {
            at(network, arn).cross_zone = Some(value == "true");
        }
    }
    target_groups(raw, network);
}

fn at<'a>(network: &'a mut Network, arn: &str) -> &'a mut Balancer {
    let blank =
        || Balancer { arn: arn.to_owned(), name: tail(arn).to_owned(), application: tail(arn).starts_with("app/"), ..Balancer::default() };
    network.balancing.balancers.entry(tail(arn).to_owned()).or_insert_with(blank)
}

fn to_listener(listener: &RawListener) -> Option<Listener> {
    let mut target_groups = Vec::new();
    for action in &listener.default_actions {
        let weighted = action.forward_config.iter().flat_map(|forward| &forward.target_groups).filter(|to| to.weight != Some(0));
        for arn in weighted.filter_map(|to| to.target_group_arn.as_ref()).chain(&action.target_group_arn) {
            if !target_groups.contains(arn) {
                target_groups.push(arn.clone());
            }
        }
    }
    Some(Listener { port: listener.port?, protocol: listener.protocol.clone(), target_groups })
}

fn value<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a str> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| attribute.value.as_str())
}

fn target_groups(raw: &Raw, network: &mut Network) {
    for group in &raw.target_groups {
        let made = network.balancing.target_groups.entry(group.target_group_arn.clone()).or_default();
        made.name = group.target_group_name.clone();
        made.target_type = group.target_type.clone();
        made.protocol = group.protocol.clone();
        made.port = group.port;
    }
    for of in &raw.target_group_attributes {
        let Some(group) = of.target_group_arn.as_ref().map(|arn| network.balancing.target_groups.entry(arn.clone()).or_default()) else {
            continue;
        };
        group.preserves = value(&of.attributes, "preserve_client_ip.enabled").map(|value| value == "true");
        let cross_zone = value(&of.attributes, "load_balancing.cross_zone.enabled");
        group.cross_zone = cross_zone.filter(|value| *value != "use_load_balancer_configuration").map(|value| value == "true");
    }
    for of in &raw.target_health {
        let group: &mut TargetGroup = network.balancing.target_groups.entry(of.target_group_arn.clone()).or_default();
        let targets = of.target_health_descriptions.iter().map(|health| Target {
            id: health.target.id.clone(),
            address: health.target.id.parse().ok(),
            only: None,
            port: health.target.port,
            state: health.target_health.as_ref().map(|health| health.state.clone()).unwrap_or_default(),
        });
        group.targets.get_or_insert_with(Vec::new).extend(targets);
    }
}
