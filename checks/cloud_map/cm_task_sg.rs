//! The tasks' security groups do not let the VPC link in: no load balancer stands between, so the link itself knocks at the tasks.

use super::doors::{Door, Known, Way, ways};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::admit_group;
use crate::semantics::packets::{Admission, Direction, Peers, admission, closest_rule};
use crate::source;
use crate::steps::authorize;
use crate::symptom::Symptom;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

static META: Meta = Meta {
    id: "cm-task-sg",
    hop: Hop::CloudMap,
    severity: Severity::Error,
    title: "the tasks' security groups keep the VPC link out",
    phase: Some(Phase::Connect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::VpcLinks,
        Part::CloudMapServices,
        Part::CloudMapInstances,
        Part::NetworkInterfaces,
        Part::SecurityGroups,
        Part::Services,
    ],
    optional: &[Part::Subnets, Part::PrefixLists],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("cm_task_sg.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct CmTaskSg;

impl Check for CmTaskSg {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let ways = ways(deployment, out);
        let mut everywhere = Vec::new();
        out.over(ways, |out, way| {
            let groups = deployment.link_group_ids(way.link)?;
            everywhere.extend(closed(deployment, out, &way, &groups));
            Ok(())
        });
        for closed in &everywhere {
            out.found(finding(deployment, closed).fix(open(deployment, closed, &everywhere)));
        }
        Ok(())
    }
}

/// Doors of one way behind the same first security group that do not let every interface of the VPC link in.
struct Closed<'a> {
    way: Way<'a>,
    /// The security groups of the VPC link.
    link_groups: BTreeSet<String>,
    /// The security group to change.
    guard: String,
    doors: Vec<Door<'a>>,
    /// True when some interfaces of the link get in.
    partly: bool,
}

fn closed<'a>(deployment: &Deployment, out: &mut Outcome, way: &Way<'a>, link_groups: &BTreeSet<String>) -> Vec<Closed<'a>> {
    let mut by_guard: BTreeMap<&str, Closed<'a>> = BTreeMap::new();
    for door in &way.doors {
        let Some(guard) = door.group_ids.first() else {
            if door.address.is_none() {
                out.gap(Gap::undecided(Part::SecurityGroups, format!("{} gets the VPC's default security group", door.who)));
            }
            continue;
        };
        out.each(|out| {
            let partly = match reply(deployment, way, door, link_groups)? {
                Reply::In => {
                    out.fine(way.subject(), format!("{} lets VPC link {} in on port {}", door.who, way.link.id, door.port));
                    return Ok(());
                }
                Reply::Partly => true,
                Reply::Out => false,
            };
            let (way, link_groups) = (way.clone(), link_groups.clone());
            let new = || Closed { way, link_groups, guard: guard.clone(), doors: Vec::new(), partly: false };
            let closed = by_guard.entry(guard).or_insert_with(new);
            closed.partly |= partly;
            closed.doors.push(door.clone());
            Ok(())
        });
    }
    by_guard.into_values().collect()
}

enum Reply {
    In,
    Partly,
    Out,
}

fn reply(deployment: &Deployment, way: &Way<'_>, door: &Door<'_>, link_groups: &BTreeSet<String>) -> Result<Reply, Gap> {
    let groups = deployment.groups(door.group_ids)?;
    let ask = |blocks: &[IpNet]| admission(&groups, Direction::Ingress, door.port, &Peers { blocks, groups: link_groups });
    // Addresses only matter where no rule names the link's groups.
    let answer = match ask(&[]) {
        Admission::Undecided { .. } => ask(&deployment.link_sources(way.link)?),
        decided @ (Admission::All { .. } | Admission::Some { .. } | Admission::None) => decided,
    };
    match answer {
        Admission::All { .. } => Ok(Reply::In),
        Admission::Some { .. } | Admission::None if groups.len() < door.group_ids.len() => {
            Err(Gap::undecided(Part::SecurityGroups, format!("not all of the security groups {} were found", door.group_ids.join(", "))))
        }
        Admission::Some { .. } => Ok(Reply::Partly),
        Admission::None => Ok(Reply::Out),
        Admission::Undecided { prefix_lists } => {
            Err(Gap::undecided(Part::PrefixLists, format!("the contents of prefix list {} were not read", prefix_lists.join(", "))))
        }
    }
}

