//! What comes of asking whether packets pass.

use super::drops::Drop;
use super::stations::By;
use serde::{Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, number 6.
    Tcp,
    /// UDP, number 17.
    Udp,
    /// An ICMP echo request and its reply (ICMPv6 between IPv6 addresses). Ports do not count.
    Icmp,
    /// Another protocol by its number. Ports do not count.
    Other(u8),
}

impl Protocol {
    /// `tcp`, `udp`, `icmp` or a number.
    pub fn parse(text: &str) -> Option<Protocol> {
        match text.to_ascii_lowercase().as_str() {
            "tcp" | "6" => Some(Protocol::Tcp),
            "udp" | "17" => Some(Protocol::Udp),
            "icmp" | "icmpv6" | "ping" | "1" | "58" => Some(Protocol::Icmp),
            number => number.parse().ok().map(Protocol::Other),
        }
    }

    /// True for a protocol with ports.
    pub fn has_ports(self) -> bool {
        matches!(self, Protocol::Tcp | Protocol::Udp)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Protocol::Tcp => out.write_str("tcp"),
            Protocol::Udp => out.write_str("udp"),
            Protocol::Icmp => out.write_str("icmp"),
            Protocol::Other(number) => write!(out, "{number}"),
        }
    }
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether the packets pass, there and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All of them.
    Allowed,
    /// Some of them are dropped for certain.
    Dropped,
    /// Nothing that was read drops one, but something was not read, or cannot be known.
    Unknown,
}

impl Verdict {
    /// `allowed`, `dropped`, `unknown`.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Dropped => "dropped",
            Verdict::Unknown => "unknown",
        }
    }
}

/// Which packets a station or a drop is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// From the source to the destination.
    There,
    /// The replies.
    Back,
}

/// Something that the packets pass, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station<'a> {
    /// There or back.
    pub way: Way,
    /// What is passed: an id.
    pub at: &'a str,
    /// Why it is passed; its text is made where it is printed.
    pub by: By<'a>,
}

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Packet {
    /// Its source address.
    pub source: IpAddr,
    /// Its source port, where one port is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_port: Option<u16>,
    /// Its destination address.
    pub destination: IpAddr,
    /// Its destination port, where its protocol has ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Its protocol.
    pub protocol: Protocol,
}

impl fmt::Display for Packet {
    /// `tcp 10.0.0.1:* -> 10.0.0.2:443`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |address: IpAddr, port: Option<u16>| match (port, self.protocol.has_ports(), address) {
            (_, false, _) => address.to_string(),
            (Some(port), true, address) => std::net::SocketAddr::new(address, port).to_string(),
            (None, true, IpAddr::V4(address)) => format!("{address}:*"),
            (None, true, IpAddr::V6(address)) => format!("[{address}]:*"),
        };
        write!(out, "{} {} -> {}", self.protocol, end(self.source, self.source_port), end(self.destination, self.port))
    }
}

/// How many flows were judged: one per pair of addresses (or of sets that no rule tells apart) and range of ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Flows {
    /// All of them.
    pub asked: usize,
    /// Those that pass.
    pub allowed: usize,
    /// Those that are dropped.
    pub dropped: usize,
    /// The others.
    pub unknown: usize,
}

/// Whether packets pass, and why: facts of the network, of which texts are made on demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<'a> {
    /// Whether all packets asked about pass, there and back.
    pub verdict: Verdict,
    /// A packet that is dropped.
    pub witness: Option<Packet>,
    /// Everything on the way that drops packets, there and back.
    pub drops: Vec<Drop<'a>>,
    /// What was passed on the way: of the flow that decides the verdict.
    pub stations: Vec<Station<'a>>,
    /// What was not read, or cannot be known, and would be needed.
    pub gaps: Vec<String>,
    /// What else to know.
    pub notes: Vec<String>,
    /// How many flows this is about.
    pub flows: Flows,
}

impl Answer<'_> {
    /// Why, in one line.
    pub fn reason(&self) -> String {
        match self.verdict {
            Verdict::Allowed => {
                let last = self.stations.iter().rev().find(|station| station.way == Way::There);
                last.map_or_else(|| "passes".to_owned(), |station| format!("passes: {}: {}", station.at, station.by))
            }
            Verdict::Dropped => self.drops.first().map_or_else(String::new, |drop| {
                let more = if self.drops.len() > 1 { format!(" (and {} more)", self.drops.len() - 1) } else { String::new() };
                format!("{}: {}{more}", drop.at, drop.rule())
            }),
            Verdict::Unknown => self.gaps.first().cloned().unwrap_or_default(),
        }
    }
}
