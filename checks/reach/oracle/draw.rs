//! Small random networks, drawn from a tape of numbers: zeros draw what is plain and open, so that what proptest shrinks to is readable.

use super::{Acl, Block, Concrete, Entry, Group, Interface, Plan, Route, Rule, Subnet, Table, Target, To, Transit};
use crate::reach::Protocol;
use std::net::IpAddr;

/// Numbers to draw from; after the last one come zeros.
pub(super) struct Tape<'a> {
    rest: std::slice::Iter<'a, u32>,
}

impl<'a> Tape<'a> {
    pub(super) fn new(numbers: &'a [u32]) -> Tape<'a> {
        Tape { rest: numbers.iter() }
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        let number = self.rest.next().copied().unwrap_or_default();
        number as usize % end
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// A range of a rule: ports, and what AWS refuses but a file may say.
const RULE_PORTS: [(Option<i32>, Option<i32>); 16] = [
    (Some(443), Some(443)),
    (Some(0), Some(65_535)),
    (Some(443), Some(443)),
    (Some(80), Some(443)),
    (Some(442), Some(444)),
    (Some(80), Some(80)),
    (Some(444), Some(70_000)),
    (Some(-1), Some(-1)),
    (Some(444), Some(442)),
    (Some(-1), Some(443)),
    (Some(443), Some(-1)),
    (Some(443), None),
    (None, None),
    (Some(8080), Some(65_535)),
    (Some(0), Some(442)),
    (Some(-5), Some(443)),
];
const ENTRY_PORTS: [(i32, i32); 18] = [
    (443, 443),
    (1024, 65_535),
    (32_768, 60_999),
    (0, 65_535),
    (80, 443),
    (32_768, 32_768),
    (60_999, 60_999),
    (40_000, 50_000),
    (1, 1023),
    (-1, -1),
    (500, 400),
    (61_000, 65_535),
    (1024, 32_767),
    (49_152, 65_535),
    (-1, 443),
    (443, -1),
    (-5, 443),
    (70_000, 80_000),
];
/// Types and codes.
const MESSAGES: [(i32, i32); 8] = [(-1, -1), (8, -1), (0, -1), (8, 0), (128, 0), (129, -1), (3, 4), (8, 1)];
const PORTS: [u16; 8] = [443, 80, 442, 444, 0, 65_535, 8080, 1024];

pub(super) fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub(super) fn block(text: &str) -> Block {
    let (base, length) = text.split_once('/').expect("a block");
    Block { base: address(base), length: length.parse().expect("a length") }
}

/// Everybody, or a block around an address that is in use, host bits and all.
pub(super) fn any_block(tape: &mut Tape, places: &[IpAddr]) -> Block {
    match tape.below(8) {
        0 => block("0.0.0.0/0"),
        1 => block("::/0"),
        _ => {
            let base = tape.pick(places);
            let lengths: &[u32] =
                if base.is_ipv4() { &[16, 24, 32, 0, 8, 12, 15, 29, 30, 31] } else { &[56, 64, 128, 0, 32, 47, 125, 126, 127] };
            Block { base, length: tape.pick(lengths) }
        }
    }
}

/// A network. `unread`: one of its prefix lists may be unread.
pub(super) fn plan(tape: &mut Tape, unread: bool) -> Plan {
    let second_block = tape.once_in(4);
    let mut vpcs = vec![vec![block("10.0.0.0/16"), block("2001:db8:a::/56")], vec![block("10.1.0.0/16"), block("2001:db8:b::/56")]];
    if second_block {
        vpcs[0].push(block("10.4.0.0/16"));
    }
    let of_second = if second_block { "10.4.2.0/24" } else { "10.0.2.0/24" };
    let subnet = |vpc: usize, four: &str, six: &str, acl: usize, table: Option<usize>| Subnet {
        vpc,
        zone: "1a",
        blocks: vec![block(four), block(six)],
        acl,
        table,
    };
    let subnets = vec![
        subnet(0, "10.0.1.0/24", "2001:db8:a:1::/64", 0, tape.once_in(2).then_some(1)),
        subnet(0, of_second, "2001:db8:a:2::/64", tape.below(2), None),
        subnet(1, "10.1.1.0/24", "2001:db8:b:1::/64", 2, None),
        subnet(1, "10.1.2.0/24", "2001:db8:b:2::/64", 2, tape.once_in(3).then_some(3)),
    ];
    let mut plan = Plan {
        vpcs,
        peering_active: !tape.once_in(12),
        same_region: !tape.once_in(4),
        subnets,
        acls: Vec::new(),
        tables: Vec::new(),
        groups: Vec::new(),
        lists: Vec::new(),
        interfaces: Vec::new(),
        gateways: [false; 2],
        nats: Vec::new(),
        transit: Transit::default(),
    };
    plan.interfaces = [0, 0, 1, 2, 3].into_iter().enumerate().map(|(number, subnet)| interface(tape, &plan, number, subnet)).collect();
    let places: Vec<IpAddr> = plan.interfaces.iter().flat_map(|interface| interface.addresses.iter().copied()).collect();
    plan.lists = (0..2).map(|_| Some((0..tape.below(3)).map(|_| any_block(tape, &places)).collect())).collect();
    // For routes: blocks of the other VPC only.
    plan.lists.push(Some(vec![block("10.1.2.0/23"), block("2001:db8:b:1::/64")]));
    if unread && tape.once_in(2) {
        plan.lists[1] = None;
    }
    for (vpc, main) in [(0, true), (0, false), (1, true), (1, false)] {
        let routes = routes(tape, &plan, vpc);
        plan.tables.push(Table { vpc, main, routes });
    }
    for vpc in [0, 0, 1] {
        plan.acls.push(Acl { vpc, entries: [false, true].into_iter().flat_map(|egress| entries(tape, egress, &places)).collect() });
    }
    for vpc in [0, 0, 1, 1] {
        let [ingress, egress] = [(); 2].map(|()| rules(tape, &places));
        plan.groups.push(Group { vpc, ingress, egress });
    }
    plan
}

fn interface(tape: &mut Tape, plan: &Plan, number: usize, subnet: usize) -> Interface {
    let of_subnet = |block: Block, host: usize| match block.base {
        IpAddr::V4(base) => IpAddr::V4((base.to_bits() + u32::try_from(host).expect("a small number")).into()),
        IpAddr::V6(base) => IpAddr::V6((base.to_bits() + host as u128).into()),
    };
    let blocks = &plan.subnets[subnet].blocks;
    let host = 4 + 2 * number;
    let mut addresses = vec![of_subnet(blocks[0], host)];
    addresses.extend(tape.once_in(3).then(|| of_subnet(blocks[0], host + 1)));
    addresses.extend((!tape.once_in(3)).then(|| of_subnet(blocks[1], host)));
    let vpc = plan.subnets[subnet].vpc;
    let mut groups = vec![2 * vpc + tape.below(2)];
    if tape.once_in(3) {
        groups.push(4 * vpc + 1 - groups[0]);
    }
    let shared = (number == 1 && tape.once_in(6)) || (number == 2 && tape.once_in(8));
    Interface { subnet, addresses, publics: Vec::new(), groups, instance: Some(if shared { 0 } else { number }) }
}

/// The local routes that every table has, and ways to the other VPC or nowhere.
fn routes(tape: &mut Tape, plan: &Plan, vpc: usize) -> Vec<Route> {
    let far: &[&str] = if vpc == 0 {
        &["10.1.0.0/16", "10.1.1.0/24", "10.1.2.7/30", "0.0.0.0/0", "10.1.2.0/23"]
    } else {
        &["10.0.0.0/16", "10.0.1.0/24", "10.4.0.0/16", "10.0.1.5/30", "0.0.0.0/0", "10.4.2.0/23"]
    };
    let far6: &[&str] =
        if vpc == 0 { &["2001:db8:b::/56", "2001:db8:b:1::/64", "::/0"] } else { &["2001:db8:a::/56", "2001:db8:a:1::/64", "::/0"] };
    let local = plan.vpcs[vpc].iter().map(|block| Route { to: To::Block(*block), by: Target::Local, gone: false });
    let mut routes: Vec<Route> = local.collect();
    let mut add = |to: To, gone: bool| {
        if !routes.iter().any(|route| route.to == to) {
            routes.push(Route { to, by: Target::Peering, gone });
        }
    };
    if !tape.once_in(6) {
        add(To::Block(block(far[0])), false);
        add(To::Block(block(far6[0])), false);
        if vpc == 1 && !tape.once_in(4) {
            add(To::Block(block("10.4.0.0/16")), false);
        }
    }
    for _ in 0..tape.below(3) {
        let to = if tape.once_in(3) { tape.pick(far6) } else { tape.pick(far) };
        add(To::Block(block(to)), tape.once_in(2));
    }
    if vpc == 0 && tape.once_in(3) {
        add(To::List(2), tape.once_in(2));
    }
    if tape.once_in(2) {
        routes.reverse();
    }
    routes
}

pub(super) fn rules(tape: &mut Tape, places: &[IpAddr]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = (0..tape.below(3)).map(|_| rule(tape, places)).collect();
    if !tape.once_in(2) {
        let open = ["0.0.0.0/0", "::/0"].map(block).to_vec();
        let (protocol, from, to) = tape.pick(&[("-1", None, None), ("-1", None, None), ("tcp", Some(0), Some(65_535))]);
        let (blocks, lists) = if tape.once_in(4) { (Vec::new(), vec![1]) } else { (open, Vec::new()) };
        rules.push(Rule { protocol, from, to, blocks, groups: Vec::new(), lists });
    }
    rules
}

/// A rule that admits somebody, or nobody.
pub(super) fn rule(tape: &mut Tape, places: &[IpAddr]) -> Rule {
    let protocol = tape.pick(&["tcp", "tcp", "6", "-1", "udp", "17", "icmp", "1", "icmpv6", "58", "50"]);
    let (from, to) = match protocol {
        "icmp" | "1" | "icmpv6" | "58" => {
            let (kind, code) = tape.pick(&MESSAGES);
            (Some(kind), Some(code))
        }
        _ => tape.pick(&RULE_PORTS),
    };
    let blocks = (0..tape.below(3)).map(|_| any_block(tape, places)).collect();
    let groups = (0..tape.below(3)).map(|_| tape.pick(&[Some(0), Some(1), Some(2), Some(3), None])).collect();
    let lists = if tape.once_in(3) { vec![tape.below(3)] } else { Vec::new() };
    Rule { protocol, from, to, blocks, groups, lists }
}

/// The entries of one direction: some of one's own, often one that allows all else, and AWS's final deny; in any order.
pub(super) fn entries(tape: &mut Tape, egress: bool, places: &[IpAddr]) -> Vec<Entry> {
    let mut entries: Vec<Entry> =
        (1..=tape.below(4)).map(|number| Entry { number: 10 * number as i32, ..entry(tape, egress, places) }).collect();
    let all =
        |number: i32, allow: bool, text: &str| Entry { number, egress, allow, protocol: "-1", block: block(text), ports: None, icmp: None };
    if !tape.once_in(8) {
        entries.extend([all(200, true, "0.0.0.0/0"), all(201, true, "::/0")]);
    }
    entries.extend([all(32_767, false, "0.0.0.0/0"), all(32_768, false, "::/0")]);
    if tape.once_in(2) {
        entries.reverse();
    }
    entries
}

pub(super) fn entry(tape: &mut Tape, egress: bool, places: &[IpAddr]) -> Entry {
    let protocol = tape.pick(&["6", "6", "-1", "17", "1", "58", "50"]);
    let ports = matches!(protocol, "6" | "17").then(|| tape.pick(&ENTRY_PORTS));
    let icmp = matches!(protocol, "1" | "58").then(|| tape.pick(&MESSAGES));
    Entry { number: 1, egress, allow: !tape.once_in(2), protocol, block: any_block(tape, places), ports, icmp }
}

/// What is asked: protocol and port.
pub(super) fn service(tape: &mut Tape) -> (Protocol, u16) {
    let protocols = [Protocol::Tcp, Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Other(50)];
    (tape.pick(&protocols), tape.pick(&PORTS))
}

impl Plan {
    /// Every address, with the interface that has it.
    pub(super) fn places(&self) -> Vec<(usize, IpAddr)> {
        let of = |(position, interface): (usize, &Interface)| {
            interface.addresses.iter().map(move |address| (position, *address)).collect::<Vec<_>>()
        };
        self.interfaces.iter().enumerate().flat_map(of).collect()
    }

    /// Ports at which an entry of an ACL begins or ends, within a range: no two between them are told apart. ICMP has none.
    pub(super) fn source_ports(&self, protocol: Protocol, (first, last): (u16, u16)) -> Vec<u16> {
        let ranges = self.acls.iter().flat_map(|acl| &acl.entries).filter_map(|entry| entry.ports);
        if protocol.has_ports() { cut(first, last, ranges) } else { vec![first] }
    }

    /// The same for destination ports, and the rules of groups.
    pub(super) fn destination_ports(&self, protocol: Protocol, (first, last): (u16, u16)) -> Vec<u16> {
        let rules = self.groups.iter().flat_map(|group| group.ingress.iter().chain(&group.egress));
        let of_rules = rules.filter_map(|rule| Some((rule.from?, rule.to?)));
        let of_entries = self.acls.iter().flat_map(|acl| &acl.entries).filter_map(|entry| entry.ports);
        if protocol.has_ports() { cut(first, last, of_rules.chain(of_entries)) } else { vec![first] }
    }

    /// One packet of each kind that a question of single addresses is about.
    pub(super) fn packets(
        &self,
        (from, source): (usize, IpAddr),
        destination: IpAddr,
        (protocol, ports): (Protocol, (u16, u16)),
        speaks_from: (u16, u16),
    ) -> Vec<Concrete> {
        let sources = self.source_ports(protocol, speaks_from);
        let of_port = |port: u16| {
            sources.iter().map(move |source_port| Concrete {
                from,
                source,
                destination,
                protocol,
                source_port: *source_port,
                nat_port: *source_port,
                port,
            })
        };
        self.destination_ports(protocol, ports).into_iter().flat_map(of_port).collect()
    }
}

/// Both ends of a range, and the ports before, at and after each cut in it.
fn cut(first: u16, last: u16, ranges: impl Iterator<Item = (i32, i32)>) -> Vec<u16> {
    let around = ranges.flat_map(|(from, to)| [from - 1, from, to, to + 1]).filter_map(|port| u16::try_from(port).ok());
    let mut ports: Vec<u16> = around.filter(|port| (first..=last).contains(port)).chain([first, last]).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}
