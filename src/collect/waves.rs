//! The order of the reads: each begins when what it asks for is known, and no sooner is there anything to wait for.
//!
//! 1. the API, its stages, routes, integrations, authorizers, deployments and domains; the account; the ECS clusters
//! 2. what integrations name: VPC links, listeners, Cloud Map services, and the load balancers that listener ARNs tell; services by cluster;
//!    what stages and domains name: exports, log groups, mappings
//! 3. what those name: VPCs, certificates, security policies, targets and attributes of target groups; interfaces of links and nodes
//! 4. what remains: the interfaces of targets, the instances in Cloud Map, prefix lists, VPCs of links that are nobody else's, task definitions, lists of tasks
//! 5. the tasks, and the interfaces of instances

use super::accumulator::{Accumulator, Collected};
use super::call::Call;
use super::error::CollectError;
use super::gather::all;
use super::reader::Reader;
use super::resolve::{ApiRef, by_name};
use super::services::Place;
use super::session::Session;
use super::{
    Progress, api_gateway, balancing, certificates, cloud_map, deployed, domains, extras, firewall, interfaces, listener_settings, network,
    services,
};
use apigw_doctor_checks::model::balancing::TargetGroup;
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::gateway::Integration;
use apigw_doctor_checks::model::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// A load balancer of one team has few target groups, and all are read: a fix may name any of them. On one that is shared
/// by many, only those are read that the listeners in use forward to.
const GROUPS_OF_A_SMALL_LOAD_BALANCER: usize = 10;

/// Reads a deployment. What is known so far is in `accumulator` at any moment, also after this was dropped.
pub(crate) async fn collect(
    session: &Session,
    api: &ApiRef,
    now: Timestamp,
    progress: &dyn Progress,
    accumulator: &Accumulator,
) -> Result<Collected, CollectError> {
    let session = session.at(&api.region);
    match read(&session, api, now, progress, accumulator).await {
        // What looked like an id may be a name.
        Err(CollectError::NoSuchApi { .. }) if !api.certain => {
            let named = by_name(&session, &api.id).await?;
            read(&session, &named, now, progress, accumulator).await
        }
        other => other,
    }
}

async fn read(
    session: &Session,
    api: &ApiRef,
    now: Timestamp,
    progress: &dyn Progress,
    accumulator: &Accumulator,
) -> Result<Collected, CollectError> {
    accumulator.begin(Facts::unread(&api.id, session.region(), now), api.calls);
    let reader = Reader::new(session, accumulator, progress);
    let (places, all_places) = unbounded_channel();
    let rest = async {
        tokio::join!(
            stages(&reader, &api.id),
            api_gateway::routes(&reader, &api.id),
            deployed::deployments(&reader, &api.id),
            authorizers(&reader, &api.id),
            domains::domains(&reader, &api.id, api.entry.as_ref().map(|entry| entry.domain.as_str())),
            account(&reader),
            behind(&reader, &api.id, places),
            ecs(&reader, all_places),
        );
        Ok(())
    };
    // If the API cannot be asked for at all, this ends the other calls too.
    tokio::try_join!(api_gateway::api(&reader, &api.id), rest)?;
    Ok(accumulator.snapshot().expect("collection began above"))
}

/// The account is for display; a run does not suffer from not knowing it.
async fn account(reader: &Reader<'_>) {
    let answer = reader.ask(Call::GetCallerIdentity, reader.aws().sts.get_caller_identity().send()).await;
    reader.facts.record(|facts| facts.account = answer.ok().and_then(|identity| identity.account));
}

/// The stages, and what they name.
async fn stages(reader: &Reader<'_>, api: &str) {
    let stages = api_gateway::stages(reader, api).await;
    tokio::join!(deployed::definitions(reader, api, &stages), extras::log_groups(reader, &stages));
}

/// The authorizers, and whom their functions let in.
async fn authorizers(reader: &Reader<'_>, api: &str) {
    let functions = deployed::authorizers(reader, api).await;
    extras::function_policies(reader, &functions).await;
}

/// All that stands behind the integrations.
async fn behind(reader: &Reader<'_>, api: &str, places: UnboundedSender<Place>) {
    let integrations = api_gateway::integrations(reader, api).await;
    let private = || integrations.iter().filter(|integration| integration.is_private());
    let link_ids: BTreeSet<String> = private().filter_map(|integration| integration.connection_id.clone()).collect();
    let load_balancers = listeners_by_load_balancer(private());
    let registries: BTreeSet<String> = private().filter_map(Integration::cloud_map_arn).map(str::to_owned).collect();
    say_registries(&places, &registries);
    // Each load balancer has a sender of its own; when the last is dropped, every place is known.
    let branches: Vec<_> = load_balancers.iter().map(|(arn, named)| load_balancer(reader, arn, named, places.clone())).collect();
    drop(places);
    let roles = async {
        // Only private integrations need what these roles allow.
        if private().next().is_some() {
            extras::service_linked_roles(reader).await;
        }
    };
    let (vpcs, of_links) = watch::channel(None);
    let instances = all(registries.iter().map(|arn| cloud_map(reader, arn, of_links.clone())));
    tokio::join!(links(reader, &link_ids, vpcs), all(branches), instances, roles);
    reader.facts.complete_network();
}

