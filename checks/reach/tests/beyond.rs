//! Beyond one VPC: peerings, transit gateways, the internet.

use super::{dropped, entry, ports, tcp, told, verdict, world};
use crate::reach::{Protocol, Verdict};
use serde_json::{Value, json};

#[test]
fn a_peering_leads_into_its_peer_while_it_is_active() {
    assert_eq!(verdict(&world(), "eni-web", "eni-far"), Verdict::Allowed);
    let mut world = world();
    world["VpcPeeringConnections"][0]["Status"]["Code"] = json!("pending-acceptance");
    assert_eq!(dropped(&world, "eni-web", "eni-far"), ["There pcx-1", "Back pcx-1"]);
    world["VpcPeeringConnections"] = json!([]);
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Unknown);
}

#[test]
fn references_over_a_peering_work_in_one_region() {
    let mut world = world();
    let pair = json!({"GroupId": "sg-web", "VpcId": "vpc-a", "VpcPeeringConnectionId": "pcx-1", "PeeringStatus": "active"});
    world["SecurityGroups"][2]["IpPermissions"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [pair]}]);
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Allowed);
    world["VpcPeeringConnections"][0]["AccepterVpcInfo"]["Region"] = json!("s");
    assert_eq!(dropped(&world, "eni-web", "eni-far"), ["There sg-far"]);
}

#[test]
fn a_transit_gateway_leads_where_its_table_says() {
    assert_eq!(told(&tcp(&world(), "eni-db", "eni-far", 443)), (Verdict::Allowed, Vec::new()));
    let with = |routes: Value| {
        let mut world = world();
        world["TransitGatewayStaticRoutes"][0]["Routes"] = routes;
        dropped(&world, "eni-db", "eni-far")
    };
    // A static route comes before a propagated one of the same block, a longer one before both.
    assert_eq!(with(json!([{"DestinationCidrBlock": "10.1.0.0/16", "Type": "static", "State": "blackhole"}])), ["There tgw-rtb-1"]);
    assert_eq!(with(json!([{"DestinationCidrBlock": "10.0.2.0/24", "Type": "static", "State": "blackhole"}])), ["Back tgw-rtb-1"]);
    let mut shorter = world();
    shorter["TransitGatewayStaticRoutes"][0]["Routes"] =
        json!([{"DestinationCidrBlock": "10.0.0.0/8", "Type": "static", "State": "blackhole"}]);
    assert_eq!(verdict(&shorter, "eni-db", "eni-far"), Verdict::Allowed);
}

#[test]
fn a_transit_gateway_is_reached_from_the_zones_of_its_attachment() {
    let mut world = world();
    world["TransitGatewayVpcAttachments"][0]["SubnetIds"] = json!(["subnet-web"]);
    let answer = tcp(&world, "eni-db", "eni-far", 443);
    assert_eq!(answer.drops[0].at, "tgw-1");
    assert!(answer.drops[0].rule().contains("no subnet in 1b"), "{}", answer.drops[0].rule());
}

#[test]
fn what_a_transit_gateway_lacks_drops_and_what_was_not_read_does_not() {
    let mut world = world();
    world["TransitGatewayPropagations"][0]["TransitGatewayRouteTablePropagations"] = json!([]);
    assert_eq!(dropped(&world, "eni-db", "eni-far"), ["There tgw-rtb-1", "Back tgw-rtb-1"]);
    world.as_object_mut().expect("a world").remove("TransitGatewayPropagations");
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown);
    world["TransitGatewayAttachments"][0].as_object_mut().expect("an attachment").remove("Association");
    assert_eq!(dropped(&world, "eni-db", "eni-far")[0], "There tgw-1");
}

#[test]
fn the_acl_of_an_attachments_subnet_is_asked_as_documented() {
    // `db` stands in the attachment's own subnet: both directions on the way out, none on the way in.
    let mut world = world();
    world["TransitGatewayVpcAttachments"][0]["SubnetIds"] = json!(["subnet-db"]);
    world["NetworkAcls"][1]["Entries"] = json!([entry(100, true, "-1", "allow")]);
    assert_eq!(dropped(&world, "eni-db", "eni-far"), ["There acl-db"]);
    assert_eq!(dropped(&world, "eni-far", "eni-db"), ["Back acl-db"]);
}

