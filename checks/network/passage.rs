//! What the network ACL of one end lets pass to or from another end.

use super::ends::End;
use crate::model::fetched::Gap;
use crate::model::network::NetworkAcl;
use crate::model::part::Part;
use crate::semantics::packets::{AclVerdict, acl};
use std::collections::BTreeSet;

/// How much of what one end sends to another a network ACL lets pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    Open,
    /// Some ports or addresses; the entry that stops the others.
    Partly(String),
    /// Nothing; the entry that stops it.
    Closed(String),
}

/// What the network ACL of one end says to the other end.
///
/// A few ports in a hundred decide nothing: an ACL that closes the port of a database to everybody closes it to answers as well, and one that
/// opens a single port opens no way back.
pub(super) fn passage(own: &NetworkAcl, egress: bool, ports: (u16, u16), peer: &End<'_>) -> Result<Passage, Gap> {
    if acl(own, egress, ports, &peer.blocks) == AclVerdict::Allowed {
        return Ok(Passage::Open); // the usual case
    }
    let count = |(from, to): (u16, u16)| usize::from(to - from) + 1;
    let (mut stopped, mut partly, mut first) = (0, 0, None);
    for piece in pieces(own, egress, ports) {
        let (some, entry) = match acl(own, egress, piece, &peer.blocks) {
            AclVerdict::Allowed => continue,
            AclVerdict::Denied { entry } => (false, entry),
            AclVerdict::Some { entry, .. } if peer.exact => (true, entry),
            AclVerdict::Some { .. } => {
                let what = format!(
                    "network ACL {} treats addresses of subnet {} differently, and which are in use is not known",
                    own.id, peer.subnet_id
                );
                return Err(Gap::undecided(Part::NetworkInterfaces, what));
            }
        };
        *(if some { &mut partly } else { &mut stopped }) += count(piece);
        first = first.or(Some(entry));
    }
    let few = |number: usize| number * 100 <= count(ports);
    Ok(match first {
        None => Passage::Open,
        Some(_) if few(stopped + partly) => Passage::Open,
        Some(entry) if few(count(ports) - stopped) => Passage::Closed(entry),
        Some(entry) => Passage::Partly(entry),
    })
}

/// Ranges of ports that no entry tells apart.
fn pieces(own: &NetworkAcl, egress: bool, (from, to): (u16, u16)) -> Vec<(u16, u16)> {
    let ranges = own.entries.iter().filter(|entry| entry.egress == egress).filter_map(|entry| entry.ports);
    let ends = ranges.flat_map(|(low, high)| [low.checked_sub(1), Some(high)]).flatten();
    let last: BTreeSet<u16> = ends.filter(|end| (from..to).contains(end)).chain([to]).collect();
    let mut next = from;
    last.into_iter().map(|end| (std::mem::replace(&mut next, end.saturating_add(1)), end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::network::AclEntry;
    use ipnet::IpNet;

    fn told(entries: &[(bool, (u16, u16))], ports: (u16, u16)) -> &'static str {
        let block: IpNet = "0.0.0.0/0".parse().expect("a block");
        let entry = |(number, (allow, ports)): (i32, &(bool, (u16, u16)))| AclEntry {
            number,
            egress: false,
            allow: *allow,
            protocol: "6".into(),
            cidr: block,
            ports: Some(*ports),
            icmp: None,
        };
        let entries = (1..).zip(entries).map(entry).collect();
        let acl = NetworkAcl { id: "acl-1".into(), vpc_id: "vpc-1".into(), subnet_ids: Vec::new(), entries };
        let peer = End { subnet_id: "subnet-1", blocks: vec!["10.0.0.1/32".parse().expect("an address")], exact: true };
        match passage(&acl, false, ports, &peer).expect("decided") {
            Passage::Open => "open",
            Passage::Partly(_) => "partly",
            Passage::Closed(_) => "closed",
        }
    }

    #[test]
    fn single_ports_open_and_close_no_range() {
        let all = (1024, 65535);
        assert_eq!(told(&[(true, all)], all), "open");
        assert_eq!(told(&[(false, (3389, 3389)), (true, all)], all), "open");
        assert_eq!(told(&[(true, (8080, 8080))], all), "closed");
        assert_eq!(told(&[(true, (32768, 60999))], all), "partly");
        assert_eq!(told(&[(false, (3389, 3389)), (true, all)], (3389, 3389)), "closed");
        assert_eq!(told(&[], (443, 443)), "closed");
        assert_eq!(told(&[(true, (0, 65535))], (65535, 65535)), "open");
    }
}
