//! Whether a body is in API Gateway's own letters, as they came or as a tool laid them out anew.

use crate::answer::Answer;

/// The body is `{"message": …}` as API Gateway writes it. Where a tool indented it, a length that was promised decides.
pub(super) fn is_own(answer: &Answer, body: &str, said: &str) -> bool {
    match is_exact_of_length(answer, body, said) {
        Some(of_length) if body.contains('\n') => of_length,
        of_length => is_exact(body, said) || of_length == Some(true),
    }
}

fn is_exact(body: &str, said: &str) -> bool {
    let quoted = serde_json::Value::from(said).to_string();
    // A tool that shows JSON indents it.
    if let Some(inside) = body.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && inside.starts_with(['\n', '\r'])
        && inside.ends_with(['\n', ' '])
    {
        return inside.trim().strip_prefix("\"message\":").is_some_and(|value| value.trim() == quoted);
    }
    let after = body.strip_prefix("{\"message\":").and_then(|rest| rest.strip_suffix('}'));
    after.is_some_and(|value| value.strip_prefix(' ').unwrap_or(value) == quoted)
}

/// The same before a tool laid it out anew: the length that was promised is that of API Gateway's own letters.
/// `None`: no length was promised.
fn is_exact_of_length(answer: &Answer, body: &str, said: &str) -> Option<bool> {
    let own = format!("{{\"message\":{}}}", serde_json::Value::from(said));
    let promised: Option<usize> = answer.header("content-length").and_then(|length| length.trim().parse().ok());
    promised.map(|promised| body.contains("\"message\"") && promised == own.len())
}
