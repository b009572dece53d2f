//! The awkward cases by name; `laws.rs` tries random ones.

use super::{AclVerdict, Admission, Direction, Peers, acl, admission, admission_ports, closest_rule};
use crate::model::network::{AclEntry, NetworkAcl, SecurityGroup, SgRule};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

fn blocks(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().expect("a block")).collect()
}

fn rule(protocol: &str, ports: Option<(i32, i32)>, cidrs: &[&str], groups: &[&str]) -> SgRule {
    SgRule {
        protocol: protocol.to_string(),
        from_port: ports.map(|ports| ports.0),
        to_port: ports.map(|ports| ports.1),
        cidrs: blocks(cidrs),
        groups: groups.iter().map(ToString::to_string).collect(),
        prefix_lists: Vec::new(),
        listed: BTreeMap::new(),
        peerings: BTreeMap::new(),
    }
}

fn group(ingress: &[SgRule]) -> SecurityGroup {
    SecurityGroup { id: "sg-lb".to_string(), name: "lb".to_string(), vpc_id: None, ingress: ingress.to_vec(), egress: Vec::new() }
}

/// What one group with these rules says to TCP 443 from these blocks, carrying `sg-link`.
fn https(ingress: &[SgRule], from: &[&str]) -> Admission {
    let (from, groups) = (blocks(from), BTreeSet::from(["sg-link".to_string()]));
    admission(&[&group(ingress)], Direction::Ingress, 443, &Peers { blocks: &from, groups: &groups })
}

fn rules_of(admission: &Admission) -> Vec<&str> {
    match admission {
        Admission::All { by } => by.iter().map(|by| by.rule.as_str()).collect(),
        Admission::Some { .. } | Admission::None | Admission::Undecided { .. } => panic!("not admitted: {admission:?}"),
    }
}

#[test]
fn a_group_admits_whoever_carries_it() {
    let by_group = rule("tcp", Some((443, 443)), &[], &["sg-other", "sg-link"]);
    assert_eq!(rules_of(&https(std::slice::from_ref(&by_group), &["10.0.0.0/24"])), ["tcp 443 from sg-link"]);
    assert_eq!(rules_of(&https(&[by_group], &[])), ["tcp 443 from sg-link"]);
    assert_eq!(https(&[rule("tcp", Some((443, 443)), &[], &["sg-old"])], &["10.0.0.0/24"]), Admission::None);
}

#[test]
fn several_rules_admit_together_what_none_admits_alone() {
    let (low, high) = (rule("tcp", Some((443, 443)), &["10.0.0.0/25"], &[]), rule("-1", None, &["10.0.0.128/25", "10.9.0.0/16"], &[]));
    let both = https(&[low.clone(), high.clone()], &["10.0.0.0/24"]);
    assert_eq!(rules_of(&both), ["tcp 443 from 10.0.0.0/25", "all traffic from 10.0.0.128/25"]);
    let missing = Admission::Some { admitted: blocks(&["10.0.0.0/25"]), missing: blocks(&["10.0.0.128/25"]) };
    assert_eq!(https(std::slice::from_ref(&low), &["10.0.0.0/24"]), missing);
    let one_suffices = https(&[low, high, rule("6", None, &["10.0.0.0/8"], &[])], &["10.0.0.0/24"]);
    assert_eq!(rules_of(&one_suffices), ["tcp all ports from 10.0.0.0/8"]);
}

#[test]
fn ports_and_protocols_are_read_as_aws_writes_them() {
    let admits = |rule: SgRule| https(&[rule], &["10.0.0.1/32"]) != Admission::None;
    let anywhere = &["0.0.0.0/0"];
    for (protocol, ports) in [("-1", None), ("-1", Some((80, 80))), ("tcp", None), ("tcp", Some((-1, -1))), ("6", Some((0, 65_535)))] {
        assert!(admits(rule(protocol, ports, anywhere, &[])), "{protocol} {ports:?}");
    }
    for (protocol, ports) in [
        ("udp", Some((443, 443))),
        ("icmp", Some((-1, -1))),
        ("tcp", Some((444, 442))),
        ("tcp", Some((-1, 443))),
        ("tcp", Some((70_000, 80_000))),
    ] {
        assert!(!admits(rule(protocol, ports, anywhere, &[])), "{protocol} {ports:?}");
    }
    assert!(!admits(rule("tcp", None, &["::/0"], &[])));
    assert!(!admits(rule("tcp", None, &[], &[])));
}

