//! The request ends at a function, or at another load balancer: not at a task that this doctor could look at.

use super::health::{concerns_a_request, subject};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::steps::{aws, quote};

static META: Meta = Meta {
    id: "target-type-lambda-or-alb",
    hop: Hop::TargetGroup,
    severity: Severity::Info,
    title: "the request ends at a function or at another load balancer",
    phase: None, // nothing is wrong with that
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::Stages],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Services, Part::TargetHealth],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("target_type_lambda_or_alb.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetTypeLambdaOrAlb;

impl Check for TargetTypeLambdaOrAlb {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, _)| {
            if matches!(group.target_type.as_str(), "lambda" | "alb") && concerns_a_request(deployment, out, group) {
                out.found(finding(deployment, group));
            } else {
                out.fine(subject(group), format!("target group {} is of type {}", group.name, group.target_type));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup) -> Finding {
    let what = match group.target_type.as_str() {
        "lambda" => "a Lambda function: no ECS service can register there, and the function's own limits apply",
        _ => "another load balancer, whose listeners, rules and targets were not read",
    };
    let targets = deployment.targets(&group.arn).unwrap_or_default();
    let ids = targets.iter().map(|target| target.id.as_str()).collect::<Vec<_>>().join(", ");
    let mut finding = Finding::new(&META, subject(group), format!("target group {} leads to {what}", group.name))
        .evidence(Evidence::found(subject(group), "TargetType", &group.target_type, source::DESCRIBE_TARGET_GROUPS))
        .effect(Effect::weakens(Phase::Target, subject(group)));
    if !ids.is_empty() {
        finding = finding.evidence(Evidence::found(subject(group), "Target.Id", ids, source::DESCRIBE_TARGET_HEALTH));
    }
    let target = targets.first().map_or("TARGET_ARN", |target| target.id.as_str());
    finding.fix(look_behind(deployment, group, target))
}

fn look_behind(deployment: &Deployment, group: &TargetGroup, target: &str) -> Fix {
    let (command, console) = match group.target_type.as_str() {
        "lambda" => (format!("lambda get-policy --function-name {}", quote(target)), "Lambda: Functions → Monitor → Logs"),
        _ => (format!("elbv2 describe-listeners --load-balancer-arn {}", quote(target)), "EC2: Load balancers → Listeners and rules"),
    };
    Fix::new("look behind it, if requests fail there", Risk::Safe, Vec::new()).cli(aws(deployment, &command)).console(console)
}
