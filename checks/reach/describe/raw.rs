//! AWS's answers as they are written, as far as packets depend on them.
//! Field meanings: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html>.

use super::raw_balancing::{AttributesOf, Balancer, HealthOf, ListenersOf, TargetGroup};
use super::raw_instances::Reservation;
use ipnet::IpNet;
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;
use std::net::IpAddr;

macro_rules! raw {
    ($($key:literal $field:ident: $item:ty,)+) => {
        /// What one folder says.
        #[derive(Debug, Default)]
        pub(super) struct Raw {
            /// Keys that some file has.
            pub(super) seen: BTreeSet<&'static str>,
            $(pub(super) $field: Vec<$item>,)+
        }

        impl Raw {
            /// Reads the value of a key; false if it is none of ours.
            pub(super) fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
                match key {
                    $($key => {
                        // Null says nothing: the list was not read.
                        if let Some(items) = map.next_value::<Option<Vec<$item>>>()? {
                            self.$field.extend(items);
                            self.seen.insert($key);
                        }
                    })+
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

raw! {
    "Vpcs" vpcs: Vpc,
    "Subnets" subnets: Subnet,
    "NetworkInterfaces" interfaces: Interface,
    "Reservations" reservations: Reservation,
    "SecurityGroups" groups: Group,
    "NetworkAcls" acls: Acl,
    "RouteTables" tables: Table,
    "VpcPeeringConnections" peerings: Peering,
    "InternetGateways" internet_gateways: InternetGateway,
    "NatGateways" nats: Nat,
    "Addresses" addresses: ElasticAddress,
    "PrefixLists" prefix_lists: PrefixList,
    "ManagedPrefixListEntries" prefix_list_entries: PrefixListEntries,
    "VpcEndpoints" endpoints: Endpoint,
    "TransitGateways" transit_gateways: TransitGateway,
    "TransitGatewayAttachments" attachments: Attachment,
    "TransitGatewayVpcAttachments" vpc_attachments: VpcAttachment,
    "TransitGatewayStaticRoutes" transit_routes: TransitRoutes,
    "TransitGatewayRoutes" searched_routes: TransitRoutes,
    "TransitGatewayPropagations" propagations: Propagations,
    "LoadBalancers" balancers: Balancer,
    "LoadBalancerListeners" listeners: ListenersOf,
    "Listeners" loose_listeners: super::raw_balancing::Listener,
    "LoadBalancerAttributes" balancer_attributes: AttributesOf,
    "TargetGroups" target_groups: TargetGroup,
    "TargetGroupAttributes" target_group_attributes: AttributesOf,
    "LoadBalancerTargetHealth" target_health: HealthOf,
    "tasks" tasks: super::tasks::Task,
}

/// A list, a text or a flag that may be absent; null is the same as absent, as some tools write it.
pub(super) fn absent<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(value: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(value)?.unwrap_or_default())
}

/// Derives what every raw item has: AWS's spelling, and defaults for what may be absent.
macro_rules! items {
    ($($(#[$meta:meta])* struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })+) => {
        $($(#[$meta])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub(super) struct $name { $($(#[$field_meta])* pub(super) $field: $type,)* })+
    };
}
pub(super) use items;

items! {
    struct Vpc {
        vpc_id: String,
        cidr_block: Option<IpNet>,
        #[serde(default, deserialize_with = "absent")]
        cidr_block_association_set: Vec<Associated>,
        #[serde(default, deserialize_with = "absent")]
        ipv6_cidr_block_association_set: Vec<Associated6>,
    }
    struct Associated {
        cidr_block: IpNet,
        cidr_block_state: Option<State>,
    }
    struct Associated6 {
        ipv6_cidr_block: IpNet,
        ipv6_cidr_block_state: Option<State>,
    }
    struct State {
        state: String,
    }
    struct Subnet {
        subnet_id: String,
        vpc_id: String,
        cidr_block: Option<IpNet>,
        #[serde(default, deserialize_with = "absent")]
        ipv6_cidr_block_association_set: Vec<Associated6>,
        availability_zone: Option<String>,
        availability_zone_id: Option<String>,
        available_ip_address_count: Option<u32>,
    }
    struct Interface {
        network_interface_id: String,
        interface_type: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        description: String,
        vpc_id: String,
        subnet_id: Option<String>,
        private_ip_address: Option<IpAddr>,
        #[serde(default, deserialize_with = "absent")]
        private_ip_addresses: Vec<PrivateAddress>,
        #[serde(default, deserialize_with = "absent")]
        ipv6_addresses: Vec<Address6>,
        #[serde(default, deserialize_with = "absent")]
        ipv4_prefixes: Vec<Prefix>,
        #[serde(default, deserialize_with = "absent")]
        ipv6_prefixes: Vec<Prefix6>,
        source_dest_check: Option<bool>,
        association: Option<Association>,
        #[serde(default, deserialize_with = "absent")]
        groups: Vec<GroupRef>,
        attachment: Option<InstanceAttachment>,
        #[serde(default, deserialize_with = "absent")]
        requester_managed: bool,
        status: Option<String>,
        owner_id: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        tag_set: Vec<Tag>,
    }
    struct PrivateAddress {
        private_ip_address: IpAddr,
        #[serde(default, deserialize_with = "absent")]
        primary: bool,
        association: Option<Association>,
    }
    struct Address6 {
        ipv6_address: IpAddr,
    }
    struct Prefix {
        ipv4_prefix: IpNet,
    }
    struct Prefix6 {
        ipv6_prefix: IpNet,
    }
    struct Association {
        public_ip: Option<IpAddr>,
        carrier_ip: Option<IpAddr>,
    }
    struct GroupRef {
        group_id: String,
    }
    struct InstanceAttachment {
        instance_id: Option<String>,
        instance_owner_id: Option<String>,
        device_index: Option<i64>,
    }
    struct Tag {
        key: String,
        #[serde(default, deserialize_with = "absent")]
        value: String,
    }
    struct Group {
        group_id: String,
        #[serde(default, deserialize_with = "absent")]
        group_name: String,
        vpc_id: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        ip_permissions: Vec<Permission>,
        #[serde(default, deserialize_with = "absent")]
        ip_permissions_egress: Vec<Permission>,
    }
    struct Permission {
        ip_protocol: String,
        from_port: Option<i32>,
        to_port: Option<i32>,
        #[serde(default, deserialize_with = "absent")]
        ip_ranges: Vec<Range>,
        #[serde(default, deserialize_with = "absent")]
        ipv6_ranges: Vec<Range6>,
        #[serde(default, deserialize_with = "absent")]
        prefix_list_ids: Vec<ListRef>,
        #[serde(default, deserialize_with = "absent")]
        user_id_group_pairs: Vec<GroupPair>,
    }
    struct Range {
        cidr_ip: IpNet,
    }
    struct Range6 {
        cidr_ipv6: IpNet,
    }
    struct ListRef {
        prefix_list_id: String,
    }
    struct GroupPair {
        group_id: Option<String>,
        vpc_id: Option<String>,
        vpc_peering_connection_id: Option<String>,
        peering_status: Option<String>,
    }
    struct Acl {
        network_acl_id: String,
        vpc_id: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        associations: Vec<AclAssociation>,
        #[serde(default, deserialize_with = "absent")]
        entries: Vec<Entry>,
    }
    struct AclAssociation {
        subnet_id: String,
    }
    struct Entry {
        rule_number: i32,
        #[serde(default, deserialize_with = "absent")]
        egress: bool,
        rule_action: String,
        protocol: String,
        cidr_block: Option<IpNet>,
        ipv6_cidr_block: Option<IpNet>,
        port_range: Option<Ports>,
        icmp_type_code: Option<Icmp>,
    }
    struct Ports {
        from: Option<i32>,
        to: Option<i32>,
    }
    struct Icmp {
        r#type: Option<i32>,
        code: Option<i32>,
    }
    struct Table {
        route_table_id: String,
        vpc_id: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        associations: Vec<TableAssociation>,
        #[serde(default, deserialize_with = "absent")]
        routes: Vec<Route>,
    }
    struct TableAssociation {
        #[serde(default, deserialize_with = "absent")]
        main: bool,
        subnet_id: Option<String>,
        gateway_id: Option<String>,
        association_state: Option<State>,
    }
    struct Route {
        destination_cidr_block: Option<IpNet>,
        destination_ipv6_cidr_block: Option<IpNet>,
        destination_prefix_list_id: Option<String>,
        gateway_id: Option<String>,
        nat_gateway_id: Option<String>,
        transit_gateway_id: Option<String>,
        vpc_peering_connection_id: Option<String>,
        network_interface_id: Option<String>,
        instance_id: Option<String>,
        egress_only_internet_gateway_id: Option<String>,
        local_gateway_id: Option<String>,
        carrier_gateway_id: Option<String>,
        core_network_arn: Option<String>,
        state: Option<String>,
        origin: Option<String>,
    }
    struct Peering {
        vpc_peering_connection_id: String,
        accepter_vpc_info: PeerVpc,
        requester_vpc_info: PeerVpc,
        status: Option<Code>,
    }
    struct PeerVpc {
        vpc_id: Option<String>,
        region: Option<String>,
    }
    struct Code {
        #[serde(default, deserialize_with = "absent")]
        code: String,
    }
    struct InternetGateway {
        internet_gateway_id: String,
        #[serde(default, deserialize_with = "absent")]
        attachments: Vec<GatewayAttachment>,
    }
    struct GatewayAttachment {
        vpc_id: Option<String>,
        state: Option<String>,
    }
    struct Nat {
        nat_gateway_id: String,
        #[serde(default, deserialize_with = "absent")]
        nat_gateway_addresses: Vec<NatAddress>,
        state: Option<String>,
        subnet_id: Option<String>,
        connectivity_type: Option<String>,
    }
    struct NatAddress {
        private_ip: Option<IpAddr>,
        public_ip: Option<IpAddr>,
        is_primary: Option<bool>,
    }
    struct ElasticAddress {
        public_ip: Option<IpAddr>,
        private_ip_address: Option<IpAddr>,
        network_interface_id: Option<String>,
    }
    struct PrefixList {
        prefix_list_id: String,
        cidrs: Option<Vec<IpNet>>,
    }
    struct PrefixListEntries {
        prefix_list_id: String,
        #[serde(default, deserialize_with = "absent")]
        entries: Vec<ListEntry>,
    }
    struct ListEntry {
        cidr: IpNet,
    }
    struct Endpoint {
        vpc_endpoint_id: String,
        #[serde(default, deserialize_with = "absent")]
        service_name: String,
        vpc_endpoint_type: Option<String>,
        state: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        network_interface_ids: Vec<String>,
    }
    struct TransitGateway {
        transit_gateway_id: String,
        state: Option<String>,
        options: Option<Options>,
    }
    struct Options {
        security_group_referencing_support: Option<String>,
        ipv6_support: Option<String>,
    }
    struct Attachment {
        transit_gateway_attachment_id: String,
        transit_gateway_id: String,
        transit_gateway_owner_id: Option<String>,
        resource_type: Option<String>,
        resource_id: Option<String>,
        resource_owner_id: Option<String>,
        state: Option<String>,
        association: Option<TransitAssociation>,
    }
    struct TransitAssociation {
        state: Option<String>,
        transit_gateway_route_table_id: Option<String>,
    }
    struct VpcAttachment {
        transit_gateway_attachment_id: String,
        transit_gateway_id: String,
        vpc_id: String,
        state: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        subnet_ids: Vec<String>,
        options: Option<Options>,
    }
    struct TransitRoutes {
        transit_gateway_route_table_id: String,
        #[serde(default, deserialize_with = "absent")]
        routes: Vec<TransitRoute>,
    }
    struct TransitRoute {
        destination_cidr_block: Option<IpNet>,
        prefix_list_id: Option<String>,
        r#type: Option<String>,
        state: Option<String>,
        #[serde(default, deserialize_with = "absent")]
        transit_gateway_attachments: Vec<RouteAttachment>,
    }
    struct RouteAttachment {
        transit_gateway_attachment_id: Option<String>,
    }
    struct Propagations {
        transit_gateway_route_table_id: String,
        #[serde(default, deserialize_with = "absent")]
        transit_gateway_route_table_propagations: Vec<Propagation>,
    }
    struct Propagation {
        transit_gateway_attachment_id: Option<String>,
        resource_id: Option<String>,
        resource_type: Option<String>,
        state: Option<String>,
    }
}
