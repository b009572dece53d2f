//! A node of a load balancer: it answers on its listeners' ports, and passes on to the targets it may use.
//!
//! Sources: a Network Load Balancer's node uses targets of its own zone only, unless cross-zone is on (off by default;
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html>); whether targets see the client's
//! address, and the defaults (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html>); with
//! no healthy target all are used (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html>);
//! a client that is its own target times out
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html#loopback-timeout>); the client's
//! groups do not count at the target, the load balancer's do
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html>).
//! Inferred: a listener whose groups have no registered target takes no connection on.
//! Measured: replies to a client whose address was preserved go back through the node, whatever the target's route table says.

use super::alike::FEW;
use super::answer::{Protocol, Verdict, Way};
use super::drops::{Remedy, Why};
use super::filters::{Carrier, Packets};
use super::flow::{Arrival, Sender};
use super::network::{Balancer, Kind, Listener, Network, Target, TargetGroup};
use super::stations::By;
use super::trail::{Service, Trail};
use super::walk::{Course, Ended, Via};
use crate::semantics::packets::Direction;
use crate::semantics::packets::single::Peer;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Of so many unreachable targets every rule is told; the others are counted.
const TOLD: usize = 3;

/// One target as a node may use it.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    pub(super) target: &'a Target,
    /// The interface that gets the packets, where the target is a load balancer: each of its nodes is one.
    node: Option<usize>,
    group: &'a TargetGroup,
    pub(super) preserved: bool,
    pub(super) port: u16,
}

