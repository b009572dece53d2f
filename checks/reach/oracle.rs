//! A second opinion: one packet at a time, by walking every rule, entry and route naively.
//!
//! Shares nothing with the engine but the names of protocols and directions: it has a network of its own (which `describe` writes as
//! AWS does, for the engine to read), its own membership of blocks, and no sets. Written from AWS's documentation:
//! groups <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>, their rules
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>, references over a peering
//! <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html>, ACLs
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>, routes
//! <https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>. What is beyond a VPC and its peering (internet, NAT and
//! transit gateways) is in `journey` and `hops`; `wide` draws it.

mod agree;
mod beyond;
mod describe;
mod draw;
mod hops;
mod journey;
mod laws;
mod mend;
mod wide;

use super::answer::{Protocol, Way};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A CIDR block as somebody wrote it, host bits and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    base: IpAddr,
    length: u32,
}

impl Block {
    /// True if the first bits of both are the same.
    fn holds(self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                (base.to_bits() ^ address.to_bits()).checked_shr(32 - self.length).is_none_or(|differing| differing == 0)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                (base.to_bits() ^ address.to_bits()).checked_shr(128 - self.length).is_none_or(|differing| differing == 0)
            }
            _ => false,
        }
    }
}

/// Two VPCs with a peering between them, and maybe more ways.
#[derive(Clone, Debug)]
struct Plan {
    /// The blocks of each.
    vpcs: Vec<Vec<Block>>,
    peering_active: bool,
    /// Both VPCs are in one Region.
    same_region: bool,
    subnets: Vec<Subnet>,
    acls: Vec<Acl>,
    tables: Vec<Table>,
    groups: Vec<Group>,
    /// `None`: its entries are not told.
    lists: Vec<Option<Vec<Block>>>,
    interfaces: Vec<Interface>,
    /// Whether each VPC has an internet gateway.
    gateways: [bool; 2],
    nats: Vec<Nat>,
    transit: Transit,
}

#[derive(Clone, Debug)]
struct Nat {
    subnet: usize,
    interface: usize,
    private: IpAddr,
    /// None: it is a private one.
    public: Option<IpAddr>,
    state: &'static str,
}

/// One transit gateway, and an attachment of each VPC.
#[derive(Clone, Debug, Default)]
struct Transit {
    references: bool,
    attachments: Vec<Attachment>,
    tables: Vec<TransitTable>,
}

#[derive(Clone, Debug)]
struct Attachment {
    available: bool,
    /// At most one in a zone.
    subnets: Vec<usize>,
    table: Option<usize>,
    references: bool,
}

#[derive(Clone, Debug)]
struct TransitTable {
    /// Where to: the attachment of a VPC, or a blackhole.
    routes: Vec<(Block, Option<usize>)>,
    /// The VPCs whose attachments propagate.
    propagated: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Subnet {
    vpc: usize,
    zone: &'static str,
    blocks: Vec<Block>,
    acl: usize,
    /// Its own table, else the main one of the VPC.
    table: Option<usize>,
}

#[derive(Clone, Debug)]
struct Acl {
    vpc: usize,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    number: i32,
    egress: bool,
    allow: bool,
    protocol: &'static str,
    block: Block,
    /// From and to.
    ports: Option<(i32, i32)>,
    /// Type and code.
    icmp: Option<(i32, i32)>,
}

#[derive(Clone, Debug)]
struct Table {
    vpc: usize,
    main: bool,
    routes: Vec<Route>,
}

#[derive(Clone, Copy, Debug)]
struct Route {
    to: To,
    by: Target,
    /// The target was deleted: a blackhole.
    gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Local,
    Peering,
    /// The internet gateway of the VPC.
    Internet,
    Nat(usize),
    Transit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Block(Block),
    List(usize),
}

#[derive(Clone, Debug)]
struct Group {
    vpc: usize,
    ingress: Vec<Rule>,
    egress: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    protocol: &'static str,
    from: Option<i32>,
    to: Option<i32>,
    blocks: Vec<Block>,
    /// `None`: a group that was deleted.
    groups: Vec<Option<usize>>,
    lists: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Interface {
    subnet: usize,
    addresses: Vec<IpAddr>,
    /// Private addresses of IPv4 with the public ones behind them.
    publics: Vec<(IpAddr, IpAddr)>,
    groups: Vec<usize>,
    /// None: it belongs to a NAT gateway.
    instance: Option<usize>,
}

/// One packet, as the source sends it.
#[derive(Clone, Copy, Debug)]
struct Concrete {
    from: usize,
    source: IpAddr,
    destination: IpAddr,
    protocol: Protocol,
    source_port: u16,
    /// The port from which a NAT gateway on the way speaks.
    nat_port: u16,
    port: u16,
}

/// What a packet of one direction carries: the number of its protocol, and its destination port, or its type and code.
#[derive(Clone, Copy, Debug)]
enum Load {
    Port(i32, u16),
    Message(i32, i32, i32),
    Bare(i32),
}

impl Concrete {
    fn there(&self) -> Load {
        match self.protocol {
            Protocol::Tcp => Load::Port(6, self.port),
            Protocol::Udp => Load::Port(17, self.port),
            Protocol::Icmp if self.destination.is_ipv4() => Load::Message(1, 8, 0),
            Protocol::Icmp => Load::Message(58, 128, 0),
            Protocol::Other(number) => Load::Bare(number.into()),
        }
    }

