//! Fields whose spelling differs by more than a name.

use super::node::{Entries, Node};
use super::tables::Shape::{self, Made, Plain};
use serde_json::Value;

/// Terraform's entries and CloudFormation's.
pub(super) type Both = (Entries, Entries);

/// One text under two names.
pub(super) fn both(terraform: &str, cloudformation: &str, text: &str) -> Both {
    plain(terraform, cloudformation, &Value::String(text.to_owned()))
}

/// One value under two names.
pub(super) fn plain(terraform: &str, cloudformation: &str, value: &Value) -> Both {
    let absent = || (Node::Number("null".to_owned()), Node::Number("!Ref AWS::NoValue".to_owned()));
    let (first, second) = node(value).map_or_else(absent, |node| (node.clone(), node));
    (vec![(terraform.to_owned(), first)], vec![(cloudformation.to_owned(), second)])
}

fn node(value: &Value) -> Option<Node> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) | Value::Number(_) => Node::Number(value.to_string()),
        Value::String(text) => Node::Text(text.clone()),
        Value::Array(items) => Node::List(items.iter().filter_map(node).collect()),
        Value::Object(members) => Node::Map(members.iter().filter_map(|(key, value)| Some((key.clone(), node(value)?))).collect()),
    })
}

fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

fn entry(name: &str, node: Node) -> (String, Node) {
    (name.to_owned(), node)
}

/// Entries for the fields of an object that are set: model's name, Terraform's, CloudFormation's.
fn fields(value: &Value, names: &[(&str, &str, &str)]) -> Both {
    let set = names.iter().filter(|(name, _, _)| !value[*name].is_null());
    set.fold(Both::default(), |(mut first, mut second), (name, terraform, cloudformation)| {
        let (one, other) = plain(terraform, cloudformation, &value[*name]);
        first.extend(one);
        second.extend(other);
        (first, second)
    })
}

fn block(terraform: &str, cloudformation: &str, (first, second): Both) -> Both {
    (vec![entry(terraform, Node::Block(first))], vec![entry(cloudformation, Node::Block(second))])
}

/// A field that is set, in a block; taken away when it is not set.
fn optional_block(terraform: &str, cloudformation: &str, value: &Value, names: &[(&str, &str, &str)]) -> Option<Both> {
    if value.is_null() {
        return Some((Entries::new(), vec![entry(cloudformation, Node::Number("!Ref AWS::NoValue".to_owned()))]));
    }
    Some(block(terraform, cloudformation, fields(value, names)))
}