impl Network {
    /// What a node does with packets that its groups let in.
    pub(super) fn balancer<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        sender: &Sender<'a>,
        arrival: &Arrival,
        tail: &'a str,
        at: IpAddr,
        service: Service,
    ) {
        let node = &self.interfaces[arrival.interface];
        let packets = self.packets(arrival.seen, at, service);
        let Some(balancer) = self.balancing.balancers.get(tail) else {
            return trail.gap(|| format!("the load balancer {tail} was not read"));
        };
        let Some(listeners) = balancer.listeners.as_ref().filter(|_| !balancer.gateway) else {
            return trail.gap(|| format!("the listeners of {tail} were not read"));
        };
        if !service.protocol.has_ports() {
            return trail.gap(|| format!("whether {} answers {} is not documented", node.id, service.protocol));
        }
        let Some(listener) =
            listeners.iter().find(|listener| listener.port == service.port && speaks(&listener.protocol, service.protocol))
        else {
            let (why, wanted) = (format!("{} has no listener for", balancer.name), format!("{}: a listener for", balancer.name));
            return trail.drop(|| packets.dropped(tail, Why::For(why), Some(Remedy::For(wanted))));
        };
        trail.pass(Way::There, tail, By::Listener { protocol: &listener.protocol, port: listener.port, balancer: &balancer.name });
        self.targets(trail, sender, arrival, balancer, listener, service);
    }

    fn targets<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        sender: &Sender<'a>,
        arrival: &Arrival,
        balancer: &'a Balancer,
        listener: &'a Listener,
        service: Service,
    ) {
        let ends_here = ends_connection(balancer, listener);
        let at = self.interfaces[arrival.interface].primary().map_or(arrival.seen, |own| own.private);
        let packets = self.packets(arrival.seen, at, service);
        let mut uses = Vec::new();
        let mut unread = None;
        for arn in &listener.target_groups {
            match self.balancing.target_groups.get(arn).map(|group| (group, &group.targets)) {
                // Whose address its targets see depends on their type, unless an attribute says it.
                Some((group, Some(_))) if !balancer.application && group.target_type.is_empty() && group.preserves.is_none() => {
                    unread = Some(arn)
                }
                Some((group, Some(targets))) => {
                    uses.extend(usable(group, targets, service).flat_map(|one| self.each_node(one, arrival.interface)));
                }
                _ => unread = Some(arn),
            }
        }
        if ends_here {
            return self.note_targets(trail, sender, arrival, &uses, balancer, service);
        }
        if let Some(arn) = unread {
            return trail.gap(|| format!("the target group {arn}, or its targets, were not read"));
        }
        let (in_zone, elsewhere): (Vec<Use>, Vec<Use>) = uses.into_iter().partition(|one| self.may_use(arrival.interface, one, balancer));
        let in_use = healthy_first(in_zone);
        if in_use.is_empty() {
            let cross_zone_unread = balancer.cross_zone.is_none() && elsewhere.iter().any(|one| one.group.cross_zone.is_none());
            if cross_zone_unread {
                return trail
                    .gap(|| format!("{} has targets in other zones only, and whether cross-zone is on was not read", balancer.name));
            }
            let why =
                if elsewhere.is_empty() { "has no registered target" } else { "has no target in this node's zone, and cross-zone is off" };
            return trail.drop(|| {
                packets.lost(
                    &balancer.name,
                    format!("{why} for {}", service.words()),
                    Some(format!("{}: register a target in the zone of {}", balancer.name, at)),
                )
            });
        }
        self.any(trail, sender, arrival, balancer, &in_use, service);
    }

    /// The packets pass if a target can be reached; which cannot is told.
    fn any<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        sender: &Sender<'a>,
        arrival: &Arrival,
        balancer: &'a Balancer,
        uses: &[Use<'a>],
        service: Service,
    ) {
        let (mut reached, mut open, mut closed) = (None, None, Vec::new());
        let parts = (uses.len() > FEW).then(|| self.parts(arrival.interface)).flatten();
        let mut judged = BTreeMap::new();
        for one in uses {
            let judge = || {
                let mut quiet = Trail::quiet();
                self.to_target(&mut quiet, sender, arrival, one, service);
                quiet.verdict()
            };
            let likeness = parts.as_ref().and_then(|parts| self.likeness(arrival.interface, one, arrival.seen, parts));
            let verdict = likeness.map_or_else(judge, |likeness| *judged.entry(likeness).or_insert_with(judge));
            match verdict {
                Verdict::Allowed => reached = reached.or(Some(one)),
                Verdict::Unknown => open = open.or(Some(one)),
                Verdict::Dropped => closed.push(one),
            }
        }
        if !closed.is_empty() && closed.len() < uses.len() {
            trail.note(|| {
                format!("{} of {} targets of {} cannot be reached: {}", closed.len(), uses.len(), balancer.name, first_names(&closed))
            });
        }
        if trail.quiet {
            match (reached, open) {
                (Some(_), _) => {}
                (None, Some(_)) => trail.gap(String::new),
                (None, None) => trail.drop(|| self.packets(arrival.seen, arrival.seen, service).lost("", "", None)),
            }
            return;
        }
        let told = if let Some(one) = reached.or(open) { vec![one] } else { closed.iter().copied().take(TOLD).collect() };
        for one in told {
            self.to_target(trail, sender, arrival, one, service);
        }
        if reached.is_none() && open.is_none() && closed.len() > TOLD {
            trail.note(|| format!("none of {} targets of {} can be reached; the rules for {TOLD} are told", closed.len(), balancer.name));
        }
    }

    /// The node itself answers: which targets it cannot reach is worth a note. Those of a TLS listener may see the client's address.
    fn note_targets<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        client: &Sender<'a>,
        arrival: &Arrival,
        uses: &[Use<'a>],
        balancer: &'a Balancer,
        service: Service,
    ) {
        if trail.quiet {
            return;
        }
        let Some((own, node)) =
            self.interfaces[arrival.interface].primary().and_then(|own| Some((own, self.sender(arrival.interface, own.private)?)))
        else {
            return;
        };
        let unreached = |one: &&Use| {
            let mut quiet = Trail::quiet();
            let seen = Arrival { interface: arrival.interface, seen: own.private, course: self.course(&node) };
            let (from, seen) = if balancer.application { (&node, &seen) } else { (client, arrival) };
            self.to_target(&mut quiet, from, seen, one, service);
            quiet.verdict() == Verdict::Dropped
        };
        let uses: Vec<&Use> = uses.iter().filter(|one| self.may_use(arrival.interface, one, balancer)).collect();
        let closed: Vec<&Use> = uses.iter().copied().filter(unreached).collect();
        if !closed.is_empty() {
            trail.note(|| {
                format!(
                    "the node answers, but {} of {} targets of {} cannot be reached from it: {}",
                    closed.len(),
                    uses.len(),
                    balancer.name,
                    first_names(&closed)
                )
            });
        }
    }

    /// From the node to one target and back to the node.
    fn to_target<'a>(&'a self, trail: &mut Trail<'a>, client: &Sender<'a>, arrival: &Arrival, one: &Use<'a>, service: Service) {
        let Some(to) = self.address_of(one) else {
            return trail.gap(|| format!("the interface of target {} was not read", one.target.id));
        };
        // Between families the node translates, and its own address is seen.
        let preserved = one.preserved && to.is_ipv4() == arrival.seen.is_ipv4();
        let own = self.interfaces[arrival.interface].addresses.iter().find(|own| own.private.is_ipv4() == to.is_ipv4());
        let Some(node) = own.and_then(|own| self.sender(arrival.interface, own.private)) else {
            return trail.gap(|| "the subnet of the node was not read, or it has no address of the target's family".to_owned());
        };
        let service = Service { port: one.port, last: one.port, ..service };
        let seen = if preserved { arrival.seen } else { node.address };
        if preserved && to == arrival.seen {
            let packets = self.packets(seen, to, service);
            let rule = "the client is its own target, and its address is preserved: the host drops what comes from itself".to_owned();
            let wanted = Some("preserve_client_ip.enabled=false for the target group".to_owned());
            return trail.drop(|| packets.lost(&one.target.id, rule, wanted));
        }
        let mut course = Course { public: None, ..self.course(&node) };
        let mut packets = self.packets(seen, to, service);
        if node.filtered {
            let groups = self.in_vpc(node.vpc, to).map(|position| self.group_ids_of(&self.interfaces[position])).unwrap_or_default();
            let carrier = Carrier { groups: node.groups, unread: node.unread, name: node.name };
            self.ask_groups(trail, carrier, Direction::Egress, Peer { address: to, groups: &groups }, &packets);
        }
        let Ended::At(position) = self.follow(trail, &mut course, &mut packets) else { return };
        let target = Arrival { interface: position, seen, course };
        self.at_target(trail, client, &node, &target, preserved, &packets);
    }

    fn at_target<'a>(
        &'a self,
        trail: &mut Trail<'a>,
        client: &Sender<'a>,
        node: &Sender<'a>,
        target: &Arrival,
        preserved: bool,
        packets: &Packets,
    ) {
        let (interface, service, to) = (&self.interfaces[target.interface], packets.service, packets.destination);
        let groups = if target.course.via == Via::Local { self.counting(node, Via::Local) } else { Vec::new() };
        self.ask_receiver(trail, interface, &groups, packets);
        match &interface.kind {
            // A load balancer behind a load balancer is an ALB: it answers by itself, where it has the listener.
            Kind::Balancer(tail) if self.balancing.balancers.get(tail).is_some_and(|inner| !inner.application) => {
                trail.gap(|| format!("{} stands behind another load balancer", interface.id));
            }
            _ => self.answers(trail, node, target, to, service),
        }
        if !preserved {
            return self.back(trail, node, target, to, service);
        }
        let matter = service.back(target.seen, client.host && target.course.through.is_empty());
        let replies = Packets { way: Way::Back, source: to, destination: target.seen, matter, service };
        if let Some(subnet) = interface.subnet.filter(|subnet| *subnet != node.subnet) {
            self.ask_acl(trail, subnet, true, &replies);
            self.ask_acl(trail, node.subnet, false, &replies);
        }
        trail.pass(Way::Back, &interface.id, By::Node(node.address));
    }

    fn may_use(&self, node: usize, one: &Use<'_>, balancer: &Balancer) -> bool {
        if one.group.cross_zone.or(balancer.cross_zone).unwrap_or(balancer.application) {
            return true;
        }
        let vpc = self.interfaces[node].vpc;
        let subnet = |interface: usize| self.interfaces[interface].subnet;
        let target = self.address_of(one).and_then(|address| self.in_vpc(vpc, address)).and_then(subnet);
        // A target that no zone is known of counts as reachable from every node, as AWS does with addresses outside the VPC.
        target.zip(subnet(node)).is_none_or(|(target, node)| self.same_zone(target, node))
    }

    /// A load balancer in a group is spoken to at each of its nodes.
    fn each_node<'a>(&self, one: Use<'a>, from: usize) -> Vec<Use<'a>> {
        let vpc = self.interfaces[from].vpc;
        let inner = self.balancing.balancers.get(super::describe::tail(&one.target.id)).filter(|_| one.target.id.starts_with("arn:"));
        let nodes = inner.iter().flat_map(|inner| &inner.nodes).filter(|node| self.interfaces[**node].vpc == vpc);
        let each: Vec<Use<'a>> = nodes.map(|node| Use { node: Some(*node), ..one }).collect();
        if each.is_empty() { vec![one] } else { each }
    }

    /// The address at which a target is spoken to.
    pub(super) fn address_of(&self, one: &Use<'_>) -> Option<IpAddr> {
        if one.target.address.is_some() {
            return one.target.address;
        }
        let id = one.target.id.as_str();
        let position = if id.starts_with("arn:") { one.node? } else { *self.by_instance.get(id)? };
        self.interfaces[position].primary().map(|own| own.private)
    }
}

