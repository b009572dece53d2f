//! What can be wrong with an HTTP API behind a VPC link. Pure: no AWS SDK, network, clock, disk or environment.

pub mod answer;
pub mod check;
pub mod finding;
pub mod model;
pub mod semantics;
pub mod symptom;
