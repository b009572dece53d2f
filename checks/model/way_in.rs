//! How requests come into the API: by its own endpoint, or through a custom domain name that leads to it or elsewhere.

use super::deployment::Deployment;
use super::domain::Domain;
use super::fetched::Gap;
use super::part::Part;
use super::request::{Inside, Request};
use super::walk::Walk;
use crate::semantics::domains::{self, Way};

/// A custom domain name that serves a request, and what it does with it.
#[derive(Clone, Debug, PartialEq)]
pub struct WayIn<'a> {
    /// The domain name.
    pub domain: &'a Domain,
    /// Who takes the request there.
    pub way: Way<'a>,
}

impl Deployment {
    /// What the custom domain of a request does with it; `None`: the request does not come in through one.
    pub fn way_in(&self, request: &Request) -> Result<Option<WayIn<'_>>, Gap> {
        let Some(host) = &request.domain else { return Ok(None) };
        let Some(domain) = domains::serving(self.domains()?, host) else {
            let what = format!("{host} is no custom domain name of API Gateway in this account and Region");
            return Err(Gap::undecided(Part::Domains, what));
        };
        let rules = if domains::uses_rules(domain) { self.routing_rules(&domain.name)? } else { &[] };
        let mappings = if domains::uses_mappings(domain) { self.api_mappings(&domain.name)? } else { &[] };
        Ok(Some(WayIn { domain, way: domains::take(rules, mappings, request) }))
    }

    /// Where a request gets to; `None`: it comes in by the API's own endpoint.
    pub(super) fn inside(&self, request: &Request) -> Option<Inside> {
        let way = match self.way_in(request) {
            Ok(found) => found?.way,
            Err(gap) => return Some(Inside::Open(gap)),
        };
        let stage = |api: &str, stage: &str, path: String, key: &str| {
            if api == self.api_id() { Inside::Stage { name: stage.to_owned(), path, key: key.to_owned() } } else { Inside::Elsewhere }
        };
        Some(match way {
            Way::Rule { invokes, path, .. } => {
                let key = request.asked_path().strip_suffix(path.as_str()).unwrap_or_default().to_owned();
                stage(&invokes.api_id, &invokes.stage, path, &key)
            }
            Way::Mapping { mapping, path } => stage(&mapping.api_id, &mapping.stage, path, &mapping.key),
            Way::Nothing => Inside::Elsewhere,
            Way::Open { why, .. } => Inside::Open(Gap::undecided(Part::RoutingRules, why)),
        })
    }

    /// Whether a request gets into this API at all; one that comes in by the API's own endpoint does.
    pub fn enters(&self, request: &Request) -> Result<bool, Gap> {
        match &request.inside {
            None | Some(Inside::Stage { .. }) => Ok(true),
            Some(Inside::Elsewhere) => Ok(false),
            Some(Inside::Open(gap)) => Err(gap.clone()),
        }
    }

    /// The requests asked about that get into this API, with their index.
    ///
    /// The checks of the domain report those that do not.
    pub fn entering(&self) -> Walk<(usize, &Request)> {
        let all = Walk { items: self.requests().iter().enumerate().collect(), gaps: Vec::new() };
        all.then(|(index, request)| Ok(self.enters(request)?.then_some((index, request))))
    }
}
