//! Lines of the log as Athena and other tools give them: JSON under the documented names of the fields.
//! <https://docs.aws.amazon.com/athena/latest/ug/create-alb-access-logs-table.html>

use super::{Entry, MOST};
use crate::explain::log_times::seconds_ms;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The entries of a text: one JSON value, or one on each line.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    if !text.contains("elb_status_code") {
        return Vec::new();
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let list = value.as_array().cloned().unwrap_or_else(|| vec![value]);
        return list.iter().take(MOST).filter_map(|value| within(value, 0)).collect();
    }
    text.lines().take(MOST).filter_map(line).collect()
}

fn line(line: &str) -> Option<Entry> {
    let value = serde_json::from_str(line.trim().trim_end_matches(',')).ok();
    value.and_then(|value| within(&value, 0)).or_else(|| entry(&pieces(line)?))
}

/// The object with the fields, inside of what a shipper of logs puts around it.
fn within(value: &Value, depth: usize) -> Option<Entry> {
    match value {
        Value::Object(members) => {
            entry(value).or_else(|| members.values().filter(|_| depth < 6).find_map(|member| within(member, depth + 1)))
        }
        Value::String(text) if depth < 6 && text.contains("elb_status_code") => within(&serde_json::from_str(text).ok()?, depth + 1),
        _ => None,
    }
}

/// Names and values of a record that was cut or escaped.
fn pieces(line: &str) -> Option<Value> {
    const NAMES: [&str; 16] = [
        "type",
        "time",
        "target_ip",
        "target_port",
        "request_processing_time",
        "target_processing_time",
        "response_processing_time",
        "elb_status_code",
        "target_status_code",
        "request",
        "matched_rule_priority",
        "request_creation_time",
        "actions_executed",
        "redirect_url",
        "error_reason",
        "classification",
    ];
    let plain = line.replace("\\\"", "\"");
    let value = |name: &&'static str| {
        let after = plain.split_once(&format!("\"{name}\""))?.1.trim_start().strip_prefix(':')?.trim_start();
        let value = match after.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => after.split([',', '}']).next()?.trim(),
        };
        Some(((*name).to_owned(), Value::from(value)))
    };
    let found: serde_json::Map<String, Value> = NAMES.iter().filter_map(value).collect();
    (found.contains_key("elb_status_code") && found.contains_key("target_status_code")).then_some(Value::Object(found))
}

fn entry(value: &Value) -> Option<Entry> {
    let text = |name: &str| match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let named = |name: &str| text(name).filter(|text| !matches!(text.as_str(), "" | "-"));
    let number = |name: &str| named(name)?.parse().ok().filter(|status| (100..1000).contains(status));
    let seconds = |name: &str| text(name).and_then(|text| text.parse().ok()).unwrap_or(-1.0);
    let time = |name: &str| OffsetDateTime::parse(&text(name)?, &Rfc3339).ok();
    value.get("elb_status_code")?;
    let elapsed = time("time").zip(time("request_creation_time")).map(|(time, created)| (time - created).as_seconds_f64());
    Some(Entry {
        protocol: text("type").unwrap_or_default(),
        target: named("target_ip").or_else(|| named("target_port")).or_else(|| named("target:port")),
        times: ["request_processing_time", "target_processing_time", "response_processing_time"].map(seconds),
        elb_status: number("elb_status_code"),
        target_status: number("target_status_code"),
        request: text("request").unwrap_or_else(|| format!("- {} -", text("request_url").unwrap_or_default())),
        domain: named("domain_name"),
        priority: named("matched_rule_priority").and_then(|priority| priority.parse().ok()),
        actions: text("actions_executed").unwrap_or_default().to_ascii_lowercase(),
        redirect: named("redirect_url"),
        error: named("error_reason").or_else(|| named("lambda_error_reason")),
        classification: named("classification"),
        elapsed_ms: elapsed.and_then(seconds_ms),
    })
}
