//! The target group registers instances, and the tasks have addresses of their own.

use super::health::{nobody, subject};
use super::replacement::replace;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Severity};
use crate::model::balancing::{Listener, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "target-type-instance-awsvpc",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "the target group registers instances, and tasks in awsvpc mode need one of addresses",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::Services, Part::TaskDefinitions],
    optional: &[Part::TargetHealth],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty"],
    since: "0.1.0",
    page: include_str!("target_type_instance_awsvpc.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetTypeInstanceAwsvpc;

impl Check for TargetTypeInstanceAwsvpc {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            match group.target_type.as_str() {
                "instance" => {}
                // A group of functions or load balancers is target-type-lambda-or-alb.
                other => {
                    out.fine(subject(group), format!("target group {} is of type {other}", group.name));
                    return Ok(());
                }
            }
            let services = deployment.services_of(&group.arn)?;
            if services.is_empty() {
                out.fine(subject(group), format!("no ECS service registers with target group {}", group.name));
            }
            for service in services {
                out.each(|out| look(deployment, out, group, listener, service));
            }
            Ok(())
        });
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, group: &TargetGroup, listener: &Listener, service: &Service) -> Result<(), Gap> {
    let Some(arn) = &service.task_definition_arn else {
        return Err(Gap::undecided(Part::TaskDefinitions, format!("service {} names no task definition", service.name)));
    };
    let mode = deployment.task_definition(arn)?.network_mode.as_deref().unwrap_or("bridge");
    if mode == "awsvpc" {
        out.found(finding(deployment, group, listener, service, arn));
    } else {
        out.fine(subject(group), format!("the tasks of service {} share their instance's address ({mode})", service.name));
    }
    Ok(())
}

fn finding(deployment: &Deployment, group: &TargetGroup, listener: &Listener, service: &Service, task_definition: &str) -> Finding {
    let task_definition = Subject::from_arn(SubjectKind::TaskDefinition, task_definition);
    let summary =
        format!("target group {} registers instances, but the tasks of service {} have addresses of their own", group.name, service.name);
    // Nothing of this service can be registered. Requests are stopped only if nothing else is: somebody may have registered instances.
    let empty = deployment.nobody_registered(&group.arn);
    let answer = nobody(listener);
    let effect = if empty {
        Effect::blocks_all(Phase::TargetConnect, subject(group), answer)
    } else {
        Effect::weakens(Phase::TargetConnect, subject(group))
    };
    Finding::new(&META, subject(group), summary)
        .severity(if empty { Severity::Error } else { Severity::Warning })
        .evidence(Evidence::found(subject(group), "TargetType", "instance", source::DESCRIBE_TARGET_GROUPS).expected("ip"))
        .evidence(Evidence::found(task_definition, "networkMode", "awsvpc", source::DESCRIBE_TASK_DEFINITION))
        .effect(effect)
        .fix(register_addresses(deployment, group))
}

fn register_addresses(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let wanted = TargetGroup { target_type: "ip".to_owned(), ..group.clone() };
    replace(deployment, group, wanted, "ip", "put a target group of type ip in its place".to_owned())
}
