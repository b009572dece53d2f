//! Network ACLs between the load balancer and its targets, there and back: one check for each.

use super::ends::{End, Family, Goal, Known, Who, of_targets};
use super::entries::{Wanted, open};
use super::kept_back::{Closed, Way, finding};
use super::passage::{Passage, passage};
use super::talk::{Carries, Step, Talk};
use crate::check::{Meta, Outcome};
use crate::finding::Blocks;
use crate::model::balancing::{LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::NetworkAcl;
use crate::model::subject::{Subject, SubjectKind};
use std::collections::{BTreeMap, BTreeSet};

/// Judges one way for every target group in use.
pub(super) fn examine(meta: &'static Meta, deployment: &Deployment, out: &mut Outcome, way: Way) {
    let mut found: Vec<Closed<'_>> = Vec::new();
    out.over(deployment.used_target_groups(), |out, (group, listener)| {
        let Some(balancer) = deployment.load_balancer(&listener.load_balancer_arn)? else { return Ok(()) };
        if matches!(group.target_type.as_str(), "ip" | "instance" | "alb") {
            found.extend(closed(deployment, out, way, group, balancer)?);
        }
        Ok(())
    });
    for closed in &found {
        let same = found.iter().filter(|other| other.acl.id == closed.acl.id);
        let wanted: BTreeSet<Wanted> = same.flat_map(|other| other.wanted.iter().cloned()).collect();
        out.found(finding(deployment, meta, way, closed).fix(open(deployment, closed.acl, &wanted)));
    }
}

/// A step, the ACL that keeps something back there, its entry, and whether that is everything.
type Kept<'s, 'a> = (Step<'s>, &'a NetworkAcl, String, bool);

/// What the ACLs between a load balancer and a target group do, as far as it was looked at.
struct Between<'a> {
    deployment: &'a Deployment,
    group: &'a TargetGroup,
    balancer: &'a LoadBalancer,
    known: Known,
    by_acl: BTreeMap<&'a str, Closed<'a>>,
    looked: BTreeSet<&'a str>,
}

/// How a target fares on the ways between it and the nodes.
#[derive(Clone, Default)]
struct Fate<'a> {
    open_ways: usize,
    closed_ways: usize,
    /// Requests to it are stopped, or some of their packets.
    stopped: bool,
    /// The ACLs that keep something back.
    by: BTreeSet<&'a str>,
}

fn closed<'a>(
    deployment: &'a Deployment,
    out: &mut Outcome,
    way: Way,
    group: &'a TargetGroup,
    balancer: &'a LoadBalancer,
) -> Result<Vec<Closed<'a>>, Gap> {
    let (known, goals) = of_targets(deployment, out, group)?;
    let family = if goals.iter().any(|goal| goal.end.family() == Family::V6) { Family::V6 } else { Family::V4 };
    let talk = Talk::new(deployment, out, way, (balancer, group), family)?;
    let mut between = Between { deployment, group, balancer, known, by_acl: BTreeMap::new(), looked: BTreeSet::new() };
    let (mut open_ways, mut closed_ways, mut stopped) = (0, 0, BTreeSet::new());
    // The usual case: what is true of one target is true of its whole subnet.
    let mut shared: BTreeMap<(&str, u16, Family), Option<Fate<'a>>> = BTreeMap::new();
    for (index, goal) in goals.iter().enumerate() {
        let kind = (goal.end.subnet_id, goal.port, goal.end.family());
        let fate = match shared.get(&kind).cloned().flatten() {
            Some(fate) => {
                between.count(index, &fate);
                fate
            }
            None => {
                let fate = between.judge(out, &talk, index, goal);
                shared.entry(kind).or_insert_with(|| between.treats_alike(&talk, goal).then(|| fate.clone()));
                fate
            }
        };
        open_ways += fate.open_ways;
        closed_ways += fate.closed_ways;
        if fate.stopped {
            stopped.insert(index);
        }
    }
    let Between { by_acl, looked, .. } = between;
    let all_known = talk.callers.as_ref().is_none_or(|callers| callers.all);
    for id in looked.into_iter().filter(|id| all_known && !by_acl.contains_key(id)) {
        let fact = format!("network ACL {id} keeps nothing back between load balancer {} and target group {}", balancer.name, group.name);
        out.fine(Subject::new(SubjectKind::NetworkAcl, id), fact);
    }
    let blocks = match known {
        Known::NextTasks => Blocks::None, // tg-empty stops requests now, this would stop them later
        Known::Registered | Known::Unread if stopped.is_empty() || avoided(&goals, &stopped) => Blocks::None,
        Known::Registered | Known::Unread if open_ways == 0 && closed_ways > 0 => Blocks::All,
        Known::Registered | Known::Unread => Blocks::Some,
    };
    Ok(by_acl.into_values().map(|closed| Closed { blocks: if closed.requests { blocks } else { Blocks::None }, ..closed }).collect())
}

