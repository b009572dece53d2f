//! Doors that keep the load balancer out: the words, the evidence and the way out of both checks on security groups.

use super::doors::{Door, Known};
use super::health::address;
use crate::finding::{Evidence, Finding, Fix, Risk};
use crate::model::balancing::{LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::packets::{Direction, closest_rule};
use crate::source;
use crate::steps::{aws, quote};
use serde_json::json;
use std::collections::BTreeSet;

/// Doors of one target group behind the same first security group that do not let every node of the load balancer in.
pub(super) struct Closed<'a> {
    pub(super) group: &'a TargetGroup,
    pub(super) balancer: &'a LoadBalancer,
    pub(super) known: Known,
    /// The security group to change.
    pub(super) guard: String,
    pub(super) doors: Vec<Door<'a>>,
    /// True when some nodes of the load balancer get in.
    pub(super) partly: bool,
}

impl Closed<'_> {
    /// The security group to change, as the subject of a finding.
    pub(super) fn subject(&self) -> Subject {
        Subject::new(SubjectKind::SecurityGroup, &self.guard)
    }

    /// `load balancer orders into target 10.0.0.1:8080 on port 8080`.
    pub(super) fn words(&self) -> String {
        let nodes = if self.partly { "every node of " } else { "" };
        let who = match self.doors.as_slice() {
            [only] => only.who.clone(),
            several if several.iter().all(|door| door.target.is_none()) => "the tasks of its services".to_owned(),
            several => format!("{} targets", several.len()),
        };
        format!("{nodes}load balancer {} into {who} on port {}", self.balancer.name, list(&self.ports()))
    }

    /// The ports to open, each as lowest and highest. ECS gives tasks in bridge mode another port each time, from the ephemeral range
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>).
    fn ports(&self) -> BTreeSet<(u16, u16)> {
        let dynamic = |port: u16| self.group.target_type == "instance" && port >= 32768;
        self.doors.iter().map(|door| if dynamic(door.port) { (32768, 65535) } else { (door.port, door.port) }).collect()
    }

    /// Adds the rules that are there, and the groups at the interfaces.
    pub(super) fn evidence(&self, deployment: &Deployment, mut finding: Finding) -> Finding {
        let carried: BTreeSet<&String> = self.doors.iter().flat_map(|door| door.interfaces.iter().copied().flatten()).collect();
        let groups = deployment.groups(carried).unwrap_or_default();
        let port = self.doors.first().map_or(0, |door| door.port);
        let closest = closest_rule(&groups, Direction::Ingress, port).unwrap_or_else(|| "no rule for this port".to_owned());
        let peer = self.balancer.security_group_ids.first().map_or("the load balancer's addresses", String::as_str);
        finding = finding.evidence(
            Evidence::found(self.subject(), "IpPermissions", closest, source::DESCRIBE_SECURITY_GROUPS)
                .expected(format!("tcp {} from {peer}", list(&self.ports()))),
        );
        for door in self.doors.iter().take(3) {
            let groups = door.interfaces.concat().join(", ");
            finding = finding.evidence(match door.target {
                Some(target) => {
                    let target = Subject::new(SubjectKind::Target, address(target));
                    Evidence::found(target, "Groups", groups, source::DESCRIBE_NETWORK_INTERFACES)
                }
                None => Evidence::found(self.subject(), "securityGroups", groups, source::DESCRIBE_SERVICES),
            });
        }
        let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &self.balancer.arn);
        let groups = self.balancer.security_group_ids.join(", ");
        finding.evidence(Evidence::found(balancer, "SecurityGroups", groups, source::DESCRIBE_LOAD_BALANCERS))
    }

    /// Lets the load balancer in wherever this security group keeps it out: two target groups can stand behind one.
    pub(super) fn fix(&self, deployment: &Deployment, everywhere: &[Closed<'_>]) -> Option<Fix> {
        let peer = self.balancer.security_group_ids.first()?;
        let alike = |other: &&Closed<'_>| other.guard == self.guard && other.balancer.arn == self.balancer.arn;
        let ports: BTreeSet<(u16, u16)> = everywhere.iter().filter(alike).flat_map(Closed::ports).collect();
        let guard = quote(&self.guard);
        let mut fix = Fix::new(format!("let {peer} in on port {}", list(&ports)), Risk::Safe, Vec::new());
        for (from, to) in &ports {
            let rule = json!({"protocol": "tcp", "from_port": from, "to_port": to, "groups": [peer]});
            fix.change.push(remedy::append(&["security_groups", "known", &self.guard, "ingress"], rule));
            let permission = quote(&format!("IpProtocol=tcp,FromPort={from},ToPort={to},UserIdGroupPairs=[{{GroupId={peer}}}]"));
            let command = format!("ec2 authorize-security-group-ingress --group-id {guard} --ip-permissions {permission}");
            fix = fix.cli(aws(deployment, &command));
        }
        let console = format!("EC2: Security groups → {} → Edit inbound rules → add TCP {} from {peer}", self.guard, list(&ports));
        Some(fix.console(console))
    }
}

/// `8080`, `8080, 9090` or `32768-65535`.
fn list(ports: &BTreeSet<(u16, u16)>) -> String {
    let one = |(from, to): &(u16, u16)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    ports.iter().map(one).collect::<Vec<_>>().join(", ")
}
