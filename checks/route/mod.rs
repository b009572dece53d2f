//! The route: which one takes a request, and what it leads to.

pub mod greedy_misses_root;
pub mod method_missing;
mod new_route;
pub mod route_missing;
pub mod route_without_target;
mod taker;
