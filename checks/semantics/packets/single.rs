//! One packet, and what is said to it: where the addresses and the port are known, nothing is a set.

use crate::model::network::{SecurityGroup, SgRule};
use std::net::IpAddr;

/// Ports from and to, both ends included.
pub type Range = (u16, u16);

/// What a packet carries, as far as rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Payload {
    /// TCP, with its destination port.
    Tcp(u16),
    /// UDP, with its destination port.
    Udp(u16),
    /// ICMP for IPv4: type and code.
    Icmp(u8, u8),
    /// ICMP for IPv6: type and code.
    Icmpv6(u8, u8),
    /// Any other protocol, by its number.
    Other(u8),
}

impl Payload {
    /// The number of the protocol.
    pub fn number(self) -> u8 {
        match self {
            Payload::Tcp(_) => 6,
            Payload::Udp(_) => 17,
            Payload::Icmp(..) => 1,
            Payload::Icmpv6(..) => 58,
            Payload::Other(number) => number,
        }
    }
}

/// The other side of one packet: its address as the rule's interface sees it, and the groups that count for it.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'list, 'id> {
    /// The address.
    pub address: IpAddr,
    /// Ids of the security groups it carries, where references to groups work on its way.
    pub groups: &'list [&'id str],
}

/// What security groups say to one packet.
#[derive(Clone, Copy, Debug)]
pub enum Admitted<'a> {
    /// A rule admits it.
    By(&'a SecurityGroup, &'a SgRule),
    /// No rule does, but this prefix list was not read, and a rule for such packets names it.
    Unread(&'a str),
    /// No rule does.
    No,
}
