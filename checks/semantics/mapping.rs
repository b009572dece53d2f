//! What arrives at the load balancer: the request after the stage, the route and the integration's parameter mapping.
//!
//! Sources: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html> for the mapping, and
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html> for the stage name
//! that private integrations put before the path.
//!
//! Inferred:
//! - Percent-encoding: AWS says that API Gateway decodes "URL-encoded request parameters" and neither which of them nor what it
//!   encodes again. A path variable is decoded here; a path that then needs encoding, and any other path with a `%`, is unknown.
//! - `overwrite:path` without a leading slash is kept as it stands.
//! - The order in which two mappings of one header apply: the value is unknown then.
//!
//! Not covered: values from headers, query string, body, `$context` and `$stageVariables` are unknown.

use super::routes::RouteMatch;
use crate::model::gateway::{DEFAULT_STAGE, Integration};
use crate::model::request::Request;
use std::collections::{BTreeMap, BTreeSet};

/// The `Host` that the load balancer sees.
#[derive(Clone, Debug, PartialEq)]
pub enum HostHeader {
    /// A constant: `overwrite:header.host` sets it.
    Known(String),
    /// What API Gateway sends by default is not documented for private integrations, and sources disagree.
    Unknown,
}

/// The value of a header that the integration adds or overwrites.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HeaderValue<'a> {
    /// The same for every request.
    Constant(&'a str),
    /// Taken from the request, the context or a stage variable.
    Unknown,
}

/// A request as it arrives at the load balancer. Hostile text: header values may be secrets and do not belong in a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The method.
    pub method: String,
    /// The path, without query string.
    pub path: MappedPath,
    /// The `Host` header.
    pub host: HostHeader,
    /// Headers that the integration appends or overwrites, in lower case; `None`: set, but the value is not known.
    /// A header that is neither here nor among the usual ones is not in the request, which carries none of its own.
    pub headers: BTreeMap<String, Option<String>>,
    /// Headers that the integration removes, in lower case.
    pub removed: BTreeSet<String>,
    /// The query string without `?`, empty when there is none; `None`: a mapping changes it, and it is not known.
    pub query: Option<String>,
}

/// The path that arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum MappedPath {
    /// Exactly this; without a leading slash if the mapping has none.
    Known(String),
    /// Depends on something that cannot be evaluated.
    Unknown {
        /// The mapping, `$request.path` when the path is passed on.
        mapping: String,
    },
}

/// What a request becomes behind a stage, a route and its integration.
pub fn arrival(request: &Request, stage: &str, route: &RouteMatch, integration: &Integration) -> Arrival {
    let method = integration.method.as_deref().filter(|method| !method.eq_ignore_ascii_case("ANY"));
    let (headers, removed) = mapped_headers(integration);
    Arrival {
        method: method.unwrap_or(&request.method).to_owned(),
        path: mapped_path(request, stage, route, integration),
        host: headers.get("host").cloned().flatten().map_or(HostHeader::Unknown, HostHeader::Known),
        headers,
        removed,
        query: mapped_query(request, integration),
    }
}

/// The value that a mapping gives to a header.
pub fn header_value(mapping: &str) -> HeaderValue<'_> {
    let parts = template(mapping);
    if parts.iter().any(|part| matches!(part, Part::Reference { .. })) { HeaderValue::Unknown } else { HeaderValue::Constant(mapping) }
}

/// The names of what a mapping refers to, for example `request.path.proxy`; empty for a constant.
pub fn references(mapping: &str) -> Vec<&str> {
    let named = |part| match part {
        Part::Reference { name, .. } => Some(name),
        Part::Text(_) => None,
    };
    template(mapping).into_iter().filter_map(named).collect()
}

/// `overwrite:path`, else the request's path, behind the stage's name for private integrations and named stages.
fn mapped_path(request: &Request, stage: &str, route: &RouteMatch, integration: &Integration) -> MappedPath {
    let overwritten = integration.mapping("overwrite:path").filter(|mapping| !mapping.is_empty());
    let path = match overwritten {
        Some(mapping) => evaluate(mapping, request, route),
        None if !integration.is_private() || stage == DEFAULT_STAGE => Some(request.bare_path().to_owned()),
        None => Some(format!("/{stage}{}", request.bare_path())),
    };
    let unknown = || MappedPath::Unknown { mapping: overwritten.unwrap_or("$request.path").to_owned() };
    path.filter(|path| is_plain(path)).map_or_else(unknown, MappedPath::Known)
}

/// The path that a mapping makes. `None`: it refers to something that is not known.
fn evaluate(mapping: &str, request: &Request, route: &RouteMatch) -> Option<String> {
    let parts = template(mapping);
    let is_bare = |part: &&Part| matches!(part, Part::Reference { braces: false, .. });
    let references = parts.iter().filter(|part| matches!(part, Part::Reference { .. })).count();
    if references > 1 && parts.iter().any(|part| is_bare(&part)) {
        return None; // several variables need braces, says AWS; what happens without is not documented
    }
    parts.iter().map(|part| part.value(request, route)).collect()
}

