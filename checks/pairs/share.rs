//! Which pairs are told: all of them, or the share of an ordinary run.

use super::Fault;
use std::collections::BTreeSet;

/// Each fault meets so many others of its shape in an ordinary run.
const PARTNERS: usize = 6;

/// Every two faults of a shape.
pub(super) fn all(faults: &[Fault]) -> BTreeSet<(usize, usize)> {
    (0..faults.len()).flat_map(|a| (a + 1..faults.len()).map(move |b| (a, b))).collect()
}

/// The pairs of an ordinary run: each fault with some partners, chosen by the names of both alone. A new check does not deal the others anew.
pub(super) fn some(faults: &[Fault]) -> BTreeSet<(usize, usize)> {
    let lot = |a: usize, b: usize| {
        let bytes = faults[a.min(b)].check.bytes().chain(faults[a.max(b)].check.bytes());
        bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    };
    let mut pairs = BTreeSet::new();
    for a in 0..faults.len() {
        let mut others: Vec<usize> = (0..faults.len()).filter(|b| *b != a).collect();
        others.sort_by_key(|b| (lot(a, *b) / 7) % 65_536);
        pairs.extend(others.into_iter().take(PARTNERS).map(|b| (a.min(b), a.max(b))));
    }
    pairs
}
