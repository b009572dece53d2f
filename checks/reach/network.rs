//! The network as far as it was read.
//!
//! Things of a kind stand in one list and know each other by position; nothing is looked up by name while a packet is followed.

use crate::model::network::{NetworkAcl, RouteTable, SecurityGroup, Subnet};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A network: what [`Network::from_describe`](super::Network::from_describe) or [`Network::from_facts`](super::Network::from_facts) made of what was read.
#[derive(Clone, Debug, Default)]
pub struct Network {
    pub(super) vpcs: Vec<Vpc>,
    pub(super) subnets: Vec<Located>,
    pub(super) interfaces: Vec<Interface>,
    pub(super) groups: Vec<SecurityGroup>,
    pub(super) acls: Vec<NetworkAcl>,
    pub(super) tables: Vec<RouteTable>,
    pub(super) rows: super::rows::Rows,
    pub(super) peerings: BTreeMap<String, Peering>,
    pub(super) nats: BTreeMap<String, Nat>,
    pub(super) endpoints: BTreeMap<String, Endpoint>,
    pub(super) transit: Transit,
    pub(super) balancing: Balancing,
    /// Whether the public addresses of interfaces were read.
    pub(super) publics_read: bool,
    /// Entries of prefix lists that were read.
    pub(super) prefix_lists: BTreeMap<String, Vec<IpNet>>,
    /// Public addresses of interfaces that were not read.
    pub(super) unread_addresses: BTreeSet<IpAddr>,
    /// Public addresses that belong to an account in the data, but to no interface.
    pub(super) idle_addresses: BTreeSet<IpAddr>,
    /// Prefixes that interfaces have: VPC, block, interface. Who uses their addresses is not told.
    pub(super) delegated: Vec<(usize, IpNet, usize)>,
    /// Other names of ends: tasks, VPC links, and what they stand for.
    pub(super) names: BTreeMap<String, Named>,
    /// Interfaces that have a private address.
    pub(super) by_private: BTreeMap<IpAddr, Vec<usize>>,
    /// The interface that has a public address, and the private address behind it.
    pub(super) by_public: BTreeMap<IpAddr, (usize, IpAddr)>,
    /// The primary interface of each instance.
    pub(super) by_instance: BTreeMap<String, usize>,
    pub(super) vpc_ids: BTreeMap<String, usize>,
    pub(super) subnet_ids: BTreeMap<String, usize>,
    pub(super) interface_ids: BTreeMap<String, usize>,
    pub(super) group_ids: BTreeMap<String, usize>,
}

/// A kind of thing that was read as a whole, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Vpcs,
    Subnets,
    Interfaces,
    Groups,
    Acls,
    Tables,
    Peerings,
    InternetGateways,
    Nats,
    Endpoints,
    TransitGateways,
    Balancers,
    Listeners,
    Targets,
    BalancerAttributes,
}

/// A VPC.
#[derive(Clone, Debug, Default)]
pub(super) struct Vpc {
    pub(super) id: String,
    pub(super) cidrs: Vec<IpNet>,
    /// What was read of it.
    pub(super) read: BTreeSet<Part>,
    /// The internet gateway that is attached, if one is.
    pub(super) internet_gateway: Option<String>,
    /// The route table of its internet gateway (edge association): what comes in is steered.
    pub(super) edge_table: Option<usize>,
    pub(super) main_table: Option<usize>,
}

/// A subnet, with what applies to it.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) subnet: Subnet,
    pub(super) vpc: usize,
    pub(super) acl: Option<usize>,
    pub(super) table: Option<usize>,
}

/// What stands behind an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An instance, a task, or a host of which no more is known: the operating system answers.
    Host,
    /// Attached to nothing.
    Nobody,
    /// Of an instance that is not running: its state.
    Stopped(String),
    Nat,
    TransitGateway,
    /// A node of a load balancer: the tail of its ARN, `net/NAME/ID` or `app/NAME/ID`.
    Balancer(String),
    /// A node of a load balancer whose listeners no data shows: what it is.
    OldBalancer(String),
    /// An interface of a VPC endpoint.
    Endpoint,
    /// API Gateway or Lambda: speaks, and answers nothing.
    Client(&'static str),
    /// A device that AWS runs: what it says it is.
    Device(String),
}

/// An address of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) private: IpAddr,
    pub(super) public: Option<IpAddr>,
}

/// A network interface.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) vpc: usize,
    pub(super) subnet: Option<usize>,
    /// The primary one first.
    pub(super) addresses: Vec<Address>,
    pub(super) groups: Vec<usize>,
    /// Groups that it carries and nobody read.
    pub(super) unread_groups: Vec<String>,
    pub(super) instance: Option<String>,
    pub(super) device_index: i64,
    pub(super) vpc_link: Option<String>,
    /// The source/destination check, where it was read.
    pub(super) checks_addresses: Option<bool>,
    pub(super) description: String,
}

impl Interface {
    /// The address with which it speaks to others.
    pub(super) fn primary(&self) -> Option<Address> {
        self.addresses.first().copied()
    }

    /// True where groups are asked: a host admits nothing without any, a device of AWS's that has none is open.
    pub(super) fn is_filtered(&self) -> bool {
        matches!(self.kind, Kind::Host | Kind::Stopped(_)) || !(self.groups.is_empty() && self.unread_groups.is_empty())
    }

