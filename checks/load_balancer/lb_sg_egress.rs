//! The load balancer's security groups do not let it out to its targets.

use super::reach::{Place, next_tasks, place, reaches, reaches_alike};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::SecurityGroup;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::packets::{Direction, closest_rule};
use crate::source;
use crate::steps::{authorize, aws, quote};
use crate::symptom::Symptom;
use ipnet::IpNet;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::rc::Rc;

static META: Meta = Meta {
    id: "lb-sg-egress",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer's security groups keep it from its targets",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::SecurityGroups,
        Part::TargetGroups,
        Part::TargetHealth,
    ],
    optional: &[Part::PrefixLists, Part::NetworkInterfaces, Part::Services, Part::Subnets],
    symptoms: &[Symptom::LbGatewayTimeout, Symptom::GatewayServiceUnavailable],
    refines: &["hc-timeout"],
    since: "0.1.0",
    page: include_str!("lb_sg_egress.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbSgEgress;

impl Check for LbSgEgress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            let Some(lb) = deployment.load_balancer(&listener.load_balancer_arn)? else { return Ok(()) };
            if lb.security_group_ids.is_empty() {
                return Ok(()); // a Network Load Balancer without groups sends to everybody
            }
            if !matches!(group.target_type.as_str(), "ip" | "instance" | "alb") {
                return Ok(()); // a function has no address
            }
            look(deployment, out, lb, group)
        });
        Ok(())
    }
}

/// A port of a target, or of the tasks that a service starts next, that the load balancer cannot reach.
struct Closed<'a> {
    /// `None`: nobody takes part at the moment, and this is about the next tasks.
    target: Option<&'a Target>,
    port: u16,
    /// The traffic port; otherwise only health checks are kept out.
    traffic: bool,
    /// The security groups there, as far as the interface is known.
    groups: Rc<BTreeSet<String>>,
}

/// A port, and whether it takes requests.
type Port = (u16, bool);

/// What is true of all targets of a kind: their groups, and which ports are reached.
struct Alike {
    groups: Rc<BTreeSet<String>>,
    ports: Vec<(Port, bool)>,
}

/// Asks for the whole subnet that a kind of targets lives in; `None`: it depends on the address.
fn alike(balancer_groups: &[&SecurityGroup], place: &Place, home: &[IpNet], ports: impl Iterator<Item = Port>) -> Option<Alike> {
    let blocks = place.widened(home)?;
    let reached = |port: Port| Some((port, reaches_alike(balancer_groups, &blocks, &place.groups, port.0)?));
    Some(Alike { groups: Rc::new(place.groups.clone()), ports: ports.map(reached).collect::<Option<_>>()? })
}

/// What came of knocking at the ports of the targets.
struct Knocks<'a> {
    closed: Vec<Closed<'a>>,
    open: BTreeSet<u16>,
}

impl<'a> Knocks<'a> {
    fn note(&mut self, target: Option<&'a Target>, (port, traffic): Port, groups: &Rc<BTreeSet<String>>, reached: bool) {
        if reached {
            self.open.insert(port);
        } else {
            self.closed.push(Closed { target, port, traffic, groups: Rc::clone(groups) });
        }
    }

