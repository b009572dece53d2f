//! One direction of a flow: from a subnet, by route tables, to whoever has the destination address.
//!
//! Sources: the most specific route that matches decides, a static one before a propagated one, a block before a prefix list
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>); a peering leads into the peer VPC and no further
//! (<https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>); a network ACL is not asked inside its subnet
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>); an instance whose source/destination check is on takes only
//! what is addressed to it (<https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html>). Gateways are in `gateways`.

use super::filters::Packets;
use super::network::{Kind, Network, Part};
use super::stations::By;
use super::trail::Trail;
use crate::model::network::VpcRoute;
use crate::semantics::packets::routes::Decision;
use std::net::IpAddr;

/// After so many hops a packet goes round in a circle.
const HOPS: usize = 24;

/// How packets came to the destination's VPC: it decides which groups count for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    /// Inside one VPC.
    Local,
    /// Over one peering; groups count where both VPCs are in one Region.
    Peering { same_region: bool },
    /// Over one transit gateway; groups count for ingress where references are enabled.
    Transit { references: bool },
    /// Over the internet, a NAT gateway, or several of these.
    Elsewhere,
}

/// A NAT gateway that took the packets on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Translated {
    pub(super) interface: usize,
    pub(super) subnet: usize,
    /// The source before it.
    pub(super) source: IpAddr,
}

/// Where packets are, and as whose.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) subnet: usize,
    /// The public address behind the source, where the source is at home in this VPC.
    pub(super) public: Option<IpAddr>,
    pub(super) via: Via,
    pub(super) through: Vec<Translated>,
    /// True while the packets come out of a transit gateway's attachment in `subnet`.
    pub(super) from_transit: bool,
    /// True once they crossed an internet gateway.
    pub(super) crossed_internet: bool,
    /// Replies of a connection that came over the internet leave over the internet.
    pub(super) must_use_internet: bool,
    /// The end of replies, where no interface tells it: VPC, subnet, address.
    pub(super) expected: Option<(usize, usize, IpAddr)>,
}

/// Where a direction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// At an interface.
    At(usize),
    /// At the expected end.
    Expected,
    /// Out on the internet, at an address of nobody who was read.
    Beyond,
    /// Dropped on the way.
    Lost,
    /// At something that may do anything.
    Open,
}

