//! A route table drops what the VPC link and the load balancer send each other: a blackhole, or no route although the other direction has one.

use super::ends::{End, Family, lasting, of_balancer, of_link};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{RouteTable, Subnet, VpcRoute};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::LinkPath;
use crate::semantics::packets::routes::{Way, ways};
use crate::source;
use crate::symptom::Symptom;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

static META: Meta = Meta {
    id: "route-blackhole-or-missing",
    hop: Hop::Network,
    severity: Severity::Error,
    title: "a route table drops what the VPC link and the load balancer send each other",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations, Part::VpcLinks, Part::Listeners, Part::LoadBalancers, Part::Subnets, Part::RouteTables],
    optional: &[Part::NetworkInterfaces, Part::PrefixLists],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &["vpclink-vpc-differs-from-lb"],
    since: "0.1.0",
    page: include_str!("route_blackhole_or_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RouteBlackholeOrMissing;

impl Check for RouteBlackholeOrMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let paths = deployment.link_paths().unique_by(|path| (&path.link.id, &path.load_balancer.arn));
        out.over(paths, |out, path| look(deployment, out, path));
        Ok(())
    }
}

/// A route table that drops.
pub(super) struct Dropping<'a> {
    pub(super) table: &'a RouteTable,
    pub(super) own_subnets: BTreeSet<String>,
    /// Blackholes on the way; empty: there is no route at all.
    pub(super) blackholes: Vec<&'a VpcRoute>,
    /// Blocks of the other side that no route leads to.
    pub(super) missing: BTreeSet<IpNet>,
    /// The other side lies in the same VPC, so that the local route is enough.
    pub(super) same_vpc: bool,
}

/// What one side's tables do with packets to the other side.
#[derive(Default)]
struct Direction<'a> {
    dropping: BTreeMap<&'a str, Dropping<'a>>,
    /// Pairs of subnets between which packets are dropped: link, balancer.
    shut: BTreeSet<(String, String)>,
    /// Targets that lead across.
    leads: BTreeSet<&'a str>,
    tables: BTreeSet<&'a str>,
}

fn look(deployment: &Deployment, out: &mut Outcome, path: LinkPath<'_>) -> Result<(), Gap> {
    let link = of_link(deployment, path.link)?;
    let balancer = of_balancer(deployment, path.load_balancer, Family::V4)?;
    let (mut there, mut back) = (Direction::default(), Direction::default());
    for (from, to) in link.iter().flat_map(|from| balancer.iter().map(move |to| (from, to))) {
        if from.subnet_id != to.subnet_id {
            let pair = (from.subnet_id.to_owned(), to.subnet_id.to_owned());
            out.each(|_| judge(deployment, &mut there, from, to, &pair));
            out.each(|_| judge(deployment, &mut back, to, from, &pair));
        }
    }
    let blackholes = |direction: &Direction<'_>| direction.dropping.values().any(|dropping| !dropping.blackholes.is_empty());
    if there.leads.is_empty() && !blackholes(&there) && !there.dropping.is_empty() {
        return Ok(()); // two VPCs that nothing joins: vpclink-vpc-differs-from-lb speaks
    }
    let pairs = link.len() * balancer.len();
    let shut: BTreeSet<_> = there.shut.union(&back.shut).collect();
    let blocks = if shut.len() == pairs { Blocks::All } else { Blocks::Some };
    let leads: BTreeSet<&str> = there.leads.union(&back.leads).copied().collect();
    for direction in [&there, &back] {
        for dropping in direction.dropping.values() {
            out.found(finding(path, dropping, blocks).fix(super::way_back::fix(deployment, dropping, &leads)));
        }
    }
    let tables = there.tables.union(&back.tables);
    for id in tables.filter(|id| !there.dropping.contains_key(*id) && !back.dropping.contains_key(*id)) {
        let fact = format!("route table {id} leads from VPC link {} to load balancer {}, or back", path.link.id, path.load_balancer.name);
        out.fine(Subject::new(SubjectKind::RouteTable, *id), fact);
    }
    Ok(())
}