/// True for a listener that ends the connection itself and opens its own to a target.
fn ends_connection(balancer: &Balancer, listener: &Listener) -> bool {
    balancer.application || listener.protocol == "TLS"
}

fn speaks(listener: &str, protocol: Protocol) -> bool {
    match protocol {
        Protocol::Tcp => matches!(listener, "TCP" | "TLS" | "TCP_UDP" | "HTTP" | "HTTPS" | "TCP_QUIC"),
        Protocol::Udp => matches!(listener, "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC"),
        Protocol::Icmp | Protocol::Other(_) => false,
    }
}

/// The targets of a group that may get packets: neither unused nor on their way out.
fn usable<'a>(group: &'a TargetGroup, targets: &'a [Target], service: Service) -> impl Iterator<Item = Use<'a>> {
    let of_udp = matches!(group.protocol.as_str(), "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC");
    let preserved = group.preserves.unwrap_or(of_udp || matches!(group.target_type.as_str(), "instance" | "alb" | ""));
    let counts = |target: &&Target| !matches!(target.state.as_str(), "unused" | "draining");
    targets.iter().filter(counts).map(move |target| Use {
        target,
        node: None,
        group,
        preserved,
        port: target.port.or(group.port).unwrap_or(service.port),
    })
}

/// The healthy ones, or all if none is.
fn healthy_first(uses: Vec<Use>) -> Vec<Use> {
    let healthy = |one: &Use| one.target.state == "healthy";
    if uses.iter().any(healthy) { uses.into_iter().filter(healthy).collect() } else { uses }
}

fn first_names(uses: &[&Use]) -> String {
    let names: Vec<&str> = uses.iter().take(5).map(|one| one.target.id.as_str()).collect();
    let more = if uses.len() > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}
