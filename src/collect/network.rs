//! EC2: subnets, security groups, network ACLs and route tables of the VPCs involved (endpoints are in `endpoints.rs`).
//!
//! A rule whose block or peer cannot be read makes the whole answer unreadable: a security group with one rule
//! fewer is another security group.

use super::accumulator::merge;
use super::call::Call;
use super::endpoints::{self, named_lists};
use super::gather::all;
use super::outcome::{Answer, Lacks, Refusal, need};
use super::reader::{Reader, by_key};
use apigw_doctor_checks::model::network::{AclEntry, NetworkAcl, PeeredGroup, RouteTable, SecurityGroup, SgRule, Subnet, VpcRoute};
use aws_sdk_ec2::types;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// What others need to know of a VPC.
#[derive(Debug)]
pub(super) struct Vpc {
    /// Its subnets, if they could be read.
    pub(super) subnet_ids: Option<BTreeSet<String>>,
    /// The prefix lists that its security groups and route tables name.
    prefix_lists: BTreeSet<String>,
}

/// Reads all of a VPC, once; returns its subnets' ids.
pub(super) async fn vpc(reader: &Reader<'_>, id: &str) -> Option<BTreeSet<String>> {
    let place = reader.vpc(id);
    place.get_or_init(|| read_vpc(reader, id)).await.subnet_ids.clone()
}

/// Reads the prefix lists that a VPC's groups and tables name.
pub(super) async fn prefix_lists(reader: &Reader<'_>, id: &str) {
    let place = reader.vpc(id);
    let vpc = place.get_or_init(|| read_vpc(reader, id)).await;
    all(vpc.prefix_lists.iter().map(|list| endpoints::prefix_list(reader, list))).await;
}

/// Reads subnets by their ids and returns the VPCs they lie in. One that is gone is simply not in the answer.
pub(super) async fn vpcs_of_subnets(reader: &Reader<'_>, ids: &BTreeSet<String>) -> BTreeSet<String> {
    if ids.is_empty() {
        return BTreeSet::new();
    }
    let answer = subnets(reader, filter("subnet-id", ids.iter().cloned())).await.fetched();
    let vpcs = answer.value().map(|subnets| subnets.values().map(|subnet| subnet.vpc_id.clone()).collect());
    reader.facts.piece(|pieces| merge(&mut pieces.subnets, answer));
    vpcs.unwrap_or_default()
}

async fn read_vpc(reader: &Reader<'_>, id: &str) -> Vpc {
    let of_vpc = || filter("vpc-id", [id.to_owned()]);
    let (subnets, groups, acls, tables, endpoints) = tokio::join!(
        subnets(reader, of_vpc()),
        security_groups(reader, of_vpc()),
        network_acls(reader, of_vpc()),
        route_tables(reader, of_vpc()),
        endpoints::of_vpc(reader, id),
    );
    let (subnets, groups, tables) = (subnets.fetched(), groups.fetched(), tables.fetched());
    let of_groups = groups.value().into_iter().flat_map(BTreeMap::values);
    let prefix_lists = named_lists(of_groups, tables.value().into_iter().flat_map(BTreeMap::values));
    let subnet_ids = subnets.value().map(|all: &BTreeMap<_, _>| all.keys().cloned().collect());
    reader.facts.piece(|pieces| {
        merge(&mut pieces.subnets, subnets);
        merge(&mut pieces.security_groups, groups);
        merge(&mut pieces.network_acls, acls.fetched());
        merge(&mut pieces.route_tables, tables);
        merge(&mut pieces.vpc_endpoints, endpoints.fetched());
    });
    Vpc { subnet_ids, prefix_lists }
}

async fn subnets(reader: &Reader<'_>, filter: types::Filter) -> Result<BTreeMap<String, Subnet>, Refusal> {
    let request = |token| reader.aws().ec2.describe_subnets().filters(filter.clone()).set_next_token(token).send();
    let items = reader.pages(Call::DescribeSubnets, request, |page| (page.subnets, page.next_token)).await?;
    by_key(Call::DescribeSubnets, &items, to_subnet, |subnet| subnet.id.clone())
}

async fn security_groups(reader: &Reader<'_>, filter: types::Filter) -> Result<BTreeMap<String, SecurityGroup>, Refusal> {
    let request = |token| reader.aws().ec2.describe_security_groups().filters(filter.clone()).set_next_token(token).send();
    let items = reader.pages(Call::DescribeSecurityGroups, request, |page| (page.security_groups, page.next_token)).await?;
    by_key(Call::DescribeSecurityGroups, &items, to_group, |group| group.id.clone())
}