fn judge<'a>(
    deployment: &'a Deployment,
    direction: &mut Direction<'a>,
    from: &End<'_>,
    to: &End<'_>,
    pair: &(String, String),
) -> Result<(), Gap> {
    let (own, other) = (subnet(deployment, from.subnet_id)?, subnet(deployment, to.subnet_id)?);
    let table = deployment.route_table_of(own)?;
    direction.tables.insert(&table.id);
    let entries = |list: &str| deployment.prefix_list(list).ok().map(<[IpNet]>::to_vec);
    let (mut arrives, mut drops) = (false, false);
    for (block, way) in to.blocks.iter().flat_map(|block| ways(table, block, entries).into_iter().map(move |way| (block, way))) {
        match way {
            Way::Local => arrives = true,
            Way::Across(route) => {
                arrives = true;
                direction.leads.insert(&route.target);
            }
            Way::Unread(list) if own.vpc_id != other.vpc_id => {
                return Err(Gap::undecided(Part::PrefixLists, format!("the contents of prefix list {list} were not read")));
            }
            Way::Unread(_) => {} // the route of the VPC itself is there, and more specific than a list of other networks
            Way::Blackhole(_) | Way::Internet(_) | Way::Missing => {
                drops = true;
                let new = || Dropping {
                    table,
                    own_subnets: BTreeSet::new(),
                    blackholes: Vec::new(),
                    missing: BTreeSet::new(),
                    same_vpc: own.vpc_id == other.vpc_id,
                };
                let dropping = direction.dropping.entry(&table.id).or_insert_with(new);
                dropping.own_subnets.insert(from.subnet_id.to_owned());
                match way {
                    Way::Blackhole(route) if !dropping.blackholes.contains(&route) => dropping.blackholes.push(route),
                    Way::Blackhole(_) => {}
                    _ => dropping.missing.extend(lasting(deployment, to).into_iter().filter(|whole| whole.contains(block))),
                }
            }
        }
    }
    if drops && arrives && !to.exact {
        direction.dropping.remove(table.id.as_str());
        let what =
            format!("route table {} drops packets to a part of subnet {}, and which addresses are in use is not known", table.id, other.id);
        return Err(Gap::undecided(Part::NetworkInterfaces, what));
    }
    if drops && !arrives {
        direction.shut.insert(pair.clone());
    }
    Ok(())
}

fn subnet<'a>(deployment: &'a Deployment, id: &str) -> Result<&'a Subnet, Gap> {
    deployment.subnets()?.get(id).ok_or_else(|| Gap::undecided(Part::Subnets, format!("subnet {id} was not found")))
}

fn finding(path: LinkPath<'_>, dropping: &Dropping<'_>, blocks: Blocks) -> Finding {
    let table = &dropping.table.id;
    let subject = Subject::new(SubjectKind::RouteTable, table);
    let subnets = dropping.own_subnets.iter().cloned().collect::<Vec<_>>().join(", ");
    let how = match dropping.blackholes.first() {
        Some(route) => format!("its route to {} is a blackhole", destination(route)),
        None => "it has no route there".to_owned(),
    };
    let (link, lb) = (&path.link.id, &path.load_balancer.name);
    let summary = format!("route table {table} of {subnets} drops packets between VPC link {link} and load balancer {lb}: {how}");
    // AWS documents that the packets are dropped; which status API Gateway makes of it is only seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let through = Subject::new(SubjectKind::VpcLink, link);
    let mut effect = Effect::blocks_all(Phase::Connect, through, answer)
        .and_through(Subject::from_arn(SubjectKind::LoadBalancer, &path.load_balancer.arn));
    effect.blocks = blocks;
    let mut finding = Finding::new(&META, subject.clone(), summary).effect(effect);
    for route in &dropping.blackholes {
        let found = format!("{} to {}: blackhole", destination(route), route.target);
        finding = finding.evidence(Evidence::found(subject.clone(), "Routes", found, source::DESCRIBE_ROUTE_TABLES).expected("active"));
    }
    for block in &dropping.missing {
        let absent = Evidence::absent(subject.clone(), "Routes", source::DESCRIBE_ROUTE_TABLES);
        finding = finding.evidence(absent.expected(format!("a route to {block}")));
    }
    finding
}

/// The block or the prefix list of a route.
pub(super) fn destination(route: &VpcRoute) -> String {
    let list = || route.prefix_list.clone().unwrap_or_default();
    route.destination.map_or_else(list, |block| block.to_string())
}
