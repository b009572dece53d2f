//! Inside one VPC: groups, ACLs, hosts.

use super::{dropped, entry, ports, tcp, told, verdict, world};
use crate::reach::{Drop, Verdict};
use serde_json::json;

#[test]
fn a_healthy_world_lets_through_what_its_groups_admit() {
    let answer = tcp(&world(), "eni-web", "eni-db", 443);
    assert_eq!(told(&answer), (Verdict::Allowed, Vec::new()));
    let stations: Vec<String> = answer.stations.iter().map(|station| format!("{:?} {}", station.way, station.at)).collect();
    let expected =
        ["There sg-web", "There rtb-web", "There acl-web", "There acl-db", "There sg-db", "Back rtb-db", "Back acl-db", "Back acl-web"];
    assert_eq!(stations, expected);
}

#[test]
fn every_blocker_is_told_with_the_smallest_rule() {
    let mut world = world();
    world["SecurityGroups"][0]["IpPermissionsEgress"] = json!([]);
    world["NetworkAcls"][1]["Entries"] =
        json!([ports(90, false, "deny", 443, 443), entry(100, false, "-1", "allow"), ports(100, true, "allow", 1, 1023)]);
    let answer = tcp(&world, "eni-web", "eni-db", 443);
    assert_eq!(told(&answer).1, ["There sg-web", "There acl-db", "Back acl-db"]);
    let rules: Vec<String> = answer.drops.iter().filter_map(Drop::smallest_rule).collect();
    let expected = [
        "sg-web egress: tcp 443 to 10.0.2.10/32 (or its group sg-db)",
        "acl-db inbound 89: allow tcp 443 from 10.0.1.10/32",
        "acl-db outbound 32766: allow tcp 1024-65535 to 10.0.1.10/32",
    ];
    assert_eq!(rules, expected);
    assert_eq!(answer.witness.expect("a witness").to_string(), "tcp 10.0.1.10:* -> 10.0.2.10:443");
    assert_eq!(answer.drops[2].witness.to_string(), "tcp 10.0.2.10:443 -> 10.0.1.10:32768");
}

#[test]
fn the_smallest_rule_is_enough() {
    let mut world = world();
    world["SecurityGroups"][1]["IpPermissions"] = json!([]);
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There sg-db"]);
    world["SecurityGroups"][1]["IpPermissions"] =
        json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.1.10/32"}]}]);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
}

#[test]
fn a_group_admits_those_who_carry_it_and_nobody_else() {
    let mut world = world();
    world["SecurityGroups"][1]["IpPermissions"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-web"}]}]);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    assert_eq!(verdict(&world, "eni-nat", "eni-db"), Verdict::Dropped);
    world["SecurityGroups"][1]["IpPermissions"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-deleted"}]}]);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Dropped);
}

#[test]
fn no_acl_is_asked_inside_a_subnet() {
    let mut world = world();
    world["NetworkAcls"][1]["Entries"] = json!([]);
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There acl-db", "Back acl-db"]);
    world["NetworkInterfaces"][0]["SubnetId"] = json!("subnet-db");
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
}

#[test]
fn replies_need_the_ports_that_the_source_speaks_from() {
    let mut world = world();
    let mut replies = |from, to| {
        world["NetworkAcls"][1]["Entries"] = json!([entry(100, false, "-1", "allow"), ports(100, true, "allow", from, to)]);
        tcp(&world, "eni-web", "eni-db", 443)
    };
    assert!(replies(1024, 65_535).notes.is_empty());
    let linux = replies(32_768, 60_999);
    assert_eq!((linux.verdict, linux.notes.len()), (Verdict::Allowed, 1));
    assert_eq!(replies(32_768, 60_998).drops[0].witness.port, Some(60_999));
    assert_eq!(replies(49_152, 65_535).drops[0].witness.port, Some(32_768));
    assert_eq!(told(&replies(1, 1023)).1, ["Back acl-db"]);
}

#[test]
fn the_smallest_rule_for_replies_stands_before_every_entry_that_denies_some() {
    let mut world = world();
    let [first, second] = [ports(10, true, "deny", 55_000, 56_000), ports(20, true, "deny", 40_000, 50_000)];
    world["NetworkAcls"][1]["Entries"] = json!([entry(100, false, "-1", "allow"), first, second, entry(100, true, "-1", "allow")]);
    let drop = &tcp(&world, "eni-web", "eni-db", 443).drops[0];
    assert_eq!(
        (drop.witness.port, drop.smallest_rule().as_deref()),
        (Some(40_000), Some("acl-db outbound 9: allow tcp 1024-65535 to 10.0.1.10/32"))
    );
}

#[test]
fn what_stays_inside_a_host_passes() {
    let mut world = world();
    world["SecurityGroups"] = json!([]);
    world["NetworkInterfaces"][1]["Attachment"]["InstanceId"] = json!("i-web");
    assert_eq!(verdict(&world, "eni-web", "eni-web"), Verdict::Allowed);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    world["NetworkInterfaces"][1]["Attachment"]["InstanceId"] = json!("i-db");
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Unknown);
}

#[test]
fn nobody_answers_at_an_address_without_an_interface() {
    assert_eq!(dropped(&world(), "eni-web", "10.0.2.77"), ["There vpc-a"]);
    assert_eq!(verdict(&world(), "eni-web", "10.0.0.2"), Verdict::Unknown); // the VPC's resolver
    assert_eq!(dropped(&world(), "eni-web", "eni-nat"), ["There eni-nat"]);
    let mut world = world();
    world["NetworkInterfaces"][1]["Status"] = json!("available");
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There eni-db"]);
    assert_eq!(dropped(&world, "eni-db", "eni-web"), ["There eni-db"]);
}

#[test]
fn a_route_to_an_appliance_is_not_judged() {
    let mut world = world();
    let appliance = json!({"DestinationCidrBlock": "10.0.2.0/24", "NetworkInterfaceId": "eni-firewall", "State": "active"});
    world["RouteTables"][0]["Routes"].as_array_mut().expect("routes").push(appliance);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Unknown);
    assert_eq!(verdict(&world, "eni-db", "eni-web"), Verdict::Unknown);
}

