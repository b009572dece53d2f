//! What is seen of one attempt while it is under way. It outlives the time limit, so that a failure can say how far it came.

use super::timing::{Clock, Step};
use super::tls;
use apigw_doctor_checks::answer::{Connection, Leaf, Timings, TlsSession, Unreachable};
use apigw_doctor_checks::semantics::certificates;
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

    /// An address did not accept.
    pub(super) fn refused(&self, address: SocketAddr, why: String) {
        self.record().connection.unreachable.push(Unreachable { address: address.ip().to_string(), why });
    }

    /// An address did.
    pub(super) fn reached(&self, peer: SocketAddr) {
        self.record().connection.peer = Some(peer.to_string());
    }

    /// A TLS session is asked for.
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

    /// The handshake is complete.
    pub(super) fn agreed(&self, session: &rustls::ClientConnection) {
        if let Some(known) = &mut self.record().connection.tls {
            known.version = session.protocol_version().map(tls::version_name);
            known.cipher_suite = session.negotiated_cipher_suite().map(tls::suite_name);
            known.alpn = session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        }
    }

    /// The version of the answer.
    pub(super) fn speaks(&self, version: hyper::Version) {
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
        self.record().connection.clone()
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
