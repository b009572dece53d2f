//! A defect at one resource: evidence, effect on requests, ways out.

use crate::check::{Meta, Phase};
use crate::model::subject::{Subject, SubjectKind};
use crate::symptom::{Producer, Symptom};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Will block requests, or weakens zones, security or capacity.
    Warning,
    /// Blocks all or some requests now.
    Error,
}

impl Severity {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How sure the doctor is. What AWS does not document is never certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It can be, and nothing rules it out.
    Possible,
    /// Seen in the field or inferred from documented facts.
    Likely,
    /// Follows from documented behaviour and facts that were read.
    Certain,
}

impl Confidence {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

/// A defect at one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The id of the check.
    pub check: &'static str,
    /// The resource.
    pub subject: Subject,
    /// One sentence that can stand alone.
    pub summary: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Facts with their sources.
    pub evidence: Vec<Evidence>,
    /// What it does to requests.
    pub effect: Option<Effect>,
    /// Ways out, the best first.
    pub fixes: Vec<Fix>,
}

/// A fact with the AWS call and field it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The resource the fact is about.
    pub subject: Subject,
    /// AWS's name of the field.
    pub field: &'static str,
    /// Its value; `None` when it is not set.
    pub found: Option<String>,
    /// What would be right, if that can be said shortly.
    pub expected: Option<String>,
    /// The call, for example `apigatewayv2:GetIntegrations`.
    pub source: &'static str,
}

/// What a finding does to requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Which requests.
    pub affects: Affects,
    /// When, in time.
    pub phase: Phase,
    /// How many of them.
    pub blocks: Blocks,
    /// The answer the client gets.
    pub answer: ExpectedAnswer,
}

/// Which requests a finding affects.
#[derive(Clone, Debug, PartialEq)]
pub enum Affects {
    /// Every request of the API.
    Everything,
    /// Requests whose journey passes through all of these resources.
    Through(Vec<Subject>),
    /// The requests that were asked about, by index into [`crate::model::deployment::Deployment::requests`].
    Request(usize),
}

/// How many of the affected requests are stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocks {
    /// None: it weakens, but lets through.
    None,
    /// Some: one zone, one direction, a share by weight.
    Some,
    /// All.
    All,
}

/// The answer that an effect makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedAnswer {
    /// The status, when it is known; AWS does not document it for every fault.
    pub status: Option<u16>,
    /// Who writes it.
    pub producer: Producer,
    /// Its class.
    pub symptom: Symptom,
    /// True when AWS documents that this defect gives this answer. What is only seen in the field or inferred
    /// is never printed as certain.
    pub documented: bool,
}

/// One way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What to do, as an imperative clause: "name the certificate's domain".
    pub title: String,
    /// Whether it interrupts something.
    pub risk: Risk,
    /// The change to the capture: an RFC 6902 patch on [`crate::model::facts::Facts`], configuration only.
    pub change: Vec<Value>,
    /// How to make it, in order.
    pub steps: Vec<Step>,
}

/// Whether a fix interrupts something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Nothing that works now is interrupted.
    Safe,
    /// Something is replaced or restarted, or access is widened: read before you run.
    Disruptive,
}

impl Risk {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Risk::Safe => "safe",
            Risk::Disruptive => "disruptive",
        }
    }
}

/// One step of a fix, with real ids filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A command line of the AWS CLI.
    Cli(String),
    /// Terraform.
    Terraform(String),
    /// CloudFormation.
    CloudFormation(String),
    /// A path through the console.
    Console(String),
}

impl Finding {
    /// A finding of the check's own severity, certain until said otherwise.
    pub fn new(meta: &'static Meta, subject: Subject, summary: impl Into<String>) -> Finding {
        Finding {
            check: meta.id,
            subject,
            summary: summary.into(),
            severity: meta.severity,
            confidence: Confidence::Certain,
            evidence: Vec::new(),
            effect: None,
            fixes: Vec::new(),
        }
    }