#[test]
fn no_group_and_no_rule_admit_nothing() {
    let (from, none) = (blocks(&["10.0.0.0/24"]), BTreeSet::new());
    let peers = Peers { blocks: &from, groups: &none };
    assert_eq!(admission(&[], Direction::Ingress, 443, &peers), Admission::None);
    assert_eq!(admission(&[&group(&[])], Direction::Egress, 443, &peers), Admission::None);
    assert_eq!(closest_rule(&[], Direction::Ingress, 443), None);
}

#[test]
fn a_prefix_list_leaves_open_only_what_others_leave_open() {
    let listed = SgRule { prefix_lists: vec!["pl-1".to_string()], ..rule("tcp", Some((443, 443)), &[], &[]) };
    let undecided = Admission::Undecided { prefix_lists: vec!["pl-1".to_string()] };
    assert_eq!(https(std::slice::from_ref(&listed), &["10.0.0.0/24"]), undecided);
    let half = rule("tcp", Some((443, 443)), &["10.0.0.0/25"], &[]);
    assert_eq!(https(&[listed.clone(), half], &["10.0.0.0/24"]), undecided);
    let whole = rule("tcp", Some((443, 443)), &["10.0.0.0/16"], &[]);
    assert_eq!(rules_of(&https(&[listed.clone(), whole], &["10.0.0.0/24"])), ["tcp 443 from 10.0.0.0/16"]);
    let read = |block: &str| {
        let listed = BTreeMap::from([("pl-1".to_string(), vec![block.parse().expect("a block")])]);
        https(&[SgRule { prefix_lists: vec!["pl-1".to_string()], listed, ..rule("tcp", Some((443, 443)), &[], &[]) }], &["10.0.0.0/24"])
    };
    assert_eq!(rules_of(&read("10.0.0.0/8")), ["tcp 443 from pl-1"]);
    assert_eq!(read("10.9.0.0/16"), Admission::None);
    let elsewhere = SgRule { from_port: Some(80), to_port: Some(80), ..listed };
    assert_eq!(https(&[elsewhere], &["10.0.0.0/24"]), Admission::None);
}

#[test]
fn peers_without_addresses_are_not_guessed() {
    let port = Some((443, 443));
    assert_eq!(rules_of(&https(&[rule("tcp", port, &["0.0.0.0/0"], &[])], &[])), ["tcp 443 from 0.0.0.0/0"]);
    assert_eq!(https(&[rule("tcp", port, &["10.0.0.0/8"], &[])], &[]), Admission::Undecided { prefix_lists: Vec::new() });
    assert_eq!(https(&[rule("tcp", port, &[], &["sg-old"])], &[]), Admission::None);
}

#[test]
fn odd_blocks_do_no_harm() {
    let odd = rule("tcp", Some((443, 443)), &["10.0.0.77/24", "10.0.0.0/23", "10.0.0.0/24", "::/0", "fd00::7/64", "0.0.0.0/0"], &[]);
    let everything = https(std::slice::from_ref(&odd), &["0.0.0.0/0", "10.0.0.9/16", "::/0", "fd00::1/128", "255.255.255.255/32"]);
    assert!(matches!(everything, Admission::All { .. }));
    let one = rule("tcp", Some((443, 443)), &["fd00::1/128"], &[]);
    let Admission::Some { admitted, missing } = https(&[one], &["::/0", "0.0.0.0/0"]) else { panic!("some are admitted") };
    assert_eq!((admitted, missing.len()), (blocks(&["fd00::1/128"]), 129));
}

#[test]
fn a_range_needs_each_of_its_ports() {
    let (from, none) = (blocks(&["10.0.0.0/24"]), BTreeSet::new());
    let peers = Peers { blocks: &from, groups: &none };
    let ask = |ingress: &[SgRule], ports| admission_ports(&[&group(ingress)], Direction::Ingress, ports, &peers);
    let (low, high) = (rule("tcp", Some((0, 99)), &["10.0.0.0/8"], &[]), rule("tcp", Some((100, 65_535)), &["10.0.0.0/8"], &[]));
    assert!(matches!(ask(&[low.clone(), high.clone()], (0, 65_535)), Admission::All { by } if by.len() == 2));
    assert!(matches!(ask(&[low.clone(), high.clone()], (100, 0)), Admission::All { by } if by.len() == 2));
    let lacking = Admission::Some { admitted: Vec::new(), missing: from.clone() };
    assert_eq!(ask(std::slice::from_ref(&low), (99, 100)), lacking);
    assert_eq!(ask(&[low], (100, 200)), Admission::None);
}

