//! Network ACLs between the VPC link and the load balancer: four gates, one check for each. Without a load balancer, behind a Cloud Map
//! service, the tasks take its place.
//!
//! ACLs keep no state: the way there and the way back are judged one by one. They do not apply inside a subnet, so a link and a node in the
//! same one always reach each other (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>).

use super::ends::{End, lasting, of_link};
use super::entries::{EPHEMERAL, Wanted, open, range};
use super::far::{Path, paths};
use super::passage::{Passage, passage};
use crate::check::{Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::NetworkAcl;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use std::collections::{BTreeMap, BTreeSet};

/// Whose subnets the ACL guards.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Link,
    /// Of the load balancer, or of the tasks where there is none.
    Balancer,
}

/// One direction through the ACLs of one side. The request goes out of the link and into the load balancer; the answer the other way.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    pub(super) side: Side,
    pub(super) egress: bool,
}

impl Gate {
    fn is_answer(self) -> bool {
        (self.side == Side::Link) != self.egress
    }

    fn ports(self, port: u16) -> (u16, u16) {
        if self.is_answer() { EPHEMERAL } else { (port, port) }
    }
}

/// An ACL that keeps something of one link path back.
struct Closed<'a> {
    path: Path<'a>,
    /// The ports that the other side listens on.
    ports: String,
    acl: &'a NetworkAcl,
    own_subnets: BTreeSet<String>,
    entry: String,
    wanted: BTreeSet<Wanted>,
    /// Nothing of what was stopped gets through by other ports.
    fully: bool,
    /// Not one pair of a link's interface and a node is left.
    all: bool,
}

/// Judges one gate on every path from a link to a listener.
pub(super) fn examine(meta: &'static Meta, deployment: &Deployment, out: &mut Outcome, gate: Gate) {
    let mut found: Vec<Closed<'_>> = Vec::new();
    let paths = paths(deployment, out);
    out.over(paths, |out, path| {
        found.extend(closed(deployment, out, gate, &path)?);
        Ok(())
    });
    for closed in &found {
        // One entry per block and port, whatever path needs it.
        let same = found.iter().filter(|other| other.acl.id == closed.acl.id);
        let wanted: BTreeSet<Wanted> = same.flat_map(|other| other.wanted.iter().cloned()).collect();
        out.found(finding(meta, gate, closed).fix(open(deployment, closed.acl, &wanted)));
    }
}

fn closed<'a>(deployment: &'a Deployment, out: &mut Outcome, gate: Gate, path: &Path<'a>) -> Result<Vec<Closed<'a>>, Gap> {
    let link = of_link(deployment, path.link)?;
    let far = path.ends(deployment)?;
    let listening = listed(&far);
    let mut by_acl: BTreeMap<&str, Closed<'a>> = BTreeMap::new();
    let (mut pairs, mut shut, mut looked) = (0, 0, BTreeSet::new());
    for (near, (other, port)) in link.iter().flat_map(|near| far.iter().map(move |far| (near, far))) {
        let (here, there) = if gate.side == Side::Link { (near, other) } else { (other, near) };
        let ports = gate.ports(*port);
        pairs += 1;
        if here.subnet_id == there.subnet_id {
            continue;
        }
        out.each(|_| {
            let acl = deployment.network_acl_of(here.subnet_id)?;
            looked.insert(acl.id.as_str());
            let (entry, fully) = match passage(acl, gate.egress, ports, there)? {
                Passage::Open => return Ok(()),
                Passage::Partly(entry) => (entry, false),
                Passage::Closed(entry) => (entry, true),
            };
            shut += usize::from(fully);
            let (own_subnets, wanted_entries, path, ports_there) = (BTreeSet::new(), BTreeSet::new(), path.clone(), listening.clone());
            let new = || Closed { path, ports: ports_there, acl, own_subnets, entry, wanted: wanted_entries, fully: true, all: false };
            let closed = by_acl.entry(&acl.id).or_insert_with(new);
            closed.own_subnets.insert(here.subnet_id.to_owned());
            closed.fully &= fully;
            closed.wanted.extend(wanted(deployment, gate, ports, there));
            Ok(())
        });
    }
    for id in looked.into_iter().filter(|id| !by_acl.contains_key(id)) {
        out.fine(Subject::new(SubjectKind::NetworkAcl, id), format!("network ACL {id} {}", lets_pass(gate, path, &listening)));
    }
    if pairs > 0 && link.iter().all(|end| far.iter().all(|(other, _)| other.subnet_id == end.subnet_id)) {
        let fact = format!("VPC link {} and {} share their only subnet, inside which no network ACL applies", path.link.id, path.name());
        out.fine(Subject::new(SubjectKind::VpcLink, &path.link.id), fact);
    }
    Ok(by_acl.into_values().map(|closed| Closed { all: shut == pairs, ..closed }).collect())
}