impl Network {
    /// Follows packets until they arrive, are lost, or nobody knows.
    pub(super) fn follow<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &mut Packets) -> Ended {
        let mut been = Vec::new();
        for _ in 0..HOPS {
            if let Some(ended) = self.hop(trail, course, packets) {
                return ended;
            }
            // As it was here before, so it will go on: one round of it is told, and no more.
            let here = (course.subnet, packets.source, packets.destination, course.from_transit, course.crossed_internet);
            if been.contains(&here) {
                break;
            }
            been.push(here);
        }
        let at = &self.subnets[course.subnet].subnet.id;
        trail.drop(|| packets.lost(at, "the routes lead round in a circle", None));
        Ended::Lost
    }

    /// One route; `None`: the packets go on.
    fn hop<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &mut Packets) -> Option<Ended> {
        let located = &self.subnets[course.subnet];
        let Some((position, table)) = located.table.map(|table| (table, &self.tables[table])) else {
            let why = if self.read(located.vpc, Part::Tables) { "was not found" } else { "was not read" };
            trail.gap(|| format!("the route table of {} {why}", located.subnet.id));
            return Some(Ended::Open);
        };
        let to = packets.destination;
        let route = match self.decided(position, to) {
            Decision::By(route) => route,
            Decision::Unread(route) => {
                let id = route.prefix_list.as_deref().unwrap_or_default();
                trail.gap(|| format!("{} has a route to prefix list {id}, whose entries were not read", table.id));
                return Some(Ended::Open);
            }
            Decision::Missing => {
                let whom = packets.service.whom(to);
                let rule = || format!("no route to {whom} (route table of {})", located.subnet.id);
                trail.drop(|| packets.lost(&table.id, rule(), Some(format!("{}: a route for {}", table.id, whom.0))));
                return Some(Ended::Lost);
            }
        };
        if !route.active {
            trail.drop(|| {
                packets.lost(
                    &table.id,
                    format!("{}: the target is gone (blackhole)", By::Route(route)),
                    Some(format!("{}: a route for {} to a target that exists", table.id, destination(route))),
                )
            });
            return Some(Ended::Lost);
        }
        trail.pass(packets.way, &table.id, By::Route(route));
        self.take(trail, course, packets, route)
    }

    fn take<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &mut Packets, route: &'a VpcRoute) -> Option<Ended> {
        let target = route.target.as_str();
        let kind = target.split('-').next().unwrap_or_default();
        let elsewhere = matches!(kind, "local" | "pcx" | "tgw" | "nat" | "vgw");
        if course.must_use_internet && elsewhere {
            trail.drop(|| {
                packets.lost(
                    target,
                    format!("replies leave by {target}, but the connection came through the internet gateway"),
                    Some("a route to the internet gateway for replies".to_owned()),
                )
            });
            return Some(Ended::Lost);
        }
        match kind {
            "local" => Some(self.deliver(trail, course, packets, self.subnets[course.subnet].vpc)),
            "pcx" => Some(self.peering(trail, course, packets, target)),
            "tgw" => self.transit_gateway(trail, course, packets, target),
            "nat" => self.nat(trail, course, packets, target),
            "igw" | "eigw" => Some(self.internet_gateway(trail, course, packets, target)),
            "eni" | "i" => Some(self.appliance(trail, course, packets, target)),
            "vpce" => {
                let what = self.endpoints.get(target).map_or("a VPC endpoint", |endpoint| endpoint.service.as_str());
                trail.gap(|| format!("leaves by {target} ({what}): what is beyond is not in the data"));
                Some(Ended::Open)
            }
            _ => {
                let target = if target.is_empty() { "a target of an unknown kind" } else { target };
                trail.gap(|| format!("leaves by {target}: what is beyond is not in the data"));
                Some(Ended::Open)
            }
        }
    }

    /// A route to an interface: its own address is a host like others; what else it is sent is the business of what stands there.
    fn appliance<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &Packets, target: &'a str) -> Ended {
        let vpc = self.subnets[course.subnet].vpc;
        let is_target = |position: &usize| {
            let interface = &self.interfaces[*position];
            interface.id == target || interface.instance.as_deref() == Some(target)
        };
        if self.in_vpc(vpc, packets.destination).is_some_and(|position| is_target(&position)) {
            return self.deliver(trail, course, packets, vpc);
        }
        let position = self.interface_ids.get(target).or_else(|| self.by_instance.get(target)).copied();
        if let Some((interface, subnet)) = position.and_then(|at| Some((&self.interfaces[at], self.interfaces[at].subnet?))) {
            self.cross(trail, course, packets, subnet);
            if interface.checks_addresses == Some(true) && interface.kind == Kind::Host {
                let why = format!("{} is not its own address, and its source/destination check is on", packets.destination);
                let wanted = format!("{}: no source/destination check, if it is meant to pass packets on", interface.id);
                trail.drop(|| packets.lost(&interface.id, why, Some(wanted)));
                return Ended::Lost;
            }
        }
        trail.gap(|| format!("the route leads to {target}: what this appliance does is not in the data"));
        Ended::Open
    }

    /// To whoever has the address in a VPC.
    pub(super) fn deliver<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &Packets, vpc: usize) -> Ended {
        let to = packets.destination;
        if let Some((_, subnet, _)) = course.expected.filter(|(of, _, address)| *of == vpc && *address == to) {
            self.cross(trail, course, packets, subnet);
            return Ended::Expected;
        }
        let Some(position) = self.in_vpc(vpc, to) else {
            let id = &self.vpcs[vpc].id;
            if self.is_resolver(vpc, to) {
                trail.gap(|| format!("{to} is the DNS resolver of {id}: it is not judged"));
                return Ended::Open;
            }
            if let Some((_, _, holder)) = self.delegated.iter().find(|(of, block, _)| *of == vpc && block.contains(&to)) {
                let holder = &self.interfaces[*holder].id;
                trail.gap(|| format!("{to} is of a prefix that {holder} has: what uses it there is not in the data"));
                return Ended::Open;
            }
            if self.read(vpc, Part::Interfaces) {
                trail.drop(|| packets.lost(id, format!("no interface has the address {to}"), None));
                return Ended::Lost;
            }
            trail.gap(|| format!("not all interfaces of {id} were read: whether one has {to} is not known"));
            return Ended::Open;
        };
        let Some(subnet) = self.interfaces[position].subnet else {
            trail.gap(|| format!("the subnet of {} was not read", self.interfaces[position].id));
            return Ended::Open;
        };
        self.cross(trail, course, packets, subnet);
        Ended::At(position)
    }

    /// Out of one subnet and into another; inside one subnet no ACL is asked.
    pub(super) fn cross<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &Packets, into: usize) {
        if course.subnet != into {
            self.ask_acl(trail, course.subnet, true, packets);
            self.ask_acl(trail, into, false, packets);
        }
        course.subnet = into;
        course.from_transit = false;
    }

    fn peering<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &Packets, id: &'a str) -> Ended {
        let vpc = self.subnets[course.subnet].vpc;
        let Some(peering) = self.peerings.get(id) else {
            trail.gap(|| format!("the peering {id} was not read"));
            return Ended::Open;
        };
        if !peering.active {
            trail.drop(|| {
                packets.lost(id, format!("the peering is {}", peering.status), Some(format!("{id}: accept it, or make a new one")))
            });
            return Ended::Lost;
        }
        let own = &self.vpcs[vpc].id;
        let Some(peer) = peering.vpc_ids.iter().find(|other| *other != own).and_then(|other| self.vpc_ids.get(other)).copied() else {
            trail.gap(|| format!("the VPC beyond {id} was not read"));
            return Ended::Open;
        };
        let far = &self.vpcs[peer];
        if course.from_transit {
            trail.drop(|| {
                packets.lost(id, "a peering takes nothing from a transit gateway on: it does not route through a VPC".to_owned(), None)
            });
            return Ended::Lost;
        }
        if !far.cidrs.is_empty() && !far.cidrs.iter().any(|block| block.contains(&packets.destination)) {
            trail.drop(|| packets.lost(id, format!("{} is not in {}, and a peering leads no further", packets.destination, far.id), None));
            return Ended::Lost;
        }
        course.via = if course.via == Via::Local { Via::Peering { same_region: peering.same_region } } else { Via::Elsewhere };
        self.deliver(trail, course, packets, peer)
    }
}

/// The block or the prefix list of a route.
pub(super) fn destination(route: &VpcRoute) -> String {
    route.destination.map_or_else(|| route.prefix_list.clone().unwrap_or_default(), |block| block.to_string())
}
