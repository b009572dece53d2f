//! The report of `probe` for people. Its strings are already safe to print.

use super::attempt::{ConnectionReport, RepeatedReport, TimingsReport, TlsReport};
use super::contract::ObservedReport;
use super::page::Page;
use super::probe::{ProbeReport, ProbedReport, SeenReport};
use super::style::Style;
use super::text::answered_by;

/// So much of a header's value, and of a body, is shown.
const VALUE: usize = 300;
const BODY: usize = 600;

/// The text report.
pub(crate) fn render(report: &ProbeReport, style: Style) -> String {
    let mut page = Page::new(style);
    for (index, probed) in report.requests.iter().enumerate() {
        if index > 0 {
            page.line("");
        }
        of_request(&mut page, probed);
    }
    page.at_the_right(&format!("exit {}", report.exit_code));
    page.into_text()
}

fn of_request(page: &mut Page, probed: &ProbedReport) {
    let url = probed.request.url.as_deref().unwrap_or(&probed.request.path);
    let asked = page.style.strong(&format!("{} {url}", probed.request.method));
    page.wrapped("", &asked, "  ");
    for seen in &probed.answers {
        of_answer(page, seen, probed.answers.len() > 1);
    }
    for line in probed.repeated.as_ref().map(RepeatedReport::lines).unwrap_or_default() {
        labelled(page, "all", &line);
    }
}

fn of_answer(page: &mut Page, seen: &SeenReport, several: bool) {
    let share = if several { format!(" ({} of {} times)", seen.share.times, seen.share.of) } else { String::new() };
    of_attempt(page, &seen.observed, &share);
    if let ObservedReport::NotMade { .. } = seen.observed {
        return;
    }
    if let ObservedReport::Answered { marks, .. } = &seen.observed {
        marks.iter().for_each(|mark| labelled(page, "because", mark));
    }
    labelled(page, "is", &seen.meaning);
    labelled(page, "took", &took(&seen.timings));
    seen.connection.iter().for_each(|connection| of_connection(page, connection));
    for header in seen.telling_headers() {
        broken(page, "header", &cut(&format!("{}: {}", header.name, header.value), VALUE));
    }
    if !seen.body.trim().is_empty() {
        let body = seen.body.split_whitespace().collect::<Vec<_>>().join(" ");
        broken(page, "body", &cut(&body, BODY));
    }
    for cause in &seen.can_mean {
        labelled(page, "can be", &format!("{} ({}): {}", cause.check, cause.confidence, cause.why));
    }
    if let Some(first) = seen.can_mean.first() {
        labelled(page, "more", &format!("apigw-doctor explain {}", first.check));
    }
}

/// The first line of an answer: whether it is as expected, what it is, and who gave it.
pub(crate) fn of_attempt(page: &mut Page, observed: &ObservedReport, share: &str) {
    let (mark, text) = match observed {
        ObservedReport::Answered { status, producer, confidence, latency_ms, as_expected, .. } => {
            let seconds = format!("{}.{:02} s", latency_ms / 1000, latency_ms % 1000 / 10);
            let verdict = if *as_expected { "pass" } else { "fail" };
            (verdict, format!("{status} in {seconds}, {}{share}", answered_by(producer, confidence)))
        }
        ObservedReport::Failed { reason, detail, .. } => ("fail", format!("no answer ({reason}): {detail}{share}")),
        ObservedReport::NotMade { reason } => ("not-applicable", format!("not asked: {reason}")),
    };
    let mark = page.style.mark(mark);
    page.wrapped(&format!("  {mark}  "), &text, "     ");
}

pub(crate) fn of_connection(page: &mut Page, connection: &ConnectionReport) {
    if let Some(peer) = &connection.peer {
        let others = connection.addresses.len().saturating_sub(1);
        let more = if others > 0 { format!(", one of {}: {}", others + 1, connection.addresses.join(" ")) } else { String::new() };
        labelled(page, "peer", &format!("{peer}{more}"));
    }
    connection.tls.iter().for_each(|tls| of_session(page, tls));
    connection.http_version.iter().for_each(|version| labelled(page, "speaks", version));
}

fn of_session(page: &mut Page, tls: &TlsReport) {
    let agreed: Vec<&str> = [&tls.version, &tls.cipher_suite].into_iter().filter_map(|part| part.as_deref()).collect();
    let alpn = tls.alpn.as_ref().map_or_else(String::new, |alpn| format!(", ALPN {alpn}"));
    let agreed = if agreed.is_empty() { "no session".to_owned() } else { agreed.join(", ") };
    labelled(page, "TLS", &format!("{agreed}{alpn}, asked for {}", tls.server_name));
    if let Some(leaf) = &tls.leaf {
        let names = if leaf.names.is_empty() { "no DNS name".to_owned() } else { leaf.names.join(" ") };
        labelled(page, "shows", &cut(&format!("{names}, by {}, until {}", leaf.issuer, leaf.not_after), VALUE));
    }
    match (&tls.verification_error, &tls.leaf) {
        (Some(error), _) => labelled(page, "trust", &format!("does not verify: {error}")),
        (None, Some(_)) => labelled(page, "trust", "verifies"),
        (None, None) => {}
    }
}

pub(crate) fn labelled(page: &mut Page, label: &str, text: &str) {
    let label = page.style.faint(&format!("{label:<8}"));
    page.wrapped(&format!("     {label} "), text, "              ");
}

/// Like `labelled`, for text that has no words: it is broken wherever the line ends.
fn broken(page: &mut Page, label: &str, text: &str) {
    let width = page.style.width.saturating_sub(14).max(20);
    let characters: Vec<char> = text.chars().collect();
    for (index, piece) in characters.chunks(width).enumerate() {
        let label = page.style.faint(&format!("{:<8}", if index == 0 { label } else { "" }));
        page.line(&format!("     {label} {}", piece.iter().collect::<String>()));
    }
}

fn took(timings: &TimingsReport) -> String {
    let steps = [
        ("DNS", timings.dns_ms),
        ("TCP", timings.tcp_ms),
        ("TLS", timings.tls_ms),
        ("first byte", timings.first_byte_ms),
        ("total", Some(timings.total_ms)),
    ];
    let told: Vec<String> = steps.iter().filter_map(|(name, took)| took.map(|took| format!("{name} {took} ms"))).collect();
    told.join(", ")
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
