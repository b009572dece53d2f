//! Where a route table sends packets.
//!
//! Documented (<https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>): the most specific route that matches decides;
//! a route whose target is gone is a blackhole and drops. The entries of a prefix list are routes of their own; a route with a block
//! comes before one with a prefix list of the same length.

use crate::model::network::{RouteTable, VpcRoute};
use ipnet::IpNet;
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

/// Every way that packets to some address of a block take: the route of the whole block, and the routes of parts of it.
pub fn ways<'a>(table: &'a RouteTable, block: &IpNet, entries: impl Fn(&str) -> Option<Vec<IpNet>>) -> Vec<Way<'a>> {
    let mut found = Vec::new();
    let mut routes: Vec<(IpNet, bool, &VpcRoute)> = Vec::new();
    for route in &table.routes {
        routes.extend(route.destination.map(|destination| (destination, true, route)));
        if let Some(list) = &route.prefix_list {
            match entries(list) {
                Some(blocks) => routes.extend(blocks.into_iter().map(|destination| (destination, false, route))),
                None => found.push(Way::Unread(list)),
            }
        }
    }
    let whole = routes.iter().filter(|(destination, _, _)| destination.contains(block));
    let best = whole.max_by_key(|(destination, by_block, _)| (destination.prefix_len(), *by_block));
    found.push(best.map_or(Way::Missing, |(_, _, route)| way(route)));
    let inside = routes.iter().filter(|(destination, _, _)| block.contains(destination) && destination != block);
    found.extend(inside.map(|(_, _, route)| way(route)));
    found.dedup();
    found
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

/// The route for one address. Of routes to the same block the first decides: list static routes before propagated ones.
///
/// A list that nobody read does not matter where its target would be the same, nor to `private` addresses if it leads to a gateway
/// endpoint: those lists hold public addresses of AWS's services (<https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>).
pub fn decide<'a, 'b>(routes: &'a [VpcRoute], to: IpAddr, private: bool, entries: impl Fn(&str) -> Option<&'b [IpNet]>) -> Decision<'a> {
    let (mut best, mut rank, mut unread) = (None, None, None);
    for route in routes {
        let by_block = route.destination.filter(|block| block.contains(&to)).map(|block| (block.prefix_len(), true));
        let found = match (by_block, route.prefix_list.as_deref().map(&entries)) {
            (None, Some(Some(blocks))) => blocks.iter().filter(|block| block.contains(&to)).map(|block| (block.prefix_len(), false)).max(),
            (None, Some(None)) => {
                unread = unread.or(Some(route).filter(|route| !(private && route.target.starts_with("vpce-"))));
                None
            }
            (by_block, _) => by_block,
        };
        if found.is_some() && found > rank {
            (best, rank) = (Some(route), found);
        }
    }
    match (best, unread) {
        (Some(best), Some(list)) if best.target != list.target => Decision::Unread(list),
        (Some(best), _) => Decision::By(best),
        (None, Some(list)) => Decision::Unread(list),
        (None, None) => Decision::Missing,
    }
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
        let entries: Vec<IpNet> = vec!["10.20.0.0/16".parse().expect("a block")];
        let told =
            |routes: &[(&str, &str, bool)], to: &str| match decide(&table(routes).routes, to.parse().expect("an address"), true, |id| {
                (id == "pl-known").then_some(entries.as_slice())
            }) {
                Decision::By(route) => route.target.clone(),
                Decision::Missing => "missing".to_owned(),
                Decision::Unread(route) => format!("unread {}", route.target),
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