async fn network_acls(reader: &Reader<'_>, filter: types::Filter) -> Result<BTreeMap<String, NetworkAcl>, Refusal> {
    let request = |token| reader.aws().ec2.describe_network_acls().filters(filter.clone()).set_next_token(token).send();
    let items = reader.pages(Call::DescribeNetworkAcls, request, |page| (page.network_acls, page.next_token)).await?;
    by_key(Call::DescribeNetworkAcls, &items, to_acl, |acl| acl.id.clone())
}

async fn route_tables(reader: &Reader<'_>, filter: types::Filter) -> Result<BTreeMap<String, RouteTable>, Refusal> {
    let request = |token| reader.aws().ec2.describe_route_tables().filters(filter.clone()).set_next_token(token).send();
    let items = reader.pages(Call::DescribeRouteTables, request, |page| (page.route_tables, page.next_token)).await?;
    by_key(Call::DescribeRouteTables, &items, to_table, |table| table.id.clone())
}

/// A filter on one field.
pub(super) fn filter(name: &str, values: impl IntoIterator<Item = String>) -> types::Filter {
    types::Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

pub(super) fn block<T: FromStr>(text: &str, field: &'static str) -> Result<T, Lacks> {
    text.parse().map_err(|_| Lacks(field))
}

fn to_subnet(subnet: &types::Subnet) -> Result<Subnet, Lacks> {
    // A subnet for IPv6 only has no CidrBlock.
    let mut cidrs: Vec<_> = subnet.cidr_block.iter().map(|text| block(text, "CidrBlock")).collect::<Result<_, _>>()?;
    for association in subnet.ipv6_cidr_block_association_set() {
        let state = association.ipv6_cidr_block_state.as_ref().and_then(|state| state.state.as_ref());
        // A block that was taken away stays listed as disassociated for a while.
        if state.is_none_or(|state| *state == types::SubnetCidrBlockStateCode::Associated) {
            cidrs.push(block(need(association.ipv6_cidr_block.as_deref(), "Ipv6CidrBlock")?, "Ipv6CidrBlock")?);
        }
    }
    let available = need(subnet.available_ip_address_count, "AvailableIpAddressCount")?;
    Ok(Subnet {
        id: need(subnet.subnet_id.clone(), "SubnetId")?,
        vpc_id: need(subnet.vpc_id.clone(), "VpcId")?,
        cidrs,
        zone: need(subnet.availability_zone.clone(), "AvailabilityZone")?,
        zone_id: subnet.availability_zone_id.clone(),
        available_addresses: u32::try_from(available).map_err(|_| Lacks("AvailableIpAddressCount"))?,
    })
}

fn to_group(group: &types::SecurityGroup) -> Result<SecurityGroup, Lacks> {
    // An empty rule list is left out of the answer by some protocols' parsers; a group without rules is common.
    Ok(SecurityGroup {
        id: need(group.group_id.clone(), "GroupId")?,
        name: need(group.group_name.clone(), "GroupName")?,
        vpc_id: group.vpc_id.clone(),
        ingress: group.ip_permissions().iter().map(to_rule).collect::<Result<_, _>>()?,
        egress: group.ip_permissions_egress().iter().map(to_rule).collect::<Result<_, _>>()?,
    })
}

fn to_rule(rule: &types::IpPermission) -> Result<SgRule, Lacks> {
    let mut cidrs = Vec::new();
    for range in rule.ip_ranges() {
        cidrs.push(block(need(range.cidr_ip.as_deref(), "CidrIp")?, "CidrIp")?);
    }
    for range in rule.ipv6_ranges() {
        cidrs.push(block(need(range.cidr_ipv6.as_deref(), "CidrIpv6")?, "CidrIpv6")?);
    }
    let groups = rule.user_id_group_pairs().iter().map(|pair| need(pair.group_id.clone(), "UserIdGroupPairs.GroupId"));
    let lists = rule.prefix_list_ids().iter().map(|list| need(list.prefix_list_id.clone(), "PrefixListIds.PrefixListId"));
    Ok(SgRule {
        protocol: need(rule.ip_protocol.clone(), "IpProtocol")?,
        from_port: rule.from_port,
        to_port: rule.to_port,
        cidrs,
        groups: groups.collect::<Result<_, _>>()?,
        prefix_lists: lists.collect::<Result<_, _>>()?,
        listed: BTreeMap::new(),
        peerings: rule.user_id_group_pairs().iter().filter_map(to_peering).collect(),
    })
}

/// Only groups of a peered VPC come with a status.
fn to_peering(pair: &types::UserIdGroupPair) -> Option<(String, PeeredGroup)> {
    let (vpc_id, peering_id) = (pair.vpc_id.clone(), pair.vpc_peering_connection_id.clone());
    let status = pair.peering_status.clone();
    let peered = peering_id.is_some() || status.is_some();
    let group = pair.group_id.clone()?;
    peered.then_some((group, PeeredGroup { vpc_id, peering_id, status }))
}

fn to_acl(acl: &types::NetworkAcl) -> Result<NetworkAcl, Lacks> {
    let subnets = acl.associations().iter().map(|association| need(association.subnet_id.clone(), "Associations.SubnetId"));
    Ok(NetworkAcl {
        id: need(acl.network_acl_id.clone(), "NetworkAclId")?,
        vpc_id: need(acl.vpc_id.clone(), "VpcId")?,
        subnet_ids: subnets.collect::<Result<_, _>>()?,
        entries: acl.entries().iter().map(to_entry).collect::<Result<_, _>>()?,
    })
}

fn to_entry(entry: &types::NetworkAclEntry) -> Result<AclEntry, Lacks> {
    let text = entry.cidr_block.as_deref().or(entry.ipv6_cidr_block.as_deref());
    let protocol = need(entry.protocol.clone(), "Entries.Protocol")?;
    let of_ports = matches!(protocol.as_str(), "6" | "17");
    Ok(AclEntry {
        number: need(entry.rule_number, "Entries.RuleNumber")?,
        egress: need(entry.egress, "Entries.Egress")?,
        allow: *need(entry.rule_action.as_ref(), "Entries.RuleAction")? == types::RuleAction::Allow,
        cidr: block(need(text, "Entries.CidrBlock")?, "Entries.CidrBlock")?,
        // ICMP and "all" have no ports; some tools write -1 there.
        ports: entry.port_range.as_ref().filter(|_| of_ports).map(to_ports).transpose()?,
        icmp: entry.icmp_type_code.as_ref().map(|icmp| (icmp.r#type.unwrap_or(-1), icmp.code.unwrap_or(-1))),
        protocol,
    })
}

fn to_ports(range: &types::PortRange) -> Result<(u16, u16), Lacks> {
    let port = |port: Option<i32>| u16::try_from(need(port, "Entries.PortRange")?).map_err(|_| Lacks("Entries.PortRange"));
    Ok((port(range.from)?, port(range.to)?))
}

fn to_table(table: &types::RouteTable) -> Result<RouteTable, Lacks> {
    // An association without a subnet is that of the VPC (main) or of a gateway.
    let subnet_ids = table.associations().iter().filter_map(|association| association.subnet_id.clone());
    Ok(RouteTable {
        id: need(table.route_table_id.clone(), "RouteTableId")?,
        vpc_id: need(table.vpc_id.clone(), "VpcId")?,
        main: table.associations().iter().any(|association| association.main == Some(true)),
        subnet_ids: subnet_ids.collect(),
        routes: table.routes().iter().map(to_route).collect::<Result<_, _>>()?,
    })
}

fn to_route(route: &types::Route) -> Result<VpcRoute, Lacks> {
    let text = route.destination_cidr_block.as_deref().or(route.destination_ipv6_cidr_block.as_deref());
    let targets = [
        &route.gateway_id,
        &route.nat_gateway_id,
        &route.transit_gateway_id,
        &route.vpc_peering_connection_id,
        &route.network_interface_id,
        &route.instance_id,
        &route.egress_only_internet_gateway_id,
        &route.carrier_gateway_id,
        &route.local_gateway_id,
        &route.core_network_arn,
        &route.odb_network_arn,
    ];
    Ok(VpcRoute {
        destination: text.map(|text| block(text, "Routes.DestinationCidrBlock")).transpose()?,
        prefix_list: route.destination_prefix_list_id.clone(),
        // A kind of target that this SDK does not know yet: the route is there, so it must not vanish.
        target: targets.into_iter().flatten().next().cloned().unwrap_or_else(|| "unknown".to_owned()),
        active: *need(route.state.as_ref(), "Routes.State")? == types::RouteState::Active,
    })
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_acl, to_group, to_route, to_subnet, to_table};
    use aws_sdk_ec2::types;

    #[test]
    fn a_subnet_keeps_the_blocks_it_has_now() {
        let state = |code| types::SubnetCidrBlockState::builder().state(code).build();
        let v6 = |text: &str, code| {
            types::SubnetIpv6CidrBlockAssociation::builder().ipv6_cidr_block(text).ipv6_cidr_block_state(state(code)).build()
        };
        let subnet = types::Subnet::builder()
            .subnet_id("subnet-1")
            .vpc_id("vpc-1")
            .cidr_block("10.0.1.0/24")
            .availability_zone("eu-central-1a")
            .available_ip_address_count(0)
            .ipv6_cidr_block_association_set(v6("2001:db8::/64", types::SubnetCidrBlockStateCode::Associated))
            .ipv6_cidr_block_association_set(v6("2001:db8:1::/64", types::SubnetCidrBlockStateCode::Disassociated))
            .build();
        let subnet = to_subnet(&subnet).expect("complete");
        assert_eq!(subnet.cidrs.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.1.0/24", "2001:db8::/64"]);
        assert_eq!(subnet.available_addresses, 0);
    }

    #[test]
    fn an_unknown_number_of_free_addresses_is_not_zero() {
        let subnet = types::Subnet::builder().subnet_id("s").vpc_id("v").cidr_block("10.0.0.0/24").availability_zone("a").build();
        assert_eq!(to_subnet(&subnet), Err(Lacks("AvailableIpAddressCount")));
    }

    #[test]
    fn a_group_without_rules_is_a_group_and_a_rule_that_cannot_be_read_is_none() {
        let base = || types::SecurityGroup::builder().group_id("sg-1").group_name("lb");
        let empty = to_group(&base().build()).expect("complete");
        assert!(empty.ingress.is_empty() && empty.egress.is_empty());
        let range = types::IpRange::builder().cidr_ip("not a block").build();
        let rule = types::IpPermission::builder().ip_protocol("tcp").ip_ranges(range).build();
        assert_eq!(to_group(&base().ip_permissions(rule).build()), Err(Lacks("CidrIp")));
    }

    #[test]
    fn all_kinds_of_peers_are_kept() {
        let rule = types::IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(443)
            .to_port(443)
            .ip_ranges(types::IpRange::builder().cidr_ip("10.0.0.0/16").build())
            .ipv6_ranges(types::Ipv6Range::builder().cidr_ipv6("::/0").build())
            .user_id_group_pairs(types::UserIdGroupPair::builder().group_id("sg-2").build())
            .prefix_list_ids(types::PrefixListId::builder().prefix_list_id("pl-1").build())
            .build();
        let group = types::SecurityGroup::builder().group_id("sg-1").group_name("lb").ip_permissions(rule).build();
        let rule = to_group(&group).expect("complete").ingress.remove(0);
        assert_eq!(
            (rule.cidrs.len(), rule.groups.as_slice(), rule.prefix_lists.as_slice()),
            (2, &["sg-2".to_owned()][..], &["pl-1".to_owned()][..])
        );
        assert_eq!((rule.from_port, rule.to_port), (Some(443), Some(443)));
    }

    #[test]
    fn acl_entries_have_ports_only_where_the_protocol_has() {
        let entry = |protocol: &str, from| {
            types::NetworkAclEntry::builder()
                .protocol(protocol)
                .rule_number(100)
                .egress(false)
                .rule_action(types::RuleAction::Deny)
                .cidr_block("0.0.0.0/0")
                .port_range(types::PortRange::builder().from(from).to(65535).build())
                .build()
        };
        let acl = |entry| types::NetworkAcl::builder().network_acl_id("acl-1").vpc_id("vpc-1").entries(entry).build();
        assert_eq!(to_acl(&acl(entry("6", 1024))).expect("complete").entries[0].ports, Some((1024, 65535)));
        assert_eq!(to_acl(&acl(entry("-1", -1))).expect("complete").entries[0].ports, None);
        assert_eq!(to_acl(&acl(entry("6", -1))), Err(Lacks("Entries.PortRange")));
    }

    #[test]
    fn routes_lead_somewhere_even_if_we_do_not_know_where() {
        let base = || types::Route::builder().destination_cidr_block("0.0.0.0/0").state(types::RouteState::Blackhole);
        let nat = to_route(&base().nat_gateway_id("nat-1").build()).expect("complete");
        assert_eq!((nat.target.as_str(), nat.active), ("nat-1", false));
        assert_eq!(to_route(&base().build()).expect("complete").target, "unknown");
        let main = types::RouteTableAssociation::builder().main(true).build();
        let table = types::RouteTable::builder().route_table_id("rtb-1").vpc_id("vpc-1").associations(main).build();
        let table = to_table(&table).expect("complete");
        assert!(table.main && table.subnet_ids.is_empty());
    }
}
