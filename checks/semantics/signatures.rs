//! The shapes of known answers, as one table in two files, and the small interpreter that matches it.
//!
//! A row says: a body of this shape, with one of these statuses, from a server header of this kind, was written by this producer. The first
//! row that fits decides, so what is certain stands before what is likely. A comment at each row links to where its shape was published.
//! A row also bounds how sure it can make: what AWS documents may be certain, what was only seen in the field is likely.
//! Deliberately left out: latency (an answer does not carry it) and `apigw-requestid` (it proves that the request went through an HTTP API,
//! never that API Gateway wrote the answer).

mod chain;
mod others;

use super::reading::{Message, Reading, Server};
use crate::finding::Confidence;
use crate::symptom::{Producer, Symptom};

/// One row.
pub(super) struct Signature {
    /// What a body must look like.
    pub(super) shape: Shape,
    /// Which statuses; empty means any.
    pub(super) statuses: &'static [u16],
    /// Who may be named by the other headers.
    pub(super) headers: Headers,
    /// Who writes this.
    pub(super) producer: Producer,
    /// What it is.
    pub(super) symptom: Symptom,
    /// The surest that this row makes, when every other mark agrees.
    pub(super) surest: Confidence,
    /// The mark a person reads.
    pub(super) mark: &'static str,
}

/// What a body must look like. All words are lower case: bodies are compared without regard to case and white space.
pub(super) enum Shape {
    /// JSON of the one key `message` in lower case, with one of these texts.
    Message(&'static [&'static str]),
    /// The same, in exactly these letters.
    Said(&'static [&'static str]),
    /// No body, as `HEAD` requests get it, but a `content-length` of this many bytes and a type that may be JSON.
    Length(usize),
    /// The same, and the text begins with one of these or holds it: what stands around it is of the request.
    Telling(&'static [&'static str]),
    /// A short text that is not JSON and holds all of these words.
    Words(&'static [&'static str]),
    /// A short JSON text that holds all of these words, quotes and all.
    Json(&'static [&'static str]),
    /// Exactly this text.
    Text(&'static str),
    /// Exactly one of these texts.
    OneOf(&'static [&'static str]),
    /// A text of three words that begins with one of these.
    Alone(&'static [&'static str]),
    /// The load balancer's own page: title and heading are the status, and nothing stands below them.
    StockPage,
    /// The same page with a footer, as nginx and its relatives write it.
    FooterPage,
    /// The body does not matter.
    Any,
}

/// What the other headers may say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Headers {
    /// Anything.
    Any,
    /// Nothing names the load balancer: a fixed response may say anything.
    NoBalancer,
    /// Nothing names an application.
    NoApplication,
    /// Nothing names an application or the load balancer.
    NeitherApplicationNorBalancer,
    /// The same, and nothing shows that the request went through an HTTP API.
    NotThroughHttpApi,
    /// The request went through an HTTP API, and nothing names the load balancer.
    ThroughHttpApi,
    /// nginx or a relative of it is named, by its version, its other name, or the `server` header.
    NamesNginx,
}

/// All rows. Order matters: first the sentence, then the certain shapes, then the words of programs.
pub(super) fn table() -> impl Iterator<Item = &'static Signature> {
    chain::TABLE.iter().chain(others::TABLE)
}

