//! AWS cannot say whether the targets are healthy.

use super::health::{address, subject, takes_part};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote};

static META: Meta = Meta {
    id: "target-health-unavailable",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "AWS cannot say whether a target is healthy",
    phase: None, // not knowing stops nothing
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("target_health_unavailable.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetHealthUnavailable;

impl Check for TargetHealthUnavailable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            let targets = deployment.targets(&group.arn)?;
            let blind: Vec<&Target> = targets.iter().filter(|target| unknown(group, target)).collect();
            if !blind.is_empty() {
                out.found(finding(deployment, group, &blind, targets.len()));
            } else if targets.iter().any(takes_part) {
                out.fine(subject(group), format!("AWS knows the health of the targets of target group {}", group.name));
            }
            Ok(())
        });
        Ok(())
    }
}

/// Health checks of functions are off unless somebody wants them: that is no defect (target-type-lambda-or-alb names such a group).
fn unknown(group: &TargetGroup, target: &Target) -> bool {
    target.reason.as_deref() == Some("Elb.InternalError") || (target.state == "unavailable" && group.target_type != "lambda")
}

fn finding(deployment: &Deployment, group: &TargetGroup, blind: &[&Target], of: usize) -> Finding {
    let who = if let [only] = blind { format!("target {}", address(only)) } else { format!("{} of {of} targets", blind.len()) };
    let summary = format!("AWS cannot say whether {who} of target group {} is healthy", group.name);
    let mut finding = Finding::new(&META, subject(group), summary).effect(Effect::weakens(Phase::TargetConnect, subject(group)));
    for target in blind.iter().take(3) {
        let reason = target.reason.as_deref().unwrap_or("no reason given");
        let words = target.description.as_deref().map_or_else(|| reason.to_owned(), |words| format!("{reason}: {words}"));
        let target = Subject::new(SubjectKind::Target, address(target));
        finding = finding.evidence(Evidence::found(target, "TargetHealth", words, source::DESCRIBE_TARGET_HEALTH));
    }
    finding.fix(ask_again(deployment, group))
}

/// An error inside Elastic Load Balancing: nothing of the deployment can be changed for it.
fn ask_again(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let arn = quote(&group.arn);
    Fix::new("ask again in a minute; if it stays, register the target anew, then ask AWS Support", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 describe-target-health --target-group-arn {arn}")))
        .console(format!("EC2: Target groups → {} → Targets → Health status details", group.name))
}
