//! One flow: from one sender to one address, there and back.
//!
//! Inferred: what stays inside a host passes no filter (an address to itself, or to another interface of the same instance).

use super::answer::Way;
use super::filters::{Carrier, Packets};
use super::network::{Interface, Kind, Network};
use super::stations::By;
use super::trail::{Matter, Service, Trail};
use super::walk::{Course, Ended, Translated, Via};
use crate::semantics::packets::Direction;
use crate::semantics::packets::single::Peer;
use std::net::{IpAddr, Ipv4Addr};

/// Who speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender<'a> {
    pub(super) address: IpAddr,
    pub(super) public: Option<IpAddr>,
    pub(super) vpc: usize,
    pub(super) subnet: usize,
    pub(super) interface: Option<usize>,
    pub(super) groups: &'a [usize],
    pub(super) unread: &'a [String],
    pub(super) name: &'a str,
    /// A host chooses its ports itself; what AWS runs uses all of 1024-65535.
    pub(super) host: bool,
    /// Asked for the groups' egress. An interface without groups that AWS runs filters nothing.
    pub(super) filtered: bool,
}

/// Where packets are meant to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) address: IpAddr,
    /// The interface that is meant, where the user named one.
    pub(super) interface: Option<usize>,
    /// The address stands for the internet.
    pub(super) is_internet: bool,
}

impl Goal {
    fn may_be(&self, interface: usize) -> bool {
        self.interface.is_none_or(|wanted| wanted == interface)
    }
}

/// Where a flow arrived, and as whose.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) interface: usize,
    pub(super) seen: IpAddr,
    pub(super) course: Course,
}

