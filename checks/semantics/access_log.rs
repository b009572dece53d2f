//! Reading a line of an access log by the format that its stage writes.
//!
//! The format is a text with `$context` variables: JSON, CLF, XML or CSV, always on one line. API Gateway replaces each variable by its
//! value, and by `-` where it has none. <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html>

use serde_json::Value;
use std::collections::BTreeMap;

/// The variables whose values are kept, without `$context.`: what the service did, nothing that tells who called.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>
pub const KEPT: &[&str] = &[
    "authorizer.error",
    "error.message",
    "error.responseType",
    "extendedRequestId",
    "httpMethod",
    "integration.error",
    "integration.integrationStatus",
    "integration.latency",
    "integration.status",
    "integrationErrorMessage",
    "integrationLatency",
    "integrationStatus",
    "protocol",
    "requestId",
    "responseLatency",
    "routeKey",
    "stage",
    "status",
];

const SIGN: &str = "$context.";

/// The kept values of a line by their variables. `None`: the line was not written in this format (it may be older than a change of it).
pub fn read(format: &str, line: &str) -> Option<BTreeMap<String, String>> {
    let (format, line) = (format.trim(), line.trim());
    let found = match (serde_json::from_str::<Value>(format), serde_json::from_str::<Value>(line)) {
        (Ok(Value::Object(format)), Ok(line)) => {
            let mut found = BTreeMap::new();
            by_shape(&Value::Object(format), &line, &mut found).then_some(found)?
        }
        _ => by_text(format, line)?,
    };
    Some(found.into_iter().filter(|(name, _)| KEPT.contains(&name.as_str())).collect())
}

/// JSON against JSON: the values stand at the places of the variables. False: another shape.
fn by_shape(format: &Value, line: &Value, found: &mut BTreeMap<String, String>) -> bool {
    match (format, line) {
        (Value::Object(format), Value::Object(line)) => {
            format.len() == line.len() && format.iter().all(|(key, format)| line.get(key).is_some_and(|line| by_shape(format, line, found)))
        }
        (Value::Array(format), Value::Array(line)) => {
            format.len() == line.len() && format.iter().zip(line).all(|(format, line)| by_shape(format, line, found))
        }
        (Value::String(format), line) => {
            let line = line.as_str().map_or_else(|| line.to_string(), str::to_owned);
            by_text(format, &line).map(|values| found.extend(values)).is_some()
        }
        (format, line) => format == line,
    }
}

/// Text against text: a value reaches up to the next literal piece of the format.
fn by_text(format: &str, line: &str) -> Option<BTreeMap<String, String>> {
    let pieces = pieces(format);
    let (mut found, mut rest) = (BTreeMap::new(), line);
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) => rest = rest.strip_prefix(text)?,
            Piece::Variable(name) => {
                let end = match pieces.get(index + 1) {
                    Some(Piece::Literal(next)) => rest.find(next)?,
                    Some(Piece::Variable(_)) => return None, // two values side by side: where one ends is not told
                    None => rest.len(),
                };
                found.insert((*name).to_owned(), rest[..end].to_owned());
                rest = &rest[end..];
            }
        }
    }
    rest.is_empty().then_some(found)
}

enum Piece<'a> {
    Literal(&'a str),
    Variable(&'a str),
}

fn pieces(format: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), format);
    while let Some(at) = rest.find(SIGN) {
        if at > 0 {
            pieces.push(Piece::Literal(&rest[..at]));
        }
        let name = &rest[at + SIGN.len()..];
        // A point belongs to a name only if more of the name follows it.
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let end = name.find(|c: char| !inside(c)).unwrap_or(name.len());
        let end = name[..end].trim_end_matches(['.', '-']).len();
        pieces.push(Piece::Variable(&name[..end]));
        rest = &name[end..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::read;
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    fn value(format: &str, line: &str, name: &str) -> Option<String> {
        read(format, line)?.remove(name)
    }

    const CLF: &str = r#"$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId $context.integrationErrorMessage"#;
    const JSON: &str = r#"{"id":"$context.requestId","ip":"$context.identity.sourceIp","status":"$context.status","took":{"behind":"$context.integration.latency"},"error":"$context.integration.error"}"#;

    #[test]
    fn the_common_log_format_of_the_documentation_is_read() {
        let line = r#"198.51.100.7 - - [27/Nov/2026:10:00:00 +0000] "GET GET /health HTTP/1.1" 503 33 JKJaXmPLvHcESHA= -"#;
        assert_eq!(value(CLF, line, "status").as_deref(), Some("503"));
        assert_eq!(value(CLF, line, "requestId").as_deref(), Some("JKJaXmPLvHcESHA="));
        assert_eq!(value(CLF, line, "integrationErrorMessage").as_deref(), Some("-"));
        assert_eq!(value(CLF, line, "identity.sourceIp"), None, "who called is not kept");
    }

    #[test]
    fn json_is_read_by_its_shape_whatever_stands_in_its_values() {
        let line = r#"{"id":"a","ip":"198.51.100.7","status":"500","took":{"behind":"12"},"error":"said \"no\", and {left}"}"#;
        assert_eq!(value(JSON, line, "integration.error").as_deref(), Some(r#"said "no", and {left}"#));
        assert_eq!(value(JSON, line, "integration.latency").as_deref(), Some("12"));
        assert_eq!(value(r#"{"status":"$context.status"}"#, r#"{"status":503}"#, "status").as_deref(), Some("503"));
    }

    #[test]
    fn a_line_in_another_format_is_not_read() {
        assert_eq!(read(JSON, r#"{"id":"a","status":"500"}"#), None);
        assert_eq!(read(CLF, "503 GET /health"), None);
        assert_eq!(read("$context.status$context.requestId", "503abc"), None, "where one value ends is not told");
        assert_eq!(read("", "503"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn what_a_format_writes_is_read_back(status in 100u16..600, id in "[A-Za-z0-9=]{1,20}", error in "[ -~]{0,30}") {
            let json = format!(r#"{{"status":"{status}","requestId":"{id}","error":{}}}"#, serde_json::to_string(&error).expect("a string"));
            let format = r#"{"status":"$context.status","requestId":"$context.requestId","error":"$context.error.message"}"#;
            let found = read(format, &json).expect("it was written in this format");
            prop_assert_eq!(found.get("status"), Some(&status.to_string()));
            prop_assert_eq!(found.get("error.message"), Some(&error));
            let found = read("$context.requestId,$context.status,$context.error.message", &format!("{id},{status},{error}"));
            prop_assert_eq!(found.expect("a line of values").remove("requestId"), Some(id));
        }

        #[test]
        fn no_line_and_no_format_is_too_odd(format in any::<String>(), line in any::<String>()) {
            if let Some(found) = read(&format, &line) {
                prop_assert!(found.keys().all(|name| super::KEPT.contains(&name.as_str())));
            }
        }
    }
}
