//! Whether packets pass from one end to another, there and back, and everything that drops them.
//!
//! The API: [`Network::from_describe`] (text of AWS's describe JSON, one [`Folder`] per Region or `account-region`; an error is a
//! [`DescribeError`] with file, line and field) or [`Network::from_facts`] (a capture); [`Network::end`] (what a user names; an
//! [`UnknownEnd`] suggests another), [`Network::ends`] (all names); [`Network::reach`] (two ends, a range of ports with both ends
//! included, a [`Protocol`]) gives an [`Answer`], which borrows from the network. Pure, deterministic, `Network` is `Sync`: rows of a batch may be asked in any order.
//!
//! Not samples: addresses and ports that no rule, entry, route or listener tells apart are one class, and one packet of each class is
//! followed. `walk` follows routes, `gateways` what leaves a VPC, `transit` transit gateways, `filters` asks groups and ACLs, `managed` and `balancer` what answers.

mod alike;
mod answer;
mod ask;
mod balancer;
mod classes;
mod describe;
mod drops;
mod ends;
mod filters;
mod flow;
mod from_facts;
mod gateways;
mod index;
mod kinds;
mod managed;
mod network;
#[cfg(test)]
mod oracle;
mod rows;
mod stations;
mod tasks;
#[cfg(test)]
mod tests;
mod trail;
mod transit;
#[cfg(test)]
mod truth;
mod walk;

pub use answer::{Answer, Flows, Packet, Protocol, Station, Verdict, Way};
pub use describe::{DescribeError, Folder};
pub use drops::{Drop, Ports, Remedy, RuleKind, SmallestRule, Why};
pub use ends::{End, UnknownEnd};
pub use network::Network;
pub use stations::{By, Whom};
