//! What accounts hold besides: appliances, prefixes, VPNs, several accounts, instances that do not run.

use super::{dropped, tcp, told, verdict, world};
use crate::reach::{Folder, Network, Protocol, Verdict};
use serde_json::{Value, json};

fn route(to: &str, key: &str, target: &str, origin: &str) -> Value {
    json!({"DestinationCidrBlock": to, key: target, "State": "active", "Origin": origin})
}

fn push(list: &mut Value, one: Value) {
    list.as_array_mut().expect("a list").push(one);
}

#[test]
fn an_instance_that_checks_addresses_passes_nothing_on() {
    let mut world = world();
    push(&mut world["RouteTables"][0]["Routes"], route("10.1.1.0/24", "NetworkInterfaceId", "eni-db", "CreateRoute"));
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Unknown);
    world["NetworkInterfaces"][1]["SourceDestCheck"] = json!(false);
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Unknown);
    world["NetworkInterfaces"][1]["SourceDestCheck"] = json!(true);
    assert_eq!(dropped(&world, "eni-web", "eni-far")[0], "There eni-db");
    // Its own address is its own, and the ACLs on the way to it are asked all the same.
    world["RouteTables"][0]["Routes"][3]["DestinationCidrBlock"] = json!("10.0.2.0/24");
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    world["RouteTables"][0]["Routes"][3]["DestinationCidrBlock"] = json!("10.1.1.0/24");
    world["NetworkInterfaces"][1]["SourceDestCheck"] = json!(false);
    world["NetworkAcls"][1]["Entries"] = json!([]);
    assert_eq!(dropped(&world, "eni-web", "eni-far"), ["There acl-db"]);
}

#[test]
fn nobody_answers_at_an_instance_that_does_not_run() {
    let mut world = world();
    let state =
        |name: &str| json!([{"Instances": [{"InstanceId": "i-db", "State": {"Code": 80, "Name": name}}, {"InstanceId": "i-none"}]}]);
    world["Reservations"] = state("running");
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    world["Reservations"] = state("stopped");
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There eni-db"]);
    assert_eq!(dropped(&world, "eni-db", "eni-web"), ["There eni-db"]);
    world["SecurityGroups"][1]["IpPermissions"] = json!([]);
    assert_eq!(dropped(&world, "eni-web", "eni-db"), ["There sg-db", "There eni-db"]);
}

#[test]
fn an_address_of_a_delegated_prefix_is_somebodys() {
    let mut world = world();
    world["NetworkInterfaces"][1]["Ipv4Prefixes"] = json!([{"Ipv4Prefix": "10.0.2.64/28"}]);
    assert_eq!(verdict(&world, "eni-web", "10.0.2.70"), Verdict::Unknown);
    assert_eq!(dropped(&world, "eni-web", "10.0.2.80"), ["There vpc-a"]);
}

#[test]
fn what_a_vpn_propagates_comes_after_all_else() {
    let mut world = world();
    let vgw = |to: &str| route(to, "GatewayId", "vgw-1", "EnableVgwRoutePropagation");
    // Inside the VPC's own block it never decides, though it is longer.
    world["RouteTables"][0]["Routes"].as_array_mut().expect("routes").insert(0, vgw("10.0.2.0/24"));
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    world["RouteTables"][0]["Routes"][0] = vgw("10.1.0.0/16");
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Allowed);
    // Nor before a prefix list that holds the same block.
    world["PrefixLists"] = json!([{"PrefixListId": "pl-1", "Cidrs": ["10.1.0.0/16"]}]);
    world["RouteTables"][0]["Routes"][2] =
        json!({"DestinationPrefixListId": "pl-1", "VpcPeeringConnectionId": "pcx-1", "State": "active", "Origin": "CreateRoute"});
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Allowed);
    world["RouteTables"][0]["Routes"][0] = vgw("10.1.1.0/24");
    assert_eq!(told(&tcp(&world, "eni-web", "eni-far", 443)).1, ["leaves by vgw-1: what is beyond is not in the data"]);
}

#[test]
fn routes_that_a_transit_gateway_may_have_learned_leave_it_open() {
    let mut world = world();
    world["TransitGatewayStaticRoutes"][0]["Routes"] =
        json!([{"DestinationCidrBlock": "0.0.0.0/0", "Type": "static", "State": "blackhole"}]);
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Allowed);
    let propagations = world["TransitGatewayPropagations"].clone();
    world.as_object_mut().expect("a world").remove("TransitGatewayPropagations");
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown);
    // A VPN's routes are not known; those of a VPC to its own block are.
    let vpn = json!({"TransitGatewayAttachmentId": "att-vpn", "ResourceType": "vpn", "ResourceId": "vpn-1", "State": "enabled"});
    world["TransitGatewayPropagations"] = propagations;
    push(&mut world["TransitGatewayPropagations"][0]["TransitGatewayRouteTablePropagations"], vpn);
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Allowed);
    push(&mut world["RouteTables"][1]["Routes"], route("10.9.0.0/16", "TransitGatewayId", "tgw-1", "CreateRoute"));
    assert_eq!(told(&tcp(&world, "eni-db", "10.9.0.1", 443)).1, ["the routes of a propagation of tgw-rtb-1 were not read"]);
    // A search that told what was propagated told everything.
    let found = json!({"DestinationCidrBlock": "10.1.0.0/16", "Type": "propagated", "State": "active",
        "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "att-b"}]});
    push(&mut world["TransitGatewayStaticRoutes"][0]["Routes"], found);
    assert_eq!(dropped(&world, "eni-db", "10.9.0.1"), ["There tgw-rtb-1"]);
}

#[test]
fn of_two_vpcs_with_one_block_a_transit_gateway_takes_the_routes_of_one() {
    let mut world = world();
    push(&mut world["Vpcs"], json!({"VpcId": "vpc-c", "CidrBlock": "10.1.0.0/16"}));
    let twin = json!({"TransitGatewayAttachmentId": "att-c", "ResourceType": "vpc", "ResourceId": "vpc-c", "State": "enabled"});
    push(&mut world["TransitGatewayPropagations"][0]["TransitGatewayRouteTablePropagations"], twin);
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown);
}

