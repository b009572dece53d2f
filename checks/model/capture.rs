//! A deployment and its probe answers, written to a file.

use super::facts::Facts;
use super::inside::Inside;
use super::records::Records;
use super::request::Request;
use crate::answer::Attempt;
use serde::{Deserialize, Serialize};

/// The format this version writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// The file behind `capture -o FILE` and `check --from FILE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// Format version; a reader refuses a newer one.
    pub format: u32,
    /// Name and version of the program that wrote it.
    pub written_by: String,
    /// What was read.
    pub facts: Facts,
    /// The requests that were asked about.
    pub requests: Vec<Request>,
    /// What came back for them; may be empty.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Logs and metrics around the attempts, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Records>,
    /// What nodes and targets answered to somebody inside the VPC, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
}
