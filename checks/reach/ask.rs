//! All flows of a question, and one answer to them.

use super::answer::{Answer, Flows, Protocol, Station, Verdict};
use super::drops::settle;
use super::ends::{End, Spot};
use super::flow::{Goal, Sender};
use super::network::Network;
use super::trail::{Service, Trail};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Stands for the hosts of the internet: of a block for documentation (RFC 5737), which no rule names but by naming everybody.
const ANYBODY: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 77);
/// The same for IPv6 (RFC 3849).
const ANYBODY6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 0x77);

/// One source, resolved as far as it goes.
#[derive(Clone, Copy)]
enum From<'a> {
    Sender(Sender<'a>),
    Outside(IpAddr),
    Internet,
    Ambiguous(IpAddr),
    Nowhere(IpAddr),
    Unplaced(&'a str),
}

impl Network {
    /// Whether packets of a protocol pass from every address of one end to every address of another, on all of these ports, and the
    /// replies come back.
    pub fn reach(&self, from: &End, to: &End, ports: (u16, u16), protocol: Protocol) -> Answer<'_> {
        let classes = self.port_classes(ports, protocol);
        let mut sum = Sum::default();
        for source in from.spots.iter().flat_map(|spot| self.sources(spot)) {
            for spot in &to.spots {
                for &(port, last) in &classes {
                    self.one(&mut sum, source, spot, Service { protocol, port, last, anybody: None });
                }
            }
        }
        sum.answer(from, to)
    }

    fn sources(&self, spot: &Spot) -> Vec<From<'_>> {
        let at = |position: usize, private: IpAddr| {
            self.sender(position, private).map_or(From::Unplaced(&self.interfaces[position].id), From::Sender)
        };
        match spot {
            Spot::Internet => vec![From::Internet],
            Spot::At { interface, private } => vec![at(*interface, *private)],
            Spot::Within { subnet, block, named } => {
                let groups = self.names.get(named).map_or(&[][..], |named| named.positions.as_slice());
                let sender = |address: IpAddr| Sender {
                    address,
                    public: None,
                    vpc: self.subnets[*subnet].vpc,
                    subnet: *subnet,
                    interface: None,
                    groups,
                    unread: &[],
                    name: &self.subnets[*subnet].subnet.id,
                    host: false,
                    filtered: true,
                };
                self.address_classes(*block).into_iter().map(|address| From::Sender(sender(address))).collect()
            }
            Spot::Address(address) => match (self.by_private.get(address), self.by_public.get(address)) {
                (Some(found), _) if found.len() == 1 => vec![at(found[0], *address)],
                (Some(_), _) => vec![From::Ambiguous(*address)],
                (None, Some((position, private))) => vec![at(*position, *private)],
                (None, None) if self.is_somebodys(*address) => vec![From::Nowhere(*address)],
                (None, None) => vec![From::Outside(*address)],
            },
        }
    }

    fn one<'a>(&'a self, sum: &mut Sum<'a>, from: From<'a>, to: &Spot, service: Service) {
        let six = |address: IpAddr| address.is_ipv6();
        let (outside, family) = match from {
            From::Sender(sender) => (false, Some(six(sender.address))),
            From::Outside(address) => (true, Some(six(address))),
            From::Ambiguous(address) | From::Nowhere(address) => (false, Some(six(address))),
            From::Internet => (true, None),
            From::Unplaced(_) => (false, None),
        };
        for goal in self.destinations(to, outside, family) {
            if family.is_some_and(|family| family != six(goal.address)) {
                sum.other_family = true;
                continue;
            }
            let mut trail = Trail::told();
            self.judge(&mut trail, from, goal, service);
            sum.add(trail);
        }
    }

    fn judge<'a>(&'a self, trail: &mut Trail<'a>, from: From<'a>, goal: Goal, service: Service) {
        let to = goal.address;
        let anybody = if to.is_ipv6() { ANYBODY6.into() } else { ANYBODY.into() };
        let of_internet = goal.is_internet || matches!(from, From::Internet);
        let service = Service { anybody: of_internet.then_some(anybody), ..service };
        match from {
            From::Sender(sender) => self.flow(trail, &sender, goal, service),
            From::Outside(address) => self.outside(trail, address, to, service),
            From::Internet => self.outside(trail, anybody, to, service),
            From::Ambiguous(address) => trail.gap(|| format!("several interfaces have {address}: name the interface")),
            From::Nowhere(address) => trail.gap(|| format!("no interface that was read has {address}: what it may send is not known")),
            From::Unplaced(id) => trail.gap(|| format!("the subnet of {id} was not read")),
        }
    }

    /// The addresses of a destination, as the source has to name them.
    fn destinations(&self, spot: &Spot, outside: bool, six: Option<bool>) -> Vec<Goal> {
        let plain = |address: IpAddr| Goal { address, interface: None, is_internet: false };
        match spot {
            Spot::Address(address) => vec![plain(*address)],
            Spot::Internet => vec![Goal { is_internet: true, ..plain(if six == Some(true) { ANYBODY6.into() } else { ANYBODY.into() }) }],
            Spot::At { interface: position, private } => {
                let interface = &self.interfaces[*position];
                let public = interface.public_of(*private);
                match (outside, public) {
                    (true, Some(public)) => vec![plain(public)],
                    // From outside an interface is spoken to by its public addresses, where it has any.
                    (true, None) if interface.addresses.iter().any(|own| own.public.is_some()) => Vec::new(),
                    _ => vec![Goal { interface: Some(*position), ..plain(*private) }],
                }
            }
            Spot::Within { block, .. } => self.address_classes(*block).into_iter().map(plain).collect(),
        }
    }
}

