//! Network ACLs: what the first matching entry says, for every packet at once.

use super::blocks::{all_of_ipv4, common, minus, tidy};
use super::traffic::{TCP, Traffic};
use super::{AclVerdict, ports};
use crate::model::network::{AclEntry, NetworkAcl};
use ipnet::IpNet;

/// From this number on an entry is AWS's own final deny: 32767 for IPv4, 32768 for IPv6.
const FINAL: i32 = 32_767;

pub(super) fn verdict(acl: &NetworkAcl, egress: bool, asked: (u16, u16), peers: &[IpNet]) -> AclVerdict {
    if let Some(verdict) = at_once(acl, egress, asked, peers) {
        return verdict;
    }
    let all = if peers.is_empty() { all_of_ipv4() } else { tidy(peers.iter().copied()) };
    let entries = entries_for_tcp(acl, egress);
    let pieces = ports::pieces(asked, entries.iter().map(|(_, ports)| *ports));
    let judged: Vec<Piece> = pieces.into_iter().map(|ports| Piece::of(ports, &entries, &all)).collect();

    let denied = tidy(judged.iter().flat_map(|piece| piece.denied.iter().copied()));
    if denied.is_empty() {
        return AclVerdict::Allowed;
    }
    let first = judged.iter().filter_map(|piece| piece.first_deny).min_by_key(|entry| entry.number);
    let entry = first.map_or_else(final_deny, |entry| words(entry, egress));
    if judged.iter().all(|piece| piece.denied == all) { AclVerdict::Denied { entry } } else { AclVerdict::Some { denied, entry } }
}

/// The usual case, without any set arithmetic: the first entry that is about any of these packets is about all of them.
fn at_once(acl: &NetworkAcl, egress: bool, asked: (u16, u16), peers: &[IpNet]) -> Option<AclVerdict> {
    let touches = |(entry, ports): &(&AclEntry, (u16, u16))| {
        ports.0 <= asked.1 && asked.0 <= ports.1 && peers.iter().any(|peer| entry.cidr.contains(peer) || peer.contains(&entry.cidr))
    };
    let about = acl.entries.iter().filter(|entry| entry.egress == egress).filter_map(|entry| Some((entry, ports_of(entry)?)));
    let (first, ports) = about.filter(touches).min_by_key(|(entry, _)| entry.number)?;
    let all = ports::holds(ports, asked) && peers.iter().all(|peer| first.cidr.contains(peer));
    all.then(|| if first.allow { AclVerdict::Allowed } else { AclVerdict::Denied { entry: words(first, egress) } })
}

/// Ports that no entry tells apart: who is denied there, and the first entry that denied somebody (none: the final deny did).
struct Piece<'a> {
    denied: Vec<IpNet>,
    first_deny: Option<&'a AclEntry>,
}

impl<'a> Piece<'a> {
    fn of(ports: (u16, u16), entries: &[(&'a AclEntry, (u16, u16))], all: &[IpNet]) -> Piece<'a> {
        let (mut open, mut denied, mut first_deny) = (all.to_vec(), Vec::new(), None);
        for (entry, _) in entries.iter().filter(|(_, entry_ports)| ports::holds(*entry_ports, ports)) {
            let decided = common(&open, &[entry.cidr]);
            if decided.is_empty() {
                continue;
            }
            open = minus(&open, &decided);
            if !entry.allow {
                denied.extend(decided);
                first_deny = first_deny.or(Some(*entry));
            }
        }
        denied.extend(open); // the final deny, also where the capture does not list it
        Piece { denied: tidy(denied), first_deny }
    }
}

/// The entries of one direction that are about TCP, in the order in which they are tried, with their ports.
fn entries_for_tcp(acl: &NetworkAcl, egress: bool) -> Vec<(&AclEntry, (u16, u16))> {
    let of_direction = acl.entries.iter().filter(|entry| entry.egress == egress);
    let mut entries: Vec<_> = of_direction.filter_map(|entry| Some((entry, ports_of(entry)?))).collect();
    entries.sort_by_key(|(entry, _)| entry.number);
    entries
}

/// The ports of TCP that an entry is about.
fn ports_of(entry: &AclEntry) -> Option<(u16, u16)> {
    Traffic::of_entry(entry)?.ports(TCP)
}

/// `100: deny tcp 443 from 10.0.0.0/16`.
fn words(entry: &AclEntry, egress: bool) -> String {
    if entry.number >= FINAL {
        return final_deny();
    }
    let what = match (entry.protocol.as_str(), entry.ports) {
        ("-1", _) => "all traffic".to_string(),
        (_, None) => "tcp all ports".to_string(),
        (_, Some(range)) => format!("tcp {}", ports::words(range)),
    };
    let (action, preposition) = (if entry.allow { "allow" } else { "deny" }, if egress { "to" } else { "from" });
    format!("{}: {action} {what} {preposition} {}", entry.number, entry.cidr)
}

/// The last entry of every ACL; consoles show it as `*`.
fn final_deny() -> String {
    "*: deny all traffic that no entry allows".to_string()
}
