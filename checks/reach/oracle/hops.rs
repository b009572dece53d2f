//! From subnet to subnet: where routes and gateways bring a packet, and which ACLs it meets.
//!
//! Written from AWS's documentation: internet gateways <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>, NAT
//! gateways <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html> and
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html>, transit gateways
//! <https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html>, their attachments
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html> and which ACLs they ask
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html>.

use super::journey::{End, Journey, Over, Traveller};
use super::{Attachment, Target};
use crate::reach::answer::{Protocol, Way};
use std::net::IpAddr;

/// After so many hops packets go round in a circle.
const MANY: usize = 60;

impl Journey<'_> {
    pub(super) fn travel(&mut self, traveller: &mut Traveller) -> End {
        for _ in 0..MANY {
            if let Some(end) = self.hop(traveller) {
                return end;
            }
        }
        (self.opinion.circle, self.opinion.broken) = (true, true);
        End::Early
    }

    fn hop(&mut self, traveller: &mut Traveller) -> Option<End> {
        let (way, vpc) = (traveller.way, self.plan.subnets[traveller.subnet].vpc);
        let route = match self.plan.chosen(traveller.subnet, traveller.destination) {
            Ok(route) => route,
            Err(at) => return Some(self.early(way, at)),
        };
        if traveller.to_internet_only && route.by != Target::Internet {
            let at = match route.by {
                Target::Local => "local".to_owned(),
                Target::Peering => "pcx-1".to_owned(),
                Target::Nat(nat) => format!("nat-{nat}"),
                Target::Transit | Target::Internet => "tgw-1".to_owned(),
            };
            return Some(self.early(way, at));
        }
        match route.by {
            Target::Local => Some(self.hand_over(traveller, vpc)),
            Target::Peering => {
                let inside = self.plan.vpcs[1 - vpc].iter().any(|block| block.holds(traveller.destination));
                if !self.plan.peering_active || !inside || traveller.out_of_transit {
                    return Some(self.early(way, "pcx-1"));
                }
                traveller.over.push(Over::Peering);
                Some(self.hand_over(traveller, 1 - vpc))
            }
            Target::Internet => Some(self.leave(traveller, vpc)),
            Target::Nat(nat) => self.nat(traveller, nat),
            Target::Transit => self.transit(traveller, vpc),
        }
    }

    /// To whoever has the address in a VPC; between subnets both ACLs are asked.
    fn hand_over(&mut self, traveller: &mut Traveller, vpc: usize) -> End {
        let Some(owner) = self.plan.owner(vpc, traveller.destination) else { return self.early(traveller.way, format!("vpc-{vpc}")) };
        self.walk_over(traveller, self.plan.interfaces[owner].subnet);
        End::Interface(owner)
    }

    fn walk_over(&mut self, traveller: &mut Traveller, into: usize) {
        if traveller.subnet != into {
            self.acl(traveller, traveller.subnet, true);
            self.acl(traveller, into, false);
        }
        traveller.subnet = into;
    }

    /// Out by the internet gateway of a VPC. IPv4: an address of the VPC with a public one. IPv6: its own.
    fn leave(&mut self, traveller: &mut Traveller, vpc: usize) -> End {
        let (way, at) = (traveller.way, format!("igw-{vpc}"));
        if traveller.source.is_ipv6() {
            // Whether a gateway takes on what another VPC sends is not documented.
            if self.plan.owner(vpc, traveller.source).is_none() {
                self.opinion.open = true;
                self.opinion.broken = true;
                return End::Early;
            }
        } else {
            let Some(public) = traveller.public.filter(|_| !traveller.out_of_transit) else { return self.early(way, at) };
            self.acl(traveller, traveller.subnet, true);
            traveller.source = public;
        }
        if traveller.source.is_ipv6() {
            self.acl(traveller, traveller.subnet, true);
        }
        traveller.over.push(Over::Internet);
        if matches!(traveller.destination, IpAddr::V4(to) if to.is_private()) {
            return self.early(way, at);
        }
        if self.plan.public_owner(traveller.destination).is_none() { End::Internet } else { self.enter(traveller) }
    }

    /// In by the internet gateway of the VPC in which the public address is.
    pub(super) fn enter(&mut self, traveller: &mut Traveller) -> End {
        let Some((owner, private)) = self.plan.public_owner(traveller.destination) else { return self.early(traveller.way, "internet") };
        let subnet = self.plan.interfaces[owner].subnet;
        let vpc = self.plan.subnets[subnet].vpc;
        if !self.plan.gateways[vpc] {
            return self.early(traveller.way, format!("vpc-{vpc}"));
        }
        traveller.destination = private;
        traveller.subnet = subnet;
        if !traveller.over.contains(&Over::Internet) {
            traveller.over.push(Over::Internet);
        }
        self.acl(traveller, subnet, false);
        End::Interface(owner)
    }

    fn nat(&mut self, traveller: &mut Traveller, number: usize) -> Option<End> {
        let (plan, way, at) = (self.plan, traveller.way, format!("nat-{number}"));
        let nat = &plan.nats[number];
        // It knows TCP, UDP and ICMP only, and no connection that it did not open.
        if way == Way::Back || nat.state != "available" || matches!(self.packet.protocol, Protocol::Other(_)) {
            return Some(self.early(way, at));
        }
        self.walk_over(traveller, nat.subnet);
        traveller.through.push((number, traveller.source));
        traveller.over.push(Over::Nat);
        (traveller.source, traveller.public, traveller.out_of_transit) = (nat.private, nat.public, false);
        None
    }

    fn transit(&mut self, traveller: &mut Traveller, vpc: usize) -> Option<End> {
        let (plan, way, from) = (self.plan, traveller.way, traveller.subnet);
        let zone = |subnet: usize| plan.subnets[subnet].zone;
        let attachment = &plan.transit.attachments[vpc];
        let in_zone = |of: &Attachment, wanted: &str| of.subnets.iter().copied().find(|subnet| zone(*subnet) == wanted);
        let entry = in_zone(attachment, zone(from)).filter(|_| attachment.available);
        let Some(entry) = entry else { return Some(self.early(way, "tgw-1")) };
        // Out of the sender's subnet, into the attachment's: the same twice where they are one.
        self.acl(traveller, from, true);
        self.acl(traveller, entry, false);
        let Some(table) = attachment.table else { return Some(self.early(way, "tgw-1")) };
        let mut best: Option<((u32, bool), Option<usize>)> = None;
        let fixed = plan.transit.tables[table].routes.iter().map(|(block, to)| (*block, true, *to));
        let propagated = plan.transit.tables[table].propagated.iter();
        let learned = propagated.flat_map(|vpc| plan.vpcs[*vpc].iter().map(move |block| (*block, false, Some(*vpc))));
        for (block, is_static, to) in fixed.chain(learned) {
            if block.holds(traveller.destination) && best.is_none_or(|(so_far, _)| (block.length, is_static) > so_far) {
                best = Some(((block.length, is_static), to));
            }
        }
        let Some((_, Some(next))) = best else { return Some(self.early(way, format!("tgw-rtb-{table}"))) };
        let there = &plan.transit.attachments[next];
        let owner = plan.owner(next, traveller.destination).map(|owner| zone(plan.interfaces[owner].subnet));
        let exit = in_zone(there, zone(from)).or_else(|| in_zone(there, owner?)).unwrap_or(there.subnets[0]);
        let references = plan.transit.references && attachment.references && there.references;
        traveller.over.push(Over::Transit { references });
        (traveller.subnet, traveller.public, traveller.out_of_transit) = (exit, None, true);
        None
    }
}