/// A piece of a mapping's value.
enum Part<'a> {
    Text(&'a str),
    /// `$name`, or `${name}` with braces.
    Reference {
        name: &'a str,
        braces: bool,
    },
}

impl Part<'_> {
    fn value(&self, request: &Request, route: &RouteMatch) -> Option<String> {
        match self {
            Part::Text(text) => Some((*text).to_owned()),
            Part::Reference { name: "request.path", .. } => Some(request.bare_path().to_owned()).filter(|path| is_plain(path)),
            Part::Reference { name, .. } => decode(route.variables.get(name.strip_prefix("request.path.")?)?),
        }
    }
}

/// Cuts a mapping into text and references. A `$` that begins no reference is text.
fn template(mapping: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = mapping;
    while let Some(at) = rest.find('$') {
        let (text, from) = rest.split_at(at);
        let (part, after) = reference(from).unwrap_or_else(|| (Part::Text(&from[..1]), &from[1..]));
        parts.extend([Part::Text(text), part]);
        rest = after;
    }
    parts.push(Part::Text(rest));
    parts
}

/// The reference that a text beginning with `$` begins with, and what follows it.
fn reference(text: &str) -> Option<(Part<'_>, &str)> {
    if let Some(inner) = text.strip_prefix("${") {
        let (name, after) = inner.split_once('}')?;
        return Some((Part::Reference { name, braces: true }, after));
    }
    let name = text.strip_prefix('$')?;
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let (name, after) = name.split_at(name.find(|c| !in_name(c)).unwrap_or(name.len()));
    let root = name.split('.').next();
    matches!(root, Some("request" | "context" | "stageVariables")).then_some((Part::Reference { name, braces: false }, after))
}

/// Decodes percent-encoded octets. `None`: it is not UTF-8 then, or an escape is broken.
fn decode(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            octets.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else { return None };
        let digit = |octet: &u8| char::from(*octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        octets.push(digit(high)? * 16 + digit(low)?);
        rest = after;
    }
    String::from_utf8(octets).ok()
}

/// True for a path that is the same encoded and decoded (RFC 3986 `pchar` without escapes, and `/`).
fn is_plain(path: &str) -> bool {
    path.chars().all(|c| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(c))
}

/// Headers that clients or API Gateway send anyway, so that `append` adds to a value that is not known.
/// Inferred, except for those that AWS reserves.
const USUAL_HEADERS: [&str; 8] =
    ["accept", "accept-encoding", "accept-language", "content-type", "cookie", "host", "user-agent", "referer"];

/// True for a header that is likely in the request although no mapping sets it.
pub(super) fn is_usual_header(name: &str) -> bool {
    let reserved = ["content-length", "forwarded", "via", "connection", "te", "origin"];
    let families = ["x-forwarded-", "x-amz-", "x-amzn-", "apigw-"];
    USUAL_HEADERS.contains(&name) || reserved.contains(&name) || families.iter().any(|family| name.starts_with(family))
}

type Headers = (BTreeMap<String, Option<String>>, BTreeSet<String>);

/// The headers that the integration sets, and those that it removes.
fn mapped_headers(integration: &Integration) -> Headers {
    let (mut headers, mut removed): Headers = Default::default();
    for (key, mapping) in &integration.request_parameters {
        let key = key.to_ascii_lowercase();
        if let Some(name) = key.strip_prefix("remove:header.") {
            removed.insert(name.to_owned());
            continue;
        }
        let (name, appended) = match (key.strip_prefix("overwrite:header."), key.strip_prefix("append:header.")) {
            (Some(name), _) => (name, false),
            (None, Some(name)) => (name, true),
            (None, None) => continue,
        };
        if mapping.is_empty() {
            continue; // an empty value is how a mapping is taken away
        }
        let value = match header_value(mapping) {
            HeaderValue::Constant(value) if !(appended && is_usual_header(name)) => Some(value.to_owned()),
            HeaderValue::Constant(_) | HeaderValue::Unknown => None,
        };
        let set_twice = headers.contains_key(name);
        headers.insert(name.to_owned(), value.filter(|_| !set_twice));
    }
    for (name, value) in &mut headers {
        value.take_if(|_| removed.contains(name));
    }
    (headers, removed)
}

/// The query string, unless a mapping touches it.
fn mapped_query(request: &Request, integration: &Integration) -> Option<String> {
    let touches = |key: &String| key.split_once(':').is_some_and(|(_, what)| what.to_ascii_lowercase().starts_with("querystring."));
    if integration.request_parameters.keys().any(touches) {
        return None;
    }
    let before_fragment = request.path.split('#').next().unwrap_or_default();
    Some(before_fragment.split_once('?').map_or("", |(_, query)| query).to_owned())
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
