//! Traffic goes to the target group of a blue/green pair in which nobody is.

use super::nobody_there;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Action, Listener, Target, TargetGroup};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::place::Place;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::model::walks::forwards_to;
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "bluegreen-traffic-on-wrong-tg",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "traffic goes to the target group of a blue/green pair in which nobody is",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetGroups,
        Part::Services,
        Part::TargetHealth,
        Part::ServiceState,
    ],
    optional: &[],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty", "target-draining", "rule-forwards-to-unpopulated-tg"],
    since: "0.1.0",
    page: include_str!("bluegreen_traffic_on_wrong_tg.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct BluegreenTrafficOnWrongTg;

impl Check for BluegreenTrafficOnWrongTg {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let services: Vec<&Service> = deployment.services()?.values().collect();
        let used = deployment.used_target_groups();
        let all: BTreeSet<&str> = used.items.iter().map(|(group, _)| group.arn.as_str()).collect();
        out.over(used, |out, (group, listener)| {
            for service in &services {
                out.each(|out| {
                    let pairs = pairs(deployment, service)?;
                    if pairs.is_empty() && names(service, group) {
                        let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
                        out.fine(subject, format!("service {} does not switch between target groups", service.name));
                    }
                    for pair in pairs.into_iter().filter(|pair| pair.contains(group.arn.as_str())) {
                        // A group of the pair that gets traffic, too, is no place where nobody looks.
                        let idle: Vec<&str> = pair.into_iter().filter(|arn| !all.contains(arn)).collect();
                        look(deployment, out, service, (group, listener), &idle)?;
                    }
                    Ok(())
                });
            }
            Ok(())
        });
        Ok(())
    }
}

/// The pairs of target groups between which a service's deployments switch: as ECS keeps them, or by the task sets of CodeDeploy.
/// Several groups without that are no pair: a service may fill many.
fn pairs<'a>(deployment: &'a Deployment, service: &'a Service) -> Result<Vec<BTreeSet<&'a str>>, Gap> {
    let kept = service
        .load_balancers
        .iter()
        .filter_map(|entry| Some(BTreeSet::from([entry.target_group_arn.as_deref()?, entry.alternate_target_group_arn.as_deref()?])));
    let mut pairs: Vec<BTreeSet<&str>> = kept.collect();
    if service.deployment_controller.as_deref() == Some("CODE_DEPLOY") {
        let of_sets = deployment.service_state(service)?.task_sets.iter().flat_map(|set| &set.target_group_arns);
        let own = service.load_balancers.iter().filter_map(|entry| entry.target_group_arn.as_ref());
        pairs.push(of_sets.chain(own).map(String::as_str).collect());
    }
    Ok(pairs)
}

fn names(service: &Service, group: &TargetGroup) -> bool {
    service.load_balancers.iter().any(|entry| entry.target_group_arn.as_ref() == Some(&group.arn))
}

fn takes_requests(target: &Target) -> bool {
    !matches!(target.state.as_str(), "draining" | "unused")
}

/// Could take requests if they came. Nobody checks the health of a target whose group no listener uses
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>).
fn waits(target: &Target) -> bool {
    target.state == "healthy" || (target.state == "unused" && target.reason.as_deref() == Some("Target.NotInUse"))
}

fn look(
    deployment: &Deployment,
    out: &mut Outcome,
    service: &Service,
    (group, listener): (&TargetGroup, &Listener),
    idle: &[&str],
) -> Result<(), Gap> {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    if deployment.targets(&group.arn)?.iter().any(takes_requests) {
        out.fine(subject, format!("target group {}, which gets the traffic, has targets of service {}", group.name, service.name));
        return Ok(());
    }
    for other in idle {
        if deployment.targets(other)?.iter().any(waits) {
            out.found(finding(deployment, service, (group, listener), other));
            return Ok(());
        }
    }
    Ok(()) // nobody is anywhere: tg-empty
}

fn finding(deployment: &Deployment, service: &Service, (group, listener): (&TargetGroup, &Listener), other: &str) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
    let name = arn_tail(other).split('/').next().unwrap_or_default();
    let summary =
        format!("traffic goes to target group {}, in which nobody is; the tasks of service {} are in {name}", group.name, service.name);
    let there = deployment.targets(other).unwrap_or_default();
    let count = |state: &str| there.iter().filter(|target| target.state == state).count();
    let states = match (count("healthy"), count("unused")) {
        (0, unused) => format!("{unused} unused"),
        (healthy, _) => format!("{healthy} healthy"),
    };
    let by_default = forwards_to(&listener.default_actions).any(|arn| arn == group.arn);
    let read_from = if by_default { source::DESCRIBE_LISTENERS } else { source::DESCRIBE_RULES };
    let mut finding = Finding::new(&META, subject, summary)
        .evidence(Evidence::found(Deployment::listener_subject(listener), "TargetGroupArn", &group.arn, read_from).expected(other))
        .evidence(Evidence::found(
            Subject::from_arn(SubjectKind::TargetGroup, other),
            "TargetHealth.State",
            states,
            source::DESCRIBE_TARGET_HEALTH,
        ));
    if let Ok(state) = deployment.service_state(service) {
        for set in &state.task_sets {
            let words = format!("{}: {}, {} running", set.id, set.status, set.running_count);
            let subject = Subject::from_arn(SubjectKind::Service, &service.arn);
            finding = finding.evidence(Evidence::found(subject, "taskSets[]", words, source::DESCRIBE_SERVICES));
        }
    }
    nobody_there(finding, deployment, Place::Group(group)).fix(switch(deployment, listener, group, other))
}

/// By hand only when no deployment is under way: it would switch again.
fn switch(deployment: &Deployment, listener: &Listener, group: &TargetGroup, other: &str) -> Fix {
    let name = arn_tail(other).split('/').next().unwrap_or_default();
    let forward = json!([{"type": "forward", "target_groups": [{"arn": other, "weight": 1}]}]);
    let action = quote(&format!("Type=forward,TargetGroupArn={other}"));
    let to_group = |actions: &[Action]| matches!(actions, [Action::Forward { target_groups }] if target_groups.iter().filter(|one| one.weight > 0).all(|one| one.arn == group.arn));
    let mut fix = Fix::new(
        format!("finish the deployment or roll it back; if none is under way, send the traffic to target group {name}"),
        Risk::Disruptive,
        Vec::new(),
    );
    if to_group(&listener.default_actions) {
        fix.change.push(remedy::set(&["listeners", &listener.arn, "known", "default_actions"], forward.clone()));
        fix =
            fix.cli(aws(deployment, &format!("elbv2 modify-listener --listener-arn {} --default-actions {action}", quote(&listener.arn))));
    }
    let rules = deployment.facts().rules.get(&listener.arn).and_then(|rules| rules.value());
    for (index, rule) in rules.into_iter().flatten().enumerate().filter(|(_, rule)| rule.priority.is_some() && to_group(&rule.actions)) {
        fix.change.push(remedy::set(&["rules", &listener.arn, "known", &index.to_string(), "actions"], forward.clone()));
        fix = fix.cli(aws(deployment, &format!("elbv2 modify-rule --rule-arn {} --actions {action}", quote(&rule.arn))));
    }
    fix.console(format!("EC2: Load balancers → Listeners and rules → {}:{} → forward to {name}", listener.protocol, listener.port))
}
