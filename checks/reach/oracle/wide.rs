//! Random networks with internet, NAT and transit gateways: the small ones of `draw`, with more ways out.

use super::draw::{Tape, address, any_block, block, entries, plan, rules};
use super::{Acl, Attachment, Block, Entry, Interface, Nat, Plan, Route, Rule, Subnet, Table, Target, To, Transit, TransitTable};
use std::net::IpAddr;

/// A network in which packets may leave their VPC.
pub(super) fn wide(tape: &mut Tape) -> Plan {
    let mut plan = plan(tape, false);
    for (subnet, zone) in ["1a", "1b", "1a", "1b"].into_iter().enumerate() {
        plan.subnets[subnet].zone = zone;
    }
    own_subnets_of_attachments(tape, &mut plan);
    plan.gateways = [!tape.once_in(8), !tape.once_in(4)];
    public_addresses(tape, &mut plan);
    nats(tape, &mut plan);
    plan.transit = transit(tape, &plan);
    for table in 0..plan.tables.len() {
        ways_out(tape, &mut plan, table);
    }
    for nat in 0..plan.nats.len() {
        if !tape.once_in(2) {
            usual_layout(tape, &mut plan, nat);
        }
    }
    filters(tape, &mut plan);
    plan
}

/// A subnet of each VPC in which no host is, with an ACL and sometimes a table of its own.
fn own_subnets_of_attachments(tape: &mut Tape, plan: &mut Plan) {
    let places: Vec<IpAddr> = plan.places().into_iter().map(|(_, address)| address).collect();
    for (vpc, four, six) in [(0, "10.0.250.0/24", "2001:db8:a:50::/64"), (1, "10.1.250.0/24", "2001:db8:b:50::/64")] {
        let table = tape.once_in(2).then_some(plan.tables.len());
        if table.is_some() {
            let routes = plan.vpcs[vpc].iter().map(|block| Route { to: To::Block(*block), by: Target::Local, gone: false });
            plan.tables.push(Table { vpc, main: false, routes: routes.collect() });
        }
        let zone = tape.pick(&["1a", "1b"]);
        plan.subnets.push(Subnet { vpc, zone, blocks: vec![block(four), block(six)], acl: plan.acls.len(), table });
        plan.acls.push(Acl { vpc, entries: [false, true].into_iter().flat_map(|egress| entries(tape, egress, &places)).collect() });
    }
}

fn public_addresses(tape: &mut Tape, plan: &mut Plan) {
    let mut next = 10;
    for interface in &mut plan.interfaces {
        for private in interface.addresses.iter().filter(|address| address.is_ipv4()) {
            if !tape.once_in(2) {
                interface.publics.push((*private, address(&format!("198.51.100.{next}"))));
            }
            next += 1;
        }
    }
}

/// Two NAT gateways, of which a zone or a VPC may have none.
fn nats(tape: &mut Tape, plan: &mut Plan) {
    for (number, subnets) in [[0, 1], [2, 3]].into_iter().enumerate() {
        let subnet = tape.pick(&subnets);
        let Block { base: IpAddr::V4(base), .. } = plan.subnets[subnet].blocks[0] else { continue };
        let private = IpAddr::V4((base.to_bits() + 200).into());
        let public = (!tape.once_in(3)).then(|| address(&format!("198.51.100.{}", 100 + number)));
        let state = if tape.once_in(10) { "failed" } else { "available" };
        let publics = public.iter().map(|public| (private, *public)).collect();
        plan.nats.push(Nat { subnet, interface: plan.interfaces.len(), private, public, state });
        plan.interfaces.push(Interface { subnet, addresses: vec![private], publics, groups: Vec::new(), instance: None });
    }
}

fn transit(tape: &mut Tape, plan: &Plan) -> Transit {
    let attachment = |tape: &mut Tape, vpc: usize| {
        let own = 4 + vpc;
        let mut subnets = match tape.below(4) {
            0 | 1 => vec![2 * vpc, 2 * vpc + 1],
            2 => vec![own],
            _ => vec![2 * vpc + tape.below(2), own],
        };
        // One in a zone.
        if subnets.len() == 2 && plan.subnets[subnets[0]].zone == plan.subnets[subnets[1]].zone {
            subnets.remove(0);
        }
        let table = if tape.once_in(12) { None } else { Some(tape.below(2)) };
        Attachment { available: !tape.once_in(16), subnets, table, references: !tape.once_in(4) }
    };
    let attachments: Vec<Attachment> = (0..2).map(|vpc| attachment(tape, vpc)).collect();
    let table = |tape: &mut Tape| {
        let propagated = (0..2).filter(|vpc| attachments[*vpc].available && !tape.once_in(5)).collect();
        let mut routes: Vec<(Block, Option<usize>)> = Vec::new();
        for _ in 0..tape.below(4) {
            let to = block(tape.pick(&["0.0.0.0/0", "10.0.0.0/16", "10.1.1.0/24", "10.0.1.4/31", "10.0.0.0/8", "2001:db8:b::/56", "::/0"]));
            // A static route to what is not there is a blackhole, too.
            let by = Some(tape.below(2)).filter(|vpc| attachments[*vpc].available && !tape.once_in(3));
            if !routes.iter().any(|(other, _)| *other == to) {
                routes.push((to, by));
            }
        }
        TransitTable { routes, propagated }
    };
    let tables = (0..2).map(|_| table(tape)).collect();
    Transit { references: !tape.once_in(3), attachments, tables }
}

