//! Small networks in which one thing at a time is different.

mod balancers;
mod beyond;
mod captures;
mod described;
mod inside;
mod odd;
mod sets;

use super::{Answer, Folder, Network, Protocol, Verdict};
use serde_json::{Value, json};

/// Two VPCs that are peered and attached to a transit gateway; `web` and `db` in two subnets and zones of the first, `far` in the other.
/// `web` has a public address, and the subnet of `db` a way out through a NAT gateway in the subnet of `web`.
fn world() -> Value {
    let interface = |name: &str, address: &str, subnet: &str, vpc: &str| {
        json!({"NetworkInterfaceId": format!("eni-{name}"), "InterfaceType": "interface", "Status": "in-use", "VpcId": vpc, "SubnetId": subnet,
            "PrivateIpAddress": address, "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": address}],
            "Groups": [{"GroupId": format!("sg-{name}")}], "Attachment": {"InstanceId": format!("i-{name}"), "DeviceIndex": 0}})
    };
    let group = |name: &str, vpc: &str| {
        json!({"GroupId": format!("sg-{name}"), "GroupName": name, "VpcId": vpc,
            "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]})
    };
    let acl = |name: &str, vpc: &str, subnets: &[&str]| {
        let associations: Vec<Value> = subnets.iter().map(|subnet| json!({"SubnetId": subnet})).collect();
        json!({"NetworkAclId": name, "VpcId": vpc, "Associations": associations, "Entries": [entry(100, false, "-1", "allow"), entry(100, true, "-1", "allow")]})
    };
    let table = |name: &str, vpc: &str, subnets: &[&str], routes: Value| {
        let associations: Vec<Value> = subnets.iter().map(|subnet| json!({"SubnetId": subnet, "Main": false})).collect();
        json!({"RouteTableId": name, "VpcId": vpc, "Associations": associations, "Routes": routes})
    };
    let route = |to: &str, key: &str, target: &str| json!({"DestinationCidrBlock": to, key: target, "State": "active"});
    let subnet = |name: &str, vpc: &str, block: &str, zone: &str| json!({"SubnetId": name, "VpcId": vpc, "CidrBlock": block, "AvailabilityZone": zone});
    let mut web = interface("web", "10.0.1.10", "subnet-web", "vpc-a");
    web["PrivateIpAddresses"][0]["Association"] = json!({"PublicIp": "198.51.100.10"});
    let mut nat = interface("nat", "10.0.1.20", "subnet-web", "vpc-a");
    nat["InterfaceType"] = json!("nat_gateway");
    nat["Groups"] = json!([]);
    nat["Attachment"] = json!({});
    nat["PrivateIpAddresses"][0]["Association"] = json!({"PublicIp": "198.51.100.20"});
    json!({
        "Vpcs": [{"VpcId": "vpc-a", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-b", "CidrBlock": "10.1.0.0/16"}],
        "Subnets": [subnet("subnet-web", "vpc-a", "10.0.1.0/24", "1a"), subnet("subnet-db", "vpc-a", "10.0.2.0/24", "1b"), subnet("subnet-far", "vpc-b", "10.1.1.0/24", "1a")],
        "NetworkInterfaces": [web, interface("db", "10.0.2.10", "subnet-db", "vpc-a"), interface("far", "10.1.1.10", "subnet-far", "vpc-b"), nat],
        "SecurityGroups": [group("web", "vpc-a"), group("db", "vpc-a"), group("far", "vpc-b")],
        "NetworkAcls": [acl("acl-web", "vpc-a", &["subnet-web"]), acl("acl-db", "vpc-a", &["subnet-db"]), acl("acl-far", "vpc-b", &["subnet-far"])],
        "RouteTables": [
            table("rtb-web", "vpc-a", &["subnet-web"], json!([route("10.0.0.0/16", "GatewayId", "local"), route("10.1.0.0/16", "VpcPeeringConnectionId", "pcx-1"), route("0.0.0.0/0", "GatewayId", "igw-1")])),
            table("rtb-db", "vpc-a", &["subnet-db"], json!([route("10.0.0.0/16", "GatewayId", "local"), route("10.1.0.0/16", "TransitGatewayId", "tgw-1"), route("0.0.0.0/0", "NatGatewayId", "nat-1")])),
            table("rtb-far", "vpc-b", &["subnet-far"], json!([route("10.1.0.0/16", "GatewayId", "local"), route("10.0.1.0/24", "VpcPeeringConnectionId", "pcx-1"), route("10.0.2.0/24", "TransitGatewayId", "tgw-1")])),
        ],
        "VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"}, "RequesterVpcInfo": {"VpcId": "vpc-a", "Region": "r"}, "AccepterVpcInfo": {"VpcId": "vpc-b", "Region": "r"}}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-a", "State": "available"}]}],
        "NatGateways": [{"NatGatewayId": "nat-1", "State": "available", "SubnetId": "subnet-web", "NatGatewayAddresses": [{"PrivateIp": "10.0.1.20", "PublicIp": "198.51.100.20"}]}],
        "TransitGateways": [{"TransitGatewayId": "tgw-1", "State": "available"}],
        "TransitGatewayAttachments": [attached("a"), attached("b")],
        "TransitGatewayVpcAttachments": [
            {"TransitGatewayAttachmentId": "att-a", "TransitGatewayId": "tgw-1", "VpcId": "vpc-a", "State": "available", "SubnetIds": ["subnet-web", "subnet-db"]},
            {"TransitGatewayAttachmentId": "att-b", "TransitGatewayId": "tgw-1", "VpcId": "vpc-b", "State": "available", "SubnetIds": ["subnet-far"]}],
        "TransitGatewayStaticRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "Routes": []}],
        "TransitGatewayPropagations": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayRouteTablePropagations": [
            {"TransitGatewayAttachmentId": "att-a", "ResourceType": "vpc", "ResourceId": "vpc-a", "State": "enabled"},
            {"TransitGatewayAttachmentId": "att-b", "ResourceType": "vpc", "ResourceId": "vpc-b", "State": "enabled"}]}],
    })
}

