//! What is known so far, at any moment: an interrupted run reports from it.
//!
//! Subnets, security groups, network ACLs, route tables, endpoints and interfaces are read by several calls each, but the model
//! knows each of them as one part. Half of such a part would look like a whole one with things missing, so the
//! pieces wait here until the last has arrived.

use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::fetched::Fetched;
use apigw_doctor_checks::model::network::{NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet, VpcEndpoint};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A deployment as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Collected {
    /// What was read.
    pub(crate) facts: Facts,
    /// Calls made, a page each; retries are not counted.
    pub(crate) calls: u32,
    /// Calls that were not allowed.
    pub(crate) denied: u32,
}

/// Collects facts while calls are in flight.
#[derive(Debug, Default)]
pub(crate) struct Accumulator {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    collected: Option<Collected>,
    pieces: Pieces,
}

/// Pieces of parts that are not complete yet.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) subnets: Fetched<BTreeMap<String, Subnet>>,
    pub(super) security_groups: Fetched<BTreeMap<String, SecurityGroup>>,
    pub(super) network_acls: Fetched<BTreeMap<String, NetworkAcl>>,
    pub(super) route_tables: Fetched<BTreeMap<String, RouteTable>>,
    pub(super) vpc_endpoints: Fetched<BTreeMap<String, VpcEndpoint>>,
    pub(super) network_interfaces: Fetched<BTreeMap<String, NetworkInterface>>,
}

impl Accumulator {
    /// What is known so far; `None` before collection began.
    pub(crate) fn snapshot(&self) -> Option<Collected> {
        self.lock().collected.clone()
    }

    /// True when any of the first calls was answered.
    pub(super) fn heard(&self) -> bool {
        self.lock().collected.as_ref().is_some_and(|Collected { facts, .. }| {
            facts.account.is_some()
                || facts.stages.value().is_some()
                || facts.routes.value().is_some()
                || facts.integrations.value().is_some()
        })
    }

    /// Begins anew.
    pub(super) fn begin(&self, facts: Facts, calls: u32) {
        *self.lock() = State { collected: Some(Collected { facts, calls, denied: 0 }), pieces: Pieces::default() };
    }

    /// Writes down facts.
    pub(super) fn record(&self, write: impl FnOnce(&mut Facts)) {
        if let Some(collected) = &mut self.lock().collected {
            write(&mut collected.facts);
        }
    }

    /// Adds to parts that arrive in pieces.
    pub(super) fn piece(&self, add: impl FnOnce(&mut Pieces)) {
        add(&mut self.lock().pieces);
    }

    /// The last piece has arrived. A part that nobody had to ask for is known to be empty, if what would have asked for it is known.
    pub(super) fn complete_network(&self) {
        let mut state = self.lock();
        let State { collected: Some(collected), pieces } = &mut *state else { return };
        let pieces = std::mem::take(pieces);
        let facts = &mut collected.facts;
        let all_known = facts.integrations.value().is_some()
            && facts.vpc_links.values().all(|link| link.value().is_some())
            && facts.load_balancers.values().all(|lb| lb.value().is_some());
        facts.subnets = whole(pieces.subnets, all_known);
        facts.security_groups = whole(pieces.security_groups, all_known);
        facts.network_acls = whole(pieces.network_acls, all_known);
        facts.route_tables = whole(pieces.route_tables, all_known);
        facts.vpc_endpoints = whole(pieces.vpc_endpoints, all_known);
        facts.network_interfaces = whole(pieces.network_interfaces, all_known);
    }

    /// No load balancer is known to this deployment: then it has no services, unless it is the integrations that are not known.
    pub(super) fn no_services(&self) {
        self.record(|facts| {
            if facts.integrations.value().is_some() {
                facts.services = Fetched::Known(BTreeMap::new());
            }
        });
    }

    /// Counts a call.
    pub(super) fn count(&self, denied: bool) {
        if let Some(collected) = &mut self.lock().collected {
            collected.calls += 1;
            collected.denied += u32::from(denied);
        }
    }

