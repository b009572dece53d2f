//! Steps to another load balancer in the place of one whose scheme or state cannot be changed.

use crate::finding::Fix;
use crate::model::balancing::{Listener, LoadBalancer, TargetGroup};
use crate::model::deployment::Deployment;
use crate::steps::{aws, quote, then_deploy, update_integration};

/// Adds the steps, in order: the balancer, its target groups, its listeners, and the integrations that name them, or the groups that it is a target of.
pub(super) fn by_another(deployment: &Deployment, lb: &LoadBalancer, fix: Fix) -> Fix {
    let listeners: Vec<&Listener> =
        deployment.used_listeners().items.into_iter().filter(|listener| listener.load_balancer_arn == lb.arn).collect();
    let mut fix = fix.cli(format!("LB=$({})", aws(deployment, &create(lb)))).console(format!(
        "EC2: Target groups → make one like each that {} has (a group belongs to one load balancer only), and let the ECS services register there",
        lb.name
    ));
    for listener in listeners {
        fix = fix.cli(format!("LISTENER=$({})", aws(deployment, &create_listener(listener))));
        fix = fix.console(format!("EC2: Load balancers → the new one → listener {} → add the rules of the old listener", listener.port));
        for (integration, _) in deployment.integration_listeners().items.into_iter().filter(|(_, other)| other.arn == listener.arn) {
            fix = fix.cli(update_integration(deployment, &integration.id, "--integration-uri \"$LISTENER\""));
        }
    }
    for group in holding(deployment, lb) {
        let old = format!("--target-group-arn {} --targets Id={}", quote(&group.arn), quote(&lb.arn));
        fix = fix.cli(aws(deployment, &format!("elbv2 deregister-targets {old}")));
        let target = format!("--target-group-arn {} --targets Id=\"$LB\"", quote(&group.arn));
        fix = fix.cli(aws(deployment, &format!("elbv2 register-targets {target}")));
        fix = fix.console(format!("EC2: Target groups → {} → deregister {}, register the new one", group.name, lb.name));
    }
    then_deploy(deployment, fix)
}

/// The groups of Network Load Balancers that it is registered in. Such a group takes one load balancer
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html>).
fn holding<'a>(deployment: &'a Deployment, lb: &LoadBalancer) -> Vec<&'a TargetGroup> {
    let groups = deployment.named_listeners().then_many(|listener| deployment.balancer_groups(listener)).unique_by(|group| &group.arn);
    let holds = |group: &TargetGroup| deployment.targets(&group.arn).is_ok_and(|targets| targets.iter().any(|target| target.id == lb.arn));
    groups.items.into_iter().filter(|group| holds(group)).collect()
}

fn create(lb: &LoadBalancer) -> String {
    let words = |ids: &mut dyn Iterator<Item = &String>| ids.map(|id| quote(id)).collect::<Vec<_>>().join(" ");
    let subnets = words(&mut lb.zones.iter().map(|zone| &zone.subnet_id));
    let groups = words(&mut lb.security_group_ids.iter());
    let groups = if groups.is_empty() { groups } else { format!(" --security-groups {groups}") };
    format!(
        "elbv2 create-load-balancer --name {} --type {} --scheme internal --subnets {subnets}{groups} --query {} --output text",
        quote(&name_like(&lb.name)),
        quote(&lb.kind),
        quote("LoadBalancers[0].LoadBalancerArn")
    )
}

fn create_listener(listener: &Listener) -> String {
    let certificate = listener.certificate_arns.first();
    let certificate = certificate.map_or_else(String::new, |arn| format!(" --certificates {}", quote(&format!("CertificateArn={arn}"))));
    format!(
        "elbv2 create-listener --load-balancer-arn \"$LB\" --protocol {} --port {}{certificate} --default-actions Type=forward,TargetGroupArn=NEW_GROUP --query {} --output text",
        quote(&listener.protocol),
        listener.port,
        quote("Listeners[0].ListenerArn")
    )
}

/// A name of its own, at most 32 characters long.
fn name_like(name: &str) -> String {
    let stem: String = name.chars().take(30).collect();
    format!("{}-2", stem.trim_end_matches('-'))
}