impl<'a> Between<'a> {
    /// Follows all steps between one target and the nodes.
    fn judge(&mut self, out: &mut Outcome, talk: &Talk<'a>, index: usize, goal: &Goal<'_>) -> Fate<'a> {
        let mut fate = Fate::default();
        for node in &talk.nodes {
            let used = talk.serves(node, &goal.end);
            if used == Ok(false) {
                continue;
            }
            let mut kept = Vec::new();
            for step in talk.steps(node, &goal.end, goal.port) {
                out.each(|_| {
                    let acl = self.deployment.network_acl_of(step.at)?;
                    self.looked.insert(&acl.id);
                    match passage(acl, step.egress, step.ports, step.peer)? {
                        Passage::Open => {}
                        Passage::Partly(entry) => kept.push((step, acl, entry, false)),
                        Passage::Closed(entry) => kept.push((step, acl, entry, true)),
                    }
                    Ok(())
                });
            }
            match used {
                Err(gap) if !kept.is_empty() => out.gap(gap),
                _ => self.note(talk, &mut fate, index, goal, kept),
            }
        }
        fate
    }

    /// Notes what is kept back between one node and one target.
    fn note(&mut self, talk: &Talk<'a>, fate: &mut Fate<'a>, index: usize, goal: &Goal<'_>, kept: Vec<Kept<'_, 'a>>) {
        let (mut shut, mut all_shut) = (BTreeSet::new(), false);
        for (step, acl, entry, fully) in kept {
            match step.carries {
                Carries::Requests => all_shut |= fully,
                Carries::RequestsOf(place) if fully => _ = shut.insert(place),
                Carries::RequestsOf(_) | Carries::HealthChecks => {}
            }
            let requests = step.carries != Carries::HealthChecks;
            fate.stopped |= requests;
            fate.by.insert(&acl.id);
            let new = || Closed::at(self.group, self.balancer, self.known, acl, entry, goal.who.to_string());
            let closed = self.by_acl.entry(&acl.id).or_insert_with(new);
            closed.fully &= fully;
            closed.requests |= requests;
            closed.goals.insert(index);
            if let (Carries::RequestsOf(place), Some(callers)) = (step.carries, &talk.callers) {
                closed.callers.extend(callers.ends.get(place).map(|(link, _)| *link));
            }
            closed.want(self.deployment, step.at, step.egress, step.ports, step.peer);
        }
        let closed = if all_shut { talk.ways() } else { shut.len() };
        fate.closed_ways += closed;
        fate.open_ways += talk.ways() - closed;
    }

    /// Notes one more target that fares as another one did.
    fn count(&mut self, index: usize, fate: &Fate<'a>) {
        for acl in &fate.by {
            self.by_acl.entry(acl).and_modify(|closed| _ = closed.goals.insert(index));
        }
    }

    /// Whether each ACL on the way lets everything pass between the nodes and the whole subnet of a target, or nothing at all.
    fn treats_alike(&self, talk: &Talk<'a>, goal: &Goal<'_>) -> bool {
        // Only a subnet that was read stands for all that is in it.
        let Some(subnet) = self.deployment.subnets().ok().and_then(|all| all.get(goal.end.subnet_id)) else { return false };
        let whole = End { subnet_id: &subnet.id, blocks: subnet.cidrs.clone(), exact: true };
        let nodes = talk.nodes.iter().filter(|node| talk.serves(node, &whole) != Ok(false));
        let mut steps = nodes.flat_map(|node| talk.steps(node, &whole, goal.port));
        steps.all(|step| {
            let passage = self.deployment.network_acl_of(step.at).and_then(|acl| passage(acl, step.egress, step.ports, step.peer));
            matches!(passage, Ok(Passage::Open | Passage::Closed(_)))
        })
    }
}