#[test]
fn another_account_that_does_not_tell_an_association_does_not_deny_it() {
    let mut world = world();
    for attachment in world["TransitGatewayAttachments"].as_array_mut().expect("attachments") {
        attachment["TransitGatewayOwnerId"] = json!("111111111111");
        attachment["ResourceOwnerId"] = json!("222222222222");
    }
    let files = |world: &Value| {
        world.as_object().expect("a world").iter().map(|(key, value)| (key.clone(), json!({ key: value }).to_string())).collect()
    };
    let mut other = json!({"TransitGatewayAttachments": world["TransitGatewayAttachments"]});
    for attachment in other["TransitGatewayAttachments"].as_array_mut().expect("attachments") {
        attachment.as_object_mut().expect("an attachment").remove("Association");
    }
    let folders =
        [("111111111111-r", &world), ("222222222222-r", &other)].map(|(name, world)| Folder { name: name.to_owned(), files: files(world) });
    let ask = |folders: &[Folder]| {
        let network = Network::from_describe(folders).expect("it reads");
        let (from, to) = (network.end("eni-db").expect("an end"), network.end("eni-far").expect("an end"));
        network.reach(&from, &to, (443, 443), Protocol::Tcp).verdict
    };
    assert_eq!(ask(&folders), Verdict::Allowed);
    world["TransitGatewayAttachments"] = other["TransitGatewayAttachments"].clone();
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown);
}

#[test]
fn an_attachment_without_ipv6_and_an_address_of_aws_leave_it_open() {
    let mut world = world();
    for (position, address, block) in [(1, "2001:db8:a:2::10", "2001:db8:a::/56"), (2, "2001:db8:b:1::10", "2001:db8:b::/56")] {
        world["NetworkInterfaces"][position]["Ipv6Addresses"] = json!([{"Ipv6Address": address}]);
        world["Vpcs"][position - 1]["Ipv6CidrBlockAssociationSet"] = json!([{"Ipv6CidrBlock": block}]);
        push(
            &mut world["RouteTables"][position]["Routes"],
            json!({"DestinationIpv6CidrBlock": block, "GatewayId": "local", "State": "active"}),
        );
        push(
            &mut world["RouteTables"][position]["Routes"],
            json!({"DestinationIpv6CidrBlock": "::/0", "TransitGatewayId": "tgw-1", "State": "active"}),
        );
        world["SecurityGroups"][position]["IpPermissions"][0]["Ipv6Ranges"] = json!([{"CidrIpv6": "::/0"}]);
        world["SecurityGroups"][position]["IpPermissionsEgress"][0]["Ipv6Ranges"] = json!([{"CidrIpv6": "::/0"}]);
        for entry in [0, 1] {
            let open = json!({"RuleNumber": 101, "Egress": entry == 1, "Protocol": "-1", "RuleAction": "allow", "Ipv6CidrBlock": "::/0"});
            push(&mut world["NetworkAcls"][position]["Entries"], open);
        }
    }
    world["TransitGatewayVpcAttachments"][0]["SubnetIds"] = json!(["subnet-db"]);
    let (from, to) = ("2001:db8:a:2::10", "2001:db8:b:1::10");
    assert_eq!(told(&tcp(&world, from, to, 443)), (Verdict::Allowed, Vec::new()));
    world["TransitGatewayVpcAttachments"][1]["Options"] = json!({"Ipv6Support": "disable"});
    assert_eq!(told(&tcp(&world, from, to, 443)).1, ["IPv6 support of the attachment of vpc-b (tgw-1) is off"]);
    assert_eq!(verdict(&world, from, "fd00:ec2::254"), Verdict::Unknown);
}

#[test]
fn a_table_of_an_internet_gateway_that_only_says_local_changes_nothing() {
    let mut world = world();
    let edge = json!({"RouteTableId": "rtb-edge", "VpcId": "vpc-a", "Associations": [{"GatewayId": "igw-1", "Main": false}],
        "Routes": [route("10.0.0.0/16", "GatewayId", "local", "CreateRouteTable")]});
    push(&mut world["RouteTables"], edge);
    assert_eq!(verdict(&world, "internet", "eni-web"), Verdict::Allowed);
    push(&mut world["RouteTables"][3]["Routes"], route("10.0.1.0/24", "NetworkInterfaceId", "eni-wall", "CreateRoute"));
    assert_eq!(verdict(&world, "internet", "eni-web"), Verdict::Unknown);
}

#[test]
fn a_nat_gateway_for_ipv6_is_not_judged() {
    let mut world = world();
    world["NetworkInterfaces"][1]["Ipv6Addresses"] = json!([{"Ipv6Address": "2001:db8:a:2::10"}]);
    push(
        &mut world["RouteTables"][1]["Routes"],
        json!({"DestinationIpv6CidrBlock": "64:ff9b::/96", "NatGatewayId": "nat-1", "State": "active"}),
    );
    world["SecurityGroups"][1]["IpPermissionsEgress"][0]["Ipv6Ranges"] = json!([{"CidrIpv6": "::/0"}]);
    assert_eq!(told(&tcp(&world, "2001:db8:a:2::10", "64:ff9b::c633:6401", 443)).0, Verdict::Unknown);
}
