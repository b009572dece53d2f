//! The way to an endpoint: how long it may take, over which addresses, as whom, and whose certificates are trusted.

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What the tests take for `--connect-timeout`.
#[cfg(test)]
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How an endpoint is reached. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Way {
    /// The whole attempt may take this long.
    pub(crate) timeout: Duration,
    /// Name resolution, TCP and TLS together may take this long.
    pub(crate) connect_timeout: Duration,
    /// Only addresses of this family.
    pub(crate) family: Option<Family>,
    /// Addresses for names, instead of the resolver's.
    pub(crate) pins: Vec<Pin>,
    /// The client's own certificate, for endpoints that ask for one.
    pub(crate) identity: Option<Arc<Identity>>,
    /// Whose certificates count.
    pub(crate) trust: Trust,
}

impl Way {
    /// Straight ahead, within this time.
    #[cfg(test)]
    pub(crate) fn within(timeout: Duration) -> Way {
        Way { timeout, connect_timeout: CONNECT_LIMIT, family: None, pins: Vec::new(), identity: None, trust: Trust::Platform }
    }

    /// The limit for becoming connected.
    pub(super) fn connect_limit(&self) -> Duration {
        self.connect_timeout.min(self.timeout)
    }

    /// Whether a request is sent although the certificate does not verify.
    pub(super) fn trusts_anybody(&self) -> bool {
        matches!(self.trust, Trust::Anybody)
    }

    /// Where a host and port are said to be.
    pub(super) fn pinned(&self, host: &str, port: u16) -> Vec<SocketAddr> {
        let here = |pin: &&Pin| pin.port == port && pin.host.eq_ignore_ascii_case(host);
        self.pins.iter().filter(here).map(|pin| SocketAddr::new(pin.address, port)).collect()
    }

    /// Whether an address is of the wanted family.
    pub(super) fn wants(&self, address: IpAddr) -> bool {
        match self.family {
            Some(Family::V4) => address.is_ipv4(),
            Some(Family::V6) => address.is_ipv6(),
            None => true,
        }
    }
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

/// Why nobody can be asked over this family.
pub(super) fn none_of(family: Family) -> String {
    let family = match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    };
    format!("the name has no {family} address")
}

/// `--resolve HOST:PORT:ADDRESS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) address: IpAddr,
}

impl Pin {
    /// Reads `HOST:PORT:ADDRESS`; IPv6 addresses may stand in brackets.
    pub(crate) fn parse(text: &str) -> Result<Pin, String> {
        let wrong = || "HOST:PORT:ADDRESS, for example api.example.com:443:10.0.1.20".to_owned();
        let (host, rest) = match text.strip_prefix('[') {
            Some(inside) => inside.split_once("]:").ok_or_else(wrong)?,
            None => text.split_once(':').ok_or_else(wrong)?,
        };
        let (port, address) = rest.split_once(':').ok_or_else(wrong)?;
        let address = address.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')).unwrap_or(address);
        match (port.parse(), address.parse()) {
            (Ok(port), Ok(address)) if port > 0 && !host.is_empty() => Ok(Pin { host: host.to_owned(), port, address }),
            _ => Err(wrong()),
        }
    }
}

/// Whose certificates count.
#[derive(Clone)]
pub(crate) enum Trust {
    /// Those that other clients on this machine trust.
    Platform,
    /// Mozilla's alone: what a stranger trusts, whatever this machine was told.
    Public,
    /// Whoever answers: it is noted that a certificate does not verify against Mozilla's roots, and the request is sent all the same.
    Anybody,
    /// These.
    #[cfg_attr(not(test), allow(dead_code, reason = "the tests have a CA of their own"))]
    Only(Arc<RootCertStore>),
}

/// A client certificate and its key.
pub(crate) struct Identity(pub(super) Arc<CertifiedKey>);

impl Identity {
    /// Reads the two PEM files. The error names the file and never quotes it.
    pub(crate) fn read(certificate: &Path, key: &Path) -> Result<Identity, String> {
        let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| format!("cannot read a certificate from {}: {}", certificate.display(), brief(&error)))?;
        if chain.is_empty() {
            return Err(format!("{} holds no certificate in PEM", certificate.display()));
        }
        let key_der = PrivateKeyDer::from_pem_file(key);
        let key_der = key_der.map_err(|error| format!("cannot read a private key from {}: {}", key.display(), brief(&error)))?;
        let pair = CertifiedKey::from_der(chain, key_der, &aws_lc_rs::default_provider());
        let pair = pair.map_err(|error| format!("{} and {} do not fit: {error}", certificate.display(), key.display()))?;
        Ok(Identity(Arc::new(pair)))
    }
}

/// What is wrong with a PEM file, without its contents.
fn brief(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => error.to_string(),
        rustls::pki_types::pem::Error::NoItemsFound => "there is none in PEM".to_owned(),
        _ => "it is damaged".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Pin;

    #[test]
    fn a_pin_is_a_host_a_port_and_an_address() {
        let pin = Pin::parse("api.example.com:443:10.0.1.20").expect("a pin");
        assert_eq!((pin.host.as_str(), pin.port, pin.address.to_string().as_str()), ("api.example.com", 443, "10.0.1.20"));
        assert_eq!(Pin::parse("a:1:[2001:db8::1]").expect("a pin").address, Pin::parse("a:1:2001:db8::1").expect("a pin").address);
        assert_eq!(Pin::parse("[2001:db8::2]:1:10.0.0.1").expect("a pin").host, "2001:db8::2");
        for wrong in ["", "a", "a:443", "a:443:b", "a:0:10.0.0.1", ":443:10.0.0.1", "a:99999:10.0.0.1"] {
            assert!(Pin::parse(wrong).is_err(), "{wrong}");
        }
    }
}