impl Network {
    /// An interface as a sender; `None`: its subnet was not read.
    pub(super) fn sender<'a>(&'a self, position: usize, address: IpAddr) -> Option<Sender<'a>> {
        let interface: &'a Interface = &self.interfaces[position];
        let host = interface.kind == Kind::Host;
        Some(Sender {
            address,
            public: interface.public_of(address),
            vpc: interface.vpc,
            subnet: interface.subnet?,
            interface: Some(position),
            groups: &interface.groups,
            unread: &interface.unread_groups,
            name: &interface.id,
            host,
            filtered: interface.is_filtered(),
        })
    }

    /// True for interfaces of one host: what one sends to another never leaves it.
    fn same_host(&self, sender: &Sender<'_>, other: usize) -> bool {
        let Some(own) = sender.interface.filter(|own| self.interfaces[*own].kind == Kind::Host) else { return false };
        let instance = &self.interfaces[own].instance;
        own == other || (instance.is_some() && *instance == self.interfaces[other].instance)
    }

    /// A sender that was read, to an address.
    pub(super) fn flow<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, goal: Goal, service: Service) {
        let to = goal.address;
        if Network::is_of_aws(to) {
            return trail.gap(|| format!("{to} is an address of AWS's own services: what answers there is not judged"));
        }
        if to.is_loopback() || to.is_multicast() || to.is_unspecified() || to == Ipv4Addr::BROADCAST {
            return trail.gap(|| format!("{to} is no address of one host on a network: what becomes of it is not judged"));
        }
        if self.in_vpc(sender.vpc, to).is_some_and(|other| self.same_host(sender, other) && goal.may_be(other)) {
            return trail.pass(Way::There, sender.name, By::InsideHost);
        }
        let mute = match sender.interface.map(|position| &self.interfaces[position].kind) {
            Some(Kind::Nobody) => Some("attached to nothing: nobody speaks there".to_owned()),
            Some(Kind::Stopped(state)) => Some(format!("its instance is {state}: nobody speaks there")),
            _ => None,
        };
        if let Some(why) = mute {
            let packets = self.packets(sender.address, to, service);
            return trail.drop(|| packets.lost(sender.name, why, None));
        }
        let mut course = self.course(sender);
        let mut packets = self.packets(sender.address, to, service);
        let (stations, drops) = (trail.stations.len(), trail.drops.len());
        let ended = self.follow(trail, &mut course, &mut packets);
        let (ours, theirs) = (trail.stations.len(), trail.drops.len());
        self.ask_sender(trail, sender, goal, service, &course, ended);
        // What the sender's groups say comes first in time.
        trail.stations[stations..].rotate_left(ours - stations);
        trail.drops[drops..].rotate_left(theirs - drops);
        match ended {
            Ended::At(other) if !goal.may_be(other) => {
                let other = &self.interfaces[other].id;
                trail.drop(|| packets.lost(other, format!("has the address {to}, too, and packets to it end here"), None));
            }
            Ended::At(interface) => {
                let arrival = Arrival { interface, seen: packets.source, course };
                self.arrive(trail, sender, &arrival, packets.destination, service);
            }
            Ended::Lost => self.judge_far_side(trail, sender, &course, goal, service),
            Ended::Beyond => {
                self.back_to(trail, sender, &course, to, service);
                if !goal.is_internet {
                    trail.gap(|| format!("{to} is outside the data: our side lets the packets out, what is beyond is not known"));
                }
            }
            Ended::Expected | Ended::Open => {}
        }
    }

    pub(super) fn packets(&self, source: IpAddr, destination: IpAddr, service: Service) -> Packets {
        Packets { way: Way::There, source, destination, matter: Matter::One(service.there(destination)), service }
    }

    pub(super) fn course(&self, sender: &Sender) -> Course {
        Course {
            subnet: sender.subnet,
            public: sender.public,
            via: Via::Local,
            through: Vec::new(),
            from_transit: false,
            crossed_internet: false,
            must_use_internet: false,
            expected: None,
        }
    }

    fn ask_sender<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, goal: Goal, service: Service, course: &Course, ended: Ended) {
        if !sender.filtered {
            return;
        }
        let to = goal.address;
        let known = match (ended, course.via) {
            (Ended::At(position), Via::Local | Via::Peering { same_region: true }) => Some(position),
            (Ended::Lost, Via::Local | Via::Peering { .. }) => {
                let meant = goal.interface.or_else(|| self.in_vpc(sender.vpc, to)).or_else(|| self.only(to));
                meant.filter(|position| self.references_work(sender.vpc, self.interfaces[*position].vpc))
            }
            _ => None,
        };
        let groups = known.map(|position| self.group_ids_of(&self.interfaces[position])).unwrap_or_default();
        let carrier = Carrier { groups: sender.groups, unread: sender.unread, name: sender.name };
        self.ask_groups(
            trail,
            carrier,
            Direction::Egress,
            Peer { address: to, groups: &groups },
            &self.packets(sender.address, to, service),
        );
    }

    /// The groups of the sender that count for the destination.
    pub(super) fn counting<'a>(&'a self, sender: &Sender<'a>, via: Via) -> Vec<&'a str> {
        let count = matches!(via, Via::Local | Via::Peering { same_region: true } | Via::Transit { references: true });
        let ids = sender.groups.iter().map(|group| self.groups[*group].id.as_str()).chain(sender.unread.iter().map(String::as_str));
        if count { ids.collect() } else { Vec::new() }
    }

    /// True where a receiver's groups let the packets in for the sender's groups alone.
    fn groups_decide<'a>(&'a self, sender: &Sender<'a>, interface: &'a Interface, packets: &Packets) -> bool {
        let verdict = |groups: &[&'a str]| {
            let mut quiet = Trail::quiet();
            self.ask_receiver(&mut quiet, interface, groups, packets);
            quiet.verdict()
        };
        verdict(&self.counting(sender, Via::Local)) != verdict(&[])
    }

    /// At the destination: does it let the packets in, does somebody answer, and do the replies come back?
    fn arrive<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, arrival: &Arrival, at: IpAddr, service: Service) {
        let interface = &self.interfaces[arrival.interface];
        let packets = self.packets(arrival.seen, at, service);
        let unread =
            self.unread_gateway(sender.vpc, interface.vpc).filter(|_| matches!(arrival.course.via, Via::Transit { references: false }));
        match unread.filter(|_| self.groups_decide(sender, interface, &packets)) {
            Some(gateway) => trail.gap(|| format!("whether {gateway} lets security groups of two VPCs know each other was not read")),
            None => self.ask_receiver(trail, interface, &self.counting(sender, arrival.course.via), &packets),
        }
        self.answers(trail, sender, arrival, at, service);
        self.back(trail, sender, arrival, at, service);
    }

    /// The replies, from the destination's interface to the sender.
    pub(super) fn back<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, arrival: &Arrival, at: IpAddr, service: Service) {
        let interface = &self.interfaces[arrival.interface];
        let Some(subnet) = interface.subnet else { return };
        let mut course = Course {
            subnet,
            public: interface.public_of(at),
            must_use_internet: arrival.course.crossed_internet,
            expected: self.expected(sender, &arrival.course.through, arrival.seen),
            ..self.course(sender)
        };
        let mut packets = self.replies(at, arrival.seen, service, sender.host && arrival.course.through.is_empty());
        // As they were before a gateway on the way changed them.
        let sent = packets;
        let ended = self.follow(trail, &mut course, &mut packets);
        let direct = arrival.course.through.is_empty() && !arrival.course.crossed_internet;
        if ended == Ended::Lost && direct && !matches!(arrival.course.via, Via::Transit { .. }) && subnet != sender.subnet {
            self.ask_acl(trail, subnet, true, &sent);
            self.ask_acl(trail, sender.subnet, false, &sent);
        }
        self.check_end(trail, sender, &arrival.course.through, ended, &packets, service);
    }

    /// Replies from outside: in through the internet gateway, to the sender or the NAT gateway that spoke for it.
    fn back_to<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, course: &Course, from: IpAddr, service: Service) {
        let last = course.through.last();
        let (subnet, host) = last.map_or((sender.subnet, sender.host), |last| (last.subnet, false));
        let seen = last.map_or(Some(sender.address), |last| self.interfaces[last.interface].primary().map(|own| own.private));
        let Some(seen) = seen else { return };
        let packets = self.replies(from, seen, service, host);
        self.ask_acl(trail, subnet, false, &packets);
        self.untranslate(trail, sender, &course.through, from, service);
    }

    fn replies(&self, from: IpAddr, to: IpAddr, service: Service, host: bool) -> Packets {
        Packets { way: Way::Back, source: from, destination: to, matter: service.back(to, host), service }
    }

    /// Where replies end that no interface tells: a sender known by its subnet alone.
    fn expected(&self, sender: &Sender<'_>, through: &[Translated], seen: IpAddr) -> Option<(usize, usize, IpAddr)> {
        (sender.interface.is_none() && through.is_empty()).then_some((sender.vpc, sender.subnet, seen))
    }

    /// Replies have to end where the connection came from; a NAT gateway sends them on.
    fn check_end<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        sender: &Sender<'a>,
        through: &[Translated],
        ended: Ended,
        packets: &Packets,
        service: Service,
    ) {
        let wanted = through.last().map(|last| last.interface).or(sender.interface);
        match ended {
            Ended::At(position) if Some(position) == wanted => self.untranslate(trail, sender, through, packets.source, service),
            Ended::At(position) => {
                let other = &self.interfaces[position].id;
                trail.drop(|| packets.lost(other, format!("replies to {} end here, where nobody asked", packets.destination), None));
            }
            Ended::Beyond => {
                trail.drop(|| packets.lost("internet", format!("replies to {} leave for the internet", packets.destination), None))
            }
            Ended::Expected | Ended::Lost | Ended::Open => {}
        }
    }

    /// From the last NAT gateway back to what stands before it, and so on to the sender.
    fn untranslate<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, through: &[Translated], from: IpAddr, service: Service) {
        let Some((last, before)) = through.split_last() else { return };
        let mut course = Course { subnet: last.subnet, expected: self.expected(sender, before, last.source), ..self.course(sender) };
        course.public = None;
        let mut packets = self.replies(from, last.source, service, sender.host && before.is_empty());
        let ended = self.follow(trail, &mut course, &mut packets);
        self.check_end(trail, sender, before, ended, &packets, service);
    }

    /// When the way ends early and the destination is known all the same: everything that would drop the packets there, too.
    fn judge_far_side<'a>(&'a self, trail: &mut Trail<'a>, sender: &Sender<'a>, course: &Course, goal: Goal, service: Service) {
        let to = goal.address;
        let inside = self.only(to).map(|position| (position, to));
        let outside = self.by_public.get(&to).copied().filter(|_| sender.public.is_some());
        let Some((interface, at)) = goal.interface.map(|wanted| (wanted, to)).or(inside).or(outside) else { return };
        let Some(subnet) = self.interfaces[interface].subnet.filter(|_| course.through.is_empty()) else { return };
        let source = if at == to { sender.address } else { sender.public.unwrap_or(sender.address) };
        let packets = self.packets(source, at, service);
        if sender.subnet != subnet || at != to {
            self.ask_acl(trail, sender.subnet, true, &self.packets(sender.address, to, service));
            self.ask_acl(trail, subnet, false, &packets);
        }
        // By which way they would have come is open: where the groups would count on one of them, they do.
        let far = self.interfaces[interface].vpc;
        let via = match at == to {
            true if self.references_work(sender.vpc, far) => Via::Peering { same_region: true },
            true if self.references_over_transit(sender.vpc, far) => Via::Transit { references: true },
            true if self.unread_gateway(sender.vpc, far).is_some() => Via::Transit { references: false },
            _ => Via::Elsewhere,
        };
        let arrival = Arrival { interface, seen: source, course: Course { via, crossed_internet: at != to, ..self.course(sender) } };
        self.arrive(trail, sender, &arrival, at, service);
        once(&mut trail.stations);
        once(&mut trail.drops);
    }

    /// A public host that no data shows, to a public address.
    pub(super) fn outside<'a>(&'a self, trail: &mut Trail<'a>, from: IpAddr, to: IpAddr, service: Service) {
        let mut packets = self.packets(from, to, service);
        if Network::is_private(to) && to.is_ipv4() && !self.publics_read {
            return trail.gap(|| format!("whether {to} has a public address was not read"));
        }
        if Network::is_private(to) && to.is_ipv4() {
            let at =
                self.by_private.get(&to).and_then(|found| found.first()).map_or("internet", |found| self.interfaces[*found].id.as_str());
            return trail.drop(|| {
                packets.lost(
                    at,
                    format!("{to} is a private address: the internet does not route it"),
                    Some(format!("a public address for {at}")),
                )
            });
        }
        let Some((position, private)) = self.by_public.get(&to).copied() else {
            if self.idle_addresses.contains(&to) {
                return trail.drop(|| packets.lost("internet", format!("{to} is allocated, but no interface has it"), None));
            }
            return trail.gap(|| format!("neither {from} nor {to} is in the data"));
        };
        let Some(sender) = self.sender(position, private) else {
            return trail.gap(|| format!("the subnet of {} was not read", self.interfaces[position].id));
        };
        // Its own course: in by the internet gateway.
        let mut course = Course { crossed_internet: true, via: Via::Elsewhere, ..self.course(&sender) };
        if self.enter(trail, &mut course, &mut packets, position, private) != Ended::At(position) {
            return;
        }
        let outside = Sender {
            address: from,
            public: None,
            interface: None,
            groups: &[],
            unread: &[],
            name: "internet",
            host: true,
            filtered: false,
            ..sender
        };
        let arrival = Arrival { interface: position, seen: from, course };
        self.arrive_from_outside(trail, &outside, &arrival, private, service);
    }

    fn arrive_from_outside<'a>(&'a self, trail: &mut Trail<'a>, outside: &Sender<'a>, arrival: &Arrival, at: IpAddr, service: Service) {
        let interface = &self.interfaces[arrival.interface];
        let packets = self.packets(arrival.seen, at, service);
        self.ask_receiver(trail, interface, &[], &packets);
        self.answers(trail, outside, arrival, at, service);
        let Some(subnet) = interface.subnet else { return };
        let public = interface.public_of(at);
        let mut course = Course { subnet, public, must_use_internet: true, expected: None, ..self.course(outside) };
        let mut packets = self.replies(at, arrival.seen, service, true);
        // Ended beyond: the replies are out on the internet, where the asker is.
        let ended = self.follow(trail, &mut course, &mut packets);
        if let Ended::At(position) = ended {
            let other = &self.interfaces[position].id;
            trail.drop(|| packets.lost(other, format!("replies to {} end here, where nobody asked", packets.destination), None));
        }
    }
}

/// The same once: what was asked before the way ended is asked again for the whole of it.
fn once<T: PartialEq>(all: &mut Vec<T>) {
    let mut seen: Vec<T> = Vec::new();
    for one in all.drain(..) {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    *all = seen;
}
