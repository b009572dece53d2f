//! What AWS's files say, what they lack, and where they are malformed.

use super::{Folder, Network, Protocol, Verdict, network, tcp, verdict, world};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn read(name: &str, text: &str) -> String {
    let files = BTreeMap::from([(name.to_string(), text.to_string())]);
    match Network::from_describe(&[Folder { name: "us-east-1".to_string(), files }]) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_malformed_file_is_named_with_line_and_field() {
    let cut = read("Subnets", "{\n \"Subnets\": [\n  {\"SubnetId\": \"subnet-1\",");
    assert_eq!(cut, "us-east-1/Subnets.json, line 3, field SubnetId: EOF while parsing a value");
    let lacks = read("Subnets", "{\"Subnets\": [\n  {\"SubnetId\": \"subnet-1\"}\n]}");
    assert_eq!(lacks, "us-east-1/Subnets.json, line 2, field VpcId: missing field `VpcId`");
    let wrong = read("Vpcs", "{\"Vpcs\": [{\n  \"VpcId\": 7}\n]}");
    assert_eq!(wrong, "us-east-1/Vpcs.json, line 2, field VpcId: invalid type: integer `7`, expected a string");
    let block = read("Vpcs", "{\"Vpcs\": [{\"VpcId\": \"vpc-1\",\n  \"CidrBlock\": \"10.0.0.0/33\"}]}");
    assert!(block.starts_with("us-east-1/Vpcs.json, line 2, field CidrBlock: "), "{block}");
    assert!(read("Vpcs", "[]").starts_with("us-east-1/Vpcs.json, line 1"));
    assert_eq!(read("notes", "{\"Comment\": [1, {}], \"NextToken\": null}"), "");
}

#[test]
fn what_a_missing_file_would_decide_is_unknown() {
    for part in ["NetworkAcls", "RouteTables", "SecurityGroups", "VpcPeeringConnections", "Subnets"] {
        let mut world = world();
        world.as_object_mut().expect("a world").remove(part);
        assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Unknown, "{part}");
    }
    for part in ["TransitGatewayAttachments", "TransitGatewayVpcAttachments", "TransitGatewayStaticRoutes"] {
        let mut world = world();
        world.as_object_mut().expect("a world").remove(part);
        assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown, "{part}");
    }
    for (part, from) in [("NatGateways", "eni-db"), ("Vpcs", "eni-web")] {
        let mut world = world();
        world.as_object_mut().expect("a world").remove(part);
        let expected = if part == "Vpcs" { Verdict::Allowed } else { Verdict::Unknown };
        assert_eq!(verdict(&world, from, "internet"), expected, "{part}");
    }
    let mut world = world();
    world.as_object_mut().expect("a world").remove("NetworkInterfaces");
    assert_eq!(verdict(&world, "10.0.1.10", "10.0.2.10"), Verdict::Unknown);
    world.as_object_mut().expect("a world").remove("InternetGateways");
    assert_eq!(verdict(&world, "internet", "198.51.100.10"), Verdict::Unknown);
}

