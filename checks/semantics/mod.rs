//! How AWS decides: each file interprets one decision exactly as documented, and marks what is inferred.

pub mod mapping;
pub mod routes;
pub mod rules;
