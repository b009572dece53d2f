//! How long each phase took, and which phase a failure belongs to.
//!
//! What each number means:
//! - `dns`: the system resolver's answer for the name, all addresses. Absent for an address literal.
//! - `tcp`: from there until a connection stands, over as many addresses as were tried.
//! - `tls`: from the client's hello until the handshake is complete. Absent without TLS.
//! - `first byte`: from the moment the connection is ready until the head of the answer is read. The request has no body, so sending it takes
//!   no time worth telling apart.
//! - `total`: from the first to the last thing done, the body included.
//!
//! The HTTP client has hooks for the first and the last of these moments: a resolver of our own, and a layer around its connector. The
//! border between TCP and TLS is the moment when rustls asks its session store for something to resume: it does so when the client's hello
//! is written, and at no other time before. The store is empty for ever, since one attempt makes one connection.

use apigw_doctor_checks::answer::Timings;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use rustls::{NamedGroup, client};
use std::future::Future;
use std::io;
use std::net::ToSocketAddrs;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower::{Layer, Service};

/// The moments of one attempt. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Clock(Arc<Mutex<Moments>>);

#[derive(Debug)]
struct Moments {
    started: Instant,
    connecting: Option<Instant>,
    resolving: Option<Instant>,
    resolved: Option<Instant>,
    shaking_hands: Option<Instant>,
    connected: Option<Instant>,
    first_byte: Option<Instant>,
}

/// The step an attempt has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Asking for the addresses of a name.
    Resolve,
    /// Setting up the TCP connection.
    Connect,
    /// The TLS handshake.
    Handshake,
    /// Connected: sending the request, waiting for the head of the answer.
    Answer,
    /// Reading the body.
    Body,
}

impl Clock {
    pub(super) fn start() -> Clock {
        let started = Instant::now();
        let none = None;
        Clock(Arc::new(Mutex::new(Moments {
            started,
            connecting: none,
            resolving: none,
            resolved: none,
            shaking_hands: none,
            connected: none,
            first_byte: none,
        })))
    }

    pub(super) fn first_byte(&self) {
        self.moments().first_byte = Some(Instant::now());
    }

    pub(super) fn is_connected(&self) -> bool {
        self.moments().connected.is_some()
    }

    pub(super) fn step(&self) -> Step {
        let moments = self.moments();
        if moments.first_byte.is_some() {
            Step::Body
        } else if moments.connected.is_some() {
            Step::Answer
        } else if moments.shaking_hands.is_some() {
            Step::Handshake
        } else if moments.resolving.is_some() && moments.resolved.is_none() {
            Step::Resolve
        } else {
            Step::Connect
        }
    }

    pub(super) fn timings(&self) -> Timings {
        let moments = self.moments();
        let from = |start: Option<Instant>, end: Option<Instant>| Some(millis(end?.duration_since(start?)));
        Timings {
            dns_ms: from(moments.resolving, moments.resolved),
            tcp_ms: from(moments.resolved.or(moments.connecting), moments.shaking_hands.or(moments.connected)),
            tls_ms: from(moments.shaking_hands, moments.connected),
            first_byte_ms: from(moments.connected, moments.first_byte),
            total_ms: millis(moments.started.elapsed()),
        }
    }

    /// A panic elsewhere cannot leave a moment half written.
    fn moments(&self) -> MutexGuard<'_, Moments> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The system's resolver, timed.
pub(super) struct SystemResolver(Clock);

impl SystemResolver {
    pub(super) fn new(clock: Clock) -> SystemResolver {
        SystemResolver(clock)
    }
}

impl Resolve for SystemResolver {
    /// On a thread of its own and not on the runtime's: a resolver that hangs cannot be stopped, and the runtime would wait for it at exit.
    fn resolve(&self, name: Name) -> Resolving {
        let clock = self.0.clone();
        clock.moments().resolving.get_or_insert_with(Instant::now);
        let (answer, answered) = tokio::sync::oneshot::channel();
        let look_up = move || {
            let found = (name.as_str(), 0).to_socket_addrs().map(Vec::from_iter);
            let _ = answer.send(found); // nobody waits any longer: the time was up
        };
        let spawned = std::thread::Builder::new().name("resolver".to_owned()).spawn(look_up);
        Box::pin(async move {
            spawned?;
            let found = answered.await.map_err(io::Error::other)??;
            if found.is_empty() {
                return Err("the name has no address".into());
            }
            clock.moments().resolved.get_or_insert_with(Instant::now);
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Notes when the client's connector begins and when its connection is ready, TLS included.
#[derive(Clone)]
pub(super) struct ConnectTiming(Clock);

impl ConnectTiming {
    pub(super) fn new(clock: Clock) -> ConnectTiming {
        ConnectTiming(clock)
    }
}

impl<S> Layer<S> for ConnectTiming {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> TimedConnector<S> {
        TimedConnector { inner, clock: self.0.clone() }
    }
}

/// The client's connector, timed.
#[derive(Clone)]
pub(super) struct TimedConnector<S> {
    inner: S,
    clock: Clock,
}

impl<S, R> Service<R> for TimedConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let clock = self.clock.clone();
        clock.moments().connecting.get_or_insert_with(Instant::now);
        let connecting = self.inner.call(request);
        Box::pin(async move {
            let connected = connecting.await;
            if connected.is_ok() {
                clock.moments().connected.get_or_insert_with(Instant::now);
            }
            connected
        })
    }
}

/// A session store that keeps nothing and notes when it is first asked.
#[derive(Debug)]
pub(super) struct HandshakeTiming(Clock);

impl HandshakeTiming {
    pub(super) fn resumption(clock: Clock) -> client::Resumption {
        client::Resumption::store(Arc::new(HandshakeTiming(clock)))
    }
}

impl ClientSessionStore for HandshakeTiming {
    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.0.moments().shaking_hands.get_or_insert_with(Instant::now);
        None
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.moments().shaking_hands.get_or_insert_with(Instant::now);
        None
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.moments().shaking_hands.get_or_insert_with(Instant::now);
        None
    }

    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}
}
