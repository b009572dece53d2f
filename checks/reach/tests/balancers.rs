//! Nodes of load balancers and their targets.

use super::{dropped, entry, network, tcp, told, verdict, world};
use crate::reach::{Drop, Protocol, Verdict};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::prop_assert_eq;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NLB: &str = "arn:aws:elasticloadbalancing:r:123456789012:loadbalancer/net/lb/1";
const GROUP: &str = "arn:aws:elasticloadbalancing:r:123456789012:targetgroup/tg/1";

/// The world with a Network Load Balancer whose node `eni-lb` stands beside `web`; `db` is its target.
fn balanced() -> Value {
    let mut world = world();
    let mut node = world["NetworkInterfaces"][3].clone();
    node["NetworkInterfaceId"] = json!("eni-lb");
    node["InterfaceType"] = json!("network_load_balancer");
    node["Description"] = json!("ELB net/lb/1");
    node["PrivateIpAddress"] = json!("10.0.1.30");
    node["PrivateIpAddresses"] = json!([{"Primary": true, "PrivateIpAddress": "10.0.1.30", "Association": {"PublicIp": "198.51.100.30"}}]);
    world["NetworkInterfaces"].as_array_mut().expect("interfaces").push(node);
    world["LoadBalancers"] = json!([{"LoadBalancerArn": NLB, "LoadBalancerName": "lb", "Type": "network"}]);
    let action = json!({"Type": "forward", "TargetGroupArn": GROUP});
    world["LoadBalancerListeners"] = json!([{"LoadBalancerArn": NLB, "Listeners": [{"LoadBalancerArn": NLB, "Port": 443, "Protocol": "TCP", "DefaultActions": [action]}]}]);
    world["LoadBalancerAttributes"] =
        json!([{"LoadBalancerArn": NLB, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]}]);
    world["TargetGroups"] =
        json!([{"TargetGroupArn": GROUP, "TargetGroupName": "tg", "TargetType": "instance", "Protocol": "TCP", "Port": 443}]);
    world["LoadBalancerTargetHealth"] = json!([{"TargetGroupArn": GROUP, "TargetHealthDescriptions": [target("i-db", "healthy")]}]);
    world
}

fn target(id: &str, state: &str) -> Value {
    json!({"Target": {"Id": id, "Port": 443}, "TargetHealth": {"State": state}})
}

#[test]
fn a_node_answers_where_it_listens_and_a_target_is_reached() {
    assert_eq!(told(&tcp(&balanced(), "eni-web", "lb", 443)), (Verdict::Allowed, Vec::new()));
    assert_eq!(told(&tcp(&balanced(), "eni-web", NLB, 80)).1, ["There net/lb/1"]);
    let mut world = balanced();
    world["LoadBalancerListeners"] = json!([]);
    assert_eq!(dropped(&world, "eni-web", "lb"), ["There net/lb/1"]);
    world.as_object_mut().expect("a world").remove("LoadBalancerListeners");
    assert_eq!(verdict(&world, "eni-web", "lb"), Verdict::Unknown);
    world["LoadBalancers"] = json!([]);
    assert_eq!(verdict(&world, "eni-web", "eni-lb"), Verdict::Unknown);
}

#[test]
fn targets_see_the_client_where_its_address_is_preserved() {
    let sees = |block: &str, preserved: Option<bool>, kind: &str| {
        let mut world = balanced();
        world["SecurityGroups"][1]["IpPermissions"] =
            json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": block}]}]);
        world["TargetGroups"][0]["TargetType"] = json!(kind);
        if kind == "ip" {
            world["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] = json!([target("10.0.2.10", "healthy")]);
        }
        if let Some(preserved) = preserved {
            let value = preserved.to_string();
            world["TargetGroupAttributes"] =
                json!([{"TargetGroupArn": GROUP, "Attributes": [{"Key": "preserve_client_ip.enabled", "Value": value}]}]);
        }
        (verdict(&world, "eni-web", "lb") == Verdict::Allowed, verdict(&world, "internet", "lb") == Verdict::Allowed)
    };
    assert_eq!(sees("10.0.1.10/32", None, "instance"), (true, false));
    assert_eq!(sees("10.0.1.30/32", None, "instance"), (false, false));
    assert_eq!(sees("203.0.113.0/24", None, "instance"), (false, true)); // replies go back through the node, though `db` routes to a NAT gateway
    assert_eq!(sees("10.0.1.30/32", None, "ip"), (true, true));
    assert_eq!(sees("10.0.1.10/32", Some(true), "ip"), (true, false));
    assert_eq!(sees("10.0.1.30/32", Some(false), "instance"), (true, true));
}

#[test]
fn without_cross_zone_a_node_uses_the_targets_of_its_zone() {
    let mut world = balanced();
    world["LoadBalancerAttributes"][0]["Attributes"][0]["Value"] = json!("false");
    assert_eq!(dropped(&world, "eni-far", "lb"), ["There lb"]);
    world["TargetGroupAttributes"] =
        json!([{"TargetGroupArn": GROUP, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]}]);
    assert_eq!(verdict(&world, "eni-web", "lb"), Verdict::Allowed);
    world.as_object_mut().expect("a world").remove("TargetGroupAttributes");
    world.as_object_mut().expect("a world").remove("LoadBalancerAttributes");
    assert_eq!(verdict(&world, "eni-web", "lb"), Verdict::Unknown);
}

