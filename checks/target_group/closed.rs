//! Doors that keep the load balancer out: the words, the evidence and the way out of both checks on security groups.

use super::door::Door;
use super::doors::{Known, let_in};
use super::health::{address, broken_off, nobody, subject, takes_part};
use super::visitor::{Shows, Visitor};
use crate::check::Phase;
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::packets::{Direction, closest_rule};
use crate::service::service_flapping_health::stopped_for_silence;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use ipnet::IpNet;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ptr;

/// Doors of one target group behind the same first security group that do not let every node of the load balancer in.
pub(crate) struct Closed<'a> {
    pub(crate) group: &'a TargetGroup,
    pub(crate) visitor: Visitor<'a>,
    pub(crate) known: Known,
    /// The security group to change.
    pub(crate) guard: String,
    pub(crate) doors: Vec<Door<'a>>,
    /// True when some nodes of the load balancer get in.
    pub(crate) partly: bool,
}

impl Closed<'_> {
    /// The security group to change, as the subject of a finding.
    pub(crate) fn subject(&self) -> Subject {
        Subject::new(SubjectKind::SecurityGroup, &self.guard)
    }

    /// `load balancer orders into target 10.0.0.1:8080 on port 8080`.
    pub(crate) fn words(&self) -> String {
        let nodes = match (self.visitor.shows, self.partly) {
            (Shows::Own, true) => "some nodes of ",
            (Shows::Own, false) => "",
            (Shows::Callers, true) => "some addresses of the VPC link through ",
            (Shows::Callers, false) => "the VPC link through ",
        };
        let who = match self.doors.as_slice() {
            [only] => only.who.to_string(),
            several if several.iter().all(|door| door.target().is_none()) => "the tasks of its services".to_owned(),
            several => format!("{} targets", several.len()),
        };
        format!("{nodes}load balancer {} into {who} on port {}", self.visitor.balancer.name, list(&self.ports()))
    }

    /// The ports to open, each as lowest and highest. ECS gives tasks in bridge mode another port each time, from the ephemeral range
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>).
    fn ports(&self) -> BTreeSet<(u16, u16)> {
        let dynamic = |port: u16| self.group.target_type == "instance" && port >= 32768;
        self.doors.iter().map(|door| if dynamic(door.port) { (32768, 65535) } else { (door.port, door.port) }).collect()
    }

    /// Adds the rules that are there, and the groups at the interfaces.
    pub(crate) fn evidence(&self, deployment: &Deployment, mut finding: Finding) -> Finding {
        let carried: BTreeSet<&String> = self.doors.iter().flat_map(|door| door.interfaces.iter().copied().flatten()).collect();
        let groups = deployment.groups(carried).unwrap_or_default();
        let port = self.doors.first().map_or(0, |door| door.port);
        let closest = closest_rule(&groups, Direction::Ingress, port).unwrap_or_else(|| "no rule for this port".to_owned());
        let peer = self.peer(deployment).map_or("the load balancer's addresses".to_owned(), |peer| peer.words());
        finding = finding.evidence(
            Evidence::found(self.subject(), "IpPermissions", closest, source::DESCRIBE_SECURITY_GROUPS)
                .expected(format!("tcp {} from {peer}", list(&self.ports()))),
        );
        for door in self.doors.iter().take(3) {
            let groups = door.interfaces.concat().join(", ");
            finding = finding.evidence(match door.target() {
                Some(target) if target.id.starts_with("arn:") => {
                    let inner = Subject::from_arn(SubjectKind::LoadBalancer, &target.id);
                    Evidence::found(inner, "SecurityGroups", groups, source::DESCRIBE_LOAD_BALANCERS)
                }
                Some(target) => {
                    let target = Subject::new(SubjectKind::Target, address(target));
                    Evidence::found(target, "Groups", groups, source::DESCRIBE_NETWORK_INTERFACES)
                }
                None => Evidence::found(self.subject(), "securityGroups", groups, source::DESCRIBE_SERVICES),
            });
        }
        let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &self.visitor.balancer.arn);
        finding.evidence(match self.visitor.balancer.security_group_ids.as_slice() {
            [] => Evidence::absent(balancer, "SecurityGroups", source::DESCRIBE_LOAD_BALANCERS),
            groups => Evidence::found(balancer, "SecurityGroups", groups.join(", "), source::DESCRIBE_LOAD_BALANCERS),
        })
    }

    /// Whom a rule would have to name: the load balancer's group, which lets in whatever comes through it, or else the addresses that show.
    fn peer(&self, deployment: &Deployment) -> Option<Peer> {
        match self.visitor.balancer.security_group_ids.first() {
            Some(group) => Some(Peer::Group(group.clone())),
            None => self.visitor.lasting(deployment).ok().filter(|blocks| !blocks.is_empty()).map(Peer::Blocks),
        }
    }

    /// Nobody registered: tg-empty stops requests now, this would stop them later, unless it is the reason that nobody is. A target that is out because its health check meets the
    /// same closed door gets no requests either, as long as another one is healthy.
    pub(crate) fn blocks(&self, deployment: &Deployment) -> Blocks {
        match self.known {
            Known::Registered => {}
            Known::Unread => return Blocks::All,
            Known::NextTasks if self.empties(deployment) => return Blocks::All,
            Known::NextTasks => return Blocks::None,
        }
        let registered = deployment.targets(&self.group.arn).unwrap_or_default();
        let taking_part: Vec<&Target> = registered.iter().filter(|target| takes_part(target)).collect();
        let behind: BTreeSet<*const Target> = self.doors.iter().filter_map(|door| Some(ptr::from_ref(door.target()?))).collect();
        let here = |target: &&&Target| behind.contains(&ptr::from_ref(**target));
        if self.partly {
            return Blocks::Some;
        }
        if taking_part.iter().all(|target| here(&target)) {
            return Blocks::All;
        }
        let healthy = |target: &&&Target| target.state == "healthy";
        let avoided = !taking_part.iter().filter(here).any(|target| healthy(&target)) && taking_part.iter().any(|target| healthy(&target));
        if avoided { Blocks::None } else { Blocks::Some }
    }

    /// Nobody is registered because of these doors: the health check knocks at them, and ECS stops the tasks that do not answer it.
    pub(crate) fn empties(&self, deployment: &Deployment) -> bool {
        let health = &self.group.health_check;
        let asked = |door: &Door<'_>| health.enabled && health.fixed_port().is_none_or(|port| port == door.port);
        self.known == Known::NextTasks
            && self.doors.iter().any(asked)
            && deployment
                .services_of(&self.group.arn)
                .unwrap_or_default()
                .into_iter()
                .any(|service| stopped_for_silence(deployment, service))
    }

    /// What that does: the answer of a load balancer without targets. That the doors are the reason is inferred.
    pub(crate) fn empty(&self) -> Effect {
        Effect::blocks_all(Phase::TargetConnect, subject(self.group), nobody(self.visitor.listener).inferred())
    }

    /// A finding about requests that do not get in: how sure, how bad, and what the client gets.
    pub(crate) fn stops(&self, deployment: &Deployment, finding: Finding) -> Finding {
        let blocks = self.blocks(deployment);
        let answer = if self.visitor.balancer.is_application() {
            ExpectedAnswer::load_balancer(Some(504), Symptom::LbGatewayTimeout)
        } else {
            broken_off()
        };
        let mut effect = match blocks {
            Blocks::All if self.known == Known::NextTasks => self.empty(),
            Blocks::None => Effect::weakens(Phase::TargetConnect, subject(self.group)),
            Blocks::Some | Blocks::All => Effect::blocks_all(Phase::TargetConnect, subject(self.group), answer),
        };
        effect.blocks = blocks;
        let finding = finding
            .severity(if blocks == Blocks::None { Severity::Warning } else { Severity::Error })
            // Which tasks are registered was not read: these are the groups that the service gives them.
            .confidence(if self.known == Known::Unread { Confidence::Likely } else { Confidence::Certain })
            .effect(effect);
        self.evidence(deployment, finding)
    }

    /// Whether all of these doors would let the load balancer in if the targets saw its own address.
    pub(crate) fn open_to_the_balancer(&self, deployment: &Deployment) -> bool {
        let own = Visitor { shows: Shows::Own, ..self.visitor };
        let_in(deployment, own, &self.doors)
    }

    /// Lets the load balancer in wherever this security group keeps it out: two target groups can stand behind one.
    pub(crate) fn fix(&self, deployment: &Deployment, everywhere: &[Closed<'_>]) -> Option<Fix> {
        let peer = self.peer(deployment)?;
        let alike = |other: &&Closed<'_>| other.guard == self.guard && other.visitor.balancer.arn == self.visitor.balancer.arn;
        let ports: BTreeSet<(u16, u16)> = everywhere.iter().filter(alike).flat_map(Closed::ports).collect();
        let guard = quote(&self.guard);
        let words = peer.words();
        let mut fix = Fix::new(format!("let {words} in on port {}", list(&ports)), Risk::Safe, Vec::new());
        for (from, to) in &ports {
            let mut rule = json!({"protocol": "tcp", "from_port": from, "to_port": to});
            let (member, value, argument) = peer.rule();
            rule[member] = value;
            fix.change.push(remedy::append(&["security_groups", "known", &self.guard, "ingress"], rule));
            let permission = quote(&format!("IpProtocol=tcp,FromPort={from},ToPort={to},{argument}"));
            let command = format!("ec2 authorize-security-group-ingress --group-id {guard} --ip-permissions {permission}");
            fix = fix.cli(aws(deployment, &command));
        }
        let console = format!("EC2: Security groups → {} → Edit inbound rules → add TCP {} from {words}", self.guard, list(&ports));
        Some(fix.console(console))
    }
}

