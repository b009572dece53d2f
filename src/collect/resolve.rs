//! From what a user calls an API to its id.
//!
//! A text that looks like an id is taken for one without a call: `collect` asks for it anyway, in its first wave,
//! and only looks for a name when there is no such id. That saves a round trip in the common case.

use super::accumulator::Accumulator;
use super::address::{Address, address};
use super::domains;
use super::entry::{self, Entry};
use super::error::CollectError;
use super::outcome::{Kind, Refusal};
use super::reader::Reader;
use super::session::Session;
use super::{Silent, api_gateway};
use apigw_doctor_checks::model::domain::Domain;
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::time::Timestamp;

/// Which API to collect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiRef {
    /// `ApiId`; a name that looks like an id until `collect` has asked.
    pub(crate) id: String,
    /// The Region it lives in.
    pub(crate) region: String,
    /// False if the text might also be a name.
    pub(super) certain: bool,
    /// Calls it took to find out.
    pub(super) calls: u32,
    /// The custom domain it was asked for by.
    pub(crate) entry: Option<Entry>,
}

/// An API of a Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiSummary {
    /// `ApiId`.
    pub(crate) id: String,
    /// `Name`.
    pub(crate) name: String,
    /// `ProtocolType`: `HTTP` or `WEBSOCKET`.
    pub(crate) protocol: String,
}

/// Finds the API that a text means.
pub(crate) async fn resolve(session: &Session, text: &str) -> Result<ApiRef, CollectError> {
    match address(text) {
        Address::Id { id, region } => Ok(ApiRef { id, region, certain: true, calls: 0, entry: None }),
        Address::IdOrName(id) => Ok(ApiRef { id, region: session.region().to_owned(), certain: false, calls: 0, entry: None }),
        Address::Name(name) => by_name(session, &name).await,
        Address::Domain { host, path, url } => by_domain(session, text.trim(), &host, path.as_deref(), url).await,
        Address::Nonsense => Err(CollectError::NotAnApi { text: text.to_owned() }),
    }
}

/// The APIs of the session's Region, HTTP and WebSocket, by name and id.
pub(crate) async fn list(session: &Session) -> Result<Vec<ApiSummary>, CollectError> {
    let lookup = Lookup::new(session);
    let mut apis = api_gateway::apis(&lookup.reader(session)).await.map_err(|refusal| failed("the APIs", refusal))?;
    apis.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(apis)
}

/// Finds an API by its name.
pub(super) async fn by_name(session: &Session, name: &str) -> Result<ApiRef, CollectError> {
    let lookup = Lookup::new(session);
    let region = session.region().to_owned();
    let apis = api_gateway::apis(&lookup.reader(session)).await.map_err(|refusal| failed(name, refusal))?;
    let named: Vec<&ApiSummary> = apis.iter().filter(|api| api.name == name).collect();
    let mut ids: Vec<String> = named.iter().filter(|api| api.protocol == "HTTP").map(|api| api.id.clone()).collect();
    ids.sort();
    match (ids.as_slice(), named.first()) {
        ([id], _) => Ok(ApiRef { id: id.clone(), region, certain: true, calls: lookup.calls(), entry: None }),
        ([], Some(other)) => Err(CollectError::WrongProtocol { id: other.id.clone(), protocol: other.protocol.clone() }),
        ([], None) => Err(CollectError::NoSuchApi { text: name.to_owned(), region, similar: similar(name, &apis) }),
        _ => Err(CollectError::SeveralApis { text: name.to_owned(), region, ids }),
    }
}

