//! Targets that AWS does not use for one reason: what the checks of such reasons share.

use super::health::{address, nobody as no_target, subject};
use crate::check::{Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::model::balancing::{Listener, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::targets::{Choice, Thresholds, choose};
use crate::source;

/// Looks at each used target group for targets with this reason; `words` ends the sentence about them.
pub(super) fn over_unused(
    meta: &'static Meta,
    deployment: &Deployment,
    out: &mut Outcome,
    (reason, words): (&str, &str),
    mend: impl Fn(&TargetGroup, &[&Target], Finding) -> Finding,
) {
    out.over(deployment.used_target_groups(), |out, (group, listener)| {
        let targets = deployment.targets(&group.arn)?;
        let unused: Vec<&Target> = targets.iter().filter(|target| target.reason.as_deref() == Some(reason)).collect();
        if !unused.is_empty() {
            // Others leave: target-draining says what that means for requests.
            let nobody = matches!(choose(targets, Thresholds::default()), Choice::Nobody { leaving: 0, .. });
            out.found(mend(group, &unused, finding(meta, group, listener, &unused, (targets.len(), nobody), words)));
        } else if !targets.is_empty() {
            out.fine(subject(group), format!("no target of target group {} has the reason {reason}", group.name));
        }
        Ok(()) // without targets tg-empty speaks
    });
}

fn finding(
    meta: &'static Meta,
    group: &TargetGroup,
    listener: &Listener,
    unused: &[&Target],
    (of, nobody): (usize, bool),
    words: &str,
) -> Finding {
    let who = match unused {
        [only] => format!("target {}", address(only)),
        several => format!("{} of {of} targets", several.len()),
    };
    let answer = no_target(listener);
    let (severity, effect) = match nobody {
        true => (Severity::Error, Effect::blocks_all(Phase::TargetConnect, subject(group), answer)),
        false => (Severity::Warning, Effect::weakens(Phase::TargetConnect, subject(group))),
    };
    let summary = format!("{who} of target group {} {words}", group.name);
    let mut finding = Finding::new(meta, subject(group), summary).severity(severity).effect(effect);
    for target in unused.iter().take(3) {
        let reason = target.reason.as_deref().unwrap_or_default();
        let words = target.description.as_deref().map_or_else(|| reason.to_owned(), |words| format!("{reason}: {words}"));
        let target = Subject::new(SubjectKind::Target, address(target));
        finding = finding.evidence(Evidence::found(target, "TargetHealth", words, source::DESCRIBE_TARGET_HEALTH));
    }
    finding
}

/// `Id=10.0.0.1,Port=8080 …` for the AWS CLI.
pub(super) fn ids(targets: &[&Target]) -> String {
    let one = |target: &&Target| {
        let port = target.port.map_or_else(String::new, |port| format!(",Port={port}"));
        crate::steps::quote(&format!("Id={}{port}", target.id))
    };
    targets.iter().map(one).collect::<Vec<_>>().join(" ")
}
