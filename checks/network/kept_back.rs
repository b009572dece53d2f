//! What a network ACL keeps back between a load balancer and its targets: the words and the evidence.

use super::ends::{End, Known, lasting};
use super::entries::{Wanted, range};
use crate::check::{Meta, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::balancing::{LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::network::NetworkAcl;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;
use crate::target_group::health;
use crate::target_group::preservation::setting;
use std::collections::BTreeSet;

/// Which way the packets go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Connections and health checks: out of the load balancer's subnets, into the targets'.
    There,
    /// Their answers.
    Back,
}

/// An ACL that keeps something back between a load balancer and one of its target groups.
pub(super) struct Closed<'a> {
    pub(super) group: &'a TargetGroup,
    pub(super) balancer: &'a LoadBalancer,
    pub(super) known: Known,
    pub(super) acl: &'a NetworkAcl,
    pub(super) subnets: BTreeSet<String>,
    pub(super) entry: String,
    pub(super) wanted: BTreeSet<Wanted>,
    /// The first of whom something is kept back.
    pub(super) who: String,
    /// All of them, by their places in the list.
    pub(super) goals: BTreeSet<usize>,
    /// Nothing of what was stopped gets through by other ports.
    pub(super) fully: bool,
    /// False: health checks only.
    pub(super) requests: bool,
    /// The VPC links whose addresses it does not let pass.
    pub(super) callers: BTreeSet<&'a str>,
    pub(super) blocks: Blocks,
}

impl<'a> Closed<'a> {
    pub(super) fn at(
        group: &'a TargetGroup,
        balancer: &'a LoadBalancer,
        known: Known,
        acl: &'a NetworkAcl,
        entry: String,
        who: String,
    ) -> Closed<'a> {
        let (subnets, wanted, goals, callers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (fully, requests, blocks) = (true, false, Blocks::None);
        Closed { group, balancer, known, acl, subnets, entry, wanted, who, goals, fully, requests, callers, blocks }
    }

    /// The ACL of this subnet would have to let these ports pass.
    pub(super) fn want(&mut self, deployment: &Deployment, subnet_id: &str, egress: bool, ports: (u16, u16), peer: &End<'_>) {
        self.subnets.insert(subnet_id.to_owned());
        self.wanted.extend(lasting(deployment, peer).into_iter().map(|block| Wanted { egress, ports, block }));
    }
}

impl Closed<'_> {
    fn confidence(&self) -> Confidence {
        match (self.known, self.callers.is_empty() || self.fully) {
            // Which tasks are registered was not read: these are the subnets that the service puts them in.
            (Known::Unread, _) => Confidence::Likely,
            // Which of the high ports a VPC link uses is not documented.
            (Known::Registered | Known::NextTasks, false) => Confidence::Likely,
            (Known::Registered | Known::NextTasks, true) => Confidence::Certain,
        }
    }

    /// What is kept from whom: `load balancer orders from target 10.0.0.1:8080 on port 8080`.
    fn words(&self, way: Way) -> String {
        let ports: BTreeSet<(u16, u16)> = self.wanted.iter().map(|wanted| wanted.ports).collect();
        let ports = ports.into_iter().map(range).collect::<Vec<_>>().join(", ");
        let who = if self.goals.len() == 1 { self.who.clone() } else { format!("the targets of {}", self.group.name) };
        let links = self.callers.iter().copied().collect::<Vec<_>>().join(", ");
        let peer = match links.is_empty() {
            true => format!("load balancer {}", self.balancer.name),
            false => format!("VPC link {links}, whose addresses load balancer {} shows,", self.balancer.name),
        };
        let some = if self.fully { "" } else { "some of " };
        match (way, self.requests) {
            (Way::There, true) => format!("{peer} from {who} on port {ports}"),
            (Way::There, false) => format!("the health checks of {peer} from {who} on port {ports}"),
            (Way::Back, true) => format!("{some}the answers of {who} from {peer} (tcp {ports})"),
            (Way::Back, false) => format!("{some}the answers of {who} from the health checks of {peer} (tcp {ports})"),
        }
    }
}

/// The finding, without its fix.
pub(super) fn finding(deployment: &Deployment, meta: &'static Meta, way: Way, closed: &Closed<'_>) -> Finding {
    let subject = Subject::new(SubjectKind::NetworkAcl, &closed.acl.id);
    let subnets = closed.subnets.iter().cloned().collect::<Vec<_>>().join(", ");
    let through = health::subject(closed.group);
    let answer = if closed.balancer.is_application() {
        ExpectedAnswer::load_balancer(Some(504), Symptom::LbGatewayTimeout)
    } else {
        ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred() // a Network Load Balancer writes no answer
    };
    let mut effect = match closed.blocks {
        Blocks::None => Effect::weakens(Phase::TargetConnect, through.clone()),
        Blocks::Some | Blocks::All => Effect::blocks_all(Phase::TargetConnect, through.clone(), answer),
    };
    effect.blocks = closed.blocks;
    let expected = closed.wanted.iter().map(Wanted::words).collect::<Vec<_>>().join(", ");
    let finding = Finding::new(meta, subject.clone(), format!("network ACL {} of {subnets} keeps {}", closed.acl.id, closed.words(way)))
        .severity(if closed.blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        .confidence(closed.confidence())
        .evidence(Evidence::found(subject.clone(), "Entries", &closed.entry, source::DESCRIBE_NETWORK_ACLS).expected(expected))
        .evidence(Evidence::found(subject, "Associations", subnets, source::DESCRIBE_NETWORK_ACLS))
        .evidence(Evidence::found(through, "TargetGroupName", &closed.group.name, source::DESCRIBE_TARGET_GROUPS))
        .effect(effect);
    if closed.callers.is_empty() { finding } else { finding.evidence(setting(deployment, closed.group)) }
}
