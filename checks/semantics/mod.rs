//! How AWS decides: pure interpreters of what the model holds. They judge nothing; the checks do.

pub mod certificates;
pub mod packets;
