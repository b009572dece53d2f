//! All that stands behind the integrations: VPC links, load balancers, the load balancers behind those, and Cloud Map services.

use super::gather::{all, gathered, say};
use super::places::Place;
use super::reader::Reader;
use super::through::{Asked, Home, Inner, Told, load_balancer};
use super::{api_gateway, balancing, cloud_map, extras, interfaces, network};
use apigw_doctor_checks::model::gateway::Integration;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// Reads all that stands behind the integrations, and tells where their services are.
pub(super) async fn integrations(reader: &Reader<'_>, api: &str, places: UnboundedSender<Place>) {
    let integrations = api_gateway::integrations(reader, api).await;
    let private = || integrations.iter().filter(|integration| integration.is_private());
    let link_ids: BTreeSet<String> = private().filter_map(|integration| integration.connection_id.clone()).collect();
    let registries: BTreeSet<String> = private().filter_map(Integration::cloud_map_arn).map(str::to_owned).collect();
    let roles = async {
        // Only private integrations need what these roles allow.
        if private().next().is_some() {
            extras::service_linked_roles(reader).await;
        }
    };
    if !registries.is_empty() {
        say(&places, Place::of_registries(registries.clone()));
    }
    let (homes, of_load_balancers) = unbounded_channel();
    let (vpcs, of_links) = watch::channel(None);
    let balanced = load_balancers(reader, listeners_by_load_balancer(private()), places, homes);
    let instances = all(registries.iter().map(|arn| cloud_map(reader, arn, of_links.clone())));
    tokio::join!(links(reader, &link_ids, of_load_balancers, vpcs), balanced, instances, roles);
    reader.facts.complete_network();
}

/// Listeners that integrations name, by the load balancer they belong to.
fn listeners_by_load_balancer<'a>(integrations: impl Iterator<Item = &'a Integration>) -> BTreeMap<String, Asked> {
    let mut by_load_balancer: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for listener in integrations.filter_map(Integration::listener_arn) {
        if let Some(load_balancer) = balancing::load_balancer_arn(listener) {
            by_load_balancer.entry(load_balancer).or_default().insert(listener.to_owned());
        }
    }
    by_load_balancer.into_iter().map(|(arn, named)| (arn, Asked::Named(named))).collect()
}

/// The load balancers whose listeners integrations name, and those behind them.
async fn load_balancers(reader: &Reader<'_>, asked: BTreeMap<String, Asked>, places: UnboundedSender<Place>, homes: UnboundedSender<Home>) {
    let (inner, behind) = unbounded_channel();
    // Each load balancer has senders of its own; when the last is dropped, all is told.
    let told = Told { places: places.clone(), homes: Some(homes), inner: Some(inner) };
    let branches: Vec<_> = asked.iter().map(|(arn, asked)| load_balancer(reader, arn, asked, told.clone())).collect();
    drop(told);
    tokio::join!(all(branches), chained(reader, behind, places));
}

/// Load balancers in the target groups of others. They are Application Load Balancers, and those cannot lead to another one:
/// nobody listens for what they might say of a third.
async fn chained(reader: &Reader<'_>, announced: UnboundedReceiver<Inner>, places: UnboundedSender<Place>) {
    let mut ports: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    for Inner { load_balancer, port } in gathered(announced).await {
        ports.entry(load_balancer).or_default().insert(port);
    }
    let asked: BTreeMap<String, Asked> = ports.into_iter().map(|(arn, ports)| (arn, Asked::On(ports))).collect();
    let told = Told { places, homes: None, inner: None };
    let branches: Vec<_> = asked.iter().map(|(arn, asked)| load_balancer(reader, arn, asked, told.clone())).collect();
    drop(told);
    all(branches).await;
}

/// VPC links, and the network around them.
async fn links(
    reader: &Reader<'_>,
    ids: &BTreeSet<String>,
    homes: UnboundedReceiver<Home>,
    found: watch::Sender<Option<BTreeSet<String>>>,
) {
    let subnets = api_gateway::vpc_links(reader, ids).await;
    let vpcs = async {
        let vpcs = vpcs_of(reader, &subnets, gathered(homes).await).await;
        found.send_replace(Some(vpcs.clone()));
        all(vpcs.iter().map(|vpc| network::prefix_lists(reader, vpc))).await;
    };
    tokio::join!(vpcs, interfaces::of_links(reader, &subnets));
}

/// A link does not say which VPC it is in; its subnets do. Most often it is a load balancer's, whose subnets are read anyway.
async fn vpcs_of(reader: &Reader<'_>, subnets: &BTreeSet<String>, homes: Vec<Home>) -> BTreeSet<String> {
    let elsewhere = subnets.iter().filter(|subnet| homes.iter().all(|home| !home.subnets.contains(*subnet))).cloned().collect();
    let mut vpcs = network::vpcs_of_subnets(reader, &elsewhere).await;
    vpcs.extend(homes.into_iter().filter(|home| !home.subnets.is_disjoint(subnets)).map(|home| home.vpc));
    vpcs
}

/// A Cloud Map service, its instances, and the interfaces behind them.
async fn cloud_map(reader: &Reader<'_>, arn: &str, mut of_links: watch::Receiver<Option<BTreeSet<String>>>) {
    let instances = cloud_map::service(reader, arn).await;
    let vpcs = of_links.wait_for(Option::is_some).await.map(|vpcs| vpcs.clone().unwrap_or_default()).unwrap_or_default();
    interfaces::of_instances(reader, &instances, &vpcs).await;
}
