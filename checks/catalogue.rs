//! The catalogue of what can be wrong: every id there is, with its hop. A check's id is the catalogue's name, for ever.

/// One row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the catalogue, for example `T1`.
    pub number: &'static str,
    /// Its name, and so the id of the check.
    pub id: &'static str,
    /// Its hop, and so the check's folder.
    pub hop: &'static str,
}

/// All rows, in the order of the chain.
pub fn rows() -> impl Iterator<Item = Row> {
    include_str!("catalogue.tsv").lines().skip(1).filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Row { number: fields.next()?, id: fields.next()?, hop: fields.next()? })
    })
}

/// The row of an id.
pub fn row(id: &str) -> Option<Row> {
    rows().find(|row| row.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Hop;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_whole_and_every_id_unique() {
        let ids: BTreeSet<&str> = rows().map(|row| row.id).collect();
        assert_eq!(ids.len(), 199);
        assert_eq!(rows().count(), 199);
        assert!(rows().all(|row| Hop::ALL.iter().any(|hop| hop.name() == row.hop)));
    }
}