/// The flows so far.
#[derive(Default)]
struct Sum<'a> {
    flows: Flows,
    all: Trail<'a>,
    decisive: Option<(Verdict, Vec<Station<'a>>)>,
    other_family: bool,
}

impl<'a> Sum<'a> {
    fn add(&mut self, mut trail: Trail<'a>) {
        let verdict = trail.verdict();
        self.flows.asked += 1;
        match verdict {
            Verdict::Allowed => self.flows.allowed += 1,
            Verdict::Dropped => self.flows.dropped += 1,
            Verdict::Unknown => self.flows.unknown += 1,
        }
        // Dropped decides before unknown, unknown before allowed.
        let rank = |verdict: Verdict| match verdict {
            Verdict::Dropped => 2,
            Verdict::Unknown => 1,
            Verdict::Allowed => 0,
        };
        let stations = std::mem::take(&mut trail.stations);
        if self.decisive.as_ref().is_none_or(|(so_far, _)| rank(verdict) > rank(*so_far)) {
            self.decisive = Some((verdict, stations));
        }
        self.all.extend(trail);
    }

    fn answer(self, from: &End, to: &End) -> Answer<'a> {
        let Sum { flows, all, decisive, other_family } = self;
        let (verdict, stations) = decisive.unwrap_or((Verdict::Unknown, Vec::new()));
        let drops = settle(all.drops);
        let (mut gaps, mut notes) = (unique(all.gaps), unique(all.notes));
        if flows.asked == 0 {
            gaps.push(nothing_to_ask(from, to, other_family));
        } else if flows.dropped > 0 && flows.dropped < flows.asked {
            notes.insert(0, format!("{} of {} flows are dropped", flows.dropped, flows.asked));
        }
        let witness = drops.first().map(|drop| drop.witness);
        Answer { verdict, witness, drops, stations, gaps, notes, flows }
    }
}

fn nothing_to_ask(from: &End, to: &End, other_family: bool) -> String {
    if other_family {
        format!("{} and {} have no address of one family", from.name, to.name)
    } else {
        format!("{} or {} has no address", from.name, to.name)
    }
}

/// Each once, in order.
fn unique(all: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.into_iter().filter(|one| seen.insert(one.clone())).collect()
}