#[test]
fn without_a_route_the_far_side_is_judged_too() {
    let mut world = world();
    world["RouteTables"][0]["Routes"] = json!([]);
    world["SecurityGroups"][1]["IpPermissions"] = json!([]);
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There rtb-web", "There sg-db"]);
    assert_eq!(dropped(&world, "eni-db", "eni-web"), ["Back rtb-web"]);
}

#[test]
fn without_a_route_back_the_acls_are_asked_all_the_same() {
    let mut world = world();
    world["RouteTables"][0]["Routes"] = json!([]);
    world["NetworkAcls"][0]["Entries"] = json!([entry(100, false, "-1", "allow")]);
    world["NetworkAcls"][1]["Entries"] = json!([entry(100, true, "-1", "allow")]);
    assert_eq!(dropped(&world, "eni-db", "eni-web"), ["Back rtb-web", "Back acl-web", "Back acl-db"]);
}

#[test]
fn without_a_route_a_peered_group_is_admitted_all_the_same() {
    let mut world = world();
    for (near, far) in [(0, "sg-far"), (2, "sg-web")] {
        let pair = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": far, "VpcPeeringConnectionId": "pcx-1"}]}]);
        world["SecurityGroups"][near]["IpPermissions"] = pair.clone();
        world["SecurityGroups"][near]["IpPermissionsEgress"] = pair;
    }
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Allowed);
    world["RouteTables"][0]["Routes"] = json!([]);
    assert_eq!(dropped(&world, "eni-web", "eni-far"), ["There rtb-web"]);
    world["VpcPeeringConnections"][0]["AccepterVpcInfo"]["Region"] = json!("another");
    assert_eq!(dropped(&world, "eni-web", "eni-far"), ["There sg-web", "There rtb-web", "There sg-far"]);
}

#[test]
fn icmp_goes_by_type_and_code() {
    let network = |permission: serde_json::Value| {
        let mut world = world();
        world["SecurityGroups"][1]["IpPermissions"] = json!([permission]);
        super::network(&world)
    };
    let ping = |permission| {
        let network = network(permission);
        let (from, to) = (network.end("eni-web").expect("an end"), network.end("eni-db").expect("an end"));
        network.reach(&from, &to, (0, 0), crate::reach::Protocol::Icmp).verdict
    };
    let anybody = json!([{"CidrIp": "0.0.0.0/0"}]);
    for (from, to, verdict) in [
        (8, 0, Verdict::Allowed),
        (8, -1, Verdict::Allowed),
        (-1, -1, Verdict::Allowed),
        (0, 0, Verdict::Dropped),
        (8, 1, Verdict::Dropped),
    ] {
        assert_eq!(ping(json!({"IpProtocol": "icmp", "FromPort": from, "ToPort": to, "IpRanges": anybody})), verdict, "{from} {to}");
    }
    assert_eq!(ping(json!({"IpProtocol": "1", "IpRanges": anybody})), Verdict::Allowed);
    assert_eq!(ping(json!({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": anybody})), Verdict::Dropped);
}

#[test]
fn a_reason_names_the_place_once() {
    let mut world = world();
    world["SecurityGroups"][1]["IpPermissions"] = json!([]);
    assert_eq!(tcp(&world, "eni-web", "eni-db", 443).reason(), "sg-db: no ingress rule admits tcp 443 from 10.0.1.10 (eni-db)");
    world["NetworkInterfaces"][1]["Groups"] = json!([{"GroupId": "sg-db"}, {"GroupId": "sg-more"}]);
    world["SecurityGroups"].as_array_mut().expect("groups").push(json!({"GroupId": "sg-more", "VpcId": "vpc-a"}));
    let reason = "sg-db: no ingress rule admits tcp 443 from 10.0.1.10 (eni-db; nor does one of sg-more)";
    assert_eq!(tcp(&world, "eni-web", "eni-db", 443).reason(), reason);
    world["NetworkInterfaces"][1]["Groups"] = json!([]);
    let reason = "eni-db: no security group, and so no ingress rule, admits tcp 443 from 10.0.1.10";
    assert_eq!(tcp(&world, "eni-web", "eni-db", 443).reason(), reason);
}
