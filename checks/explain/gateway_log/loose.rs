//! Lines of formats that are not JSON: the documented CSV and XML, and names with values.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html>

use super::entry::{Entry, Field};
use super::lines::is_request_id;

/// More pairs are not looked at.
const MOST: usize = 200;

pub(super) fn read(line: &str) -> Option<Entry> {
    xml(line).or_else(|| csv(line)).or_else(|| named(line))
}

/// `<request id="…"> <ip>…</ip> … </request>`
fn xml(line: &str) -> Option<Entry> {
    let rest = line.get(line.find("<request id=")?..)?;
    let mut pairs = vec![("requestId", "")];
    let mut rest = rest.split_once('>')?.1;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((name, after)) = after.split_once('>') else { break };
        let Some((value, after)) = after.split_once("</") else { break };
        pairs.push((name, value));
        rest = after;
        if pairs.len() > MOST {
            break;
        }
    }
    Entry::of_pairs(pairs.into_iter())
}

/// `ip,time,method,route key,protocol,status,length,id`: what the values are shows where they have a form of their own.
fn csv(line: &str) -> Option<Entry> {
    let fields: Vec<&str> = line.split(',').map(|field| field.trim().trim_matches('"')).take(MOST).collect();
    let protocol = fields.iter().position(|field| field.starts_with("HTTP/"))?;
    if !fields.iter().any(|field| is_request_id(field)) {
        return None;
    }
    let at = |number: usize| fields.get(number).copied();
    let status = at(protocol + 1)?.parse().ok().filter(|status| (100..600).contains(status))?;
    let mut entry =
        Entry { status: Some(status), response_length: at(protocol + 2).and_then(|field| field.parse().ok()), ..Entry::default() };
    let before = |back: usize| protocol.checked_sub(back).and_then(at).map_or(Field::Unlogged, Field::of);
    (entry.method, entry.route_key) = (before(2), before(1));
    Some(entry)
}

/// `requestId=… status=503 routeKey="GET /x"`, or with colons.
fn named(line: &str) -> Option<Entry> {
    if !line.contains('=') {
        return None;
    }
    let mut pairs = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.rsplit([' ', ',', ';', '\t', '|']).next().unwrap_or_default();
        let (value, after) = match after.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => {
                // A value without quotes may hold signs of equality, as request ids do: it ends at the next blank.
                let end = after.find([' ', ',', ';', '\t', '|']).unwrap_or(after.len());
                after.split_at(end)
            }
        };
        pairs.push((name, value));
        rest = after;
        if pairs.len() > MOST {
            break;
        }
    }
    // Many programs log so: only what API Gateway alone has makes it a line of this log.
    let own = |entry: &Entry| {
        [&entry.integration_status, &entry.integration_error, &entry.route_key].iter().any(|field| **field != Field::Unlogged)
    };
    Entry::of_pairs(pairs.into_iter()).filter(own)
}
