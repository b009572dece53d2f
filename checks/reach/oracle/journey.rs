//! A packet that may leave its VPC: it is walked from subnet to subnet, its reply too.
//!
//! Written from AWS's documentation: internet gateways <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>, NAT
//! gateways <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html> and
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html>, transit gateways
//! <https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html>, their attachments
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html> and which ACLs they ask
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html>.

use super::{Concrete, Load, Plan, Target};
use crate::reach::answer::{Protocol, Way};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// After so many hops packets go round in a circle.
const MANY: usize = 60;

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
enum End {
    Interface(usize),
    Internet,
    Early,
}

/// What lies between two VPCs, and decides which groups count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Peering,
    Transit { references: bool },
    Nat,
    Internet,
}

/// A packet on its way.
#[derive(Debug)]
struct Traveller {
    way: Way,
    subnet: usize,
    source: IpAddr,
    destination: IpAddr,
    load: Load,
    /// The public address of the source, which its own internet gateway knows.
    public: Option<IpAddr>,
    out_of_transit: bool,
    /// The reply of a connection that came in from the internet.
    to_internet_only: bool,
    over: Vec<Over>,
    /// NAT gateways on the way, with the source before each.
    through: Vec<(usize, IpAddr)>,
}

impl Plan {
    /// What one packet, and its reply, meet.
    pub(super) fn judge(&self, asker: Asker, packet: &Concrete) -> Opinion {
        let mut journey = Journey { plan: self, packet: *packet, asker, opinion: Opinion::default() };
        journey.run();
        journey.opinion
    }

    fn public_owner(&self, public: IpAddr) -> Option<(usize, IpAddr)> {
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

struct Journey<'p> {
    plan: &'p Plan,
    packet: Concrete,
    asker: Asker,
    opinion: Opinion,
}

impl Journey<'_> {
    fn found(&mut self, way: Way, at: impl Into<String>) {
        self.opinion.drops.insert((way, at.into()));
    }

    fn early(&mut self, way: Way, at: impl Into<String>) -> End {
        self.found(way, at);
        self.opinion.broken = true;
        End::Early
    }

    fn acl(&mut self, traveller: &Traveller, subnet: usize, egress: bool) {
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
        let Asker::Interface(from) = self.asker else { return self.from_internet() };
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
    fn from_internet(&mut self) {
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

    fn travel(&mut self, traveller: &mut Traveller) -> End {
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
    fn enter(&mut self, traveller: &mut Traveller) -> End {
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
        let in_zone = |of: &super::Attachment, wanted: &str| of.subnets.iter().copied().find(|subnet| zone(*subnet) == wanted);
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
