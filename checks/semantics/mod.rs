//! How AWS decides: each file interprets one decision exactly as documented, and marks what is inferred.

pub mod access_log;
#[cfg(test)]
mod answers;
pub mod attribution;
pub mod certificates;
pub mod discovery;
pub mod domains;
pub mod latency;
pub mod mapping;
pub mod packets;
mod reading;
pub mod routes;
pub mod rules;
pub mod services;
mod signatures;
pub mod targets;
