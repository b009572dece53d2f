//! What ECS and its scaling have.

use super::Shape::{Made, Plain};
use super::{Kind, NOTHING};
use crate::infrastructure::shapes::service;

pub(super) const SERVICE: Kind = Kind {
    part: "services",
    words: "service",
    terraform: "aws_ecs_service",
    cloudformation: "AWS::ECS::Service",
    fields: &[
        ("task_definition_arn", Plain("task_definition", "TaskDefinition")),
        ("desired_count", Plain("desired_count", "DesiredCount")),
        ("grace_period_s", Plain("health_check_grace_period_seconds", "HealthCheckGracePeriodSeconds")),
        ("load_balancers", Made(service::service_load_balancers)),
        ("service_registries", Made(service::service_registries)),
        ("subnet_ids", Made(service::service_subnets)),
        ("security_group_ids", Made(service::service_groups)),
        ("assign_public_ip", Made(service::service_public_ip)),
    ],
    ..NOTHING
};

pub(super) const SCALABLE_TARGET: Kind = Kind {
    part: "scalable_targets",
    words: "scaling of service",
    terraform: "aws_appautoscaling_target",
    cloudformation: "AWS::ApplicationAutoScaling::ScalableTarget",
    fields: &[("min_capacity", Plain("min_capacity", "MinCapacity")), ("max_capacity", Plain("max_capacity", "MaxCapacity"))],
    ..NOTHING
};
