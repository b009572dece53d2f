//! VPCs, subnets, security groups, network ACLs, route tables, interfaces, and the prefix lists that rules and routes name.

use super::{Listed, Notes, listed};
use crate::collect::call::Call;
use crate::collect::gather;
use crate::collect::outcome::{Lacks, Refusal, need};
use crate::collect::reader::{Reader, each};
use aws_sdk_ec2::types;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) async fn vpcs(reader: &Reader<'_>) -> Listed {
    listed!(reader, DescribeVpcs, describe_vpcs, vpcs, to_vpc)
}

/// Everything of this file but the VPCs themselves.
pub(super) async fn rest(reader: &Reader<'_>, notes: &Notes) {
    let (subnets, groups, acls, tables, interfaces) = tokio::join!(
        async { listed!(reader, DescribeSubnets, describe_subnets, subnets, to_subnet) },
        async { listed!(reader, DescribeSecurityGroups, describe_security_groups, security_groups, to_group) },
        async { listed!(reader, DescribeNetworkAcls, describe_network_acls, network_acls, to_acl) },
        async { listed!(reader, DescribeRouteTables, describe_route_tables, route_tables, to_table) },
        interfaces(reader),
    );
    let lists = named_lists(groups.iter().chain(&tables).flatten());
    let entries = gather::all(lists.iter().map(|list| prefix_list(reader, list))).await;
    // A list that could not be read is unknown by itself; the others are not.
    let (known, refused): (Vec<_>, Vec<_>) = entries.into_iter().partition(Result::is_ok);
    refused.into_iter().filter_map(Result::err).for_each(|refusal| notes.gap("a prefix list", refusal));
    notes.keep_all("ManagedPrefixListEntries", "the prefix lists", known);
    notes.keep("Subnets", "the subnets", subnets);
    notes.keep("SecurityGroups", "the security groups", groups);
    notes.keep("NetworkAcls", "the network ACLs", acls);
    notes.keep("RouteTables", "the route tables", tables);
    notes.keep("NetworkInterfaces", "the network interfaces", interfaces);
}

async fn interfaces(reader: &Reader<'_>) -> Listed {
    // An interface that AWS manages and hides has an address all the same.
    let request = |token| reader.aws().ec2.describe_network_interfaces().include_managed_resources(true).set_next_token(token).send();
    let items = reader.pages(Call::DescribeNetworkInterfaces, request, |page| (page.network_interfaces, page.next_token)).await;
    items.and_then(|items| each(Call::DescribeNetworkInterfaces, &items, to_interface))
}

async fn prefix_list(reader: &Reader<'_>, id: &str) -> Result<Value, Refusal> {
    let request = |token| reader.aws().ec2.get_managed_prefix_list_entries().prefix_list_id(id).set_next_token(token).send();
    let items = reader.pages(Call::GetManagedPrefixListEntries, request, |page| (page.entries, page.next_token)).await?;
    let to_entry = |entry: &types::PrefixListEntry| Ok(json!({"Cidr": need(entry.cidr.as_deref(), "Cidr")?}));
    Ok(json!({"PrefixListId": id, "Entries": each(Call::GetManagedPrefixListEntries, &items, to_entry)?}))
}

