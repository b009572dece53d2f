//! `--wait`: looking again until all is well or the time is up.

use crate::cli::AskArgs;
use crate::error::Failure;
use crate::output;
use crate::report::{clean, gate};
use std::time::{Duration, Instant};

/// The pause between two looks, when nobody says another.
const PAUSE: Duration = Duration::from_secs(5);

/// How long to go on looking.
pub(crate) struct Watch {
    deadline: Option<Instant>,
    pause: Duration,
}

impl Watch {
    /// Begins now.
    pub(crate) fn of(args: &AskArgs) -> Watch {
        Watch { deadline: args.wait.map(|wait| Instant::now() + wait), pause: args.interval.unwrap_or(PAUSE) }
    }

    /// Whether to look again, after the pause: not when all is well, and not when the time is up. The last look is at the very end.
    pub(crate) async fn again(&self, well: bool, state: &str) -> Result<bool, Failure> {
        let Some(left) = self.deadline.filter(|_| !well).and_then(|deadline| deadline.checked_duration_since(Instant::now())) else {
            return Ok(false);
        };
        if left.is_zero() {
            return Ok(false);
        }
        output::complain(&clean(&format!("not yet: {state} (at most {} s more)", left.as_secs())));
        tokio::select! {
            () = tokio::time::sleep(self.pause.min(left)) => Ok(true),
            // Whoever was asked for it before takes the signal from the system: it has to be listened to here, too.
            _ = tokio::signal::ctrl_c() => Err(Failure { message: "interrupted while waiting".to_owned(), exit_code: gate::INTERRUPTED }),
        }
    }
}
