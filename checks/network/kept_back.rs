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
        let (subnets, wanted, goals) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Closed { group, balancer, known, acl, subnets, entry, wanted, who, goals, fully: true, blocks: Blocks::None }
    }

    /// The ACL of this subnet would have to let these ports pass.
    pub(super) fn want(&mut self, deployment: &Deployment, subnet_id: &str, egress: bool, ports: (u16, u16), peer: &End<'_>) {
        self.subnets.insert(subnet_id.to_owned());
        self.wanted.extend(lasting(deployment, peer).into_iter().map(|block| Wanted { egress, ports, block }));
    }
}

/// The finding, without its fix.
pub(super) fn finding(meta: &'static Meta, way: Way, closed: &Closed<'_>) -> Finding {
    let subject = Subject::new(SubjectKind::NetworkAcl, &closed.acl.id);
    let subnets = closed.subnets.iter().cloned().collect::<Vec<_>>().join(", ");
    let ports: BTreeSet<(u16, u16)> = closed.wanted.iter().map(|wanted| wanted.ports).collect();
    let ports = ports.into_iter().map(range).collect::<Vec<_>>().join(", ");
    let who = if closed.goals.len() == 1 { closed.who.clone() } else { format!("the targets of {}", closed.group.name) };
    let what = match way {
        Way::There => format!("load balancer {} from {who} on port {ports}", closed.balancer.name),
        Way::Back => format!(
            "{} of {who} from load balancer {} (tcp {ports})",
            if closed.fully { "the answers" } else { "some of the answers" },
            closed.balancer.name
        ),
    };
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
    Finding::new(meta, subject.clone(), format!("network ACL {} of {subnets} keeps {what}", closed.acl.id))
        .severity(if closed.blocks == Blocks::None { Severity::Warning } else { Severity::Error })
        // Which tasks are registered was not read: these are the subnets that the service puts them in.
        .confidence(if closed.known == Known::Unread { Confidence::Likely } else { Confidence::Certain })
        .evidence(Evidence::found(subject.clone(), "Entries", &closed.entry, source::DESCRIBE_NETWORK_ACLS).expected(expected))
        .evidence(Evidence::found(subject, "Associations", subnets, source::DESCRIBE_NETWORK_ACLS))
        .evidence(Evidence::found(through, "TargetGroupName", &closed.group.name, source::DESCRIBE_TARGET_GROUPS))
        .effect(effect)
}
