//! What groups, ACLs and tables of the network say to one packet. The rules are those of [`crate::semantics::packets`], as rows of numbers.

use super::network::Network;
use crate::model::network::{AclEntry, NetworkAcl, RouteTable, SecurityGroup};
use crate::semantics::packets::Direction;
use crate::semantics::packets::routes::{Decision, RouteRows};
use crate::semantics::packets::rows::{AclRows, GroupRows};
use crate::semantics::packets::single::{Admitted, Payload, Peer, Range};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The rows of everything that is asked about packets, in the order of the network's lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    groups: Vec<GroupRows>,
    acls: Vec<AclRows>,
    tables: Vec<RouteRows>,
}

impl Rows {
    pub(super) fn of(groups: &[SecurityGroup], acls: &[NetworkAcl], tables: &[RouteTable], lists: &BTreeMap<String, Vec<IpNet>>) -> Rows {
        let entries = |list: &str| lists.get(list).cloned();
        Rows {
            groups: groups.iter().map(GroupRows::of).collect(),
            acls: acls.iter().map(AclRows::of).collect(),
            tables: tables.iter().map(|table| RouteRows::of(&table.routes, entries)).collect(),
        }
    }
}

impl Network {
    /// What security groups together say to one packet.
    pub(super) fn admitted(&self, groups: &[usize], direction: Direction, payload: Payload, peer: Peer) -> Admitted<'_> {
        let mut open = Admitted::No;
        for group in groups {
            match self.rows.groups[*group].admitted(&self.groups[*group], direction, payload, peer) {
                by @ Admitted::By(..) => return by,
                unread @ Admitted::Unread(_) if matches!(open, Admitted::No) => open = unread,
                Admitted::Unread(_) | Admitted::No => {}
            }
        }
        open
    }

    /// The entry of an ACL that decides about one packet, `None` where only the final deny is left.
    pub(super) fn deciding(&self, acl: usize, egress: bool, payload: Payload, peer: IpAddr) -> Option<&AclEntry> {
        self.rows.acls[acl].deciding(&self.acls[acl], egress, payload, peer)
    }

    /// The entry that decides about a whole range of ports, where a single one does.
    pub(super) fn deciding_all(&self, acl: usize, egress: bool, udp: bool, range: Range, peer: IpAddr) -> Option<&AclEntry> {
        self.rows.acls[acl].deciding_all(&self.acls[acl], egress, udp, range, peer)
    }

    /// The ports of a range that an ACL denies, and the first entry that denies some.
    pub(super) fn denied_ports(&self, acl: usize, egress: bool, udp: bool, range: Range, peer: IpAddr) -> (Vec<Range>, Option<&AclEntry>) {
        self.rows.acls[acl].denied_ports(&self.acls[acl], egress, udp, range, peer)
    }

    /// What a table says to packets to an address.
    pub(super) fn decided(&self, table: usize, to: IpAddr) -> Decision<'_> {
        self.rows.tables[table].decide(&self.tables[table].routes, to, Network::is_private(to))
    }
}
