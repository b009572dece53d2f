//! For `reach`: the network of an account in one Region, in the JSON that `aws ec2 describe-…` writes.
//!
//! As far as packets depend on it, and no further: the text goes the one way into the packet engine that files go, too. A list that could
//! not be read has no file, so that the engine knows that it does not know; why it has none is told beside.

mod balancing;
mod gateways;
mod tasks;
mod transit;
mod vpc;

use super::Progress;
use super::accumulator::Accumulator;
use super::error::CollectError;
use super::outcome::Refusal;
use super::reader::Reader;
use super::session::Session;
use apigw_doctor_checks::model::fetched::Fetched;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Makes a call that lists all of a kind, page by page, and maps every item.
macro_rules! listed {
    ($reader:expr, $call:ident, $operation:ident, $list:ident, $to:path) => {{
        let request = |token| $reader.aws().ec2.$operation().set_next_token(token).send();
        let items = $reader.pages(Call::$call, request, |page| (page.$list, page.next_token)).await;
        items.and_then(|items| each(Call::$call, &items, $to))
    }};
}
use listed;

/// What AWS described.
#[derive(Debug, Default)]
pub(crate) struct Described {
    /// Texts by the name of their file.
    pub(crate) files: BTreeMap<String, String>,
    /// What could not be read, and why.
    pub(crate) unread: Vec<String>,
}

/// All of a kind, or why it could not be read.
type Listed = Result<Vec<Value>, Refusal>;

/// Reads the network of a session's Region, and which interfaces the ECS tasks among the ends of a question have.
pub(crate) async fn describe_network(session: &Session, ends: &[String], progress: &dyn Progress) -> Result<Described, CollectError> {
    let accumulator = Accumulator::default();
    let reader = Reader::new(session, &accumulator, progress);
    let notes = Notes::default();
    // Without credentials no other call would fare better.
    let vpcs = vpc::vpcs(&reader).await;
    if let Some(error) = vpcs.as_ref().err().and_then(Refusal::fatal) {
        return Err(error);
    }
    notes.keep("Vpcs", "the VPCs", vpcs);
    tokio::join!(
        vpc::rest(&reader, &notes),
        gateways::all(&reader, &notes),
        transit::all(&reader, &notes),
        balancing::all(&reader, &notes),
        tasks::named(&reader, ends, &notes)
    );
    Ok(notes.into_described())
}

/// Where answers go.
#[derive(Default)]
struct Notes {
    described: Mutex<Described>,
}

impl Notes {
    /// Keeps a list under its key, or why it is not there.
    fn keep(&self, key: &str, words: &str, listed: Listed) {
        match listed {
            Ok(items) => {
                let text = json!({ key: items }).to_string();
                self.change(|described| drop(described.files.insert(key.to_owned(), text)));
            }
            Err(refusal) => self.gap(words, refusal),
        }
    }

    /// Keeps one list that several calls make together; one that failed leaves the whole out.
    fn keep_all(&self, key: &str, words: &str, parts: Vec<Result<Value, Refusal>>) {
        self.keep(key, words, parts.into_iter().collect());
    }

    fn gap(&self, words: &str, refusal: Refusal) {
        let why = match refusal.into_gap::<()>() {
            Fetched::Denied { action } => format!("not allowed: {action}"),
            Fetched::Failed { what } => format!("failed: {what}"),
            Fetched::Known(()) | Fetched::NotAsked => "not read".to_owned(),
        };
        self.say(format!("{words}: {why}"));
    }

    /// Says what could not be read.
    fn say(&self, what: String) {
        self.change(|described| described.unread.push(what));
    }

    fn change(&self, how: impl FnOnce(&mut Described)) {
        how(&mut self.described.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What came in the order of answers is sorted: the same network gives the same text.
    fn into_described(self) -> Described {
        let mut described = self.described.into_inner().unwrap_or_else(PoisonError::into_inner);
        described.unread.sort();
        described
    }
}

#[cfg(test)]
mod tests {
    use super::{Notes, Refusal};
    use crate::collect::call::Call;
    use crate::collect::outcome::Kind;
    use serde_json::json;

    fn refusal(kind: Kind) -> Refusal {
        Refusal { call: Call::DescribeNetworkAcls, kind, what: "told by the test".to_owned() }
    }

    #[test]
    fn what_could_not_be_read_has_no_file_and_says_why() {
        let notes = Notes::default();
        notes.keep("Subnets", "the subnets", Ok(vec![json!({"SubnetId": "subnet-1"})]));
        notes.keep("NetworkAcls", "the network ACLs", Err(refusal(Kind::Denied)));
        notes.keep_all("Listeners", "the listeners", vec![Ok(json!({})), Err(refusal(Kind::Failed))]);
        let described = notes.into_described();
        assert_eq!(described.files.keys().collect::<Vec<_>>(), ["Subnets"]);
        assert_eq!(described.files["Subnets"], r#"{"Subnets":[{"SubnetId":"subnet-1"}]}"#);
        assert_eq!(
            described.unread,
            ["the listeners: failed: ec2:DescribeNetworkAcls: told by the test", "the network ACLs: not allowed: ec2:DescribeNetworkAcls"]
        );
    }
}
