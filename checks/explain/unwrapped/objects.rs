//! Objects as programs print them: an answer in JSON, `{'message': '…'}` of Python, `{ message: '…' }` of Node, and a whole answer of axios.

use serde_json::Value;

/// `{"statusCode": 503, "body": "…"}`: the answer in it.
pub(super) fn wrapped_answer(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text.trim()).ok()?;
    let member = |names: &[&str]| names.iter().find_map(|name| value.get(name));
    let status = member(&["statusCode", "status", "status_code"])?.as_u64().filter(|status| (100..600).contains(status))?;
    let body = match member(&["body", "data", "response_body", "responseBody"])? {
        Value::String(body) => body.clone(),
        other => other.to_string(),
    };
    let headers = member(&["headers", "response_headers", "responseHeaders"]).and_then(Value::as_object);
    let line = |(name, value): (&String, &Value)| value.as_str().map(|value| format!("{name}: {}\n", value.replace('\n', " ")));
    let headers: String = headers.into_iter().flatten().filter_map(line).collect();
    Some(format!("HTTP/1.1 {status}\n{headers}\n{body}"))
}

/// An answer as Node prints it: `status: 503, … headers: { … }, data: { … }`.
pub(super) fn printed_answer(text: &str) -> Option<String> {
    let flat = text.replace(['"', '\''], "");
    if !flat.contains("headers: {") || !(flat.contains("data: ") || flat.contains("body: ")) {
        return None;
    }
    let (mut head, mut body, mut inside) = (String::new(), String::new(), false);
    for line in text.lines() {
        let line = line.trim().trim_end_matches(',');
        let (name, value) = line.split_once(':').map_or((line, ""), |(name, value)| (name.trim_matches(['\'', '"', ' ']), value.trim()));
        if inside {
            body.push_str(line);
            body.push('\n');
        } else if matches!(name, "data" | "body") {
            inside = true;
            body.push_str(value.trim_matches(['\'', '"']));
            body.push('\n');
        } else if name == "status" && value.len() == 3 && value.chars().all(|c| c.is_ascii_digit()) {
            head = format!("HTTP/1.1 {value}\n");
        } else if !head.is_empty() && !value.is_empty() && !value.starts_with(['{', '[']) && name != "statusText" {
            head.push_str(&format!("{name}: {}\n", value.trim_matches(['\'', '"'])));
        }
    }
    (!head.is_empty() && inside).then(|| format!("{head}\n{}", requoted(body.trim()).unwrap_or(body)))
}

/// Names and texts in the quotes of JSON.
pub(super) fn requoted(text: &str) -> Option<String> {
    let start = text.find('{')?;
    if text.contains("{\"") {
        return None;
    }
    let mut out = text[..start].to_owned();
    let mut rest = &text[start..];
    while let Some(c) = rest.chars().next() {
        let width = c.len_utf8();
        if c == '\'' {
            out.push('"');
        } else {
            out.push(c);
        }
        rest = &rest[width..];
        if matches!(c, '{' | ',') {
            let blank = rest.len() - rest.trim_start().len();
            let name = rest[blank..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
            if name > 0 && rest[blank + name..].starts_with(':') {
                out.push_str(&format!("\"{}\"", &rest[blank..blank + name]));
                rest = &rest[blank + name..];
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{printed_answer, requoted, wrapped_answer};

    #[test]
    fn objects_of_programs_become_json() {
        for text in ["{'message': 'Not Found'}", "{ message: 'Not Found' }", "{message: \"Not Found\"}"] {
            let found = requoted(text).expect("an object");
            let value: serde_json::Value = serde_json::from_str(&found).expect("JSON");
            assert_eq!(value["message"], "Not Found", "{text}");
        }
        assert_eq!(requoted("{\"message\":1}"), None);
        assert_eq!(requoted("no object"), None);
        assert_eq!(requoted("{é: 'x'").as_deref(), Some("{é: \"x\""));
    }

    #[test]
    fn an_answer_in_an_object_is_taken_out() {
        let found = wrapped_answer(r#"{"statusCode":503,"headers":{"server":"awselb/2.0"},"body":"<html>"}"#);
        assert_eq!(found.as_deref(), Some("HTTP/1.1 503\nserver: awselb/2.0\n\n<html>"));
        assert_eq!(wrapped_answer(r#"{"statusCode":404,"message":"Not Found"}"#), None);
        let node = "response: {\n  status: 503,\n  statusText: 'x',\n  headers: {\n    'content-type': 'text/html',\n    server: 'awselb/2.0'\n  },\n  data: { message: 'no' }\n}";
        let found = printed_answer(node).expect("an answer");
        assert!(
            found.starts_with("HTTP/1.1 503\ncontent-type: text/html\nserver: awselb/2.0\n\n{ \"message\": \"no\" }")
                || found.contains("\"message\""),
            "{found}"
        );
    }
}
