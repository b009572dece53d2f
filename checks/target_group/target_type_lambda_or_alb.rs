//! The request ends at a function, not at a task of a service; groups of load balancers are followed.

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
    title: "the request ends at a function, not at a task of a service",
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
            match group.target_type.as_str() {
                "lambda" if concerns_a_request(deployment, out, group) => out.found(finding(deployment, group)),
                "alb" => {
                    // What stands behind it is looked at as well, or it is a gap; without a load balancer in it tg-empty speaks.
                    for listener in deployment.listeners_in(group)? {
                        out.fine(
                            subject(group),
                            format!("target group {} leads to listener {} of another load balancer", group.name, listener.port),
                        );
                    }
                }
                other => out.fine(subject(group), format!("target group {} is of type {other}", group.name)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, group: &TargetGroup) -> Finding {
    let what = "a Lambda function: no ECS service can register there, and the function's own limits apply";
    let targets = deployment.targets(&group.arn).unwrap_or_default();
    let finding = Finding::new(&META, subject(group), format!("target group {} leads to {what}", group.name))
        .evidence(Evidence::found(subject(group), "TargetType", "lambda", source::DESCRIBE_TARGET_GROUPS))
        .effect(Effect::weakens(Phase::Target, subject(group)));
    match targets.first() {
        Some(function) => finding
            .evidence(Evidence::found(subject(group), "Target.Id", &function.id, source::DESCRIBE_TARGET_HEALTH))
            .fix(look_behind(deployment, &function.id)),
        None => finding.fix(look_behind(deployment, "FUNCTION")),
    }
}

fn look_behind(deployment: &Deployment, function: &str) -> Fix {
    Fix::new("look at the function's policy and log, if requests fail there", Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("lambda get-policy --function-name {}", quote(function))))
        .console("Lambda: Functions → Monitor → Logs")
}
