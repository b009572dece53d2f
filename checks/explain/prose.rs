//! A sentence that names a status and nothing else that is known.

use super::{Explanation, Kind, sentences, status, tidy};

/// What stands before a status in the messages of clients and in people's sentences.
const BEFORE: &[&str] = &[
    "status code ",
    "status: ",
    "status ",
    "status\": ",
    "status\":",
    "statuscode\": ",
    "statuscode\":",
    "statuscode: ",
    "code\": ",
    "returned error: ",
    "http error ",
    "http ",
    "http/1.1 ",
    "http/2 ",
    "http/3 ",
    "error code ",
    "error code: ",
    "code ",
    "error ",
    "returns ",
    "returned ",
    "a ",
    "got ",
    "getting ",
    "response ",
    "response [",
];

/// The first status that the text names with words around it that make it one.
pub(super) fn status(text: &str) -> Option<Explanation> {
    let plain = tidy::plain(&text[..text.floor_char_boundary(4096)]);
    let bytes = plain.as_bytes();
    let is_number = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let found = plain
        .char_indices()
        .filter(|(at, c)| matches!(c, '3'..='5') && (*at == 0 || !bytes[at - 1].is_ascii_alphanumeric()))
        .find_map(|(at, _)| {
            let ends = match bytes.get(at + 3) {
                None => true,
                // "404: Not Found" is a status, and 404:80 is none; nor is 503.1.
                Some(b':' | b'.') => bytes.get(at + 4).is_none_or(|next| *next == b' '),
                Some(next) => !next.is_ascii_alphanumeric() && *next != b'/',
            };
            let whole = is_number(at + 1) && is_number(at + 2) && ends;
            let number: u16 = plain.get(at..at + 3).filter(|_| whole)?.parse().ok()?;
            let before = &plain[..at];
            let after = plain[at + 3..].trim_start_matches([':', ' ', '(']);
            let announced = BEFORE.iter().any(|words| before.ends_with(words)) || before.ends_with('(');
            let reason = reason(after);
            (announced || reason.is_some()).then(|| (number, reason.unwrap_or_default()))
        });
    let (number, reason) = found.filter(|(number, _)| (300..600).contains(number))?;
    Some(status::about(number, "a text that names a status", reason))
}

/// The last answer in a log of wget, whatever it said of the certificate before: `HTTP request sent, awaiting response... 502 Bad Gateway`.
/// `None` where the client failed after it.
pub(super) fn waited_for(text: &str) -> Option<Explanation> {
    let lines: Vec<&str> = text.lines().collect();
    let (at, number, rest) = lines.iter().enumerate().rev().find_map(|(at, line)| {
        let (before, after) = line.rsplit_once("...").or_else(|| line.rsplit_once('…'))?;
        let after = after.trim_start();
        let number: u16 = after.get(..3)?.parse().ok().filter(|status| (200..600).contains(status))?;
        let rest = after.get(3..).filter(|rest| rest.is_empty() || rest.starts_with(' '))?;
        before.trim_start().starts_with("HTTP").then_some((at, number, rest))
    })?;
    let behind = lines.get(at + 1..).unwrap_or_default().join("\n");
    let failed = sentences::known(&behind).is_some_and(|found| found.kind == Kind::ClientError);
    let plain = tidy::plain(rest);
    (!failed).then(|| status::about(number, "a log of wget that names the status of an answer", reason(&plain).unwrap_or_default()))
}

/// The reason that stands behind a status.
fn reason(after: &str) -> Option<&'static str> {
    [
        "service temporarily unavailable",
        "service unavailable",
        "gateway time-out",
        "gateway timeout",
        "bad gateway",
        "internal server error",
        "not found",
        "forbidden",
        "bad request",
        "unauthorized",
        "too many requests",
        "server error",
        "client error",
    ]
    .into_iter()
    .find(|reason| after.starts_with(reason))
}

#[cfg(test)]
mod tests {
    use super::status;

    fn number(text: &str) -> Option<String> {
        status(text).map(|explanation| explanation.items[0].what.split_whitespace().next().unwrap_or_default().to_owned())
    }

    #[test]
    fn clients_name_statuses_in_sentences() {
        for (text, expected) in [
            ("AxiosError: Request failed with status code 502", "502"),
            ("curl: (22) The requested URL returned error: 503", "503"),
            ("requests.exceptions.HTTPError: 504 Server Error: Gateway Timeout for url: https://api.example.com/", "504"),
            ("GET https://api.example.com/health 503 (Service Unavailable)", "503"),
            ("GET https://api.example.com/health [HTTP/2 404  80ms]", "404"),
            ("<Response [502]>", "502"),
            ("response: { status: 429, statusText: 'Too Many Requests' }", "429"),
            ("we keep getting 403 from the API", "403"),
            ("urllib.error.HTTPError: HTTP Error 404: Not Found", "404"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_status_are_left_alone() {
        for text in
            ["it took 503 ms", "port 443", "10.0.0.404", "listening on 500.1", "arn:aws:x:403:y", "version 5.0.3", "we have 504", "é503"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
