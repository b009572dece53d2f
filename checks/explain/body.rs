//! A body without status line and headers, alone or inside of other text.

use super::answer::{Asked, explained};
use super::log_times::elapsed_ms;
use super::{Explanation, Item, Kind};
use crate::answer::{Answer, Attribution};
use crate::finding::Confidence::Possible;
use crate::semantics::attribution::{ApiKind, api_kind, attribute_body};
use crate::symptom::{Producer, Symptom};

/// A body whose shape is known says its status itself.
pub(super) fn known(text: &str) -> Option<Explanation> {
    let (body, status, attribution) = candidates(text).into_iter().find_map(|body| {
        let (status, attribution) = attribute_body(body, named_status(body).or_else(|| before(text, body)))?;
        Some((body, status, attribution))
    })?;
    let answer = Answer { status, headers: Vec::new(), body: body.to_owned(), body_truncated: false };
    let asked = Asked { elapsed_ms: elapsed_ms(text), ..Asked::default() };
    let unsaid = status == 500 && attribution.producer != Producer::ApiGateway && !says_500(text);
    let mut item = explained(&answer, &asked, attribution);
    if let Some(rest) = item.what.strip_prefix("500 ").filter(|_| unsaid) {
        item.what = format!("an error {rest}"); // its shape goes with any status
    }
    if let Some(found) = &mut item.attribution {
        found.marks.push("only the body is there: the headers would tell more".to_owned());
        if found.producer == Producer::ApiGateway && api_kind(&answer) != ApiKind::Rest {
            item.undecided.get_or_insert_with(|| WRITTEN_BY.to_owned());
        }
    }
    Some(Explanation { kind: Kind::Body, taken_for: taken_for(text, body), items: vec![item] })
}

fn says_500(text: &str) -> bool {
    text.contains("500") || find(text, "internal server error").is_some() || find(text, "internal error").is_some()
}

const WRITTEN_BY: &str = "whether this HTTP API wrote it, since REST APIs and applications say the same: the headers (`curl -i`). Its own errors \
                          have apigw-requestid, and none named server";

fn taken_for(text: &str, body: &str) -> String {
    if body.len() == text.len() { "the body of an answer" } else { "the body of an answer inside of other text" }.to_owned()
}

/// Another body: JSON or a page.
pub(super) fn any(text: &str) -> Option<Explanation> {
    let body = candidates(text).into_iter().find(|body| is_page(body) || is_json_object(body))?;
    let item = match named_status(body).or_else(|| before(text, body)) {
        Some(status) if is_cut(body) => cut(status),
        Some(status) if status >= 400 => {
            let answer = Answer { status, headers: Vec::new(), body: body.to_owned(), body_truncated: false };
            let marks = vec!["the body is of none of the shapes that API Gateway and the load balancer write".to_owned()];
            let attribution = Attribution { producer: Producer::Target, symptom: Symptom::TargetAnswer, confidence: Possible, marks };
            explained(&answer, &Asked::default(), attribution)
        }
        Some(_) | None => shapeless(),
    };
    Some(Explanation { kind: Kind::Body, taken_for: taken_for(text, body), items: vec![item] })
}

/// A page as nginx and the load balancer write it, without its end.
fn is_cut(body: &str) -> bool {
    find(body, "<center><h1>").is_some() && find(body, "</html>").is_none() && find(body, "<hr>").is_none()
}

fn cut(status: u16) -> Item {
    let mut item = Item::new(format!("{status}, and the page was cut before its end"));
    let marks = vec!["the load balancer and nginx begin their pages alike: the footer that tells them apart is missing".to_owned()];
    let (producer, symptom) = (Producer::Unknown, Symptom::Unrecognised);
    item.attribution = Some(Attribution { producer, symptom, confidence: Possible, marks });
    item.undecided = Some("who answered: the end of the page, or the `server` header (`curl -i`)".to_owned());
    item.next = super::next::unrecognised();
    item
}

