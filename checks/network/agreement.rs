//! The checks of network ACLs and `reach` say the same of the way from a VPC link through a Network Load Balancer to its targets.

use super::nacl_lb_in::NaclLbIn;
use super::nacl_lb_return::NaclLbReturn;
use super::nacl_lb_to_target::NaclLbToTarget;
use super::nacl_link_out::NaclLinkOut;
use super::nacl_link_return::NaclLinkReturn;
use super::nacl_target_return::NaclTargetReturn;
use crate::check::{Check, Verdict};
use crate::examine::{Examination, examine};
use crate::finding::Blocks;
use crate::model::deployment::Deployment;
use crate::model::facts::Facts;
use crate::model::fetched::Fetched;
use crate::model::network::{AclEntry, NetworkAcl};
use crate::prove::told;
use crate::reach::{Network, Protocol, Verdict as Passes};
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
fn story(id: &'static str, name: &str) -> Facts {
    let told = told(id).iter().find(|told| told.name == name).expect("a story");
    told.deployment().facts().clone()
}

fn known<T>(fetched: &mut Fetched<T>) -> &mut T {
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
    (vec(acl, 6), 0..2_usize, 0..3_usize, any::<bool>(), any::<bool>()).prop_map(|(entries, tasks, link, keeps, crosses)| World {
        entries,
        tasks,
        link,
        keeps,
        crosses,
    })
}

