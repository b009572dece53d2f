//! How AWS decides.

pub mod attribution;
pub mod certificates;
pub mod mapping;
pub mod packets;
pub mod routes;
pub mod rules;
