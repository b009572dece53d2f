//! How long it takes to judge whether packets pass: one flow through long lists of rules, and a large load balancer.
//!
//! `cargo bench --manifest-path checks/benches/Cargo.toml --bench reach`. The networks are read from describe JSON as AWS writes it; reading is not
//! measured but in its own group. No test asserts a time; the figures of one machine are in `docs/reachability.md`.
#![allow(missing_docs, reason = "the macros make functions")]

use apigw_doctor_checks::reach::{Answer, Folder, Network, Protocol, Verdict};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hint::black_box;

fn files(world: &Value) -> Vec<Folder> {
    let world = world.as_object().expect("a world").iter();
    let files: BTreeMap<String, String> = world.map(|(key, value)| (key.clone(), json!({ key: value }).to_string())).collect();
    vec![Folder { name: "eu-central-1".to_owned(), files }]
}

fn network(world: &Value) -> Network {
    Network::from_describe(&files(world)).expect("a world that reads")
}

/// A rule for a port, from somebody else's addresses.
fn rule(number: usize) -> Value {
    json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
        "IpRanges": [{"CidrIp": format!("172.{}.{}.0/24", 16 + number / 256 % 16, number % 256)}]})
}

/// A group whose last rule, of so many in each direction, may admit everybody.
fn group(name: &str, rules: usize, open: bool) -> Value {
    let last = if open { json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}) } else { rule(rules) };
    let rules: Vec<Value> = (1..rules).map(rule).chain([last]).collect();
    json!({"GroupId": name, "GroupName": name, "VpcId": "vpc-1", "IpPermissions": rules, "IpPermissionsEgress": rules})
}

/// An ACL with so many entries in each direction, of which the last allows all.
fn acl(name: &str, subnets: &[&str], entries: usize) -> Value {
    let associations: Vec<Value> = subnets.iter().map(|subnet| json!({"SubnetId": subnet})).collect();
    let entry = |number: usize, egress: bool| {
        json!({"RuleNumber": number, "Egress": egress, "Protocol": "6", "RuleAction": "deny",
            "CidrBlock": format!("172.16.{number}.0/24"), "PortRange": {"From": 443, "To": 443}})
    };
    let open =
        |egress: bool| json!({"RuleNumber": 1000, "Egress": egress, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"});
    let of = |egress: bool| (1..entries).map(move |number| entry(number, egress)).chain([open(egress)]);
    json!({"NetworkAclId": name, "VpcId": "vpc-1", "Associations": associations, "Entries": of(true).chain(of(false)).collect::<Vec<_>>()})
}

/// The main table with so many routes.
fn table(routes: usize) -> Value {
    let local = json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"});
    let route =
        |number: usize| json!({"DestinationCidrBlock": format!("172.20.{number}.0/24"), "TransitGatewayId": "tgw-1", "State": "active"});
    json!({"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}],
        "Routes": (1..routes).map(route).chain([local]).collect::<Vec<_>>()})
}

fn interface(id: &str, subnet: &str, address: &str, groups: &[String]) -> Value {
    json!({"NetworkInterfaceId": id, "InterfaceType": "interface", "Status": "in-use", "VpcId": "vpc-1", "SubnetId": subnet,
        "PrivateIpAddress": address, "Groups": groups.iter().map(|group| json!({"GroupId": group})).collect::<Vec<_>>(),
        "Attachment": {"InstanceId": format!("i-{id}"), "DeviceIndex": 0}})
}

fn subnet(id: &str, block: &str, zone: &str) -> Value {
    json!({"SubnetId": id, "VpcId": "vpc-1", "CidrBlock": block, "AvailabilityZone": zone})
}

/// Two hosts in two subnets, each with so many groups of so many rules: the very last rule admits.
fn hosts(groups: usize, rules: usize, entries: usize, routes: usize) -> Value {
    let names = |side: &str| (0..groups).map(|number| format!("sg-{side}{number}")).collect::<Vec<String>>();
    let of = |name: &String| group(name, rules, name.ends_with(&format!("{}", groups - 1)));
    let (near, far) = (names("near"), names("far"));
    json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": [subnet("subnet-1", "10.0.1.0/24", "1a"), subnet("subnet-2", "10.0.2.0/24", "1b")],
        "NetworkInterfaces": [interface("eni-1", "subnet-1", "10.0.1.10", &near), interface("eni-2", "subnet-2", "10.0.2.10", &far)],
        "SecurityGroups": near.iter().chain(&far).map(of).collect::<Vec<_>>(),
        "NetworkAcls": [acl("acl-1", &["subnet-1", "subnet-2"], entries)],
        "RouteTables": [table(routes)],
    })
}

