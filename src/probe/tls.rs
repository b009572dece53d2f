//! TLS as any careful client does it, except that the presented chain and the verdict on it are kept.
//!
//! The verdict of the verifier says which name, which date or which issuer was wrong, and the chain lets `checks` explain it. The handshake
//! goes on whatever the verdict is, because its outcome is worth knowing; but a connection with a certificate that does not verify is never
//! used: nothing is sent over it, and no client certificate is shown to it.

use super::seen::Seen;
use super::suites;
use super::timing::Step;
use super::way::{Trust, Way};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue, WebPkiServerVerifier,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, CipherSuite, ClientConfig, DigitallySignedStruct, NamedGroup, RootCertStore, SignatureScheme};
use std::sync::{Arc, OnceLock};

/// A longer chain is cut here: no client reads on, and it would stand in every capture.
const CHAIN_CAP: usize = 12;

/// The words of a TLS error. rustls's own name the moment of the verification, which would differ from run to run.
pub(super) fn words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
            format!("invalid peer certificate: expired (not valid after UNIX time {})", not_after.as_secs())
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) => {
            format!("invalid peer certificate: not valid yet (not before UNIX time {})", not_before.as_secs())
        }
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) if other.to_string().contains("CaUsedAsEndEntity") => {
            "invalid peer certificate: it is the certificate of a CA, most likely a self-signed one (CaUsedAsEndEntity)".to_owned()
        }
        rustls::Error::InvalidMessage(_) => format!("the endpoint does not speak TLS on this port ({error})"),
        _ => error.to_string(),
    }
}

/// The IANA name of a cipher suite: rustls writes `TLS13_` for those of TLS 1.3.
pub(super) fn suite_name(suite: CipherSuite) -> String {
    format!("{suite:?}").replacen("TLS13_", "TLS_", 1)
}

/// A client that notes what it sees.
pub(super) fn client_config(way: &Way, seen: &Seen, http1_only: bool) -> Result<ClientConfig, String> {
    // Named, not the process's default: the probe must not depend on what was installed before, and ring is not to enter.
    let provider = Arc::new(suites::noted(aws_lc_rs::default_provider()));
    let roots = match &way.trust {
        Trust::Platform => platform_roots(),
        Trust::Public | Trust::Anybody => public_roots(),
        Trust::Only(roots) => roots.clone(),
    };
    let verifier = Recorder::new(roots, provider.clone(), seen.clone())?;
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &way.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder.with_client_cert_resolver(Arc::new(OnlyToTrusted { pair: identity.0.clone(), seen: seen.clone() })),
    };
    config.resumption = Resumption::store(Arc::new(NothingToResume(seen.clone())));
    let spoken: &[&[u8]] = if http1_only { &[b"http/1.1"] } else { &[b"h2", b"http/1.1"] };
    config.alpn_protocols = spoken.iter().map(|name| name.to_vec()).collect();
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

/// Mozilla's roots, as they were when this program was built.
fn public_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    ROOTS.get_or_init(|| Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })).clone()
}

/// Shows the client's certificate to an endpoint whose own one verifies, and to no other.
#[derive(Debug)]
struct OnlyToTrusted {
    pair: Arc<CertifiedKey>,
    seen: Seen,
}

impl ResolvesClientCert for OnlyToTrusted {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.seen.objection().is_none().then(|| self.pair.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A session store that keeps nothing and notes when it is first asked: rustls asks when the client's hello is written, and at no other time
/// before. That moment is the border between TCP and TLS.
#[derive(Debug)]
struct NothingToResume(Seen);

impl ClientSessionStore for NothingToResume {
    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.0.begins(Step::Handshake);
        None
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.begins(Step::Handshake);
        None
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.begins(Step::Handshake);
        None
    }

    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}
}

/// Keeps what is presented and leaves every decision to rustls's own verifier. A refusal is noted, and refuses later: after the handshake.
#[derive(Debug)]
struct Recorder {
    judge: Arc<WebPkiServerVerifier>,
    seen: Seen,
}

impl Recorder {
    fn new(roots: Arc<RootCertStore>, provider: Arc<CryptoProvider>, seen: Seen) -> Result<Recorder, String> {
        let judge = WebPkiServerVerifier::builder_with_provider(roots, provider).build().map_err(|error| error.to_string())?;
        Ok(Recorder { judge, seen })
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
        let verdict = self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let chain = std::iter::once(end_entity).chain(intermediates).take(CHAIN_CAP);
        self.seen.presented(chain.map(|certificate| certificate.clone().into_owned()).collect(), verdict.err());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.seen.agreed("TLSv1.2");
        self.judge.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.seen.agreed("TLSv1.3");
        self.judge.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// A certificate as PEM.
pub(super) fn pem(certificate: &CertificateDer<'static>) -> String {
    let text = STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}
