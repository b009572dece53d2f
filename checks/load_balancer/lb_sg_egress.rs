//! The load balancer's security groups do not let it out to its targets.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::{NetworkInterface, SecurityGroup};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::of_family;
use crate::remedy;
use crate::semantics::packets::{Admission, Direction, Peers, admission, closest_rule};
use crate::source;
use crate::steps::{authorize, aws, quote};
use crate::symptom::Symptom;
use ipnet::IpNet;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;

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
    optional: &[Part::PrefixLists, Part::NetworkInterfaces],
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

/// A port of a target that the load balancer cannot reach.
struct Closed<'a> {
    target: &'a Target,
    port: u16,
    /// The traffic port; otherwise only health checks are kept out.
    traffic: bool,
    /// The target's security groups, as far as its interface is known.
    groups: BTreeSet<String>,
}

fn look(deployment: &Deployment, out: &mut Outcome, lb: &LoadBalancer, group: &TargetGroup) -> Result<(), Gap> {
    let balancer_groups = deployment.groups(&lb.security_group_ids)?;
    // Targets that are leaving get no new requests.
    let targets: Vec<&Target> = deployment.targets(&group.arn)?.iter().filter(|target| target.state != "draining").collect();
    let health = group.health_check.fixed_port().filter(|_| group.health_check.enabled);
    let (mut closed, mut open) = (Vec::new(), BTreeSet::new());
    for target in &targets {
        let traffic = target.port.or(group.port);
        for (port, is_traffic) in traffic.map(|port| (port, true)).into_iter().chain(health.map(|port| (port, false))) {
            match reaches(deployment, &balancer_groups, (group, target), port) {
                Ok(None) => _ = open.insert(port),
                Ok(Some(groups)) => closed.push(Closed { target, port, traffic: is_traffic, groups }),
                Err(gap) => out.gap(gap),
            }
        }
    }
    if !closed.is_empty() {
        out.found(finding(deployment, lb, group, &balancer_groups, &targets, &closed));
    } else if !open.is_empty() {
        let subject = Subject::new(SubjectKind::SecurityGroup, &lb.security_group_ids[0]);
        out.fine(subject, format!("load balancer {} may go out to target group {} on port {}", lb.name, group.name, list(&open)));
    }
    Ok(()) // without targets tg-empty speaks
}

/// `None`: yes. `Some`: no, and these are the target's groups. A target whose interface is not known is judged by its address alone.
fn reaches(
    deployment: &Deployment,
    from: &[&SecurityGroup],
    (group, target): (&TargetGroup, &Target),
    port: u16,
) -> Result<Option<BTreeSet<String>>, Gap> {
    let place = place(deployment, group, target)?;
    let named = from.iter().any(|group| group.egress.iter().any(|rule| !rule.groups.is_empty()));
    match (admission(from, Direction::Egress, port, &Peers { blocks: &place.blocks, groups: &place.groups }), place.missing) {
        (Admission::All { .. }, _) => Ok(None),
        (Admission::Undecided { prefix_lists }, None) => {
            Err(Gap::undecided(Part::PrefixLists, format!("the contents of prefix list {} were not read", prefix_lists.join(", "))))
        }
        (Admission::Undecided { .. }, Some(gap)) => Err(gap),
        (Admission::None | Admission::Some { .. }, Some(gap)) if named => Err(gap),
        (Admission::None | Admission::Some { .. }, _) => Ok(Some(place.groups)),
    }
}

/// Where a target is, as rules see it.
struct Place {
    groups: BTreeSet<String>,
    blocks: Vec<IpNet>,
    /// Why the groups, or the addresses, are not known.
    missing: Option<Gap>,
}

