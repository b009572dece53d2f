//! One load balancer, and all that stands behind those of its listeners through which requests come.

use super::gather::{all, say};
use super::places::Place;
use super::reader::Reader;
use super::{balancing, certificates, firewall, interfaces, listener_settings, network, target_groups};
use apigw_doctor_checks::model::balancing::{Listener, Target, TargetGroup};
use apigw_doctor_checks::model::fetched::Fetched;
use std::collections::BTreeSet;
use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;

/// A load balancer of one team has few target groups, and all are read: a fix may name any of them. On one that is shared
/// by many, only those are read that the listeners in use forward to.
const GROUPS_OF_A_SMALL_LOAD_BALANCER: usize = 10;

/// Of so few listeners the certificates are read whether requests come through them or not: two calls, and two for each certificate.
const LISTENERS_OF_A_SMALL_LOAD_BALANCER: usize = 5;

/// The listeners through which requests come.
pub(super) enum Asked {
    /// Those that integrations name.
    Named(BTreeSet<String>),
    /// Those on the ports with which the load balancer is registered in another one's target group.
    On(BTreeSet<u16>),
}

/// A VPC in which a load balancer lives, with its subnets.
pub(super) struct Home {
    pub(super) vpc: String,
    pub(super) subnets: BTreeSet<String>,
}

/// A load balancer in the target group of another one, and the port that requests go to.
pub(super) struct Inner {
    pub(super) load_balancer: String,
    pub(super) port: u16,
}

/// Who is told what, on the way. Each sender is dropped as soon as there is nothing more to tell.
#[derive(Clone)]
pub(super) struct Told {
    /// Where services may be.
    pub(super) places: UnboundedSender<Place>,
    /// Which VPCs are read.
    pub(super) homes: Option<UnboundedSender<Home>>,
    /// Which load balancers stand behind; nobody is told of those behind an Application Load Balancer, because there are none.
    pub(super) inner: Option<UnboundedSender<Inner>>,
}

/// One load balancer, on the way of being read.
struct Through<'a, 'r> {
    reader: &'a Reader<'r>,
    arn: &'a str,
    asked: &'a Asked,
    listed: OnceCell<Fetched<Vec<Listener>>>,
}

/// Reads a load balancer and what stands behind it. One that is met a second time is read again only as far as other listeners are asked for.
pub(super) async fn load_balancer(reader: &Reader<'_>, arn: &str, asked: &Asked, told: Told) {
    let Told { places, homes, inner } = told;
    let through = Through { reader, arn, asked, listed: OnceCell::new() };
    let also = places.clone();
    let itself = async move {
        if reader.claim(arn) {
            tokio::join!(
                surroundings(reader, arn, also, homes),
                balancing::load_balancer_attributes(reader, arn),
                interfaces::of_load_balancer(reader, arn),
                firewall::web_acl(reader, arn),
            );
        }
    };
    tokio::join!(itself, through.certificates(), through.settings(), through.groups(places, inner));
}

/// The load balancer itself and its VPC.
async fn surroundings(reader: &Reader<'_>, arn: &str, places: UnboundedSender<Place>, homes: Option<UnboundedSender<Home>>) {
    let found = balancing::load_balancer(reader, arn).await;
    let vpc = found.value().and_then(Option::as_ref).map(|load_balancer| load_balancer.vpc_id.as_str());
    let subnets = match found.value() {
        Some(Some(load_balancer)) => network::vpc(reader, &load_balancer.vpc_id).await,
        Some(None) => Some(BTreeSet::new()), // it is gone, so nobody lives beside it
        None => None,
    };
    if let (Some(homes), Some(vpc), Some(subnets)) = (&homes, vpc, &subnets) {
        say(homes, Home { vpc: vpc.to_owned(), subnets: subnets.clone() });
    }
    drop(homes);
    say(&places, Place::of_subnets(subnets));
    drop(places);
    if let Some(vpc) = vpc {
        network::prefix_lists(reader, vpc).await;
    }
}

impl Through<'_, '_> {
    /// All listeners of the load balancer: whoever comes second waits for the first instead of asking again.
    async fn listeners(&self) -> &Fetched<Vec<Listener>> {
        let none = BTreeSet::new();
        let named = if let Asked::Named(named) = self.asked { named } else { &none };
        self.listed.get_or_init(|| balancing::listeners(self.reader, self.arn, named)).await
    }

    /// The listeners through which requests come, as far as they are known to exist.
    async fn used(&self) -> Vec<&Listener> {
        let all = self.listeners().await.value().into_iter().flatten();
        all.filter(|listener| match self.asked {
            Asked::Named(named) => named.contains(&listener.arn),
            Asked::On(ports) => ports.contains(&listener.port),
        })
        .collect()
    }

    /// Their ARNs. Those that integrations name are known before anything is read.
    async fn used_arns(&self) -> BTreeSet<String> {
        match self.asked {
            Asked::Named(named) => named.clone(),
            Asked::On(_) => self.used().await.into_iter().map(|listener| listener.arn.clone()).collect(),
        }
    }

