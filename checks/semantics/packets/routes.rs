//! Where a route table sends packets.
//!
//! Documented (<https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>): the most specific route that matches decides;
//! a route whose target is gone is a blackhole and drops. The entries of a prefix list are routes of their own; a route with a block
//! comes before one with a prefix list of the same length.

use super::rows::Span;
use crate::model::network::{RouteTable, VpcRoute};
use ipnet::IpNet;
use std::cmp::Reverse;
use std::net::IpAddr;

/// What a route does with packets to addresses of this deployment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way<'a> {
    /// Inside the VPC.
    Local,
    /// To a peering, a gateway to other networks, an appliance: beyond it this model sees nothing.
    Across(&'a VpcRoute),
    /// To the internet, where no private address is.
    Internet(&'a VpcRoute),
    /// Dropped: the target of the route is gone.
    Blackhole(&'a VpcRoute),
    /// Dropped: no route matches.
    Missing,
    /// A route to a prefix list may decide, and its entries are not known.
    Unread(&'a str),
}

/// What a route table says to packets to one address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision<'a> {
    /// This route takes them, or drops them if it is not active.
    By(&'a VpcRoute),
    /// No route matches.
    Missing,
    /// This route to a prefix list may decide, and its entries are not known.
    Unread(&'a VpcRoute),
}

/// The routes of a table, one row for each block, in the order in which they decide; made once, asked about addresses and blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct RouteRows {
    rows: Vec<RouteRow>,
    /// Routes to prefix lists that were not read.
    unread: Vec<usize>,
}

#[derive(Clone, Debug)]
struct RouteRow {
    block: IpNet,
    span: Span,
    route: usize,
}

impl RouteRows {
    /// The longest first, a block before the same one in a prefix list; of the same block the first decides: static routes have to be
    /// listed before propagated ones.
    pub(crate) fn of(routes: &[VpcRoute], entries: impl Fn(&str) -> Option<Vec<IpNet>>) -> RouteRows {
        let (mut blocks, mut unread) = (Vec::new(), Vec::new());
        for (position, route) in routes.iter().enumerate() {
            blocks.extend(route.destination.map(|block| (block, true, position)));
            match route.prefix_list.as_deref().map(&entries) {
                Some(Some(listed)) => blocks.extend(listed.into_iter().map(|block| (block, false, position))),
                Some(None) => unread.push(position),
                None => {}
            }
        }
        blocks.sort_by_key(|(block, by_block, _)| Reverse((block.prefix_len(), *by_block)));
        let row = |(block, _, route): (IpNet, bool, usize)| RouteRow { block, span: Span::of(block), route };
        RouteRows { rows: blocks.into_iter().map(row).collect(), unread }
    }

    /// The route for one address, of the routes whose rows these are.
    ///
    /// A list that nobody read does not matter where its target would be the same, nor to `private` addresses if it leads to a gateway
    /// endpoint: those lists hold public addresses of AWS's services (<https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>).
    pub(crate) fn decide<'a>(&self, routes: &'a [VpcRoute], to: IpAddr, private: bool) -> Decision<'a> {
        let best = self.rows.iter().find(|row| row.span.holds(to)).map(|row| &routes[row.route]);
        let matters = |route: &&VpcRoute| !(private && route.target.starts_with("vpce-"));
        let unread = self.unread.iter().map(|position| &routes[*position]).find(matters);
        match (best, unread) {
            (Some(best), Some(list)) if best.target != list.target => Decision::Unread(list),
            (Some(best), _) => Decision::By(best),
            (None, Some(list)) => Decision::Unread(list),
            (None, None) => Decision::Missing,
        }
    }

    /// Every way that packets to some address of a block take: the route of the whole block, and the routes of parts of it.
    fn ways<'a>(&self, routes: &'a [VpcRoute], block: &IpNet) -> Vec<Way<'a>> {
        let mut found: Vec<Way<'a>> =
            self.unread.iter().filter_map(|position| routes[*position].prefix_list.as_deref()).map(Way::Unread).collect();
        let best = self.rows.iter().find(|row| row.block.contains(block));
        found.push(best.map_or(Way::Missing, |row| way(&routes[row.route])));
        let inside = self.rows.iter().filter(|row| block.contains(&row.block) && row.block != *block);
        found.extend(inside.map(|row| way(&routes[row.route])));
        found.dedup();
        found
    }
}

/// Every way that packets to some address of a block take.
pub fn ways<'a>(table: &'a RouteTable, block: &IpNet, entries: impl Fn(&str) -> Option<Vec<IpNet>>) -> Vec<Way<'a>> {
    RouteRows::of(&table.routes, entries).ways(&table.routes, block)
}

