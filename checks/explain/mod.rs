//! What a pasted text is, who wrote it, and which rows of the catalogue it speaks for: `explain`, without a deployment.
//!
//! Text comes as people have it: a status, an answer as curl prints it, a body alone, a line of an access log, an event of ECS, an error
//! of Terraform. [`text`] says first what it took the text for, then explains it. The order of the attempts is the order of the
//! functions in `text`: shapes that nothing else has come first (log lines), sentences that may stand anywhere come last.
//!
//! Everything that comes in is hostile, and nothing of it goes out as it is: what is quoted is short and clean ([`tidy`]).
//! Nothing is ever certain that AWS does not document, and where the text does not decide it says "cannot tell" and what would.

mod answer;
mod attempted;
mod balancer_log;
mod body;
mod causes;
mod connection_log;
mod exchange;
mod gateway_log;
mod heading;
mod log_times;
mod next;
mod offered;
mod prose;
mod sentences;
mod status;
#[cfg(test)]
mod tests;
pub mod tidy;
mod unwrapped;

pub use attempted::attempted;
pub use offered::{Offer, symptom};

use crate::answer::Attribution;
use crate::finding::Confidence;
use crate::symptom::{Producer, Symptom};

/// More than this is not looked at; a log of that length says what it has to say in its first part. Bytes.
pub const LIMIT: usize = 1024 * 1024;

/// What a text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A status code, alone or named in a sentence.
    Status,
    /// An HTTP answer: with a status line, perhaps among a tool's own lines.
    Answer,
    /// A body without status line and headers.
    Body,
    /// What a client says when no answer came.
    ClientError,
    /// Lines of an API Gateway access log.
    GatewayLog,
    /// Lines of an Application Load Balancer access log.
    BalancerLog,
    /// Lines of a Network Load Balancer's TLS log, or of an Application Load Balancer's connection log.
    ConnectionLog,
    /// An event of an ECS service, or the reason why a task stopped.
    Ecs,
    /// The reason of a target's health.
    TargetHealth,
    /// What AWS says when it refuses to create or change something.
    AwsError,
    /// What API Gateway writes into a log about an integration or an authorizer.
    GatewayError,
    /// The name of a class of answers.
    Symptom,
    /// Nothing that is known here.
    Unrecognised,
}

impl Kind {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Status => "status",
            Kind::Answer => "answer",
            Kind::Body => "body",
            Kind::ClientError => "client-error",
            Kind::GatewayLog => "api-gateway-access-log",
            Kind::BalancerLog => "load-balancer-access-log",
            Kind::ConnectionLog => "connection-log",
            Kind::Ecs => "ecs",
            Kind::TargetHealth => "target-health",
            Kind::AwsError => "aws-error",
            Kind::GatewayError => "api-gateway-error",
            Kind::Symptom => "symptom",
            Kind::Unrecognised => "unrecognised",
        }
    }
}

/// The explanation of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What the text was taken for.
    pub kind: Kind,
    /// The same in words, with what was left out: "the last of 2 answers".
    pub taken_for: String,
    /// One for each thing in it that needs an explanation of its own; for a status, one for each who may write it.
    pub items: Vec<Item>,
}

/// One thing explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is, in one line.
    pub what: String,
    /// How many lines of the text say so; 1 for everything but logs.
    pub count: usize,
    /// Who wrote the answer and why one knows. `None` where nobody wrote one.
    pub attribution: Option<Attribution>,
    /// Ranked: the first is the most likely.
    pub causes: Vec<Cause>,
    /// What to look at next, the most telling first.
    pub next: Vec<String>,
    /// What would decide, where the text does not.
    pub undecided: Option<String>,
}

/// A row of the catalogue that the text speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its id.
    pub check: &'static str,
    /// How sure; never surer than the catalogue ever is.
    pub confidence: Confidence,
    /// Why, in one line.
    pub why: String,
}

impl Explanation {
    /// Something was recognised: not everything is "cannot tell".
    pub fn is_recognised(&self) -> bool {
        self.kind != Kind::Unrecognised && self.items.iter().any(Item::is_recognised)
    }
}

