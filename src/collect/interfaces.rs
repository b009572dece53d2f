//! EC2: the network interfaces of VPC links, load balancer nodes and targets.

use super::accumulator::merge;
use super::call::Call;
use super::gather::all;
use super::network::filter;
use super::outcome::{Answer, Lacks, Refusal, need};
use super::reader::{Reader, by_key};
use apigw_doctor_checks::model::balancing::{Target, TargetGroup};
use apigw_doctor_checks::model::network::NetworkInterface;
use apigw_doctor_checks::model::subject::arn_tail;
use aws_sdk_ec2::types;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A filter takes so many values.
const BATCH: usize = 200;

/// Reads the interfaces that API Gateway made in the subnets of VPC links.
pub(super) async fn of_links(reader: &Reader<'_>, subnets: &BTreeSet<String>) {
    if !subnets.is_empty() {
        let managed = filter("interface-type", ["api_gateway_managed".to_owned()]);
        read(reader, vec![managed, filter("subnet-id", subnets.iter().cloned())]).await;
    }
}

/// Reads the interfaces of a load balancer's nodes: they carry its name in their description.
pub(super) async fn of_load_balancer(reader: &Reader<'_>, arn: &str) {
    read(reader, vec![filter("description", [format!("ELB {}", arn_tail(arn))])]).await;
}

/// Reads the interfaces of targets: by address for `ip` targets, by instance for `instance` targets.
pub(super) async fn of_targets(reader: &Reader<'_>, group: &TargetGroup, targets: &[Target]) {
    let name = match group.target_type.as_str() {
        "ip" => "addresses.private-ip-address",
        "instance" => "attachment.instance-id",
        _ => return, // functions and load balancers have no interface of their own
    };
    let ids: BTreeSet<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let batches = ids.chunks(BATCH).map(|batch| {
        let mut filters = vec![filter(name, batch.iter().map(|id| (*id).to_owned()))];
        // The same private address may exist in several VPCs.
        filters.extend(group.vpc_id.clone().map(|vpc| filter("vpc-id", [vpc])));
        read(reader, filters)
    });
    all(batches).await;
}

async fn read(reader: &Reader<'_>, filters: Vec<types::Filter>) {
    let found = interfaces(reader, filters).await.fetched();
    reader.facts.piece(|pieces| merge(&mut pieces.network_interfaces, found));
}

async fn interfaces(reader: &Reader<'_>, filters: Vec<types::Filter>) -> Result<BTreeMap<String, NetworkInterface>, Refusal> {
    let request = |token| reader.aws().ec2.describe_network_interfaces().set_filters(Some(filters.clone())).set_next_token(token).send();
    let items = reader.pages(Call::DescribeNetworkInterfaces, request, |page| (page.network_interfaces, page.next_token)).await?;
    by_key(Call::DescribeNetworkInterfaces, &items, to_interface, |nic| nic.id.clone())
}

fn to_interface(nic: &types::NetworkInterface) -> Result<NetworkInterface, Lacks> {
    let groups = nic.groups().iter().map(|group| need(group.group_id.clone(), "Groups.GroupId"));
    let link = nic.tag_set().iter().find(|tag| tag.key.as_deref() == Some("VpcLinkId"));
    Ok(NetworkInterface {
        id: need(nic.network_interface_id.clone(), "NetworkInterfaceId")?,
        interface_type: need(nic.interface_type.as_ref(), "InterfaceType")?.as_str().to_owned(),
        // Nobody has to describe an interface; without a description it is no load balancer's.
        description: nic.description.clone().unwrap_or_default(),
        vpc_id: need(nic.vpc_id.clone(), "VpcId")?,
        subnet_id: need(nic.subnet_id.clone(), "SubnetId")?,
        zone: need(nic.availability_zone.clone(), "AvailabilityZone")?,
        addresses: addresses(nic)?,
        group_ids: groups.collect::<Result<_, _>>()?,
        instance_id: nic.attachment.as_ref().and_then(|attachment| attachment.instance_id.clone()),
        vpc_link_id: link.and_then(|tag| tag.value.clone()),
        status: nic.status.as_ref().map(|status| status.as_str().to_owned()),
    })
}

/// All private addresses, the primary one first. An interface for IPv6 only has no IPv4 address.
fn addresses(nic: &types::NetworkInterface) -> Result<Vec<IpAddr>, Lacks> {
    let mut texts: Vec<&str> = nic.private_ip_address.as_deref().into_iter().collect();
    texts.extend(nic.private_ip_addresses().iter().filter_map(|address| address.private_ip_address.as_deref()));
    texts.extend(nic.ipv6_addresses().iter().filter_map(|address| address.ipv6_address.as_deref()));
    let mut addresses: Vec<IpAddr> = Vec::new();
    for text in texts {
        let address = text.parse().map_err(|_| Lacks("PrivateIpAddress"))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(Lacks("PrivateIpAddress")) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_interface};
    use aws_sdk_ec2::types;
    use aws_sdk_ec2::types::builders::NetworkInterfaceBuilder;

    fn nic() -> NetworkInterfaceBuilder {
        types::NetworkInterface::builder()
            .network_interface_id("eni-1")
            .interface_type(types::NetworkInterfaceType::ApiGatewayManaged)
            .vpc_id("vpc-1")
            .subnet_id("subnet-1")
            .availability_zone("eu-central-1a")
    }

    #[test]
    fn an_interface_of_a_link_is_known_by_its_tag() {
        let tag = types::Tag::builder().key("VpcLinkId").value("link1").build();
        let secondary = types::NetworkInterfacePrivateIpAddress::builder().private_ip_address("10.0.0.9").build();
        let found = nic()
            .private_ip_address("10.0.0.8")
            .private_ip_addresses(types::NetworkInterfacePrivateIpAddress::builder().private_ip_address("10.0.0.8").build())
            .private_ip_addresses(secondary)
            .groups(types::GroupIdentifier::builder().group_id("sg-1").build())
            .tag_set(tag)
            .build();
        let found = to_interface(&found).expect("complete");
        assert_eq!((found.vpc_link_id.as_deref(), found.interface_type.as_str()), (Some("link1"), "api_gateway_managed"));
        assert_eq!(found.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.8", "10.0.0.9"]);
        assert_eq!((found.description.as_str(), found.group_ids.as_slice()), ("", &["sg-1".to_owned()][..]));
    }

    #[test]
    fn an_interface_without_any_address_is_unreadable() {
        assert_eq!(to_interface(&nic().build()), Err(Lacks("PrivateIpAddress")));
    }
}
