//! Parameter mapping, the awkward cases by name.

use super::{Arrival, HeaderValue, HostHeader, MappedPath, arrival, header_value};
use crate::model::gateway::{Integration, Route};
use crate::model::request::Request;
use crate::semantics::routes::RouteMatch;
use std::collections::BTreeMap;

pub(super) fn integration(mappings: &[(&str, &str)]) -> Integration {
    Integration {
        id: "i1".to_owned(),
        integration_type: "HTTP_PROXY".to_owned(),
        method: Some("ANY".to_owned()),
        uri: None,
        connection_type: "VPC_LINK".to_owned(),
        connection_id: Some("l1".to_owned()),
        tls_config: None,
        request_parameters: mappings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        timeout_ms: None,
        payload_format_version: None,
        response_parameters: BTreeMap::new(),
    }
}

pub(super) fn arrives(path: &str, stage: &str, variables: &[(&str, &str)], integration: &Integration) -> Arrival {
    let route = Route {
        id: "r1".to_owned(),
        key: "ANY /{proxy+}".to_owned(),
        target: None,
        authorization_type: "NONE".to_owned(),
        authorizer_id: None,
        authorization_scopes: Vec::new(),
    };
    let variables: BTreeMap<String, String> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    arrival(&Request::get(path), stage, &RouteMatch { route: &route, variables }, integration)
}

fn path(text: &str) -> MappedPath {
    MappedPath::Known(text.to_owned())
}

fn unknown(mapping: &str) -> MappedPath {
    MappedPath::Unknown { mapping: mapping.to_owned() }
}

/// What `overwrite:path` makes of `/api/a/b` with `proxy` → `a/b`, `id` → `7`.
fn overwritten(mapping: &str) -> MappedPath {
    arrives("/api/a/b?x=1", "prod", &[("proxy", "a/b"), ("id", "7")], &integration(&[("overwrite:path", mapping)])).path
}

#[test]
fn named_stages_are_forwarded_and_the_default_stage_is_not() {
    assert_eq!(arrives("/health", "prod", &[], &integration(&[])).path, path("/prod/health"));
    assert_eq!(arrives("/health", "$default", &[], &integration(&[])).path, path("/health"));
    assert_eq!(arrives("/", "prod", &[], &integration(&[])).path, path("/prod/"));
}

#[test]
fn only_private_integrations_forward_the_stage() {
    let public = Integration { connection_type: "INTERNET".to_owned(), ..integration(&[]) };
    assert_eq!(arrives("/health", "prod", &[], &public).path, path("/health"));
}

#[test]
fn request_path_comes_without_the_stage() {
    assert_eq!(overwritten("$request.path"), path("/api/a/b"));
    assert_eq!(overwritten("${request.path}"), path("/api/a/b"));
    assert_eq!(overwritten("/v1$request.path"), path("/v1/api/a/b"));
}

#[test]
fn path_variables_are_filled_in() {
    assert_eq!(overwritten("/$request.path.proxy"), path("/a/b"));
    assert_eq!(overwritten("/${request.path.proxy}"), path("/a/b"));
    assert_eq!(overwritten("/v1/$request.path.proxy"), path("/v1/a/b"));
    assert_eq!(overwritten("/x/${request.path.id}/${request.path.proxy}.json"), path("/x/7/a/b.json"));
}

#[test]
fn a_missing_slash_is_not_added() {
    assert_eq!(overwritten("$request.path.proxy"), path("a/b"));
    assert_eq!(overwritten("static"), path("static"));
}

#[test]
fn static_paths_replace_everything() {
    assert_eq!(overwritten("/"), path("/"));
    assert_eq!(overwritten("/a$b/$"), path("/a$b/$"));
    assert_eq!(overwritten("/${unclosed"), unknown("/${unclosed"));
}

#[test]
fn what_cannot_be_evaluated_is_unknown() {
    for mapping in [
        "/$context.requestId",
        "/$stageVariables.base/x",
        "/${request.header.x}",
        "$request.querystring.x",
        "$request.path.other",
        "$request.path.id$request.path.id",
        "/${nonsense}",
        "/with space",
        "/a?b=c",
    ] {
        assert_eq!(overwritten(mapping), unknown(mapping));
    }
}

#[test]
fn an_empty_mapping_is_none() {
    assert_eq!(overwritten(""), path("/prod/api/a/b"));
}

