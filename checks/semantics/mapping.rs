//! stub
#![allow(missing_docs)]
use super::routes::RouteMatch;
use crate::model::{gateway::Integration, request::Request};
pub struct Arrival {
    pub path: String,
}
pub fn arrival(r: &Request, _stage: &str, _route: &RouteMatch<'_>, _i: &Integration) -> Arrival {
    Arrival { path: r.path.clone() }
}
