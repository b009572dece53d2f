//! A service names no security group: its tasks get the default one of the VPC, which does not let the load balancer in.

use super::registration::{Registration, network_configuration, registrations, subnets};
use super::{console, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::Target;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::SecurityGroup;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::{admit_group, set};
use crate::semantics::packets::{Admission, Direction, Peers, admission, closest_rule};
use crate::semantics::targets::takes_part;
use crate::source;
use crate::steps::{authorize, aws, quote};
use crate::symptom::Symptom;
use crate::target_group::health;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "service-sg-default",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a service leaves its tasks to the default security group, which keeps the load balancer out",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::TargetGroups,
        Part::Services,
        Part::Subnets,
        Part::SecurityGroups,
    ],
    optional: &[Part::TargetHealth, Part::NetworkInterfaces],
    symptoms: &[Symptom::LbGatewayTimeout],
    refines: &["target-sg-traffic-port", "target-sg-hc-port", "hc-timeout"],
    since: "0.1.0",
    page: include_str!("service_sg_default.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ServiceSgDefault;

impl Check for ServiceSgDefault {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let on_application = registrations(deployment).then(|registration| {
            // Packets from a Network Load Balancer may carry the client's address; that is another question.
            Ok(registration.lb.is_application().then_some(registration))
        });
        out.over(on_application, |out, registration| {
            if let Some(group) = registration.service.security_group_ids.first() {
                out.fine(registration.subject(), format!("service {} gives its tasks security group {group}", registration.service.name));
                return Ok(());
            }
            let Some(port) = registration.port() else { return Ok(()) };
            look(deployment, out, registration, port)
        });
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, registration: Registration<'_>, port: u16) -> Result<(), Gap> {
    let Registration { service, group, lb } = registration;
    let known = subnets(deployment, service)?;
    let first = known.first().ok_or_else(|| Gap::undecided(Part::Subnets, format!("no subnet of service {} was found", service.name)))?;
    let default = deployment.default_group_of(&first.vpc_id)?;
    let groups: BTreeSet<String> = lb.security_group_ids.iter().cloned().collect();
    let ask = |blocks: &[ipnet::IpNet]| admission(&[default], Direction::Ingress, port, &Peers { blocks, groups: &groups });
    // The load balancer's addresses only matter where no rule names its groups.
    let answer = match ask(&[]) {
        Admission::Undecided { .. } => ask(&deployment.load_balancer_addresses(lb, group.ip_address_type.as_deref() == Some("ipv6"))?),
        decided @ (Admission::All { .. } | Admission::Some { .. } | Admission::None) => decided,
    };
    match answer {
        Admission::All { .. } => {
            let fact = format!("service {} names no security group, and the default one lets load balancer {} in", service.name, lb.name);
            out.fine(registration.subject(), fact);
        }
        Admission::Undecided { prefix_lists } => {
            let what = format!("the contents of prefix list {} were not read", prefix_lists.join(", "));
            return Err(Gap::undecided(Part::PrefixLists, what));
        }
        Admission::Some { .. } | Admission::None => out.found(finding(deployment, registration, default, port)),
    }
    Ok(())
}

fn finding(deployment: &Deployment, registration: Registration<'_>, default: &SecurityGroup, port: u16) -> Finding {
    let Registration { service, group, lb } = registration;
    let summary = format!(
        "service {} names no security group, so its tasks get the VPC's default one, {}, which keeps load balancer {} out of port {port}",
        service.name, default.id, lb.name
    );
    let at = Subject::new(SubjectKind::SecurityGroup, &default.id);
    let rules = closest_rule(&[default], Direction::Ingress, port).unwrap_or_else(|| "no rule for this port".to_owned());
    let peer = lb.security_group_ids.first().map_or("the load balancer's addresses", String::as_str);
    let blocks = blocks(deployment, registration, default);
    let answer = ExpectedAnswer::load_balancer(Some(504), Symptom::LbGatewayTimeout);
    let mut effect = Effect::blocks_all(Phase::TargetConnect, health::subject(group), answer);
    if blocks == Some(Blocks::None) {
        effect = Effect::weakens(Phase::TargetConnect, health::subject(group));
    }
    effect.blocks = blocks.unwrap_or(Blocks::All);
    Finding::new(&META, registration.subject(), summary)
        .severity(if blocks == Some(Blocks::None) { Severity::Warning } else { Severity::Error })
        // Which tasks are registered, and with which group, was not read.
        .confidence(if blocks.is_none() { Confidence::Likely } else { Confidence::Certain })
        .evidence(Evidence::absent(registration.subject(), "securityGroups", source::DESCRIBE_SERVICES).expected("a group of its own"))
        .evidence(Evidence::found(at, "IpPermissions", rules, source::DESCRIBE_SECURITY_GROUPS).expected(format!("tcp {port} from {peer}")))
        .effect(effect)
        .fix(own_group(deployment, registration, default, port))
}

/// How many of the registered targets stand behind the default group; `None`: not known. Tasks that were started with another group work.
fn blocks(deployment: &Deployment, registration: Registration<'_>, default: &SecurityGroup) -> Option<Blocks> {
    let targets = deployment.targets(&registration.group.arn).ok()?;
    deployment.network_interfaces().ok()?;
    let behind = |target: &&Target| {
        let its = deployment.interfaces_of(&target.id).unwrap_or_default();
        its.first().is_some_and(|nic| nic.group_ids == [default.id.clone()])
    };
    let taking_part: Vec<&Target> = targets.iter().filter(|target| takes_part(target)).collect();
    let stopped = taking_part.iter().filter(|target| behind(target)).count();
    Some(match stopped {
        0 => Blocks::None,
        all if all == taking_part.len() => Blocks::All,
        _ => Blocks::Some,
    })
}

/// A group that the load balancer gets into already, or a new one.
fn own_group(deployment: &Deployment, registration: Registration<'_>, default: &SecurityGroup, port: u16) -> Fix {
    let Registration { service, lb, .. } = registration;
    let groups: BTreeSet<String> = lb.security_group_ids.iter().cloned().collect();
    let fits = |group: &&SecurityGroup| {
        let peers = Peers { blocks: &[], groups: &groups };
        let other = group.id != default.id && group.vpc_id == default.vpc_id && !groups.contains(&group.id);
        other && matches!(admission(&[*group], Direction::Ingress, port, &peers), Admission::All { .. })
    };
    let existing = deployment.security_groups().ok().and_then(|all| all.values().find(fits));
    let mut fix = Fix::new(format!("give service {} a security group of its own", service.name), Risk::Disruptive, Vec::new());
    let (on_model, word) = match existing {
        Some(group) => (group.id.clone(), group.id.clone()),
        None => {
            let everything = json!([{"protocol": "-1", "from_port": null, "to_port": null, "cidrs": ["0.0.0.0/0"]}]);
            let new = json!({"id": "sg-new-tasks", "name": "tasks", "vpc_id": default.vpc_id, "ingress": [], "egress": everything});
            fix.change.push(set(&["security_groups", "known", "sg-new-tasks"], new));
            let name = quote(&format!("{}-tasks", service.name));
            let vpc = quote(default.vpc_id.as_deref().unwrap_or_default());
            let create =
                format!("ec2 create-security-group --group-name {name} --description tasks --vpc-id {vpc} --query GroupId --output text");
            fix = fix.cli(format!("GROUP=$({})", aws(deployment, &create)));
            for peer in &lb.security_group_ids {
                fix.change.push(admit_group("sg-new-tasks", "ingress", port, peer));
                fix = fix.cli(authorize(deployment, "ingress", "GROUP", port, peer).replace("--group-id GROUP", "--group-id \"$GROUP\""));
            }
            ("sg-new-tasks".to_owned(), "$GROUP".to_owned())
        }
    };
    fix.change.push(set(&["services", "known", &service.arn, "security_group_ids"], json!([on_model])));
    let network = network_configuration(&service.subnet_ids, &[word], service.assign_public_ip.as_deref());
    fix.cli(update_service(deployment, service, &network))
        .console(format!("{} → Update → Networking → Security group: one that lets the load balancer in on port {port}", console(service)))
}
