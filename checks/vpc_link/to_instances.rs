//! The way out of a VPC link to the instances of a Cloud Map service: the part of vpclink-sg-egress without a load balancer.

use crate::check::{Meta, Outcome, Phase};
use crate::cloud_map::doors::{Door, Known, Way, ways};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::SecurityGroup;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::admit_group;
use crate::semantics::packets::{Admission, Direction, Peers, admission, closest_rule};
use crate::source;
use crate::steps::authorize;
use crate::symptom::Symptom;
use ipnet::IpNet;
use std::collections::BTreeSet;

/// Judges the link's outbound rules on every way to a Cloud Map service.
pub(super) fn examine(meta: &'static Meta, deployment: &Deployment, out: &mut Outcome) {
    let ways = ways(deployment, out);
    out.over(ways, |out, way| look(meta, deployment, out, &way));
}

fn look(meta: &'static Meta, deployment: &Deployment, out: &mut Outcome, way: &Way<'_>) -> Result<(), Gap> {
    let ids = deployment.link_group_ids(way.link)?;
    let groups = deployment.groups(&ids)?;
    let Some(first) = groups.first() else {
        return Err(Gap::undecided(Part::SecurityGroups, format!("none of the security groups of VPC link {} was found", way.link.id)));
    };
    let mut closed: Vec<&Door<'_>> = Vec::new();
    let mut open = None;
    for door in &way.doors {
        out.each(|_| {
            match lets_out(&groups, door)? {
                Some(true) => open = open.or(Some(door)),
                Some(false) if groups.len() < ids.len() => {
                    let what = format!("not every security group of VPC link {} was found", way.link.id);
                    return Err(Gap::undecided(Part::SecurityGroups, what));
                }
                Some(false) => closed.push(door),
                None => {}
            }
            Ok(())
        });
    }
    if !closed.is_empty() {
        out.found(finding(meta, deployment, way, &groups, &closed));
    } else if let Some(door) = open {
        let fact = format!("security group {} lets VPC link {} out to {} on port {}", first.id, way.link.id, door.who, door.port);
        out.fine(Subject::new(SubjectKind::SecurityGroup, &first.id), fact);
    }
    Ok(())
}

/// `None`: it hangs on the address of a task that is still to come.
fn lets_out(groups: &[&SecurityGroup], door: &Door<'_>) -> Result<Option<bool>, Gap> {
    let blocks: Vec<IpNet> = door.address.map(IpNet::from).into_iter().collect();
    let own: BTreeSet<String> = door.group_ids.iter().cloned().collect();
    match admission(groups, Direction::Egress, door.port, &Peers { blocks: &blocks, groups: &own }) {
        Admission::All { .. } => Ok(Some(true)),
        Admission::Some { .. } | Admission::None => Ok(Some(false)),
        Admission::Undecided { prefix_lists } if prefix_lists.is_empty() => Ok(None),
        Admission::Undecided { prefix_lists } => {
            Err(Gap::undecided(Part::PrefixLists, format!("the contents of prefix list {} were not read", prefix_lists.join(", "))))
        }
    }
}

fn finding(meta: &'static Meta, deployment: &Deployment, way: &Way<'_>, groups: &[&SecurityGroup], closed: &[&Door<'_>]) -> Finding {
    let group = &groups[0].id;
    let subject = Subject::new(SubjectKind::SecurityGroup, group);
    let port = closed[0].port;
    let whom = match closed {
        [only] => only.who.clone(),
        several if way.known == Known::Registered => format!("{} of {} instances", several.len(), way.doors.len()),
        _ => "the tasks".to_owned(),
    };
    // Which status API Gateway makes of dropped packets is only seen in the field; that it connects to the tasks itself is inferred.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let blocks = match way.known {
        Known::NextTasks => Blocks::None,
        Known::Registered | Known::Unread if closed.len() == way.doors.len() => Blocks::All,
        Known::Registered | Known::Unread => Blocks::Some,
    };
    let mut effect = match blocks {
        Blocks::None => Effect::weakens(Phase::Connect, way.link_subject()),
        Blocks::Some | Blocks::All => Effect::blocks_all(Phase::Connect, way.link_subject(), answer),
    };
    effect.blocks = blocks;
    let rules = closest_rule(groups, Direction::Egress, port).unwrap_or_else(|| "no outbound rule for TCP".to_owned());
    let wanted: BTreeSet<(u16, &String)> =
        closed.iter().filter_map(|door| door.group_ids.first().map(|group| (door.port, group))).collect();
    let expected: Vec<String> = wanted.iter().map(|(port, peer)| format!("tcp {port} to {peer}")).collect();
    let all: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
    let summary = format!("no rule lets VPC link {} out to {whom} of Cloud Map service {} on port {port}", way.link.id, way.name);
    let rules = Evidence::found(subject.clone(), "IpPermissionsEgress", rules, source::DESCRIBE_SECURITY_GROUPS);
    let finding = Finding::new(meta, subject, summary)
        .severity(if blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        .confidence(Confidence::Likely)
        .evidence(if expected.is_empty() { rules } else { rules.expected(expected.join(", ")) })
        .evidence(Evidence::found(way.link_subject(), "SecurityGroupIds", all.join(", "), source::GET_VPC_LINK))
        .effect(effect.and_through(way.subject()));
    if wanted.is_empty() {
        return finding; // no interface was found: there is no group that a rule could name, and addresses of tasks change
    }
    finding.fix(open(deployment, group, &wanted))
}

fn open(deployment: &Deployment, group: &str, wanted: &BTreeSet<(u16, &String)>) -> Fix {
    let words: Vec<String> = wanted.iter().map(|(port, peer)| format!("{peer} on port {port}")).collect();
    let mut fix = Fix::new(format!("let {group} out to {}", words.join(", ")), Risk::Safe, Vec::new());
    for (port, peer) in wanted {
        fix.change.push(admit_group(group, "egress", *port, peer));
        fix = fix
            .cli(authorize(deployment, "egress", group, *port, peer))
            .console(format!("EC2: Security groups → {group} → Edit outbound rules → add TCP {port} to {peer}"));
    }
    fix
}
