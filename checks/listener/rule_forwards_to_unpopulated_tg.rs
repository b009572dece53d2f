//! A rule forwards to a target group that nobody registers with, and the service registers with another one that gets no requests.

use super::forwards::{Forward, forwards, is_populated, name};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::WeightedTargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "rule-forwards-to-unpopulated-tg",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the rule forwards to another target group than the one the service registers with",
    phase: Some(Phase::TargetConnect),
    needs: &[
        Part::Routes,
        Part::Integrations,
        Part::Listeners,
        Part::Rules,
        Part::TargetHealth,
        Part::Services,
        Part::ServiceState,
        Part::TargetGroups,
    ],
    optional: &[],
    symptoms: &[Symptom::LbServiceUnavailable],
    refines: &["tg-empty"],
    since: "0.1.0",
    page: include_str!("rule_forwards_to_unpopulated_tg.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RuleForwardsToUnpopulatedTg;

impl Check for RuleForwardsToUnpopulatedTg {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = forwards(deployment);
        let used: BTreeSet<&str> = all.items.iter().flat_map(Forward::weighted).map(|group| group.arn.as_str()).collect();
        out.over(all, |out, forward| {
            for group in forward.weighted() {
                out.each(|out| look(deployment, out, &forward, group, &used));
            }
            Ok(())
        });
        Ok(())
    }
}

fn look(
    deployment: &Deployment,
    out: &mut Outcome,
    forward: &Forward<'_>,
    group: &WeightedTargetGroup,
    used: &BTreeSet<&str>,
) -> Result<(), Gap> {
    let services: Vec<(&Service, BTreeSet<&str>)> =
        deployment.services()?.values().map(|service| Ok((service, groups_of(deployment, service)?))).collect::<Result<_, Gap>>()?;
    if let Some((service, _)) = services.iter().find(|(_, groups)| groups.contains(group.arn.as_str())) {
        out.fine(
            forward.subject(),
            format!("service {} registers with {}, where {} forwards to", service.name, name(&group.arn), forward.words()),
        );
        return Ok(());
    }
    if deployment.target_group(&group.arn)?.is_some_and(|group| !matches!(group.target_type.as_str(), "ip" | "instance")) {
        return Ok(()); // no service registers with a group of load balancers or functions: tg-empty speaks
    }
    if is_populated(deployment, group)? {
        out.fine(forward.subject(), format!("{}, where {} forwards to, has targets of somebody else", name(&group.arn), forward.words()));
        return Ok(());
    }
    // A group of this action that only lacks the weight is forward-weight-zero.
    let beside: BTreeSet<&str> = forward.groups.iter().map(|group| group.arn.as_str()).collect();
    let elsewhere = |(service, groups): &&(&Service, BTreeSet<&str>)| {
        service.status == "ACTIVE" && !groups.is_empty() && groups.is_disjoint(used) && groups.is_disjoint(&beside)
    };
    let candidates: Vec<_> = services.iter().filter(elsewhere).collect();
    if let Some((service, theirs)) = candidates.first() {
        out.found(finding(deployment, forward, group, (service, theirs), candidates.len() == 1));
    }
    Ok(()) // nobody is registered elsewhere in vain: tg-empty and no-loadbalancers-block speak
}

/// The target groups that a service registers its tasks with. Where not ECS itself deploys, the task sets name them.
fn groups_of<'a>(deployment: &'a Deployment, service: &'a Service) -> Result<BTreeSet<&'a str>, Gap> {
    let mut groups: BTreeSet<&str> = service.load_balancers.iter().filter_map(|lb| lb.target_group_arn.as_deref()).collect();
    if service.deployment_controller.as_deref().is_some_and(|controller| controller != "ECS") {
        let sets = deployment.service_state(service)?.task_sets.iter().filter(|set| set.status != "DRAINING");
        groups.extend(sets.flat_map(|set| &set.target_group_arns).map(String::as_str));
    }
    Ok(groups)
}

fn finding(
    deployment: &Deployment,
    forward: &Forward<'_>,
    group: &WeightedTargetGroup,
    (service, theirs): (&Service, &BTreeSet<&str>),
    alone: bool,
) -> Finding {
    let shown = theirs.iter().map(|arn| name(arn)).collect::<Vec<_>>().join(", ");
    let summary = format!(
        "{} forwards to {}, which has no target; service {} registers with {shown}, where no request goes",
        forward.words(),
        name(&group.arn),
        service.name
    );
    let (field, source) = forward.source();
    let at = Subject::from_arn(SubjectKind::Service, &service.arn);
    let empty = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let mut finding = Finding::new(&META, forward.subject(), summary)
        // Of several services that register elsewhere, which one was meant to fill the group is a guess.
        .confidence(if alone { Confidence::Certain } else { Confidence::Likely })
        .evidence(Evidence::found(forward.subject(), field, forward.shown(), source).expected(shown.clone()))
        .evidence(Evidence::found(empty, "TargetHealthDescriptions", "none", source::DESCRIBE_TARGET_HEALTH))
        .evidence(Evidence::found(at, "loadBalancers.targetGroupArn", shown, source::DESCRIBE_SERVICES))
        .effect(forward.starves(group));
    if let (Some(theirs), 1) = (theirs.first(), theirs.len()) {
        finding = finding.fix(forward_there(deployment, forward, group, theirs));
    }
    register_here(deployment, group, service).into_iter().fold(finding, Finding::fix)
}

fn forward_there(deployment: &Deployment, forward: &Forward<'_>, group: &WeightedTargetGroup, theirs: &str) -> Fix {
    let there = |one: &WeightedTargetGroup| WeightedTargetGroup {
        arn: if one.arn == group.arn { theirs.to_owned() } else { one.arn.clone() },
        weight: one.weight,
    };
    let wanted: Vec<WeightedTargetGroup> = forward.groups.iter().map(there).collect();
    forward.change(deployment, format!("forward to {} instead of {}", name(theirs), name(&group.arn)), &wanted)
}

/// Lets the service register with the rule's group. Only ECS's own deployments allow that, and only with one entry it is plain which one.
fn register_here(deployment: &Deployment, group: &WeightedTargetGroup, service: &Service) -> Option<Fix> {
    let [entry] = service.load_balancers.as_slice() else { return None };
    if service.deployment_controller.as_deref().is_some_and(|controller| controller != "ECS") {
        return None;
    }
    let (container, port) = (entry.container_name.as_deref()?, entry.container_port?);
    let path = ["services", "known", &service.arn, "load_balancers", "0", "target_group_arn"];
    let argument = format!("targetGroupArn={},containerName={container},containerPort={port}", group.arn);
    let command = format!(
        "ecs update-service --cluster {} --service {} --load-balancers {}",
        quote(arn_tail(&service.cluster_arn)),
        quote(&service.name),
        quote(&argument)
    );
    let title = format!("let service {} register with {} instead", service.name, name(&group.arn));
    let fix = Fix::new(title, Risk::Disruptive, vec![remedy::set(&path, json!(group.arn))])
        .cli(aws(deployment, &command))
        .console(format!("ECS: Clusters → Services → {} → Update service → Load balancing → {}", service.name, name(&group.arn)));
    Some(fix)
}