    /// A panic elsewhere leaves whole facts behind: each write is one assignment or insertion.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole<T>(pieces: Fetched<BTreeMap<String, T>>, all_known: bool) -> Fetched<BTreeMap<String, T>> {
    match pieces {
        Fetched::NotAsked if all_known => Fetched::Known(BTreeMap::new()),
        other => other,
    }
}

/// Adds a piece to a part. One gap makes the whole part a gap, a denial before a failure, whatever arrives first.
pub(super) fn merge<T>(part: &mut Fetched<BTreeMap<String, T>>, piece: Fetched<BTreeMap<String, T>>) {
    *part = match (std::mem::take(part), piece) {
        (Fetched::NotAsked, other) | (other, Fetched::NotAsked) => other,
        (Fetched::Known(mut known), Fetched::Known(more)) => {
            known.extend(more);
            Fetched::Known(known)
        }
        (Fetched::Denied { action: a }, Fetched::Denied { action: b }) => Fetched::Denied { action: a.min(b) },
        (Fetched::Denied { action }, _) | (_, Fetched::Denied { action }) => Fetched::Denied { action },
        (Fetched::Failed { what: a }, Fetched::Failed { what: b }) => Fetched::Failed { what: a.min(b) },
        (Fetched::Failed { what }, _) | (_, Fetched::Failed { what }) => Fetched::Failed { what },
    };
}

#[cfg(test)]
mod tests {
    use super::{Accumulator, merge};
    use apigw_doctor_checks::model::facts::Facts;
    use apigw_doctor_checks::model::fetched::Fetched;
    use apigw_doctor_checks::model::time::Timestamp;
    use std::collections::BTreeMap;

    fn known(ids: &[&str]) -> Fetched<BTreeMap<String, ()>> {
        Fetched::Known(ids.iter().map(|id| ((*id).to_owned(), ())).collect())
    }

    #[test]
    fn one_gap_makes_the_part_a_gap_in_any_order() {
        let denied = Fetched::Denied { action: "ec2:DescribeSubnets".to_owned() };
        let failed = Fetched::Failed { what: "throttled".to_owned() };
        let pieces = [known(&["a"]), failed, known(&["b"]), denied.clone(), Fetched::NotAsked];
        let (mut forwards, mut backwards) = (Fetched::NotAsked, Fetched::NotAsked);
        pieces.iter().for_each(|piece| merge(&mut forwards, piece.clone()));
        pieces.iter().rev().for_each(|piece| merge(&mut backwards, piece.clone()));
        assert_eq!((&forwards, &backwards), (&denied, &denied));
    }

    #[test]
    fn an_answer_was_heard_when_a_first_call_knows_something() {
        let accumulator = Accumulator::default();
        accumulator.begin(Facts::unread("a1b2c3", "eu-central-1", Timestamp::from_unix(0)), 0);
        assert!(!accumulator.heard());
        accumulator.record(|facts| facts.stages = Fetched::Failed { what: "reset".to_owned() });
        assert!(!accumulator.heard(), "a failure is no answer");
        accumulator.record(|facts| facts.stages = Fetched::Known(BTreeMap::new()));
        assert!(accumulator.heard());
    }

    #[test]
    fn pieces_make_a_whole() {
        let mut part = Fetched::NotAsked;
        merge(&mut part, known(&["a"]));
        merge(&mut part, known(&["b"]));
        assert_eq!(part, known(&["a", "b"]));
    }

    #[test]
    fn an_interrupted_run_does_not_show_half_a_part() {
        let accumulator = Accumulator::default();
        assert_eq!(accumulator.snapshot(), None);
        accumulator.begin(Facts::unread("a1b2c3", "eu-central-1", Timestamp::from_unix(0)), 0);
        accumulator.piece(|pieces| merge(&mut pieces.subnets, Fetched::Known(BTreeMap::new())));
        assert_eq!(accumulator.snapshot().expect("begun").facts.subnets, Fetched::NotAsked);
        accumulator.complete_network();
        let facts = accumulator.snapshot().expect("begun").facts;
        assert_eq!(facts.subnets, Fetched::Known(BTreeMap::new()));
        assert_eq!(facts.route_tables, Fetched::NotAsked, "the integrations were not read, so nobody knows what is involved");
    }
}