/// A VPC link with three interfaces, a Network Load Balancer with three nodes, and so many targets in three subnets. `told_apart`: the
/// nodes may speak to single targets only, each by a rule of its own, so that no target stands for another.
fn link(targets: usize, told_apart: bool) -> Value {
    let zones = ["1a", "1b", "1c"];
    let mut interfaces = Vec::new();
    let mut health = Vec::new();
    for zone in 0..3 {
        let mut node =
            interface(&format!("eni-node{zone}"), &format!("subnet-front{zone}"), &format!("10.0.{zone}.10"), &["sg-node".to_owned()]);
        (node["InterfaceType"], node["Description"]) = (json!("network_load_balancer"), json!("ELB net/orders/0123456789abcdef"));
        let mut own =
            interface(&format!("eni-link{zone}"), &format!("subnet-front{zone}"), &format!("10.0.{zone}.20"), &["sg-link".to_owned()]);
        (own["InterfaceType"], own["TagSet"]) = (json!("api_gateway_managed"), json!([{"Key": "VpcLinkId", "Value": "a1b2c3"}]));
        for made in [&mut node, &mut own] {
            made["Attachment"] = json!({});
        }
        interfaces.extend([node, own]);
    }
    for number in 0..targets {
        let address = address(number);
        interfaces.push(interface(&format!("eni-{number:05x}"), &format!("subnet-back{}", number % 3), &address, &["sg-task".to_owned()]));
        health.push(json!({"Target": {"Id": address, "Port": 8080}, "TargetHealth": {"State": "healthy"}}));
    }
    let mut node = group("sg-node", 2, true);
    if told_apart {
        let single = |number: usize| json!({"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [{"CidrIp": format!("{}/32", address(number))}]});
        node["IpPermissionsEgress"] =
            (0..60.min(targets)).map(single).chain([json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})]).collect();
    }
    let fronts = (0..3).map(|zone| subnet(&format!("subnet-front{zone}"), &format!("10.0.{zone}.0/24"), zones[zone]));
    let backs = (0..3).map(|zone| subnet(&format!("subnet-back{zone}"), &format!("10.0.{}.0/19", 32 * (zone + 1)), zones[zone]));
    let arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/orders/0123456789abcdef";
    let names = ["subnet-front0", "subnet-front1", "subnet-front2", "subnet-back0", "subnet-back1", "subnet-back2"];
    json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": fronts.chain(backs).collect::<Vec<_>>(),
        "NetworkInterfaces": interfaces,
        "SecurityGroups": [node, group("sg-link", 10, true), group("sg-task", 10, true)],
        "NetworkAcls": [acl("acl-1", &names, 20)],
        "RouteTables": [table(20)],
        "LoadBalancers": [{"LoadBalancerArn": arn, "LoadBalancerName": "orders", "Type": "network"}],
        "LoadBalancerListeners": [{"LoadBalancerArn": arn, "Listeners": [
            {"LoadBalancerArn": arn, "Port": 443, "Protocol": "TCP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": "tg-orders"}]}]}],
        "LoadBalancerAttributes": [{"LoadBalancerArn": arn, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]}],
        "TargetGroups": [{"TargetGroupArn": "tg-orders", "TargetGroupName": "orders", "TargetType": "ip", "Protocol": "TCP", "Port": 8080}],
        "LoadBalancerTargetHealth": [{"TargetGroupArn": "tg-orders", "TargetHealthDescriptions": health}],
    })
}

fn address(number: usize) -> String {
    format!("10.0.{}.{}", 32 * (number % 3 + 1) + number / 3 / 250, 4 + number / 3 % 250)
}

fn ask<'a>(network: &'a Network, from: &str, to: &str) -> Answer<'a> {
    let end = |name: &str| network.end(name).expect("an end that was read");
    network.reach(&end(from), &end(to), (443, 443), Protocol::Tcp)
}

fn one_flow(criterion: &mut Criterion) {
    let network = network(&hosts(5, 60, 40, 100));
    let (from, to) = (network.end("10.0.1.10").expect("a host"), network.end("10.0.2.10").expect("a host"));
    criterion.bench_function("one flow/5 groups of 60 rules, 40 entries, 100 routes", |bencher| {
        bencher.iter(|| {
            let answer = network.reach(black_box(&from), black_box(&to), (443, 443), Protocol::Tcp);
            assert_eq!(answer.verdict, Verdict::Allowed);
            answer
        });
    });
}

fn large_balancer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("3 link interfaces, 3 nodes");
    for (name, told_apart) in [("1000 targets", false), ("1000 targets, 60 of them in rules of their own", true)] {
        let network = network(&link(1000, told_apart));
        let answer = ask(&network, "vpc-link:a1b2c3", "orders");
        assert_eq!((answer.verdict, answer.flows.allowed), (Verdict::Allowed, 9), "{answer:?}");
        group.bench_function(name, |bencher| bencher.iter(|| ask(black_box(&network), "vpc-link:a1b2c3", "orders")));
    }
    group.finish();
}

fn sizes(criterion: &mut Criterion) {
    let mut flows = criterion.benchmark_group("one flow, rules");
    for rules in [10, 100, 1_000, 10_000] {
        let network = network(&hosts(1, rules, 2, 2));
        assert_eq!(ask(&network, "10.0.1.10", "10.0.2.10").verdict, Verdict::Allowed);
        flows.bench_with_input(BenchmarkId::from_parameter(rules), &network, |bencher, network| {
            bencher.iter(|| ask(black_box(network), "10.0.1.10", "10.0.2.10"));
        });
    }
    flows.finish();
    let mut reading = criterion.benchmark_group("reading, rules");
    for rules in [100, 1_000, 10_000] {
        let files = files(&hosts(1, rules, 2, 2));
        reading.bench_with_input(BenchmarkId::from_parameter(rules), &files, |bencher, files| {
            bencher.iter(|| Network::from_describe(black_box(files)));
        });
    }
    reading.finish();
}

criterion_group!(benches, one_flow, large_balancer, sizes);
criterion_main!(benches);
