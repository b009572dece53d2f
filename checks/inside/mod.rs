//! What can be asked by somebody who stands inside the VPC, and what the answers say about the findings.
//!
//! From outside, only API Gateway's word about the load balancer is heard. From inside one can ask the load balancer's nodes as the integration
//! does, ask them with plain HTTP, and ask the targets what their health checks ask. [`plan`] names the questions, [`told()`] reads an answer.
//!
//! Left out on purpose: what the answers say about *doors*. The shell that asks has another security group than the VPC link, so a connection
//! that fails here may well stand there, and the other way round. `network` judges doors from the rules.

mod questions;
mod told;

#[cfg(test)]
mod tests;

pub use questions::plan;
pub use told::told;

use crate::model::subject::Subject;

/// The questions of a deployment, and what cannot be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order of the journey.
    pub questions: Vec<Question>,
    /// What is left out, and why.
    pub not_asked: Vec<String>,
}

/// One request to a load balancer's nodes or to a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The listener or the target group.
    pub subject: Subject,
    /// The integration whose way it is.
    pub integration: Subject,
    /// What is wanted to know.
    pub kind: Kind,
    /// Whom to ask.
    pub place: Place,
    /// With TLS, or plain.
    pub tls: bool,
    /// The server name for the TLS session (SNI).
    pub name: String,
    /// The `Host` header.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The question in words: "listener 443, as the integration asks".
    pub asked: String,
}

/// What is wanted to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Which certificate the listener serves for the name, and whether it answers then.
    Session {
        /// The integration asks for this name; false when it speaks plain HTTP or names none, and another name is tried.
        own_name: bool,
    },
    /// What plain HTTP gets.
    Plain {
        /// The listener wants TLS.
        wants_tls: bool,
        /// The integration speaks plain HTTP.
        own_way: bool,
    },
    /// Whether a target answers its health check with a status that counts.
    Health {
        /// `Matcher.HttpCode`.
        matcher: String,
    },
    /// Whether a target accepts connections.
    Accepts,
}

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Each node of a load balancer: each address of its DNS name.
    Nodes(String),
    /// This address.
    Address(String),
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Whether requests can get through here, as far as this answer shows.
    pub good: bool,
    /// In one sentence.
    pub text: String,
    /// What it says about findings.
    pub bearings: Vec<Bearing>,
}

/// What an answer says about a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Bearing {
    /// The check.
    pub check: &'static str,
    /// The finding's subject.
    pub subject: Subject,
    /// True: the answer shows the same; false: it shows the opposite.
    pub confirms: bool,
}
