//! stub
#![allow(missing_docs)]
use crate::model::gateway::Route;
use std::collections::BTreeMap;
pub struct RouteMatch<'a> {
    pub route: &'a Route,
    pub variables: BTreeMap<String, String>,
}
pub struct Selection<'a> {
    pub chosen: Option<RouteMatch<'a>>,
    pub runners_up: Vec<&'a Route>,
}
pub fn select<'a>(routes: &'a BTreeMap<String, Route>, _m: &str, _p: &str) -> Selection<'a> {
    Selection { chosen: routes.values().next().map(|route| RouteMatch { route, variables: BTreeMap::new() }), runners_up: vec![] }
}