/// Targets that are out because their health check meets the same ACL get no requests while another one is healthy.
fn avoided(goals: &[Goal<'_>], stopped: &BTreeSet<usize>) -> bool {
    let healthy = |goal: &Goal<'_>| matches!(goal.who, Who::Target(target) | Who::Node(target, ..) if target.state == "healthy");
    let (inside, outside): (Vec<_>, Vec<_>) = goals.iter().enumerate().partition(|(index, _)| stopped.contains(index));
    !inside.iter().any(|(_, goal)| healthy(goal)) && outside.iter().any(|(_, goal)| healthy(goal))
}

#[cfg(test)]
mod tests {
    use crate::examine::examine;
    use crate::model::capture::Capture;
    use crate::model::deployment::Deployment;
    use crate::network::nacl_lb_to_target::NaclLbToTarget;
    use crate::prove::healthy;
    use serde_json::{Value, json};

    const GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/8091a2b3c4d5e6f7";

    /// The healthy article on two instances in one subnet, whose ACL turns away what comes for the second one.
    fn closed_to_the_second(subnets: Option<Value>) -> Deployment {
        let mut capture = healthy().iter().find(|base| base.name == "alb").expect("the article").document.clone();
        let facts = &mut capture["facts"];
        let target = facts["target_health"][GROUP]["known"][0].clone();
        let interface = facts["network_interfaces"]["known"]["eni-task-a"].clone();
        facts["target_groups"][GROUP]["known"]["target_type"] = json!("instance");
        facts["target_health"][GROUP]["known"] = json!([]);
        for (instance, address) in [("i-first", "10.20.10.31"), ("i-second", "10.20.10.32")] {
            let (mut target, mut interface) = (target.clone(), interface.clone());
            target["id"] = json!(instance);
            (interface["id"], interface["instance_id"], interface["addresses"]) = (json!(instance), json!(instance), json!([address]));
            facts["target_health"][GROUP]["known"].as_array_mut().expect("a list").push(target);
            facts["network_interfaces"]["known"][instance] = interface;
        }
        let deny = json!({"number": 90, "egress": true, "allow": false, "protocol": "-1", "cidr": "10.20.10.32/32", "ports": null});
        facts["network_acls"]["known"]["acl-0001"]["entries"].as_array_mut().expect("a list").push(deny);
        if let Some(subnets) = subnets {
            facts["subnets"] = subnets;
        }
        let capture: Capture = serde_json::from_value(capture).expect("it is still a capture");
        Deployment::new(capture.facts, capture.requests)
    }

    #[test]
    fn one_open_target_does_not_stand_for_a_subnet_that_was_not_read() {
        let denied = json!({"denied": {"action": "ec2:DescribeSubnets"}});
        for subnets in [None, Some(denied), Some(json!({"known": {}}))] {
            let examination = examine(&[&NaclLbToTarget], &closed_to_the_second(subnets.clone()));
            let summaries: Vec<&str> = examination.findings().map(|(_, finding)| finding.summary.as_str()).collect();
            let kept = "network ACL acl-0001 of subnet-b keeps load balancer orders from target i-second:8080 on port 8080";
            assert_eq!(summaries, [kept], "subnets: {subnets:?}");
        }
    }
}