/// Finds the API behind a custom domain: the one it leads to, or the one that the path leads to.
async fn by_domain(session: &Session, text: &str, host: &str, path: Option<&str>, url: bool) -> Result<ApiRef, CollectError> {
    let lookup = Lookup::new(session);
    let reader = lookup.reader(session);
    let Some(domain) = existing_domain(&reader, host).await.map_err(|refusal| failed(host, refusal))? else {
        // An API may well be named "orders.v2"; a URL can be nothing but a URL.
        return match url {
            true => Err(CollectError::NoSuchApi { text: host.to_owned(), region: session.region().to_owned(), similar: Vec::new() }),
            false => by_name(session, text).await.map(|found| ApiRef { calls: found.calls + lookup.calls(), ..found }),
        };
    };
    let ways = entry::ways(&reader, &domain).await.map_err(|refusal| failed(&domain.name, refusal))?;
    let region = session.region().to_owned();
    match entry::choose(&ways, path) {
        Some(way) => {
            let entry = Entry::new(host, &domain.name, way, path);
            Ok(ApiRef { id: way.api_id.clone(), region, certain: true, calls: lookup.calls(), entry: Some(entry) })
        }
        None if ways.is_empty() => Err(CollectError::NothingMapped { domain: domain.name, region }),
        None => {
            let mappings = ways.iter().map(|way| format!("/{} → {}", way.key, way.api_id)).collect();
            Err(CollectError::SeveralMappings { domain: domain.name, mappings })
        }
    }
}

/// The custom domain that serves a host: itself, or the wildcard one level up.
async fn existing_domain(reader: &Reader<'_>, host: &str) -> Result<Option<Domain>, Refusal> {
    let wildcard = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
    for name in [Some(host.to_owned()), wildcard].into_iter().flatten() {
        match domains::domain(reader, &name).await {
            Ok(domain) => return Ok(Some(domain)),
            Err(refusal) if refusal.kind == Kind::Missing => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(None)
}

fn failed(text: &str, refusal: Refusal) -> CollectError {
    let text = text.to_owned();
    refusal.fatal().unwrap_or_else(|| match refusal.kind {
        Kind::Denied => CollectError::LookupDenied { text, action: refusal.call.action().to_owned() },
        Kind::Missing | Kind::NoCredentials | Kind::BadCredentials | Kind::Unreachable | Kind::NotAws | Kind::Failed => {
            CollectError::LookupFailed { text, what: refusal.what }
        }
    })
}

/// Up to five names that a hurried person may have meant, the most alike first.
fn similar(name: &str, apis: &[ApiSummary]) -> Vec<String> {
    let wanted = name.to_lowercase();
    let distance = |other: &str| {
        let other = other.to_lowercase();
        let related = other.contains(&wanted) || (!other.is_empty() && wanted.contains(&other));
        let edits = edits(&wanted, &other);
        (related || edits <= wanted.chars().count() / 3).then_some(edits)
    };
    let mut near: Vec<(usize, &str)> = apis.iter().filter_map(|api| Some((distance(&api.name)?, api.name.as_str()))).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(5).map(|(_, name)| name.to_owned()).collect()
}

/// Edits that turn one text into another (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Calls made before there is a deployment to add facts to.
struct Lookup {
    accumulator: Accumulator,
}

impl Lookup {
    fn new(session: &Session) -> Lookup {
        let accumulator = Accumulator::default();
        accumulator.begin(Facts::unread("", session.region(), Timestamp::from_unix(0)), 0);
        Lookup { accumulator }
    }

    fn reader<'a>(&'a self, session: &'a Session) -> Reader<'a> {
        Reader::new(session, &self.accumulator, &Silent)
    }

    fn calls(&self) -> u32 {
        self.accumulator.snapshot().map_or(0, |collected| collected.calls)
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiSummary, edits, similar};

    #[test]
    fn similar_names_are_at_most_five_and_the_nearest_first() {
        let api = |name: &str| ApiSummary { id: String::new(), name: name.to_owned(), protocol: "HTTP".to_owned() };
        let apis: Vec<ApiSummary> = ["Orders", "order", "orders-dev", "billing", "orders-prod", "my-orders", "x-orders"].map(api).into();
        assert_eq!(similar("orders", &apis), ["Orders", "order", "x-orders", "my-orders", "orders-dev"]);
        assert!(similar("payments", &apis).is_empty());
        assert_eq!((edits("abc", "abd"), edits("", "ab"), edits("kitten", "sitting")), (1, 2, 3));
    }
}
