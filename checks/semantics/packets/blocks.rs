//! Sets of addresses as lists of blocks. Two blocks are nested or disjoint, so everything reduces to splitting.

use ipnet::{IpNet, Ipv4Net};
use std::net::Ipv4Addr;

/// All of IPv4: stands in where nobody knows the addresses.
pub(super) fn all_of_ipv4() -> Vec<IpNet> {
    vec![IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0))]
}

/// The same addresses in the one shortest form: sorted, without overlaps, siblings joined, no host bits.
pub(super) fn tidy(blocks: impl IntoIterator<Item = IpNet>) -> Vec<IpNet> {
    IpNet::aggregate(&blocks.into_iter().collect())
}

/// The addresses that are in both.
pub(super) fn common(left: &[IpNet], right: &[IpNet]) -> Vec<IpNet> {
    tidy(left.iter().flat_map(|a| right.iter().filter_map(|b| smaller_if_nested(*a, *b))))
}

fn smaller_if_nested(a: IpNet, b: IpNet) -> Option<IpNet> {
    if a.contains(&b) { Some(b) } else { b.contains(&a).then_some(a) }
}

/// The addresses that are in `blocks` but not in `cut`.
pub(super) fn minus(blocks: &[IpNet], cut: &[IpNet]) -> Vec<IpNet> {
    let mut left = tidy(blocks.iter().copied());
    for hole in cut {
        let mut kept = Vec::new();
        for block in left {
            keep_outside(block, hole, &mut kept);
        }
        left = kept;
    }
    tidy(left)
}

/// Keeps the parts of a block outside a hole: halves the block until each half is inside the hole or clear of it.
fn keep_outside(block: IpNet, hole: &IpNet, kept: &mut Vec<IpNet>) {
    if hole.contains(&block) {
        return;
    }
    if !block.contains(hole) {
        kept.push(block);
        return;
    }
    // The hole is strictly smaller, so the block is no single address and has halves.
    for half in block.subnets(block.prefix_len() + 1).into_iter().flatten() {
        keep_outside(half, hole, kept);
    }
}
