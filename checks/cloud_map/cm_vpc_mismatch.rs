//! The instances live in another VPC than the link. Packets only get across where a route leads across.

use super::doors::{Door, Known, Way, ways};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::Subnet;
use crate::model::part::Part;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use crate::vpc_link::across::{Across, across};
use crate::vpc_link::new_link::{beside_tasks, replace};
use ipnet::IpNet;

static META: Meta = Meta {
    id: "cm-vpc-mismatch",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "the instances are not in the VPC link's VPC",
    phase: Some(Phase::Connect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::VpcLinks,
        Part::CloudMapServices,
        Part::CloudMapInstances,
        Part::NetworkInterfaces,
        Part::Subnets,
    ],
    optional: &[Part::Services, Part::RouteTables, Part::PrefixLists, Part::SecurityGroups, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_vpc_mismatch.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmVpcMismatch;

impl Check for CmVpcMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let ways = ways(deployment, out);
        out.over(ways, |out, way| look(deployment, out, &way));
        Ok(())
    }
}

/// Where an instance lives that does not live in the link's VPC.
struct Away<'a> {
    door: &'a Door<'a>,
    /// `None`: its address belongs to no subnet of the link's VPC, and no fact says where it is.
    vpc_id: Option<&'a str>,
}

/// The tasks' own subnets, where an ECS service says so and all of them are in one VPC.
struct Home<'a> {
    service: &'a Service,
    subnets: Vec<&'a Subnet>,
    vpc_id: &'a str,
}

fn look(deployment: &Deployment, out: &mut Outcome, way: &Way<'_>) -> Result<(), Gap> {
    let subnets = deployment.link_subnets(way.link)?;
    let Some(first) = subnets.first() else {
        return Err(Gap::undecided(Part::Subnets, format!("none of the subnets of VPC link {} was found", way.link.id)));
    };
    let home = tasks_home(deployment, way)?;
    let mut away = Vec::new();
    for door in &way.doors {
        if let Some(vpc_id) = elsewhere(deployment, door, &first.vpc_id, home.as_ref())? {
            away.push(Away { door, vpc_id });
        }
    }
    if away.is_empty() {
        if !way.doors.is_empty() {
            let fact = format!("VPC link {} and the instances of {} are both in {}", way.link.id, way.name, first.vpc_id);
            out.fine(way.link_subject(), fact);
        }
        return Ok(());
    }
    let nodes: Vec<IpNet> = away.iter().flat_map(|away| addresses(away, home.as_ref())).collect();
    let across = across(deployment, &subnets, &nodes).map_err(|gap| out.gap(gap)).ok();
    out.found(finding(deployment, way, first, &away, across, home.as_ref()));
    Ok(())
}

fn tasks_home<'a>(deployment: &'a Deployment, way: &Way<'_>) -> Result<Option<Home<'a>>, Gap> {
    let all = deployment.subnets()?;
    let services = deployment.services_registered_in(way.arn).unwrap_or_default();
    let homes = services.into_iter().filter_map(|service| {
        let subnets: Vec<&Subnet> = service.subnet_ids.iter().filter_map(|id| all.get(id)).collect();
        let vpc_id = subnets.first()?.vpc_id.as_str();
        Some(Home { service, subnets, vpc_id })
    });
    let homes: Vec<Home<'a>> = homes.collect();
    let one = homes.iter().all(|home| Some(home.vpc_id) == homes.first().map(|first| first.vpc_id));
    Ok(homes.into_iter().next().filter(|_| one))
}

/// The interface says where an instance lives; without one, the subnets of its service, then its address. `None`: in the link's VPC.
fn elsewhere<'a>(deployment: &'a Deployment, door: &Door<'a>, own: &str, home: Option<&Home<'a>>) -> Result<Option<Option<&'a str>>, Gap> {
    let of_service = home.map(|home| home.vpc_id).filter(|vpc_id| *vpc_id != own);
    if let Some(vpc_id) = door.vpc_id.or(of_service) {
        return Ok((vpc_id != own).then_some(Some(vpc_id)));
    }
    let Some(address) = door.address.map(IpNet::from) else { return Ok(None) };
    let here = |subnet: &Subnet| subnet.vpc_id == own && subnet.cidrs.iter().any(|block| block.contains(&address));
    Ok((!deployment.subnets()?.values().any(here)).then_some(None))
}

