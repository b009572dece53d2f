//! Many addresses and ports at once: exact, with a witness where not all pass.

use super::{network, ports, world};
use crate::reach::{Answer, Network, Protocol, Verdict};
use serde_json::{Value, json};

fn over(world: &Value, from: &str, to: &str, range: (u16, u16)) -> Answer<'static> {
    let network: &'static Network = Box::leak(Box::new(network(world)));
    network.reach(&network.end(from).expect("an end"), &network.end(to).expect("an end"), range, Protocol::Tcp)
}

#[test]
fn a_range_of_ports_passes_as_a_whole_or_has_a_witness() {
    let mut world = world();
    world["SecurityGroups"][1]["IpPermissions"][0]["FromPort"] = json!(440);
    world["SecurityGroups"][1]["IpPermissions"][0]["ToPort"] = json!(450);
    assert_eq!(over(&world, "eni-web", "eni-db", (440, 450)).verdict, Verdict::Allowed);
    let answer = over(&world, "eni-web", "eni-db", (439, 450));
    assert_eq!((answer.verdict, answer.witness.expect("a witness").port), (Verdict::Dropped, Some(439)));
    assert!(answer.flows.allowed > 0 && answer.flows.dropped == 1, "{:?}", answer.flows);
    world["NetworkAcls"][0]["Entries"].as_array_mut().expect("entries").push(ports(50, true, "deny", 445, 445));
    let answer = over(&world, "eni-web", "eni-db", (450, 440));
    assert_eq!(answer.witness.expect("a witness").port, Some(445));
    assert_eq!(answer.flows.dropped, 1);
}

#[test]
fn every_interface_of_a_group_counts() {
    let mut world = world();
    world["NetworkInterfaces"][2]["Groups"] = json!([{"GroupId": "sg-far"}, {"GroupId": "sg-web"}]);
    assert_eq!(over(&world, "sg-web", "eni-db", (443, 443)).flows.allowed, 2);
    world["RouteTables"][2]["Routes"] = json!([]);
    let answer = over(&world, "sg-web", "eni-db", (443, 443));
    assert_eq!((answer.verdict, answer.flows.allowed, answer.flows.dropped), (Verdict::Dropped, 1, 1));
    assert!(answer.notes.contains(&"1 of 2 flows are dropped".to_string()), "{:?}", answer.notes);
}

#[test]
fn classes_hold_what_nothing_tells_apart() {
    let mut world = world();
    world["SecurityGroups"][1]["IpPermissions"][0]["IpRanges"] = json!([{"CidrIp": "10.0.1.128/25"}, {"CidrIp": "10.0.1.77/32"}]);
    let network = network(&world);
    let classes = network.address_classes("10.0.1.0/24".parse().expect("a block"));
    // 77 alone, 128-255, and seven blocks that make up the rest of 0-127.
    assert_eq!(classes.len(), 9);
    assert!(classes.contains(&"10.0.1.77".parse().expect("an address")) && classes.contains(&"10.0.1.4".parse().expect("an address")));
    assert_eq!(network.port_classes((0, 65_535), Protocol::Tcp), [(0, 442), (443, 443), (444, 65_535)]);
    assert_eq!(network.port_classes((7, 9), Protocol::Icmp).len(), 1);
}
