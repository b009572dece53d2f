//! The engine and the second opinion agree, packet by packet and set by set.
#![allow(clippy::print_stderr, reason = "the number of cases is told")]

use super::draw::{Tape, plan, service};
use super::{Concrete, Plan};
use crate::reach::answer::{Answer, Protocol, Verdict, Way};
use crate::reach::drops::Drop;
use crate::reach::network::Network;
use proptest::prelude::{ProptestConfig, Strategy, any, prop};
use proptest::test_runner::{TestCaseError, TestRunner};
use proptest::{prop_assert, prop_assert_eq};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The ports from which Linux speaks, and from which anybody may: see the engine's rule about replies.
pub(super) const OF_LINUX: (u16, u16) = (32_768, 60_999);
pub(super) const EPHEMERAL: (u16, u16) = (1024, 65_535);

/// What was judged: cases by verdict, and concrete packets.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) allowed: usize,
    pub(super) dropped: usize,
    pub(super) unknown: usize,
    pub(super) packets: usize,
}

impl Count {
    pub(super) fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Allowed => self.allowed += 1,
            Verdict::Dropped => self.dropped += 1,
            Verdict::Unknown => self.unknown += 1,
        }
    }
}

pub(super) fn tape() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 400..1200)
}

/// Runs a property on so many networks; verdicts have to come up often enough to mean something: allowed and dropped, and unknown.
pub(super) fn check(
    name: &str,
    networks: u32,
    wanted: (usize, usize),
    property: impl Fn(&mut Tape, &mut Count) -> Result<(), TestCaseError>,
) {
    let count = RefCell::new(Count::default());
    let mut runner =
        TestRunner::new(ProptestConfig { cases: networks, failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::default() });
    let run = runner.run(&tape(), |numbers| property(&mut Tape::new(&numbers), &mut count.borrow_mut()));
    let count = count.into_inner();
    run.unwrap_or_else(|error| panic!("{name}: {error}"));
    eprintln!("{name}: {count:?}");
    assert!(count.allowed >= wanted.0 && count.dropped >= wanted.0 && count.unknown >= wanted.1, "{name}: {count:?}");
}

pub(super) fn ask<'a>(network: &'a Network, from: &str, to: &str, ports: (u16, u16), protocol: Protocol) -> Answer<'a> {
    let end = |name: &str| network.end(name).unwrap_or_else(|error| panic!("{error}"));
    network.reach(&end(from), &end(to), ports, protocol)
}

/// What the second opinion says about packets: whether they pass, and all that drops one of them for certain.
pub(super) fn opinion(plan: &Plan, packets: &[Concrete]) -> (Verdict, BTreeSet<(Way, String)>) {
    let union = |unread: bool| -> BTreeSet<(Way, String)> { packets.iter().flat_map(|packet| plan.blockers(packet, unread)).collect() };
    let certain = union(true);
    let verdict = match certain.is_empty() {
        false => Verdict::Dropped,
        true if plan.lists.contains(&None) && !union(false).is_empty() => Verdict::Unknown,
        true => Verdict::Allowed,
    };
    (verdict, certain)
}

pub(super) fn named(answer: &Answer) -> BTreeSet<(Way, String)> {
    answer.drops.iter().map(|drop| (drop.way, drop.at.to_owned())).collect()
}

/// The packet that a witness shows or answers.
fn asked(plan: &Plan, drop: &Drop) -> Option<Concrete> {
    let witness = drop.witness;
    let (source, destination) = match drop.way {
        Way::There => (witness.source, witness.destination),
        Way::Back => (witness.destination, witness.source),
    };
    let (source_port, port) = match drop.way {
        Way::There => (witness.source_port, witness.port),
        Way::Back => (witness.port, witness.source_port),
    };
    let (from, _) = plan.places().into_iter().find(|(_, address)| *address == source)?;
    let port = port.unwrap_or_default();
    let source_port = source_port.unwrap_or(OF_LINUX.0);
    Some(Concrete { from, source, destination, protocol: witness.protocol, source_port, nat_port: source_port, port })
}

/// Every named drop drops its witness, there.
fn drops_are_real(plan: &Plan, answer: &Answer) -> Result<(), TestCaseError> {
    for drop in &answer.drops {
        let Some(packet) = asked(plan, drop) else { return Err(TestCaseError::fail(format!("the witness is nobody's: {drop:?}"))) };
        let blockers = plan.blockers(&packet, true);
        prop_assert!(blockers.contains(&(drop.way, drop.at.to_owned())), "{:?} is none of {:?}\n{:?}", drop, blockers, plan);
    }
    prop_assert_eq!(answer.witness, answer.drops.first().map(|drop| drop.witness));
    Ok(())
}

