//! A part of the deployment, or the reason why it could not be read. "None" is only ever an answer of AWS.

use super::part::Part;
use serde::{Deserialize, Serialize};

/// What came of asking AWS for something.
///
/// `Known(vec![])` is the only "there are none". There is no default value: a field that was not read
/// can never be mistaken for one that is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fetched<T> {
    /// AWS answered.
    Known(T),
    /// The credentials may not make this call.
    Denied {
        /// The IAM action that is missing, for example `ec2:DescribeSubnets`.
        action: String,
    },
    /// The call was made and failed: throttled, timed out, unreachable, or an answer that cannot be read.
    Failed {
        /// What happened, in words.
        what: String,
    },
    /// Nobody asked: what would have to be known for asking is itself missing, or a fix made the old answer void.
    #[default]
    NotAsked,
}

impl<T> Fetched<T> {
    /// The value, or the gap that stands in its place.
    pub fn known(&self, part: Part) -> Result<&T, Gap> {
        match self {
            Fetched::Known(value) => Ok(value),
            Fetched::Denied { action } => Err(Gap { part, why: GapReason::Denied { action: action.clone() } }),
            Fetched::Failed { what } => Err(Gap { part, why: GapReason::Failed { what: what.clone() } }),
            Fetched::NotAsked => Err(Gap { part, why: GapReason::NotAsked }),
        }
    }

    /// The value, if AWS gave one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Fetched::Known(value) => Some(value),
            Fetched::Denied { .. } | Fetched::Failed { .. } | Fetched::NotAsked => None,
        }
    }

    /// The same outcome around another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fetched<U> {
        match self {
            Fetched::Known(value) => Fetched::Known(f(value)),
            Fetched::Denied { action } => Fetched::Denied { action },
            Fetched::Failed { what } => Fetched::Failed { what },
            Fetched::NotAsked => Fetched::NotAsked,
        }
    }
}

/// A piece that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The piece.
    pub part: Part,
    /// Why it is missing.
    pub why: GapReason,
}

/// Why a piece is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapReason {
    /// The credentials may not make the call.
    Denied {
        /// The IAM action.
        action: String,
    },
    /// The call failed.
    Failed {
        /// What happened.
        what: String,
    },
    /// The call was not made, because something it needs is missing too or an old answer no longer holds.
    NotAsked,
    /// The facts that were read do not decide the question.
    Undecided {
        /// Which fact would.
        what: String,
    },
}

impl Gap {
    /// A gap for facts that were read but do not decide.
    pub fn undecided(part: Part, what: impl Into<String>) -> Gap {
        Gap { part, why: GapReason::Undecided { what: what.into() } }
    }

    /// One line: "not allowed: ec2:DescribeSubnets".
    pub fn why(&self) -> String {
        match &self.why {
            GapReason::Denied { action } => format!("not allowed: {action}"),
            GapReason::Failed { what } => format!("failed: {what}"),
            GapReason::NotAsked => format!("{} not read", self.part.words()),
            GapReason::Undecided { what } => what.clone(),
        }
    }
}