fn place(deployment: &Deployment, group: &TargetGroup, target: &Target) -> Result<Place, Gap> {
    // An Application Load Balancer in the group of a Network Load Balancer is known by its ARN.
    if target.id.starts_with("arn:") {
        let inner = deployment.load_balancer(&target.id)?;
        let gone = || Gap::undecided(Part::LoadBalancers, format!("AWS does not find load balancer {}", target.id));
        let inner = inner.ok_or_else(gone)?;
        let blocks = deployment.load_balancer_sources(inner);
        let groups = inner.security_group_ids.iter().cloned().collect();
        return Ok(Place { groups, missing: blocks.as_ref().err().cloned(), blocks: blocks.unwrap_or_default() });
    }
    let interface = interface_of(deployment, target);
    let groups = interface.iter().flat_map(|nic| nic.group_ids.iter().cloned()).collect();
    let ipv6 = group.ip_address_type.as_deref() == Some("ipv6");
    let blocks: Vec<IpNet> = match (target.id.parse::<IpAddr>(), &interface) {
        (Ok(address), _) => vec![address.into()],
        (Err(_), Ok(nic)) => of_family(nic.addresses.iter().map(|address| IpNet::from(*address)), ipv6).collect(),
        (Err(_), Err(_)) => Vec::new(),
    };
    Ok(Place { groups, blocks, missing: interface.err() })
}

/// The interface of a target: that with its address, or the only one of its instance.
fn interface_of<'a>(deployment: &'a Deployment, target: &Target) -> Result<&'a NetworkInterface, Gap> {
    let address: Option<IpAddr> = target.id.parse().ok();
    let its = |nic: &&NetworkInterface| match &address {
        Some(address) => nic.addresses.contains(address),
        None => nic.instance_id.as_deref() == Some(&target.id),
    };
    let found: Vec<&NetworkInterface> = deployment.network_interfaces()?.values().filter(its).collect();
    match found.as_slice() {
        [only] => Ok(only),
        _ => Err(Gap::undecided(Part::NetworkInterfaces, format!("the interface of target {} was not found", target.id))),
    }
}

fn finding(
    deployment: &Deployment,
    lb: &LoadBalancer,
    group: &TargetGroup,
    balancer_groups: &[&SecurityGroup],
    targets: &[&Target],
    closed: &[Closed<'_>],
) -> Finding {
    let subject = Subject::new(SubjectKind::SecurityGroup, &lb.security_group_ids[0]);
    let through = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let ports: BTreeSet<u16> = closed.iter().map(|closed| closed.port).collect();
    let without_traffic = closed.iter().filter(|closed| closed.traffic).count();
    let answer = if lb.is_application() {
        ExpectedAnswer::load_balancer(Some(504), Symptom::LbGatewayTimeout)
    } else {
        ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred() // a Network Load Balancer writes no answer
    };
    let summary = format!("no rule lets load balancer {} out to target group {} on port {}", lb.name, group.name, list(&ports));
    let mut finding = Finding::new(&META, subject.clone(), summary).effect(match without_traffic {
        0 => Effect::weakens(Phase::TargetConnect, through),
        some if some < targets.len() => Effect::blocks_some(Phase::TargetConnect, through, answer),
        _ => Effect::blocks_all(Phase::TargetConnect, through, answer),
    });
    if without_traffic == 0 {
        finding = finding.severity(Severity::Warning); // health checks fail, and the load balancer then sends to unhealthy targets
    }
    for port in &ports {
        let rules = closest_rule(balancer_groups, Direction::Egress, *port).unwrap_or_else(|| "no rule for this port".to_owned());
        let evidence = Evidence::found(subject.clone(), "IpPermissionsEgress", rules, source::DESCRIBE_SECURITY_GROUPS);
        finding = finding.evidence(evidence.expected(format!("tcp {port} to the targets")));
    }
    for closed in closed.iter().take(4) {
        let target = Subject::new(SubjectKind::Target, &closed.target.id);
        let (field, source) = match closed.traffic {
            true => ("Target.Port", source::DESCRIBE_TARGET_HEALTH),
            false => ("HealthCheckPort", source::DESCRIBE_TARGET_GROUPS),
        };
        finding = finding.evidence(Evidence::found(target, field, closed.port.to_string(), source));
    }
    finding.fix(let_out(deployment, &lb.security_group_ids[0], closed))
}

/// One rule for each port and group of targets; by address where the group is not known.
fn let_out(deployment: &Deployment, from: &str, closed: &[Closed<'_>]) -> Fix {
    let address = |closed: &Closed<'_>| closed.target.id.parse::<IpAddr>().ok().map(|address| address.to_string());
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
