//! An exported definition (OpenAPI 3.0 with API Gateway's extensions) becomes routes with their integrations.
//!
//! Field names: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>.
//! A route that cannot be read makes the whole definition unreadable: one without it would be another definition.

use super::outcome::Lacks;
use apigw_doctor_checks::model::definition::{DefinedIntegration, DefinedRoute, Definition};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What an operation of a path may be called; anything else beside it (`parameters`, `summary`) is no route.
const METHODS: &[(&str, &str)] = &[
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("trace", "TRACE"),
    ("x-amazon-apigateway-any-method", "ANY"),
];

/// The path under which an export shows the route `$default`.
const DEFAULT_ROUTE: &str = "/$default";

/// Reads an exported document.
pub(super) fn definition(document: &[u8]) -> Result<Definition, Lacks> {
    let document: Value = serde_json::from_slice(document).map_err(|_| Lacks("the exported document"))?;
    let paths = document.get("paths").and_then(Value::as_object).ok_or(Lacks("paths"))?;
    let mut routes = BTreeMap::new();
    for (path, item) in paths {
        let item = item.as_object().ok_or(Lacks("paths"))?;
        for (name, method) in METHODS {
            if let Some(operation) = item.get(*name) {
                let key = if path == DEFAULT_ROUTE { "$default".to_owned() } else { format!("{method} {path}") };
                routes.insert(key, route(&document, operation)?);
            }
        }
    }
    Ok(Definition { routes })
}

fn route(document: &Value, operation: &Value) -> Result<DefinedRoute, Lacks> {
    let operation = operation.as_object().ok_or(Lacks("an operation"))?;
    // `security` of the operation replaces that of the whole document; an empty list means "nobody has to show anything".
    let required = operation.get("security").or_else(|| document.get("security"));
    let by_scheme = required.and_then(Value::as_array).is_some_and(|schemes| !schemes.is_empty());
    let by_type = operation.get("x-amazon-apigateway-auth").and_then(|auth| auth.get("type")).and_then(Value::as_str);
    let integration = operation.get("x-amazon-apigateway-integration").map(|found| resolved(document, found)).transpose()?;
    Ok(DefinedRoute {
        authorized: by_scheme || by_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("NONE")),
        integration: integration.map(to_integration).transpose()?,
    })
}

/// The integration itself, or the shared one that a `$ref` leads to.
fn resolved<'a>(document: &'a Value, found: &'a Value) -> Result<&'a Map<String, Value>, Lacks> {
    let shared = match found.get("$ref") {
        Some(reference) => reference.as_str().and_then(|text| document.pointer(text.strip_prefix('#')?)),
        None => Some(found),
    };
    shared.and_then(Value::as_object).ok_or(Lacks("x-amazon-apigateway-integration"))
}

fn to_integration(found: &Map<String, Value>) -> Result<DefinedIntegration, Lacks> {
    let text = |name: &str| found.get(name).and_then(Value::as_str).map(str::to_owned);
    let timeout = match found.get("timeoutInMillis") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_u64().and_then(|value| u32::try_from(value).ok()).ok_or(Lacks("timeoutInMillis"))?),
    };
    let server_name = found.get("tlsConfig").and_then(|tls| tls.get("serverNameToVerify")).and_then(Value::as_str);
    Ok(DefinedIntegration {
        integration_type: text("type").ok_or(Lacks("type"))?.to_uppercase(),
        method: text("httpMethod"),
        uri: text("uri"),
        // INTERNET is the documented default.
        connection_type: text("connectionType").unwrap_or_else(|| "INTERNET".to_owned()),
        connection_id: text("connectionId"),
        server_name: server_name.map(str::to_owned),
        request_parameters: parameters(found.get("requestParameters"))?,
        timeout_ms: timeout,
        payload_format_version: text("payloadFormatVersion"),
    })
}

