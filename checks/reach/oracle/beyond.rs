//! The engine and the second opinion agree about packets that may leave their VPC.

use super::agree::{EPHEMERAL, OF_LINUX, ask, check, named};
use super::draw::{Tape, address, service};
use super::journey::{Asker, Opinion};
use super::wide::wide;
use super::{Concrete, Plan};
use crate::reach::answer::{Answer, Verdict};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};
use std::net::IpAddr;

/// Hosts of the internet: no block that is drawn holds them but everybody's.
const OUTSIDE: [&str; 2] = ["203.0.113.5", "2001:db8:ffff::77"];

/// Who asks from which address, whom, and what both are called.
struct Question {
    asker: Asker,
    source: IpAddr,
    from: String,
    to: IpAddr,
    to_name: String,
}

fn question(tape: &mut Tape, plan: &Plan) -> Question {
    let hosts: Vec<(usize, IpAddr)> =
        plan.places().into_iter().filter(|(position, _)| plan.interfaces[*position].instance.is_some()).collect();
    let publics: Vec<IpAddr> = plan.interfaces.iter().flat_map(|interface| &interface.publics).map(|(_, public)| *public).collect();
    let six: Vec<IpAddr> = plan.places().into_iter().map(|(_, address)| address).filter(IpAddr::is_ipv6).collect();
    if tape.once_in(5) {
        let to = if publics.is_empty() || tape.once_in(4) { six } else { publics.clone() };
        let to = if to.is_empty() { hosts[0].1 } else { tape.pick(&to) };
        if to.is_ipv6() || !matches!(to, IpAddr::V4(to) if to.is_private()) {
            let source = address(OUTSIDE[usize::from(to.is_ipv6())]);
            return Question { asker: Asker::Internet, source, from: "internet".to_owned(), to, to_name: to.to_string() };
        }
    }
    let (from, source) = tape.pick(&hosts);
    let asked = |to: IpAddr, to_name: String| Question { asker: Asker::Interface(from), source, from: source.to_string(), to, to_name };
    match tape.below(6) {
        0 => asked(address(OUTSIDE[usize::from(source.is_ipv6())]), "internet".to_owned()),
        1 if source.is_ipv4() && !publics.is_empty() => {
            let to = tape.pick(&publics);
            asked(to, to.to_string())
        }
        2 if source.is_ipv4() && tape.once_in(3) => {
            let to = address(tape.pick(&["10.0.1.77", "10.1.9.9", "10.9.9.9"]));
            asked(to, to.to_string())
        }
        _ => {
            let family: Vec<IpAddr> =
                plan.places().into_iter().map(|(_, address)| address).filter(|to| to.is_ipv4() == source.is_ipv4()).collect();
            let to = tape.pick(&family);
            asked(to, to.to_string())
        }
    }
}

/// Packets from every port that matters of the host, and from every one of a NAT gateway.
fn packets(plan: &Plan, question: &Question, protocol: crate::reach::Protocol, port: u16) -> Vec<Concrete> {
    let from = if let Asker::Interface(from) = question.asker { from } else { 0 };
    let one = |source_port: u16, nat_port: u16| Concrete {
        from,
        source: question.source,
        destination: question.to,
        protocol,
        source_port,
        nat_port,
        port,
    };
    let (host, nat) = (plan.source_ports(protocol, OF_LINUX), plan.source_ports(protocol, EPHEMERAL));
    let of_host = host.iter().map(|source_port| one(*source_port, nat[0]));
    of_host.chain(nat.iter().skip(1).map(|nat_port| one(host[0], *nat_port))).collect()
}

/// All packets together.
fn opinion(plan: &Plan, asker: Asker, packets: &[Concrete]) -> (Verdict, Opinion) {
    let mut all = Opinion::default();
    for packet in packets {
        let one = plan.judge(asker, packet);
        all.drops.extend(one.drops);
        all.possible.extend(one.possible);
        (all.broken, all.circle, all.open) = (all.broken || one.broken, all.circle || one.circle, all.open || one.open);
    }
    let verdict = match (all.drops.is_empty() && !all.circle, all.open) {
        (false, _) => Verdict::Dropped,
        (true, true) => Verdict::Unknown,
        (true, false) => Verdict::Allowed,
    };
    (verdict, all)
}

/// With every smallest rule that is proposed, neither a group nor an ACL drops anything any more.
fn smallest_rules_are_enough(plan: &Plan, answer: &Answer, asker: Asker, packets: &[Concrete]) -> Result<(), TestCaseError> {
    let mut mended = plan.clone();
    for (position, drop) in answer.drops.iter().enumerate() {
        if !answer.drops[..position].iter().any(|other| other.remedy == drop.remedy) {
            mended.mend(drop);
        }
    }
    let (_, left) = opinion(&mended, asker, packets);
    let left: Vec<_> = left.drops.into_iter().filter(|(_, at)| at.starts_with("sg-") || at.starts_with("acl-")).collect();
    prop_assert!(left.is_empty(), "{:?} are left after {:#?}\n{:?}", left, answer.drops, plan);
    Ok(())
}

#[test]
fn one_packet_beyond_its_vpc_is_judged_alike() {
    check("beyond a VPC", 250, (700, 0), |tape, count| {
        let plan = wide(tape);
        let network = plan.network();
        for _ in 0..20 {
            let (question, (protocol, port)) = (question(tape, &plan), service(tape));
            let packets = packets(&plan, &question, protocol, port);
            let answer = ask(&network, &question.from, &question.to_name, (port, port), protocol);
            let (verdict, said) = opinion(&plan, question.asker, &packets);
            let told = || format!("{} -> {} {protocol} {port}: {said:?}\n{answer:#?}\n{plan:?}", question.from, question.to_name);
            let drops = named(&answer);
            prop_assert_eq!(answer.verdict, verdict, "{}", told());
            // Where the way ends early, what stands behind is told as far as it is known.
            let missing: Vec<_> = said.drops.difference(&drops).collect();
            let unreal: Vec<_> = drops.difference(&said.drops).filter(|one| !said.possible.contains(one)).collect();
            prop_assert!(said.circle || (missing.is_empty() && unreal.is_empty()), "{:?} {:?} {}", missing, unreal, told());
            if !said.broken {
                prop_assert_eq!(&drops, &said.drops, "{}", told());
                smallest_rules_are_enough(&plan, &answer, question.asker, &packets)?;
            }
            count.add(verdict);
            count.packets += packets.len();
        }
        Ok(())
    });
}
