//! A zone's targets get no requests, because somebody or something shifted the traffic away.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LoadBalancer, Target};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "zonal-shift-active",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "traffic is shifted away from a zone of the load balancer",
    phase: None, // the other zones go on
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::LoadBalancers, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::LoadBalancerAttributes],
    symptoms: &[Symptom::LbServiceUnavailable, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("zonal_shift_active.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ZonalShiftActive;

impl Check for ZonalShiftActive {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let groups = deployment.used_target_groups();
        out.gaps.extend(groups.gaps.iter().cloned());
        out.over(deployment.passed_load_balancers(), |out, lb| {
            let (mut shifted, mut seen) = (Vec::new(), false);
            for (group, _) in groups.items.iter().filter(|(_, listener)| listener.load_balancer_arn == lb.arn) {
                out.each(|_| {
                    let targets = deployment.targets(&group.arn)?;
                    seen |= !targets.is_empty();
                    shifted.extend(targets.iter().filter(|target| is_shifted(target)));
                    Ok(())
                });
            }
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            if !shifted.is_empty() {
                out.found(finding(deployment, lb, subject, &shifted));
            } else if seen {
                out.fine(subject, format!("no target behind load balancer {} is in a zone that traffic is shifted away from", lb.name));
            }
            Ok(())
        });
        Ok(())
    }
}

fn is_shifted(target: &Target) -> bool {
    let state = target.administrative_override.as_ref().map(|shift| shift.state.as_str());
    matches!(state, Some("zonal_shift_active" | "zonal_shift_delegated_to_dns"))
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, subject: Subject, shifted: &[&Target]) -> Finding {
    let zones: BTreeSet<&str> = shifted.iter().filter_map(|target| target.zone.as_deref()).collect();
    let zones = if zones.is_empty() { "a zone".to_owned() } else { zones.into_iter().collect::<Vec<_>>().join(", ") };
    let summary = format!("traffic of load balancer {} is shifted away from {zones}: its targets there get no requests", lb.name);
    let mut finding = Finding::new(&META, subject.clone(), summary).effect(Effect::weakens(Phase::TargetConnect, subject.clone()));
    for target in shifted.iter().take(3) {
        let Some(shift) = &target.administrative_override else { continue };
        let words = shift.description.as_deref().map_or_else(|| shift.state.clone(), |words| format!("{}: {words}", shift.state));
        let target = Subject::new(SubjectKind::Target, &target.id);
        finding = finding
            .evidence(Evidence::found(target, "AdministrativeOverride", words, source::DESCRIBE_TARGET_HEALTH).expected("no_override"));
    }
    let key = "zonal_shift.config.enabled";
    if let Some(value) = deployment.load_balancer_attributes(&lb.arn).ok().and_then(|attributes| attributes.get(key)) {
        finding = finding.evidence(Evidence::found(subject, key, value, source::DESCRIBE_LOAD_BALANCER_ATTRIBUTES));
    }
    finding.fix(end_it(deployment, lb))
}

/// Whether the zone is well again is nothing that this configuration tells.
fn end_it(deployment: &Deployment, lb: &LoadBalancer) -> Fix {
    let of_lb = quote(&format!("items[?resourceIdentifier=='{}'].[zonalShiftId,awayFrom,expiryTime,comment]", lb.arn));
    Fix::new("if the zone is well again: end the shift, or let it expire", Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &format!("arc-zonal-shift list-zonal-shifts --status ACTIVE --query {of_lb}")))
        .cli(aws(deployment, "arc-zonal-shift cancel-zonal-shift --zonal-shift-id ZONAL_SHIFT_ID"))
        .console(format!("EC2: Load balancers → {} → Integrations → Zonal shift → Cancel", lb.name))
}