impl Closed<'_> {
    fn blocks(&self) -> Blocks {
        match self.way.known {
            Known::NextTasks => Blocks::None, // another finding says why nobody can be used now
            Known::Unread | Known::Registered if self.partly => Blocks::Some,
            Known::Unread => Blocks::All,
            Known::Registered if self.doors.len() == self.way.doors.len() => Blocks::All,
            Known::Registered => Blocks::Some,
        }
    }

    fn ports(&self) -> BTreeSet<u16> {
        self.doors.iter().map(|door| door.port).collect()
    }

    /// Whom a rule has to name. A link without any group is a gap before this.
    fn peer(&self) -> &str {
        self.link_groups.first().map_or("", String::as_str)
    }

    fn who(&self) -> String {
        match self.doors.as_slice() {
            [only] => only.who.clone(),
            several if self.way.known == Known::Registered => format!("{} of {} instances", several.len(), self.way.doors.len()),
            _ => "the tasks of its services".to_owned(),
        }
    }
}

fn finding(deployment: &Deployment, closed: &Closed<'_>) -> Finding {
    let way = &closed.way;
    let subject = Subject::new(SubjectKind::SecurityGroup, &closed.guard);
    let ports = list(&closed.ports());
    let some = if closed.partly { "some interfaces of " } else { "" };
    let summary =
        format!("no rule lets {some}VPC link {} into {} of Cloud Map service {} on port {ports}", way.link.id, closed.who(), way.name);
    let groups = deployment.groups(closed.doors.iter().flat_map(|door| door.group_ids)).unwrap_or_default();
    let port = closed.doors.first().map_or(0, |door| door.port);
    let closest = closest_rule(&groups, Direction::Ingress, port).unwrap_or_else(|| "no rule for this port".to_owned());
    // AWS documents that the packets are dropped; which status API Gateway makes of it is only seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let blocks = closed.blocks();
    let mut effect = match blocks {
        Blocks::None => Effect::weakens(Phase::Connect, way.link_subject()),
        Blocks::Some | Blocks::All => Effect::blocks_all(Phase::Connect, way.link_subject(), answer),
    };
    effect.blocks = blocks;
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .severity(if blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        // That the link's interfaces knock at the tasks themselves is inferred: AWS says it of load balancers only.
        .confidence(Confidence::Likely)
        .evidence(
            Evidence::found(subject.clone(), "IpPermissions", closest, source::DESCRIBE_SECURITY_GROUPS)
                .expected(format!("tcp {ports} from {}", closed.peer())),
        )
        .effect(effect.and_through(way.subject()));
    for door in closed.doors.iter().take(3) {
        let groups = door.group_ids.join(", ");
        finding = finding.evidence(match door.address {
            Some(address) => {
                let at = Subject::new(SubjectKind::Target, format!("{address}:{}", door.port));
                Evidence::found(at, "Groups", groups, source::DESCRIBE_NETWORK_INTERFACES)
            }
            None => Evidence::found(subject.clone(), "securityGroups", groups, source::DESCRIBE_SERVICES),
        });
    }
    let groups = closed.link_groups.iter().cloned().collect::<Vec<_>>().join(", ");
    finding.evidence(Evidence::found(way.link_subject(), "SecurityGroupIds", groups, source::GET_VPC_LINK))
}

/// Lets every link in that this security group keeps out: two Cloud Map services can stand behind one.
fn open(deployment: &Deployment, closed: &Closed<'_>, everywhere: &[Closed<'_>]) -> Fix {
    let alike = everywhere.iter().filter(|other| other.guard == closed.guard);
    let rules: BTreeSet<(u16, &str)> = alike.flat_map(|other| other.ports().into_iter().map(|port| (port, other.peer()))).collect();
    let words: Vec<String> = rules.iter().map(|(port, peer)| format!("{peer} in on port {port}")).collect();
    let mut fix = Fix::new(format!("let {}", words.join(", ")), Risk::Safe, Vec::new());
    for (port, peer) in rules {
        fix.change.push(admit_group(&closed.guard, "ingress", port, peer));
        fix = fix
            .cli(authorize(deployment, "ingress", &closed.guard, port, peer))
            .console(format!("EC2: Security groups → {} → Edit inbound rules → add TCP {port} from {peer}", closed.guard));
    }
    fix
}

fn list(ports: &BTreeSet<u16>) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}
