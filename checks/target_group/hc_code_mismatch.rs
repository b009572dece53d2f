//! The target answers its health check, but with a status that does not count as healthy.

use super::health::{Failing, over_failing, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "hc-code-mismatch",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "a target answers its health check with a status that does not count as healthy",
    phase: None, // the target answers, so requests get through: the load balancer fails open
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::TargetAnswer],
    refines: &["tg-all-unhealthy"],
    since: "0.1.0",
    page: include_str!("hc_code_mismatch.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct HcCodeMismatch;

impl Check for HcCodeMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        over_failing(deployment, out, "Target.ResponseCodeMismatch", |group, _, failing| finding(deployment, group, &failing));
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup, failing: &Failing<'_>) -> Finding {
    let seen = codes(&failing.targets);
    let path = group.health_check.path.as_deref().unwrap_or("/");
    let matcher = group.health_check.matcher.as_deref().unwrap_or("200");
    let said = if seen.is_empty() { "an unexpected status".to_owned() } else { list(&seen) };
    let open = if failing.blocks == Blocks::None { "" } else { "; no other target is healthy, so requests go there all the same" };
    let summary =
        format!("GET {path} of the health check gets {said} from {} of target group {}, not {matcher}{open}", failing.who(), group.name);
    let mut finding = failing
        .evidence(Finding::new(&META, subject(group), summary))
        .evidence(Evidence::found(subject(group), "Matcher.HttpCode", matcher, source::DESCRIBE_TARGET_GROUPS))
        .evidence(Evidence::found(subject(group), "HealthCheckPath", path, source::DESCRIBE_TARGET_GROUPS))
        .effect(Effect::weakens(Phase::Target, subject(group)));
    let asked = deployment.requests().iter().filter(|request| request.method == "GET").map(|request| request.bare_path());
    if let Some(other) = asked.into_iter().find(|other| *other != path) {
        finding = finding.fix(ask_for(deployment, group, other, path));
    }
    // Without HttpCode the matcher is one of gRPC codes, which are other numbers.
    match group.health_check.matcher.as_deref().and_then(|matcher| wider(matcher, &seen)) {
        Some(wider) => finding.fix(accept(deployment, group, &wider)),
        None => finding.fix(look(deployment, group, path)),
    }
}

/// The statuses in `Health checks failed with these codes: [404, 500]`.
pub(super) fn codes(targets: &[&Target]) -> BTreeSet<u16> {
    let words = targets.iter().filter_map(|target| target.description.as_deref());
    let numbers = words.flat_map(|words| words.split(|c: char| !c.is_ascii_digit())).filter(|number| number.len() == 3);
    numbers.filter_map(|number| number.parse().ok()).collect()
}

fn list(codes: &BTreeSet<u16>) -> String {
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

/// A matcher that takes these codes as well. AWS takes values or one range, from 200 to 499.
fn wider(matcher: &str, seen: &BTreeSet<u16>) -> Option<String> {
    let wanted: Option<BTreeSet<u16>> = matcher.split([',', '-']).map(|code| code.trim().parse().ok()).collect();
    let mut wanted = wanted?;
    wanted.extend(seen);
    let (lowest, highest) = (*wanted.first()?, *wanted.last()?);
    let allowed = !seen.is_empty() && lowest >= 200 && highest <= 499;
    let wider = if matcher.contains('-') { format!("{lowest}-{highest}") } else { list(&wanted).replace(' ', "") };
    (allowed && wider != matcher).then_some(wider)
}

pub(super) fn ask_for(deployment: &Deployment, group: &TargetGroup, path: &str, instead_of: &str) -> Fix {
    let title = format!("let the health check ask for {path} instead of {instead_of}, if {path} answers 200 without credentials");
    let change = vec![remedy::set(&["target_groups", &group.arn, "known", "health_check", "path"], json!(path))];
    modify(deployment, group, title, change, &format!("--health-check-path {}", quote(path)), &format!("path {path}"))
}

fn accept(deployment: &Deployment, group: &TargetGroup, matcher: &str) -> Fix {
    let title = format!("count {matcher} as healthy, if the application means it: the check then cannot tell such an answer from a fault");
    let change = vec![remedy::set(&["target_groups", &group.arn, "known", "health_check", "matcher"], json!(matcher))];
    let argument = format!("--matcher {}", quote(&json!({"HttpCode": matcher}).to_string()));
    modify(deployment, group, title, change, &argument, &format!("success codes {matcher}"))
}

fn modify(deployment: &Deployment, group: &TargetGroup, title: String, change: Vec<serde_json::Value>, argument: &str, field: &str) -> Fix {
    let arn = quote(&group.arn);
    Fix::new(title, Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-target-group --target-group-arn {arn} {argument}")))
        .console(format!("EC2: Target groups → {} → Health checks → Edit → {field}", group.name))
}

/// No matcher takes a 5xx: the application itself has to be mended.
fn look(deployment: &Deployment, group: &TargetGroup, path: &str) -> Fix {
    let arn = quote(&group.arn);
    Fix::new(format!("find out in the application's log why GET {path} fails"), Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 describe-target-health --target-group-arn {arn}")))
        .console(format!("EC2: Target groups → {} → Targets → Health status details", group.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matcher_stays_within_what_aws_takes() {
        let with = |matcher: &str, seen: &[u16]| wider(matcher, &seen.iter().copied().collect());
        assert_eq!(with("200", &[404]).as_deref(), Some("200,404"));
        assert_eq!(with("200-299", &[301, 302]).as_deref(), Some("200-302"));
        assert_eq!(with("200", &[404, 500]), None, "499 is the highest");
        assert_eq!(with("200", &[]), None, "nothing is known to add");
        assert_eq!(with("200,404", &[404]), None, "it is there already");
        assert_eq!(with("two hundred", &[404]), None);
    }
}
