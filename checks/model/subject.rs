//! What a finding is about, and the stations of a request's journey.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each name is AWS's own word for the resource")]
pub enum SubjectKind {
    /// A custom domain name.
    Domain,
    Api,
    Stage,
    Route,
    /// A request that was asked about: `GET /health`.
    Request,
    Authorizer,
    Integration,
    VpcLink,
    Subnet,
    SecurityGroup,
    NetworkAcl,
    RouteTable,
    LoadBalancer,
    Listener,
    Rule,
    Certificate,
    TargetGroup,
    Target,
    Service,
    TaskDefinition,
    CloudMapService,
}

impl SubjectKind {
    /// The words used in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            SubjectKind::Domain => "domain",
            SubjectKind::Api => "API",
            SubjectKind::Stage => "stage",
            SubjectKind::Route => "route",
            SubjectKind::Request => "request",
            SubjectKind::Authorizer => "authorizer",
            SubjectKind::Integration => "integration",
            SubjectKind::VpcLink => "VPC link",
            SubjectKind::Subnet => "subnet",
            SubjectKind::SecurityGroup => "security group",
            SubjectKind::NetworkAcl => "network ACL",
            SubjectKind::RouteTable => "route table",
            SubjectKind::LoadBalancer => "load balancer",
            SubjectKind::Listener => "listener",
            SubjectKind::Rule => "rule",
            SubjectKind::Certificate => "certificate",
            SubjectKind::TargetGroup => "target group",
            SubjectKind::Target => "target",
            SubjectKind::Service => "service",
            SubjectKind::TaskDefinition => "task definition",
            SubjectKind::CloudMapService => "Cloud Map service",
        }
    }
}

/// One resource: its kind, its id, and its ARN where the id is not one already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// A name a person recognises: the id, or the readable tail of an ARN (`app/orders/0123456789abcdef/443`).
    pub id: String,
    /// The ARN, if the resource has one that was read.
    pub arn: Option<String>,
}

impl Subject {
    /// A resource known by its id.
    pub fn new(kind: SubjectKind, id: impl Into<String>) -> Subject {
        Subject { kind, id: id.into(), arn: None }
    }

    /// A resource known by its ARN; the id is the ARN's readable tail.
    pub fn from_arn(kind: SubjectKind, arn: &str) -> Subject {
        Subject { kind, id: arn_tail(arn).to_owned(), arn: Some(arn.to_owned()) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.words(), self.id)
    }
}

/// `arn:…:listener/app/orders/x/y` → `app/orders/x/y`; `arn:…:certificate/abc` → `abc`; `…:service/c/s` → `c/s`.
pub fn arn_tail(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    resource.split_once('/').map_or(resource, |(_, tail)| tail)
}
