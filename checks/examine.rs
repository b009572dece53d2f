//! Runs every check on a deployment. No check stops, changes or precedes another; a panic is a verdict of that one.

use crate::check::{Check, Meta, Outcome, Verdict};
use crate::finding::Finding;
use crate::model::deployment::Deployment;
use crate::model::fetched::{Gap, GapReason};
use crate::model::part::Part;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What one check had to say.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// The check.
    pub meta: &'static Meta,
    /// Derived from the outcome.
    pub verdict: Verdict,
    /// Everything it noted.
    pub outcome: Outcome,
    /// The panic's message, if it crashed.
    pub crash: Option<String>,
}

impl CheckReport {
    /// True when a needed fact is missing or the check crashed. A finding decides the verdict and does not close the question:
    /// the check may have found one thing and been unable to look at another.
    pub fn is_open(&self) -> bool {
        self.verdict == Verdict::Crashed || !self.outcome.gaps.is_empty()
    }

    /// The same for facts that are needed: what could not be read of the optional ones is listed, and no more.
    pub fn lacks_a_needed_fact(&self) -> bool {
        self.verdict == Verdict::Crashed || self.outcome.gaps.iter().any(|gap| !gap.part.is_optional())
    }
}

/// What all checks had to say, in the order of the chain.
#[derive(Clone, Debug)]
pub struct Examination {
    /// One entry per check.
    pub reports: Vec<CheckReport>,
}

impl Examination {
    /// All findings with their checks, in order.
    pub fn findings(&self) -> impl Iterator<Item = (&'static Meta, &Finding)> {
        self.reports.iter().flat_map(|report| report.outcome.findings.iter().map(|finding| (report.meta, finding)))
    }

    /// The report of a check.
    pub fn of(&self, id: &str) -> Option<&CheckReport> {
        self.reports.iter().find(|report| report.meta.id == id)
    }
}

/// Runs the given checks. The result is sorted: the same facts give the same bytes, whatever the order of the checks.
pub fn examine(checks: &[&'static dyn Check], deployment: &Deployment) -> Examination {
    let mut reports: Vec<CheckReport> = checks.iter().map(|check| run(*check, deployment)).collect();
    reports.sort_by_key(|report| (report.meta.hop, report.meta.id));
    Examination { reports }
}

fn run(check: &'static dyn Check, deployment: &Deployment) -> CheckReport {
    let meta = check.meta();
    // A check only reads; what it half wrote before a panic is thrown away with its outcome.
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut outcome = Outcome::default();
        if let Err(gap) = check.examine(deployment, &mut outcome) {
            outcome.gaps.push(gap);
        }
        outcome
    }));
    match attempt {
        Ok(outcome) => {
            let outcome = ordered(outcome);
            CheckReport { meta, verdict: outcome.verdict(), outcome, crash: None }
        }
        Err(panic) => {
            let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic without a message".to_owned());
            let gap = Gap { part: Part::Api, why: GapReason::Failed { what: format!("the check crashed: {what}") } };
            let outcome = Outcome { gaps: vec![gap], ..Outcome::default() };
            CheckReport { meta, verdict: Verdict::Crashed, outcome, crash: Some(what) }
        }
    }
}

fn ordered(mut outcome: Outcome) -> Outcome {
    outcome.findings.sort_by(|a, b| (&a.subject, &a.summary).cmp(&(&b.subject, &b.summary)));
    outcome.fine.sort();
    outcome.fine.dedup();
    outcome.gaps.sort();
    outcome.gaps.dedup();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Hop, Phase};
    use crate::finding::Severity;
    use crate::model::facts::Facts;
    use crate::model::request::Request;
    use crate::model::time::Timestamp;

    static META: Meta = Meta {
        id: "panics",
        hop: Hop::Stage,
        severity: Severity::Error,
        title: "a check that panics",
        phase: Some(Phase::Edge),
        needs: &[],
        optional: &[],
        symptoms: &[],
        refines: &[],
        since: "0.1.0",
        page: "",
    };

    #[derive(Debug)]
    struct Panics;

    impl Check for Panics {
        fn meta(&self) -> &'static Meta {
            &META
        }

        fn examine(&self, _: &Deployment, _: &mut Outcome) -> Result<(), Gap> {
            panic!("on purpose")
        }
    }

    #[test]
    fn a_panic_is_a_verdict_of_that_check_and_of_no_other() {
        let facts = Facts::unread("a1b2c3", "eu-central-1", Timestamp::from_unix(0));
        let deployment = Deployment::new(facts, vec![Request::get("/health")]);
        let mut checks: Vec<&'static dyn Check> = crate::CHECKS.to_vec();
        checks.insert(0, &Panics);
        let with = examine(&checks, &deployment);
        let crashed = with.of("panics").expect("it was run");
        assert_eq!((crashed.verdict, crashed.crash.as_deref()), (Verdict::Crashed, Some("on purpose")));
        let others: Vec<_> = with.reports.iter().filter(|report| report.meta.id != "panics").map(|report| format!("{report:?}")).collect();
        let without: Vec<_> = examine(crate::CHECKS, &deployment).reports.iter().map(|report| format!("{report:?}")).collect();
        assert_eq!(others, without);
    }

    #[test]
    fn nothing_read_passes_nothing() {
        let facts = Facts::unread("a1b2c3", "eu-central-1", Timestamp::from_unix(0));
        let deployment = Deployment::new(facts, vec![Request::get("/health")]);
        for report in examine(crate::CHECKS, &deployment).reports {
            assert_eq!(report.verdict, Verdict::Unknown, "{}", report.meta.id);
        }
    }
}
