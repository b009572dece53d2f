//! Laws that hold for every network, asked of the engine.

use super::agree::{OF_LINUX, ask, check};
use super::draw::{Tape, entry, plan, rule, service};
use super::{Concrete, Entry, Group, Plan, Rule};
use crate::reach::Network;
use crate::reach::answer::{Answer, Protocol, Verdict, Way};
use proptest::{prop_assert, prop_assert_eq};
use std::net::IpAddr;

/// Some questions of single addresses to a network.
fn questions(tape: &mut Tape, plan: &Plan) -> Vec<(IpAddr, IpAddr, Protocol, u16)> {
    let places = plan.places();
    (0..12)
        .map(|_| {
            let ((_, from), (protocol, port)) = (tape.pick(&places), service(tape));
            let family: Vec<IpAddr> = places.iter().map(|(_, address)| *address).filter(|to| to.is_ipv4() == from.is_ipv4()).collect();
            (from, tape.pick(&family), protocol, port)
        })
        .collect()
}

fn answers<'a>(network: &'a Network, questions: &[(IpAddr, IpAddr, Protocol, u16)]) -> Vec<Answer<'a>> {
    questions.iter().map(|(from, to, protocol, port)| ask(network, &from.to_string(), &to.to_string(), (*port, *port), *protocol)).collect()
}

#[test]
fn another_rule_of_a_group_never_takes_a_packet_away() {
    check("another rule", 80, (60, 0), |tape, count| {
        let before = plan(tape, false);
        let (questions, mut after) = (questions(tape, &before), before.clone());
        let addresses: Vec<IpAddr> = before.places().into_iter().map(|(_, address)| address).collect();
        let (more, group) = (rule(tape, &addresses), tape.below(before.groups.len()));
        let Group { ingress, egress, .. } = &mut after.groups[group];
        let rules = if tape.once_in(2) { egress } else { ingress };
        rules.insert(tape.below(rules.len() + 1), more);
        for (before, after) in answers(&before.network(), &questions).iter().zip(answers(&after.network(), &questions)) {
            prop_assert!(before.verdict != Verdict::Allowed || after.verdict == Verdict::Allowed, "{:#?}\n{:#?}", before, after);
            let new = after.drops.iter().find(|drop| !before.drops.iter().any(|other| (other.way, other.at) == (drop.way, drop.at)));
            prop_assert!(new.is_none(), "{:#?} is new, besides {:#?}", new, before.drops);
            count.add(before.verdict);
        }
        Ok(())
    });
}

#[test]
fn another_denying_entry_never_adds_a_packet() {
    check("another deny", 80, (60, 0), |tape, count| {
        let before = plan(tape, false);
        let (questions, mut after) = (questions(tape, &before), before.clone());
        let addresses: Vec<IpAddr> = before.places().into_iter().map(|(_, address)| address).collect();
        let egress = tape.once_in(2);
        let more = Entry { number: tape.pick(&[1, 11, 150, 300]), allow: false, ..entry(tape, egress, &addresses) };
        let acl = tape.below(after.acls.len());
        after.acls[acl].entries.push(more);
        for (before, after) in answers(&before.network(), &questions).iter().zip(answers(&after.network(), &questions)) {
            prop_assert!(before.verdict != Verdict::Dropped || after.verdict == Verdict::Dropped, "{:#?}\n{:#?}", before, after);
            count.add(before.verdict);
        }
        Ok(())
    });
}

#[test]
fn the_order_of_entries_of_equal_effect_does_not_matter() {
    check("order of entries", 80, (60, 0), |tape, count| {
        let before = plan(tape, false);
        let (questions, mut listed, mut swapped) = (questions(tape, &before), before.clone(), before.clone());
        for acl in &mut listed.acls {
            acl.entries.reverse();
        }
        // Neighbours with the same action change their numbers.
        for entries in swapped.acls.iter_mut().map(|acl| &mut acl.entries) {
            entries.sort_by_key(|entry| (entry.egress, entry.number));
            for position in 1..entries.len() {
                let (left, right) = (entries[position - 1], entries[position]);
                if (left.egress, left.allow) == (right.egress, right.allow) && tape.once_in(2) {
                    entries[position - 1] = Entry { number: left.number, ..right };
                    entries[position] = Entry { number: right.number, ..left };
                }
            }
        }
        let (network, otherwise) = (before.network(), listed.network());
        let as_they_were = answers(&network, &questions);
        prop_assert_eq!(&answers(&otherwise, &questions), &as_they_were);
        for (before, after) in as_they_were.iter().zip(answers(&swapped.network(), &questions)) {
            prop_assert_eq!(before.verdict, after.verdict, "{:#?}\n{:#?}", before, after);
            count.add(before.verdict);
        }
        Ok(())
    });
}

#[test]
fn replies_pass_if_and_only_if_both_acls_allow_them() {
    check("replies", 80, (60, 0), |tape, count| {
        let mut plan = plan(tape, false);
        let open = |protocol| Rule {
            protocol,
            from: None,
            to: None,
            blocks: ["0.0.0.0/0", "::/0"].map(super::draw::block).to_vec(),
            groups: Vec::new(),
            lists: Vec::new(),
        };
        // Nothing but the ACLs filters, and no ACL filters what goes there.
        for group in &mut plan.groups {
            (group.ingress, group.egress) = (vec![open("-1")], vec![open("-1")]);
        }
        let questions = questions(tape, &plan);
        for ((from, to, protocol, port), answer) in questions.iter().copied().zip(answers(&plan.network(), &questions)) {
            let owner = |address: IpAddr| {
                plan.places().into_iter().find(|(_, own)| *own == address).map(|(position, _)| position).expect("an owner")
            };
            let (sender, receiver) = (&plan.interfaces[owner(from)], &plan.interfaces[owner(to)]);
            let inside = sender.subnet == receiver.subnet || sender.instance == receiver.instance;
            let acl = |subnet: usize| plan.subnets[subnet].acl;
            let passes = inside
                || plan.packets((owner(from), from), to, (protocol, (port, port)), OF_LINUX).iter().map(Concrete::back).all(|reply| {
                    plan.acl_allows(acl(receiver.subnet), true, reply, from) && plan.acl_allows(acl(sender.subnet), false, reply, to)
                });
            let denied = answer.drops.iter().any(|drop| drop.way == Way::Back && drop.at.starts_with("acl-"));
            prop_assert_eq!(denied, !passes, "{:#?}\n{:?}", answer, plan);
            count.add(if passes { Verdict::Allowed } else { Verdict::Dropped });
        }
        Ok(())
    });
}

#[test]
fn a_range_of_ports_passes_if_and_only_if_its_parts_do() {
    check("parts of ranges", 80, (60, 0), |tape, count| {
        let plan = plan(tape, false);
        let network = plan.network();
        let middle = tape.pick(&[443_u16, 79, 80, 442, 444, 1024, 8079, 30_000]);
        for (from, to, protocol, _) in questions(tape, &plan) {
            let over = |ports: (u16, u16)| ask(&network, &from.to_string(), &to.to_string(), ports, protocol).verdict;
            let (whole, low, high) = (over((70, 9000)), over((70, middle.min(8999))), over((middle.min(8999) + 1, 9000)));
            prop_assert_eq!(whole == Verdict::Allowed, low == Verdict::Allowed && high == Verdict::Allowed, "{:?} {:?}", low, high);
            prop_assert_eq!(whole == Verdict::Dropped, low == Verdict::Dropped || high == Verdict::Dropped, "{:?} {:?}", low, high);
            count.add(whole);
        }
        Ok(())
    });
}
