//! A service registers with a target group that no load balancer uses.

use super::health::subject;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::service::{Service, ServiceLoadBalancer};
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use std::collections::BTreeSet;

static META: Meta = Meta {
    id: "tg-not-attached",
    hop: Hop::TargetGroup,
    severity: Severity::Warning,
    title: "a service registers with a target group that no load balancer uses",
    phase: None, // the group through which requests come is another one
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::Services, Part::TargetHealth],
    optional: &[],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tg_not_attached.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TgNotAttached;

impl Check for TgNotAttached {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.balanced_services(), |out, (service, _)| {
            let named: BTreeSet<&str> = service.load_balancers.iter().flat_map(arns).collect();
            for arn in named {
                out.each(|out| look(deployment, out, service, arn));
            }
            Ok(())
        });
        Ok(())
    }
}

/// The group of an entry, and the other one of a blue/green deployment.
fn arns(entry: &ServiceLoadBalancer) -> impl Iterator<Item = &str> {
    entry.target_group_arn.as_deref().into_iter().chain(entry.alternate_target_group_arn.as_deref())
}

fn look(deployment: &Deployment, out: &mut Outcome, service: &Service, arn: &str) -> Result<(), Gap> {
    match deployment.target_group(arn)? {
        Some(group) if group.load_balancer_arns.is_empty() => out.found(finding(deployment, service, group)),
        Some(group) => out.fine(subject(group), format!("a load balancer uses target group {}", group.name)),
        None => {} // a group that is gone is another defect
    }
    Ok(())
}

fn finding(deployment: &Deployment, service: &Service, group: &TargetGroup) -> Finding {
    let of_service = Subject::from_arn(SubjectKind::Service, &service.arn);
    let summary = format!("service {} registers with target group {}, which no listener or rule uses", service.name, group.name);
    let finding = Finding::new(&META, subject(group), summary)
        .evidence(Evidence::found(subject(group), "LoadBalancerArns", "none", source::DESCRIBE_TARGET_GROUPS).expected("a load balancer"))
        .evidence(Evidence::found(of_service.clone(), "loadBalancers[].targetGroupArn", &group.arn, source::DESCRIBE_SERVICES))
        .effect(Effect::weakens(Phase::TargetConnect, of_service));
    let mut finding = finding.fix(attach(deployment, group));
    finding.fixes.extend(leave_out(deployment, service, &group.arn));
    finding
}

/// Which listener and which condition are meant is not written anywhere.
fn attach(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let arn = quote(&group.arn);
    let rule = "--listener-arn LISTENER --priority PRIORITY --conditions Field=path-pattern,Values=/PATH/*";
    Fix::new(format!("let a rule forward to {}", group.name), Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 create-rule {rule} --actions Type=forward,TargetGroupArn={arn}")))
        .console(format!("EC2: Load balancers → Listeners and rules → Add rule → forward to {}", group.name))
}

/// Takes the group out of the service, where it stands in an entry of its own; the other entries have to be named again.
fn leave_out(deployment: &Deployment, service: &Service, arn: &str) -> Option<Fix> {
    let is_it = |entry: &ServiceLoadBalancer| entry.target_group_arn.as_deref() == Some(arn);
    let index = service.load_balancers.iter().position(is_it)?;
    let rest: Vec<String> = service.load_balancers.iter().filter(|entry| !is_it(entry)).map(words).collect();
    if rest.is_empty() || service.load_balancers.iter().filter(|entry| is_it(entry)).count() > 1 {
        return None;
    }
    let change = vec![remedy::remove(&["services", "known", &service.arn, "load_balancers", &index.to_string()])];
    let (cluster, name) = (quote(&service.cluster_arn), quote(&service.name));
    let command = format!("ecs update-service --cluster {cluster} --service {name} --load-balancers {}", rest.join(" "));
    let fix = Fix::new(format!("or take it out of service {}, which starts new tasks", service.name), Risk::Disruptive, change);
    Some(fix.cli(aws(deployment, &command)).console(format!("ECS: Clusters → Services → {} → Update → Load balancing", service.name)))
}

fn words(entry: &ServiceLoadBalancer) -> String {
    let field = |name: &str, value: Option<String>| value.map(|value| format!("{name}={value}"));
    let fields = [
        field("targetGroupArn", entry.target_group_arn.clone()),
        field("containerName", entry.container_name.clone()),
        field("containerPort", entry.container_port.map(|port| port.to_string())),
    ];
    quote(&fields.into_iter().flatten().collect::<Vec<_>>().join(","))
}