/// With every smallest rule that is proposed, neither a group nor an ACL drops a witness any more.
fn smallest_rules_are_enough(plan: &Plan, answer: &Answer, packets: &[Concrete]) -> Result<(), TestCaseError> {
    let mut mended = plan.clone();
    // More proposals for one ACL than numbers are free before its entry: then it is said in words, and nothing can be tried.
    let mut crowded = answer.drops.iter().filter(|drop| drop.at.starts_with("acl-") && drop.rule_proposed().is_none()).peekable();
    if crowded.peek().is_some() {
        for drop in crowded {
            let told = drop.smallest_rule().unwrap_or_default();
            prop_assert!(told.ends_with("once a number is free there") && answer.drops.len() > 4, "{:?}", drop);
        }
        return Ok(());
    }
    for drop in &answer.drops {
        // Two drops may ask for one entry: the same ACL, there and back.
        let again = answer.drops.iter().take_while(|other| *other != drop).any(|other| other.remedy == drop.remedy);
        let of_rules = drop.at.starts_with("sg-") || drop.at.starts_with("acl-");
        prop_assert_eq!(again || mended.mend(drop), again || of_rules, "{:?}", drop);
    }
    for drop in &answer.drops {
        let packet = asked(plan, drop).expect("asked before");
        let of_rules = |(way, at): &(Way, String)| *way == drop.way && (at.starts_with("sg-") || at.starts_with("acl-"));
        let left: Vec<_> = mended.blockers(&packet, true).into_iter().filter(of_rules).collect();
        prop_assert!(left.is_empty(), "{:?} are left after {:#?}\n{:?}", left, answer.drops, plan);
    }
    // Not only the witnesses: every port and every address.
    for packet in packets {
        let of_rules = |(_, at): &(Way, String)| at.starts_with("sg-") || at.starts_with("acl-");
        let left: Vec<_> = mended.blockers(packet, true).into_iter().filter(of_rules).collect();
        prop_assert!(left.is_empty(), "{:?}: {:?} are left after {:#?}\n{:?}", packet, left, answer.drops, plan);
    }
    Ok(())
}

/// Somebody's address, or nobody's: inside a subnet, inside a VPC, outside.
fn destination(tape: &mut Tape, plan: &Plan, six: bool) -> IpAddr {
    let somebody: Vec<IpAddr> = plan.places().into_iter().map(|(_, address)| address).filter(|address| address.is_ipv6() == six).collect();
    let nobody = if six { ["2001:db8:a:1::99", "2001:db8:b::1", "2001:db8:c::1"] } else { ["10.0.1.77", "10.1.9.9", "10.9.9.9"] };
    if somebody.is_empty() || tape.once_in(12) { tape.pick(&nobody).parse().expect("an address") } else { tape.pick(&somebody) }
}

#[test]
fn one_packet_is_judged_alike() {
    check("one packet", 450, (1500, 10), |tape, count| {
        let plan = plan(tape, true);
        let network = plan.network();
        for _ in 0..24 {
            let source = tape.pick(&plan.places());
            let to = destination(tape, &plan, source.1.is_ipv6());
            let (protocol, port) = service(tape);
            let answer = ask(&network, &source.1.to_string(), &to.to_string(), (port, port), protocol);
            let packets = plan.packets(source, to, (protocol, (port, port)), OF_LINUX);
            let (verdict, certain) = opinion(&plan, &packets);
            let question = || format!("{} -> {to} {protocol} {port}: {answer:#?}\n{plan:?}", source.1);
            prop_assert_eq!(answer.verdict, verdict, "{}", question());
            prop_assert_eq!(named(&answer), certain, "{}", question());
            drops_are_real(&plan, &answer)?;
            smallest_rules_are_enough(&plan, &answer, &packets)?;
            let others = plan.packets(source, to, (protocol, (port, port)), EPHEMERAL);
            let cut_off = verdict == Verdict::Allowed && others.iter().any(|packet| !plan.blockers(packet, true).is_empty());
            prop_assert!(
                verdict != Verdict::Allowed || answer.notes.iter().any(|note| note.contains("denies replies")) == cut_off,
                "{}",
                question()
            );
            count.add(verdict);
            count.packets += packets.len();
        }
        Ok(())
    });
}

/// An end, with all of its addresses.
fn end(tape: &mut Tape, plan: &Plan) -> (String, Vec<(usize, IpAddr)>) {
    let places = plan.places();
    if tape.once_in(2) {
        let interface = tape.below(plan.interfaces.len());
        return (format!("eni-{interface}"), places.into_iter().filter(|(position, _)| *position == interface).collect());
    }
    let group = plan.interfaces[tape.below(plan.interfaces.len())].groups[0];
    (format!("sg-{group}"), places.into_iter().filter(|(position, _)| plan.interfaces[*position].groups.contains(&group)).collect())
}

fn range(tape: &mut Tape) -> (u16, u16) {
    let (low, high) = (tape.pick(&[443, 80, 400, 440, 1, 0]), tape.pick(&[443, 444, 445, 8080, 65_535]));
    (low, high)
}

#[test]
fn sets_are_judged_as_all_of_their_packets() {
    check("sets", 200, (40, 0), |tape, count| {
        let plan = plan(tape, true);
        let network = plan.network();
        for _ in 0..5 {
            let ((from, sources), (to, destinations)) = (end(tape, &plan), end(tape, &plan));
            let (protocol, ports) = (service(tape).0, range(tape));
            let pairs = sources.iter().flat_map(|source| destinations.iter().map(move |(_, to)| (*source, *to)));
            let pairs = pairs.filter(|((_, from), to)| from.is_ipv4() == to.is_ipv4());
            let packets: Vec<Concrete> = pairs.flat_map(|(source, to)| plan.packets(source, to, (protocol, ports), OF_LINUX)).collect();
            let answer = ask(&network, &from, &to, ports, protocol);
            let (verdict, certain) = opinion(&plan, &packets);
            let question = || format!("{from} -> {to} {protocol} {ports:?}: {answer:#?}\n{plan:?}");
            if packets.is_empty() {
                prop_assert_eq!(answer.flows.asked, 0);
                continue;
            }
            prop_assert_eq!(answer.verdict, verdict, "{}", question());
            prop_assert_eq!(named(&answer), certain, "{}", question());
            prop_assert_eq!(
                (answer.flows.asked == answer.flows.allowed, answer.flows.dropped > 0),
                (verdict == Verdict::Allowed, verdict == Verdict::Dropped)
            );
            drops_are_real(&plan, &answer)?;
            smallest_rules_are_enough(&plan, &answer, &packets)?;
            count.add(verdict);
            count.packets += packets.len();
        }
        Ok(())
    });
}
