//! stub
#![allow(missing_docs)]
use super::mapping::Arrival;
use crate::model::balancing::{Action, Listener, Rule};
use ipnet::IpNet;
pub struct Candidate<'a> {
    pub rule: Option<&'a Rule>,
    pub actions: &'a [Action],
    pub certain: bool,
    pub why: String,
}
pub struct Evaluation<'a> {
    pub candidates: Vec<Candidate<'a>>,
    pub rejected: Vec<(&'a Rule, String)>,
}
pub fn evaluate<'a>(rules: &[&'a Rule], l: &'a Listener, _: &Arrival, _: Option<&[IpNet]>) -> Evaluation<'a> {
    let r = rules.first().copied();
    Evaluation {
        candidates: vec![Candidate { rule: r, actions: r.map_or(&l.default_actions, |r| &r.actions), certain: true, why: String::new() }],
        rejected: vec![],
    }
}
