//! Target groups.

use super::super::node::Node;
use super::super::tables::Shape::{self, Made, Plain};
use super::balancing::{attribute, bare};
use super::{Both, entry, node, plain, text};
use serde_json::Value;

pub(in crate::infrastructure) fn target_group_attribute(key: &str, value: &Value) -> Option<Both> {
    let terraform = match key {
        "deregistration_delay.timeout_seconds" => vec![entry("deregistration_delay", bare(value)?)],
        "slow_start.duration_seconds" => vec![entry("slow_start", bare(value)?)],
        "preserve_client_ip.enabled" => vec![entry("preserve_client_ip", bare(value)?)],
        "proxy_protocol_v2.enabled" => vec![entry("proxy_protocol_v2", bare(value)?)],
        "load_balancing.cross_zone.enabled" => vec![entry("load_balancing_cross_zone_enabled", text(value.as_str()?))],
        "stickiness.enabled" => vec![entry("stickiness", Node::Block(vec![entry("enabled", bare(value)?)]))],
        _ => {
            let rest = key.strip_prefix("target_group_health.")?;
            let (state, name) = rest.split_once('.')?;
            let inner = Node::Block(vec![entry(&name.replace('.', "_"), bare(value)?)]);
            vec![entry("target_group_health", Node::Block(vec![entry(state, inner)]))]
        }
    };
    attribute("TargetGroupAttributes", key, value, terraform)
}

/// Fields of a target group.
pub(in crate::infrastructure) const TARGET_GROUP_FIELDS: &[(&str, Shape)] = &[
    ("name", Plain("name", "Name")),
    ("target_type", Plain("target_type", "TargetType")),
    ("protocol", Plain("protocol", "Protocol")),
    ("protocol_version", Plain("protocol_version", "ProtocolVersion")),
    ("port", Plain("port", "Port")),
    ("vpc_id", Plain("vpc_id", "VpcId")),
    ("ip_address_type", Plain("ip_address_type", "IpAddressType")),
    ("health_check/enabled", Made(|value| check("enabled", "HealthCheckEnabled", value))),
    ("health_check/protocol", Made(|value| check("protocol", "HealthCheckProtocol", value))),
    ("health_check/port", Made(|value| check("port", "HealthCheckPort", value))),
    ("health_check/path", Made(|value| check("path", "HealthCheckPath", value))),
    ("health_check/timeout_s", Made(|value| check("timeout", "HealthCheckTimeoutSeconds", value))),
    ("health_check/interval_s", Made(|value| check("interval", "HealthCheckIntervalSeconds", value))),
    ("health_check/healthy_threshold", Made(|value| check("healthy_threshold", "HealthyThresholdCount", value))),
    ("health_check/unhealthy_threshold", Made(|value| check("unhealthy_threshold", "UnhealthyThresholdCount", value))),
    ("health_check/matcher", Made(matcher)),
];

fn check(terraform: &str, cloudformation: &str, value: &Value) -> Option<Both> {
    let (first, second) = plain(terraform, cloudformation, value);
    Some((vec![entry("health_check", Node::Block(first))], second))
}

fn matcher(value: &Value) -> Option<Both> {
    let (first, _) = plain("matcher", "", value);
    let codes = Node::Block(vec![entry("HttpCode", node(value)?)]);
    Some((vec![entry("health_check", Node::Block(first))], vec![entry("Matcher", codes)]))
}