/// The prefix lists that groups and tables name, wherever in them.
fn named_lists<'a>(items: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Value> = items.collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                let list = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_owned);
                found.extend(list("PrefixListId").or_else(|| list("DestinationPrefixListId")));
                open.extend(members.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

fn to_vpc(vpc: &types::Vpc) -> Result<Value, Lacks> {
    let state = |state: Option<&types::VpcCidrBlockState>| json!({"State": state.and_then(|state| state.state.as_ref()).map_or("associated", |state| state.as_str())});
    let block = |block: &types::VpcCidrBlockAssociation| {
        let cidr = need(block.cidr_block.as_deref(), "CidrBlockAssociationSet.CidrBlock")?;
        Ok(json!({"CidrBlock": cidr, "CidrBlockState": state(block.cidr_block_state.as_ref())}))
    };
    let block6 = |block: &types::VpcIpv6CidrBlockAssociation| {
        let cidr = need(block.ipv6_cidr_block.as_deref(), "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock")?;
        Ok(json!({"Ipv6CidrBlock": cidr, "Ipv6CidrBlockState": state(block.ipv6_cidr_block_state.as_ref())}))
    };
    Ok(json!({
        "VpcId": need(vpc.vpc_id.as_deref(), "VpcId")?,
        "CidrBlock": vpc.cidr_block,
        "CidrBlockAssociationSet": vpc.cidr_block_association_set().iter().map(block).collect::<Result<Vec<_>, Lacks>>()?,
        "Ipv6CidrBlockAssociationSet": vpc.ipv6_cidr_block_association_set().iter().map(block6).collect::<Result<Vec<_>, Lacks>>()?,
    }))
}

fn to_subnet(subnet: &types::Subnet) -> Result<Value, Lacks> {
    let block6 = |block: &types::SubnetIpv6CidrBlockAssociation| {
        let state = block.ipv6_cidr_block_state.as_ref().and_then(|state| state.state.as_ref());
        let cidr = need(block.ipv6_cidr_block.as_deref(), "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock")?;
        Ok(json!({"Ipv6CidrBlock": cidr, "Ipv6CidrBlockState": {"State": state.map_or("associated", |state| state.as_str())}}))
    };
    Ok(json!({
        "SubnetId": need(subnet.subnet_id.as_deref(), "SubnetId")?,
        "VpcId": need(subnet.vpc_id.as_deref(), "VpcId")?,
        "CidrBlock": subnet.cidr_block,
        "Ipv6CidrBlockAssociationSet": subnet.ipv6_cidr_block_association_set().iter().map(block6).collect::<Result<Vec<_>, Lacks>>()?,
        "AvailabilityZone": subnet.availability_zone,
        "AvailabilityZoneId": subnet.availability_zone_id,
    }))
}

fn to_group(group: &types::SecurityGroup) -> Result<Value, Lacks> {
    let permissions = |all: &[types::IpPermission]| all.iter().map(to_permission).collect::<Result<Vec<_>, Lacks>>();
    Ok(json!({
        "GroupId": need(group.group_id.as_deref(), "GroupId")?,
        "GroupName": group.group_name.as_deref().unwrap_or_default(),
        "VpcId": group.vpc_id,
        "IpPermissions": permissions(group.ip_permissions())?,
        "IpPermissionsEgress": permissions(group.ip_permissions_egress())?,
    }))
}

fn to_permission(rule: &types::IpPermission) -> Result<Value, Lacks> {
    let range = |range: &types::IpRange| Ok(json!({"CidrIp": need(range.cidr_ip.as_deref(), "CidrIp")?}));
    let range6 = |range: &types::Ipv6Range| Ok(json!({"CidrIpv6": need(range.cidr_ipv6.as_deref(), "CidrIpv6")?}));
    let list =
        |list: &types::PrefixListId| Ok(json!({"PrefixListId": need(list.prefix_list_id.as_deref(), "PrefixListIds.PrefixListId")?}));
    let pair = |pair: &types::UserIdGroupPair| {
        json!({
            "GroupId": pair.group_id,
            "VpcId": pair.vpc_id,
            "VpcPeeringConnectionId": pair.vpc_peering_connection_id,
            "PeeringStatus": pair.peering_status,
        })
    };
    Ok(json!({
        "IpProtocol": need(rule.ip_protocol.as_deref(), "IpProtocol")?,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "IpRanges": rule.ip_ranges().iter().map(range).collect::<Result<Vec<_>, Lacks>>()?,
        "Ipv6Ranges": rule.ipv6_ranges().iter().map(range6).collect::<Result<Vec<_>, Lacks>>()?,
        "PrefixListIds": rule.prefix_list_ids().iter().map(list).collect::<Result<Vec<_>, Lacks>>()?,
        "UserIdGroupPairs": rule.user_id_group_pairs().iter().map(pair).collect::<Vec<_>>(),
    }))
}

fn to_acl(acl: &types::NetworkAcl) -> Result<Value, Lacks> {
    let association = |association: &types::NetworkAclAssociation| {
        Ok(json!({"SubnetId": need(association.subnet_id.as_deref(), "Associations.SubnetId")?}))
    };
    Ok(json!({
        "NetworkAclId": need(acl.network_acl_id.as_deref(), "NetworkAclId")?,
        "VpcId": acl.vpc_id,
        "Associations": acl.associations().iter().map(association).collect::<Result<Vec<_>, Lacks>>()?,
        "Entries": acl.entries().iter().map(to_entry).collect::<Result<Vec<_>, Lacks>>()?,
    }))
}

fn to_entry(entry: &types::NetworkAclEntry) -> Result<Value, Lacks> {
    Ok(json!({
        "RuleNumber": need(entry.rule_number, "Entries.RuleNumber")?,
        "Egress": need(entry.egress, "Entries.Egress")?,
        "RuleAction": need(entry.rule_action.as_ref(), "Entries.RuleAction")?.as_str(),
        "Protocol": need(entry.protocol.as_deref(), "Entries.Protocol")?,
        "CidrBlock": entry.cidr_block,
        "Ipv6CidrBlock": entry.ipv6_cidr_block,
        "PortRange": entry.port_range.as_ref().map(|range| json!({"From": range.from, "To": range.to})),
        "IcmpTypeCode": entry.icmp_type_code.as_ref().map(|icmp| json!({"Type": icmp.r#type, "Code": icmp.code})),
    }))
}

fn to_table(table: &types::RouteTable) -> Result<Value, Lacks> {
    let association = |association: &types::RouteTableAssociation| {
        let state = association.association_state.as_ref().and_then(|state| state.state.as_ref());
        json!({
            "Main": association.main.unwrap_or(false),
            "SubnetId": association.subnet_id,
            "GatewayId": association.gateway_id,
            "AssociationState": {"State": state.map_or("associated", |state| state.as_str())},
        })
    };
    Ok(json!({
        "RouteTableId": need(table.route_table_id.as_deref(), "RouteTableId")?,
        "VpcId": table.vpc_id,
        "Associations": table.associations().iter().map(association).collect::<Vec<_>>(),
        "Routes": table.routes().iter().map(to_route).collect::<Result<Vec<_>, Lacks>>()?,
    }))
}

fn to_route(route: &types::Route) -> Result<Value, Lacks> {
    Ok(json!({
        "DestinationCidrBlock": route.destination_cidr_block,
        "DestinationIpv6CidrBlock": route.destination_ipv6_cidr_block,
        "DestinationPrefixListId": route.destination_prefix_list_id,
        "GatewayId": route.gateway_id,
        "NatGatewayId": route.nat_gateway_id,
        "TransitGatewayId": route.transit_gateway_id,
        "VpcPeeringConnectionId": route.vpc_peering_connection_id,
        "NetworkInterfaceId": route.network_interface_id,
        "InstanceId": route.instance_id,
        "EgressOnlyInternetGatewayId": route.egress_only_internet_gateway_id,
        "LocalGatewayId": route.local_gateway_id,
        "CarrierGatewayId": route.carrier_gateway_id,
        "CoreNetworkArn": route.core_network_arn,
        "State": need(route.state.as_ref(), "Routes.State")?.as_str(),
        "Origin": route.origin.as_ref().map(|origin| origin.as_str()),
    }))
}

fn to_interface(interface: &types::NetworkInterface) -> Result<Value, Lacks> {
    let public = |association: Option<&types::NetworkInterfaceAssociation>| {
        association.map(|association| json!({"PublicIp": association.public_ip, "CarrierIp": association.carrier_ip}))
    };
    let address = |address: &types::NetworkInterfacePrivateIpAddress| {
        Ok(json!({
            "PrivateIpAddress": need(address.private_ip_address.as_deref(), "PrivateIpAddresses.PrivateIpAddress")?,
            "Primary": address.primary.unwrap_or(false),
            "Association": public(address.association.as_ref()),
        }))
    };
    let address6 = |address: &types::NetworkInterfaceIpv6Address| {
        Ok(json!({"Ipv6Address": need(address.ipv6_address.as_deref(), "Ipv6Addresses.Ipv6Address")?}))
    };
    let prefix4 = |prefix: &types::Ipv4PrefixSpecification| Ok(json!({"Ipv4Prefix": need(prefix.ipv4_prefix.as_deref(), "Ipv4Prefix")?}));
    let prefix6 = |prefix: &types::Ipv6PrefixSpecification| Ok(json!({"Ipv6Prefix": need(prefix.ipv6_prefix.as_deref(), "Ipv6Prefix")?}));
    let group = |group: &types::GroupIdentifier| Ok(json!({"GroupId": need(group.group_id.as_deref(), "Groups.GroupId")?}));
    let tag = |tag: &types::Tag| json!({"Key": tag.key.as_deref().unwrap_or_default(), "Value": tag.value.as_deref().unwrap_or_default()});
    let attachment = interface.attachment.as_ref().map(|attachment| {
        json!({
            "InstanceId": attachment.instance_id,
            "InstanceOwnerId": attachment.instance_owner_id,
            "DeviceIndex": attachment.device_index,
        })
    });
    Ok(json!({
        "NetworkInterfaceId": need(interface.network_interface_id.as_deref(), "NetworkInterfaceId")?,
        "InterfaceType": interface.interface_type.as_ref().map(|kind| kind.as_str()),
        "Description": interface.description.as_deref().unwrap_or_default(),
        "VpcId": need(interface.vpc_id.as_deref(), "VpcId")?,
        "SubnetId": interface.subnet_id,
        "PrivateIpAddress": interface.private_ip_address,
        "PrivateIpAddresses": interface.private_ip_addresses().iter().map(address).collect::<Result<Vec<_>, Lacks>>()?,
        "Ipv6Addresses": interface.ipv6_addresses().iter().map(address6).collect::<Result<Vec<_>, Lacks>>()?,
        "Ipv4Prefixes": interface.ipv4_prefixes().iter().map(prefix4).collect::<Result<Vec<_>, Lacks>>()?,
        "Ipv6Prefixes": interface.ipv6_prefixes().iter().map(prefix6).collect::<Result<Vec<_>, Lacks>>()?,
        "SourceDestCheck": interface.source_dest_check,
        "Association": public(interface.association.as_ref()),
        "Groups": interface.groups().iter().map(group).collect::<Result<Vec<_>, Lacks>>()?,
        "Attachment": attachment,
        "RequesterManaged": interface.requester_managed.unwrap_or(false),
        "Status": interface.status.as_ref().map(|status| status.as_str()),
        "OwnerId": interface.owner_id,
        // Of the tags only that is told which names a VPC link: tags hold what nobody foresaw.
        "TagSet": interface.tag_set().iter().filter(|tag| tag.key.as_deref() == Some("VpcLinkId")).map(tag).collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    use super::{Lacks, named_lists, to_acl, to_group, to_interface, to_route, to_subnet, to_table, to_vpc, types};
    use apigw_doctor_checks::reach::{Folder, Network, Protocol, Verdict};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn interface(id: &str, address: &str) -> types::NetworkInterface {
        types::NetworkInterface::builder()
            .network_interface_id(id)
            .vpc_id("vpc-1")
            .subnet_id("subnet-1")
            .private_ip_address(address)
            .groups(types::GroupIdentifier::builder().group_id("sg-1").build())
            .attachment(types::NetworkInterfaceAttachment::builder().instance_id(format!("i-{id}")).build())
            .status(types::NetworkInterfaceStatus::InUse)
            .build()
    }

    fn known(value: Result<Value, Lacks>) -> Value {
        value.expect("complete")
    }

    #[test]
    fn the_engine_understands_what_is_written() {
        let anywhere = types::IpPermission::builder().ip_protocol("-1").ip_ranges(types::IpRange::builder().cidr_ip("0.0.0.0/0").build());
        let own = types::UserIdGroupPair::builder().group_id("sg-1").build();
        let web = types::IpPermission::builder().ip_protocol("tcp").from_port(443).to_port(443).user_id_group_pairs(own).build();
        let group = types::SecurityGroup::builder().group_id("sg-1").ip_permissions(web).ip_permissions_egress(anywhere.build()).build();
        let local =
            types::Route::builder().destination_cidr_block("10.0.0.0/16").gateway_id("local").state(types::RouteState::Active).build();
        let main = types::RouteTableAssociation::builder().main(true).build();
        let entry = |egress| {
            let entry = types::NetworkAclEntry::builder().rule_number(100).egress(egress).protocol("-1").cidr_block("0.0.0.0/0");
            entry.rule_action(types::RuleAction::Allow).build()
        };
        let subnet = types::Subnet::builder().subnet_id("subnet-1").vpc_id("vpc-1").cidr_block("10.0.1.0/24").build();
        let of_acl = types::NetworkAclAssociation::builder().subnet_id("subnet-1").build();
        let acl = types::NetworkAcl::builder().network_acl_id("acl-1").associations(of_acl).entries(entry(true)).entries(entry(false));
        let table = types::RouteTable::builder().route_table_id("rtb-1").vpc_id("vpc-1").associations(main).routes(local).build();
        let lists = [
            ("Vpcs", vec![known(to_vpc(&types::Vpc::builder().vpc_id("vpc-1").cidr_block("10.0.0.0/16").build()))]),
            ("Subnets", vec![known(to_subnet(&subnet))]),
            ("SecurityGroups", vec![known(to_group(&group))]),
            ("NetworkAcls", vec![known(to_acl(&acl.build()))]),
            ("RouteTables", vec![known(to_table(&table))]),
            (
                "NetworkInterfaces",
                vec![known(to_interface(&interface("eni-1", "10.0.1.10"))), known(to_interface(&interface("eni-2", "10.0.1.20")))],
            ),
        ];
        let files: BTreeMap<String, String> =
            lists.into_iter().map(|(key, items)| (key.to_owned(), json!({ key: items }).to_string())).collect();
        let network = Network::from_describe(&[Folder { name: "eu-central-1".to_owned(), files }]).expect("the engine's own format");
        let (from, to) = (network.end("i-eni-1").expect("an instance"), network.end("10.0.1.20").expect("an address"));
        assert_eq!(network.reach(&from, &to, (443, 443), Protocol::Tcp).verdict, Verdict::Allowed);
        assert_eq!(network.reach(&from, &to, (80, 80), Protocol::Tcp).verdict, Verdict::Dropped);
    }

    #[test]
    fn the_prefix_lists_of_rules_and_routes_are_found() {
        let rule = types::IpPermission::builder()
            .ip_protocol("tcp")
            .prefix_list_ids(types::PrefixListId::builder().prefix_list_id("pl-1").build());
        let group = types::SecurityGroup::builder().group_id("sg-1").ip_permissions(rule.build()).build();
        let route =
            types::Route::builder().destination_prefix_list_id("pl-2").gateway_id("vpce-1").state(types::RouteState::Active).build();
        let items = [known(to_group(&group)), known(to_route(&route))];
        assert_eq!(named_lists(items.iter()).into_iter().collect::<Vec<_>>(), ["pl-1", "pl-2"]);
    }

    #[test]
    fn an_item_that_lacks_what_aws_always_sends_is_unreadable() {
        assert_eq!(to_vpc(&types::Vpc::builder().build()), Err(Lacks("VpcId")));
        assert_eq!(to_interface(&types::NetworkInterface::builder().network_interface_id("eni-1").build()), Err(Lacks("VpcId")));
        assert_eq!(to_route(&types::Route::builder().gateway_id("local").build()), Err(Lacks("Routes.State")));
    }
}
