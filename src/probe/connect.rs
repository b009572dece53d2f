//! From a host and a port to a connection that is ready: addresses, TCP, TLS.
//!
//! As browsers and curl do, addresses are tried one after the other, the families in turn, and the next one joins the race when the last one
//! has not answered for a while (Happy Eyeballs, <https://www.rfc-editor.org/rfc/rfc8305>): one dead address must not look like a dead name.
//! Which addresses did not accept is noted all the same.

use super::prepare::Prepared;
use super::seen::Seen;
use super::timing::Step;
use super::tls;
use super::way::Way;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The next address joins the race after this long (the RFC recommends 250 ms).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

/// A name with more addresses than these is tried at these only.
const ADDRESS_CAP: usize = 32;

/// A connection that is ready for a request.
pub(super) enum Connected {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connected {
    /// Whether the endpoint chose HTTP/2.
    pub(super) fn speaks_http2(&self) -> bool {
        match self {
            Connected::Plain(_) => false,
            Connected::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}

/// Connects. An error belongs to the step that `seen` has come to.
pub(super) async fn connect(to: &Prepared, way: &Way, seen: &Seen) -> io::Result<Connected> {
    let addresses = addresses(&to.host, to.port, way, seen).await?;
    seen.begins(Step::Connect);
    let stream = race(&addresses, seen).await?;
    seen.reached(stream.peer_addr()?);
    // A request is small, and is written at once; without this its last piece may wait for the peer.
    stream.set_nodelay(true)?;
    if !to.tls {
        return Ok(Connected::Plain(stream));
    }
    seen.begins(Step::Handshake);
    let host = to.host.clone();
    let config = tls::client_config(way, seen).map_err(io::Error::other)?;
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    seen.greets(&name.to_str());
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    seen.agreed(stream.get_ref().1);
    Ok(Connected::Tls(Box::new(stream)))
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
    found.retain(|address| way.wants(address));
    match (found.is_empty(), way.family) {
        (false, _) => Ok(in_turn(&found)),
        (true, Some(family)) => Err(io::Error::other(format!("the name has no {} address", family.words()))),
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

/// The families in turn, beginning with that of the first: the resolver knows which one is preferred here.
fn in_turn(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (one, other): (Vec<SocketAddr>, Vec<SocketAddr>) = addresses.iter().copied().partition(|address| address.is_ipv4() == first);
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut mixed = Vec::new();
    loop {
        match (one.next(), other.next()) {
            (None, None) => return mixed,
            (first, second) => mixed.extend(first.into_iter().chain(second)),
        }
    }
}

/// The first connection that stands.
async fn race(addresses: &[SocketAddr], seen: &Seen) -> io::Result<TcpStream> {
    let mut racing = JoinSet::new();
    let mut waiting = addresses.iter().copied();
    let mut last = io::Error::other("the name has no address");
    loop {
        if let Some(address) = waiting.next() {
            racing.spawn(async move { (address, TcpStream::connect(address).await) });
        }
        let outcome = if waiting.len() > 0 {
            let Ok(outcome) = tokio::time::timeout(NEXT_ADDRESS, racing.join_next()).await else { continue };
            outcome
        } else {
            racing.join_next().await
        };
        match outcome {
            Some(Ok((_, Ok(stream)))) => return Ok(stream),
            Some(Ok((address, Err(error)))) => {
                seen.refused(address, error.to_string());
                last = error;
            }
            Some(Err(error)) => last = io::Error::other(error),
            None => return Err(last),
        }
    }
}

impl AsyncRead for Connected {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Connected::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Connected::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connected {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Connected::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Connected::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Connected::Plain(stream) => Pin::new(stream).poll_flush(context),
            Connected::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Connected::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Connected::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_turn;
    use std::net::SocketAddr;

    #[test]
    fn the_families_take_turns() {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect::<Vec<SocketAddr>>();
        let mixed = in_turn(&parse(&["[2001:db8::1]:1", "[2001:db8::2]:1", "192.0.2.1:1"]));
        assert_eq!(mixed, parse(&["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1"]));
        assert!(in_turn(&[]).is_empty());
    }
}
