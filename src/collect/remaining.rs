//! What only the whole shows to be needed: reads that a deployment in order does not ask for.
//!
//! - Target groups that only a service names, and who is in the other group of a blue/green pair.
//! - Where requests lead to no service: the rules of the neighbours of the listeners in use, which may lead to one.
//! - Where requests lead to a group in which nobody is: services that live beside and register with a group that no load balancer uses.

use super::balancing;
use super::gather::all;
use super::places::groups_of;
use super::reader::Reader;
use super::{services, target_groups};
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::service::Service;
use apigw_doctor_checks::model::walks::forwards_to;
use std::collections::{BTreeMap, BTreeSet};

/// Reads what remains. `beside` are services that live where this deployment does and register elsewhere.
pub(super) async fn read(reader: &Reader<'_>, beside: &[Service]) {
    let Some(facts) = reader.facts.snapshot().map(|collected| collected.facts) else { return };
    let Some(kept) = facts.services.value() else { return };
    let kept: Vec<&Service> = kept.values().collect();
    tokio::join!(named_groups(reader, &facts, &kept), neighbours(reader, &facts, &kept), in_vain(reader, &facts, &kept, beside));
}

/// Target groups that services name and nobody else does, and the health of pairs.
async fn named_groups(reader: &Reader<'_>, facts: &Facts, kept: &[&Service]) {
    let unread: BTreeSet<String> = kept
        .iter()
        .flat_map(|service| groups_of(service))
        .filter(|arn| !facts.target_groups.contains_key(*arn))
        .map(str::to_owned)
        .collect();
    let pairs: BTreeSet<&str> = kept.iter().filter(|service| is_pair(service)).flat_map(|service| groups_of(service)).collect();
    let unseen = pairs.into_iter().filter(|arn| !facts.target_health.contains_key(*arn));
    tokio::join!(target_groups::each_named(reader, &unread), all(unseen.map(|arn| target_groups::health(reader, arn))));
}

/// True for a service whose deployments switch between target groups.
fn is_pair(service: &Service) -> bool {
    service.deployment_controller.as_deref() == Some("CODE_DEPLOY")
        || service.load_balancers.iter().any(|entry| entry.alternate_target_group_arn.is_some())
}

/// The target groups that requests come to. The listeners in use are those whose rules were read.
fn used_groups(facts: &Facts) -> BTreeSet<&str> {
    let by_default =
        facts.rules.keys().filter_map(|arn| facts.listeners.get(arn)?.value()?.as_ref()).map(|listener| &listener.default_actions);
    let by_rule = facts.rules.values().filter_map(Fetched::value).flatten().map(|rule| &rule.actions);
    by_default.chain(by_rule).flat_map(|actions| forwards_to(actions)).collect()
}

/// The rules of listeners beside those in use, if none of those leads to a service.
async fn neighbours(reader: &Reader<'_>, facts: &Facts, kept: &[&Service]) {
    let used = used_groups(facts);
    let registered: BTreeSet<&str> = kept.iter().flat_map(|service| groups_of(service)).collect();
    if registered.is_empty() || !registered.is_disjoint(&used) {
        return;
    }
    let in_use: BTreeSet<String> = facts.rules.keys().filter_map(|arn| balancing::load_balancer_arn(arn)).collect();
    let listeners = facts.listeners.values().filter_map(|listener| listener.value()?.as_ref());
    let unread = listeners.filter(|listener| {
        in_use.contains(&listener.load_balancer_arn) && listener.reads_http() && !facts.rules.contains_key(&listener.arn)
    });
    all(unread.map(|listener| balancing::rules(reader, &listener.arn))).await;
}

/// Services that register with a group that no load balancer uses, if requests come to a group in which nobody is and with which nobody
/// registers. A service whose groups another load balancer uses has nothing to do with this deployment.
async fn in_vain(reader: &Reader<'_>, facts: &Facts, kept: &[&Service], beside: &[Service]) {
    let filled: BTreeSet<&str> = kept.iter().flat_map(|service| groups_of(service)).collect();
    if !used_groups(facts).into_iter().any(|arn| !filled.contains(arn) && nobody_is_in(facts, arn)) {
        return;
    }
    let wanted: BTreeSet<String> = beside.iter().flat_map(|service| groups_of(service)).map(str::to_owned).collect();
    target_groups::each_named(reader, &wanted).await;
    let Some(groups) = reader.facts.snapshot().map(|collected| collected.facts.target_groups) else { return };
    let unused =
        |arn: &str| groups.get(arn).and_then(|group| group.value()?.as_ref()).is_some_and(|group| group.load_balancer_arns.is_empty());
    let theirs = beside.iter().filter(|service| !groups_of(service).is_empty() && groups_of(service).into_iter().all(unused));
    let found: Vec<&Service> = theirs.collect();
    let by_arn: BTreeMap<String, Service> = found.iter().map(|service| (service.arn.clone(), (*service).clone())).collect();
    reader.facts.record(|facts| {
        // Of the groups of others no fact is kept.
        let of_found: BTreeSet<&str> = by_arn.values().flat_map(groups_of).collect();
        facts.target_groups.retain(|arn, _| !wanted.contains(arn) || filled.contains(arn.as_str()) || of_found.contains(arn.as_str()));
        if let Fetched::Known(services) = &mut facts.services {
            services.extend(by_arn.clone());
        }
    });
    services::details(reader, &found).await;
}

/// True for a group of addresses or instances of which none is registered, but for those that are on their way out.
fn nobody_is_in(facts: &Facts, arn: &str) -> bool {
    let group = facts.target_groups.get(arn).and_then(|group| group.value()?.as_ref());
    let of_services = group.is_some_and(|group| matches!(group.target_type.as_str(), "ip" | "instance"));
    let targets = facts.target_health.get(arn).and_then(Fetched::value);
    of_services
        && targets.is_some_and(|targets| targets.iter().all(|target| matches!(target.state.as_str(), "draining" | "unhealthy.draining")))
}
