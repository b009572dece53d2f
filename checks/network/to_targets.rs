//! Network ACLs between the load balancer and its targets, there and back: one check for each.
//!
//! Application Load Balancers, and Network Load Balancers that do not hand on the client's address: elsewhere the packets that a target sees
//! come from the VPC link itself, and that is another question.

use super::ends::{Family, Goal, Known, lasting, of_balancer, of_targets};
use super::entries::{EPHEMERAL, Wanted, open, range};
use super::passage::{Passage, passage};
use crate::check::{Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::balancing::{LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::NetworkAcl;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use crate::target_group::health;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Which way the packets go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Connections and health checks: out of the load balancer's subnets, into the targets'.
    There,
    /// Their answers.
    Back,
}

/// An ACL that keeps something back between a load balancer and one of its target groups.
struct Closed<'a> {
    group: &'a TargetGroup,
    balancer: &'a LoadBalancer,
    known: Known,
    acl: &'a NetworkAcl,
    subnets: BTreeSet<String>,
    entry: String,
    wanted: BTreeSet<Wanted>,
    who: BTreeSet<String>,
    /// Nothing of what was stopped gets through by other ports.
    fully: bool,
    blocks: Blocks,
}

/// Judges one way for every target group in use.
pub(super) fn examine(meta: &'static Meta, deployment: &Deployment, out: &mut Outcome, way: Way) {
    let mut found: Vec<Closed<'_>> = Vec::new();
    out.over(deployment.used_target_groups(), |out, (group, listener)| {
        let Some(balancer) = deployment.load_balancer(&listener.load_balancer_arn)? else { return Ok(()) };
        if matches!(group.target_type.as_str(), "ip" | "instance") && !deployment.preserves_client_ip(balancer, group)? {
            found.extend(closed(deployment, out, way, group, balancer)?);
        }
        Ok(())
    });
    for closed in &found {
        let same = found.iter().filter(|other| other.acl.id == closed.acl.id);
        let wanted: BTreeSet<Wanted> = same.flat_map(|other| other.wanted.iter().cloned()).collect();
        out.found(finding(meta, way, closed).fix(open(deployment, closed.acl, &wanted)));
    }
}

/// One step of the way: an ACL at one end, and what it is asked to let pass.
struct Step<'a> {
    at: &'a str,
    egress: bool,
    peer: &'a super::ends::End,
    ports: (u16, u16),
    /// False for a health check's own port: that stops no request.
    traffic: bool,
}

fn closed<'a>(
    deployment: &'a Deployment,
    out: &mut Outcome,
    way: Way,
    group: &'a TargetGroup,
    balancer: &'a LoadBalancer,
) -> Result<Vec<Closed<'a>>, Gap> {
    let (known, goals) = of_targets(deployment, out, group)?;
    let v6 = goals.iter().any(|goal| goal.end.blocks.iter().any(|block| matches!(block, IpNet::V6(_))));
    let nodes = of_balancer(deployment, balancer, if v6 { Family::V6 } else { Family::V4 })?;
    let mut by_acl: BTreeMap<&str, Closed<'a>> = BTreeMap::new();
    let (mut open_pairs, mut closed_pairs, mut looked) = (0, 0, BTreeSet::new());
    let mut stopped: BTreeSet<usize> = BTreeSet::new();
    let mut passable: BTreeMap<(&str, u16), bool> = BTreeMap::new();
    for (index, goal) in goals.iter().enumerate() {
        // The usual case: nothing is kept from the whole subnet, and so nothing from a target in it.
        let whole = || open_to_subnet(deployment, way, group, &nodes, goal, &mut looked);
        if *passable.entry((&goal.end.subnet_id, goal.port)).or_insert_with(whole) {
            open_pairs += nodes.len();
            continue;
        }
        for node in &nodes {
            let mut shut = false;
            if node.subnet_id != goal.end.subnet_id {
                for step in steps(way, group, node, goal) {
                    out.each(|_| {
                        let acl = deployment.network_acl_of(step.at)?;
                        looked.insert(acl.id.as_str());
                        let (entry, fully) = match passage(acl, step.egress, step.ports, step.peer)? {
                            Passage::Open => return Ok(()),
                            Passage::Partly(entry) => (entry, false),
                            Passage::Closed(entry) => (entry, true),
                        };
                        shut |= fully && step.traffic;
                        if step.traffic {
                            stopped.insert(index);
                        }
                        let new = || Closed::at(group, balancer, known, acl, entry);
                        let closed = by_acl.entry(&acl.id).or_insert_with(new);
                        closed.fully &= fully;
                        closed.add(deployment, &step, goal);
                        Ok(())
                    });
                }
            }
            *(if shut { &mut closed_pairs } else { &mut open_pairs }) += 1;
        }
    }
    for id in looked.into_iter().filter(|id| !by_acl.contains_key(id)) {
        let fact = format!("network ACL {id} keeps nothing back between load balancer {} and target group {}", balancer.name, group.name);
        out.fine(Subject::new(SubjectKind::NetworkAcl, id), fact);
    }
    let blocks = match known {
        Known::NextTasks => Blocks::None, // tg-empty stops requests now, this would stop them later
        Known::Registered | Known::Unread if stopped.is_empty() || avoided(&goals, &stopped) => Blocks::None,
        Known::Registered | Known::Unread if open_pairs == 0 && closed_pairs > 0 => Blocks::All,
        Known::Registered | Known::Unread => Blocks::Some,
    };
    Ok(by_acl.into_values().map(|closed| Closed { blocks, ..closed }).collect())
}

