//! What is seen of one attempt while it is under way. It outlives the time limit, so that a failure can say how far it came.

use super::connector;
use super::timing::{Clock, Step};
use super::tls;
use apigw_doctor_checks::answer::{Connection, Leaf, Timings, TlsSession};
use apigw_doctor_checks::semantics::certificates;
use hyper_util::client::legacy::connect::Connected;
use rustls::CipherSuite;
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The record of one attempt. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Seen(Arc<Mutex<Record>>);

#[derive(Debug)]
struct Record {
    clock: Clock,
    connection: Connection,
    chain: Vec<CertificateDer<'static>>,
    objection: Option<rustls::Error>,
}

impl Seen {
    /// Starts the clock.
    pub(super) fn start() -> Seen {
        let record = Record { clock: Clock::start(), connection: Connection::default(), chain: Vec::new(), objection: None };
        Seen(Arc::new(Mutex::new(record)))
    }

    /// A step begins.
    pub(super) fn begins(&self, step: Step) {
        self.record().clock.begins(step);
    }

    /// The step that the attempt has come to.
    pub(super) fn step(&self) -> Step {
        self.record().clock.step()
    }

    /// The durations so far.
    pub(super) fn timings(&self) -> Timings {
        self.record().clock.timings()
    }

    /// The addresses of the name.
    pub(super) fn found(&self, addresses: &[SocketAddr]) {
        self.record().connection.addresses = addresses.iter().map(|address| address.ip().to_string()).collect();
    }

    /// A connection stands, TLS included.
    pub(super) fn connected(&self, connected: &Connected) {
        let mut record = self.record();
        record.clock.begins(Step::Answer);
        record.connection.peer = connector::peer(connected).map(|peer| peer.to_string());
        if let Some(session) = record.connection.tls.as_mut().filter(|_| connected.is_negotiated_h2()) {
            session.alpn = Some("h2".to_owned());
        }
    }

    /// A TLS session will be asked for.
    pub(super) fn greets(&self, server_name: &str) {
        let session = TlsSession { server_name: server_name.to_owned(), ..TlsSession::default() };
        self.record().connection.tls = Some(session);
    }

    /// The endpoint presented this, and the verifier said that.
    pub(super) fn presented(&self, chain: Vec<CertificateDer<'static>>, objection: Option<rustls::Error>) {
        let mut record = self.record();
        if let Some(session) = &mut record.connection.tls {
            session.leaf = chain.first().and_then(leaf);
            session.verification_error = objection.as_ref().map(tls::words);
        }
        (record.chain, record.objection) = (chain, objection);
    }

    /// The handshake came to this version.
    pub(super) fn agreed(&self, version: &str) {
        if let Some(session) = &mut self.record().connection.tls {
            session.version = Some(version.to_owned());
        }
    }

    /// The handshake came to this suite.
    pub(super) fn enciphers(&self, suite: CipherSuite) {
        if let Some(session) = &mut self.record().connection.tls {
            session.cipher_suite = Some(tls::suite_name(suite));
        }
    }

    /// The version of the answer.
    pub(super) fn speaks(&self, version: reqwest::Version) {
        self.record().connection.http_version = Some(format!("{version:?}"));
    }

    /// The chain, leaf first.
    pub(super) fn chain_as_pem(&self) -> Vec<String> {
        self.record().chain.iter().map(tls::pem).collect()
    }

    /// Why the chain was refused, in words that are the same in the next run.
    pub(super) fn objection(&self) -> Option<String> {
        self.record().objection.as_ref().map(tls::words)
    }

    /// Everything that was seen.
    pub(super) fn connection(&self) -> Connection {
        let mut connection = self.record().connection.clone();
        // It did not come to a handshake.
        if self.record().clock.reached(Step::Handshake).is_none() {
            connection.tls = None;
        }
        connection
    }

    /// A panic elsewhere cannot leave the record half written.
    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn leaf(certificate: &CertificateDer<'static>) -> Option<Leaf> {
    let read = certificates::describe_pem(&tls::pem(certificate)).ok()?;
    Some(Leaf { names: read.names, subject: read.subject, issuer: read.issuer, not_after: read.not_after })
}