/// Whom a rule names.
enum Peer {
    Group(String),
    Blocks(Vec<IpNet>),
}

impl Peer {
    fn words(&self) -> String {
        match self {
            Peer::Group(group) => group.clone(),
            Peer::Blocks(blocks) => blocks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    /// Member and value of a rule in the model, and the same for the AWS CLI.
    fn rule(&self) -> (&'static str, Value, String) {
        match self {
            Peer::Group(group) => ("groups", json!([group]), format!("UserIdGroupPairs=[{{GroupId={group}}}]")),
            Peer::Blocks(blocks) => {
                let ranges: Vec<String> = blocks.iter().map(|block| format!("{{CidrIp={block}}}")).collect();
                ("cidrs", json!(blocks), format!("IpRanges=[{}]", ranges.join(",")))
            }
        }
    }
}

/// `8080`, `8080, 9090` or `32768-65535`.
fn list(ports: &BTreeSet<(u16, u16)>) -> String {
    let one = |(from, to): &(u16, u16)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    ports.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::CHECKS;
    use crate::examine::examine;
    use crate::prove::{stories, tell};
    use serde_json::json;

    #[test]
    fn dynamic_ports_are_opened_as_a_range() {
        let stories = stories("target-sg-traffic-port");
        let (name, story) = stories.iter().find(|(name, _)| name == "dynamic-ports.json").expect("the story is there");
        let examination = examine(CHECKS, &tell(name, story));
        let (_, finding) = examination.findings().find(|(meta, _)| meta.id == "target-sg-traffic-port").expect("it fires");
        let rule = json!({"protocol": "tcp", "from_port": 32768, "to_port": 65535, "groups": ["sg-lb"]});
        assert_eq!(finding.fixes[0].change, [json!({"op": "add", "path": "/security_groups/known/sg-task/ingress/-", "value": rule})]);
    }
}