    pub(super) fn public_of(&self, private: IpAddr) -> Option<IpAddr> {
        self.addresses.iter().find(|own| own.private == private)?.public
    }
}

/// A peering of two VPCs that is active.
#[derive(Clone, Debug)]
pub(super) struct Peering {
    pub(super) active: bool,
    pub(super) status: String,
    pub(super) vpc_ids: [String; 2],
    pub(super) same_region: bool,
}

/// A NAT gateway.
#[derive(Clone, Debug)]
pub(super) struct Nat {
    pub(super) state: String,
    pub(super) subnet_id: String,
    pub(super) private: Option<IpAddr>,
    pub(super) public: Option<IpAddr>,
    /// It has further public addresses.
    pub(super) several: bool,
    pub(super) is_private: bool,
}

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) service: String,
    pub(super) kind: String,
    pub(super) state: Option<String>,
    pub(super) interface_ids: Vec<String>,
}

/// Transit gateways.
#[derive(Clone, Debug, Default)]
pub(super) struct Transit {
    /// Gateways that live, and whether references to security groups work over them.
    pub(super) gateways: BTreeMap<String, TransitGateway>,
    /// By attachment and gateway: a peering is seen from both.
    pub(super) attachments: BTreeMap<(String, String), Attachment>,
    pub(super) tables: BTreeMap<String, TransitTable>,
}

/// A transit gateway.
#[derive(Clone, Debug)]
pub(super) struct TransitGateway {
    pub(super) alive: bool,
    pub(super) references: bool,
}

/// An attachment, seen from one gateway.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub(super) available: bool,
    pub(super) state: String,
    /// `vpc`, `peering`, `vpn`, `direct-connect-gateway`, `connect`, …
    pub(super) resource_type: String,
    /// The VPC, or the other gateway.
    pub(super) resource_id: String,
    /// The route table that what comes in by it is routed with, and whether that was read.
    pub(super) table_read: bool,
    pub(super) table: Option<String>,
    pub(super) subnet_ids: Vec<String>,
    /// Whether `subnet_ids` was read.
    pub(super) subnets_read: bool,
    pub(super) references: bool,
    /// Whether it carries IPv6, where that was read.
    pub(super) six: Option<bool>,
}

/// A route table of a transit gateway.
#[derive(Clone, Debug, Default)]
pub(super) struct TransitTable {
    pub(super) routes: Vec<TransitRoute>,
    /// Attachments whose routes are propagated into it.
    pub(super) propagations: Vec<Propagation>,
    pub(super) routes_read: bool,
    pub(super) propagations_read: bool,
    /// The routes hold what was propagated, too.
    pub(super) complete: bool,
}

/// A route of a transit gateway.
#[derive(Clone, Debug)]
pub(super) struct TransitRoute {
    pub(super) destination: Option<IpNet>,
    pub(super) prefix_list: Option<String>,
    pub(super) is_static: bool,
    pub(super) active: bool,
    pub(super) attachment_ids: Vec<String>,
}

/// A propagation into a route table of a transit gateway.
#[derive(Clone, Debug)]
pub(super) struct Propagation {
    pub(super) attachment_id: String,
    pub(super) resource_type: String,
    pub(super) resource_id: String,
}

/// Load balancers.
#[derive(Clone, Debug, Default)]
pub(super) struct Balancing {
    /// By the tail of the ARN: `net/NAME/ID`.
    pub(super) balancers: BTreeMap<String, Balancer>,
    pub(super) target_groups: BTreeMap<String, TargetGroup>,
}

/// A load balancer.
#[derive(Clone, Debug, Default)]
pub(super) struct Balancer {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) application: bool,
    pub(super) gateway: bool,
    pub(super) cross_zone: Option<bool>,
    /// `None`: not read.
    pub(super) listeners: Option<Vec<Listener>>,
    pub(super) nodes: Vec<usize>,
}

/// A listener.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    pub(super) port: u16,
    pub(super) protocol: String,
    pub(super) target_groups: Vec<String>,
}

/// A target group.
#[derive(Clone, Debug, Default)]
pub(super) struct TargetGroup {
    pub(super) name: String,
    pub(super) target_type: String,
    pub(super) protocol: String,
    pub(super) port: Option<u16>,
    /// `preserve_client_ip.enabled`, where it was read.
    pub(super) preserves: Option<bool>,
    /// `load_balancing.cross_zone.enabled`: `None` where it follows the load balancer or was not read.
    pub(super) cross_zone: Option<bool>,
    /// `None`: not read.
    pub(super) targets: Option<Vec<Target>>,
}

/// A registered target.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) id: String,
    /// The id, where it is an address.
    pub(super) address: Option<IpAddr>,
    /// The interface that has the address, where only one has it.
    pub(super) only: Option<usize>,
    pub(super) port: Option<u16>,
    pub(super) state: String,
}

/// What another name stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) interfaces: Vec<String>,
    /// Somewhere in these subnets, with these groups: a VPC link whose interfaces were not read.
    pub(super) subnets: Vec<String>,
    pub(super) groups: Vec<String>,
    /// Where the groups stand in the network's list, as far as they were read.
    pub(super) positions: Vec<usize>,
}