/// Whether every ACL lets everything pass between the nodes and the whole subnet of a target; the ACLs that were asked are noted.
fn open_to_subnet<'a>(
    deployment: &'a Deployment,
    way: Way,
    group: &TargetGroup,
    nodes: &[super::ends::End],
    goal: &Goal<'_>,
    looked: &mut BTreeSet<&'a str>,
) -> bool {
    // Only a subnet that was read stands for all that is in it.
    let Some(subnet) = deployment.subnets().ok().and_then(|all| all.get(&goal.end.subnet_id)) else { return false };
    let end = super::ends::End { subnet_id: subnet.id.clone(), blocks: subnet.cidrs.clone(), exact: true };
    let whole = Goal { target: None, who: String::new(), end, port: goal.port };
    nodes.iter().filter(|node| node.subnet_id != whole.end.subnet_id).flat_map(|node| steps(way, group, node, &whole)).all(|step| {
        let Ok(acl) = deployment.network_acl_of(step.at) else { return false };
        looked.insert(acl.id.as_str());
        passage(acl, step.egress, step.ports, step.peer) == Ok(Passage::Open)
    })
}

fn steps<'a>(way: Way, group: &TargetGroup, node: &'a super::ends::End, goal: &'a Goal<'_>) -> Vec<Step<'a>> {
    let own_port = group.health_check.fixed_port().filter(|port| group.health_check.enabled && *port != goal.port);
    let ports: Vec<((u16, u16), bool)> = match way {
        Way::There => {
            [Some((goal.port, true)), own_port.map(|port| (port, false))].into_iter().flatten().map(|(p, t)| ((p, p), t)).collect()
        }
        Way::Back => vec![(EPHEMERAL, true)],
    };
    // There: out of the node's subnet, into the target's. Back: out of the target's, into the node's.
    let (first, last) = if way == Way::There { (node, &goal.end) } else { (&goal.end, node) };
    let both = |(ports, traffic)| {
        let leave = Step { at: &first.subnet_id, egress: true, peer: last, ports, traffic };
        [leave, Step { at: &last.subnet_id, egress: false, peer: first, ports, traffic }]
    };
    ports.into_iter().flat_map(both).collect()
}

/// Targets that are out because their health check meets the same ACL get no requests while another one is healthy.
fn avoided(goals: &[Goal<'_>], stopped: &BTreeSet<usize>) -> bool {
    let healthy = |goal: &Goal<'_>| goal.target.is_some_and(|target| target.state == "healthy");
    let (inside, outside): (Vec<_>, Vec<_>) = goals.iter().enumerate().partition(|(index, _)| stopped.contains(index));
    !inside.iter().any(|(_, goal)| healthy(goal)) && outside.iter().any(|(_, goal)| healthy(goal))
}

impl<'a> Closed<'a> {
    fn at(group: &'a TargetGroup, balancer: &'a LoadBalancer, known: Known, acl: &'a NetworkAcl, entry: String) -> Closed<'a> {
        let (subnets, wanted, who) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Closed { group, balancer, known, acl, subnets, entry, wanted, who, fully: true, blocks: Blocks::None }
    }

    fn add(&mut self, deployment: &Deployment, step: &Step<'_>, goal: &Goal<'_>) {
        self.subnets.insert(step.at.to_owned());
        self.who.insert(goal.who.clone());
        let blocks = lasting(deployment, step.peer).into_iter();
        self.wanted.extend(blocks.map(|block| Wanted { egress: step.egress, ports: step.ports, block }));
    }
}

fn finding(meta: &'static Meta, way: Way, closed: &Closed<'_>) -> Finding {
    let subject = Subject::new(SubjectKind::NetworkAcl, &closed.acl.id);
    let subnets = closed.subnets.iter().cloned().collect::<Vec<_>>().join(", ");
    let ports: BTreeSet<(u16, u16)> = closed.wanted.iter().map(|wanted| wanted.ports).collect();
    let ports = ports.into_iter().map(range).collect::<Vec<_>>().join(", ");
    let who = match closed.who.first() {
        Some(only) if closed.who.len() == 1 => only.clone(),
        _ => format!("the targets of {}", closed.group.name),
    };
    let what = match way {
        Way::There => format!("load balancer {} from {who} on port {ports}", closed.balancer.name),
        Way::Back => format!(
            "{} of {who} from load balancer {} (tcp {ports})",
            if closed.fully { "the answers" } else { "some of the answers" },
            closed.balancer.name
        ),
    };
    let through = health::subject(closed.group);
    let answer = if closed.balancer.is_application() {
        ExpectedAnswer::load_balancer(Some(504), Symptom::LbGatewayTimeout)
    } else {
        ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred() // a Network Load Balancer writes no answer
    };
    let mut effect = match closed.blocks {
        Blocks::None => Effect::weakens(Phase::TargetConnect, through.clone()),
        Blocks::Some | Blocks::All => Effect::blocks_all(Phase::TargetConnect, through.clone(), answer),
    };
    effect.blocks = closed.blocks;
    let expected = closed.wanted.iter().map(Wanted::words).collect::<Vec<_>>().join(", ");
    Finding::new(meta, subject.clone(), format!("network ACL {} of {subnets} keeps {what}", closed.acl.id))
        .severity(if closed.blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        // Which tasks are registered was not read: these are the subnets that the service puts them in.
        .confidence(if closed.known == Known::Unread { Confidence::Likely } else { Confidence::Certain })
        .evidence(Evidence::found(subject.clone(), "Entries", &closed.entry, source::DESCRIBE_NETWORK_ACLS).expected(expected))
        .evidence(Evidence::found(subject, "Associations", subnets, source::DESCRIBE_NETWORK_ACLS))
        .evidence(Evidence::found(through, "TargetGroupName", &closed.group.name, source::DESCRIBE_TARGET_GROUPS))
        .effect(effect)
}