fn wanted(deployment: &Deployment, gate: Gate, ports: (u16, u16), there: &End<'_>) -> impl Iterator<Item = Wanted> {
    lasting(deployment, there).into_iter().map(move |block| Wanted { egress: gate.egress, ports, block })
}

/// `8080` or `8080, 8081`.
fn listed(far: &[(End<'_>, u16)]) -> String {
    let ports: BTreeSet<u16> = far.iter().map(|(_, port)| *port).collect();
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

/// `lets VPC link vpl001 out to load balancer orders on port 443`.
fn lets_pass(gate: Gate, path: &Path<'_>, port: &str) -> String {
    let (link, far) = (&path.link.id, path.name());
    match (gate.side, gate.egress) {
        (Side::Link, true) => format!("lets VPC link {link} out to {far} on port {port}"),
        (Side::Balancer, false) => format!("lets VPC link {link} in to {far} on port {port}"),
        (Side::Balancer, true) => format!("lets the answers of {far} out to VPC link {link}"),
        (Side::Link, false) => format!("lets the answers of {far} in to VPC link {link}"),
    }
}

fn finding(meta: &'static Meta, gate: Gate, closed: &Closed<'_>) -> Finding {
    let path = &closed.path;
    let subject = Subject::new(SubjectKind::NetworkAcl, &closed.acl.id);
    let link = Subject::new(SubjectKind::VpcLink, &path.link.id);
    let subnets = closed.own_subnets.iter().cloned().collect::<Vec<_>>().join(", ");
    let not = match (closed.all, closed.fully) {
        (true, _) => "lets nothing pass",
        (false, true) => "keeps some of the ways shut",
        (false, false) => "lets only some of the ports pass",
    };
    let what = if gate.is_answer() { format!("answers on tcp {}", range(EPHEMERAL)) } else { format!("tcp {}", closed.ports) };
    let (from, to) = if (gate.side == Side::Link) == gate.egress {
        (format!("VPC link {}", path.link.id), path.name())
    } else {
        (path.name(), format!("VPC link {}", path.link.id))
    };
    let summary = format!("network ACL {} of {subnets} {not}: {what} from {from} to {to}", closed.acl.id);
    let expected = closed.wanted.iter().map(Wanted::words).collect::<Vec<_>>().join(", ");
    // AWS documents that the packets are dropped; which status API Gateway makes of it is only seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let effect = match (path.is_in_use(), closed.all) {
        (true, true) => Effect::blocks_all(Phase::Connect, link, answer),
        (true, false) => Effect::blocks_some(Phase::Connect, link, answer),
        (false, _) => Effect::weakens(Phase::Connect, link),
    };
    // Which of the high ports a VPC link uses is not documented.
    let confidence = if closed.fully && path.is_documented() { Confidence::Certain } else { Confidence::Likely };
    Finding::new(meta, subject.clone(), summary)
        .severity(if effect.blocks == Blocks::None { Severity::Warning } else { meta.severity })
        .confidence(confidence)
        .evidence(Evidence::found(subject.clone(), "Entries", &closed.entry, source::DESCRIBE_NETWORK_ACLS).expected(expected))
        .evidence(Evidence::found(subject, "Associations", subnets, source::DESCRIBE_NETWORK_ACLS))
        .evidence(path.evidence(closed.ports.clone()))
        .effect(effect.and_through(path.subject()))
}
