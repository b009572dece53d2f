//! What the health of a target group's targets means for requests.
//!
//! A load balancer fails open: while not a single target is healthy, requests go to all of them, whatever their health
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>). Health alone stops
//! nothing: with a healthy target left, requests go there; with none left, the client sees what the targets themselves do.

use crate::check::Outcome;
use crate::finding::{Blocks, Evidence, ExpectedAnswer, Finding};
use crate::model::balancing::{Listener, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::subject::{Subject, SubjectKind};
pub(super) use crate::semantics::targets::takes_part;
use crate::semantics::targets::{Choice, Thresholds, choose, thresholds_matter};
use crate::source;
use crate::symptom::Symptom;

/// The targets that fail their health check for one reason.
#[derive(Debug)]
pub(crate) struct Failing<'a> {
    /// These.
    pub(crate) targets: Vec<&'a Target>,
    /// Of so many that take part.
    pub(crate) of: usize,
    /// What is stopped if requests fare like the health check: nothing while another target is healthy.
    pub(crate) blocks: Blocks,
}

/// The targets that fail for this reason; `None` when there is none.
pub(crate) fn failing<'a>(targets: &'a [Target], reason: &str) -> Option<Failing<'a>> {
    let taking_part: Vec<&Target> = targets.iter().filter(|target| takes_part(target)).collect();
    let failing: Vec<&Target> =
        taking_part.iter().copied().filter(|target| target.state == "unhealthy" && target.reason.as_deref() == Some(reason)).collect();
    if failing.is_empty() {
        return None;
    }
    let blocks = match (taking_part.iter().any(|target| target.state == "healthy"), failing.len() == taking_part.len()) {
        (true, _) => Blocks::None,
        (false, true) => Blocks::All,
        (false, false) => Blocks::Some,
    };
    Some(Failing { targets: failing, of: taking_part.len(), blocks })
}

/// Which targets of a group may receive a request. The thresholds are only asked for where they matter.
pub(crate) fn choice<'a>(deployment: &'a Deployment, group: &TargetGroup) -> Result<Choice<'a>, Gap> {
    let targets = deployment.targets(&group.arn)?;
    let thresholds = match thresholds_matter(targets) {
        true => Thresholds::of(deployment.target_group_attributes(&group.arn)?),
        false => Thresholds::default(),
    };
    Ok(choose(targets, thresholds))
}

/// Looks at each used target group for one reason; a group in which no target fails for it is in order.
pub(crate) fn over_failing(
    deployment: &Deployment,
    out: &mut Outcome,
    reason: &str,
    found: impl Fn(&TargetGroup, &Listener, Failing<'_>) -> Finding,
) {
    out.over(deployment.used_target_groups(), |out, (group, listener)| {
        let targets = deployment.targets(&group.arn)?;
        match failing(targets, reason) {
            Some(failing) => out.found(found(group, listener, failing)),
            // Nobody to look at: tg-empty or target-az-not-enabled speaks.
            None if !targets.iter().any(takes_part) => {}
            None => out.fine(subject(group), format!("no target of target group {} fails with {reason}", group.name)),
        }
        Ok(())
    });
}

impl Failing<'_> {
    /// `both targets`, `target 10.0.0.1:8080`, `2 of 5 targets`.
    pub(crate) fn who(&self) -> String {
        match (self.targets.len(), self.of, self.targets.first()) {
            (1, 1, Some(only)) => format!("target {}", address(only)),
            (2, 2, _) => "both targets".to_owned(),
            (count, of, _) if count == of => format!("all {of} targets"),
            (count, of, _) => format!("{count} of {of} targets"),
        }
    }

    /// Adds what AWS says about the first few of them.
    pub(crate) fn evidence(&self, mut finding: Finding) -> Finding {
        for target in self.targets.iter().take(3) {
            let reason = target.reason.as_deref().unwrap_or_default();
            let words = target.description.as_deref().map_or_else(|| reason.to_owned(), |words| format!("{reason}: {words}"));
            let subject = Subject::new(SubjectKind::Target, address(target));
            finding = finding.evidence(Evidence::found(subject, "TargetHealth", words, source::DESCRIBE_TARGET_HEALTH));
        }
        finding
    }

    /// What is stopped: a health check on another port or with another protocol says nothing about requests.
    pub(crate) fn stops(&self, group: &TargetGroup) -> Blocks {
        let same_port = |target: &&Target| group.health_check.fixed_port().is_none_or(|port| traffic_port(group, target) == Some(port));
        let same_protocol = group.health_check.protocol.is_none() || group.health_check.protocol == group.protocol;
        if same_protocol && self.targets.iter().all(same_port) { self.blocks } else { Blocks::None }
    }
}

/// What a client sees when the load balancer cannot get an answer from a target. A Network Load Balancer has no words of its own: it
/// resets or drops, and API Gateway answers; neither is documented for a health check's reason, so both are inferred.
pub(crate) fn failure(listener: &Listener, status: u16, symptom: Symptom) -> ExpectedAnswer {
    if listener.reads_http() { ExpectedAnswer::load_balancer(Some(status), symptom).inferred() } else { broken_off() }
}

/// What a client sees when there is no target to send the request to. AWS documents the 503 of an Application Load Balancer.
pub(crate) fn nobody(listener: &Listener) -> ExpectedAnswer {
    if listener.reads_http() { ExpectedAnswer::load_balancer(Some(503), Symptom::LbServiceUnavailable) } else { broken_off() }
}

/// A connection that a Network Load Balancer resets or that nobody accepts: what API Gateway makes of it is not documented.
pub(crate) fn broken_off() -> ExpectedAnswer {
    ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred()
}

/// The port on which a target gets requests.
pub(crate) fn traffic_port(group: &TargetGroup, target: &Target) -> Option<u16> {
    target.port.or(group.port)
}

/// A target group as the journey names it.
pub(crate) fn subject(group: &TargetGroup) -> Subject {
    Subject::from_arn(SubjectKind::TargetGroup, &group.arn)
}

/// `10.0.0.1:8080`.
pub(crate) fn address(target: &Target) -> String {
    target.port.map_or_else(|| target.id.clone(), |port| format!("{}:{port}", target.id))
}