#[test]
fn mapping_keys_are_compared_without_case() {
    assert_eq!(arrives("/x", "prod", &[], &integration(&[("Overwrite:Path", "$request.path")])).path, path("/x"));
    let host = arrives("/x", "prod", &[], &integration(&[("overwrite:header.Host", "app.example.com")])).host;
    assert_eq!(host, HostHeader::Known("app.example.com".to_owned()));
}

#[test]
fn path_variables_are_decoded_if_the_result_needs_no_encoding() {
    let mapped = integration(&[("overwrite:path", "/$request.path.proxy")]);
    assert_eq!(arrives("/a%2Fb", "prod", &[("proxy", "a%2Fb%7e")], &mapped).path, path("/a/b~"));
    for value in ["a%20b", "a%3Fb", "a%", "a%zz", "%ff", "%25", "%+1"] {
        assert_eq!(arrives("/x", "prod", &[("proxy", value)], &mapped).path, unknown("/$request.path.proxy"), "{value}");
    }
}

#[test]
fn an_encoded_path_that_is_passed_on_is_unknown() {
    assert_eq!(arrives("/a%2Fb", "$default", &[], &integration(&[])).path, unknown("$request.path"));
    assert_eq!(overwritten("/ü"), unknown("/ü"));
}

#[test]
fn the_method_is_passed_on_or_fixed() {
    assert_eq!(arrives("/", "$default", &[], &integration(&[])).method, "GET");
    let fixed = Integration { method: Some("POST".to_owned()), ..integration(&[]) };
    assert_eq!(arrives("/", "$default", &[], &fixed).method, "POST");
    let absent = Integration { method: None, ..integration(&[]) };
    assert_eq!(arrives("/", "$default", &[], &absent).method, "GET");
}

#[test]
fn host_is_unknown_unless_a_constant_overwrites_it() {
    for (key, value) in [
        ("overwrite:header.host", "$context.domainName"),
        ("append:header.host", "app.example.com"),
        ("remove:header.host", "''"),
        ("overwrite:header.x", "app.example.com"),
    ] {
        assert_eq!(arrives("/", "$default", &[], &integration(&[(key, value)])).host, HostHeader::Unknown, "{key}");
    }
}

#[test]
fn headers_are_set_and_removed() {
    let mappings = [
        ("append:header.X-Secret", "s3cret"),
        ("overwrite:header.x-id", "$context.requestId"),
        ("append:header.accept", "text/html"),
        ("overwrite:header.user-agent", "doctor"),
        ("append:header.gone", ""),
        ("remove:header.Cookie", "''"),
    ];
    let arrival = arrives("/", "$default", &[], &integration(&mappings));
    let headers: Vec<(&str, Option<&str>)> = arrival.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
    assert_eq!(headers, [("accept", None), ("user-agent", Some("doctor")), ("x-id", None), ("x-secret", Some("s3cret"))]);
    assert_eq!(arrival.removed.iter().map(String::as_str).collect::<Vec<_>>(), ["cookie"]);
}

#[test]
fn two_mappings_of_one_header_leave_its_value_open() {
    for second in [("overwrite:header.x", "b"), ("remove:header.X", "''")] {
        let arrival = arrives("/", "$default", &[], &integration(&[("append:header.x", "a"), second]));
        assert_eq!(arrival.headers.get("x"), Some(&None), "{second:?}");
    }
}

#[test]
fn the_query_string_is_known_unless_mapped() {
    let query = |path: &str, mappings: &[(&str, &str)]| arrives(path, "$default", &[], &integration(mappings)).query;
    assert_eq!(query("/x?a=1&b=2#top", &[]).as_deref(), Some("a=1&b=2"));
    assert_eq!(query("/x", &[]).as_deref(), Some(""));
    assert_eq!(query("/x#a?b", &[]).as_deref(), Some(""));
    assert_eq!(query("/x?a=1", &[("remove:querystring.a", "''")]), None);
    assert_eq!(query("/x?a=1", &[("overwrite:path", "/y")]).as_deref(), Some("a=1"));
}

#[test]
fn header_values_are_constants_or_unknown() {
    assert_eq!(header_value("app.example.com"), HeaderValue::Constant("app.example.com"));
    assert_eq!(header_value("$5 off"), HeaderValue::Constant("$5 off"));
    assert_eq!(header_value("id-${context.requestId}"), HeaderValue::Unknown);
}
