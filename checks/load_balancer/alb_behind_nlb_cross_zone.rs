//! A Network Load Balancer sends to every zone of the Application Load Balancer behind it, and that one does not cross zones to its targets.

use super::zones::{CROSS_ZONE, bare, crosses, setting};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "alb-behind-nlb-cross-zone",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "a Network Load Balancer crosses zones, and the Application Load Balancer behind it does not",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::LoadBalancers,
        Part::LoadBalancerAttributes,
        Part::TargetGroups,
        Part::TargetGroupAttributes,
        Part::TargetHealth,
    ],
    optional: &[],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("alb_behind_nlb_cross_zone.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct AlbBehindNlbCrossZone;

impl Check for AlbBehindNlbCrossZone {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let fronts = deployment.named_listeners().then_many(|front| {
            let groups = deployment.balancer_groups(front)?;
            Ok(groups.into_iter().map(|group| (front, group)).collect())
        });
        out.over(fronts, |out, (front, group)| {
            let Some(nlb) = deployment.load_balancer(&front.load_balancer_arn)? else { return Ok(()) };
            let crossing = crosses(deployment, nlb, group)?;
            for listener in deployment.listeners_in(group)? {
                let Some(alb) = deployment.load_balancer(&listener.load_balancer_arn)? else { continue };
                if crossing {
                    look(deployment, out, (nlb, group), alb, listener)?;
                } else {
                    let fact = format!("load balancer {} sends to load balancer {} in its own zone only", nlb.name, alb.name);
                    out.fine(Subject::from_arn(SubjectKind::LoadBalancer, &alb.arn), fact);
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// The Network Load Balancer, and its target group that holds the other one.
type Front<'a> = (&'a LoadBalancer, &'a TargetGroup);

/// Each group behind the inner listener: does it cross zones, and if not, has every zone somebody healthy?
fn look(deployment: &Deployment, out: &mut Outcome, front: Front<'_>, alb: &LoadBalancer, listener: &Listener) -> Result<(), Gap> {
    for arn in deployment.target_group_arns_of(listener)? {
        let Some(group) = deployment.target_group(arn)? else { continue };
        out.each(|out| {
            let subject = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
            if crosses(deployment, alb, group)? {
                out.fine(subject, format!("load balancer {} sends to target group {} in every zone", alb.name, group.name));
                return Ok(());
            }
            match bare(deployment, alb, group)?.as_slice() {
                [] => out.fine(subject, format!("no zone of load balancer {} is worse off in target group {}", alb.name, group.name)),
                zones => out.found(finding(deployment, front, alb, group, &zones.join(", "))),
            }
            Ok(())
        });
    }
    Ok(())
}

fn finding(deployment: &Deployment, (nlb, holding): Front<'_>, alb: &LoadBalancer, group: &TargetGroup, zones: &str) -> Finding {
    let subject = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let front = Subject::from_arn(SubjectKind::LoadBalancer, &nlb.arn);
    let summary = format!(
        "load balancer {} sends to {zones} of load balancer {}, where target group {} has no healthy target and does not cross zones",
        nlb.name, alb.name, group.name
    );
    // The page of an Application Load Balancer without a target to send to; that it is per zone here is inferred.
    let answer = ExpectedAnswer::load_balancer(Some(503), Symptom::LbServiceUnavailable).inferred();
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(
            Evidence::found(subject.clone(), CROSS_ZONE, "false", source::DESCRIBE_TARGET_GROUP_ATTRIBUTES)
                .expected("use_load_balancer_configuration"),
        )
        .evidence(setting(deployment, nlb, holding))
        .effect(Effect::blocks_some(Phase::TargetConnect, subject, answer).and_through(front))
        .fix(cross(deployment, group))
}

/// An Application Load Balancer crosses zones unless a target group says otherwise.
fn cross(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let value = "use_load_balancer_configuration";
    let change = vec![remedy::set(&["target_group_attributes", &group.arn, "known", CROSS_ZONE], json!(value))];
    let arguments = format!("--target-group-arn {} --attributes Key={CROSS_ZONE},Value={value}", quote(&group.arn));
    Fix::new(format!("let the Application Load Balancer send to target group {} in every zone", group.name), Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-target-group-attributes {arguments}")))
        .console(format!("EC2: Target groups → {} → Attributes → Edit → Cross-zone load balancing: inherit", group.name))
}
