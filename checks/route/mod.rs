//! The route: which one takes a request, and what it leads to.

pub mod method_missing;
mod new_route;
pub mod route_missing;
mod taker;
