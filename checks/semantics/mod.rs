//! How AWS decides.

#[cfg(test)]
mod answers;
pub mod attribution;
pub mod certificates;
pub mod mapping;
pub mod packets;
mod reading;
pub mod routes;
pub mod rules;
mod signatures;
