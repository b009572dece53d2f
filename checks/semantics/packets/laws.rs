//! Random rules against an evaluator that walks them naively, one address and one port at a time.

use super::blocks::{common, minus, tidy};
use super::rows::{AclRows, GroupRows};
use super::single::{Admitted, Payload, Peer};
use super::{AclVerdict, Admission, Direction, Peers, acl, admission_ports, closest_rule};
use crate::model::network::{AclEntry, NetworkAcl, SecurityGroup, SgRule};
use ipnet::IpNet;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Small places to hit often: inside, at the lower and at the upper end of an address family.
const PLACES: [(&str, u8); 5] =
    [("10.0.0.0", 28), ("0.0.0.0", 28), ("255.255.255.240", 28), ("fd00::", 124), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0", 124)];

/// A block inside one of the places, often with host bits.
fn small_block() -> impl Strategy<Value = IpNet> {
    (0..PLACES.len(), 0u32..16, 0u8..=4).prop_map(|(place, offset, longer)| {
        let (start, prefix) = PLACES[place];
        let place = IpNet::new(start.parse().expect("an address"), prefix).expect("a block");
        let address = addresses(&[place])[offset as usize];
        IpNet::new(address, prefix + longer).expect("a block")
    })
}

fn block() -> impl Strategy<Value = IpNet> {
    let large = ["0.0.0.0/0", "::/0", "10.0.0.0/8", "128.0.0.0/1", "10.0.0.9/27"].map(|text| text.parse().expect("a block"));
    prop_oneof![5 => small_block(), 1 => prop::sample::select(large.to_vec())]
}

fn some_blocks() -> impl Strategy<Value = Vec<IpNet>> {
    prop::collection::vec(block(), 0..4)
}

/// Every address of small blocks, once. Counts up on its own: it does not use what it tests.
fn addresses(blocks: &[IpNet]) -> Vec<IpAddr> {
    let of = |block: &IpNet| -> Vec<IpAddr> {
        match (block.network(), block.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => (first.to_bits()..=last.to_bits()).map(|bits| IpAddr::V4(bits.into())).collect(),
            (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits()..=last.to_bits()).map(|bits| IpAddr::V6(bits.into())).collect(),
            _ => unreachable!("a block has one family"),
        }
    };
    blocks.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect()
}

fn has(blocks: &[IpNet], address: &IpAddr) -> bool {
    blocks.iter().any(|block| block.contains(address))
}

fn every_place() -> Vec<IpAddr> {
    addresses(&PLACES.map(|(start, prefix)| IpNet::new(start.parse().expect("an address"), prefix).expect("a block")))
}

fn protocol() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just("tcp"), 1 => Just("6"), 1 => Just("-1"), 1 => Just("udp"), 1 => Just("icmp")].prop_map(String::from)
}

fn port() -> impl Strategy<Value = i32> {
    prop_oneof![8 => 0..6, 1 => Just(-1), 1 => Just(65_535), 1 => Just(70_000)]
}

fn names(of: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop::sample::select(of).prop_map(String::from), 0..2)
}

fn sg_rule(lists: &'static [&'static str]) -> impl Strategy<Value = SgRule> {
    let ports = prop::option::weighted(0.8, (port(), port()));
    let lists = prop_oneof![3 => Just(Vec::new()), 1 => names(lists)];
    (protocol(), ports, some_blocks(), names(&["sg-a", "sg-b"]), lists).prop_map(|(protocol, ports, cidrs, groups, prefix_lists)| SgRule {
        protocol,
        from_port: ports.map(|ports| ports.0),
        to_port: ports.map(|ports| ports.1),
        cidrs,
        groups,
        prefix_lists,
        listed: BTreeMap::new(),
        peerings: BTreeMap::new(),
    })
}

fn sg(rules: Vec<SgRule>) -> SecurityGroup {
    SecurityGroup { id: "sg-x".to_string(), name: "x".to_string(), vpc_id: None, ingress: Vec::new(), egress: rules }
}

