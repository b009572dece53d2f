//! EC2: the endpoints of VPCs, and the blocks behind the prefix lists that rules and routes name.

use super::call::Call;
use super::network::{block, filter};
use super::outcome::{Answer, Lacks, Refusal, need};
use super::reader::{Reader, by_key, each};
use apigw_doctor_checks::model::network::{RouteTable, SecurityGroup, VpcEndpoint};
use aws_sdk_ec2::types;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// The endpoints of a VPC.
pub(super) async fn of_vpc(reader: &Reader<'_>, vpc: &str) -> Result<BTreeMap<String, VpcEndpoint>, Refusal> {
    let filter = || filter("vpc-id", [vpc.to_owned()]);
    let request = |token| reader.aws().ec2.describe_vpc_endpoints().filters(filter()).set_next_token(token).send();
    let items = reader.pages(Call::DescribeVpcEndpoints, request, |page| (page.vpc_endpoints, page.next_token)).await?;
    by_key(Call::DescribeVpcEndpoints, &items, to_endpoint, |endpoint| endpoint.id.clone())
}

/// Reads the blocks of a prefix list. VPCs share them, so each is read by whoever comes first.
pub(super) async fn prefix_list(reader: &Reader<'_>, id: &str) {
    if !reader.claim(id) {
        return;
    }
    let request = |token| reader.aws().ec2.get_managed_prefix_list_entries().prefix_list_id(id).set_next_token(token).send();
    let answer = reader.pages(Call::GetManagedPrefixListEntries, request, |page| (page.entries, page.next_token)).await;
    let blocks = answer.and_then(|items| each(Call::GetManagedPrefixListEntries, &items, to_block));
    reader.facts.record(|facts| drop(facts.prefix_lists.insert(id.to_owned(), blocks.fetched())));
}

/// The prefix lists that the rules of groups and the routes of tables name.
pub(super) fn named_lists<'a>(
    groups: impl Iterator<Item = &'a SecurityGroup>,
    tables: impl Iterator<Item = &'a RouteTable>,
) -> BTreeSet<String> {
    let of_groups = groups.flat_map(|group| group.ingress.iter().chain(&group.egress)).flat_map(|rule| rule.prefix_lists.iter());
    let of_tables = tables.flat_map(|table| &table.routes).filter_map(|route| route.prefix_list.as_ref());
    of_groups.chain(of_tables).cloned().collect()
}

fn to_endpoint(endpoint: &types::VpcEndpoint) -> Result<VpcEndpoint, Lacks> {
    let groups = endpoint.groups().iter().map(|group| need(group.group_id.clone(), "Groups.GroupId"));
    Ok(VpcEndpoint {
        id: need(endpoint.vpc_endpoint_id.clone(), "VpcEndpointId")?,
        vpc_id: need(endpoint.vpc_id.clone(), "VpcId")?,
        // Endpoints for resources and service networks have no service.
        service_name: endpoint.service_name.clone().unwrap_or_default(),
        kind: need(endpoint.vpc_endpoint_type.as_ref(), "VpcEndpointType")?.as_str().to_owned(),
        // The documented names begin with a capital letter, EC2's answers do not.
        state: endpoint.state.as_ref().map(|state| state.as_str().to_lowercase()),
        subnet_ids: endpoint.subnet_ids().to_vec(),
        route_table_ids: endpoint.route_table_ids().to_vec(),
        group_ids: groups.collect::<Result<_, _>>()?,
        // Gateway endpoints have no DNS names of their own.
        private_dns: endpoint.private_dns_enabled.unwrap_or(false),
    })
}

fn to_block(entry: &types::PrefixListEntry) -> Result<IpNet, Lacks> {
    block(need(entry.cidr.as_deref(), "Cidr")?, "Cidr")
}

#[cfg(test)]
mod tests {
    use super::{Lacks, to_block, to_endpoint, types};

    #[test]
    fn an_endpoint_has_a_kind_and_may_lack_subnets() {
        let base = || types::VpcEndpoint::builder().vpc_endpoint_id("vpce-1").vpc_id("vpc-1").service_name("com.amazonaws.eu-central-1.s3");
        assert_eq!(to_endpoint(&base().build()), Err(Lacks("VpcEndpointType")));
        let gateway = base().vpc_endpoint_type(types::VpcEndpointType::Gateway).state(types::State::Available).route_table_ids("rtb-1");
        let gateway = to_endpoint(&gateway.build()).expect("complete");
        assert_eq!((gateway.kind.as_str(), gateway.state.as_deref(), gateway.private_dns), ("Gateway", Some("available"), false));
        assert!(gateway.subnet_ids.is_empty() && gateway.route_table_ids == ["rtb-1"]);
    }

    #[test]
    fn an_entry_without_a_block_is_unreadable() {
        let entry = |cidr: &str| to_block(&types::PrefixListEntry::builder().cidr(cidr).build());
        assert_eq!(entry("10.0.0.0/8").map(|block| block.to_string()), Ok("10.0.0.0/8".to_owned()));
        assert_eq!(entry("10.0.0.0"), Err(Lacks("Cidr")));
        assert_eq!(to_block(&types::PrefixListEntry::builder().build()), Err(Lacks("Cidr")));
    }
}
