//! Collection: AWS answers become facts.
//!
//! The promise: what AWS did not say is never written down as if it had. A denied, throttled or failed call
//! leaves its reason in place of the fact (`Fetched`), and only what makes looking pointless ends the run
//! (`CollectError`). Nothing here judges a deployment, and nothing outside this folder knows the AWS SDK.
//! The order of the reads is told in `waves.rs`, the way from integrations to targets in `behind.rs` and `through.rs`; beside these
//! there is one file per AWS service, or several of one.

mod accumulator;
mod address;
mod api_gateway;
mod balancing;
mod behind;
mod broken_off;
mod call;
mod certificates;
mod cloud_map;
mod definition;
mod deployed;
mod describe;
mod domains;
mod endpoints;
mod entry;
mod error;
mod extras;
mod firewall;
mod function_policy;
mod gather;
mod interfaces;
mod listener_settings;
mod network;
mod outcome;
mod places;
mod prefix;
mod reader;
mod records;
mod remaining;
#[cfg(test)]
mod replay;
mod resolve;
mod rules;
mod services;
mod session;
mod target_groups;
mod tasks;
mod through;
mod waves;
#[cfg(test)]
mod wire;

pub(crate) use accumulator::Accumulator;
pub(crate) use describe::describe_network;
pub(crate) use error::CollectError;
pub(crate) use records::records;
pub(crate) use resolve::{ApiRef, list, resolve};
pub(crate) use session::{ConnectOptions, Session, connect};
pub(crate) use waves::collect;

/// Somebody who wants to know which calls are in flight.
///
/// Each name is that of the call, `service:Operation`. Several may be in flight at once, also several of one name.
pub(crate) trait Progress: Sync {
    /// A call begins.
    fn started(&self, what: &str);
    /// A call ended, in whatever way.
    fn finished(&self, what: &str);
}

/// For runs that nobody watches.
pub(crate) struct Silent;

impl Progress for Silent {
    fn started(&self, _: &str) {}
    fn finished(&self, _: &str) {}
}