fn facts(world: &World) -> Facts {
    let mut facts = story("nacl-lb-to-target", "preserved-open.json");
    put(&mut facts, "eni-link", world.link, 11);
    put(&mut facts, "eni-lb", 0, 21);
    let addresses = put(&mut facts, "eni-task", world.tasks, 31);
    let targets = known(facts.target_health.values_mut().next().expect("targets"));
    for (target, address) in targets.iter_mut().zip(addresses) {
        target.id = address;
    }
    let attributes = known(facts.target_group_attributes.values_mut().next().expect("attributes"));
    attributes.insert("preserve_client_ip.enabled".to_owned(), world.keeps.to_string());
    let attributes = known(facts.load_balancer_attributes.values_mut().next().expect("attributes"));
    attributes.insert("load_balancing.cross_zone.enabled".to_owned(), world.crosses.to_string());
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

/// What stops requests, or some of them.
fn stopping(examination: &Examination) -> Vec<&str> {
    let stops = |blocks: Blocks| blocks != Blocks::None;
    let findings = examination.findings().filter(|(_, finding)| finding.effect.as_ref().is_some_and(|effect| stops(effect.blocks)));
    findings.map(|(_, finding)| finding.summary.as_str()).collect()
}

/// The ways from an interface of the link to a node on which packets, or answers, are dropped, or some target is not reached.
fn dropping(facts: &Facts) -> Vec<String> {
    let network = Network::from_facts(facts);
    let end = |name: &str| network.end(name).unwrap_or_else(|error| panic!("{error}"));
    let mut found = Vec::new();
    for (from, to) in ["a", "b"].into_iter().flat_map(|from| ["a", "b"].map(|to| (format!("eni-link-{from}"), format!("eni-lb-{to}")))) {
        let answer = network.reach(&end(&from), &end(&to), (80, 80), Protocol::Tcp);
        assert_ne!(answer.verdict, Passes::Unknown, "{:?}", answer.gaps);
        if answer.verdict == Passes::Dropped || answer.notes.iter().any(|note| note.contains("cannot be reached")) {
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
        let (stopping, dropping) = (stopping(&examination), dropping(&facts));
        prop_assert_eq!(stopping.is_empty(), dropping.is_empty(), "checks: {:#?}\nreach: {:#?}", stopping, dropping);
    }
}

fn alone(check: &'static dyn Check, facts: Facts) -> Examination {
    examine(&[check], &Deployment::new(facts, Vec::new()))
}

#[test]
fn a_link_that_was_not_read_leaves_the_question_open() {
    for (id, check) in [("nacl-lb-to-target", &NaclLbToTarget as &'static dyn Check), ("nacl-target-return", &NaclTargetReturn)] {
        assert_eq!(alone(check, story(id, "preserved-link-unread.json")).reports[0].verdict, Verdict::Unknown);
        // Nobody knows where the link is: its subnets and its interfaces were not read.
        let mut facts = story(id, "preserved-open.json");
        known(&mut facts.network_interfaces).retain(|id, _| !id.starts_with("eni-link"));
        known(&mut facts.subnets).retain(|id, _| !id.starts_with("subnet-l"));
        let examination = alone(check, facts);
        let said = &examination.reports[0];
        assert_eq!((said.verdict, said.outcome.fine.len()), (Verdict::Unknown, 0));
    }
}

#[test]
fn a_second_link_counts_by_whatever_listener_it_comes() {
    let mut facts = story("nacl-lb-to-target", "preserved-open.json");
    let mut integration = known(&mut facts.integrations).values().next().expect("an integration").clone();
    let mut route = known(&mut facts.routes).values().next().expect("a route").clone();
    (integration.id, integration.connection_id) = ("int0002".to_owned(), Some("vpl002".to_owned()));
    (route.id, route.key, route.target) = ("rte0002".to_owned(), "GET /other".to_owned(), Some("integrations/int0002".to_owned()));
    known(&mut facts.integrations).insert("int0002".to_owned(), integration);
    known(&mut facts.routes).insert("rte0002".to_owned(), route);
    facts.vpc_links.insert("vpl002".to_owned(), Fetched::Denied { action: "apigateway:GET".to_owned() });
    assert_eq!(alone(&NaclLbToTarget, facts.clone()).reports[0].verdict, Verdict::Unknown);
    let mut link = facts.vpc_links["vpl001"].clone();
    let Fetched::Known(Some(second)) = &mut link else { panic!("it was read") };
    (second.id, second.subnet_ids) = ("vpl002".to_owned(), vec!["subnet-c".to_owned()]);
    facts.vpc_links.insert("vpl002".to_owned(), link);
    assert_eq!(alone(&NaclLbToTarget, facts.clone()).reports[0].verdict, Verdict::Pass);
    let acl = known(&mut facts.network_acls).get_mut("acl-task").expect("an ACL");
    acl.entries.insert(0, AclEntry { number: 1, allow: false, cidr: "10.20.12.0/24".parse().expect("a block"), ..acl.entries[0].clone() });
    let examination = alone(&NaclLbToTarget, facts);
    let said: Vec<_> = examination.findings().map(|(_, finding)| finding.summary.as_str()).collect();
    assert_eq!(
        said,
        [
            "network ACL acl-task of subnet-ta, subnet-tb keeps VPC link vpl002, whose addresses load balancer orders shows, from the targets of orders-tcp on port 8080"
        ]
    );
    let effects: Vec<_> = examination.findings().filter_map(|(_, finding)| Some(finding.effect.as_ref()?.blocks)).collect();
    assert_eq!(effects, [Blocks::Some], "the other link gets through");
}

#[test]
fn health_checks_are_told_apart() {
    let summary = |id: &'static str, check: &'static dyn Check| {
        let examination = alone(check, story(id, "preserved-health-check-only.json"));
        let mut findings = examination.findings();
        findings.next().expect("a finding").1.summary.clone()
    };
    assert_eq!(
        summary("nacl-lb-to-target", &NaclLbToTarget),
        "network ACL acl-task of subnet-ta, subnet-tb keeps the health checks of load balancer orders from the targets of orders-tcp on port 8080"
    );
    assert_eq!(
        summary("nacl-target-return", &NaclTargetReturn),
        "network ACL acl-task of subnet-ta, subnet-tb keeps the answers of the targets of orders-tcp from the health checks of load balancer orders (tcp 1024-65535)"
    );
}
