//! API Gateway: API, stage, integration, domain.

use super::super::node::{Entries, Node};
use super::{Both, entry, fields, node, optional_block, text};
use serde_json::Value;

pub(in crate::infrastructure) fn cors(value: &Value) -> Option<Both> {
    let names = [
        ("allow_origins", "allow_origins", "AllowOrigins"),
        ("allow_methods", "allow_methods", "AllowMethods"),
        ("allow_headers", "allow_headers", "AllowHeaders"),
    ];
    let (mut terraform, cloudformation) = optional_block("cors_configuration", "CorsConfiguration", value, &names)?;
    if value.is_null() {
        terraform.push(entry("cors_configuration", Node::Number("null".to_owned())));
    }
    Some((terraform, cloudformation))
}

const THROTTLING: &[(&str, &str, &str)] =
    &[("rate_limit", "throttling_rate_limit", "ThrottlingRateLimit"), ("burst_limit", "throttling_burst_limit", "ThrottlingBurstLimit")];

pub(in crate::infrastructure) fn default_route_settings(value: &Value) -> Option<Both> {
    optional_block("default_route_settings", "DefaultRouteSettings", value, THROTTLING)
}

pub(in crate::infrastructure) fn route_settings(value: &Value) -> Option<Both> {
    let (mut blocks, mut map) = (Vec::new(), Entries::new());
    for (key, settings) in value.as_object()? {
        let (first, second) = fields(settings, THROTTLING);
        blocks.push([vec![entry("route_key", text(key))], first].concat());
        map.push(entry(key, Node::Block(second)));
    }
    Some((vec![entry("route_settings", Node::Blocks(blocks))], vec![entry("RouteSettings", Node::Map(map))]))
}

/// Values of stage variables are not known here: each name gets a place for its value.
pub(in crate::infrastructure) fn stage_variables(value: &Value) -> Option<Both> {
    let names: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
    let map = || Node::Map(names.iter().map(|name| entry(name, text("VALUE"))).collect());
    Some((vec![entry("stage_variables", map())], vec![entry("StageVariables", map())]))
}

pub(in crate::infrastructure) fn access_log(value: &Value) -> Option<Both> {
    let names = [("destination_arn", "destination_arn", "DestinationArn"), ("format", "format", "Format")];
    optional_block("access_log_settings", "AccessLogSettings", value, &names)
}

pub(in crate::infrastructure) fn tls_config(value: &Value) -> Option<Both> {
    optional_block("tls_config", "TlsConfig", value, &[("server_name", "server_name_to_verify", "ServerNameToVerify")])
}

pub(in crate::infrastructure) fn response_parameters(value: &Value) -> Option<Both> {
    let (mut blocks, mut map) = (Vec::new(), Entries::new());
    for (code, mappings) in value.as_object()? {
        blocks.push(vec![entry("status_code", text(code)), entry("mappings", node(mappings)?)]);
        let one = |(target, source): (&String, &Value)| {
            vec![entry("Destination", text(target)), entry("Source", text(source.as_str().unwrap_or_default()))]
        };
        let parameters = Node::Blocks(mappings.as_object()?.iter().map(one).collect());
        map.push(entry(code, Node::Block(vec![entry("ResponseParameters", parameters)])));
    }
    Some((vec![entry("response_parameters", Node::Blocks(blocks))], vec![entry("ResponseParameters", Node::Map(map))]))
}

pub(in crate::infrastructure) fn mutual_tls(value: &Value) -> Option<Both> {
    let names = [("truststore_uri", "truststore_uri", "TruststoreUri"), ("truststore_version", "truststore_version", "TruststoreVersion")];
    optional_block("mutual_tls_authentication", "MutualTlsAuthentication", value, &names)
}

pub(in crate::infrastructure) fn domain_configurations(value: &Value) -> Option<Both> {
    let names = [
        ("certificate_arn", "certificate_arn", "CertificateArn"),
        ("ownership_certificate_arn", "ownership_verification_certificate_arn", "OwnershipVerificationCertificateArn"),
        ("endpoint_type", "endpoint_type", "EndpointType"),
        ("security_policy", "security_policy", "SecurityPolicy"),
        ("ip_address_type", "ip_address_type", "IpAddressType"),
    ];
    let all: Vec<Both> = value.as_array()?.iter().map(|one| fields(one, &names)).collect();
    let first = all.iter().map(|(terraform, _)| terraform.clone()).collect();
    let second = all.into_iter().map(|(_, cloudformation)| cloudformation).collect();
    Some((vec![entry("domain_name_configuration", Node::Blocks(first))], vec![entry("DomainNameConfigurations", Node::Blocks(second))]))
}
