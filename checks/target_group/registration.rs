//! The way out of a group that nobody can be asked in: somebody has to be registered. Registration is an observation, so there is nothing to change.

use crate::finding::{Fix, Risk};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::service::Service;
use crate::steps::{aws, quote};

/// Lets somebody be registered: by the ECS service that does so, else by hand.
pub(super) fn somebody(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let services = deployment.services_of(&group.arn).unwrap_or_default();
    services.first().map_or_else(|| register(deployment, group), |service| ask_the_service(deployment, service))
}

/// A service registers its tasks by itself: its events say why it does not, and a new deployment makes it try again.
fn ask_the_service(deployment: &Deployment, service: &Service) -> Fix {
    let of = format!("--cluster {} --service", quote(&service.cluster_arn));
    let name = quote(&service.name);
    let events = format!("ecs describe-services {of}s {name} --query {}", quote("services[].events[:5].message"));
    Fix::new(format!("let ECS service {} register its tasks: read its events, then deploy it anew", service.name), Risk::Disruptive, vec![])
        .cli(aws(deployment, &events))
        .cli(aws(deployment, &format!("ecs update-service {of} {name} --force-new-deployment")))
        .console(format!("ECS: Clusters → Services → {} → Events; then Update → Force new deployment", service.name))
}

fn register(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let port = group.port.map_or_else(String::new, |port| format!(",Port={port}"));
    let who = match group.target_type.as_str() {
        "instance" => "INSTANCE_ID",
        "ip" => "ADDRESS",
        _ => "ARN",
    };
    let arn = quote(&group.arn);
    Fix::new(format!("register a target with {}, or name the group in the ECS service", group.name), Risk::Safe, Vec::new())
        .cli(aws(deployment, &format!("elbv2 register-targets --target-group-arn {arn} --targets Id={who}{port}")))
        .console(format!("EC2: Target groups → {} → Targets → Register targets", group.name))
}
