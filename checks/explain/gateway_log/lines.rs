//! The lines of a log out of what people paste: alone, with the time and stream that `aws logs tail` prints before, or in JSON of CloudWatch.

use super::entry::{Entry, Field};
use super::loose;
use serde_json::Value;

/// More lines are not looked at.
const MOST: usize = 5_000;

/// The entries of a text, in order.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    if let Some(entries) = whole(text) {
        return entries;
    }
    text.lines().take(MOST).filter_map(line).collect()
}

/// The text is one JSON value: an entry over several lines, a list of them, or what CloudWatch gives.
fn whole(text: &str) -> Option<Vec<Entry>> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let list = value.get("events").and_then(Value::as_array).or_else(|| value.as_array()).cloned().unwrap_or_else(|| vec![value.clone()]);
    let entry = |value: &Value| {
        let message = ["message", "@message"].iter().find_map(|name| value.get(name)?.as_str()).and_then(line);
        message.or_else(|| Entry::of_json(value))
    };
    let entries: Vec<Entry> = list.iter().take(MOST).filter_map(entry).collect();
    (!entries.is_empty()).then_some(entries)
}

fn line(line: &str) -> Option<Entry> {
    let line = line.trim();
    json(line).or_else(|| common(line)).or_else(|| loose::read(line))
}

fn json(line: &str) -> Option<Entry> {
    let start = line.find('{')?;
    // A line that was cut has no end.
    let end = line.rfind('}').filter(|end| *end > start).map_or(line.len(), |end| end + 1);
    let object = line.get(start..end)?;
    // CSV doubles the quotes of its values.
    let doubled = object.starts_with("{\"\"").then(|| object.replace("\"\"", "\""));
    let object = doubled.as_deref().unwrap_or(object);
    match serde_json::from_str::<Value>(object) {
        Ok(value) => Entry::of_json(&value),
        // $context.error.messageString brings its own quotes, and then the line is no JSON any more.
        Err(_) => Entry::of_pairs(pairs(object).into_iter()),
    }
}

/// `"name": value` pairs of something that is nearly JSON.
fn pairs(object: &str) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut rest = object.trim_start_matches('{');
    while let Some((_, after)) = rest.split_once('"') {
        let Some((name, after)) = after.split_once('"') else { break };
        let Some(value) = after.trim_start().strip_prefix(':') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        // The value ends before the next name.
        let end = ["\",", "\"}", ",\"", ", \"", "}"].iter().filter_map(|end| value.find(end).map(|at| (at, end))).min();
        let (at, length) = end.map_or((value.len(), 0), |(at, end)| (at, usize::from(end.starts_with('"'))));
        pairs.push((name, &value[..at]));
        rest = value.get(at + length..).unwrap_or_default();
        if pairs.len() > 200 {
            break;
        }
    }
    pairs
}

/// `ip - - [time] "METHOD ROUTE KEY PROTOCOL" status length requestId`, as documented, with what people add behind or before.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html>
fn common(line: &str) -> Option<Entry> {
    let (before, rest) = line.split_once('[')?;
    let before: Vec<&str> = before.split_whitespace().collect();
    if before.is_empty() || before.len() > 5 {
        return None;
    }
    let (_time, rest) = rest.split_once(']')?;
    let (request, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    let mut fields = rest.split_whitespace();
    let status = fields.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
    let extra: Vec<&str> = fields.collect();
    if !before.iter().chain(&extra).any(|field| is_request_id(field)) {
        return None; // another program's access log
    }
    let (method, route) = request.split_once(' ')?;
    let route = route.rsplit_once(' ').map_or(route, |(route, protocol)| if protocol.starts_with("HTTP/") { route } else { request });
    let length = extra.first().and_then(|field| field.parse().ok());
    let mut entry = Entry { status: Some(status), response_length: length, ..Entry::default() };
    entry.method = Field::of(method);
    // A key begins with a method or is $default; a path is none.
    if route.starts_with('/') {
        entry.asked = Some(format!("{method} {route}"));
    } else {
        entry.route_key = Field::of(route);
    }
    // The extended id, latencies and unset values say nothing; words are an error.
    let says = |field: &&&str| !is_request_id(field) && field.chars().any(char::is_alphabetic);
    let words = extra.iter().filter(says).copied().collect::<Vec<_>>().join(" ");
    if !words.is_empty() {
        entry.integration_error = Field::of(&words);
    }
    Some(entry)
}

/// `JKJaXmPLvHcESHA=` of an HTTP API, or a UUID.
pub(super) fn is_request_id(text: &str) -> bool {
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/');
    let own = text.len() == 16 && text.strip_suffix('=').is_some_and(|id| id.chars().all(base64));
    let uuid = text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-') && text.matches('-').count() == 4;
    own || uuid
}