#[test]
fn odd_values_do_no_harm() {
    let mut world = world();
    world["SecurityGroups"][1]["IpPermissions"] = json!([
        {"IpProtocol": "tcp", "FromPort": 444, "ToPort": 442, "IpRanges": [{"CidrIp": "10.0.0.5/16"}]},
        {"IpProtocol": "tcp", "FromPort": -1, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.5/16"}]},
        {"IpProtocol": "tcp", "FromPort": 70000, "ToPort": 80000, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "udp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "tcp", "UserIdGroupPairs": [{"UserId": "123456789012"}, {"GroupId": "sg-deleted"}]},
        {"IpProtocol": "none of AWS's", "IpRanges": []}]);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Dropped);
    let all = json!({"IpProtocol": "6", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.5/16"}]});
    world["SecurityGroups"][1]["IpPermissions"].as_array_mut().expect("rules").push(all);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    world["NetworkAcls"][0]["Entries"][0]["PortRange"] = json!({"From": 9, "To": 7}); // beside "all protocols" it does not count
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
}

#[test]
fn prefix_lists_are_as_good_as_their_entries() {
    let mut world = world();
    world["SecurityGroups"][1]["IpPermissions"] =
        json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Unknown);
    world["ManagedPrefixListEntries"] = json!([{"PrefixListId": "pl-1", "Entries": [{"Cidr": "10.0.1.0/24"}]}]);
    assert_eq!(verdict(&world, "eni-web", "eni-db"), Verdict::Allowed);
    world["PrefixLists"] = json!([{"PrefixListId": "pl-2", "Cidrs": ["10.1.0.0/16"]}]);
    world["RouteTables"][0]["Routes"][1] = json!({"DestinationPrefixListId": "pl-2", "VpcPeeringConnectionId": "pcx-1", "State": "active"});
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Allowed);
    world["RouteTables"][0]["Routes"][1]["DestinationPrefixListId"] = json!("pl-3");
    assert_eq!(verdict(&world, "eni-web", "eni-far"), Verdict::Unknown);
}

#[test]
fn an_end_has_many_names_and_a_wrong_one_is_helped() {
    let network = network(&world());
    for name in ["eni-web", "i-web", "sg-web", "10.0.1.10", "198.51.100.10"] {
        let (from, to) = (network.end(name).expect("an end"), network.end("eni-db").expect("an end"));
        assert_eq!(network.reach(&from, &to, (443, 443), crate::reach::Protocol::Tcp).verdict, Verdict::Allowed, "{name}");
    }
    assert_eq!(network.end("eni-wed").expect_err("a slip").to_string(), "eni-wed was not found: is it eni-web?");
    assert!(network.end("i-0123").expect_err("no such instance").suggestion.starts_with("what was read begins with i-db"));
    assert!(network.end("whatever").expect_err("no such thing").suggestion.starts_with("an end is an address"));
    assert!(network.ends().contains(&"i-far".to_string()));
}

#[test]
fn one_address_in_two_vpcs_is_told_apart_by_its_interface() {
    let mut world = world();
    world["NetworkInterfaces"][2]["PrivateIpAddress"] = json!("10.0.2.10");
    world["NetworkInterfaces"][2]["PrivateIpAddresses"][0]["PrivateIpAddress"] = json!("10.0.2.10");
    assert_eq!(verdict(&world, "eni-web", "10.0.2.10"), Verdict::Allowed);
    let answer = tcp(&world, "eni-web", "eni-far", 443);
    assert_eq!((answer.verdict, answer.drops[0].at), (Verdict::Dropped, "eni-db"));
    assert_eq!(verdict(&world, "10.0.2.10", "eni-web"), Verdict::Unknown);
}

#[test]
fn a_vpc_alone_decides_nothing() {
    let files = BTreeMap::from([("Vpcs".to_string(), r#"{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}"#.to_string())]);
    let network = Network::from_describe(&[Folder { name: "us-east-1".to_string(), files }]).expect("it is whole");
    let (from, to) = (network.end("10.0.0.1").expect("an address"), network.end("10.0.0.2").expect("an address"));
    assert_eq!(network.reach(&from, &to, (443, 443), Protocol::Tcp).verdict, Verdict::Unknown);
}

/// A task as `aws ecs describe-tasks` writes it.
fn task(id: &str, status: &str, details: &[(&str, &str)]) -> Value {
    let details: Vec<Value> = details.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!({"taskArn": format!("arn:aws:ecs:r:123456789012:task/orders/{id}"), "clusterArn": "arn:aws:ecs:r:123456789012:cluster/orders",
        "group": "service:shop", "lastStatus": status, "attachments": [{"type": "ElasticNetworkInterface", "details": details}]})
}

#[test]
fn a_task_is_the_interface_that_it_has() {
    let mut world = world();
    world["tasks"] = json!([
        task("1", "RUNNING", &[("subnetId", "subnet-db"), ("networkInterfaceId", "eni-db"), ("privateIPv4Address", "10.0.2.10")]),
        task("2", "STOPPED", &[("networkInterfaceId", "eni-far"), ("privateIPv4Address", "10.1.1.10")]),
        task("3", "RUNNING", &[("networkInterfaceId", "eni-of-another-account"), ("privateIPv4Address", "10.0.1.10")]),
    ]);
    let network = network(&world);
    let spots = |name: &str| network.end(name).map(|end| end.spots).map_err(|unknown| unknown.to_string());
    let db = spots("eni-db").expect("an interface");
    for name in ["arn:aws:ecs:r:123456789012:task/orders/1", "task/orders/1", "1"] {
        assert_eq!(spots(name).as_ref(), Ok(&db), "{name}");
    }
    let unread = spots("task/orders/3").expect("its address is known");
    for name in ["arn:aws:ecs:r:123456789012:service/orders/shop", "service/orders/shop", "shop"] {
        assert_eq!(spots(name).map(|all| all.len()), Ok(db.len() + unread.len()), "{name}");
    }
    assert!(spots("task/orders/2").is_err_and(|why| why.contains("no interface of its own is running")));
    assert!(spots("task/orders/4").is_err_and(|why| why.contains("no running task of this name was read")));
}

#[test]
fn a_subnet_of_an_attachment_that_was_not_read_may_be_in_the_zone() {
    let mut world = world();
    world["TransitGatewayVpcAttachments"][0]["SubnetIds"] = json!(["subnet-web", "subnet-of-another-account"]);
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown);
    world["TransitGatewayVpcAttachments"][0]["SubnetIds"] = json!(["subnet-web"]);
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Dropped);
}

#[test]
fn a_gateway_that_was_not_read_may_let_groups_know_each_other() {
    let mut world = world();
    let by_group = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-db"}]}]);
    world["SecurityGroups"][2]["IpPermissions"] = by_group;
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Dropped, "by default a gateway does not");
    world.as_object_mut().expect("a world").remove("TransitGateways");
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown);
    world["SecurityGroups"][2]["IpPermissions"] = json!([]);
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Dropped, "no group would let it in either");
}