#[test]
fn the_closest_rule_has_the_port_first_and_the_nearest_port_last() {
    let closest = |ingress: &[SgRule]| closest_rule(&[&group(ingress)], Direction::Ingress, 443);
    let (http, old) = (rule("tcp", Some((80, 80)), &["10.0.0.0/8"], &[]), rule("tcp", Some((440, 450)), &[], &["sg-old"]));
    let (udp, far) = (rule("udp", Some((443, 443)), &["10.0.0.0/8"], &[]), rule("tcp", Some((8443, 8443)), &["10.0.0.0/8"], &[]));
    assert_eq!(closest(&[http.clone(), udp.clone(), old]).as_deref(), Some("sg-lb: tcp 440-450 from sg-old"));
    assert_eq!(closest(&[http.clone(), udp]).as_deref(), Some("sg-lb: udp 443 from 10.0.0.0/8"));
    assert_eq!(closest(&[far, http]).as_deref(), Some("sg-lb: tcp 80 from 10.0.0.0/8"));
    assert_eq!(closest(&[rule("icmp", Some((8, -1)), &["0.0.0.0/0"], &[])]), None);
}

fn entry(number: i32, allow: bool, protocol: &str, cidr: &str, ports: Option<(u16, u16)>) -> AclEntry {
    AclEntry { number, egress: false, allow, protocol: protocol.to_string(), cidr: cidr.parse().expect("a block"), ports, icmp: None }
}

fn inbound(entries: &[AclEntry], ports: (u16, u16), from: &[&str]) -> AclVerdict {
    let made = NetworkAcl { id: "acl-1".to_string(), vpc_id: "vpc-1".to_string(), subnet_ids: Vec::new(), entries: entries.to_vec() };
    acl(&made, false, ports, &blocks(from))
}

#[test]
fn the_lowest_number_decides_wherever_it_is_listed() {
    let (allow, deny) = (entry(200, true, "-1", "0.0.0.0/0", None), entry(100, false, "6", "10.0.0.0/16", Some((443, 443))));
    let denied = AclVerdict::Denied { entry: "100: deny tcp 443 from 10.0.0.0/16".to_string() };
    assert_eq!(inbound(&[allow.clone(), deny.clone()], (443, 443), &["10.0.1.0/24"]), denied);
    assert_eq!(inbound(&[allow.clone(), deny.clone()], (80, 80), &["10.0.1.0/24"]), AclVerdict::Allowed);
    let late = AclEntry { number: 300, ..deny };
    assert_eq!(inbound(&[allow, late], (443, 443), &["10.0.1.0/24"]), AclVerdict::Allowed);
}

#[test]
fn an_entry_cuts_blocks_and_port_ranges() {
    let entries = [entry(90, false, "6", "10.0.0.0/25", None), entry(100, true, "6", "10.0.0.0/8", Some((1024, 65_535)))];
    let some = AclVerdict::Some { denied: blocks(&["10.0.0.0/25"]), entry: "90: deny tcp all ports from 10.0.0.0/25".to_string() };
    assert_eq!(inbound(&entries, (1024, 65_535), &["10.0.0.0/24"]), some);
    let below = AclVerdict::Some { denied: blocks(&["10.0.1.0/24"]), entry: "*: deny all traffic that no entry allows".to_string() };
    assert_eq!(inbound(&entries, (1023, 1024), &["10.0.1.0/24"]), below);
}

#[test]
fn what_no_entry_matches_is_denied() {
    let denied = AclVerdict::Denied { entry: "*: deny all traffic that no entry allows".to_string() };
    assert_eq!(inbound(&[], (443, 443), &["10.0.0.0/24"]), denied);
    assert_eq!(inbound(&[entry(32_767, false, "-1", "0.0.0.0/0", None)], (443, 443), &["10.0.0.0/24"]), denied);
    let others = [
        entry(1, true, "17", "0.0.0.0/0", None),
        entry(2, true, "6", "::/0", None),
        entry(3, true, "6", "0.0.0.0/0", Some((500, 400))),
        AclEntry { egress: true, ..entry(4, true, "-1", "0.0.0.0/0", None) },
    ];
    assert_eq!(inbound(&others, (443, 443), &["10.0.0.0/24"]), denied);
    assert_eq!(inbound(&[entry(1, true, "6", "0.0.0.0/0", None)], (443, 443), &[]), AclVerdict::Allowed);
    assert!(matches!(inbound(&[entry(1, true, "6", "10.0.0.0/8", None)], (443, 443), &[]), AclVerdict::Some { .. }));
}
