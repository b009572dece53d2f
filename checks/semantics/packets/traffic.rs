//! Which packets a rule or an entry is about, whoever is on the other side: the one reading of protocols, ports, and ICMP types and codes.
//! Sets ([`super::admission`], [`super::acl`]) and single packets ([`super::rows`]) both ask it.
//!
//! Sources: the numbers of protocols, and type and code of ICMP in place of ports; protocol `-1` is about all packets and other protocols
//! without ports about all of theirs, whatever range stands beside it
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>). Inferred: a TCP or UDP rule without a range, or with
//! -1 to -1, is about every port; one end only, or the ends the wrong way round, is about none: AWS refuses both.

use super::ports;
use super::single::{Payload, Range};
use crate::model::network::{AclEntry, SgRule};

/// TCP's number.
pub(crate) const TCP: i16 = 6;
/// UDP's number.
pub(crate) const UDP: i16 = 17;
/// The number that means every protocol.
const EVERY: i16 = -1;

/// The wrong way round: no port.
const NOTHING: Range = (1, 0);

/// Packets, by what they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// The number of the protocol; -1: all.
    protocol: i16,
    /// Ports, or the types of ICMP; the wrong way round: nothing.
    first: Range,
    /// The codes of ICMP.
    second: Range,
}

/// What one packet carries, as numbers to compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    protocol: i16,
    /// Without ports, types and codes.
    bare: bool,
    first: u16,
    second: u16,
}

impl Numbers {
    pub(crate) fn of(payload: Payload) -> Numbers {
        let (bare, first, second) = match payload {
            Payload::Tcp(port) | Payload::Udp(port) => (false, port, 0),
            Payload::Icmp(kind, code) | Payload::Icmpv6(kind, code) => (false, kind.into(), code.into()),
            Payload::Other(_) => (true, 0, 0),
        };
        Numbers { protocol: payload.number().into(), bare, first, second }
    }
}

impl Traffic {
    /// What a rule of a security group is about; `None`: its protocol is none.
    pub(crate) fn of_rule(rule: &SgRule) -> Option<Traffic> {
        let protocol = number(&rule.protocol)?;
        let any = |end: Option<i32>| end.is_none_or(|end| end == -1);
        let port = |end: i32| u16::try_from(end.clamp(0, 65_535)).expect("clamped to the range of ports");
        let (first, second) = match (protocol, rule.from_port, rule.to_port) {
            (1 | 58, from, to) => (of_icmp(from), of_icmp(to)),
            (TCP | UDP, from, to) if any(from) && any(to) => (ports::ALL, ports::ALL),
            (TCP | UDP, Some(from), Some(to)) if from != -1 && to != -1 && from <= to && from <= 65_535 && to >= 0 => {
                ((port(from), port(to)), ports::ALL)
            }
            (TCP | UDP, ..) => (NOTHING, ports::ALL),
            _ => (ports::ALL, ports::ALL),
        };
        Some(Traffic { protocol, first, second })
    }

    /// What an entry of a network ACL is about; `None`: its protocol is none.
    pub(crate) fn of_entry(entry: &AclEntry) -> Option<Traffic> {
        let protocol = number(&entry.protocol)?;
        let (first, second) = match protocol {
            1 | 58 => entry.icmp.map_or((ports::ALL, ports::ALL), |(kind, code)| (of_icmp(Some(kind)), of_icmp(Some(code)))),
            TCP | UDP => (entry.ports.unwrap_or(ports::ALL), ports::ALL),
            _ => (ports::ALL, ports::ALL),
        };
        Some(Traffic { protocol, first, second })
    }

    /// Whether a packet is among them.
    #[inline]
    pub(crate) fn holds(self, numbers: Numbers) -> bool {
        let within = |range: Range, number: u16| range.0 <= number && number <= range.1;
        self.protocol == EVERY
            || (self.protocol == numbers.protocol
                && (numbers.bare || (within(self.first, numbers.first) && within(self.second, numbers.second))))
    }

    /// The ports of a protocol with ports; `None`: not one.
    #[inline]
    pub(crate) fn ports(self, protocol: i16) -> Option<Range> {
        match self.protocol {
            EVERY => Some(ports::ALL),
            own if own == protocol && self.first.0 <= self.first.1 => Some(self.first),
            _ => None,
        }
    }
}

/// The number of a protocol, which AWS writes as a name or as digits.
pub(crate) fn number(protocol: &str) -> Option<i16> {
    match protocol {
        "-1" => Some(EVERY),
        "tcp" | "6" => Some(TCP),
        "udp" | "17" => Some(UDP),
        _ if protocol.starts_with(|digit: char| digit.is_ascii_digit()) => protocol.parse::<u8>().ok().map(i16::from),
        _ => {
            let names = [("tcp", TCP), ("udp", UDP), ("icmp", 1), ("icmpv6", 58)];
            names.iter().find(|(name, _)| protocol.eq_ignore_ascii_case(name)).map(|(_, number)| *number)
        }
    }
}

/// A type or a code of ICMP; -1, or none: all.
fn of_icmp(end: Option<i32>) -> Range {
    match end {
        None | Some(-1) => ports::ALL,
        Some(end) => u16::try_from(end).map_or(NOTHING, |end| (end, end)),
    }
}
