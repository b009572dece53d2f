//! A text freed of what tools and people put around it: prefixes of log lines, quotes of mails, escapes of JSON and HTML, the way programs
//! print their objects. Tried only where the text as it stands says nothing.

mod objects;

/// The forms, each made from the one before, the least changed first.
pub(super) fn forms(text: &str) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    let mut now = text.to_owned();
    for step in
        [without_prefixes, unescaped, without_entities, objects::wrapped_answer, objects::printed_answer, objects::requoted, in_lines]
    {
        if let Some(next) = step(&now).filter(|next| *next != now) {
            forms.push(next.clone());
            now = next;
        }
    }
    forms
}

/// The answer of a text that prints an object with its parts.
pub(super) fn printed_answer(text: &str) -> Option<String> {
    objects::printed_answer(text)
}

/// Header lines as PHP prints them, `[0] => HTTP/1.1 502 Bad Gateway`, wherever they stand in a text.
pub(super) fn without_indices(text: &str) -> Option<String> {
    let cut = |line: &'_ str| -> Option<String> {
        let (number, rest) = line.trim_start().strip_prefix('[')?.split_once("] => ")?;
        (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit())).then(|| rest.to_owned())
    };
    let is_status = |line: &str| cut(line).is_some_and(|rest| rest.starts_with("HTTP/"));
    text.lines().any(is_status).then(|| {
        let lines: Vec<String> = text.lines().map(|line| cut(line).unwrap_or_else(|| line.to_owned())).collect();
        lines.join("\n")
    })
}

/// What stands before each line goes, as often as most lines have it.
fn without_prefixes(text: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("```")).collect();
    for _ in 0..3 {
        let told: Vec<&str> = lines.iter().copied().filter(|line| !line.trim().is_empty()).collect();
        let most =
            |cut: fn(&str) -> Option<&str>| told.len() >= 2 && told.iter().filter(|line| cut(line).is_some()).count() * 3 >= told.len() * 2;
        let Some(cut) = [time, service, quote, bullet].into_iter().find(|cut| most(*cut)) else { break };
        lines = lines.into_iter().map(|line| cut(line).unwrap_or(line)).collect();
    }
    Some(lines.join("\n"))
}

/// `2024-05-01T10:00:00.123Z `, as docker, CloudWatch and pipelines put it.
fn time(line: &str) -> Option<&str> {
    let start = line.trim_start();
    let (stamp, rest) = start.split_once([' ', '\t']).unwrap_or((start, ""));
    let date = stamp.len() >= 19 && stamp.is_ascii() && stamp.as_bytes()[4] == b'-' && stamp.as_bytes()[10] == b'T';
    (date && stamp[..4].chars().all(|c| c.is_ascii_digit())).then_some(rest)
}

/// `api_1  | `, as compose puts it.
fn service(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once('|')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.len() < 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    is_name.then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

fn quote(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('>')?;
    Some(rest.strip_prefix(' ').unwrap_or(rest))
}

fn bullet(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("- ")
}

/// A text in the escapes of JSON. An object that is JSON as it stands is left alone: what it quotes is somebody else's.
fn unescaped(text: &str) -> Option<String> {
    let is_object = serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object());
    if is_object || !(text.contains("\\\"") || text.contains("\\n") || text.contains("\\u00")) {
        return None;
    }
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = match after.chars().next() {
            Some('n') => {
                out.push('\n');
                &after[1..]
            }
            Some('r') => &after[1..],
            Some('t') => {
                out.push('\t');
                &after[1..]
            }
            Some('u') => {
                let code = after.get(1..5).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                match code.filter(|c| !c.is_control()) {
                    Some(c) => {
                        out.push(c);
                        after.get(5..).unwrap_or_default()
                    }
                    None => after,
                }
            }
            Some(c) => {
                out.push(c);
                &after[c.len_utf8()..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    Some(out)
}

fn without_entities(text: &str) -> Option<String> {
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    known
        .iter()
        .any(|(entity, _)| text.contains(entity))
        .then(|| known.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character)))
}

/// Headers whose names begin a line of their own.
const HEADERS: &[&str] = &[
    "date:",
    "server:",
    "content-type:",
    "content-length:",
    "connection:",
    "apigw-requestid:",
    "x-amzn-",
    "x-amz-",
    "location:",
    "via:",
    "x-cache:",
    "www-authenticate:",
    "set-cookie:",
];

/// An answer whose line ends were lost.
pub(super) fn in_lines(text: &str) -> Option<String> {
    let trimmed = text.trim();
    if trimmed.lines().count() > 1 || !trimmed.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("HTTP/")) {
        return None;
    }
    let body = [" {", " <html", " <HTML", " <!DOCTYPE", " <!doctype"].iter().filter_map(|start| trimmed.find(start)).min();
    let (head, body) = trimmed.split_at(body.unwrap_or(trimmed.len()));
    let head = head.split(' ').fold(String::with_capacity(head.len()), |mut head, word| {
        let begins = HEADERS.iter().any(|name| word.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
        if !head.is_empty() {
            head.push(if begins { '\n' } else { ' ' });
        }
        head.push_str(word);
        head
    });
    Some(format!("{head}\n\n{}", body.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::{forms, in_lines, unescaped, without_prefixes};

    #[test]
    fn what_stands_before_lines_goes() {
        for text in [
            "2024-05-01T10:00:00.1Z HTTP/2 404\n2024-05-01T10:00:00.2Z \n2024-05-01T10:00:00.2Z x",
            "api_1 | HTTP/2 404\napi_1 | \napi_1 | x",
            ">> HTTP/2 404\n>>\n>> x",
            "- HTTP/2 404\n\n- x",
            "```http\nHTTP/2 404\n\nx\n```",
        ] {
            assert_eq!(without_prefixes(text).as_deref(), Some("HTTP/2 404\n\nx"), "{text}");
        }
        assert_eq!(without_prefixes("a | b\nc").as_deref(), Some("a | b\nc"), "one line of two is no prefix");
    }

    #[test]
    fn escapes_are_undone_but_not_inside_of_json() {
        assert_eq!(unescaped(r#""{\"message\":\"Not Found\"}""#).as_deref(), Some(r#"{"message":"Not Found"}"#));
        assert_eq!(unescaped("\\u003chtml\\u003e\\n\\\\").as_deref(), Some("<html>\n\\"));
        assert_eq!(unescaped(r#"{"error":"it said {\"message\":\"Not Found\"}"}"#), None);
        assert_eq!(unescaped("\\\"\\").as_deref(), Some("\""));
        assert_eq!(unescaped("\\\"\\u00e").as_deref(), Some("\"u00e"));
        assert_eq!(unescaped("\\\"\\é").as_deref(), Some("\"é"));
    }

    #[test]
    fn lost_line_ends_are_found_again() {
        let found = in_lines("HTTP/2 404 date: Tue, 02 May 2023 server: x {\"a\":1}");
        assert_eq!(found.as_deref(), Some("HTTP/2 404\ndate: Tue, 02 May 2023\nserver: x\n\n{\"a\":1}"));
        assert_eq!(in_lines("HTTP/2 404\nserver: x"), None);
    }

    #[test]
    fn a_plain_text_has_no_other_form() {
        assert_eq!(forms("nothing to see"), Vec::<String>::new());
    }
}