fn way(route: &VpcRoute) -> Way<'_> {
    let starts = |with: &[&str]| with.iter().any(|start| route.target.starts_with(start));
    match route.active {
        false => Way::Blackhole(route),
        true if route.target == "local" => Way::Local,
        true if starts(&["nat-", "igw-", "eigw-"]) => Way::Internet(route),
        true => Way::Across(route),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(routes: &[(&str, &str, bool)]) -> RouteTable {
        let route = |&(to, target, active): &(&str, &str, bool)| {
            let destination = to.parse().ok();
            let prefix_list = destination.is_none().then(|| to.to_owned());
            VpcRoute { destination, prefix_list, target: target.to_owned(), active }
        };
        let routes = routes.iter().map(route).collect();
        RouteTable { id: "rtb-1".into(), vpc_id: "vpc-1".into(), main: true, subnet_ids: vec![], routes }
    }

    fn told(routes: &[(&str, &str, bool)], block: &str) -> Vec<String> {
        let table = table(routes);
        let entries = |id: &str| (id == "pl-known").then(|| vec!["10.20.0.0/16".parse().expect("a block")]);
        let word = |way: Way<'_>| match way {
            Way::Local => "local".to_owned(),
            Way::Across(route) => route.target.clone(),
            Way::Internet(_) => "internet".to_owned(),
            Way::Blackhole(_) => "blackhole".to_owned(),
            Way::Missing => "missing".to_owned(),
            Way::Unread(list) => list.to_owned(),
        };
        ways(&table, &block.parse().expect("a block"), entries).into_iter().map(word).collect()
    }

    #[test]
    fn the_most_specific_route_decides() {
        let node = "10.20.10.21/32";
        assert_eq!(told(&[("10.30.0.0/16", "local", true), ("10.20.0.0/16", "pcx-1", true)], node), ["pcx-1"]);
        assert_eq!(told(&[("0.0.0.0/0", "tgw-1", true)], node), ["tgw-1"]);
        assert_eq!(told(&[("0.0.0.0/0", "nat-1", true), ("10.30.0.0/16", "local", true)], node), ["internet"]);
        assert_eq!(told(&[("10.20.0.0/16", "pcx-1", false)], node), ["blackhole"]);
        assert_eq!(told(&[("10.0.0.0/8", "tgw-1", true), ("10.20.10.0/24", "pcx-1", false)], node), ["blackhole"]);
        assert_eq!(told(&[], node), ["missing"]);
    }

    #[test]
    fn a_block_goes_all_the_ways_of_its_parts() {
        let routes = [("10.20.0.0/16", "local", true), ("10.20.10.128/25", "eni-1", false)];
        assert_eq!(told(&routes, "10.20.10.0/24"), ["local", "blackhole"]);
        assert_eq!(told(&routes, "10.20.10.200/32"), ["blackhole"]);
        assert_eq!(told(&routes, "10.20.10.21/32"), ["local"]);
    }

    #[test]
    fn one_address_takes_one_route() {
        let entries = |id: &str| (id == "pl-known").then(|| vec!["10.20.0.0/16".parse().expect("a block")]);
        let told = |routes: &[(&str, &str, bool)], to: &str| {
            let routes = table(routes).routes;
            match RouteRows::of(&routes, entries).decide(&routes, to.parse().expect("an address"), true) {
                Decision::By(route) => route.target.clone(),
                Decision::Missing => "missing".to_owned(),
                Decision::Unread(route) => format!("unread {}", route.target),
            }
        };
        let node = "10.20.10.21";
        assert_eq!(told(&[("0.0.0.0/0", "nat-1", true), ("10.20.0.0/16", "local", true), ("10.20.10.0/24", "eni-1", true)], node), "eni-1");
        assert_eq!(told(&[("10.20.0.0/16", "pcx-1", true), ("10.20.0.0/16", "vgw-1", true)], node), "pcx-1");
        assert_eq!(told(&[("pl-known", "tgw-1", true), ("10.20.0.0/16", "pcx-1", true)], node), "pcx-1");
        assert_eq!(told(&[("pl-known", "tgw-1", true), ("10.0.0.0/8", "pcx-1", true)], node), "tgw-1");
        assert_eq!(told(&[("pl-other", "tgw-1", true), ("10.0.0.0/8", "pcx-1", true)], node), "unread tgw-1");
        assert_eq!(told(&[("pl-other", "tgw-1", true), ("10.0.0.0/8", "tgw-1", true)], node), "tgw-1");
        assert_eq!(told(&[("pl-other", "vpce-1", true), ("10.0.0.0/8", "tgw-1", true)], node), "tgw-1");
        assert_eq!(told(&[("10.20.0.0/16", "local", true)], "fd00::1"), "missing");
    }

    #[test]
    fn a_prefix_list_is_as_good_as_its_entries() {
        let node = "10.20.10.21/32";
        assert_eq!(told(&[("pl-known", "tgw-1", true), ("0.0.0.0/0", "nat-1", true)], node), ["tgw-1"]);
        assert_eq!(told(&[("pl-known", "tgw-1", true), ("10.20.0.0/16", "pcx-1", true)], node), ["pcx-1"]);
        assert_eq!(told(&[("pl-other", "tgw-1", true)], node), ["pl-other", "missing"]);
    }
}
