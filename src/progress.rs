//! What is going on, on standard error and only on a terminal.

use crate::collect::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Mutex;
use std::time::Duration;

/// A spinner with the calls in flight. Silent without a terminal; gone when dropped.
pub(crate) struct Spinner {
    bar: ProgressBar,
    in_flight: Mutex<Vec<String>>,
}

impl Spinner {
    /// Starts to turn.
    pub(crate) fn new() -> Spinner {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Spinner { bar, in_flight: Mutex::new(Vec::new()) }
    }

    /// Says something else than the calls in flight.
    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// Lets somebody else write to standard error, without the spinner in between.
    pub(crate) fn aside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    fn change(&self, how: impl FnOnce(&mut Vec<String>)) {
        let mut calls = self.in_flight.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        how(&mut calls);
        self.bar.set_message(calls.join(", "));
    }
}

impl Progress for Spinner {
    fn started(&self, what: &str) {
        self.change(|calls| calls.push(what.to_owned()));
    }

    fn finished(&self, what: &str) {
        self.change(|calls| {
            if let Some(at) = calls.iter().position(|call| call == what) {
                calls.remove(at);
            }
        });
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