/// One rule, one port: is the rule about it?
fn about(rule: &SgRule, port: u16) -> bool {
    let everything = rule.protocol == "-1";
    let tcp = rule.protocol == "tcp" || rule.protocol == "6";
    let (from, to) = (rule.from_port.unwrap_or(-1), rule.to_port.unwrap_or(-1));
    let within = from == -1 && to == -1 || from != -1 && to != -1 && from <= i32::from(port) && i32::from(port) <= to;
    everything || tcp && within
}

fn passes(rules: &[&SgRule], carried: &BTreeSet<String>, address: &IpAddr, port: u16) -> bool {
    let admits = |rule: &&SgRule| has(&rule.cidrs, address) || rule.groups.iter().any(|group| carried.contains(group));
    rules.iter().filter(|rule| about(rule, port)).any(admits)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn block_arithmetic_is_set_arithmetic(left in some_blocks(), right in some_blocks()) {
        let (tidied, both, rest) = (tidy(left.iter().copied()), common(&left, &right), minus(&left, &right));
        for address in every_place() {
            let (in_left, in_right) = (has(&left, &address), has(&right, &address));
            prop_assert_eq!(has(&tidied, &address), in_left, "tidy {}", address);
            prop_assert_eq!(has(&both, &address), in_left && in_right, "common {}", address);
            prop_assert_eq!(has(&rest, &address), in_left && !in_right, "minus {}", address);
        }
        // Nothing is lost or won outside the places either, and each set has one form only.
        prop_assert_eq!(tidy(both.iter().chain(&rest).copied()), tidied);
        prop_assert!(common(&rest, &right).is_empty());
        prop_assert_eq!(minus(&rest, &right), rest);
    }

    #[test]
    fn admission_agrees_with_every_single_packet(
        first in prop::collection::vec(sg_rule(&["pl-1", "pl-2"]), 0..4),
        second in prop::collection::vec(sg_rule(&["pl-1", "pl-2"]), 0..4),
        blocks in prop::collection::vec(small_block(), 1..4),
        carried in names(&["sg-a", "sg-c"]),
        (low, high) in (0u16..7, 0u16..7),
    ) {
        let (first, second, carried) = (sg(first), sg(second), carried.into_iter().collect());
        let peers = Peers { blocks: &blocks, groups: &carried };
        let rules: Vec<&SgRule> = first.egress.iter().chain(&second.egress).collect();
        let ports = low.min(high)..=low.max(high);
        let everyone = addresses(&blocks);
        let packets: Vec<(IpAddr, u16)> = everyone.iter().flat_map(|address| ports.clone().map(|port| (*address, port))).collect();
        let passing = packets.iter().filter(|(address, port)| passes(&rules, &carried, address, *port)).count();
        let lists: BTreeSet<String> = packets.iter().filter(|(address, port)| !passes(&rules, &carried, address, *port))
            .flat_map(|(_, port)| rules.iter().filter(|rule| about(rule, *port)).flat_map(|rule| rule.prefix_lists.iter().cloned())).collect();

        match admission_ports(&[&first, &second], Direction::Egress, (low, high), &peers) {
            Admission::All { by } => prop_assert!(passing == packets.len() && !by.is_empty()),
            Admission::None => prop_assert!(passing == 0 && lists.is_empty()),
            Admission::Undecided { prefix_lists } => {
                prop_assert!(passing < packets.len() && !lists.is_empty());
                prop_assert_eq!(prefix_lists, Vec::from_iter(lists));
            }
            Admission::Some { admitted, missing } => {
                prop_assert!(0 < passing && passing < packets.len() && lists.is_empty());
                for address in &everyone {
                    let on_every_port = ports.clone().all(|port| passes(&rules, &carried, address, port));
                    prop_assert_eq!((has(&admitted, address), has(&missing, address)), (on_every_port, !on_every_port));
                }
                prop_assert_eq!(addresses(&admitted).len() + addresses(&missing).len(), everyone.len());
            }
        }
    }

    #[test]
    fn another_rule_never_takes_admission_away(
        rules in prop::collection::vec(sg_rule(&["pl-1"]), 0..4),
        more in sg_rule(&["pl-1"]),
        at in any::<prop::sample::Index>(),
        blocks in some_blocks(),
        carried in names(&["sg-a"]),
        ports in (0u16..7, 0u16..7),
    ) {
        let carried = carried.into_iter().collect();
        let peers = Peers { blocks: &blocks, groups: &carried };
        let mut with_more = rules.clone();
        with_more.insert(at.index(rules.len() + 1), more);
        let ask = |rules: Vec<SgRule>| admission_ports(&[&sg(rules)], Direction::Egress, ports, &peers);
        match (ask(rules), ask(with_more)) {
            (Admission::All { .. }, after) => prop_assert!(matches!(after, Admission::All { .. }), "{:?}", after),
            (Admission::Some { admitted, .. }, Admission::Some { admitted: after, .. }) => prop_assert!(minus(&admitted, &after).is_empty()),
            (Admission::Some { .. } | Admission::Undecided { .. }, after) => prop_assert!(after != Admission::None),
            (Admission::None, _) => {}
        }
    }

    #[test]
    fn all_is_said_for_rules_that_suffice(
        rules in prop::collection::vec(sg_rule(&["pl-1"]), 1..6),
        blocks in prop::collection::vec(small_block(), 1..3),
        ports in (0u16..7, 0u16..7),
    ) {
        // Each rule in a group of its own, so that what `by` names can be asked alone.
        let groups: Vec<SecurityGroup> = rules.into_iter().enumerate()
            .map(|(number, rule)| SecurityGroup { id: format!("sg-{number}"), ..sg(vec![rule]) }).collect();
        let carried = BTreeSet::from(["sg-a".to_string()]);
        let peers = Peers { blocks: &blocks, groups: &carried };
        if let Admission::All { by } = admission_ports(&groups.iter().collect::<Vec<_>>(), Direction::Egress, ports, &peers) {
            let named: Vec<&SecurityGroup> = groups.iter().filter(|group| by.iter().any(|by| by.group_id == group.id)).collect();
            let alone = admission_ports(&named, Direction::Egress, ports, &peers);
            prop_assert!(matches!(alone, Admission::All { .. }), "{:?}", alone);
        }
    }

    #[test]
    fn the_closest_rule_is_about_the_port_if_any_is(rules in prop::collection::vec(sg_rule(&["pl-1"]), 0..5), port in 0u16..7) {
        let group = sg(rules);
        let about_it = group.egress.iter().any(|rule| {
            about(rule, port) && !(rule.cidrs.is_empty() && rule.groups.is_empty() && rule.prefix_lists.is_empty())
        });
        let closest = closest_rule(&[&group], Direction::Egress, port);
        prop_assert!(!about_it || closest.is_some_and(|rule| rule.contains("tcp") || rule.contains("all traffic")));
    }

    #[test]
    fn an_acl_agrees_with_every_single_packet(
        entries in prop::collection::btree_map(1i32..40, (any::<bool>(), protocol(), block(), prop::option::of((0u16..6, 0u16..6))), 0..7),
        reversed in any::<bool>(),
        blocks in prop::collection::vec(small_block(), 1..4),
        (low, high) in (0u16..7, 0u16..7),
    ) {
        let made = acl_of(&entries, reversed);
        let decides = |address: &IpAddr, port: u16| {
            let mut in_order = entries.iter();
            in_order.find(|(_, (_, protocol, cidr, ports))| {
                let right_port = protocol == "-1" || ports.is_none_or(|(from, to)| from <= port && port <= to);
                ["tcp", "6", "-1"].contains(&protocol.as_str()) && right_port && cidr.contains(address)
            })
        };
        let everyone = addresses(&blocks);
        let ports = low.min(high)..=low.max(high);
        let denied_on = |address: &IpAddr| ports.clone().filter(|port| !decides(address, *port).is_some_and(|(_, (allow, ..))| *allow)).count();
        let denials: usize = everyone.iter().map(denied_on).sum();
        let all = everyone.len() * ports.clone().count();
        let first = everyone.iter().flat_map(|address| ports.clone().map(|port| (*address, port)))
            .filter_map(|(address, port)| decides(&address, port).filter(|(_, (allow, ..))| !allow)).map(|(number, _)| *number).min();
        let head = first.map_or("*: ".to_string(), |number| format!("{number}: deny "));

        match acl(&made, true, (low, high), &blocks) {
            AclVerdict::Allowed => prop_assert_eq!(denials, 0),
            AclVerdict::Denied { entry } => prop_assert!(denials == all && entry.starts_with(&head), "{} {}", entry, head),
            AclVerdict::Some { denied, entry } => {
                prop_assert!(0 < denials && denials < all && entry.starts_with(&head), "{} {}", entry, head);
                for address in &everyone {
                    prop_assert_eq!(has(&denied, address), denied_on(address) > 0);
                }
                prop_assert!(addresses(&denied).iter().all(|address| everyone.contains(address)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sets and single packets are two ways to ask one reading of rules: of one address and one port they say the same.
    #[test]
    fn a_set_of_one_packet_is_judged_as_the_packet(
        first in prop::collection::vec(sg_rule(&["pl-1", "pl-2"]), 0..5),
        entries in prop::collection::btree_map(1i32..40, (any::<bool>(), protocol(), block(), prop::option::of((0u16..6, 0u16..6))), 0..7),
        carried in names(&["sg-a", "sg-c"]),
        port in 0u16..7,
    ) {
        let (group, made) = (sg(first), acl_of(&entries, true));
        let (rows, acl_rows) = (GroupRows::of(&group), AclRows::of(&made));
        let groups: Vec<&str> = carried.iter().map(String::as_str).collect();
        let set = carried.iter().cloned().collect();
        for address in every_place() {
            let blocks = [IpNet::from(address)];
            let of_set = admission_ports(&[&group], Direction::Egress, (port, port), &Peers { blocks: &blocks, groups: &set });
            let of_one = rows.admitted(&group, Direction::Egress, Payload::Tcp(port), Peer { address, groups: &groups });
            let same = matches!(
                (&of_set, of_one),
                (Admission::All { .. }, Admitted::By(..)) | (Admission::Undecided { .. }, Admitted::Unread(_)) | (Admission::None, Admitted::No)
            );
            prop_assert!(same, "{} {}: {:?} {:?}", address, port, of_set, of_one);
            let passes = acl(&made, true, (port, port), &blocks) == AclVerdict::Allowed;
            let deciding = acl_rows.deciding(&made, true, Payload::Tcp(port), address);
            prop_assert_eq!(passes, deciding.is_some_and(|entry| entry.allow), "{} {}", address, port);
            let (denied, _) = acl_rows.denied_ports(&made, true, false, (0, port), address);
            prop_assert_eq!(acl(&made, true, (0, port), &blocks) == AclVerdict::Allowed, denied.is_empty());
            prop_assert_eq!(denied.iter().any(|(from, to)| *from <= port && port <= *to), !passes);
            if let Some(all) = acl_rows.deciding_all(&made, true, false, (0, port), address) {
                prop_assert_eq!((all.allow, denied.is_empty()), (denied.is_empty(), all.allow));
            }
        }
    }
}

type Decision = (bool, String, IpNet, Option<(u16, u16)>);

/// The entries as an ACL, in order or upside down, among entries of the other direction that must not count.
fn acl_of(entries: &BTreeMap<i32, Decision>, reversed: bool) -> NetworkAcl {
    let entry = |egress: bool, (number, decision): (&i32, &Decision)| {
        let (allow, protocol, cidr, ports) = decision.clone();
        AclEntry { number: *number, egress, allow: allow == egress, protocol, cidr, ports, icmp: None }
    };
    let mut listed: Vec<AclEntry> = entries.iter().flat_map(|decision| [entry(false, decision), entry(true, decision)]).collect();
    if reversed {
        listed.reverse();
    }
    NetworkAcl { id: "acl-1".to_string(), vpc_id: "vpc-1".to_string(), subnet_ids: Vec::new(), entries: listed }
}