    fn knock(
        &mut self,
        out: &mut Outcome,
        balancer_groups: &[&SecurityGroup],
        target: Option<&'a Target>,
        place: &Place,
        ports: impl Iterator<Item = Port>,
    ) {
        let groups = Rc::new(place.groups.clone());
        for port in ports {
            match reaches(balancer_groups, place, port.0) {
                Ok(reached) => self.note(target, port, &groups, reached),
                Err(gap) => out.gap(gap),
            }
        }
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, lb: &LoadBalancer, group: &TargetGroup) -> Result<(), Gap> {
    let balancer_groups = deployment.groups(&lb.security_group_ids)?;
    // Targets that are leaving get no new requests.
    let registered = deployment.targets(&group.arn)?.iter().enumerate();
    let targets: Vec<(usize, &Target)> = registered.filter(|(_, target)| target.state != "draining").collect();
    let health = group.health_check.fixed_port().filter(|_| group.health_check.enabled);
    let ports = |traffic: Option<u16>| traffic.map(|port| (port, true)).into_iter().chain(health.map(|port| (port, false)));
    let mut knocks = Knocks { closed: Vec::new(), open: BTreeSet::new() };
    let mut kinds = deployment.per_kind(&group.arn);
    for (index, target) in &targets {
        let ports = || ports(target.port.or(group.port));
        let of_kind = || {
            let place = place(deployment, group, target).ok()?;
            alike(&balancer_groups, &place, deployment.home_of(&group.arn, *index), ports()).map(Rc::new)
        };
        if let Some(alike) = kinds.get(*index, of_kind) {
            alike.ports.iter().for_each(|(port, reached)| knocks.note(Some(target), *port, &alike.groups, *reached));
            continue;
        }
        match place(deployment, group, target) {
            Ok(place) => knocks.knock(out, &balancer_groups, Some(target), &place, ports()),
            Err(gap) => out.gap(gap),
        }
    }
    if targets.is_empty() {
        // What keeps the next tasks from being reached may be why there are none: their health checks fail, and ECS stops them.
        for (place, port) in next_tasks(deployment, group)? {
            knocks.knock(out, &balancer_groups, None, &place, ports(Some(port)));
        }
    }
    let Knocks { closed, open } = knocks;
    if !closed.is_empty() {
        out.found(finding(deployment, lb, group, &balancer_groups, targets.len(), &closed));
    } else if !open.is_empty() {
        let subject = Subject::new(SubjectKind::SecurityGroup, &lb.security_group_ids[0]);
        out.fine(subject, format!("load balancer {} may go out to target group {} on port {}", lb.name, group.name, list(&open)));
    }
    Ok(())
}

fn finding(
    deployment: &Deployment,
    lb: &LoadBalancer,
    group: &TargetGroup,
    balancer_groups: &[&SecurityGroup],
    targets: usize,
    closed: &[Closed<'_>],
) -> Finding {
    let subject = Subject::new(SubjectKind::SecurityGroup, &lb.security_group_ids[0]);
    let through = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let ports: BTreeSet<u16> = closed.iter().map(|closed| closed.port).collect();
    let without_traffic = closed.iter().filter(|closed| closed.traffic && closed.target.is_some()).count();
    let answer = if lb.is_application() {
        ExpectedAnswer::load_balancer(Some(504), Symptom::LbGatewayTimeout)
    } else {
        ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred() // a Network Load Balancer writes no answer
    };
    let summary = format!("no rule lets load balancer {} out to target group {} on port {}", lb.name, group.name, list(&ports));
    let mut finding = Finding::new(&META, subject.clone(), summary).effect(match without_traffic {
        0 => Effect::weakens(Phase::TargetConnect, through),
        some if some < targets => Effect::blocks_some(Phase::TargetConnect, through, answer),
        _ => Effect::blocks_all(Phase::TargetConnect, through, answer),
    });
    if without_traffic == 0 {
        // Health checks fail, and the load balancer then sends to unhealthy targets; or nobody is there, and that stops requests first.
        finding = finding.severity(Severity::Warning);
    }
    for port in &ports {
        let rules = closest_rule(balancer_groups, Direction::Egress, *port).unwrap_or_else(|| "no rule for this port".to_owned());
        let evidence = Evidence::found(subject.clone(), "IpPermissionsEgress", rules, source::DESCRIBE_SECURITY_GROUPS);
        finding = finding.evidence(evidence.expected(format!("tcp {port} to the targets")));
    }
    for closed in closed.iter().take(4) {
        let group = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
        let at = closed.target.map_or(group, |target| Subject::new(SubjectKind::Target, &target.id));
        let (field, source) = match (closed.traffic, closed.target) {
            (true, Some(_)) => ("Target.Port", source::DESCRIBE_TARGET_HEALTH),
            (true, None) => ("loadBalancers[].containerPort", source::DESCRIBE_SERVICES),
            (false, _) => ("HealthCheckPort", source::DESCRIBE_TARGET_GROUPS),
        };
        finding = finding.evidence(Evidence::found(at, field, closed.port.to_string(), source));
    }
    finding.fix(let_out(deployment, &lb.security_group_ids[0], closed))
}

/// One rule for each port and group of targets; by address where the group is not known.
fn let_out(deployment: &Deployment, from: &str, closed: &[Closed<'_>]) -> Fix {
    let address = |closed: &Closed<'_>| closed.target?.id.parse::<IpAddr>().ok().map(|address| address.to_string());
    let to = |closed: &Closed<'_>| closed.groups.first().cloned().or_else(|| address(closed));
    let wanted: BTreeSet<(u16, String)> = closed.iter().filter_map(|closed| Some((closed.port, to(closed)?))).collect();
    let mut fix = Fix::new(format!("let the load balancer out of {from} to its targets"), Risk::Safe, Vec::new());
    if wanted.is_empty() {
        return fix.console(format!("EC2: Security groups → {from} → Edit outbound rules → add the targets' ports"));
    }
    for (port, to) in wanted {
        match to.parse::<IpAddr>() {
            Err(_) => {
                fix.change.push(remedy::admit_group(from, "egress", port, &to));
                fix = fix.cli(authorize(deployment, "egress", from, port, &to));
            }
            Ok(address) => {
                let block = IpNet::from(address);
                let rule = json!({"protocol": "tcp", "from_port": port, "to_port": port, "cidrs": [block]});
                fix.change.push(remedy::append(&["security_groups", "known", from, "egress"], rule));
                let arguments = format!("--group-id {} --protocol tcp --port {port} --cidr {block}", quote(from));
                fix = fix.cli(aws(deployment, &format!("ec2 authorize-security-group-egress {arguments}")));
            }
        }
        fix = fix.console(format!("EC2: Security groups → {from} → Edit outbound rules → add TCP {port} to {to}"));
    }
    fix
}

fn list(ports: &BTreeSet<u16>) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}
