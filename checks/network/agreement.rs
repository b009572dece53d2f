//! The checks of network ACLs and `reach` say the same of the way from a VPC link through a Network Load Balancer to its targets.

use super::nacl_lb_in::NaclLbIn;
use super::nacl_lb_return::NaclLbReturn;
use super::nacl_lb_to_target::NaclLbToTarget;
use super::nacl_link_out::NaclLinkOut;
use super::nacl_link_return::NaclLinkReturn;
use super::nacl_target_return::NaclTargetReturn;
use crate::check::Check;
use crate::examine::{Examination, examine};
use crate::finding::Blocks;
use crate::model::capture::Capture;
use crate::model::deployment::Deployment;
use crate::model::facts::Facts;
use crate::model::fetched::Fetched;
use crate::model::network::{AclEntry, NetworkAcl};
use crate::prove::{healthy, told};
use crate::reach::{Network, Protocol, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const ALL: &[&dyn Check] = &[&NaclLinkOut, &NaclLinkReturn, &NaclLbIn, &NaclLbReturn, &NaclLbToTarget, &NaclTargetReturn];

/// Subnet, zone and block, of which somebody has an address: the load balancer's, the targets', the link's.
const PLACES: [[(&str, &str); 2]; 3] = [
    [("subnet-a", "10.20.10"), ("subnet-b", "10.20.11")],
    [("subnet-ta", "10.20.30"), ("subnet-tb", "10.20.31")],
    [("subnet-la", "10.20.40"), ("subnet-lb", "10.20.41")],
];

/// A story of a check whose network ACLs let everything pass.
pub(super) fn story(id: &'static str, name: &str) -> Facts {
    let told = told(id).iter().find(|told| told.name == name).expect("a story");
    told.deployment().facts().clone()
}

pub(super) fn known<T>(fetched: &mut Fetched<T>) -> &mut T {
    let Fetched::Known(value) = fetched else { panic!("it was read") };
    value
}

/// Puts the interfaces `NAME-a` and `NAME-b` in two subnets; the addresses they get.
fn put(facts: &mut Facts, name: &str, place: usize, host: u8) -> Vec<String> {
    let mut addresses = Vec::new();
    for (zone, (subnet, block)) in ["a", "b"].into_iter().zip(PLACES[place]) {
        let interface = known(&mut facts.network_interfaces).get_mut(&format!("{name}-{zone}")).expect("an interface");
        let address = format!("{block}.{host}");
        interface.subnet_id = subnet.to_owned();
        interface.addresses = vec![address.parse().expect("an address")];
        addresses.push(address);
    }
    addresses
}

#[derive(Clone, Debug)]
struct World {
    entries: Vec<Vec<AclEntry>>,
    tasks: usize,
    link: usize,
    keeps: bool,
    crosses: bool,
    /// The targets are the nodes of an Application Load Balancer, which sees the link's addresses in any case.
    chain: bool,
}

fn entry() -> impl Strategy<Value = AclEntry> {
    let hosts = PLACES.iter().flatten().flat_map(|(_, block)| [11, 21, 31].map(|host| format!("{block}.{host}/32")));
    let blocks = PLACES.iter().flatten().map(|(_, block)| format!("{block}.0/24"));
    let sides: Vec<String> = hosts.chain(blocks).chain(["0.0.0.0/0", "10.20.0.0/16", "10.20.30.0/23"].map(String::from)).collect();
    // A few ports in a hundred decide nothing for the checks: no ranges so small within the high ports.
    let ports = select(vec![None, None, Some((1024, 65535)), Some((32768, 65535)), Some((0, 1023))]);
    (1..300_i32, any::<bool>(), any::<bool>(), select(sides), ports).prop_map(|(number, egress, allow, side, ports)| AclEntry {
        number,
        egress,
        allow,
        protocol: if ports.is_some() { "6" } else { "-1" }.to_owned(),
        cidr: side.parse().expect("a block"),
        ports,
        icmp: None,
    })
}

fn world() -> impl Strategy<Value = World> {
    let acl = (vec(entry(), 0..4), prop::bool::weighted(0.9)).prop_map(|(mut entries, open)| {
        entries.sort_by_key(|entry| entry.number);
        entries.dedup_by_key(|entry| entry.number);
        for egress in [false, true].into_iter().filter(|_| open) {
            let cidr = "0.0.0.0/0".parse().expect("a block");
            entries.push(AclEntry { number: 1000, egress, allow: true, protocol: "-1".to_owned(), cidr, ports: None, icmp: None });
        }
        entries
    });
    (vec(acl, 6), 0..2_usize, 0..3_usize, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(entries, tasks, link, keeps, crosses, chain)| World { entries, tasks, link, keeps, crosses, chain })
}

fn facts(world: &World) -> Facts {
    let mut facts = story("nacl-lb-to-target", "preserved-open.json");
    if world.chain {
        let subnets = facts.subnets;
        facts = chain();
        facts.subnets = subnets;
    }
    put(&mut facts, "eni-link", world.link, 11);
    put(&mut facts, if world.chain { "eni-nlb" } else { "eni-lb" }, 0, 21);
    let addresses = put(&mut facts, if world.chain { "eni-lb" } else { "eni-task" }, world.tasks, 31);
    for target in facts.target_health.values_mut().flat_map(|targets| known(targets).iter_mut()).filter(|_| !world.chain) {
        let zone = usize::from(target.zone.as_deref() == Some("eu-central-1b"));
        target.id = addresses[zone].clone();
    }
    for (group, attributes) in facts.target_group_attributes.iter_mut().filter(|_| !world.chain) {
        assert!(group.contains("orders-tcp"));
        known(attributes).insert("preserve_client_ip.enabled".to_owned(), world.keeps.to_string());
    }
    let (_, attributes) = facts.load_balancer_attributes.iter_mut().find(|(arn, _)| arn.contains("/net/")).expect("attributes");
    known(attributes).insert("load_balancing.cross_zone.enabled".to_owned(), world.crosses.to_string());
    let acls = known(&mut facts.network_acls);
    acls.clear();
    for ((subnet, _), entries) in PLACES.iter().flatten().zip(&world.entries) {
        let id = format!("acl-of-{subnet}");
        let acl =
            NetworkAcl { id: id.clone(), vpc_id: "vpc-0001".to_owned(), subnet_ids: vec![(*subnet).to_owned()], entries: entries.clone() };
        acls.insert(id, acl);
    }
    facts
}

/// An Application Load Balancer behind a Network Load Balancer. Nobody stands behind it: that way is another question.
fn chain() -> Facts {
    let document = healthy().iter().find(|base| base.name == "nlb-alb").expect("the chain").document.clone();
    let mut facts = serde_json::from_value::<Capture>(document).expect("a capture").facts;
    for (_, targets) in facts.target_health.iter_mut().filter(|(arn, _)| !arn.contains("orders-alb")) {
        known(targets).clear();
    }
    known(&mut facts.services).clear();
    facts
}

/// What stops requests, or some of them.
fn stopping(examination: &Examination) -> Vec<&str> {
    let stops = |blocks: Blocks| blocks != Blocks::None;
    let findings = examination.findings().filter(|(_, finding)| finding.effect.as_ref().is_some_and(|effect| stops(effect.blocks)));
    findings.map(|(_, finding)| finding.summary.as_str()).collect()
}

/// The ways from an interface of the link to a node on which packets, or answers, are dropped, or some target is not reached.
fn dropping(facts: &Facts, world: &World) -> Vec<String> {
    let network = Network::from_facts(facts);
    let end = |name: &str| network.end(name).unwrap_or_else(|error| panic!("{error}"));
    let (node, port) = if world.chain { ("eni-nlb", 443) } else { ("eni-lb", 80) };
    let mut found = Vec::new();
    for (from, to) in ["a", "b"].into_iter().flat_map(|from| ["a", "b"].map(|to| (format!("eni-link-{from}"), format!("{node}-{to}")))) {
        let answer = network.reach(&end(&from), &end(&to), (port, port), Protocol::Tcp);
        assert_ne!(answer.verdict, Verdict::Unknown, "{:?}", answer.gaps);
        if answer.verdict == Verdict::Dropped || answer.notes.iter().any(|note| note.contains("cannot be reached")) {
            found.push(format!("{from} to {to}: {:?} {:?}", told_drops(&answer), answer.notes));
        }
    }
    found
}

fn told_drops(answer: &crate::reach::Answer<'_>) -> Vec<String> {
    answer.drops.iter().map(|drop| format!("{:?} {} {:?}", drop.way, drop.at, drop.why)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn checks_and_reach_agree(world in world()) {
        let facts = facts(&world);
        let examination = examine(ALL, &Deployment::new(facts.clone(), Vec::new()));
        let gaps: Vec<_> = examination.reports.iter().flat_map(|report| &report.outcome.gaps).collect();
        prop_assert!(gaps.is_empty(), "{:?}", gaps);
        let (stopping, dropping) = (stopping(&examination), dropping(&facts, &world));
        prop_assert_eq!(stopping.is_empty(), dropping.is_empty(), "checks: {:#?}\nreach: {:#?}", stopping, dropping);
    }
}