fn attached(vpc: &str) -> Value {
    json!({"TransitGatewayAttachmentId": format!("att-{vpc}"), "TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": format!("vpc-{vpc}"), "State": "available",
        "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}})
}

fn entry(number: i32, egress: bool, protocol: &str, action: &str) -> Value {
    json!({"RuleNumber": number, "Egress": egress, "Protocol": protocol, "RuleAction": action, "CidrBlock": "0.0.0.0/0"})
}

/// The entry of an ACL with a range of TCP ports.
fn ports(number: i32, egress: bool, action: &str, from: u16, to: u16) -> Value {
    let mut made = entry(number, egress, "6", action);
    made["PortRange"] = json!({"From": from, "To": to});
    made
}

fn network(world: &Value) -> Network {
    let files = world.as_object().expect("a world").iter();
    let files = files.map(|(key, value)| (key.clone(), json!({ key: value }).to_string())).collect();
    Network::from_describe(&[Folder { name: "r".to_string(), files }]).expect("a world that reads")
}

/// The answer borrows from its network, which a test may well leave behind.
fn tcp(world: &Value, from: &str, to: &str, port: u16) -> Answer<'static> {
    let network: &'static Network = Box::leak(Box::new(network(world)));
    let end = |name: &str| network.end(name).unwrap_or_else(|error| panic!("{error}"));
    network.reach(&end(from), &end(to), (port, port), Protocol::Tcp)
}

/// The verdict, and what drops or is missing.
fn told(answer: &Answer) -> (Verdict, Vec<String>) {
    let drops = answer.drops.iter().map(|drop| format!("{:?} {}", drop.way, drop.at)).collect();
    match answer.verdict {
        Verdict::Dropped => (Verdict::Dropped, drops),
        Verdict::Unknown => (Verdict::Unknown, answer.gaps.clone()),
        Verdict::Allowed => (Verdict::Allowed, answer.notes.clone()),
    }
}

fn verdict(world: &Value, from: &str, to: &str) -> Verdict {
    tcp(world, from, to, 443).verdict
}

/// `Way at`, for each drop.
fn dropped(world: &Value, from: &str, to: &str) -> Vec<String> {
    let (verdict, drops) = told(&tcp(world, from, to, 443));
    assert_eq!(verdict, Verdict::Dropped, "{drops:?}");
    drops
}
