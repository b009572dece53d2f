//! Automatic scaling may take every task of the service away.

use super::{console, nobody_there, phase_at, update_service};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::{ScalableTarget, Service};
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "desired-but-scaled-to-zero",
    hop: Hop::Service,
    severity: Severity::Info,
    title: "automatic scaling may take every task of a service away",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::CloudMapServices,
        Part::Services,
        Part::ScalableTargets,
    ],
    optional: &[Part::TargetHealth, Part::CloudMapInstances],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &["service-desired-zero", "tg-empty", "cm-no-instances"],
    since: "0.1.0",
    page: include_str!("desired_but_scaled_to_zero.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct DesiredButScaledToZero;

impl Check for DesiredButScaledToZero {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_services(), |out, (service, place)| {
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            match deployment.scalable_target(&service.arn)? {
                None => out.fine(subject, format!("service {} does not scale by itself", service.name)),
                Some(bounds) if bounds.min_capacity > 0 => {
                    out.fine(subject, format!("service {} keeps {} tasks or more", service.name, bounds.min_capacity));
                }
                Some(bounds) => out.found(finding(deployment, service, place, bounds)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, service: &Service, place: Place<'_>, bounds: &ScalableTarget) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let gone = service.desired_count == 0;
    let summary = match gone {
        true => format!("automatic scaling may keep service {} at no task, and it is there", service.name),
        false => format!("automatic scaling may take every task of service {} away, at night for example", service.name),
    };
    let found = |field: &'static str, value: u32, source| Evidence::found(subject.clone(), field, value.to_string(), source);
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(found("MinCapacity", bounds.min_capacity, source::DESCRIBE_SCALABLE_TARGETS).expected("1 or more"))
        .evidence(found("MaxCapacity", bounds.max_capacity, source::DESCRIBE_SCALABLE_TARGETS))
        .evidence(found("desiredCount", service.desired_count, source::DESCRIBE_SERVICES));
    let finding = if gone {
        // That it was scaling, and not somebody's hand, is inferred.
        nobody_there(finding.severity(Severity::Error).confidence(Confidence::Likely), deployment, place)
    } else {
        finding.effect(Effect::weakens(phase_at(place), place.subject()))
    };
    finding.fix(keep_one(deployment, service, bounds))
}

fn keep_one(deployment: &Deployment, service: &Service, bounds: &ScalableTarget) -> Fix {
    let most = bounds.max_capacity.max(1);
    let path =
        |field| remedy::set(&["scalable_targets", &service.arn, "known", field], json!(if field == "max_capacity" { most } else { 1 }));
    let resource = quote(&format!("service/{}/{}", arn_tail(&service.cluster_arn), service.name));
    let command = format!(
        "application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
         --resource-id {resource} --min-capacity 1 --max-capacity {most}"
    );
    let title = format!("keep at least one task of service {}", service.name);
    let mut fix = Fix::new(title, Risk::Safe, vec![path("min_capacity"), path("max_capacity")])
        .cli(aws(deployment, &command))
        .console(format!("{} → Service auto scaling → Update → Minimum number of tasks", console(service)));
    if service.desired_count == 0 {
        fix.change.push(remedy::set(&["services", "known", &service.arn, "desired_count"], json!(1)));
        fix = fix.cli(update_service(deployment, service, "--desired-count 1"));
    }
    fix
}
