//! Whether route tables lead from one VPC to addresses in another: two checks ask for it.

use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{RouteTable, Subnet};
use crate::semantics::packets::routes::{Way, ways};
use ipnet::IpNet;

/// From how many of the link's subnets routes lead to every address of the other side.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Across {
    All,
    Some,
    None,
}

/// Whether the route tables lead to every one of these addresses, through a peering, a transit gateway or the like.
pub(crate) fn across(deployment: &Deployment, subnets: &[&Subnet], nodes: &[IpNet]) -> Result<Across, Gap> {
    let mut leading = 0;
    for subnet in subnets {
        let table = deployment.route_table_of(subnet)?;
        let mut across = true;
        for node in nodes {
            across &= leads_across(deployment, table, node)?;
        }
        leading += usize::from(across);
    }
    Ok(match leading {
        0 => Across::None,
        some if some < subnets.len() => Across::Some,
        _ => Across::All,
    })
}

fn leads_across(deployment: &Deployment, table: &RouteTable, node: &IpNet) -> Result<bool, Gap> {
    let ways = ways(table, node, |list| deployment.prefix_list(list).ok().map(<[IpNet]>::to_vec));
    match ways.iter().find_map(|way| if let Way::Unread(list) = way { Some(*list) } else { None }) {
        Some(list) => deployment.prefix_list(list).map(|_| false),
        None => Ok(ways.iter().all(|way| matches!(way, Way::Across(_)))),
    }
}