/// The addresses that routes would have to lead to.
fn addresses(away: &Away<'_>, home: Option<&Home<'_>>) -> Vec<IpNet> {
    let of_subnets = || home.into_iter().flat_map(|home| &home.subnets).flat_map(|subnet| subnet.cidrs.iter().copied()).collect();
    away.door.address.map_or_else(of_subnets, |address| vec![IpNet::from(address)])
}

/// `across`: whether routes lead from the link's VPC to the instances; `None`: the route tables do not tell.
fn finding(
    deployment: &Deployment,
    way: &Way<'_>,
    subnet: &Subnet,
    away: &[Away<'_>],
    across: Option<Across>,
    home: Option<&Home<'_>>,
) -> Finding {
    let place = away.iter().find_map(|away| away.vpc_id).map_or_else(|| format!("outside {}", subnet.vpc_id), |vpc| format!("in {vpc}"));
    let who = match away {
        [only] => only.door.who.clone(),
        several => format!("{} of {} instances", several.len(), way.doors.len()),
    };
    let tail = match across {
        Some(Across::None) => ", and no route leads across",
        Some(Across::Some) => "; routes lead across from some of its subnets only",
        Some(Across::All) => "; routes lead across",
        None => "; whether a route leads across is not known",
    };
    let summary = format!("VPC link {} is in {}, {who} of Cloud Map service {} {place}{tail}", way.link.id, subnet.vpc_id, way.name);
    let own = Subject::new(SubjectKind::Subnet, &subnet.id);
    let mut finding =
        Finding::new(&META, way.link_subject(), summary).evidence(Evidence::found(own, "VpcId", &subnet.vpc_id, source::DESCRIBE_SUBNETS));
    for away in away.iter().take(3) {
        finding = finding.evidence(evidence(away, &subnet.vpc_id, home));
    }
    finding = weigh(finding, way, away.len(), across);
    let plan = home.filter(|home| home.vpc_id != subnet.vpc_id).and_then(|home| {
        let title = format!("make a new VPC link in {} and switch the integrations to it", home.vpc_id);
        let plan = beside_tasks(deployment, home.service, home.vpc_id, away.first()?.door.port)?;
        Some(replace(deployment, &way.link.id, &title, &plan))
    });
    plan.into_iter().fold(finding, Finding::fix)
}

/// AWS describes the link as living where the load balancer lives, and says nothing of instances: all of this is inferred.
fn weigh(finding: Finding, way: &Way<'_>, away: usize, across: Option<Across>) -> Finding {
    if across == Some(Across::None) && way.known != Known::NextTasks {
        let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
        let mut effect = Effect::blocks_all(Phase::Connect, way.link_subject(), answer).and_through(way.subject());
        effect.blocks = if away == way.doors.len() { Blocks::All } else { Blocks::Some };
        return finding.confidence(Confidence::Likely).effect(effect);
    }
    let confidence = if across == Some(Across::None) { Confidence::Likely } else { Confidence::Possible };
    let effect = Effect::weakens(Phase::Connect, way.link_subject()).and_through(way.subject());
    finding.severity(Severity::Warning).confidence(confidence).effect(effect)
}

fn evidence(away: &Away<'_>, wanted: &str, home: Option<&Home<'_>>) -> Evidence {
    let at = |address: &std::net::IpAddr| Subject::new(SubjectKind::Target, format!("{address}:{}", away.door.port));
    match (away.door.address, away.door.vpc_id, home.and_then(|home| home.subnets.first())) {
        (Some(address), Some(vpc), _) => Evidence::found(at(&address), "VpcId", vpc, source::DESCRIBE_NETWORK_INTERFACES).expected(wanted),
        (_, None, Some(subnet)) => {
            let subject = Subject::new(SubjectKind::Subnet, &subnet.id);
            Evidence::found(subject, "VpcId", &subnet.vpc_id, source::DESCRIBE_SUBNETS).expected(wanted)
        }
        (Some(address), None, None) => {
            let found = address.to_string();
            Evidence::found(at(&address), "AWS_INSTANCE_IPV4", found, source::DISCOVER_INSTANCES)
                .expected(format!("an address in a subnet of {wanted}"))
        }
        (None, ..) => Evidence::absent(Subject::new(SubjectKind::Target, &away.door.who), "VpcId", source::DESCRIBE_SUBNETS),
    }
}
