//! A walk over several resources: what was reached, and what could not be.

use super::fetched::Gap;

/// The items a walk reached, and the gaps on the way to the others.
#[derive(Clone, Debug)]
pub struct Walk<T> {
    /// Reached, in a fixed order.
    pub items: Vec<T>,
    /// What stood in the way elsewhere.
    pub gaps: Vec<Gap>,
}

impl<T> Walk<T> {
    /// A walk that reached nothing and met nothing.
    pub fn empty() -> Walk<T> {
        Walk { items: Vec::new(), gaps: Vec::new() }
    }

    /// A walk that ended at once.
    pub fn blocked(gap: Gap) -> Walk<T> {
        Walk { items: Vec::new(), gaps: vec![gap] }
    }

    /// Goes on from each item; an item that leads nowhere (`Ok(None)`) is dropped, a gap is kept.
    pub fn then<U>(self, mut next: impl FnMut(T) -> Result<Option<U>, Gap>) -> Walk<U> {
        self.then_many(|item| next(item).map(|found| found.into_iter().collect()))
    }

    /// Goes on from each item to several.
    pub fn then_many<U>(self, mut next: impl FnMut(T) -> Result<Vec<U>, Gap>) -> Walk<U> {
        let mut walk = Walk { items: Vec::new(), gaps: self.gaps };
        for item in self.items {
            match next(item) {
                Ok(found) => walk.items.extend(found),
                Err(gap) => walk.gaps.push(gap),
            }
        }
        walk
    }

    /// Keeps the first item of each key.
    pub fn unique_by<K: Ord>(mut self, key: impl Fn(&T) -> K) -> Walk<T> {
        let mut seen = std::collections::BTreeSet::new();
        self.items.retain(|item| seen.insert(key(item)));
        self.gaps.sort();
        self.gaps.dedup();
        self
    }
}