    /// The attributes of the listeners.
    async fn settings(&self) {
        all(self.used_arns().await.iter().map(|arn| listener_settings::attributes(self.reader, arn))).await;
    }

    /// The certificates of the listeners; where there are few, also those of their neighbours: the one that is missed may hang there.
    async fn certificates(&self) {
        let used = self.used().await;
        let listed = self.listeners().await.value().map_or(&[][..], Vec::as_slice);
        let few = listed.len() <= LISTENERS_OF_A_SMALL_LOAD_BALANCER;
        let wanted = listed.iter().filter(|listener| (few && listener.speaks_tls()) || used.iter().any(|other| other.arn == listener.arn));
        all(wanted.map(|listener| certificates_of(self.reader, listener))).await;
    }

    /// The target groups that the listeners lead to, and where the services are that register with them.
    async fn groups(&self, places: UnboundedSender<Place>, inner: Option<UnboundedSender<Inner>>) {
        let reader = self.reader;
        let of_used = async {
            let used = self.used_arns().await;
            all(used.iter().map(|listener| balancing::rules(reader, listener))).await
        };
        let (groups, rules, listeners) = tokio::join!(target_groups::of_load_balancer(reader, self.arn), of_used, self.listeners());
        let defaults = self.used().await.into_iter().flat_map(|listener| balancing::named_groups(&listener.default_actions));
        let of_rules = rules.iter().flatten().flatten().flat_map(|rule| balancing::named_groups(&rule.actions));
        let named: BTreeSet<String> = of_rules.chain(defaults).collect();
        let complete = groups.value().is_some() || (rules.iter().all(Option::is_some) && listeners.value().is_some());
        let all_groups = groups.value().into_iter().flatten().map(|group| group.arn.clone()).chain(named.iter().cloned());
        say(&places, Place::of_groups(complete.then(|| all_groups.collect())));
        drop(places);
        behind_groups(reader, &groups, &named, inner).await;
    }
}

/// The certificates of one listener, and the security policy by which it speaks TLS.
async fn certificates_of(reader: &Reader<'_>, listener: &Listener) {
    if !listener.speaks_tls() {
        balancing::without_certificates(reader, &listener.arn);
        return;
    }
    let default: BTreeSet<String> = listener.certificate_arns.iter().cloned().collect();
    let more = async {
        let more = balancing::listener_certificates(reader, &listener.arn).await;
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
async fn behind_groups(
    reader: &Reader<'_>,
    of_load_balancer: &Fetched<Vec<TargetGroup>>,
    named: &BTreeSet<String>,
    inner: Option<UnboundedSender<Inner>>,
) {
    let listed: &[TargetGroup] = of_load_balancer.value().map_or(&[], Vec::as_slice);
    let small = listed.len() <= GROUPS_OF_A_SMALL_LOAD_BALANCER;
    let wanted = listed.iter().filter(|group| small || named.contains(&group.arn));
    // Only a group of load balancers has one to tell of.
    let told = |group: &TargetGroup| inner.clone().filter(|_| group.target_type == "alb");
    let listed_ones: Vec<_> = wanted.map(|group| targets(reader, group, told(group))).collect();
    // A rule may name a target group that the load balancer does not list, for example one that was deleted.
    let others = named.iter().filter(|arn| listed.iter().all(|group| group.arn != **arn));
    let unlisted_ones: Vec<_> = others.map(|arn| unlisted(reader, of_load_balancer, arn, inner.clone())).collect();
    drop(inner);
    tokio::join!(all(listed_ones), all(unlisted_ones));
}

/// A target group that a rule names and its load balancer does not list.
async fn unlisted(reader: &Reader<'_>, of_load_balancer: &Fetched<Vec<TargetGroup>>, arn: &str, inner: Option<UnboundedSender<Inner>>) {
    if of_load_balancer.value().is_none() {
        target_groups::unread(reader, arn, of_load_balancer);
        // Attributes and targets are asked for by the ARN alone.
        let health = async {
            let targets = target_groups::health(reader, arn).await;
            announce(inner, &targets, None);
        };
        tokio::join!(target_groups::attributes(reader, arn), health);
    } else if let Some(group) = target_groups::named(reader, arn).await {
        targets(reader, &group, inner).await;
    }
}

/// The targets of a target group, their interfaces, and the group's attributes.
async fn targets(reader: &Reader<'_>, group: &TargetGroup, inner: Option<UnboundedSender<Inner>>) {
    let targets = async {
        let targets = target_groups::health(reader, &group.arn).await;
        announce(inner, &targets, group.port);
        interfaces::of_targets(reader, group, &targets).await;
    };
    tokio::join!(targets, target_groups::attributes(reader, &group.arn));
}

/// Tells of the load balancers among targets. A target of that kind is known by its ARN, whatever is known of its group.
fn announce(inner: Option<UnboundedSender<Inner>>, targets: &[Target], port: Option<u16>) {
    let Some(inner) = inner else { return };
    for target in targets.iter().filter(|target| target.id.contains(":loadbalancer/app/")) {
        if let Some(port) = target.port.or(port) {
            say(&inner, Inner { load_balancer: target.id.clone(), port });
        }
    }
}
