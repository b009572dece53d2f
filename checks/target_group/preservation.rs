//! Client IP preservation: where it is written, and how to switch it off.

use crate::finding::{Evidence, Fix, Risk};
use crate::model::balancing::TargetGroup;
use crate::model::deployment::Deployment;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use serde_json::json;

/// The attribute of a target group that decides.
const PRESERVE: &str = "preserve_client_ip.enabled";

/// Whether AWS lets it be switched off for a group.
pub(crate) fn can_be_off(group: &TargetGroup) -> bool {
    group.target_type != "alb" && matches!(group.protocol.as_deref(), Some("TCP" | "TLS"))
}

/// The attribute, or the type of the group by which it is on.
pub(crate) fn setting(deployment: &Deployment, group: &TargetGroup) -> Evidence {
    let subject = Subject::from_arn(SubjectKind::TargetGroup, &group.arn);
    let set = deployment.target_group_attributes(&group.arn).ok().and_then(|attributes| attributes.get(PRESERVE));
    match set {
        Some(value) if group.target_type != "alb" => Evidence::found(subject, PRESERVE, value, source::DESCRIBE_TARGET_GROUP_ATTRIBUTES),
        _ => Evidence::found(subject, "TargetType", &group.target_type, source::DESCRIBE_TARGET_GROUPS),
    }
}

/// For targets that admit the load balancer's own addresses. That takes effect for new connections.
pub(crate) fn switch_off(deployment: &Deployment, group: &TargetGroup) -> Fix {
    let change = vec![remedy::set(&["target_group_attributes", &group.arn, "known", PRESERVE], json!("false"))];
    let arguments = format!("--target-group-arn {} --attributes Key={PRESERVE},Value=false", quote(&group.arn));
    Fix::new("let the targets see the load balancer's addresses instead of its callers'", Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-target-group-attributes {arguments}")))
        .console(format!("EC2: Target groups → {} → Attributes → Edit → Preserve client IP addresses: off", group.name))
}
