//! A rule of the load balancer's security groups names a group of a VPC that is no longer peered.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{PeeredGroup, SecurityGroup, SgRule};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{authorize, aws, quote};
use std::collections::BTreeMap;

static META: Meta = Meta {
    id: "lb-sg-stale-reference",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "a rule of the load balancer's security groups names a group that is gone",
    phase: None, // a rule that admits nobody stops nobody: lb-sg-ingress-from-link and lb-sg-egress say what is missing
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::SecurityGroups,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::VpcLinks],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_sg_stale_reference.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbSgStaleReference;

impl Check for LbSgStaleReference {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.passed_load_balancers(), |out, lb| {
            let all = deployment.security_groups()?;
            for group in deployment.groups(&lb.security_group_ids)? {
                let subject = Subject::new(SubjectKind::SecurityGroup, &group.id);
                let stale = stale(group, all);
                if stale.is_empty() {
                    out.fine(subject, format!("every group that security group {} names is there", group.id));
                } else {
                    out.found(finding(deployment, lb, group, subject, &stale));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// A rule that names a group which admits nobody.
struct Stale<'a> {
    direction: &'static str,
    /// Position among the rules of this direction.
    at: usize,
    rule: &'a SgRule,
    peer: &'a str,
    peering: &'a PeeredGroup,
}

/// Only peered groups: EC2 lets nobody delete a group that a rule of its own VPC names
/// (<https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html>).
fn stale<'a>(group: &'a SecurityGroup, all: &BTreeMap<String, SecurityGroup>) -> Vec<Stale<'a>> {
    let directions = [("ingress", &group.ingress), ("egress", &group.egress)];
    let rules = directions.into_iter().flat_map(|(direction, rules)| rules.iter().enumerate().map(move |(at, rule)| (direction, at, rule)));
    let named = rules.flat_map(|(direction, at, rule)| {
        rule.groups.iter().filter_map(move |peer| Some(Stale { direction, at, rule, peer, peering: rule.peerings.get(peer)? }))
    });
    // A group of another VPC that was read is known to be gone when it is not among them.
    let read = |vpc: &String| all.values().any(|other| other.vpc_id.as_ref() == Some(vpc));
    let gone = |stale: &Stale<'_>| !all.contains_key(stale.peer) && stale.peering.vpc_id.as_ref().is_some_and(read);
    let unpeered = |stale: &Stale<'_>| stale.peering.status.as_deref().is_some_and(|status| status != "active");
    named.filter(|stale| unpeered(stale) || gone(stale)).collect()
}

fn ports(rule: &SgRule) -> String {
    match (rule.from_port, rule.to_port) {
        (Some(from), Some(to)) if from >= 0 && from == to => from.to_string(),
        (Some(from), Some(to)) if from >= 0 => format!("{from}-{to}"),
        _ => "all ports".to_owned(),
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, group: &SecurityGroup, subject: Subject, stale: &[Stale<'_>]) -> Finding {
    let peers = stale.iter().map(|stale| stale.peer).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
    let summary =
        format!("security group {} of load balancer {} names {peers}, which is no longer there to be admitted", group.id, lb.name);
    let through = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    let mut finding = Finding::new(&META, subject.clone(), summary).effect(Effect::weakens(Phase::Connect, through));
    for stale in stale.iter().take(3) {
        let status = stale.peering.status.as_deref().unwrap_or("no status");
        let vpc = stale.peering.vpc_id.as_deref().unwrap_or("another VPC");
        let words = format!("{} {} {}: {} of {vpc}, peering {status}", stale.direction, stale.rule.protocol, ports(stale.rule), stale.peer);
        let found = Evidence::found(subject.clone(), "UserIdGroupPairs", words, source::DESCRIBE_SECURITY_GROUPS);
        finding = finding.evidence(found.expected("a group of this VPC, or an active peering"));
    }
    finding.fix(replace(deployment, lb, group, stale))
}

/// Takes the dead references out; where one stood for a listener's port, the VPC link of today is let in.
fn replace(deployment: &Deployment, lb: &LoadBalancer, group: &SecurityGroup, stale: &[Stale<'_>]) -> Fix {
    let mut fix =
        Fix::new(format!("take what is gone out of {}, and let the VPC link in where it was meant", group.id), Risk::Safe, Vec::new());
    let covers = |stale: &Stale<'_>, port: u16| {
        let within =
            stale.rule.from_port.is_none_or(|from| from <= i32::from(port)) && stale.rule.to_port.is_none_or(|to| i32::from(port) <= to);
        stale.direction == "ingress" && within
    };
    for path in deployment.link_paths().items.into_iter().filter(|path| path.load_balancer.arn == lb.arn) {
        let port = path.listener.port;
        let Some(link) = path.link.security_group_ids.first().filter(|_| stale.iter().any(|stale| covers(stale, port))) else { continue };
        let admits = group.ingress.iter().any(|rule| rule.groups.contains(link) && rule.from_port == Some(port.into()));
        let change = remedy::admit_group(&group.id, "ingress", port, link);
        if !admits && !fix.change.contains(&change) {
            fix.change.push(change);
            fix = fix.cli(authorize(deployment, "ingress", &group.id, port, link));
        }
    }
    // From the end, so that the positions of the others stay.
    for stale in stale.iter().rev() {
        let at = stale.at.to_string();
        let rule = ["security_groups", "known", &group.id, stale.direction, &at];
        let alone = stale.rule.groups.len() == 1 && stale.rule.cidrs.is_empty() && stale.rule.prefix_lists.is_empty();
        let position = stale.rule.groups.iter().position(|other| other == stale.peer).unwrap_or_default().to_string();
        fix.change.push(if alone { remedy::remove(&rule) } else { remedy::remove(&[&rule[..], &["groups", &position]].concat()) });
        fix = fix.cli(revoke(deployment, group, stale));
    }
    fix.console(format!("EC2: Security groups → Stale rules → {} → Delete; then Edit rules", group.id))
}

fn revoke(deployment: &Deployment, group: &SecurityGroup, stale: &Stale<'_>) -> String {
    let port = |name: &str, port: Option<i32>| port.filter(|port| *port >= 0).map_or_else(String::new, |port| format!(",{name}={port}"));
    let (from, to) = (port("FromPort", stale.rule.from_port), port("ToPort", stale.rule.to_port));
    let field = |name: &str, value: &Option<String>| value.as_ref().map_or_else(String::new, |value| format!(",{name}={value}"));
    let vpc = field("VpcId", &stale.peering.vpc_id);
    let peering = field("VpcPeeringConnectionId", &stale.peering.peering_id);
    let pair = format!("{{GroupId={}{vpc}{peering}}}", stale.peer);
    let permission = quote(&format!("IpProtocol={}{from}{to},UserIdGroupPairs=[{pair}]", stale.rule.protocol));
    let command = format!("ec2 revoke-security-group-{} --group-id {} --ip-permissions {permission}", stale.direction, quote(&group.id));
    aws(deployment, &command)
}