    /// Sets how sure the doctor is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Finding {
        self.confidence = confidence;
        self
    }

    /// Sets another severity than the check's own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Finding {
        self.evidence.push(evidence);
        self
    }

    /// Says what the defect does to requests.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Finding {
        self.effect = Some(effect);
        self
    }

    /// Adds a way out.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Finding {
        self.fixes.push(fix);
        self
    }

    /// A stable name of this defect at this resource, the same in every run.
    pub fn key(&self) -> String {
        let id = self.subject.arn.as_deref().unwrap_or(&self.subject.id);
        format!("{}@{}", self.check, id)
    }
}

impl Evidence {
    /// A field with the value that was read.
    pub fn found(subject: Subject, field: &'static str, found: impl Into<String>, source: &'static str) -> Evidence {
        Evidence { subject, field, found: Some(found.into()), expected: None, source }
    }

    /// A field that is not set.
    pub fn absent(subject: Subject, field: &'static str, source: &'static str) -> Evidence {
        Evidence { subject, field, found: None, expected: None, source }
    }

    /// Adds what would be right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Evidence {
        self.expected = Some(expected.into());
        self
    }
}

impl Effect {
    /// Stops every request through a resource.
    pub fn blocks_all(phase: Phase, through: Subject, answer: ExpectedAnswer) -> Effect {
        Effect { affects: Affects::Through(vec![through]), phase, blocks: Blocks::All, answer }
    }

    /// Stops some of the requests through a resource.
    pub fn blocks_some(phase: Phase, through: Subject, answer: ExpectedAnswer) -> Effect {
        Effect { affects: Affects::Through(vec![through]), phase, blocks: Blocks::Some, answer }
    }

    /// Weakens the deployment without stopping a request now.
    pub fn weakens(phase: Phase, through: Subject) -> Effect {
        Effect { affects: Affects::Through(vec![through]), phase, blocks: Blocks::None, answer: ExpectedAnswer::target() }
    }

    /// Narrows the effect to requests that pass through this resource, too.
    #[must_use]
    pub fn and_through(mut self, subject: Subject) -> Effect {
        if let Affects::Through(subjects) = &mut self.affects {
            subjects.push(subject);
        }
        self
    }

    /// Stops one of the requests that were asked about.
    pub fn blocks_request(phase: Phase, index: usize, answer: ExpectedAnswer) -> Effect {
        Effect { affects: Affects::Request(index), phase, blocks: Blocks::All, answer }
    }
}

impl ExpectedAnswer {
    /// An answer of API Gateway itself.
    pub fn gateway(status: Option<u16>, symptom: Symptom) -> ExpectedAnswer {
        ExpectedAnswer { status, producer: Producer::ApiGateway, symptom, documented: true }
    }

    /// An answer of the load balancer.
    pub fn load_balancer(status: Option<u16>, symptom: Symptom) -> ExpectedAnswer {
        ExpectedAnswer { status, producer: Producer::LoadBalancer, symptom, documented: true }
    }

    /// Marks an answer that AWS does not document for this defect.
    #[must_use]
    pub fn inferred(mut self) -> ExpectedAnswer {
        self.documented = false;
        self
    }

    /// The target's own answer; its status is its own business.
    pub fn target() -> ExpectedAnswer {
        ExpectedAnswer { status: None, producer: Producer::Target, symptom: Symptom::TargetAnswer, documented: true }
    }
}

impl Fix {
    /// A fix with its change to the capture.
    pub fn new(title: impl Into<String>, risk: Risk, change: Vec<Value>) -> Fix {
        Fix { title: title.into(), risk, change, steps: Vec::new() }
    }

    /// Adds an AWS CLI step.
    #[must_use]
    pub fn cli(mut self, line: impl Into<String>) -> Fix {
        self.steps.push(Step::Cli(line.into()));
        self
    }

    /// Adds a console step.
    #[must_use]
    pub fn console(mut self, path: impl Into<String>) -> Fix {
        self.steps.push(Step::Console(path.into()));
        self
    }
}

impl Subject {
    /// The subject of a request that was asked about.
    pub fn request(method: &str, path: &str) -> Subject {
        Subject::new(SubjectKind::Request, format!("{method} {path}"))
    }
}
