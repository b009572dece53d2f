//! Which cipher suite a handshake came to.
//!
//! The HTTP client does not say it. rustls asks the algorithm of the agreed suite, and of no other, for its keys: so each suite gets an
//! algorithm that passes everything on to the real one and notes that it was asked. The note belongs to the task that connects
//! ([`noting`]); where nobody listens, nothing is noted.

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, Tls12AeadAlgorithm, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{CipherSuite, ConnectionTrafficSecrets, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite};
use std::cell::Cell;
use std::sync::OnceLock;

tokio::task_local! {
    static AGREED: Cell<Option<CipherSuite>>;
}

/// Runs a connector's work, and says which suite its handshake came to, if it came to one.
pub(super) async fn noting<T>(work: impl Future<Output = T>) -> (T, Option<CipherSuite>) {
    AGREED.scope(Cell::new(None), async { (work.await, AGREED.with(Cell::get)) }).await
}

/// The provider, with suites that note when they are agreed on.
pub(super) fn noted(provider: CryptoProvider) -> CryptoProvider {
    static SUITES: OnceLock<Vec<SupportedCipherSuite>> = OnceLock::new();
    // rustls takes suites that live for ever: they are made once.
    let suites = SUITES.get_or_init(|| provider.cipher_suites.iter().copied().map(with_note).collect());
    CryptoProvider { cipher_suites: suites.clone(), ..provider }
}

fn with_note(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    let name = suite.suite();
    match suite {
        SupportedCipherSuite::Tls12(real) => {
            let aead_alg: &'static dyn Tls12AeadAlgorithm = Box::leak(Box::new(Noted { name, real: real.aead_alg }));
            let common = rustls::CipherSuiteCommon { suite: name, ..real.common };
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite { common, aead_alg, ..*real })))
        }
        SupportedCipherSuite::Tls13(real) => {
            let aead_alg: &'static dyn Tls13AeadAlgorithm = Box::leak(Box::new(Noted { name, real: real.aead_alg }));
            let common = rustls::CipherSuiteCommon { suite: name, ..real.common };
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite { common, aead_alg, ..*real })))
        }
    }
}

struct Noted<T: ?Sized + 'static> {
    name: CipherSuite,
    real: &'static T,
}

impl<T: ?Sized> Noted<T> {
    fn note(&self) {
        let _ = AGREED.try_with(|agreed| agreed.set(Some(self.name)));
    }
}

impl Tls12AeadAlgorithm for Noted<dyn Tls12AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        self.note();
        self.real.encrypter(key, iv, extra)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.real.decrypter(key, iv)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.real.key_block_shape()
    }

    fn extract_keys(&self, key: AeadKey, iv: &[u8], explicit: &[u8]) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.real.extract_keys(key, iv, explicit)
    }

    fn fips(&self) -> bool {
        self.real.fips()
    }
}

impl Tls13AeadAlgorithm for Noted<dyn Tls13AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.note();
        self.real.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.real.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.real.key_len()
    }

    fn extract_keys(&self, key: AeadKey, iv: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.real.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.real.fips()
    }
}
