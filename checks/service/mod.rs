//! ECS services that register into the target groups.

pub mod az_not_covered;
pub mod bluegreen_traffic_on_wrong_tg;
pub mod container_health_unhealthy;
pub mod container_name_mismatch;
pub mod container_port_mismatch;
pub mod deployment_failed;
pub mod desired_but_scaled_to_zero;
mod egress;
mod entries;
pub mod grace_period_too_short;
pub mod image_missing_or_denied;
pub mod image_pull_no_egress;
pub mod no_capacity;
pub mod no_loadbalancers_block;
mod outlets;
mod registration;
pub mod service_desired_zero;
pub mod service_draining;
pub mod service_flapping_health;
pub mod service_role_missing;
pub mod service_running_lt_desired;
pub mod service_sg_default;
mod signs;
pub mod task_exits;

use crate::check::Phase;
use crate::finding::{Confidence, Effect, ExpectedAnswer, Finding, Severity};
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
/// somebody else registered are still there, requests go to them, healthy or not: that weakens, and stops nothing.
/// Without a look at the targets it is likely that there are none, and not certain.
fn nobody_there(finding: Finding, deployment: &Deployment, group: &TargetGroup) -> Finding {
    let through = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let answer = match group.protocol.as_deref() {
        Some("HTTP" | "HTTPS") => ExpectedAnswer::load_balancer(Some(503), Symptom::LbServiceUnavailable),
        // A Network Load Balancer resets the connection, and what API Gateway makes of that is not documented.
        _ => ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred(),
    };
    let blocks = Effect::blocks_all(Phase::TargetConnect, through.clone(), answer);
    let weakens = |finding: Finding| finding.severity(Severity::Warning).effect(Effect::weakens(Phase::TargetConnect, through.clone()));
    match deployment.targets(&group.arn) {
        Ok(targets) if targets.iter().any(|target| !matches!(target.state.as_str(), "draining" | "unused")) => weakens(finding),
        Ok(_) => finding.effect(blocks),
        // On the model of a fix: who was registered still is, only their health is open.
        Err(_) if deployment.still_registered(&group.arn).iter().any(|target| target.state != "draining") => weakens(finding),
        Err(_) => {
            let likely = finding.confidence.min(Confidence::Likely);
            finding.confidence(likely).effect(blocks)
        }
    }
}