fn parameters(found: Option<&Value>) -> Result<BTreeMap<String, String>, Lacks> {
    const FIELD: &str = "requestParameters";
    let Some(found) = found.filter(|found| !found.is_null()) else { return Ok(BTreeMap::new()) };
    let pair = |(key, value): (&String, &Value)| Ok((key.clone(), value.as_str().ok_or(Lacks(FIELD))?.to_owned()));
    found.as_object().ok_or(Lacks(FIELD))?.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::{Lacks, definition};
    use apigw_doctor_checks::model::definition::{DefinedRoute, Definition};

    /// As `aws apigatewayv2 export-api --specification OAS30 --output-type JSON` writes it.
    const EXPORT: &str = include_str!("wire/export.json");

    fn read(document: &str) -> Result<Definition, Lacks> {
        definition(document.as_bytes())
    }

    #[test]
    fn paths_and_methods_are_route_keys() {
        let routes = read(EXPORT).expect("readable").routes;
        assert_eq!(
            routes.keys().collect::<Vec<_>>(),
            ["$default", "ANY /orders/{proxy+}", "DELETE /orders/{id}", "GET /health", "GET /old"]
        );
    }

    #[test]
    fn an_integration_is_read_with_every_field() {
        let routes = read(EXPORT).expect("readable").routes;
        let found = routes["GET /health"].integration.as_ref().expect("attached");
        assert_eq!(
            (found.integration_type.as_str(), found.connection_type.as_str(), found.timeout_ms),
            ("HTTP_PROXY", "VPC_LINK", Some(30_000))
        );
        assert_eq!((found.method.as_deref(), found.connection_id.as_deref()), (Some("GET"), Some("link1")));
        assert!(found.uri.as_deref().is_some_and(|uri| uri.ends_with("listener/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2")));
        assert_eq!(found.server_name.as_deref(), Some("api.internal.example.com"));
        assert_eq!(
            (found.request_parameters["overwrite:path"].as_str(), found.payload_format_version.as_deref()),
            ("$request.path", Some("1.0"))
        );
    }

    #[test]
    fn a_shared_integration_is_found_by_its_reference() {
        let routes = read(EXPORT).expect("readable").routes;
        let shared = routes["ANY /orders/{proxy+}"].integration.as_ref().expect("attached");
        assert_eq!(
            (shared.method.as_deref(), shared.connection_type.as_str(), shared.server_name.as_deref()),
            (Some("ANY"), "INTERNET", None)
        );
        let gone = EXPORT.replace("\"shared\" :", "\"renamed\" :");
        assert_eq!(read(&gone), Err(Lacks("x-amazon-apigateway-integration")));
    }

    #[test]
    fn authorization_is_what_security_asks_for() {
        let routes = read(EXPORT).expect("readable").routes;
        assert!(routes["DELETE /orders/{id}"].authorized && !routes["GET /health"].authorized);
        let route = |operation: &str| {
            let document = format!(r#"{{"security":[{{"jwt":[]}}],"paths":{{"/a":{{"get":{operation}}}}}}}"#);
            read(&document).expect("readable").routes["GET /a"].authorized
        };
        assert!(route("{}") && !route(r#"{"security":[]}"#));
        assert!(route(r#"{"security":[],"x-amazon-apigateway-auth":{"type":"AWS_IAM"}}"#));
        assert!(!route(r#"{"security":[],"x-amazon-apigateway-auth":{"type":"NONE"}}"#));
    }

    #[test]
    fn a_route_without_an_integration_is_a_route() {
        assert_eq!(read(EXPORT).expect("readable").routes["GET /old"], DefinedRoute { authorized: false, integration: None });
        assert_eq!(read(r#"{"openapi":"3.0.1","paths":{}}"#), Ok(Definition::default()));
    }

    #[test]
    fn what_cannot_be_read_is_no_definition() {
        assert_eq!(read(""), Err(Lacks("the exported document")));
        assert_eq!(read("{}"), Err(Lacks("paths")));
        let with =
            |integration: &str| read(&format!(r#"{{"paths":{{"/a":{{"get":{{"x-amazon-apigateway-integration":{integration}}}}}}}}}"#));
        assert_eq!(with("{}"), Err(Lacks("type")));
        assert_eq!(with(r#"{"type":"http_proxy","timeoutInMillis":-1}"#), Err(Lacks("timeoutInMillis")));
        assert_eq!(with(r#"{"type":"http_proxy","requestParameters":{"overwrite:path":1}}"#), Err(Lacks("requestParameters")));
    }
}
