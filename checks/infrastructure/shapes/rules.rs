//! Actions, conditions and transforms of listener rules.

use super::super::node::{Entries, Node};
use super::{Both, block, both, entry, fields, text};
use serde_json::Value;

pub(in crate::infrastructure) fn default_actions(value: &Value) -> Option<Both> {
    let (terraform, cloudformation) = each_action(value)?;
    Some((vec![entry("default_action", Node::Blocks(terraform))], vec![entry("DefaultActions", Node::Blocks(cloudformation))]))
}

pub(in crate::infrastructure) fn actions(value: &Value) -> Option<Both> {
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

pub(in crate::infrastructure) fn conditions(value: &Value) -> Option<Both> {
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

pub(in crate::infrastructure) fn transforms(value: &Value) -> Option<Both> {
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
