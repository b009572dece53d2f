//! Sentences of AWS and of clients that may stand anywhere in a text: what each is, and the rows that it speaks for.
//!
//! One table in files by who says it. A row fits when all its words are in the text, whatever the case and the white space; several
//! rows may fit, and then the first says what the text is, and all of them name causes.

mod aws;
mod client;
mod ecs;
mod elb;
mod gateway;
mod handshake;

use super::causes::{self, cause};
use super::{Cause, Explanation, Item, Kind, next, tidy};
use crate::answer::Attribution;
use crate::finding::Confidence::{self, Possible};
use crate::symptom::{Producer, Symptom};

/// One row.
struct Sentence {
    /// All of these, in lower case.
    words: &'static [&'static str],
    kind: Kind,
    /// What it is, in one line.
    what: &'static str,
    /// The class of answer it stands for, where it stands for one.
    symptom: Option<Symptom>,
    /// The rows of the catalogue, the best first.
    causes: &'static [(&'static str, Confidence, &'static str)],
    /// It says all there is to say: no other row and no row of its class is named beside it.
    only: bool,
}

fn table() -> impl Iterator<Item = &'static Sentence> {
    [ecs::SENTENCES, aws::SENTENCES, elb::SENTENCES, gateway::SENTENCES, handshake::SENTENCES, client::SENTENCES].into_iter().flatten()
}

/// More rows that fit say nothing more.
const MOST: usize = 6;

/// Longer texts are looked at in their last part: what happened last is what matters. Bytes.
const LONGEST: usize = 128 * 1024;

/// Explains a text by the sentences in it.
pub(super) fn known(text: &str) -> Option<Explanation> {
    let from = text.ceil_char_boundary(text.len().saturating_sub(LONGEST));
    let plain = tidy::plain(&text[from..]);
    let of_java = is_of_java(&plain);
    let fits = |sentence: &&Sentence| sentence.is_in(&plain) && !(of_java && sentence.kind == Kind::GatewayError);
    let mut found: Vec<&Sentence> = table().filter(fits).take(MOST).collect();
    if let Some(only) = found.iter().find(|sentence| sentence.only) {
        found = vec![only];
    }
    if found.is_empty() {
        // A terminal that is too narrow breaks a sentence within a word.
        let whole = plain.replace(' ', "");
        found = table().filter(|sentence| sentence.is_in_pieces(&whole)).take(1).collect();
    }
    let first = found.first()?;
    let mut item = Item::new(first.what);
    // What is said of the same matter; a client's own failure is none of ECS's.
    let same = found.iter().filter(|sentence| sentence.kind == first.kind);
    let spoken: Vec<Cause> = same.flat_map(|sentence| sentence.named()).collect();
    let rest = first.symptom.filter(|_| !first.only).map_or_else(Vec::new, causes::of);
    item.causes = causes::first(spoken, rest);
    item.causes.sort_by_key(|cause| std::cmp::Reverse(cause.confidence));
    if first.kind == Kind::Ecs && answered(&plain) {
        item.causes.retain(|cause| cause.check != "image-pull-no-egress"); // who was answered has a way out
    }
    if first.kind == Kind::TargetHealth && plain.contains("has stopped") && plain.contains("running tasks") {
        let why = "beside it the service stopped tasks, as ECS does with those whose target is unhealthy";
        item.causes = causes::first(std::mem::take(&mut item.causes), vec![cause("service-flapping-health", Possible, why)]);
    }
    item.attribution = first.symptom.map(|symptom| wrote(first.kind, symptom));
    item.next = match first.kind {
        Kind::Ecs => next::ecs(),
        Kind::TargetHealth => next::health(),
        Kind::AwsError => next::refused(item.causes.first().map(|cause| cause.check)),
        _ => next::after(first.symptom.unwrap_or(Symptom::Unrecognised), Producer::Unknown),
    };
    if first.kind == Kind::ClientError {
        place(&mut item, &plain);
    }
    Some(Explanation { kind: first.kind, taken_for: taken_for(first.kind).to_owned(), items: vec![item] })
}

