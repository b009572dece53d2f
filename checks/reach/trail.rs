//! What is noted while one flow is followed.

use super::answer::{Packet, Protocol, Station, Verdict, Way};
use super::drops::{Drop, Ports, traffic};
use super::stations::{By, Whom};
use crate::semantics::packets::single::Payload;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The ports from which NAT gateways, load balancers and other clients that AWS runs speak
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>).
pub(super) const EPHEMERAL: (u16, u16) = (1024, 65_535);

/// The ports from which many Linux kernels speak (same page).
pub(super) const OF_LINUX: (u16, u16) = (32_768, 60_999);

/// What the packets of one direction carry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Matter {
    /// One kind of packet.
    One(Payload),
    /// Replies to whatever port the source spoke from; `host`: the source is a host, whose system chooses the port.
    Replies { udp: bool, host: bool },
}

/// What is asked of one flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) protocol: Protocol,
    /// The port that is followed, and the last one of its class.
    pub(super) port: u16,
    pub(super) last: u16,
    /// The address that stands for all hosts of the internet, where one does.
    pub(super) anybody: Option<IpAddr>,
}

impl Service {
    /// The ports of the class.
    pub(super) fn ports(self) -> Ports {
        if self.protocol.has_ports() { vec![(self.port, self.last)] } else { Ports::new() }
    }

    /// An address as rules name it: a host, or everybody.
    pub(super) fn whom(self, address: IpAddr) -> Whom {
        let everybody = self.anybody == Some(address);
        let unspecified = |address: IpAddr| if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        Whom(if everybody { IpNet::new(unspecified(address), 0).unwrap_or_else(|_| address.into()) } else { address.into() })
    }

    /// What goes there.
    pub(super) fn there(self, to: IpAddr) -> Payload {
        match (self.protocol, to) {
            (Protocol::Tcp, _) => Payload::Tcp(self.port),
            (Protocol::Udp, _) => Payload::Udp(self.port),
            (Protocol::Icmp, IpAddr::V4(_)) => Payload::Icmp(8, 0),
            (Protocol::Icmp, IpAddr::V6(_)) => Payload::Icmpv6(128, 0),
            (Protocol::Other(number), _) => Payload::Other(number),
        }
    }

    /// What comes back.
    pub(super) fn back(self, to: IpAddr, host: bool) -> Matter {
        match (self.protocol, to) {
            (Protocol::Tcp, _) => Matter::Replies { udp: false, host },
            (Protocol::Udp, _) => Matter::Replies { udp: true, host },
            (Protocol::Icmp, IpAddr::V4(_)) => Matter::One(Payload::Icmp(0, 0)),
            (Protocol::Icmp, IpAddr::V6(_)) => Matter::One(Payload::Icmpv6(129, 0)),
            (Protocol::Other(number), _) => Matter::One(Payload::Other(number)),
        }
    }

    /// `tcp 443`, `icmp`.
    pub(super) fn words(self) -> String {
        traffic(self.protocol, &self.ports())
    }
}

/// Stations, drops and gaps of one flow. A quiet trail keeps only whether there are any: no text is made.
#[derive(Debug, Default)]
pub(super) struct Trail<'a> {
    pub(super) quiet: bool,
    pub(super) stations: Vec<Station<'a>>,
    pub(super) drops: Vec<Drop<'a>>,
    pub(super) gaps: Vec<String>,
    pub(super) notes: Vec<String>,
    dropped: bool,
    open: bool,
}

impl<'a> Trail<'a> {
    /// For a flow whose stations are told.
    pub(super) fn told() -> Trail<'a> {
        // There and back, a flow inside a VPC has eight.
        Trail { stations: Vec::with_capacity(12), ..Trail::default() }
    }

    pub(super) fn quiet() -> Trail<'a> {
        Trail { quiet: true, ..Trail::default() }
    }

    pub(super) fn pass(&mut self, way: Way, at: &'a str, by: By<'a>) {
        if !self.quiet {
            self.stations.push(Station { way, at, by });
        }
    }

    pub(super) fn drop(&mut self, drop: impl FnOnce() -> Drop<'a>) {
        self.dropped = true;
        if !self.quiet {
            self.drops.push(drop());
        }
    }

    pub(super) fn gap(&mut self, gap: impl FnOnce() -> String) {
        self.open = true;
        if !self.quiet {
            let gap = gap();
            if !self.gaps.contains(&gap) {
                self.gaps.push(gap);
            }
        }
    }

    pub(super) fn note(&mut self, note: impl FnOnce() -> String) {
        if !self.quiet {
            let note = note();
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        match (self.dropped, self.open) {
            (true, _) => Verdict::Dropped,
            (false, true) => Verdict::Unknown,
            (false, false) => Verdict::Allowed,
        }
    }

    /// Takes over everything that another trail has.
    pub(super) fn extend(&mut self, other: Trail<'a>) {
        self.dropped |= other.dropped;
        self.open |= other.open;
        self.stations.extend(other.stations);
        self.drops.extend(other.drops);
        self.gaps.extend(other.gaps);
        self.notes.extend(other.notes);
    }
}

/// A packet of a direction, as a witness: `port` is its destination port.
pub(super) fn packet(protocol: Protocol, source: IpAddr, source_port: Option<u16>, destination: IpAddr, port: Option<u16>) -> Packet {
    let ports = protocol.has_ports();
    Packet { source, source_port: source_port.filter(|_| ports), destination, port: port.filter(|_| ports), protocol }
}