#[test]
fn the_associations_of_anothers_gateway_are_the_owners_business() {
    let mut world = world();
    for attachment in world["TransitGatewayAttachments"].as_array_mut().expect("attachments") {
        attachment.as_object_mut().expect("an attachment").remove("Association");
        attachment["TransitGatewayOwnerId"] = json!("123456789012");
    }
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Unknown);
    for attachment in world["TransitGatewayAttachments"].as_array_mut().expect("attachments") {
        attachment["ResourceOwnerId"] = json!("123456789012");
    }
    assert_eq!(verdict(&world, "eni-db", "eni-far"), Verdict::Dropped);
}

#[test]
fn an_address_of_an_interface_that_was_not_read_is_no_strangers() {
    let mut world = world();
    world["Addresses"] = json!([{"PublicIp": "198.51.100.77", "NetworkInterfaceId": "eni-elsewhere", "PrivateIpAddress": "10.9.0.1"}]);
    assert_eq!(verdict(&world, "198.51.100.77", "10.0.2.10"), Verdict::Unknown);
    assert_eq!(verdict(&world, "198.51.100.78", "10.0.2.10"), Verdict::Dropped);
}

#[test]
fn addresses_of_no_one_host_are_not_judged() {
    for address in ["127.0.0.1", "224.0.0.5", "255.255.255.255", "0.0.0.0", "169.254.169.254", "::1", "ff02::1"] {
        assert_ne!(verdict(&world(), "eni-web", address), Verdict::Allowed, "{address}");
    }
    assert_eq!(verdict(&world(), "eni-web", "127.0.0.1"), Verdict::Unknown);
}

#[test]
fn with_which_of_its_addresses_a_nat_gateway_speaks_is_not_known() {
    let mut world = world();
    let second = json!({"PrivateIp": "10.0.1.21", "PublicIp": "198.51.100.21", "IsPrimary": false});
    world["NatGateways"][0]["NatGatewayAddresses"].as_array_mut().expect("addresses").push(second);
    for only in ["0.0.0.0/0", "198.51.100.20/32", "198.51.100.21/32"] {
        let rule = json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": only}]}]);
        world["SecurityGroups"][0]["IpPermissions"] = rule;
        assert_eq!(verdict(&world, "eni-db", "198.51.100.10"), Verdict::Unknown, "{only}");
    }
    assert_eq!(verdict(&world, "eni-db", "internet"), Verdict::Allowed, "strangers are taken to admit all of them");
}