/// Listeners that integrations name, by the load balancer they belong to.
fn listeners_by_load_balancer<'a>(integrations: impl Iterator<Item = &'a Integration>) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_load_balancer: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for listener in integrations.filter_map(Integration::listener_arn) {
        if let Some(load_balancer) = balancing::load_balancer_arn(listener) {
            by_load_balancer.entry(load_balancer).or_default().insert(listener.to_owned());
        }
    }
    by_load_balancer
}

/// VPC links, and the network around them.
async fn links(reader: &Reader<'_>, ids: &BTreeSet<String>, found: watch::Sender<Option<BTreeSet<String>>>) {
    let subnets = api_gateway::vpc_links(reader, ids).await;
    let vpcs = async {
        // A link does not say which VPC it is in; its subnets do.
        let vpcs = network::vpcs_of_subnets(reader, &subnets).await;
        found.send_replace(Some(vpcs.clone()));
        all(vpcs.iter().map(|vpc| network::prefix_lists(reader, vpc))).await;
    };
    tokio::join!(vpcs, interfaces::of_links(reader, &subnets));
}

/// A Cloud Map service, its instances, and the interfaces behind them.
async fn cloud_map(reader: &Reader<'_>, arn: &str, mut of_links: watch::Receiver<Option<BTreeSet<String>>>) {
    let instances = cloud_map::service(reader, arn).await;
    let vpcs = of_links.wait_for(Option::is_some).await.map(|vpcs| vpcs.clone().unwrap_or_default()).unwrap_or_default();
    interfaces::of_instances(reader, &instances, &vpcs).await;
}

/// A Cloud Map service has no VPC of its own; who lives behind it says so.
fn say_registries(places: &UnboundedSender<Place>, registries: &BTreeSet<String>) {
    if !registries.is_empty() {
        let place = Place { target_groups: Some(BTreeSet::new()), subnets: Some(BTreeSet::new()), registries: registries.clone() };
        say(places, place);
    }
}

/// A load balancer, and all that stands behind the listeners that integrations name.
async fn load_balancer(reader: &Reader<'_>, arn: &str, listeners: &BTreeSet<String>, places: UnboundedSender<Place>) {
    tokio::join!(
        surroundings(reader, arn, places.clone()),
        behind_listeners(reader, arn, listeners, places),
        balancing::load_balancer_attributes(reader, arn),
        balancing::neighbours(reader, arn, listeners),
        interfaces::of_load_balancer(reader, arn),
        firewall::web_acl(reader, arn),
    );
}

/// The load balancer itself and its VPC.
async fn surroundings(reader: &Reader<'_>, arn: &str, places: UnboundedSender<Place>) {
    let found = balancing::load_balancer(reader, arn).await;
    let vpc = found.value().and_then(Option::as_ref).map(|load_balancer| load_balancer.vpc_id.as_str());
    let subnets = match found.value() {
        Some(Some(load_balancer)) => network::vpc(reader, &load_balancer.vpc_id).await,
        Some(None) => Some(BTreeSet::new()), // it is gone, so nobody lives beside it
        None => None,
    };
    say(&places, Place { target_groups: Some(BTreeSet::new()), subnets, registries: BTreeSet::new() });
    drop(places);
    if let Some(vpc) = vpc {
        network::prefix_lists(reader, vpc).await;
    }
}

/// The listeners that integrations name, with rules and certificates, and the target groups they lead to.
async fn behind_listeners(reader: &Reader<'_>, arn: &str, listeners: &BTreeSet<String>, places: UnboundedSender<Place>) {
    let (announce, listened) = unbounded_channel();
    let branches: Vec<_> = listeners.iter().map(|listener| listener_and_certificates(reader, listener, announce.clone())).collect();
    drop(announce);
    let groups = async {
        let (groups, rules, defaults) = tokio::join!(
            balancing::target_groups(reader, arn),
            all(listeners.iter().map(|listener| balancing::rules(reader, listener))),
            gathered(listened),
        );
        let of_rules = rules.iter().flatten().flatten().flat_map(|rule| balancing::named_groups(&rule.actions));
        let named: BTreeSet<String> = of_rules.chain(defaults.iter().flatten().cloned()).collect();
        let complete = groups.value().is_some() || (rules.iter().all(Option::is_some) && defaults.len() == listeners.len());
        let all_groups = groups.value().into_iter().flatten().map(|group| group.arn.clone()).chain(named.iter().cloned());
        say(
            &places,
            Place { target_groups: complete.then(|| all_groups.collect()), subnets: Some(BTreeSet::new()), registries: BTreeSet::new() },
        );
        drop(places);
        target_groups(reader, &groups, &named).await;
    };
    let settings = all(listeners.iter().map(|listener| listener_settings::attributes(reader, listener)));
    tokio::join!(groups, all(branches), settings);
}