fn shapeless() -> Item {
    let mut item = Item::new("a body of none of the known shapes");
    let marks = vec!["an application, a fixed response or a CDN may write any body".to_owned()];
    let (producer, symptom) = (Producer::Unknown, Symptom::Unrecognised);
    item.attribution = Some(Attribution { producer, symptom, confidence: Possible, marks });
    item.undecided = Some("who answered: the status and the headers (`curl -i`)".to_owned());
    item.next = super::next::unrecognised();
    item
}

/// The text itself, and what looks like a body inside of it.
fn candidates(text: &str) -> Vec<&str> {
    let mut found = vec![text];
    found.extend(page(text));
    found.extend(object(text));
    found
}

/// From the beginning of a page to its end.
fn page(text: &str) -> Option<&str> {
    let start = find(text, "<!doctype").or_else(|| find(text, "<html"))?;
    let end = find(&text[start..], "</html>").map_or(text.len(), |at| start + at + "</html>".len());
    text.get(start..end)
}

/// Finds ASCII words whatever their case.
fn find(text: &str, words: &str) -> Option<usize> {
    let (text, words) = (text.as_bytes(), words.as_bytes());
    text.windows(words.len()).position(|window| window.eq_ignore_ascii_case(words))
}

/// The first JSON object that says `message`.
fn object(text: &str) -> Option<&str> {
    let mut from = 0;
    for _ in 0..32 {
        let start = from + text.get(from..)?.find('{')?;
        let rest = text.get(start..)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        if let Some(Ok(value)) = values.next()
            && value.as_object().is_some_and(|object| object.keys().any(|key| key.eq_ignore_ascii_case("message") || key == "status"))
        {
            return rest.get(..values.byte_offset());
        }
        from = start + 1;
    }
    None
}

fn is_page(text: &str) -> bool {
    let start = text.get(..14).unwrap_or(text).to_ascii_lowercase();
    ["<!doctype", "<html", "<?xml", "<head", "<title", "<h1"].iter().any(|tag| start.starts_with(tag))
}

fn is_json_object(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object())
}

/// The status that a body names: in its JSON, its title or its heading.
fn named_status(body: &str) -> Option<u16> {
    let number = |text: &str| {
        let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|status| digits.len() == 3 && (100..600).contains(status))
    };
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(body) {
        let status = ["status", "statusCode", "code", "status_code"].iter().find_map(|name| value.get(name)?.as_u64());
        return status.and_then(|status| u16::try_from(status).ok()).filter(|status| (100..600).contains(status));
    }
    let tag = |open: &str| {
        let start = find(body, open)? + open.len();
        let rest = body.get(start..)?;
        number(rest.get(..rest.find('<')?)?)
    };
    let said = |words: &str| {
        let rest = body.get(find(body, words)? + words.len()..)?;
        number(rest.get(..4).unwrap_or(rest))
    };
    // CloudFront's page as browsers show it.
    let shown = || {
        let line = body
            .lines()
            .map(str::trim)
            .find(|line| line.len() == 9 && line.get(3..).is_some_and(|rest| rest.eq_ignore_ascii_case(" error")))?;
        line.get(..3)?.parse().ok().filter(|status| (400..600).contains(status))
    };
    tag("<title>")
        .or_else(|| tag("<h1>"))
        .or_else(|| tag("<h2>"))
        .or_else(|| said("status="))
        .or_else(|| said("http error "))
        .or_else(|| said("http status "))
        .or_else(shown)
}

/// A status on the line before the body, as people write it.
fn before(text: &str, body: &str) -> Option<u16> {
    let before = text.get(..text.find(body)?)?;
    let words = before.split(|c: char| !c.is_ascii_alphanumeric()).rev().take(12);
    words.filter_map(|word| word.parse().ok().filter(|status| word.len() == 3 && (400..600).contains(status))).next()
}