    fn back(&self) -> Load {
        self.back_to_port(self.source_port)
    }

    fn back_to_port(&self, port: u16) -> Load {
        match self.there() {
            Load::Port(number, _) => Load::Port(number, port),
            Load::Message(1, ..) => Load::Message(1, 0, 0),
            Load::Message(number, ..) => Load::Message(number, 129, 0),
            Load::Bare(number) => Load::Bare(number),
        }
    }
}

/// Does a protocol, with a range of ports (or type and code), hold what a packet carries?
fn covers(protocol: &str, from: Option<i32>, to: Option<i32>, load: Load) -> bool {
    let number = match protocol {
        "-1" => return true,
        "tcp" => 6,
        "udp" => 17,
        "icmp" => 1,
        "icmpv6" => 58,
        number => number.parse().expect("a number"),
    };
    let any = |end: Option<i32>| end.is_none() || end == Some(-1);
    match load {
        Load::Bare(own) => own == number,
        Load::Message(own, kind, code) => own == number && (any(from) || from == Some(kind)) && (any(to) || to == Some(code)),
        Load::Port(own, _) if own != number => false,
        Load::Port(..) if any(from) && any(to) => true,
        Load::Port(_, port) => match (from, to) {
            (Some(from), Some(to)) => from != -1 && to != -1 && from <= i32::from(port) && i32::from(port) <= to,
            _ => false,
        },
    }
}

impl Plan {
    /// Everything that drops a packet or its reply; nothing: it passes, and the reply comes back. `unread`: what a prefix list holds
    /// that nobody read (everything, or nothing).
    fn blockers(&self, packet: &Concrete, unread: bool) -> BTreeSet<(Way, String)> {
        let mut found = BTreeSet::new();
        let sender = &self.interfaces[packet.from];
        let own = self.subnets[sender.subnet].vpc;
        let (there, back) = (packet.there(), packet.back());
        let receiver = self.owner(own, packet.destination).or_else(|| self.owner(1 - own, packet.destination));
        if receiver.is_some_and(|receiver| self.interfaces[receiver].instance == sender.instance) {
            return found;
        }
        if !self.admits(sender, true, there, packet.destination, receiver, unread) {
            found.insert((Way::There, format!("sg-{}", sender.groups[0])));
        }
        if let Err(at) = self.route(sender.subnet, packet.destination) {
            found.insert((Way::There, at));
        }
        // Where the way ends early, what stands before the destination is asked all the same.
        let Some((position, receiver)) = receiver.map(|position| (position, &self.interfaces[position])) else { return found };
        if !self.admits(receiver, false, there, packet.source, Some(packet.from), unread) {
            found.insert((Way::There, format!("sg-{}", receiver.groups[0])));
        }
        match self.route(receiver.subnet, packet.source) {
            Err(at) => found.extend([(Way::Back, at)]),
            Ok(end) => assert_eq!(end, packet.from, "addresses are told apart: {position} to {}", packet.source),
        }
        if sender.subnet != receiver.subnet {
            let (near, far) = (self.subnets[sender.subnet].acl, self.subnets[receiver.subnet].acl);
            for (way, acl, egress, load, peer) in [
                (Way::There, near, true, there, packet.destination),
                (Way::There, far, false, there, packet.source),
                (Way::Back, far, true, back, packet.source),
                (Way::Back, near, false, back, packet.destination),
            ] {
                if !self.acl_allows(acl, egress, load, peer) {
                    found.insert((way, format!("acl-{acl}")));
                }
            }
        }
        found
    }