/// A listener and its certificates; it announces the target groups of its default action.
async fn listener_and_certificates(reader: &Reader<'_>, arn: &str, announce: UnboundedSender<BTreeSet<String>>) {
    let found = balancing::listener(reader, arn).await;
    let Some(listener) = found.value() else { return };
    say(&announce, listener.iter().flat_map(|listener| balancing::named_groups(&listener.default_actions)).collect());
    drop(announce);
    let Some(listener) = listener else { return };
    if !listener.speaks_tls() {
        balancing::without_certificates(reader, arn);
        return;
    }
    let default: BTreeSet<String> = listener.certificate_arns.iter().cloned().collect();
    let more = async {
        let more = balancing::listener_certificates(reader, arn).await;
        certificates::each(reader, more.iter().filter(|arn| !default.contains(*arn))).await;
    };
    let policy = async {
        if let Some(name) = &listener.ssl_policy {
            listener_settings::ssl_policy(reader, name).await;
        }
    };
    tokio::join!(certificates::each(reader, &default), more, policy);
}

/// Target groups, their targets and what those are attached to.
async fn target_groups(reader: &Reader<'_>, of_load_balancer: &Fetched<Vec<TargetGroup>>, named: &BTreeSet<String>) {
    let listed: &[TargetGroup] = of_load_balancer.value().map_or(&[], Vec::as_slice);
    let small = listed.len() <= GROUPS_OF_A_SMALL_LOAD_BALANCER;
    let wanted = listed.iter().filter(|group| small || named.contains(&group.arn));
    // A rule may name a target group that the load balancer does not list, for example one that was deleted.
    let others = named.iter().filter(|arn| listed.iter().all(|group| group.arn != **arn));
    tokio::join!(all(wanted.map(|group| targets(reader, group))), all(others.map(|arn| unlisted(reader, of_load_balancer, arn))),);
}

/// A target group that a rule names and its load balancer does not list.
async fn unlisted(reader: &Reader<'_>, of_load_balancer: &Fetched<Vec<TargetGroup>>, arn: &str) {
    if of_load_balancer.value().is_none() {
        balancing::unread_target_group(reader, arn, of_load_balancer);
        // Attributes and targets are asked for by the ARN alone.
        tokio::join!(balancing::target_group_attributes(reader, arn), balancing::target_health(reader, arn));
    } else if let Some(group) = balancing::target_group(reader, arn).await {
        targets(reader, &group).await;
    }
}

/// The targets of a target group, their interfaces, and the group's attributes.
async fn targets(reader: &Reader<'_>, group: &TargetGroup) {
    let targets = async {
        let targets = balancing::target_health(reader, &group.arn).await;
        interfaces::of_targets(reader, group, &targets).await;
    };
    tokio::join!(targets, balancing::target_group_attributes(reader, &group.arn));
}

/// ECS services of this deployment, once it is known what belongs to it.
async fn ecs(reader: &Reader<'_>, all_places: UnboundedReceiver<Place>) {
    let mut every = std::pin::pin!(services::every(reader));
    let mut places = std::pin::pin!(gathered(all_places));
    let (every, places) = tokio::select! {
        every = &mut every => (every, places.await),
        places = &mut places => {
            // Without a load balancer nobody has to look through the services of a whole Region.
            if places.is_empty() {
                return reader.facts.no_services();
            }
            (every.await, places)
        }
    };
    // Whoever was faster: without a place nothing is known of services, least of all that there are none.
    if places.is_empty() {
        return reader.facts.no_services();
    }
    services::keep(reader, every, &places).await;
}

/// Tells whoever still listens.
fn say<T>(sender: &UnboundedSender<T>, what: T) {
    // Nobody listens any more once the run has ended early; then there is nobody to tell either.
    drop(sender.send(what));
}

/// Everything that was said, once nobody is left to say more.
async fn gathered<T>(mut receiver: UnboundedReceiver<T>) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(item) = receiver.recv().await {
        items.push(item);
    }
    items
}
