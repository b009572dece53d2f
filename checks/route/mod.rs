//! The route: which one takes a request, and what it leads to.

mod new_route;
pub mod route_missing;
mod taker;