impl Item {
    pub(crate) fn new(what: impl Into<String>) -> Item {
        Item { what: what.into(), count: 1, attribution: None, causes: Vec::new(), next: Vec::new(), undecided: None }
    }

    /// Puts a status, who wrote it, and what that means into one line.
    pub(crate) fn line(status: u16, producer: Producer, place: &str, symptom: Symptom) -> String {
        let meaning = symptom.meaning();
        match symptom {
            Symptom::Unrecognised => format!("{status} by {}{place}", producer.words()),
            // It stands in a log alone: nobody was left to send it to.
            Symptom::LbOther if status == 460 => {
                format!("460{place}: the load balancer's client, normally API Gateway, closed the connection before there was an answer")
            }
            // A line of a log holds no body, and its status was said already.
            _ if !place.is_empty() && meaning.contains("{\"message\"") => {
                let (_, why) = meaning.split_once("\"} of API Gateway: ").unwrap_or(("", meaning));
                format!("{status} by {}{place}: {why}", producer.words())
            }
            // Most meanings of API Gateway's and the load balancer's answers begin with status and writer.
            _ if meaning.starts_with(&status.to_string()) && place.is_empty() => meaning.to_owned(),
            _ => format!("{status} by {}{place}: {meaning}", producer.words()),
        }
    }

    fn is_recognised(&self) -> bool {
        !self.causes.is_empty() || self.undecided.is_none()
    }
}

/// A meaning without the body that it quotes.
fn without_body(meaning: &str) -> String {
    let cut = meaning.split_once("{\"message\"").and_then(|(before, rest)| Some(format!("{before}{}", rest.split_once("\"} ")?.1)));
    cut.unwrap_or_else(|| meaning.to_owned())
}

/// Explains a text. `offline` and pure: the same text gives the same explanation.
pub fn text(input: &str) -> Explanation {
    let tidied = tidy::text(input);
    let lines = unwrapped::in_lines(&tidied).or_else(|| unwrapped::without_indices(&tidied));
    let text = lines.as_deref().unwrap_or(&tidied).trim();
    let found = as_it_stands(text);
    if found.is_recognised() || !leaves_open(&found) {
        return printed(text, &found).unwrap_or(found);
    }
    let other = unwrapped::forms(text).iter().map(|form| as_it_stands(form.trim())).find(Explanation::is_recognised);
    other.unwrap_or(found)
}

/// Nobody is named who wrote it, or only because nobody else is left.
fn leaves_open(found: &Explanation) -> bool {
    let guessed = |who: &Attribution| who.producer == Producer::Unknown || who.confidence == Confidence::Possible;
    found.items.iter().all(|item| item.attribution.as_ref().is_none_or(guessed)) && found.kind != Kind::Answer
}

/// A status and headers in an object that a program prints look like an answer without a body.
fn printed(text: &str, found: &Explanation) -> Option<Explanation> {
    let guessed = found.kind == Kind::Answer && !found.is_recognised();
    let form = unwrapped::printed_answer(text).filter(|_| guessed)?;
    Some(as_it_stands(form.trim())).filter(Explanation::is_recognised)
}

fn as_it_stands(text: &str) -> Explanation {
    status::alone(text)
        .or_else(|| balancer_log::lines(text))
        .or_else(|| connection_log::lines(text))
        .or_else(|| gateway_log::lines(text))
        .or_else(|| answer::exchanges(text))
        .or_else(|| body::known(text))
        .or_else(|| prose::waited_for(text))
        .or_else(|| sentences::known(text))
        .or_else(|| sentences::unknown_error(text))
        .or_else(|| body::any(text))
        .or_else(|| prose::status(text))
        .unwrap_or_else(unrecognised)
}

fn unrecognised() -> Explanation {
    let mut item = Item::new("nothing in it is known");
    let would = "the whole answer with its status line and headers (`curl -i`), or the line of the access log, would tell more";
    item.undecided = Some(would.to_owned());
    item.next = next::unrecognised();
    Explanation { kind: Kind::Unrecognised, taken_for: "a text of no known kind".to_owned(), items: vec![item] }
}
