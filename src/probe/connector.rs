//! What stands between the HTTP client and its connection: a resolver of our own, and a layer around its connector. They note what is seen,
//! keep the limit for becoming connected, and let no request out over a connection whose certificate does not verify.

use super::seen::Seen;
use super::suites;
use super::timing::Step;
use super::way::{Way, none_of};
use hyper_util::client::legacy::connect::{Connection, HttpInfo};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Layer, Service};

/// A name with more addresses than these is tried at these only.
const ADDRESS_CAP: usize = 32;

/// Finds the addresses of a name for the client, as far as the way allows them.
pub(super) struct Resolver {
    port: u16,
    way: Way,
    seen: Seen,
}

impl Resolver {
    pub(super) fn new(port: u16, way: &Way, seen: &Seen) -> Resolver {
        Resolver { port, way: way.clone(), seen: seen.clone() }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (port, way, seen) = (self.port, self.way.clone(), self.seen.clone());
        Box::pin(async move {
            let found = addresses(name.as_str(), port, &way, &seen).await?;
            seen.begins(Step::Connect);
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// All addresses of a host, as far as the way allows them; an error, also for running out of time, if there is none.
pub(super) async fn look_up(host: &str, port: u16, way: &Way) -> io::Result<Vec<SocketAddr>> {
    tokio::time::timeout(way.connect_limit(), addresses(host, port, way, &Seen::start())).await?
}

/// The addresses to try, in order.
async fn addresses(host: &str, port: u16, way: &Way, seen: &Seen) -> io::Result<Vec<SocketAddr>> {
    let pinned = way.pinned(host, port);
    let mut found = if !pinned.is_empty() {
        pinned
    } else if let Ok(address) = host.parse::<IpAddr>() {
        vec![SocketAddr::new(address, port)]
    } else {
        seen.begins(Step::Resolve);
        resolve(host, port).await?
    };
    found.truncate(ADDRESS_CAP);
    seen.found(&found);
    found.retain(|address| way.wants(address.ip()));
    match (found.is_empty(), way.family) {
        (false, _) => Ok(found),
        (true, Some(family)) => Err(io::Error::other(none_of(family))),
        (true, None) => Err(io::Error::other("the name has no address")),
    }
}

/// Asks the system's resolver. On a thread of its own and not on the runtime's: a resolver that hangs cannot be stopped, and the runtime
/// would wait for it at exit.
async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let host = host.to_owned();
    let look_up = move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Vec::from_iter);
        let _ = answer.send(found); // nobody waits any longer: the time was up
    };
    std::thread::Builder::new().name("resolver".to_owned()).spawn(look_up)?;
    let mut found = answered.await.map_err(io::Error::other)??;
    let mut known = std::collections::BTreeSet::new();
    found.retain(|address| known.insert(*address));
    Ok(found)
}

/// Why the layer refused a connection; which step it was at, and what the verifier said, is in what was seen.
#[derive(Debug)]
pub(super) enum Refused {
    /// Not connected in time.
    OutOfTime,
    /// The certificate does not verify.
    NotTrusted,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::OutOfTime => "not connected in time",
            Refused::NotTrusted => "the certificate does not verify",
        })
    }
}

impl Error for Refused {}

/// Watches the client's connector.
#[derive(Clone)]
pub(super) struct Watch {
    seen: Seen,
    limit: Duration,
    /// Whether a connection is used although its certificate does not verify.
    trusts_anybody: bool,
}

impl Watch {
    pub(super) fn new(way: &Way, seen: &Seen) -> Watch {
        Watch { seen: seen.clone(), limit: way.connect_limit(), trusts_anybody: way.trusts_anybody() }
    }
}

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched { inner, watch: self.clone() }
    }
}

/// The client's connector, watched.
#[derive(Clone)]
pub(super) struct Watched<S> {
    inner: S,
    watch: Watch,
}

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R, Error = Box<dyn Error + Send + Sync>>,
    S::Response: Connection + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let watch = self.watch.clone();
        let connecting = self.inner.call(request);
        Box::pin(async move {
            let (outcome, suite) = suites::noting(tokio::time::timeout(watch.limit, connecting)).await;
            if let Some(suite) = suite {
                watch.seen.enciphers(suite);
            }
            let connection = outcome.map_err(|_| Refused::OutOfTime)??;
            watch.seen.connected(&connection.connected());
            match watch.seen.objection() {
                Some(_) if !watch.trusts_anybody => Err(Refused::NotTrusted.into()),
                _ => Ok(connection),
            }
        })
    }
}

/// The peer of a connection.
pub(super) fn peer(connected: &hyper_util::client::legacy::connect::Connected) -> Option<SocketAddr> {
    let mut extras = hyper::http::Extensions::new();
    connected.get_extras(&mut extras);
    extras.get::<HttpInfo>().map(HttpInfo::remote_addr)
}
