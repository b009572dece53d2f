//! What ends a run without a report: one sentence that says what to do next, and the exit code.

use crate::report::gate;
use thiserror::Error;

/// A failure that a person sees.
#[derive(Debug, Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) exit_code: u8,
}

impl Failure {
    /// Wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit_code: gate::USAGE }
    }

    /// Nothing could be examined.
    pub(crate) fn nothing(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit_code: gate::NOTHING }
    }

    /// Not the user's fault.
    pub(crate) fn internal(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit_code: gate::INTERNAL }
    }
}
