//! What was asked from inside the VPC, and what came back.

use super::subject::Subject;
use crate::answer::Attempt;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The answers of a load balancer's nodes and of targets to a shell in the VPC (`check --from-vpc`). Part of a capture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inside {
    /// In the order of the journey.
    pub asked: Vec<Asked>,
    /// What was left out, and why.
    #[serde(default)]
    pub not_asked: Vec<String>,
}

/// One question at one address, and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// The address and port that was asked; absent where the name has none.
    pub address: Option<SocketAddr>,
    /// What came of it.
    pub attempt: Attempt,
}

/// One request to a load balancer's nodes or to a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Each node of a load balancer: each address of its DNS name.
    Nodes(String),
    /// This address.
    Address(String),
}
