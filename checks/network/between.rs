//! Network ACLs between the VPC link and the load balancer: four gates, one check for each.
//!
//! ACLs keep no state: the way there and the way back are judged one by one. They do not apply inside a subnet, so a link and a node in the
//! same one always reach each other (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>).

use super::ends::{End, Family, lasting, of_balancer, of_link};
use super::entries::{EPHEMERAL, Wanted, open, range};
use super::passage::{Passage, passage};
use crate::check::{Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::network::NetworkAcl;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::LinkPath;
use crate::source;
use crate::symptom::Symptom;
use std::collections::{BTreeMap, BTreeSet};

/// Whose subnets the ACL guards.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Link,
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

    fn ports(self, path: LinkPath<'_>) -> (u16, u16) {
        if self.is_answer() { EPHEMERAL } else { (path.listener.port, path.listener.port) }
    }
}

/// An ACL that keeps something of one link path back.
struct Closed<'a> {
    path: LinkPath<'a>,
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
    out.over(deployment.link_paths(), |out, path| {
        found.extend(closed(deployment, out, gate, path)?);
        Ok(())
    });
    for closed in &found {
        // One entry per block and port, whatever path needs it.
        let same = found.iter().filter(|other| other.acl.id == closed.acl.id);
        let wanted: BTreeSet<Wanted> = same.flat_map(|other| other.wanted.iter().cloned()).collect();
        out.found(finding(meta, gate, closed).fix(open(deployment, closed.acl, &wanted)));
    }
}

fn closed<'a>(deployment: &'a Deployment, out: &mut Outcome, gate: Gate, path: LinkPath<'a>) -> Result<Vec<Closed<'a>>, Gap> {
    let link = of_link(deployment, path.link)?;
    let balancer = of_balancer(deployment, path.load_balancer, Family::V4)?;
    let (own, peers) = if gate.side == Side::Link { (&link, &balancer) } else { (&balancer, &link) };
    let ports = gate.ports(path);
    let mut by_acl: BTreeMap<&str, Closed<'a>> = BTreeMap::new();
    let (mut pairs, mut shut, mut looked) = (0, 0, BTreeSet::new());
    for (here, there) in own.iter().flat_map(|here| peers.iter().map(move |there| (here, there))) {
        pairs += 1;
        if here.subnet_id == there.subnet_id {
            continue;
        }
        out.each(|_| {
            let acl = deployment.network_acl_of(&here.subnet_id)?;
            looked.insert(acl.id.as_str());
            let (entry, fully) = match passage(acl, gate.egress, ports, there)? {
                Passage::Open => return Ok(()),
                Passage::Partly(entry) => (entry, false),
                Passage::Closed(entry) => (entry, true),
            };
            shut += usize::from(fully);
            let new = || Closed { path, acl, own_subnets: BTreeSet::new(), entry, wanted: BTreeSet::new(), fully: true, all: false };
            let closed = by_acl.entry(&acl.id).or_insert_with(new);
            closed.own_subnets.insert(here.subnet_id.clone());
            closed.fully &= fully;
            closed.wanted.extend(wanted(deployment, gate, ports, there));
            Ok(())
        });
    }
    for id in looked.into_iter().filter(|id| !by_acl.contains_key(id)) {
        out.fine(Subject::new(SubjectKind::NetworkAcl, id), format!("network ACL {id} {}", lets_pass(gate, path)));
    }
    if pairs > 0 && link.iter().all(|end| balancer.iter().all(|other| other.subnet_id == end.subnet_id)) {
        let fact = format!("VPC link {} and the load balancer share their only subnet, inside which no network ACL applies", path.link.id);
        out.fine(Subject::new(SubjectKind::VpcLink, &path.link.id), fact);
    }
    Ok(by_acl.into_values().map(|closed| Closed { all: shut == pairs, ..closed }).collect())
}

fn wanted(deployment: &Deployment, gate: Gate, ports: (u16, u16), there: &End) -> impl Iterator<Item = Wanted> {
    lasting(deployment, there).into_iter().map(move |block| Wanted { egress: gate.egress, ports, block })
}

/// `lets VPC link vpl001 out to load balancer orders on port 443`.
fn lets_pass(gate: Gate, path: LinkPath<'_>) -> String {
    let (link, balancer, port) = (&path.link.id, &path.load_balancer.name, path.listener.port);
    match (gate.side, gate.egress) {
        (Side::Link, true) => format!("lets VPC link {link} out to load balancer {balancer} on port {port}"),
        (Side::Balancer, false) => format!("lets VPC link {link} in to load balancer {balancer} on port {port}"),
        (Side::Balancer, true) => format!("lets the answers of load balancer {balancer} out to VPC link {link}"),
        (Side::Link, false) => format!("lets the answers of load balancer {balancer} in to VPC link {link}"),
    }
}

fn finding(meta: &'static Meta, gate: Gate, closed: &Closed<'_>) -> Finding {
    let path = closed.path;
    let subject = Subject::new(SubjectKind::NetworkAcl, &closed.acl.id);
    let link = Subject::new(SubjectKind::VpcLink, &path.link.id);
    let listener = Subject::from_arn(SubjectKind::Listener, &path.listener.arn);
    let subnets = closed.own_subnets.iter().cloned().collect::<Vec<_>>().join(", ");
    let not = match (closed.all, closed.fully) {
        (true, _) => "lets nothing pass",
        (false, true) => "keeps some of the ways shut",
        (false, false) => "lets only some of the ports pass",
    };
    let what = if gate.is_answer() { format!("answers on tcp {}", range(EPHEMERAL)) } else { format!("tcp {}", path.listener.port) };
    let (from, to) = if (gate.side == Side::Link) == gate.egress {
        (format!("VPC link {}", path.link.id), format!("load balancer {}", path.load_balancer.name))
    } else {
        (format!("load balancer {}", path.load_balancer.name), format!("VPC link {}", path.link.id))
    };
    let summary = format!("network ACL {} of {subnets} {not}: {what} from {from} to {to}", closed.acl.id);
    let expected = closed.wanted.iter().map(Wanted::words).collect::<Vec<_>>().join(", ");
    // AWS documents that the packets are dropped; which status API Gateway makes of it is only seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let mut effect = Effect::blocks_all(Phase::Connect, link, answer).and_through(listener.clone());
    effect.blocks = if closed.all { Blocks::All } else { Blocks::Some };
    // Which of the high ports a VPC link uses is not documented.
    let confidence = if closed.fully { Confidence::Certain } else { Confidence::Likely };
    Finding::new(meta, subject.clone(), summary)
        .confidence(confidence)
        .evidence(Evidence::found(subject.clone(), "Entries", &closed.entry, source::DESCRIBE_NETWORK_ACLS).expected(expected))
        .evidence(Evidence::found(subject, "Associations", subnets, source::DESCRIBE_NETWORK_ACLS))
        .evidence(Evidence::found(listener, "Port", path.listener.port.to_string(), source::DESCRIBE_LISTENERS))
        .effect(effect)
}
