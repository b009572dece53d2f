//! ECS services that register their tasks where requests find them: in target groups, or in Cloud Map.

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
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::place::Place;
use crate::model::service::Service;
use crate::model::subject::arn_tail;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

/// `aws ecs update-service` for a service, with further arguments.
pub(crate) fn update_service(deployment: &Deployment, service: &Service, arguments: &str) -> String {
    let cluster = quote(arn_tail(&service.cluster_arn));
    aws(deployment, &format!("ecs update-service --cluster {cluster} --service {} {arguments}", quote(&service.name)))
}

/// Where the console keeps a service.
pub(crate) fn console(service: &Service) -> String {
    format!("ECS: Clusters → {} → Services → {}", arn_tail(&service.cluster_arn), service.name)
}

/// Nobody is registered because of this: AWS documents 503 for a target group without targets. While others are still
/// registered there, requests go to them, healthy or not: that weakens, and stops nothing. Without a look at who is there it is
/// likely that nobody is, and not certain.
fn nobody_there(finding: Finding, deployment: &Deployment, place: Place<'_>) -> Finding {
    let (phase, answer) = match place {
        Place::Group(group) if matches!(group.protocol.as_deref(), Some("HTTP" | "HTTPS")) => {
            (Phase::TargetConnect, ExpectedAnswer::load_balancer(Some(503), Symptom::LbServiceUnavailable))
        }
        // A Network Load Balancer resets the connection, and what API Gateway makes of that is not documented.
        Place::Group(_) => (Phase::TargetConnect, ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred()),
        // API Gateway finds nobody to connect to. That it says 503 is seen in the field.
        Place::CloudMap(_) => (Phase::Connect, ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred()),
    };
    match somebody_else(deployment, place) {
        Ok(true) => finding.severity(Severity::Warning).effect(Effect::weakens(phase, place.subject())),
        Ok(false) => finding.effect(Effect::blocks_all(phase, place.subject(), answer)),
        Err(_) => {
            let likely = finding.confidence.min(Confidence::Likely);
            finding.confidence(likely).effect(Effect::blocks_all(phase, place.subject(), answer))
        }
    }
}

/// Whether anybody takes requests at a place.
fn somebody_else(deployment: &Deployment, place: Place<'_>) -> Result<bool, Gap> {
    match place {
        Place::Group(group) => {
            Ok(deployment.targets(&group.arn)?.iter().any(|target| !matches!(target.state.as_str(), "draining" | "unused")))
        }
        Place::CloudMap(service) => Ok(!deployment.cloud_map_instances(&service.arn)?.is_empty()),
    }
}

/// When, in time, a request meets who is registered at a place, or nobody.
fn phase_at(place: Place<'_>) -> Phase {
    match place {
        Place::Group(_) => Phase::TargetConnect,
        Place::CloudMap(_) => Phase::Connect,
    }
}
