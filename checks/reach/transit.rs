//! Over transit gateways.
//!
//! Sources: a VPC reaches the gateway only from zones in which the attachment has a subnet
//! (<https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html>); the table associated with the attachment by which packets
//! come routes them, a static route before a propagated one of the same block
//! (<https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html>); which ACLs are asked:
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html>; references to groups: ingress only, where enabled
//! (<https://aws.amazon.com/blogs/networking-and-content-delivery/introducing-security-group-referencing-for-aws-transit-gateway>).
//! Inferred: packets leave by the attachment's subnet in the zone they came from, where there is one, else in the destination's.

use super::filters::Packets;
use super::network::{Attachment, Network, TransitRoute};
use super::stations::By;
use super::trail::Trail;
use super::walk::{Course, Ended, Via};
use std::net::IpAddr;

/// Gateways in a row after which packets go round in a circle.
const GATEWAYS: usize = 8;

/// A route that matches: without an attachment it is a blackhole.
struct Offer<'a> {
    length: u8,
    is_static: bool,
    attachment: Option<&'a String>,
}

/// The decision of one table.
enum Next<'a> {
    By(&'a str),
    Blackhole,
    Missing,
    Unread(&'static str),
    /// Two are as good as each other.
    Several,
}

impl Network {
    /// Into a transit gateway and out of it; `None`: the packets go on from the subnet by which they left it.
    pub(super) fn transit_gateway<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        course: &mut Course,
        packets: &Packets,
        id: &'a str,
    ) -> Option<Ended> {
        let (from, vpc) = (course.subnet, self.subnets[course.subnet].vpc);
        let Some(attachment) = self.attachment_of(id, vpc) else {
            trail.gap(|| format!("the attachment of {} to {id} was not read", self.vpcs[vpc].id));
            return Some(Ended::Open);
        };
        if !attachment.available || self.transit.gateways.get(id).is_some_and(|gateway| !gateway.alive) {
            trail.drop(|| packets.lost(id, format!("the attachment of {} is {}", self.vpcs[vpc].id, attachment.state), None));
            return Some(Ended::Lost);
        }
        if self.may_not_carry(trail, attachment, id, packets) {
            return Some(Ended::Open);
        }
        if !attachment.subnets_read {
            trail.gap(|| format!("the subnets of the attachment of {} to {id} were not read", self.vpcs[vpc].id));
            return Some(Ended::Open);
        }
        let Some(entry) = self.subnet_in_zone_of(attachment, from) else {
            if let Some(unread) = attachment.subnet_ids.iter().find(|id| !self.subnet_ids.contains_key(*id)) {
                trail.gap(|| format!("{unread}, a subnet of the attachment of {} to {id}, was not read", self.vpcs[vpc].id));
                return Some(Ended::Open);
            }
            let zone = &self.subnets[from].subnet.zone;
            let rule = format!("the attachment of {} has no subnet in {zone}: {id} is not reached from there", self.vpcs[vpc].id);
            trail.drop(|| packets.lost(id, rule, Some(format!("a subnet in {zone} for the attachment of {} to {id}", self.vpcs[vpc].id))));
            return Some(Ended::Lost);
        };
        // In the attachment's own subnet both directions of its ACL are asked, in another one each its own.
        self.ask_acl(trail, from, true, packets);
        self.ask_acl(trail, entry, false, packets);
        self.through(trail, course, packets, id, attachment)
    }

    fn through<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        course: &mut Course,
        packets: &Packets,
        first: &'a str,
        entry: &'a Attachment,
    ) -> Option<Ended> {
        let (mut gateway, mut attachment) = (first, entry);
        for count in 0..GATEWAYS {
            if !attachment.table_read {
                trail.gap(|| format!("the route table associated with the attachment to {gateway} was not read"));
                return Some(Ended::Open);
            }
            let Some(table) = attachment.table.as_deref() else {
                trail.drop(|| {
                    packets.lost(
                        gateway,
                        "the attachment is associated with no route table".to_owned(),
                        Some(format!("{gateway}: a route table for the attachment")),
                    )
                });
                return Some(Ended::Lost);
            };
            let id = match self.next(gateway, table, packets.destination) {
                Next::By(id) => id,
                Next::Blackhole => {
                    let to = packets.destination;
                    let wanted = || Some(format!("{table}: a route for {to} to an attachment"));
                    trail.drop(|| packets.lost(table, format!("blackhole for {to} in the route table of {gateway}"), wanted()));
                    return Some(Ended::Lost);
                }
                Next::Missing => {
                    let to = packets.destination;
                    trail.drop(|| {
                        packets.lost(
                            table,
                            format!("no route to {to} in the route table of {gateway}"),
                            Some(format!("{table}: a route for {to}/{}", if to.is_ipv4() { 32 } else { 128 })),
                        )
                    });
                    return Some(Ended::Lost);
                }
                Next::Several => {
                    let to = packets.destination;
                    trail.gap(|| format!("{table} has two routes to {to} that are as good: which one the gateway took is not in the data"));
                    return Some(Ended::Open);
                }
                Next::Unread(what) => {
                    trail.gap(|| format!("{what} of {table} were not read"));
                    return Some(Ended::Open);
                }
            };
            let Some(next) = self.transit.attachments.get(&(id.to_owned(), gateway.to_owned())) else {
                trail.gap(|| format!("the attachment {id} of {gateway} was not read"));
                return Some(Ended::Open);
            };
            if !next.available {
                trail.drop(|| packets.lost(table, format!("{id} is {}: blackhole", next.state), None));
                return Some(Ended::Lost);
            }
            let (resource_type, resource_id) = (next.resource_type.as_str(), next.resource_id.as_str());
            trail.pass(packets.way, table, By::Attachment { gateway, id, resource_type, resource_id });
            match next.resource_type.as_str() {
                "vpc" if self.may_not_carry(trail, next, gateway, packets) => return Some(Ended::Open),
                "vpc" => return self.out(trail, course, packets, next, count == 0 && self.references(first, entry, next)),
                "peering" => {
                    let other = next.resource_id.as_str();
                    let Some(seen_there) = self.transit.attachments.get(&(id.to_owned(), other.to_owned())) else {
                        trail.gap(|| format!("the transit gateway {other} beyond {id} was not read"));
                        return Some(Ended::Open);
                    };
                    (gateway, attachment) = (other, seen_there);
                }
                kind => {
                    trail.gap(|| format!("leaves by {id} ({kind}): what is beyond is not in the data"));
                    return Some(Ended::Open);
                }
            }
        }
        trail.drop(|| packets.lost(gateway, "the transit gateways send it round in a circle".to_owned(), None));
        Some(Ended::Lost)
    }

    /// Out of a gateway, into a VPC.
    fn out<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        course: &mut Course,
        packets: &Packets,
        to: &Attachment,
        references: bool,
    ) -> Option<Ended> {
        let known = self.vpc_ids.get(&to.resource_id).copied().filter(|_| to.subnets_read);
        let end = known.and_then(|vpc| self.interfaces[self.in_vpc(vpc, packets.destination)?].subnet);
        let near = self.subnet_in_zone_of(to, course.subnet);
        let first = || to.subnet_ids.iter().find_map(|id| self.subnet_ids.get(id)).copied();
        let exit = near.or_else(|| end.and_then(|end| self.subnet_in_zone_of(to, end))).or_else(first);
        let Some(exit) = exit.filter(|_| known.is_some()) else {
            trail.gap(|| format!("{}, or the subnets of its attachment, were not read", to.resource_id));
            return Some(Ended::Open);
        };
        course.via = if course.via == Via::Local { Via::Transit { references } } else { Via::Elsewhere };
        (course.subnet, course.public, course.from_transit) = (exit, None, true);
        None
    }

    /// What becomes of IPv6 at an attachment whose support for it is off is not documented.
    fn may_not_carry<'a>(&self, trail: &mut Trail<'a>, attachment: &Attachment, id: &str, packets: &Packets) -> bool {
        let off = packets.destination.is_ipv6() && attachment.six == Some(false);
        if off {
            trail.gap(|| format!("IPv6 support of the attachment of {} ({id}) is off", attachment.resource_id));
        }
        off
    }

    fn references(&self, gateway: &str, from: &Attachment, to: &Attachment) -> bool {
        self.transit.gateways.get(gateway).is_some_and(|gateway| gateway.references) && from.references && to.references
    }

    /// True where a gateway lets the groups of two VPCs know each other, whatever its routes say.
    pub(super) fn references_over_transit(&self, left: usize, right: usize) -> bool {
        self.transit.gateways.keys().any(|gateway| match (self.attachment_of(gateway, left), self.attachment_of(gateway, right)) {
            (Some(one), Some(other)) => self.references(gateway, one, other),
            _ => false,
        })
    }

    /// A gateway between two VPCs of which only the attachments were read.
    pub(super) fn unread_gateway(&self, left: usize, right: usize) -> Option<&str> {
        let ids = self.transit.attachments.keys().map(|(_, gateway)| gateway.as_str());
        let mut unread = ids.filter(|gateway| !self.transit.gateways.contains_key(*gateway));
        unread.find(|gateway| self.attachment_of(gateway, left).is_some() && self.attachment_of(gateway, right).is_some())
    }

    /// The attachment of a VPC: one that is available before one that is not.
    fn attachment_of(&self, gateway: &str, vpc: usize) -> Option<&Attachment> {
        let of_vpc = self.transit.attachments.iter().filter(|((_, of), attachment)| {
            of == gateway && attachment.resource_type == "vpc" && attachment.resource_id == self.vpcs[vpc].id
        });
        of_vpc.map(|(_, attachment)| attachment).max_by_key(|attachment| attachment.available)
    }

    /// The subnet of an attachment that is in the same zone as another subnet.
    fn subnet_in_zone_of(&self, attachment: &Attachment, other: usize) -> Option<usize> {
        attachment.subnet_ids.iter().filter_map(|id| self.subnet_ids.get(id)).copied().find(|subnet| self.same_zone(*subnet, other))
    }

    /// What a table of a gateway says to an address.
    ///
    /// What was not read may hold a longer route than the best that was. Inferred: not for an address of the very VPC that the best leads to.
    fn next<'a>(&'a self, gateway: &str, table: &str, to: IpAddr) -> Next<'a> {
        let Some(read) = self.transit.tables.get(table) else { return Next::Unread("the routes") };
        if !read.routes_read {
            return Next::Unread("the routes");
        }
        let (mut best, mut unread): (Option<Offer<'a>>, Option<&'static str>) = (None, None);
        let mut same = false;
        let mut offer = |new: Offer<'a>| match &best {
            Some(old) if (new.length, new.is_static) == (old.length, old.is_static) => same |= new.attachment != old.attachment,
            Some(old) if (new.length, new.is_static) < (old.length, old.is_static) => {}
            _ => (best, same) = (Some(new), false),
        };
        for route in &read.routes {
            let list_read = route.prefix_list.as_ref().is_none_or(|list| self.prefix_lists.contains_key(list));
            match self.length(route, to) {
                Some(length) => {
                    offer(Offer { length, is_static: route.is_static, attachment: route.attachment_ids.first().filter(|_| route.active) })
                }
                None if !list_read => unread = Some("the entries of a prefix list"),
                None => {}
            }
        }
        for propagation in read.propagations.iter().filter(|_| !read.complete) {
            let vpc = self.vpc_ids.get(&propagation.resource_id).map(|vpc| &self.vpcs[*vpc]);
            match vpc.filter(|vpc| propagation.resource_type == "vpc" && !vpc.cidrs.is_empty()) {
                Some(vpc) => {
                    let blocks = vpc.cidrs.iter().filter(|block| block.contains(&to));
                    let attachment = Some(&propagation.attachment_id);
                    blocks.for_each(|block| offer(Offer { length: block.prefix_len(), is_static: false, attachment }));
                }
                None => unread = Some("the routes of a propagation"),
            }
        }
        let unread = unread.or((!read.propagations_read && !read.complete).then_some("the propagations"));
        match (best, unread) {
            (Some(_), _) if same => Next::Several,
            (Some(best), Some(what)) if !self.settles(gateway, &best, to) => Next::Unread(what),
            (Some(Offer { attachment: Some(id), .. }), _) => Next::By(id),
            (Some(Offer { attachment: None, .. }), _) => Next::Blackhole,
            (None, Some(what)) => Next::Unread(what),
            (None, None) => Next::Missing,
        }
    }

    /// True for a route that no other can be longer than, or that leads to the VPC whose blocks hold the address.
    fn settles(&self, gateway: &str, best: &Offer<'_>, to: IpAddr) -> bool {
        let attachment = best.attachment.and_then(|id| self.transit.attachments.get(&(id.clone(), gateway.to_owned())));
        let vpc = attachment.filter(|attachment| attachment.resource_type == "vpc").and_then(|at| self.vpc_ids.get(&at.resource_id));
        let home = vpc.is_some_and(|vpc| self.vpcs[*vpc].cidrs.iter().any(|block| block.contains(&to)));
        home || best.length == if to.is_ipv4() { 32 } else { 128 }
    }

    fn length(&self, route: &TransitRoute, to: IpAddr) -> Option<u8> {
        if let Some(block) = route.destination {
            return block.contains(&to).then(|| block.prefix_len());
        }
        let blocks = self.prefix_lists.get(route.prefix_list.as_ref()?)?;
        blocks.iter().filter(|block| block.contains(&to)).map(ipnet::IpNet::prefix_len).max()
    }
}
