//! What the deployment's own logs and metrics say of the minutes around the probe: further evidence for a diagnosis. No check reads it.

use super::fetched::Fetched;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Logs and metrics of one stretch of time (`check --logs`). Part of a capture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// The first moment that was asked about.
    pub from: Timestamp,
    /// The last one.
    pub to: Timestamp,
    /// Lines of access logs by stage name, oldest first: `FilterLogEvents`.
    #[serde(default)]
    pub access_logs: BTreeMap<String, Fetched<Vec<LogEntry>>>,
    /// What there is of these logs beside the lines above, by stage name. A log that was read whole is absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, LeftOut>,
    /// CloudWatch metrics by the ARN of a load balancer or target group, then by the metric's name: `GetMetricData`. A metric that
    /// has no value is absent: CloudWatch stores none where nothing happened.
    #[serde(default)]
    pub metrics: BTreeMap<String, Fetched<BTreeMap<String, f64>>>,
}

/// What was found in an access log, or may be there, and is not among its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// So many lines are not in the format that the stage has now.
    #[serde(default)]
    pub unread: u32,
    /// There were more lines than are read: the newest are missing.
    #[serde(default)]
    pub cut: bool,
}

/// A line of an access log, as far as it is kept: who called, with what and which address is nobody's business here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// When it was written.
    pub at: Timestamp,
    /// Values by the name of their variable, without `$context.`; only those of [`crate::semantics::access_log::KEPT`].
    pub values: BTreeMap<String, String>,
}
