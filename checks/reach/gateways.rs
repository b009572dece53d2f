//! Out of a VPC and in: by NAT and internet gateways.
//!
//! Sources: an internet gateway translates between the private and the public address of an interface of its VPC and drops what has none
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>); a NAT gateway knows TCP, UDP and ICMP
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html>) and speaks with its public address only over the internet
//! gateway (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>); a route table of an internet gateway steers what comes
//! in (<https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html>).

use super::answer::{Protocol, Way};
use super::filters::Packets;
use super::network::{Kind, Network, Part};
use super::stations::By;
use super::trail::Trail;
use super::walk::{Course, Ended, Translated, Via};
use crate::semantics::packets::routes::Decision;
use std::net::IpAddr;

impl Network {
    pub(super) fn nat<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &mut Packets, id: &'a str) -> Option<Ended> {
        if packets.way == Way::Back {
            trail.drop(|| packets.lost(id, "replies leave by a NAT gateway, which knows no such connection".to_owned(), None));
            return Some(Ended::Lost);
        }
        let vpc = self.subnets[course.subnet].vpc;
        let found = self.nats.get(id).and_then(|nat| Some((nat, *self.subnet_ids.get(&nat.subnet_id)?, self.in_vpc(vpc, nat.private?)?)));
        let Some((nat, subnet, interface)) = found else {
            trail.gap(|| format!("the NAT gateway {id}, or its interface, was not read"));
            return Some(Ended::Open);
        };
        if packets.source.is_ipv6() {
            trail.gap(|| format!("{id} translates IPv6 to IPv4 (NAT64): that is not judged"));
            return Some(Ended::Open);
        }
        if matches!(packets.service.protocol, Protocol::Other(_)) {
            trail.drop(|| packets.lost(id, "a NAT gateway passes on TCP, UDP and ICMP only", None));
            return Some(Ended::Lost);
        }
        if nat.state != "available" {
            trail.drop(|| packets.lost(id, format!("the NAT gateway is {}", nat.state), None));
            return Some(Ended::Lost);
        }
        self.cross(trail, course, packets, subnet);
        course.through.push(Translated { interface, subnet, source: packets.source });
        course.via = Via::Elsewhere;
        course.public = nat.public.filter(|_| !nat.is_private);
        let private = nat.private.unwrap_or(packets.source);
        trail.pass(packets.way, id, By::Becomes { before: packets.source, after: private });
        packets.source = private;
        // Somebody whose filters are known sees one of them: judged by another, they might let through what is dropped, or the reverse.
        if nat.several && self.by_public.contains_key(&packets.destination) {
            trail.gap(|| format!("{id} has several public addresses: with which of them it speaks is not in the data"));
            return Some(Ended::Open);
        }
        None
    }

    pub(super) fn internet_gateway<'a>(&'a self, trail: &mut Trail<'a>, course: &mut Course, packets: &mut Packets, id: &'a str) -> Ended {
        let (from, to) = (packets.source, packets.destination);
        let vpc = self.subnets[course.subnet].vpc;
        let cidrs = &self.vpcs[vpc].cidrs;
        if from.is_ipv6() && !cidrs.is_empty() && !cidrs.iter().any(|block| block.contains(&from)) {
            trail.gap(|| format!("whether {id} takes on what {from}, an address of another VPC, sends is not documented"));
            return Ended::Open;
        }
        let public = if from.is_ipv6() { Some(from) } else { course.public.filter(|_| !course.from_transit) };
        if public.is_none() && !self.publics_read {
            trail.gap(|| format!("whether {from} has a public address was not read"));
            return Ended::Open;
        }
        let Some(public) = public else {
            let rule = format!("{from} has no public address: what it sends is dropped");
            trail.drop(|| packets.lost(id, rule, Some(format!("a public address for {from}, or a route to a NAT gateway"))));
            return Ended::Lost;
        };
        if id.starts_with("eigw-") && packets.way == Way::Back {
            trail.drop(|| packets.lost(id, "an egress-only internet gateway carries no connection from outside".to_owned(), None));
            return Ended::Lost;
        }
        self.ask_acl(trail, course.subnet, true, packets);
        if public != from {
            trail.pass(packets.way, id, By::Becomes { before: from, after: public });
            packets.source = public;
        }
        (course.crossed_internet, course.via, course.must_use_internet) = (true, Via::Elsewhere, false);
        if Network::is_private(to) {
            trail.drop(|| packets.lost(id, format!("{to} is a private address: the internet does not route it"), None));
            return Ended::Lost;
        }
        match self.by_public.get(&to) {
            Some((position, private)) => self.enter(trail, course, packets, *position, *private),
            None if self.idle_addresses.contains(&to) => {
                trail.drop(|| packets.lost(id, format!("{to} is allocated, but no interface has it"), None));
                Ended::Lost
            }
            None => {
                trail.pass(packets.way, id, By::OutTo(packets.service.whom(to)));
                Ended::Beyond
            }
        }
    }

    /// In through the internet gateway of the VPC whose interface has the public address.
    pub(super) fn enter<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        course: &mut Course,
        packets: &mut Packets,
        position: usize,
        private: IpAddr,
    ) -> Ended {
        let interface = &self.interfaces[position];
        let vpc = &self.vpcs[interface.vpc];
        match &vpc.internet_gateway {
            None if vpc.read.contains(&Part::InternetGateways) => {
                trail.drop(|| {
                    packets.lost(&vpc.id, "no internet gateway is attached", Some(format!("an internet gateway attached to {}", vpc.id)))
                });
                return Ended::Lost;
            }
            None => trail.gap(|| format!("the internet gateways of {} were not read", vpc.id)),
            Some(id) => trail.pass(packets.way, id, By::Becomes { before: packets.destination, after: private }),
        }
        if let Some(table) = vpc.edge_table
            && !self.edge_leads_home(table, private)
        {
            let table = &self.tables[table].id;
            trail.gap(|| {
                format!("the internet gateway of {} has a route table of its own ({table}): where it sends packets is not judged", vpc.id)
            });
            return Ended::Open;
        }
        let Some(subnet) = interface.subnet else {
            trail.gap(|| format!("the subnet of {} was not read", interface.id));
            return Ended::Open;
        };
        packets.destination = private;
        self.ask_acl(trail, subnet, false, packets);
        (course.subnet, course.from_transit) = (subnet, false);
        if interface.kind == Kind::Nobody {
            trail.note(|| format!("{} is attached to nothing", interface.id))
        }
        Ended::At(position)
    }

    /// True where the table of an internet gateway says nothing else than that an address is in the VPC.
    fn edge_leads_home(&self, table: usize, to: IpAddr) -> bool {
        matches!(self.decided(table, to), Decision::By(route) if route.active && route.target == "local")
    }
}
