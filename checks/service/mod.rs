//! ECS services that register into the target groups.

pub mod container_port_mismatch;
pub mod no_loadbalancers_block;
pub mod service_desired_zero;
pub mod service_running_lt_desired;

use crate::check::Phase;
use crate::finding::{Effect, ExpectedAnswer};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::service::Service;
use crate::model::subject::{Subject, SubjectKind, arn_tail};
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

/// `aws ecs update-service` for a service, with further arguments.
fn update_service(deployment: &Deployment, service: &Service, arguments: &str) -> String {
    let cluster = quote(arn_tail(&service.cluster_arn));
    aws(deployment, &format!("ecs update-service --cluster {cluster} --service {} {arguments}", quote(&service.name)))
}

/// Where the console keeps a service.
fn console(service: &Service) -> String {
    format!("ECS: Clusters → {} → Services → {}", arn_tail(&service.cluster_arn), service.name)
}

/// Nobody is registered because of this: AWS documents 503 for a target group without targets. While targets that
/// somebody registered are still there, requests go to them, healthy or not.
fn nobody_there(deployment: &Deployment, group: &TargetGroup) -> Effect {
    let through = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let serving = |targets: &[crate::model::balancing::Target]| targets.iter().any(|target| target.state != "draining");
    if deployment.targets(&group.arn).is_ok_and(serving) {
        return Effect::weakens(Phase::TargetConnect, through);
    }
    Effect::blocks_all(Phase::TargetConnect, through, ExpectedAnswer::load_balancer(Some(503), Symptom::LbServiceUnavailable))
}
