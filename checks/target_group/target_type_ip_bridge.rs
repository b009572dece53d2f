//! The target group registers addresses, and the tasks share those of their instances.

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
    id: "target-type-ip-bridge",
    hop: Hop::TargetGroup,
    severity: Severity::Error,
    title: "the target group registers addresses, and tasks outside awsvpc mode have none of their own",
    phase: Some(Phase::TargetConnect),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::Services, Part::TaskDefinitions],
    optional: &[Part::TargetHealth],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty"],
    since: "0.1.0",
    page: include_str!("target_type_ip_bridge.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TargetTypeIpBridge;

impl Check for TargetTypeIpBridge {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            if group.target_type != "ip" {
                // target-type-instance-awsvpc is the other way round.
                out.fine(subject(group), format!("target group {} is of type {}", group.name, group.target_type));
                return Ok(());
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
    match deployment.task_definition(arn)?.network_mode.as_deref() {
        Some("awsvpc") => out.fine(subject(group), format!("each task of service {} has an address of its own", service.name)),
        mode => out.found(finding(deployment, group, listener, (service, arn), mode)),
    }
    Ok(())
}

fn finding(
    deployment: &Deployment,
    group: &TargetGroup,
    listener: &Listener,
    (service, task_definition): (&Service, &str),
    mode: Option<&str>,
) -> Finding {
    let task_definition = Subject::from_arn(SubjectKind::TaskDefinition, task_definition);
    let evidence = match mode {
        Some(mode) => Evidence::found(task_definition, "networkMode", mode, source::DESCRIBE_TASK_DEFINITION),
        None => Evidence::absent(task_definition, "networkMode", source::DESCRIBE_TASK_DEFINITION),
    };
    let mode = mode.unwrap_or("bridge");
    let summary = format!(
        "target group {} registers addresses, but tasks of service {} have none of their own ({mode} mode)",
        group.name, service.name
    );
    // Nothing of this service can be registered. Requests are stopped only if nothing else is: somebody may have registered addresses.
    let empty = deployment.nobody_registered(&group.arn);
    let answer = nobody(listener);
    let (severity, effect) = match empty {
        true => (Severity::Error, Effect::blocks_all(Phase::TargetConnect, subject(group), answer)),
        false => (Severity::Warning, Effect::weakens(Phase::TargetConnect, subject(group))),
    };
    Finding::new(&META, subject(group), summary)
        .severity(severity)
        .evidence(Evidence::found(subject(group), "TargetType", "ip", source::DESCRIBE_TARGET_GROUPS).expected("instance"))
        .evidence(evidence.expected("awsvpc"))
        .effect(effect)
        .fix(register_instances(deployment, group))
}

fn register_instances(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let wanted = TargetGroup { target_type: "instance".to_owned(), ..group.clone() };
    replace(deployment, group, wanted, "inst", "put a target group of type instance in its place".to_owned())
}