/// A registry or a service of AWS answered, whatever it said, and nothing says that another one was not reached.
fn answered(plain: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    let said = ["accessdenied", "not authorized to perform", "403 forbidden", "toomanyrequests", "pull access denied", "manifest unknown"];
    let silent =
        ["i/o timeout", "dial tcp", "deadline exceeded", "client.timeout", "context canceled", "request canceled", "send request failed"];
    (has(&said) || has(&["unexpected status code"])) && !has(&silent) && !has(&["connection issue", "no such host"])
}

/// API Gateway is written in Java, and logs Java's words without the names of its exceptions' packages: with them a program speaks.
fn is_of_java(plain: &str) -> bool {
    let names = ["javax.net.ssl.", "sslhandshakeexception", "java.security.cert.certificateexception"];
    names.iter().any(|name| plain.contains(name)) && !plain.contains("execution failed")
}

/// What AWS's interfaces and tools put around an error.
const AROUND_AN_ERROR: &[&[&str]] = &[
    &["https response error statuscode"],
    &["an error occurred (", ") when calling the "],
    &["operation error ", "api error "],
    &["resource handler returned message"],
    &["handlererrorcode"],
    &["badrequestexception"],
    &["status code: ", "error code: ", "request id"],
    &["cannot", "containererror:"],
    &["taskfailedtostart"],
];

/// An error of AWS that no sentence is for: its numbers are none of an answer of the API.
pub(super) fn unknown_error(text: &str) -> Option<Explanation> {
    let plain = tidy::plain(&text[..text.floor_char_boundary(LONGEST)]);
    let shows = AROUND_AN_ERROR.iter().any(|words| words.iter().all(|word| plain.contains(word)));
    let mut item = shows.then(|| Item::new("an error of AWS that is not known here"))?;
    item.undecided = Some("what AWS refused: the message itself and the documentation of the call that it names".to_owned());
    Some(Explanation { kind: Kind::AwsError, taken_for: taken_for(Kind::AwsError).to_owned(), items: vec![item] })
}

/// Which end the client asked rules causes out: its own machine and an internal load balancer are not API Gateway, and a port that is
/// named is not another one.
fn place(item: &mut Item, plain: &str) {
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    let connecting = item.attribution.as_ref().is_some_and(|found| found.symptom != Symptom::TlsFailed);
    let elsewhere = if other_port(plain) {
        Some("the client asked another port than API Gateway's 443: what should listen there")
    } else if has(&["127.0.0.1", "localhost", "[::1]"]) {
        Some("the client asked its own machine: what should listen there")
    } else if has(&["internal-"]) && has(&[".elb."]) {
        Some("an internal load balancer is reached from its VPC alone: whether the client is in it (apigw-doctor reach tells)")
    } else if has(&[".execute-api."]) && item.attribution.as_ref().is_some_and(|found| found.symptom == Symptom::NoDns) {
        Some("whether the API's id and Region in the name are right: AWS gives every API's own endpoint its record")
    } else {
        None
    };
    if let Some(what) = elsewhere.filter(|_| connecting) {
        item.causes.clear();
        item.undecided = Some(what.to_owned());
    }
    if has(&["port 443", ":443", "https://", "port=443"]) && !has(&["port 80 ", ":80 ", ":80:", "http://", "port=80"]) {
        item.causes.retain(|cause| cause.check != "http-scheme-used");
    }
    // No connection: then API Gateway was not reached, and waits for nobody.
    let unconnected = has(&[
        "failed to connect",
        "connection timed out",
        "connect timed out",
        "connect timeout",
        "connection timeout",
        "connection attempt failed",
        "dial tcp",
        "connect etimedout",
    ]);
    if unconnected {
        let behind = ["backend-slower-than-30s", "lb-sg-ingress-from-link", "vpclink-sg-egress"];
        item.causes.retain(|cause| !behind.contains(&cause.check));
    }
    // A connection that stood, and no answer on it: then the name leads to somebody, and the port was right.
    let waited = has(&[
        "bytes received",
        "read timed out",
        "awaiting headers",
        "sockettimeoutexception",
        "headers timeout",
        "und_err_headers_timeout",
    ]);
    if waited && !unconnected {
        item.causes.retain(|cause| !matches!(cause.check, "http-scheme-used" | "domain-no-dns"));
    }
}

