//! What can be wrong with an HTTP API behind a VPC link. Pure: no AWS SDK, network, clock, disk or environment.

pub mod answer;
pub mod symptom;