#[test]
fn references_over_a_transit_gateway_work_inbound_and_where_enabled() {
    let mut world = world();
    world["SecurityGroups"][2]["IpPermissions"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-db"}]}]);
    assert_eq!(dropped(&world, "eni-db", "eni-far"), ["There sg-far"]);
    world["TransitGateways"][0]["Options"] = json!({"SecurityGroupReferencingSupport": "enable"});
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Allowed);
    world["SecurityGroups"][1]["IpPermissionsEgress"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-far"}]}]);
    assert_eq!(dropped(&world, "eni-db", "eni-far"), ["There sg-db"]);
}

#[test]
fn a_group_that_a_transit_gateway_would_make_count_is_not_told_beside_its_missing_route() {
    let mut world = world();
    world["VpcPeeringConnections"] = json!([]);
    world["SecurityGroups"][2]["IpPermissions"] = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-db"}]}]);
    world["TransitGatewayPropagations"][0]["TransitGatewayRouteTablePropagations"] = json!([]);
    assert_eq!(dropped(&world, "eni-db", "eni-far"), ["There tgw-rtb-1", "There sg-far", "Back tgw-rtb-1"]);
    world["TransitGateways"][0]["Options"] = json!({"SecurityGroupReferencingSupport": "enable"});
    assert_eq!(dropped(&world, "eni-db", "eni-far"), ["There tgw-rtb-1", "Back tgw-rtb-1"]);
}

#[test]
fn replies_that_are_lost_at_an_internet_gateway_meet_the_acls_as_they_were_sent() {
    let mut world = world();
    world["RouteTables"][0]["Routes"][1]["DestinationCidrBlock"] = json!("10.2.0.0/16");
    let mut deny = entry(10, false, "-1", "deny");
    deny["CidrBlock"] = json!("198.51.100.0/24");
    world["NetworkAcls"][2]["Entries"].as_array_mut().expect("entries").push(deny);
    // The gateway gives the reply of `web` its public address before it drops it: the ACL of `far` never sees that.
    assert_eq!(dropped(&world, "eni-far", "eni-web"), ["Back igw-1"]);
}

#[test]
fn a_nat_gateway_passes_on_three_protocols_of_ipv4() {
    let network = super::network(&world());
    let ask = |protocol| {
        let (from, to) = (network.end("eni-db").expect("an end"), network.end("internet").expect("an end"));
        let answer = network.reach(&from, &to, (0, 0), protocol);
        (answer.verdict, answer.drops.first().map(|drop| drop.at.to_owned()))
    };
    assert_eq!(ask(Protocol::Icmp), (Verdict::Allowed, None));
    assert_eq!(ask(Protocol::Other(50)), (Verdict::Dropped, Some("nat-1".to_owned())));
}

#[test]
fn the_internet_is_reached_with_a_public_address_or_through_a_nat_gateway() {
    assert_eq!(verdict(&world(), "eni-web", "internet"), Verdict::Allowed);
    assert_eq!(verdict(&world(), "eni-db", "internet"), Verdict::Allowed);
    assert_eq!(verdict(&world(), "eni-db", "203.0.113.5"), Verdict::Unknown);
    let mut world = world();
    world["RouteTables"][1]["Routes"][2] = json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"});
    assert_eq!(dropped(&world, "eni-db", "internet"), ["There igw-1"]);
    world["RouteTables"][1]["Routes"][2] = json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"});
    assert_eq!(dropped(&world, "eni-db", "internet"), ["There rtb-db"]);
}

#[test]
fn a_nat_gateway_speaks_from_all_of_its_ports() {
    let mut world = world();
    world["NetworkAcls"][0]["Entries"] =
        json!([entry(90, true, "-1", "allow"), ports(100, false, "allow", 32_768, 60_999), ports(110, false, "allow", 443, 443)]);
    let answer = tcp(&world, "eni-db", "internet", 443);
    assert_eq!(told(&answer).1, ["Back acl-web"]);
    assert_eq!(verdict(&world, "eni-web", "internet"), Verdict::Allowed); // a host
}

#[test]
fn of_routes_in_a_circle_one_round_is_told() {
    let mut world = world();
    // The NAT gateway's own subnet sends everything to the NAT gateway.
    world["RouteTables"][0]["Routes"][2] = json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"});
    let answer = tcp(&world, "eni-db", "internet", 443);
    assert_eq!(told(&answer).1, ["There subnet-web"]);
    assert!(answer.drops[0].rule().contains("circle") && answer.stations.len() <= 8, "{:?}", answer.stations);
}

#[test]
fn from_the_internet_a_public_address_and_a_route_back_are_needed() {
    assert_eq!(verdict(&world(), "internet", "eni-web"), Verdict::Allowed);
    assert_eq!(verdict(&world(), "203.0.113.5", "198.51.100.10"), Verdict::Allowed);
    assert_eq!(dropped(&world(), "internet", "eni-db"), ["There eni-db"]);
    assert_eq!(dropped(&world(), "internet", "198.51.100.20"), ["There eni-nat"]);
    let mut world = world();
    world["RouteTables"][0]["Routes"][2]["GatewayId"] = json!("tgw-1");
    assert_eq!(dropped(&world, "internet", "eni-web"), ["Back tgw-1"]);
    world["InternetGateways"][0]["Attachments"] = json!([]);
    assert_eq!(dropped(&world, "internet", "eni-web"), ["There vpc-a"]);
}

#[test]
fn an_instance_reaches_its_own_vpc_from_outside() {
    assert_eq!(verdict(&world(), "eni-web", "198.51.100.10"), Verdict::Allowed);
    assert_eq!(verdict(&world(), "eni-db", "198.51.100.10"), Verdict::Allowed); // as 198.51.100.20
    let mut world = world();
    world["SecurityGroups"][0]["IpPermissions"] =
        json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-db"}], "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]);
    assert_eq!(verdict(&world, "eni-db", "10.0.1.10"), Verdict::Allowed);
    assert_eq!(dropped(&world, "eni-db", "198.51.100.10"), ["There sg-web"]);
}

#[test]
fn an_idle_address_is_nobodys() {
    let mut world = world();
    world["Addresses"] = json!([{"PublicIp": "198.51.100.99"}]);
    assert_eq!(dropped(&world, "eni-web", "198.51.100.99"), ["There igw-1"]);
    assert_eq!(dropped(&world, "internet", "198.51.100.99"), ["There internet"]);
    assert_eq!(verdict(&world, "internet", "198.51.100.98"), Verdict::Unknown);
}