    /// The interface of a VPC that has an address.
    fn owner(&self, vpc: usize, address: IpAddr) -> Option<usize> {
        for (position, interface) in self.interfaces.iter().enumerate() {
            if self.subnets[interface.subnet].vpc == vpc && interface.addresses.contains(&address) {
                return Some(position);
            }
        }
        None
    }

    /// The route that the table of a subnet has for an address; the error names the table that has none, or a blackhole.
    fn chosen(&self, subnet: usize, to: IpAddr) -> Result<Route, String> {
        let vpc = self.subnets[subnet].vpc;
        let main = self.tables.iter().position(|table| table.vpc == vpc && table.main).expect("every VPC has a main table");
        let table = self.subnets[subnet].table.unwrap_or(main);
        let mut best: Option<((u32, bool), Route)> = None;
        for route in &self.tables[table].routes {
            let (blocks, is_block) = match route.to {
                To::Block(block) => (vec![block], true),
                To::List(list) => (self.lists[list].clone().unwrap_or_default(), false),
            };
            for block in blocks {
                if block.holds(to) && best.is_none_or(|(so_far, _)| (block.length, is_block) > so_far) {
                    best = Some(((block.length, is_block), *route));
                }
            }
        }
        best.map(|(_, route)| route).filter(|route| !route.gone).ok_or(format!("rtb-{table}"))
    }

    /// Whom the route table of a subnet brings packets to, where there are peerings only.
    fn route(&self, subnet: usize, to: IpAddr) -> Result<usize, String> {
        let vpc = self.subnets[subnet].vpc;
        match self.chosen(subnet, to)?.by {
            Target::Local => self.owner(vpc, to).ok_or(format!("vpc-{vpc}")),
            Target::Peering if !self.peering_active || !self.vpcs[1 - vpc].iter().any(|block| block.holds(to)) => Err("pcx-1".to_owned()),
            Target::Peering => self.owner(1 - vpc, to).ok_or(format!("vpc-{}", 1 - vpc)),
            other => unreachable!("{other:?} is in `journey`"),
        }
    }

    /// Do the groups of an interface admit packets to or from a peer?
    fn admits(&self, of: &Interface, egress: bool, load: Load, peer: IpAddr, peer_interface: Option<usize>, unread: bool) -> bool {
        let counting = peer_interface.map(|other| &self.interfaces[other]).filter(|other| {
            let far = self.subnets[other.subnet].vpc != self.subnets[of.subnet].vpc;
            !far || (self.peering_active && self.same_region)
        });
        self.admits_groups(of, egress, load, (peer, counting.map_or(&[], |other| &other.groups)), unread)
    }

    /// The same, where it is known which groups of the peer count.
    fn admits_groups(&self, of: &Interface, egress: bool, load: Load, (peer, carried): (IpAddr, &[usize]), unread: bool) -> bool {
        for group in &of.groups {
            let group = &self.groups[*group];
            for rule in if egress { &group.egress } else { &group.ingress } {
                if !covers(rule.protocol, rule.from, rule.to, load) {
                    continue;
                }
                let by_block = rule.blocks.iter().any(|block| block.holds(peer));
                let by_list = rule.lists.iter().any(|list| match &self.lists[*list] {
                    Some(blocks) => blocks.iter().any(|block| block.holds(peer)),
                    None => unread,
                });
                let by_group = rule.groups.iter().flatten().any(|named| carried.contains(named));
                if by_block || by_list || by_group {
                    return true;
                }
            }
        }
        false
    }

    /// Does a network ACL let packets to or from a peer through? The entry with the lowest number that is about them decides.
    fn acl_allows(&self, acl: usize, egress: bool, load: Load, peer: IpAddr) -> bool {
        let mut decisive: Option<&Entry> = None;
        for entry in &self.acls[acl].entries {
            let (from, to) = match load {
                Load::Message(..) => (entry.icmp.map(|icmp| icmp.0), entry.icmp.map(|icmp| icmp.1)),
                _ => (entry.ports.map(|ports| ports.0), entry.ports.map(|ports| ports.1)),
            };
            let about = entry.egress == egress && entry.block.holds(peer) && covers(entry.protocol, from, to, load);
            if about && decisive.is_none_or(|so_far| entry.number < so_far.number) {
                decisive = Some(entry);
            }
        }
        decisive.is_some_and(|entry| entry.allow)
    }
}