/// The routes that led to the other VPC lead elsewhere, and there are ways for everything else.
fn ways_out(tape: &mut Tape, plan: &mut Plan, number: usize) {
    let vpc = plan.tables[number].vpc;
    let attached = plan.gateways[vpc];
    let mut table = plan.tables[number].clone();
    let target = |tape: &mut Tape, of: &[Target], six: bool| {
        let target = tape.pick(of);
        // A NAT gateway takes IPv6 only for NAT64.
        if six && matches!(target, Target::Nat(_)) { Target::Transit } else { target }
    };
    let six = |to: To| matches!(to, To::Block(block) if block.base.is_ipv6());
    let to_peer = [Target::Transit, Target::Peering, Target::Transit, Target::Nat(vpc)];
    for route in table.routes.iter_mut().filter(|route| route.by != Target::Local) {
        if let To::Block(_) = route.to {
            route.by = target(tape, &to_peer, six(route.to));
        }
        route.gone &= tape.once_in(2);
    }
    let far = if vpc == 0 { ["10.1.0.0/16", "2001:db8:b::/56"] } else { ["10.0.0.0/16", "2001:db8:a::/56"] };
    let everywhere = [Target::Internet, Target::Nat(vpc), Target::Transit, Target::Internet];
    for (to, of, often) in [(far[0], to_peer, 6), (far[1], to_peer, 3), ("0.0.0.0/0", everywhere, 6), ("::/0", everywhere, 3)] {
        let to = To::Block(block(to));
        if !tape.once_in(often) && !table.routes.iter().any(|route| route.to == to) {
            table.routes.push(Route { to, by: target(tape, &of, six(to)), gone: tape.once_in(12) });
        }
    }
    for route in table.routes.iter_mut().filter(|route| route.by == Target::Internet) {
        route.gone |= !attached;
    }
    plan.tables[number] = table;
}

/// A NAT gateway in a subnet with a table of its own, from which everything goes to the internet; the others go through it.
fn usual_layout(tape: &mut Tape, plan: &mut Plan, nat: usize) {
    let subnet = plan.nats[nat].subnet;
    let vpc = plan.subnets[subnet].vpc;
    let everybody = To::Block(block("0.0.0.0/0"));
    for table in plan.tables.iter_mut().filter(|table| table.vpc == vpc) {
        for route in table.routes.iter_mut().filter(|route| route.to == everybody) {
            (route.by, route.gone) = (Target::Nat(nat), false);
        }
    }
    let far = To::Block(block(if vpc == 0 { "10.1.0.0/16" } else { "10.0.0.0/16" }));
    let mut routes: Vec<Route> =
        plan.vpcs[vpc].iter().map(|block| Route { to: To::Block(*block), by: Target::Local, gone: false }).collect();
    routes.push(Route { to: everybody, by: Target::Internet, gone: !plan.gateways[vpc] });
    routes.push(Route { to: far, by: tape.pick(&[Target::Transit, Target::Peering]), gone: false });
    plan.subnets[subnet].table = Some(plan.tables.len());
    plan.tables.push(Table { vpc, main: false, routes });
}

/// Rules about addresses that are seen out there; often groups or ACLs let everything through, so that the ways decide.
fn filters(tape: &mut Tape, plan: &mut Plan) {
    let publics = plan.interfaces.iter().flat_map(|interface| interface.publics.iter().map(|(_, public)| *public));
    let mut seen: Vec<IpAddr> = publics.chain(plan.nats.iter().map(|nat| nat.private)).collect();
    seen.extend(plan.places().into_iter().map(|(_, address)| address));
    let open = Rule {
        protocol: "-1",
        from: None,
        to: None,
        blocks: ["0.0.0.0/0", "::/0"].map(block).to_vec(),
        groups: Vec::new(),
        lists: Vec::new(),
    };
    let all_open = tape.once_in(2);
    for group in &mut plan.groups {
        if all_open {
            (group.ingress, group.egress) = (vec![open.clone()], vec![open.clone()]);
        } else if tape.once_in(2) {
            group.ingress = rules(tape, &seen);
            group.ingress.extend(tape.once_in(3).then(|| Rule { blocks: vec![any_block(tape, &seen)], ..open.clone() }));
            group.egress.extend((!tape.once_in(3)).then(|| open.clone()));
        }
    }
    let all_open = tape.once_in(2);
    for acl in &mut plan.acls {
        if all_open {
            acl.entries = [false, true].into_iter().flat_map(|egress| entries(&mut Tape::new(&[]), egress, &seen)).collect();
        } else if tape.once_in(2) {
            acl.entries = [false, true].into_iter().flat_map(|egress| entries(tape, egress, &seen)).collect();
        }
        // Some of the ports from which a NAT gateway speaks, and a host may not.
        if tape.once_in(5) {
            let ports = Some(tape.pick(&[(1024, 32_767), (61_000, 65_535), (2000, 2000), (40_000, 40_000)]));
            let (egress, block) = (tape.once_in(2), block("0.0.0.0/0"));
            acl.entries.push(Entry { number: 5, egress, allow: false, protocol: "6", block, ports, icmp: None });
        }
    }
}
