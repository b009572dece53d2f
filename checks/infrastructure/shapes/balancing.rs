//! Load balancers, listeners, certificates.

use super::super::node::{Entries, Node};
use super::{Both, both, entry, optional_block, plain, text};
use serde_json::Value;

pub(in crate::infrastructure) fn certificate_names(value: &Value) -> Option<Both> {
    let names: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
    let (first, more) = names.split_first()?;
    let (mut terraform, mut cloudformation) = both("domain_name", "DomainName", first);
    if !more.is_empty() {
        let list = || Node::List(more.iter().map(|name| text(name)).collect());
        terraform.push(entry("subject_alternative_names", list()));
        cloudformation.push(entry("SubjectAlternativeNames", list()));
    }
    terraform.push(entry("validation_method", text("DNS")));
    cloudformation.push(entry("ValidationMethod", text("DNS")));
    Some((terraform, cloudformation))
}

pub(in crate::infrastructure) fn scheme(value: &Value) -> Option<Both> {
    let scheme = value.as_str()?;
    Some((vec![entry("internal", Node::Number((scheme == "internal").to_string()))], vec![entry("Scheme", text(scheme))]))
}

pub(in crate::infrastructure) fn zones(value: &Value) -> Option<Both> {
    let subnets: Vec<Value> = value.as_array()?.iter().map(|zone| zone["subnet_id"].clone()).collect();
    Some(plain("subnets", "Subnets", &Value::Array(subnets)))
}

pub(in crate::infrastructure) fn default_certificate(value: &Value) -> Option<Both> {
    let Some(first) = value.as_array()?.first().and_then(Value::as_str) else {
        return Some(plain("certificate_arn", "Certificates", &Value::Null));
    };
    let listed = Node::Blocks(vec![vec![entry("CertificateArn", text(first))]]);
    Some((vec![entry("certificate_arn", text(first))], vec![entry("Certificates", listed)]))
}

pub(in crate::infrastructure) fn listed_certificate(value: &Value) -> Option<Both> {
    let arn = value.as_str()?;
    let listed = Node::Blocks(vec![vec![entry("CertificateArn", text(arn))]]);
    Some((vec![entry("certificate_arn", text(arn))], vec![entry("Certificates", listed)]))
}

pub(in crate::infrastructure) fn mutual_authentication(value: &Value) -> Option<Both> {
    let names = [("mode", "mode", "Mode"), ("trust_store_arn", "trust_store_arn", "TrustStoreArn")];
    optional_block("mutual_authentication", "MutualAuthentication", value, &names)
}

pub(super) fn attribute(list: &str, key: &str, value: &Value, terraform: Entries) -> Option<Both> {
    let pair = vec![entry("Key", text(key)), entry("Value", text(value.as_str()?))];
    Some((terraform, vec![entry(list, Node::Blocks(vec![pair]))]))
}

/// A number or a Boolean bare, anything else quoted.
pub(super) fn bare(value: &Value) -> Option<Node> {
    let value = value.as_str()?;
    let is_bare = value.parse::<u64>().is_ok() || matches!(value, "true" | "false");
    Some(if is_bare { Node::Number(value.to_owned()) } else { text(value) })
}

pub(in crate::infrastructure) fn load_balancer_attribute(key: &str, value: &Value) -> Option<Both> {
    let name = match key {
        "idle_timeout.timeout_seconds" => "idle_timeout",
        "client_keep_alive.seconds" => "client_keep_alive",
        "routing.http.desync_mitigation_mode" => "desync_mitigation_mode",
        "routing.http.drop_invalid_header_fields.enabled" => "drop_invalid_header_fields",
        "routing.http.preserve_host_header.enabled" => "preserve_host_header",
        "load_balancing.cross_zone.enabled" => "enable_cross_zone_load_balancing",
        "waf.fail_open.enabled" => "enable_waf_fail_open",
        "zonal_shift.config.enabled" => "enable_zonal_shift",
        _ => return None,
    };
    attribute("LoadBalancerAttributes", key, value, vec![entry(name, bare(value)?)])
}

pub(in crate::infrastructure) fn listener_attribute(key: &str, value: &Value) -> Option<Both> {
    attribute("ListenerAttributes", key, value, vec![entry(&key.replace('.', "_"), bare(value)?)])
}
