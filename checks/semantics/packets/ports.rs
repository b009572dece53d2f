//! Port ranges, both ends included.

use super::single::Range;
use std::collections::BTreeSet;

/// Every port.
pub(super) const ALL: (u16, u16) = (0, u16::MAX);

/// The range with its lower end first: a question has no direction.
pub(super) fn ordered((a, b): (u16, u16)) -> (u16, u16) {
    (a.min(b), a.max(b))
}

/// True if the outer range holds all of the inner one.
pub(super) fn holds(outer: (u16, u16), inner: (u16, u16)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// How far a port lies outside a range.
pub(super) fn distance((from, to): (u16, u16), port: u16) -> u16 {
    from.saturating_sub(port).max(port.saturating_sub(to))
}

/// Cuts the asked range so that each given range holds a piece as a whole or not at all.
pub(super) fn pieces((first, last): (u16, u16), ranges: impl IntoIterator<Item = (u16, u16)>) -> Vec<(u16, u16)> {
    let mut starts = BTreeSet::from([first]);
    for (from, to) in ranges {
        starts.extend([Some(from), to.checked_add(1)].into_iter().flatten().filter(|start| first < *start && *start <= last));
    }
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([last]);
    starts.iter().copied().zip(ends).collect()
}

/// `443` or `1024-65535`.
pub(super) fn words((from, to): (u16, u16)) -> String {
    if from == to { from.to_string() } else { format!("{from}-{to}") }
}

/// Ranges cut at one range: what is inside it and what is not.
pub(super) fn cut(ranges: &[Range], (from, to): Range) -> (Vec<Range>, Vec<Range>) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for &(first, last) in ranges {
        let (low, high) = (first.max(from), last.min(to));
        if low > high {
            outside.push((first, last));
            continue;
        }
        inside.push((low, high));
        outside.extend((first < low).then(|| (first, low - 1)));
        outside.extend((high < last).then(|| (high + 1, last)));
    }
    (inside, outside)
}
