//! The nodes of a Network Load Balancer send to their own zone only, and a zone has no healthy target.

use super::zones::{CROSS_ZONE, bare, crosses, group_says, setting};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{LoadBalancer, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use crate::target_group::health::broken_off;
use serde_json::json;

static META: Meta = Meta {
    id: "nlb-cross-zone-off",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "the Network Load Balancer does not cross zones, and one of its zones has no healthy target",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::LoadBalancers,
        Part::LoadBalancerAttributes,
        Part::TargetGroups,
        Part::TargetGroupAttributes,
        Part::TargetHealth,
    ],
    optional: &[Part::NetworkInterfaces, Part::Rules],
    symptoms: &[Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("nlb_cross_zone_off.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NlbCrossZoneOff;

impl Check for NlbCrossZoneOff {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.used_target_groups(), |out, (group, listener)| {
            let Some(lb) = deployment.load_balancer(&listener.load_balancer_arn)?.filter(|lb| !lb.is_application()) else {
                return Ok(());
            };
            if group.target_type == "alb" {
                return Ok(()); // a load balancer stands in zones of its own: alb-behind-nlb-cross-zone
            }
            let subject = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
            if crosses(deployment, lb, group)? {
                out.fine(subject, format!("load balancer {} sends to target group {} in every zone", lb.name, group.name));
                return Ok(());
            }
            match bare(deployment, lb, group)?.as_slice() {
                [] => out
                    .fine(subject, format!("no zone of load balancer {} is worse off in target group {} than others", lb.name, group.name)),
                zones => out.found(finding(deployment, lb, group, subject, zones)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, group: &TargetGroup, subject: Subject, zones: &[String]) -> Finding {
    let names = zones.join(", ");
    let summary =
        format!("load balancer {} does not cross zones, and target group {} has no healthy target in {names}", lb.name, group.name);
    let balancer = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
    let enabled: Vec<&str> = lb.zones.iter().map(|zone| zone.zone.as_str()).collect();
    let targets = deployment.targets(&group.arn).unwrap_or_default();
    let words = |target: &Target| format!("{} {} {}", target.id, target.zone.as_deref().unwrap_or("?"), target.state);
    let shown: Vec<String> = targets.iter().take(6).map(words).collect();
    // AWS takes the address of such a node out of DNS: who keeps the old answer meets a node without targets. Whether API Gateway does is
    // not documented.
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Possible)
        .evidence(setting(deployment, lb, group))
        .evidence(Evidence::found(balancer, "AvailabilityZones", enabled.join(", "), source::DESCRIBE_LOAD_BALANCERS))
        .evidence(Evidence::found(subject.clone(), "TargetHealthDescriptions", shown.join("; "), source::DESCRIBE_TARGET_HEALTH))
        .effect(Effect::blocks_some(Phase::TargetConnect, subject, broken_off()))
        .fix(cross(deployment, lb, group))
        .fix(add_a_target(deployment, group, &names))
}

/// Where the setting stands. Traffic between zones costs money.
fn cross(deployment: &Deployment, lb: &LoadBalancer, group: &TargetGroup) -> Fix {
    let title = "let every node send to the targets of all zones (AWS charges for traffic between zones)";
    let on = format!("--attributes Key={CROSS_ZONE},Value=true");
    if group_says(deployment, group) {
        let change = vec![remedy::set(&["target_group_attributes", &group.arn, "known", CROSS_ZONE], json!("true"))];
        let arguments = format!("--target-group-arn {} {on}", quote(&group.arn));
        return Fix::new(title, Risk::Safe, change)
            .cli(aws(deployment, &format!("elbv2 modify-target-group-attributes {arguments}")))
            .console(format!("EC2: Target groups → {} → Attributes → Edit → Cross-zone load balancing: on", group.name));
    }
    let change = vec![remedy::set(&["load_balancer_attributes", &lb.arn, "known", CROSS_ZONE], json!("true"))];
    let arguments = format!("--load-balancer-arn {} {on}", quote(&lb.arn));
    Fix::new(title, Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-load-balancer-attributes {arguments}")))
        .console(format!("EC2: Load balancers → {} → Attributes → Edit → Cross-zone load balancing", lb.name))
}

fn add_a_target(deployment: &Deployment, group: &TargetGroup, zones: &str) -> Fix {
    let query = quote("TargetHealthDescriptions[].[Target.Id,Target.AvailabilityZone,TargetHealth.State]");
    let arn = quote(&group.arn);
    Fix::new(format!("run a healthy target in {zones}"), Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 describe-target-health --target-group-arn {arn} --query {query}")))
        .console("ECS: Clusters → Services → Update → Networking: a subnet in each zone of the load balancer, and as many tasks")
}