#[test]
fn one_target_that_is_reached_is_enough_and_the_others_are_noted() {
    let mut world = balanced();
    world["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] = json!([target("i-db", "healthy"), target("i-web", "healthy")]);
    let own = tcp(&world, "eni-web", "lb", 443);
    assert_eq!(own.verdict, Verdict::Allowed);
    assert!(own.notes[0].starts_with("1 of 2 targets of lb cannot be reached: i-web"), "{:?}", own.notes);
    world["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] =
        json!([target("i-web", "healthy"), target("i-db", "unhealthy"), target("i-db", "draining")]);
    assert_eq!(dropped(&world, "eni-web", "lb"), ["There i-web"]); // its own target, and the only healthy one
    world["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] = json!([target("i-web", "initial"), target("i-db", "unhealthy")]);
    assert_eq!(verdict(&world, "eni-web", "lb"), Verdict::Allowed); // none is healthy: all are used
    world["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] = json!([target("i-db", "draining")]);
    assert_eq!(dropped(&world, "eni-far", "lb"), ["There lb"]);
}

/// The load balancer with a hundred targets beside `db`, by address.
fn crowded() -> Value {
    let mut world = balanced();
    world["TargetGroups"][0]["TargetType"] = json!("ip");
    let mut targets = Vec::new();
    for number in 100..200 {
        let address = format!("10.0.2.{number}");
        let mut twin = world["NetworkInterfaces"][1].clone();
        twin["NetworkInterfaceId"] = json!(format!("eni-{number}"));
        twin["PrivateIpAddress"] = json!(address);
        twin["PrivateIpAddresses"] = json!([{"Primary": true, "PrivateIpAddress": address}]);
        world["NetworkInterfaces"].as_array_mut().expect("interfaces").push(twin);
        targets.push(target(&address, "healthy"));
    }
    world["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] = json!(targets);
    world
}

#[test]
fn a_crowd_of_targets_is_judged_one_by_one_where_something_tells_them_apart() {
    let mut world = crowded();
    assert_eq!(told(&tcp(&world, "eni-web", "lb", 443)), (Verdict::Allowed, Vec::new()));
    let denied = json!({"RuleNumber": 1, "Egress": true, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "10.0.2.128/26"});
    world["NetworkAcls"][0]["Entries"].as_array_mut().expect("entries").push(denied);
    let notes = tcp(&world, "eni-web", "lb", 443).notes;
    assert!(notes[0].starts_with("64 of 100 targets of lb cannot be reached: 10.0.2.128, "), "{notes:?}");
    world["NetworkAcls"][0]["Entries"][2]["CidrBlock"] = json!("10.0.2.0/24");
    let answer = tcp(&world, "eni-web", "lb", 443);
    assert_eq!((answer.verdict, answer.drops.len()), (Verdict::Dropped, 3)); // the same entry, and a rule for each that is told
    let fixes: BTreeSet<_> = answer.drops.iter().filter_map(Drop::smallest_rule).collect();
    assert_eq!(fixes.len(), 3);
    assert!(fixes.contains("acl-web outbound: allow tcp 443 to 10.0.2.100/32 before entry 1, once a number is free there"), "{fixes:?}");
    assert!(answer.notes[0].starts_with("none of 100 targets"), "{:?}", answer.notes);
    let mut other = crowded();
    other["SecurityGroups"].as_array_mut().expect("groups").push(json!({"GroupId": "sg-closed", "VpcId": "vpc-a"}));
    other["NetworkInterfaces"][7]["Groups"] = json!([{"GroupId": "sg-closed"}]);
    let notes = tcp(&other, "eni-web", "lb", 443).notes;
    assert!(notes[0].starts_with("1 of 100 targets of lb cannot be reached: 10.0.2.102"), "{notes:?}");
}

/// A block around some of the crowd's targets, one of them, or none.
fn cut() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (100u8..132).prop_map(|last| format!("10.0.2.{last}/32")),
        2 => (96u8..132, 26u8..31).prop_map(|(last, length)| format!("10.0.2.{last}/{length}")),
        1 => Just("10.0.0.0/16".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Few targets are judged one by one, many by what they have in common: the same are reached.
    #[test]
    fn targets_that_stand_for_others_stand_for_them_rightly(
        rules in prop::collection::vec((cut(), any::<bool>()), 1..6),
        entries in prop::collection::vec((cut(), any::<bool>(), any::<bool>()), 0..4),
        routes in prop::collection::vec((cut(), prop::sample::select(vec!["pcx-gone", "eni-110", "local"])), 0..3),
    ) {
        let mut world = crowded();
        world["NetworkInterfaces"][4]["Groups"] = json!([{"GroupId": "sg-lb"}]);
        let all = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
        let rules: Vec<Value> = rules.iter().map(|(block, right)| {
            json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": if *right { 443 } else { 444 }, "IpRanges": [{"CidrIp": block}]})
        }).collect();
        let group = json!({"GroupId": "sg-lb", "VpcId": "vpc-a", "IpPermissions": all, "IpPermissionsEgress": rules});
        world["SecurityGroups"].as_array_mut().expect("groups").push(group);
        for (number, (block, egress, allow)) in entries.iter().enumerate() {
            let action = if *allow { "allow" } else { "deny" };
            let made = json!({"RuleNumber": 1 + number, "Egress": egress, "Protocol": "-1", "RuleAction": action, "CidrBlock": block});
            world["NetworkAcls"][0]["Entries"].as_array_mut().expect("entries").push(made);
        }
        for (block, target) in routes {
            let key = if target.starts_with("eni") { "NetworkInterfaceId" } else { "GatewayId" };
            let made = json!({"DestinationCidrBlock": block, key: target, "State": if target == "pcx-gone" { "blackhole" } else { "active" }});
            world["RouteTables"][0]["Routes"].as_array_mut().expect("routes").push(made);
        }
        let targets: Vec<Value> = (100..132).map(|last| target(&format!("10.0.2.{last}"), "healthy")).collect();
        let judge = |world: &mut Value, targets: &[Value]| {
            world["LoadBalancerTargetHealth"][0]["TargetHealthDescriptions"] = json!(targets);
            let network = network(world);
            let (from, to) = (network.end("eni-web").expect("an end"), network.end("lb").expect("an end"));
            let answer = network.reach(&from, &to, (443, 443), Protocol::Tcp);
            (answer.verdict, answer.notes)
        };
        let alone: Vec<Verdict> = targets.iter().map(|one| judge(&mut world, std::slice::from_ref(one)).0).collect();
        let closed = alone.iter().filter(|verdict| **verdict == Verdict::Dropped).count();
        let (verdict, notes) = judge(&mut world, &targets);
        let together = if alone.contains(&Verdict::Allowed) {
            Verdict::Allowed
        } else if alone.contains(&Verdict::Unknown) {
            Verdict::Unknown
        } else {
            Verdict::Dropped
        };
        prop_assert_eq!(verdict, together, "{:?}", notes);
        let told = notes.iter().any(|note| note.starts_with(&format!("{closed} of 32 targets of lb cannot be reached")));
        prop_assert_eq!(told, 0 < closed && closed < 32, "{} {:?}", closed, notes);
    }
}

#[test]
fn the_groups_of_a_node_are_asked_and_count_at_the_target() {
    let mut world = balanced();
    let rules = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.1.10/32"}]}]);
    let lb = json!({"GroupId": "sg-lb", "GroupName": "lb", "VpcId": "vpc-a", "IpPermissions": rules, "IpPermissionsEgress": []});
    world["SecurityGroups"].as_array_mut().expect("groups").push(lb);
    world["NetworkInterfaces"][4]["Groups"] = json!([{"GroupId": "sg-lb"}]);
    assert_eq!(dropped(&world, "eni-web", "lb"), ["There sg-lb"]);
    assert_eq!(dropped(&world, "eni-far", "lb"), ["There sg-lb", "There sg-lb"]);
    world["SecurityGroups"][3]["IpPermissionsEgress"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-db"}]}]);
    world["SecurityGroups"][1]["IpPermissions"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-lb"}]}]);
    assert_eq!(verdict(&world, "eni-web", "lb"), Verdict::Allowed);
    world["SecurityGroups"][1]["IpPermissions"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-web"}]}]);
    assert_eq!(dropped(&world, "eni-web", "lb"), ["There sg-db"]);
}

#[test]
fn a_listener_that_ends_the_connection_answers_by_itself() {
    let mut world = balanced();
    world["LoadBalancerListeners"][0]["Listeners"][0]["Protocol"] = json!("TLS");
    world["NetworkAcls"][1]["Entries"] = json!([]);
    let answer = tcp(&world, "eni-web", "lb", 443);
    assert_eq!(answer.verdict, Verdict::Allowed);
    assert!(answer.notes[0].contains("1 of 1 targets of lb cannot be reached from it"), "{:?}", answer.notes);
    world["LoadBalancerListeners"][0]["Listeners"][0]["Protocol"] = json!("TCP");
    assert_eq!(dropped(&world, "eni-web", "lb"), ["There acl-db", "Back acl-db"]);
    world["LoadBalancerListeners"][0]["Listeners"][0]["Protocol"] = json!("UDP");
    assert_eq!(dropped(&world, "eni-web", "lb"), ["There net/lb/1"]);
}

#[test]
fn devices_of_which_nothing_is_known_are_unknown() {
    let mut world = balanced();
    world["NetworkInterfaces"][1]["RequesterManaged"] = json!(true);
    world["NetworkInterfaces"][1]["Description"] = json!("RDSNetworkInterface");
    world["NetworkInterfaces"][1]["Attachment"] = json!({"InstanceOwnerId": "amazon-rds"});
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Unknown);
    world["NetworkAcls"][1]["Entries"] = json!([entry(100, true, "-1", "allow")]);
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There acl-db"]);
    world["NetworkInterfaces"][1]["InterfaceType"] = json!("lambda");
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There acl-db", "There eni-db"]);
}

#[test]
fn an_endpoint_of_aws_answers_https() {
    let mut world = world();
    world["NetworkInterfaces"][1]["InterfaceType"] = json!("vpc_endpoint");
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Unknown);
    let endpoint = |service: &str| json!([{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "ServiceName": service, "State": "available", "NetworkInterfaceIds": ["eni-db"]}]);
    world["VpcEndpoints"] = endpoint("com.amazonaws.r.sts");
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    world["SecurityGroups"][1]["IpPermissions"][0]["FromPort"] = json!(80);
    assert_eq!(told(&tcp(&world, "eni-web", "eni-db", 80)).1, ["There vpce-1"]);
    world["VpcEndpoints"] = endpoint("com.amazonaws.vpce.r.vpce-svc-0123456789abcdef0");
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Unknown);
}

#[test]
fn what_was_read_of_other_load_balancers_and_groups_is_no_answer() {
    let mut unlisted = balanced();
    unlisted["LoadBalancerListeners"][0]["LoadBalancerArn"] = json!(NLB.replace("net/lb/1", "net/other/2"));
    unlisted["LoadBalancerListeners"][0]["Listeners"] = json!([]);
    assert_eq!(verdict(&unlisted, "eni-web", "lb"), Verdict::Unknown, "listeners");
    let mut empty = balanced();
    empty["LoadBalancerListeners"][0]["Listeners"] = json!([]);
    assert_eq!(dropped(&empty, "eni-web", "lb"), ["There net/lb/1"]);
    let mut typeless = balanced();
    typeless["TargetGroups"] = json!([]);
    assert_eq!(verdict(&typeless, "eni-web", "lb"), Verdict::Unknown, "whose address targets see depends on their type");
    let value = json!([{"TargetGroupArn": GROUP, "Attributes": [{"Key": "preserve_client_ip.enabled", "Value": "true"}]}]);
    typeless["TargetGroupAttributes"] = value;
    assert_eq!(verdict(&typeless, "eni-web", "lb"), Verdict::Allowed);
    let mut zonal = balanced();
    zonal["LoadBalancerAttributes"] = json!([{"LoadBalancerArn": format!("{NLB}0"), "Attributes": []}]);
    assert_eq!(verdict(&zonal, "eni-web", "lb"), Verdict::Unknown, "the target is in another zone");
}
