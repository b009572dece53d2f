//! A packet that may leave its VPC, and its reply: who is asked at both ends. `hops` walks from subnet to subnet.
//!
//! Sources: security groups <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>, references over a transit gateway
//! <https://aws.amazon.com/blogs/networking-and-content-delivery/introducing-security-group-referencing-for-aws-transit-gateway>.

use super::{Concrete, Load, Plan};
use crate::reach::answer::Way;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What is said about one packet.
#[derive(Debug, Default)]
pub(super) struct Opinion {
    pub(super) drops: BTreeSet<(Way, String)>,
    /// The way there or back ends early: more may stand behind.
    pub(super) broken: bool,
    /// What may stand behind the place where the way ends.
    pub(super) possible: BTreeSet<(Way, String)>,
    /// It goes round in a circle, wherever that is.
    pub(super) circle: bool,
    /// It is not documented what happens.
    pub(super) open: bool,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Interface(usize),
    Internet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Interface(usize),
    Internet,
    Early,
}

/// What lies between two VPCs, and decides which groups count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Peering,
    Transit { references: bool },
    Nat,
    Internet,
}

/// A packet on its way.
#[derive(Debug)]
pub(super) struct Traveller {
    pub(super) way: Way,
    pub(super) subnet: usize,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) load: Load,
    /// The public address of the source, which its own internet gateway knows.
    pub(super) public: Option<IpAddr>,
    pub(super) out_of_transit: bool,
    /// The reply of a connection that came in from the internet.
    pub(super) to_internet_only: bool,
    pub(super) over: Vec<Over>,
    /// NAT gateways on the way, with the source before each.
    pub(super) through: Vec<(usize, IpAddr)>,
}

impl Plan {
    /// What one packet, and its reply, meet.
    pub(super) fn judge(&self, asker: Asker, packet: &Concrete) -> Opinion {
        let mut journey = Journey { plan: self, packet: *packet, asker, opinion: Opinion::default() };
        journey.run();
        journey.opinion
    }

    pub(super) fn public_owner(&self, public: IpAddr) -> Option<(usize, IpAddr)> {
        self.interfaces.iter().enumerate().find_map(|(position, interface)| {
            let four = interface.publics.iter().find(|(_, own)| *own == public).map(|(private, _)| *private);
            let six = interface.addresses.iter().copied().find(|own| own.is_ipv6() && *own == public);
            four.or(six).map(|private| (position, private))
        })
    }

    fn public_of(&self, interface: usize, private: IpAddr) -> Option<IpAddr> {
        self.interfaces[interface].publics.iter().find(|(own, _)| *own == private).map(|(_, public)| *public)
    }
}

pub(super) struct Journey<'p> {
    pub(super) plan: &'p Plan,
    pub(super) packet: Concrete,
    pub(super) asker: Asker,
    pub(super) opinion: Opinion,
}

