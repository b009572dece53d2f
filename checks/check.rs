//! What a check is, and what it hands back.

use crate::finding::{Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::Subject;
use crate::model::walk::Walk;
use crate::symptom::Symptom;
use serde::{Deserialize, Serialize};

/// A station of a request, in the order of the chain; also the folder of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the stations")]
pub enum Hop {
    Domain,
    Stage,
    Route,
    Integration,
    Tls,
    VpcLink,
    Network,
    LoadBalancer,
    Listener,
    TargetGroup,
    Service,
    CloudMap,
}

impl Hop {
    /// All hops in the order of the chain and of the report.
    pub const ALL: &[Hop] = &[
        Hop::Domain,
        Hop::Stage,
        Hop::Route,
        Hop::Integration,
        Hop::Tls,
        Hop::VpcLink,
        Hop::Network,
        Hop::LoadBalancer,
        Hop::Listener,
        Hop::TargetGroup,
        Hop::Service,
        Hop::CloudMap,
    ];

    /// The name used in JSON and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Hop::Domain => "domain",
            Hop::Stage => "stage",
            Hop::Route => "route",
            Hop::Integration => "integration",
            Hop::Tls => "tls",
            Hop::VpcLink => "vpc-link",
            Hop::Network => "network",
            Hop::LoadBalancer => "load-balancer",
            Hop::Listener => "listener",
            Hop::TargetGroup => "target-group",
            Hop::Service => "service",
            Hop::CloudMap => "cloud-map",
        }
    }
}

/// What happens first in *time*; hops are the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// API Gateway decides: endpoint, stage, route, integration.
    Edge,
    /// API Gateway opens a connection to the load balancer.
    Connect,
    /// The TLS handshake with the load balancer.
    Tls,
    /// The load balancer reads the request.
    Http,
    /// The load balancer evaluates the listener's rules.
    Rule,
    /// The load balancer opens a connection to a target.
    TargetConnect,
    /// The target answers.
    Target,
}

/// What is fixed about a check.
#[derive(Debug)]
pub struct Meta {
    /// The name in the catalogue, for ever.
    pub id: &'static str,
    /// Its hop, and so its folder.
    pub hop: Hop,
    /// How bad a finding usually is.
    pub severity: Severity,
    /// The defect in one short line.
    pub title: &'static str,
    /// When, in time, the defect stops a request; `None` if it never does.
    pub phase: Option<Phase>,
    /// The parts it cannot decide without.
    pub needs: &'static [Part],
    /// Parts that make it more precise; without them it still decides.
    pub optional: &'static [Part],
    /// The answers this defect can explain.
    pub symptoms: &'static [Symptom],
    /// Checks whose finding this one explains more precisely, when both fire on one journey.
    pub refines: &'static [&'static str],
    /// The version that brought it.
    pub since: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
}

/// One thing that can be wrong.
pub trait Check: Sync {
    /// What is fixed about it.
    fn meta(&self) -> &'static Meta;

    /// Looks at the deployment. A gap is the only error, and it makes the verdict `unknown` unless something was found.
    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap>;
}

/// A verdict of one check. Derived, never chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Something was examined and nothing is wrong with it.
    Pass,
    /// At least one finding.
    Fail,
    /// A fact that is needed is missing.
    Unknown,
    /// There was nothing to examine.
    NotApplicable,
    /// The check itself panicked.
    Crashed,
}

impl Verdict {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unknown => "unknown",
            Verdict::NotApplicable => "not-applicable",
            Verdict::Crashed => "crashed",
        }
    }
}

/// A subject that a check looked at, with the fact that decided. Becomes "ruled out by …" in a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Examined {
    /// What was looked at.
    pub subject: Subject,
    /// The fact, as a short sentence: "names api.example.com as secure server name".
    pub fact: String,
}

/// What a check collects while it looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Subjects that were examined and found in order.
    pub fine: Vec<Examined>,
    /// Defects.
    pub findings: Vec<Finding>,
    /// Pieces that were missing.
    pub gaps: Vec<Gap>,
}

impl Outcome {
    /// Looks at each item of a walk; a gap at one item does not keep the others from being looked at.
    pub fn over<T>(&mut self, walk: Walk<T>, mut look: impl FnMut(&mut Outcome, T) -> Result<(), Gap>) {
        self.gaps.extend(walk.gaps);
        for item in walk.items {
            self.each(|out| look(out, item));
        }
    }

    /// Looks at one subject; its gap is noted and does not end the check.
    pub fn each(&mut self, look: impl FnOnce(&mut Outcome) -> Result<(), Gap>) {
        if let Err(gap) = look(self) {
            self.gaps.push(gap);
        }
    }

    /// Notes a subject that was examined and is in order, with the fact that says so.
    pub fn fine(&mut self, subject: Subject, fact: impl Into<String>) {
        self.fine.push(Examined { subject, fact: fact.into() });
    }

    /// Notes a defect.
    pub fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Notes a missing piece without ending the look at a subject.
    pub fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// How many subjects were examined.
    pub fn examined(&self) -> usize {
        self.fine.len() + self.findings.len()
    }

    /// The verdict: a finding beats a gap, a gap beats "nothing there".
    pub fn verdict(&self) -> Verdict {
        if !self.findings.is_empty() {
            Verdict::Fail
        } else if !self.gaps.is_empty() {
            Verdict::Unknown
        } else if self.fine.is_empty() {
            Verdict::NotApplicable
        } else {
            Verdict::Pass
        }
    }
}
