//! Subnets, security groups, network ACLs, route tables, interfaces.
//! Field meanings: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html>.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A subnet (`DescribeSubnets`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subnet {
    /// `SubnetId`.
    pub id: String,
    /// `VpcId`.
    pub vpc_id: String,
    /// `CidrBlock` and the IPv6 blocks.
    pub cidrs: Vec<IpNet>,
    /// `AvailabilityZone`, for example `eu-central-1a`.
    pub zone: String,
    /// `AvailabilityZoneId`, for example `euc1-az2`: the same place for every account.
    pub zone_id: Option<String>,
    /// `AvailableIpAddressCount`.
    pub available_addresses: u32,
}

/// A security group (`DescribeSecurityGroups`). Rules are stateful: replies always pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// `GroupId`.
    pub id: String,
    /// `GroupName`.
    pub name: String,
    /// `VpcId`.
    pub vpc_id: Option<String>,
    /// `IpPermissions`.
    pub ingress: Vec<SgRule>,
    /// `IpPermissionsEgress`.
    pub egress: Vec<SgRule>,
}

/// One `IpPermission`: a protocol and port range with all its peers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SgRule {
    /// `IpProtocol`: `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub protocol: String,
    /// `FromPort`; absent or -1 means all ports.
    pub from_port: Option<i32>,
    /// `ToPort`.
    pub to_port: Option<i32>,
    /// `IpRanges` and `Ipv6Ranges`.
    #[serde(default)]
    pub cidrs: Vec<IpNet>,
    /// `UserIdGroupPairs[].GroupId`.
    #[serde(default)]
    pub groups: Vec<String>,
    /// `PrefixListIds[].PrefixListId`.
    #[serde(default)]
    pub prefix_lists: Vec<String>,
    /// The blocks of those of `prefix_lists` that were read, by list id. Filled in by the deployment; AWS's answer does not hold them.
    #[serde(skip)]
    pub listed: BTreeMap<String, Vec<IpNet>>,
    /// What AWS says about those of `groups` that live in another VPC, by group id.
    #[serde(default)]
    pub peerings: BTreeMap<String, PeeredGroup>,
}

/// A group of a peered VPC that a rule names (`UserIdGroupPairs[]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeeredGroup {
    /// `VpcId`.
    pub vpc_id: Option<String>,
    /// `VpcPeeringConnectionId`.
    pub peering_id: Option<String>,
    /// `PeeringStatus`, for example `active` or `deleted`.
    pub status: Option<String>,
}

/// A network ACL (`DescribeNetworkAcls`). Stateless, entries by number, first match decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkAcl {
    /// `NetworkAclId`.
    pub id: String,
    /// `VpcId`.
    pub vpc_id: String,
    /// Subnets it is associated with.
    pub subnet_ids: Vec<String>,
    /// `Entries`.
    pub entries: Vec<AclEntry>,
}

/// One entry of a network ACL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AclEntry {
    /// `RuleNumber`; 32767 is the final deny.
    pub number: i32,
    /// `Egress`.
    pub egress: bool,
    /// `RuleAction=allow`.
    pub allow: bool,
    /// `Protocol`: a number as text, `-1` for all.
    pub protocol: String,
    /// `CidrBlock` or `Ipv6CidrBlock`.
    pub cidr: IpNet,
    /// `PortRange`, only for TCP and UDP.
    pub ports: Option<(u16, u16)>,
    /// `IcmpTypeCode`, only for ICMP: type and code, -1 for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp: Option<(i32, i32)>,
}

/// A route table (`DescribeRouteTables`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouteTable {
    /// `RouteTableId`.
    pub id: String,
    /// `VpcId`.
    pub vpc_id: String,
    /// True for the main table of the VPC.
    pub main: bool,
    /// Subnets with an explicit association.
    pub subnet_ids: Vec<String>,
    /// `Routes`.
    pub routes: Vec<VpcRoute>,
}

/// One route of a route table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcRoute {
    /// Destination block; absent for a prefix list.
    pub destination: Option<IpNet>,
    /// Destination prefix list.
    pub prefix_list: Option<String>,
    /// The id of what the route points to: `local`, `nat-…`, `pcx-…`, `tgw-…`, `vpce-…`, `eni-…`, `igw-…`.
    pub target: String,
    /// `State=active`; otherwise the route is a blackhole.
    pub active: bool,
}

/// A network interface (`DescribeNetworkInterfaces`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkInterface {
    /// `NetworkInterfaceId`.
    pub id: String,
    /// `InterfaceType`: `interface`, `api_gateway_managed`, `network_load_balancer`, …
    pub interface_type: String,
    /// `Description`; a load balancer's nodes say `ELB app/NAME/ID` or `ELB net/NAME/ID`.
    pub description: String,
    /// `VpcId`.
    pub vpc_id: String,
    /// `SubnetId`.
    pub subnet_id: String,
    /// `AvailabilityZone`.
    pub zone: String,
    /// All private addresses.
    pub addresses: Vec<IpAddr>,
    /// `Groups[].GroupId`.
    pub group_ids: Vec<String>,
    /// `Attachment.InstanceId`.
    pub instance_id: Option<String>,
    /// The tag `VpcLinkId` that API Gateway puts on the interfaces of a VPC link.
    pub vpc_link_id: Option<String>,
    /// `Status`: `available`, `associated`, `attaching`, `in-use` or `detaching`.
    #[serde(default)]
    pub status: Option<String>,
}

/// A VPC endpoint (`DescribeVpcEndpoints`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    /// `VpcEndpointId`.
    pub id: String,
    /// `VpcId`.
    pub vpc_id: String,
    /// `ServiceName`, for example `com.amazonaws.eu-central-1.ecr.api`.
    pub service_name: String,
    /// `VpcEndpointType`: `Interface`, `Gateway`, …
    pub kind: String,
    /// `State`, for example `available`.
    pub state: Option<String>,
    /// `SubnetIds`, for interface endpoints.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    /// `RouteTableIds`, for gateway endpoints.
    #[serde(default)]
    pub route_table_ids: Vec<String>,
    /// `Groups[].GroupId`, for interface endpoints.
    #[serde(default)]
    pub group_ids: Vec<String>,
    /// `PrivateDnsEnabled`.
    pub private_dns: bool,
}