impl Journey<'_> {
    fn found(&mut self, way: Way, at: impl Into<String>) {
        self.opinion.drops.insert((way, at.into()));
    }

    pub(super) fn early(&mut self, way: Way, at: impl Into<String>) -> End {
        self.found(way, at);
        self.opinion.broken = true;
        End::Early
    }

    pub(super) fn acl(&mut self, traveller: &Traveller, subnet: usize, egress: bool) {
        let acl = self.plan.subnets[subnet].acl;
        let peer = if egress { traveller.destination } else { traveller.source };
        if !self.plan.acl_allows(acl, egress, traveller.load, peer) {
            self.found(traveller.way, format!("acl-{acl}"));
        }
    }

    fn traveller(&self, way: Way, subnet: usize, source: IpAddr, destination: IpAddr, load: Load) -> Traveller {
        let (over, through) = (Vec::new(), Vec::new());
        Traveller { way, subnet, source, destination, load, public: None, out_of_transit: false, to_internet_only: false, over, through }
    }

    fn run(&mut self) {
        let (packet, there) = (self.packet, self.packet.there());
        let Asker::Interface(from) = self.asker else { return self.asked_by_internet() };
        let sender = &self.plan.interfaces[from];
        let own = self.plan.owner(self.plan.subnets[sender.subnet].vpc, packet.destination);
        if own.is_some_and(|own| self.plan.interfaces[own].instance == sender.instance) {
            return;
        }
        let mut traveller = self.traveller(Way::There, sender.subnet, packet.source, packet.destination, there);
        traveller.public = self.plan.public_of(from, packet.source);
        let end = self.travel(&mut traveller);
        // Inside a VPC and over a peering, egress may name the groups of the other side. When the way ends early, it may be taken to lead there.
        let meant = (0..2).find_map(|vpc| self.plan.owner(vpc, packet.destination));
        let carried = match end {
            End::Interface(to) if traveller.over.is_empty() => self.plan.interfaces[to].groups.as_slice(),
            End::Interface(to) if traveller.over == [Over::Peering] && self.plan.same_region => &self.plan.interfaces[to].groups,
            End::Early => meant.filter(|to| self.peered(from, *to)).map_or(&[][..], |to| &self.plan.interfaces[to].groups),
            _ => &[],
        };
        let admits = |carried: &[usize]| self.plan.admits_groups(sender, true, there, (packet.destination, carried), true);
        let (admitted, without) = (admits(carried), admits(&[]));
        let group = (Way::There, format!("sg-{}", sender.groups[0]));
        if !admitted {
            self.opinion.drops.insert(group);
        } else if !without && end == End::Early {
            self.opinion.possible.insert(group);
        }
        match end {
            End::Interface(to) => self.arrived(&traveller, to),
            End::Internet => self.back_from_internet(&traveller),
            End::Early if traveller.through.is_empty() => self.far_side(from),
            End::Early => {}
        }
    }

    /// The way there ends early: whoever has the address may drop the packets all the same, and the replies.
    fn far_side(&mut self, from: usize) {
        let (plan, packet) = (self.plan, self.packet);
        let inside = (0..2).find_map(|vpc| plan.owner(vpc, packet.destination)).map(|owner| (owner, packet.destination, packet.source));
        let public = plan.public_of(from, packet.source);
        let outside = || plan.public_owner(packet.destination).and_then(|(owner, private)| Some((owner, private, public?)));
        let Some((to, at, seen)) = inside.or_else(outside) else { return };
        let (sender, receiver) = (&plan.interfaces[from], &plan.interfaces[to]);
        let mut behind = Journey { opinion: Opinion::default(), ..*self };
        if receiver.instance.is_none() {
            behind.found(Way::There, format!("eni-{to}"));
        } else {
            // However the packets would have come: by some ways the groups of the sender count.
            let over_transit = plan.transit.references && plan.transit.attachments.iter().all(|one| one.references);
            let counts = seen == packet.source && (self.peered(from, to) || over_transit);
            let carried = if counts { sender.groups.as_slice() } else { &[] };
            if !plan.admits_groups(receiver, false, packet.there(), (seen, carried), true) {
                behind.found(Way::There, format!("sg-{}", receiver.groups[0]));
            }
        }
        let mut there = behind.traveller(Way::There, sender.subnet, packet.source, packet.destination, packet.there());
        let mut reply = behind.traveller(Way::Back, receiver.subnet, at, seen, packet.back());
        if sender.subnet != receiver.subnet || seen != packet.source {
            behind.acl(&there, sender.subnet, true);
            (there.source, there.destination) = (seen, at);
            behind.acl(&there, receiver.subnet, false);
            behind.acls_of_replies(&reply, sender.subnet);
        }
        (reply.public, reply.to_internet_only) = (plan.public_of(to, at), seen != packet.source);
        let end = behind.travel(&mut reply);
        behind.replied(end, &[], reply.source);
        self.opinion.circle |= behind.opinion.circle;
        self.opinion.possible.append(&mut behind.opinion.drops);
    }

    /// In one VPC, or in two whose groups know each other over a peering.
    fn peered(&self, one: usize, other: usize) -> bool {
        let vpc = |interface: usize| self.plan.subnets[self.plan.interfaces[interface].subnet].vpc;
        vpc(one) == vpc(other) || (self.plan.peering_active && self.plan.same_region)
    }

    fn acls_of_replies(&mut self, reply: &Traveller, into: usize) {
        self.acl(reply, reply.subnet, true);
        self.acl(reply, into, false);
    }

    /// The first packet comes from a host of the internet.
    fn asked_by_internet(&mut self) {
        let packet = self.packet;
        let mut traveller = self.traveller(Way::There, 0, packet.source, packet.destination, packet.there());
        if let End::Interface(to) = self.enter(&mut traveller) {
            self.arrived(&traveller, to);
        }
    }

    /// At an interface: its groups, whoever stands there, and the reply.
    fn arrived(&mut self, traveller: &Traveller, to: usize) {
        let receiver = &self.plan.interfaces[to];
        if receiver.instance.is_none() {
            // A NAT gateway answers nothing, and has no groups.
            self.found(Way::There, format!("eni-{to}"));
        } else {
            let counts = match traveller.over[..] {
                [] => true,
                [Over::Peering] => self.plan.same_region,
                [Over::Transit { references }] => references,
                _ => false,
            };
            let carried = match self.asker {
                Asker::Interface(from) if counts => self.plan.interfaces[from].groups.as_slice(),
                _ => &[],
            };
            if !self.plan.admits_groups(receiver, false, traveller.load, (traveller.source, carried), true) {
                self.found(Way::There, format!("sg-{}", receiver.groups[0]));
            }
        }
        let at = traveller.destination;
        let load = self.reply_load(&traveller.through);
        let mut reply = self.traveller(Way::Back, receiver.subnet, at, traveller.source, load);
        reply.public = self.plan.public_of(to, at);
        reply.to_internet_only = traveller.over.contains(&Over::Internet);
        let end = self.travel(&mut reply);
        if let (End::Early, Asker::Interface(from)) = (end, self.asker) {
            let mut behind = Journey { opinion: Opinion::default(), ..*self };
            let reply = behind.traveller(Way::Back, receiver.subnet, at, traveller.source, load);
            behind.acls_of_replies(&reply, self.plan.interfaces[from].subnet);
            self.opinion.possible.append(&mut behind.opinion.drops);
        }
        self.replied(end, &traveller.through, reply.source);
    }

    /// The reply to a host of the internet comes back in by the gateway.
    fn back_from_internet(&mut self, traveller: &Traveller) {
        let load = self.reply_load(&traveller.through);
        let reply = self.traveller(Way::Back, traveller.subnet, traveller.destination, self.packet.source, load);
        self.acl(&reply, traveller.subnet, false);
        self.translate_back(&traveller.through, traveller.destination);
    }

    fn reply_load(&self, through: &[(usize, IpAddr)]) -> Load {
        self.packet.back_to_port(if through.is_empty() { self.packet.source_port } else { self.packet.nat_port })
    }

    /// A reply has to end where its connection came from.
    fn replied(&mut self, end: End, through: &[(usize, IpAddr)], far: IpAddr) {
        let wanted = match (through.last(), self.asker) {
            (Some((nat, _)), _) => End::Interface(self.plan.nats[*nat].interface),
            (None, Asker::Interface(from)) => End::Interface(from),
            (None, Asker::Internet) => End::Internet,
        };
        match end {
            End::Early => {}
            end if end == wanted => self.translate_back(through, far),
            End::Interface(other) => self.found(Way::Back, format!("eni-{other}")),
            End::Internet => self.found(Way::Back, "internet"),
        }
    }

    /// The last NAT gateway knows who asked.
    fn translate_back(&mut self, through: &[(usize, IpAddr)], far: IpAddr) {
        let Some(((nat, before), rest)) = through.split_last() else { return };
        let load = self.reply_load(rest);
        let mut reply = self.traveller(Way::Back, self.plan.nats[*nat].subnet, far, *before, load);
        let end = self.travel(&mut reply);
        self.replied(end, rest, far);
    }
}