impl Signature {
    /// The first row that fits.
    pub(super) fn of(reading: &Reading<'_>) -> Option<&'static Signature> {
        table().find(|signature| signature.fits(reading))
    }

    /// The statuses that a body of this shape goes with, most likely first; 500 where the shape says nothing of it.
    pub(super) fn statuses_of(reading: &Reading<'_>) -> Vec<u16> {
        let fits = |row: &&Signature| {
            !matches!(row.shape, Shape::Any | Shape::Length(_) | Shape::StockPage | Shape::FooterPage) && row.shape_fits(reading)
        };
        let statuses = table().filter(fits).flat_map(|row| if row.statuses.is_empty() { &[500][..] } else { row.statuses });
        statuses.copied().collect()
    }

    /// The first row that fits goes by the status alone, or there is no body to go by.
    pub(super) fn is_by_status(reading: &Reading<'_>) -> bool {
        reading.is_empty || Signature::of(reading).is_some_and(|row| matches!(row.shape, Shape::Any | Shape::Length(_)))
    }

    /// What the load balancer's own page of a status is.
    pub(super) fn of_stock_page(status: u16) -> Symptom {
        let row = table().find(|row| matches!(row.shape, Shape::StockPage) && row.statuses.contains(&status));
        row.map_or(Symptom::LbOther, |row| row.symptom)
    }

    fn fits(&self, reading: &Reading<'_>) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&reading.status)) && self.headers_fit(reading) && self.shape_fits(reading)
    }

    fn headers_fit(&self, reading: &Reading<'_>) -> bool {
        match self.headers {
            Headers::Any => true,
            Headers::NoBalancer => reading.server != Server::Balancer,
            Headers::NoApplication => reading.application.is_none(),
            Headers::NeitherApplicationNorBalancer => is_unsigned(reading),
            Headers::NotThroughHttpApi => is_unsigned(reading) && !reading.went_through_http_api(),
            Headers::ThroughHttpApi => reading.server != Server::Balancer && reading.went_through_http_api(),
            Headers::NamesNginx => reading.names_nginx_version() && reading.server != Server::Balancer,
        }
    }

    fn shape_fits(&self, reading: &Reading<'_>) -> bool {
        match &self.shape {
            Shape::Message(texts) => {
                reading.has_own_key && matches!(&reading.message, Some(Message::Text(said)) if texts.contains(&said.as_str()))
            }
            Shape::Said(texts) => reading.said.as_deref().is_some_and(|said| texts.contains(&said)),
            Shape::Telling(texts) => {
                matches!(&reading.message, Some(Message::Text(said)) if texts.iter().any(|text| said.contains(text)))
            }
            Shape::Json(words) => reading.is_json && words.iter().all(|word| reading.text.contains(word)),
            Shape::Length(length) => {
                reading.is_empty
                    && reading.type_may_be_json()
                    && reading.promised_length() == Some(*length)
                    && reading.went_through_http_api()
            }
            Shape::Words(words) => !reading.is_json && words.iter().all(|word| reading.text.contains(word)),
            Shape::Text(text) => reading.text == *text,
            Shape::Alone(texts) => reading.text.split(' ').count() == 3 && texts.iter().any(|start| reading.text.starts_with(start)),
            Shape::OneOf(texts) => texts.contains(&reading.text.as_str()),
            Shape::StockPage => reading.is_stock_page() || (reading.server == Server::Balancer && reading.is_empty),
            Shape::FooterPage => reading.has_footer(),
            Shape::Any => true,
        }
    }
}

/// Nothing names an application or the load balancer.
fn is_unsigned(reading: &Reading<'_>) -> bool {
    reading.application.is_none() && reading.server != Server::Balancer
}

/// Does this body say what API Gateway would say with this status? (Whoever says it.)
pub(super) fn is_gateway_wording(reading: &Reading<'_>) -> bool {
    let speaks_gateway = |row: &&Signature| row.producer == Producer::ApiGateway && row.statuses.contains(&reading.status);
    table().filter(speaks_gateway).any(|row| !matches!(row.shape, Shape::Length(_)) && row.shape_fits(reading))
}

/// Are these the words of a REST API, which an HTTP API does not use?
pub(super) fn is_rest_wording(reading: &Reading<'_>) -> bool {
    let rest_only = |row: &&Signature| row.headers == Headers::NotThroughHttpApi && row.producer == Producer::ApiGateway;
    table().filter(rest_only).any(|row| row.shape_fits(reading))
}

/// The 400 of the founding case, and the words that are not it.
pub(super) const PLAIN_HTTP: &str = "the plain http request was sent to https port";

/// The same complaint in the words of Go, Apache and Tomcat.
pub(super) const EXPECTS_TLS: [&str; 3] = [
    "client sent an http request to an https server",
    "speaking plain http to an ssl-enabled server port",
    "this combination of host and port requires tls",
];

/// A row for the words of a program behind the load balancer.
const fn target(statuses: &'static [u16], shape: Shape, mark: &'static str) -> Signature {
    let (producer, symptom, surest) = (Producer::Target, Symptom::TargetAnswer, Confidence::Likely);
    Signature { shape, statuses, headers: Headers::NoBalancer, producer, symptom, surest, mark }
}

#[cfg(test)]
mod tests {
    use super::{Shape, table};

    #[test]
    fn words_are_written_as_they_are_compared() {
        for signature in table() {
            let words = match &signature.shape {
                Shape::Message(words)
                | Shape::Telling(words)
                | Shape::Words(words)
                | Shape::Json(words)
                | Shape::OneOf(words)
                | Shape::Alone(words) => words.to_vec(),
                Shape::Text(text) => vec![*text],
                Shape::Said(_) | Shape::Length(_) | Shape::StockPage | Shape::FooterPage | Shape::Any => Vec::new(),
            };
            for word in words {
                assert_eq!(word, word.to_lowercase(), "{word}");
                assert!(!word.contains("  ") && !word.is_empty(), "{word}");
            }
        }
    }
}
