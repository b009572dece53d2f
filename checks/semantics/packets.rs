//! stub
#![allow(missing_docs)]
use crate::model::network::SecurityGroup;
use ipnet::IpNet;
use std::collections::BTreeSet;
pub struct Peers<'a> {
    pub blocks: &'a [IpNet],
    pub groups: &'a BTreeSet<String>,
}
pub enum Direction {
    Ingress,
    Egress,
}
pub struct Admitting {
    pub group_id: String,
    pub rule: String,
}
pub enum Admission {
    All { by: Vec<Admitting> },
    Some { admitted: Vec<IpNet>, missing: Vec<IpNet> },
    None,
    Undecided { prefix_lists: Vec<String> },
}
pub fn admission(groups: &[&SecurityGroup], d: Direction, _port: u16, peers: &Peers<'_>) -> Admission {
    for g in groups {
        let rules = match d {
            Direction::Ingress => &g.ingress,
            Direction::Egress => &g.egress,
        };
        for r in rules {
            if r.groups.iter().any(|x| peers.groups.contains(x)) {
                return Admission::All { by: vec![] };
            }
            let m: Vec<IpNet> = peers.blocks.iter().filter(|b| !r.cidrs.iter().any(|c| c.contains(*b))).copied().collect();
            if m.is_empty() {
                return Admission::All { by: vec![] };
            }
            if m.len() < peers.blocks.len() {
                return Admission::Some { admitted: vec![], missing: m };
            }
        }
    }
    Admission::None
}
pub fn closest_rule(_: &[&SecurityGroup], _: Direction, _: u16) -> Option<String> {
    None
}
