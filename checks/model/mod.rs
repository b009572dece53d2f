//! The deployment as far as it could be read, and the questions one may ask it.

pub mod balancing;
pub mod capture;
pub mod certificate;
pub mod cloud_map;
pub mod definition;
pub mod deployment;
pub mod domain;
pub mod facts;
pub mod fetched;
pub mod firewall;
pub mod gateway;
pub(crate) mod kinds;
mod listed;
pub mod network;
mod occupants;
pub mod part;
pub mod place;
pub mod placement;
pub mod records;
pub mod request;
pub mod served;
pub mod service;
pub mod subject;
pub mod time;
pub mod walk;
pub mod walks;
pub mod way_in;
