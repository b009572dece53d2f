//! TLS as any careful client does it, except that the presented chain and the verdict on it are kept.
//!
//! The HTTP client's own message for a refused certificate says little more than "error sending request". The verdict of the verifier says
//! which name, which date or which issuer was wrong, and the chain lets `checks` explain it. The verdict itself is never softened.

use super::timing::{Clock, HandshakeTiming};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What the endpoint presented, and the verifier's objection. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Presented(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    chain: Vec<CertificateDer<'static>>,
    objection: Option<rustls::Error>,
}

impl Presented {
    /// The chain, leaf first.
    pub(super) fn chain_as_pem(&self) -> Vec<String> {
        self.record().chain.iter().map(pem).collect()
    }

    /// Why the chain was refused, in words that are the same in the next run.
    pub(super) fn objection(&self) -> Option<String> {
        self.record().objection.as_ref().map(words)
    }

    /// A panic elsewhere cannot leave the record half written.
    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The words of a TLS error. rustls's own name the moment of the verification, which would differ from run to run.
pub(super) fn words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
            format!("invalid peer certificate: expired (not valid after UNIX time {})", not_after.as_secs())
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) => {
            format!("invalid peer certificate: not valid yet (not before UNIX time {})", not_before.as_secs())
        }
        rustls::Error::InvalidMessage(_) => format!("the endpoint does not speak TLS on this port ({error})"),
        _ => error.to_string(),
    }
}

/// A client that trusts `roots` and notes what it sees.
pub(super) fn client_config(roots: Arc<RootCertStore>, clock: Clock, presented: Presented) -> Result<ClientConfig, String> {
    // Named, not the process's default: the probe must not depend on what was installed before, and ring is not to enter.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Recorder::new(roots, provider.clone(), presented)?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.resumption = HandshakeTiming::resumption(clock);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The roots other clients on this machine trust: the platform's, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`. Where there are none (a
/// container from scratch), Mozilla's, as they were when this program was built.
pub(super) fn platform_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let mut store = RootCertStore::empty();
        let (added, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if added == 0 {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        Arc::new(store)
    };
    ROOTS.get_or_init(load).clone()
}

/// Keeps what is presented and leaves every decision to rustls's own verifier.
#[derive(Debug)]
struct Recorder {
    judge: Arc<WebPkiServerVerifier>,
    presented: Presented,
}

impl Recorder {
    fn new(roots: Arc<RootCertStore>, provider: Arc<CryptoProvider>, presented: Presented) -> Result<Recorder, String> {
        let judge = WebPkiServerVerifier::builder_with_provider(roots, provider).build().map_err(|error| error.to_string())?;
        Ok(Recorder { judge, presented })
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        self.presented.record().chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        let verdict = self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        self.presented.record().objection = verdict.as_ref().err().cloned();
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

fn pem(certificate: &CertificateDer<'static>) -> String {
    let text = STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}