pub(super) fn cors(value: &Value) -> Option<Both> {
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

pub(super) fn default_route_settings(value: &Value) -> Option<Both> {
    optional_block("default_route_settings", "DefaultRouteSettings", value, THROTTLING)
}

pub(super) fn route_settings(value: &Value) -> Option<Both> {
    let (mut blocks, mut map) = (Vec::new(), Entries::new());
    for (key, settings) in value.as_object()? {
        let (first, second) = fields(settings, THROTTLING);
        blocks.push([vec![entry("route_key", text(key))], first].concat());
        map.push(entry(key, Node::Block(second)));
    }
    Some((vec![entry("route_settings", Node::Blocks(blocks))], vec![entry("RouteSettings", Node::Map(map))]))
}

/// Values of stage variables are not known here: each name gets a place for its value.
pub(super) fn stage_variables(value: &Value) -> Option<Both> {
    let names: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
    let map = || Node::Map(names.iter().map(|name| entry(name, text("VALUE"))).collect());
    Some((vec![entry("stage_variables", map())], vec![entry("StageVariables", map())]))
}

pub(super) fn access_log(value: &Value) -> Option<Both> {
    let names = [("destination_arn", "destination_arn", "DestinationArn"), ("format", "format", "Format")];
    optional_block("access_log_settings", "AccessLogSettings", value, &names)
}

pub(super) fn tls_config(value: &Value) -> Option<Both> {
    optional_block("tls_config", "TlsConfig", value, &[("server_name", "server_name_to_verify", "ServerNameToVerify")])
}

pub(super) fn response_parameters(value: &Value) -> Option<Both> {
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

pub(super) fn mutual_tls(value: &Value) -> Option<Both> {
    let names = [("truststore_uri", "truststore_uri", "TruststoreUri"), ("truststore_version", "truststore_version", "TruststoreVersion")];
    optional_block("mutual_tls_authentication", "MutualTlsAuthentication", value, &names)
}

pub(super) fn domain_configurations(value: &Value) -> Option<Both> {
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

/// Fields of an ingress rule.
pub(super) const RULE_FIELDS_IN: &[(&str, Shape)] = &[
    ("protocol", Plain("ip_protocol", "IpProtocol")),
    ("from_port", Plain("from_port", "FromPort")),
    ("to_port", Plain("to_port", "ToPort")),
    ("groups", Made(source_group)),
    ("cidrs", Made(rule_block)),
    ("prefix_lists", Made(source_list)),
];

/// Fields of an egress rule.
pub(super) const RULE_FIELDS_OUT: &[(&str, Shape)] = &[
    ("protocol", Plain("ip_protocol", "IpProtocol")),
    ("from_port", Plain("from_port", "FromPort")),
    ("to_port", Plain("to_port", "ToPort")),
    ("groups", Made(destination_group)),
    ("cidrs", Made(rule_block)),
    ("prefix_lists", Made(destination_list)),
];

/// A rule of both languages has one peer.
fn only(value: &Value) -> Option<&str> {
    match value.as_array()?.as_slice() {
        [one] => one.as_str(),
        _ => None,
    }
}

fn source_group(value: &Value) -> Option<Both> {
    Some(both("referenced_security_group_id", "SourceSecurityGroupId", only(value)?))
}

fn destination_group(value: &Value) -> Option<Both> {
    Some(both("referenced_security_group_id", "DestinationSecurityGroupId", only(value)?))
}

fn source_list(value: &Value) -> Option<Both> {
    Some(both("prefix_list_id", "SourcePrefixListId", only(value)?))
}

fn destination_list(value: &Value) -> Option<Both> {
    Some(both("prefix_list_id", "DestinationPrefixListId", only(value)?))
}

fn rule_block(value: &Value) -> Option<Both> {
    let block = only(value)?;
    Some(if block.contains(':') { both("cidr_ipv6", "CidrIpv6", block) } else { both("cidr_ipv4", "CidrIp", block) })
}

pub(super) fn allow(value: &Value) -> Option<Both> {
    Some(both("rule_action", "RuleAction", if value.as_bool()? { "allow" } else { "deny" }))
}

pub(super) fn acl_block(value: &Value) -> Option<Both> {
    let block = value.as_str()?;
    Some(if block.contains(':') { both("ipv6_cidr_block", "Ipv6CidrBlock", block) } else { both("cidr_block", "CidrBlock", block) })
}

pub(super) fn acl_ports(value: &Value) -> Option<Both> {
    let [from, to] = value.as_array()?.as_slice() else { return None };
    let (from, to) = (node(from)?, node(to)?);
    let range = Node::Block(vec![entry("From", from.clone()), entry("To", to.clone())]);
    Some((vec![entry("from_port", from), entry("to_port", to)], vec![entry("PortRange", range)]))
}

pub(super) fn destination(value: &Value) -> Option<Both> {
    let block = value.as_str()?;
    let six = block.contains(':');
    Some(if six {
        both("destination_ipv6_cidr_block", "DestinationIpv6CidrBlock", block)
    } else {
        both("destination_cidr_block", "DestinationCidrBlock", block)
    })
}

pub(super) fn route_target(value: &Value) -> Option<Both> {
    let target = value.as_str()?;
    let (terraform, cloudformation) = match target.split('-').next()? {
        "nat" => ("nat_gateway_id", "NatGatewayId"),
        "igw" => ("gateway_id", "GatewayId"),
        "pcx" => ("vpc_peering_connection_id", "VpcPeeringConnectionId"),
        "tgw" => ("transit_gateway_id", "TransitGatewayId"),
        "vpce" => ("vpc_endpoint_id", "VpcEndpointId"),
        "eni" => ("network_interface_id", "NetworkInterfaceId"),
        _ => return None,
    };
    Some(both(terraform, cloudformation, target))
}

pub(super) fn certificate_names(value: &Value) -> Option<Both> {
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

pub(super) fn scheme(value: &Value) -> Option<Both> {
    let scheme = value.as_str()?;
    Some((vec![entry("internal", Node::Number((scheme == "internal").to_string()))], vec![entry("Scheme", text(scheme))]))
}

pub(super) fn zones(value: &Value) -> Option<Both> {
    let subnets: Vec<Value> = value.as_array()?.iter().map(|zone| zone["subnet_id"].clone()).collect();
    Some(plain("subnets", "Subnets", &Value::Array(subnets)))
}

pub(super) fn default_certificate(value: &Value) -> Option<Both> {
    let Some(first) = value.as_array()?.first().and_then(Value::as_str) else {
        return Some(plain("certificate_arn", "Certificates", &Value::Null));
    };
    let listed = Node::Blocks(vec![vec![entry("CertificateArn", text(first))]]);
    Some((vec![entry("certificate_arn", text(first))], vec![entry("Certificates", listed)]))
}

pub(super) fn listed_certificate(value: &Value) -> Option<Both> {
    let arn = value.as_str()?;
    let listed = Node::Blocks(vec![vec![entry("CertificateArn", text(arn))]]);
    Some((vec![entry("certificate_arn", text(arn))], vec![entry("Certificates", listed)]))
}

pub(super) fn mutual_authentication(value: &Value) -> Option<Both> {
    let names = [("mode", "mode", "Mode"), ("trust_store_arn", "trust_store_arn", "TrustStoreArn")];
    optional_block("mutual_authentication", "MutualAuthentication", value, &names)
}

fn attribute(list: &str, key: &str, value: &Value, terraform: Entries) -> Option<Both> {
    let pair = vec![entry("Key", text(key)), entry("Value", text(value.as_str()?))];
    Some((terraform, vec![entry(list, Node::Blocks(vec![pair]))]))
}

/// A number or a Boolean bare, anything else quoted.
fn bare(value: &Value) -> Option<Node> {
    let value = value.as_str()?;
    let is_bare = value.parse::<u64>().is_ok() || matches!(value, "true" | "false");
    Some(if is_bare { Node::Number(value.to_owned()) } else { text(value) })
}

pub(super) fn load_balancer_attribute(key: &str, value: &Value) -> Option<Both> {
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

pub(super) fn listener_attribute(key: &str, value: &Value) -> Option<Both> {
    attribute("ListenerAttributes", key, value, vec![entry(&key.replace('.', "_"), bare(value)?)])
}

pub(super) fn target_group_attribute(key: &str, value: &Value) -> Option<Both> {
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
pub(super) const TARGET_GROUP_FIELDS: &[(&str, Shape)] = &[
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

pub(super) fn default_actions(value: &Value) -> Option<Both> {
    let (terraform, cloudformation) = each_action(value)?;
    Some((vec![entry("default_action", Node::Blocks(terraform))], vec![entry("DefaultActions", Node::Blocks(cloudformation))]))
}

pub(super) fn actions(value: &Value) -> Option<Both> {
    let (terraform, cloudformation) = each_action(value)?;
    Some((vec![entry("action", Node::Blocks(terraform))], vec![entry("Actions", Node::Blocks(cloudformation))]))
}

fn each_action(value: &Value) -> Option<(Vec<Entries>, Vec<Entries>)> {
    let all: Vec<Both> = value.as_array()?.iter().map(action).collect::<Option<_>>()?;
    Some(all.into_iter().unzip())
}

fn action(action: &Value) -> Option<Both> {
    let kind = action["type"].as_str()?;
    let (mut terraform, mut cloudformation) = both("type", "Type", kind);
    let (first, second) = match kind {
        "forward" => {
            let groups: Vec<Both> = action["target_groups"].as_array()?.iter().map(|group| fields(group, WEIGHTED)).collect();
            let (first, second): (Vec<Entries>, Vec<Entries>) = groups.into_iter().unzip();
            (
                vec![entry("forward", Node::Block(vec![entry("target_group", Node::Blocks(first))]))],
                vec![entry("ForwardConfig", Node::Block(vec![entry("TargetGroups", Node::Blocks(second))]))],
            )
        }
        "fixed-response" => {
            let (mut first, mut second) =
                fields(action, &[("content_type", "content_type", "ContentType"), ("body", "message_body", "MessageBody")]);
            let (status, code) = both("status_code", "StatusCode", &action["status"].to_string());
            first.extend(status);
            second.extend(code);
            block("fixed_response", "FixedResponseConfig", (first, second))
        }
        "redirect" => {
            let (mut first, mut second) = fields(action, REDIRECT);
            let (status, code) = both("status_code", "StatusCode", &format!("HTTP_{}", action["status"]));
            first.extend(status);
            second.extend(code);
            block("redirect", "RedirectConfig", (first, second))
        }
        _ => return None, // an authentication has settings that are not among the facts
    };
    terraform.extend(first);
    cloudformation.extend(second);
    Some((terraform, cloudformation))
}

const WEIGHTED: &[(&str, &str, &str)] = &[("arn", "arn", "TargetGroupArn"), ("weight", "weight", "Weight")];
const REDIRECT: &[(&str, &str, &str)] =
    &[("protocol", "protocol", "Protocol"), ("host", "host", "Host"), ("port", "port", "Port"), ("path", "path", "Path")];

pub(super) fn conditions(value: &Value) -> Option<Both> {
    let all: Vec<Both> = value.as_array()?.iter().map(condition).collect::<Option<_>>()?;
    let (first, second): (Vec<Entries>, Vec<Entries>) = all.into_iter().unzip();
    Some((vec![entry("condition", Node::Blocks(first))], vec![entry("Conditions", Node::Blocks(second))]))
}

fn condition(condition: &Value) -> Option<Both> {
    let field = condition["field"].as_str()?;
    let (terraform, cloudformation) = match field {
        "host-header" => ("host_header", "HostHeaderConfig"),
        "path-pattern" => ("path_pattern", "PathPatternConfig"),
        "http-header" => ("http_header", "HttpHeaderConfig"),
        "http-request-method" => ("http_request_method", "HttpRequestMethodConfig"),
        "source-ip" => ("source_ip", "SourceIpConfig"),
        _ => return None,
    };
    let names =
        [("name", "http_header_name", "HttpHeaderName"), ("values", "values", "Values"), ("regexes", "regex_values", "RegexValues")];
    let set: Vec<_> = names.into_iter().filter(|(name, _, _)| condition[*name].as_array().is_none_or(|all| !all.is_empty())).collect();
    let (first, second) = block(terraform, cloudformation, fields(condition, &set));
    Some((first, [vec![entry("Field", text(field))], second].concat()))
}

pub(super) fn transforms(value: &Value) -> Option<Both> {
    let one = |transform: &Value| {
        let kind = transform["type"].as_str()?;
        let (name, config) = match kind {
            "host-header-rewrite" => ("host_header_rewrite_config", "HostHeaderRewriteConfig"),
            "url-rewrite" => ("url_rewrite_config", "UrlRewriteConfig"),
            _ => return None,
        };
        let rewrites: Vec<Both> = transform["rewrites"].as_array()?.iter().map(|rewrite| fields(rewrite, REWRITE)).collect();
        let (first, second): (Vec<Entries>, Vec<Entries>) = rewrites.into_iter().unzip();
        let (mut terraform, mut cloudformation) = both("type", "Type", kind);
        terraform.push(entry(name, Node::Block(vec![entry("rewrite", Node::Blocks(first))])));
        cloudformation.push(entry(config, Node::Block(vec![entry("Rewrites", Node::Blocks(second))])));
        Some((terraform, cloudformation))
    };
    let all: Vec<Both> = value.as_array()?.iter().map(one).collect::<Option<_>>()?;
    let (first, second): (Vec<Entries>, Vec<Entries>) = all.into_iter().unzip();
    Some((vec![entry("transform", Node::Blocks(first))], vec![entry("Transforms", Node::Blocks(second))]))
}

const REWRITE: &[(&str, &str, &str)] = &[("regex", "regex", "Regex"), ("replace", "replace", "Replace")];

pub(super) fn service_load_balancers(value: &Value) -> Option<Both> {
    let names = [
        ("target_group_arn", "target_group_arn", "TargetGroupArn"),
        ("container_name", "container_name", "ContainerName"),
        ("container_port", "container_port", "ContainerPort"),
    ];
    let (first, second): (Vec<Entries>, Vec<Entries>) = value.as_array()?.iter().map(|one| fields(one, &names)).unzip();
    Some((vec![entry("load_balancer", Node::Blocks(first))], vec![entry("LoadBalancers", Node::Blocks(second))]))
}

pub(super) fn service_registries(value: &Value) -> Option<Both> {
    let names = [
        ("registry_arn", "registry_arn", "RegistryArn"),
        ("port", "port", "Port"),
        ("container_name", "container_name", "ContainerName"),
        ("container_port", "container_port", "ContainerPort"),
    ];
    let (first, second): (Vec<Entries>, Vec<Entries>) = value.as_array()?.iter().map(|one| fields(one, &names)).unzip();
    Some((vec![entry("service_registries", Node::Blocks(first))], vec![entry("ServiceRegistries", Node::Blocks(second))]))
}

fn awsvpc((first, second): Both) -> Both {
    let inner = Node::Block(vec![entry("AwsvpcConfiguration", Node::Block(second))]);
    (vec![entry("network_configuration", Node::Block(first))], vec![entry("NetworkConfiguration", inner)])
}

pub(super) fn service_subnets(value: &Value) -> Option<Both> {
    Some(awsvpc(plain("subnets", "Subnets", value)))
}

pub(super) fn service_groups(value: &Value) -> Option<Both> {
    Some(awsvpc(plain("security_groups", "SecurityGroups", value)))
}

pub(super) fn service_public_ip(value: &Value) -> Option<Both> {
    let assign = value.as_str()?;
    let first = vec![entry("assign_public_ip", Node::Number((assign == "ENABLED").to_string()))];
    Some(awsvpc((first, vec![entry("AssignPublicIp", text(assign))])))
}