/// The text names the port that was asked, and it is neither 443 nor 80.
fn other_port(plain: &str) -> bool {
    let names = ["port ", "port=", "econnrefused ", "etimedout ", "dial tcp "];
    let port = names.iter().find_map(|name| {
        let token = plain.split_once(name)?.1.split([' ', ',', ')', ';', '\'', '"']).next()?;
        let digits = token.trim_end_matches(':').rsplit(':').next()?;
        digits.parse::<u16>().ok()
    });
    port.is_some_and(|port| !matches!(port, 80 | 443))
}

fn wrote(kind: Kind, symptom: Symptom) -> Attribution {
    let (producer, confidence, mark) = match kind {
        Kind::ClientError => (Producer::ClientSide, Confidence::Certain, "it is what a client says when no answer came"),
        _ => (Producer::ApiGateway, Confidence::Likely, "it is what API Gateway logs of an integration or authorizer"),
    };
    Attribution { producer, symptom, confidence, marks: vec![mark.to_owned()] }
}

fn taken_for(kind: Kind) -> &'static str {
    match kind {
        Kind::Ecs => "an event of an ECS service, or the reason why a task stopped",
        Kind::TargetHealth => "the reason of a target's health",
        Kind::AwsError => "an error of AWS about something that it did not create or change",
        Kind::GatewayError => "a message of API Gateway about an integration or an authorizer",
        Kind::ClientError => "the error of a client that got no answer",
        _ => "a known sentence",
    }
}

/// The causes that a message of API Gateway's log speaks for.
pub(super) fn spoken(message: &str) -> Vec<Cause> {
    let plain = tidy::plain(&message[..message.floor_char_boundary(2048)]);
    gateway::SENTENCES.iter().filter(|sentence| sentence.is_in(&plain)).flat_map(Sentence::named).collect()
}

/// What such a message says when it says all: then no row fits.
pub(super) fn settled(message: &str) -> Option<&'static str> {
    let plain = tidy::plain(&message[..message.floor_char_boundary(2048)]);
    gateway::SENTENCES.iter().find(|sentence| sentence.only && sentence.is_in(&plain)).map(|sentence| sentence.what)
}

impl Sentence {
    /// It says all there is to say.
    const fn only(mut self) -> Sentence {
        self.only = true;
        self
    }

    fn is_in(&self, plain: &str) -> bool {
        self.words.iter().all(|words| plain.contains(words))
    }

    /// The same in a text without blanks. Only long sentences are put together again.
    fn is_in_pieces(&self, whole: &str) -> bool {
        self.words.iter().all(|words| words.len() >= 24 && whole.contains(&words.replace(' ', "")))
    }

    fn named(&self) -> impl Iterator<Item = Cause> {
        self.causes.iter().map(|(check, confidence, why)| cause(check, *confidence, *why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn every_row_is_written_as_it_is_compared_and_names_the_catalogue() {
        for sentence in table() {
            assert!(!sentence.words.is_empty(), "{}", sentence.what);
            for words in sentence.words {
                assert_eq!(tidy::plain(words), words.trim(), "{words}");
                assert!(words.trim().len() >= 3, "{words}: too short to mean anything");
            }
            for (check, _, why) in sentence.causes {
                assert!(catalogue::row(check).is_some(), "{check}");
                assert!(!why.is_empty() && why.len() < 180 && !why.ends_with('.'), "{why}");
            }
            assert!(sentence.what.len() < 160 && !sentence.what.ends_with('.'), "{}", sentence.what);
        }
    }

    #[test]
    fn every_row_is_found_by_its_own_words() {
        for sentence in table() {
            let text = sentence.words.join(" … ");
            let found = known(&text).expect("its own words");
            assert_eq!(found.kind, sentence.kind, "{text}");
        }
    }
}
