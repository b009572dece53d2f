//! Everything that can be wrong before anything is sent. An error never quotes a header's value.

use super::ProbeRequest;
use super::exchange::client;
use super::failure::root_cause;
use super::seen::Seen;
use reqwest::header::{ACCEPT, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, Method, Request, Url};
use rustls::pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};

/// Who asks. A user's own `User-Agent` wins.
const OUR_NAME: &str = concat!("apigw-doctor/", env!("CARGO_PKG_VERSION"));

/// A request that can be sent.
pub(super) struct Prepared {
    pub(super) client: Client,
    pub(super) request: Request,
    /// The host, if it is an address: then nothing has to be looked up.
    pub(super) address: Option<IpAddr>,
    /// Why no server can have the host as its name. Only TLS asks, whose client would end at another step.
    pub(super) impossible: Option<String>,
}

/// Reads a request. What will be seen of it is noted in `seen`.
pub(super) fn prepare(request: &ProbeRequest, seen: &Seen) -> Result<Prepared, String> {
    let mut url = Url::parse(&request.url).map_err(|error| format!("not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the URL is neither http nor https".to_owned());
    }
    let host = url.host_str().ok_or("not a URL: it names no host")?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let impossible = match ServerName::try_from(host.as_str()) {
        Err(error) if url.scheme() == "https" => Some(format!("no server can have this name: {error}")),
        Err(_) | Ok(_) => None,
    };
    let port = url.port_or_known_default().ok_or("not a URL: it names no port")?;
    let method = Method::from_bytes(request.method.to_ascii_uppercase().as_bytes()).map_err(|_| "not an HTTP method".to_owned())?;
    let mut headers = header_map(&request.headers)?;
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(OUR_NAME));
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    if url.scheme() == "https" {
        seen.greets(&host);
    }
    let named = host.parse::<IpAddr>().ok();
    // The client asks no resolver for an address: one that is given for it takes its place in the URL.
    let pinned = request.way.pinned(&host, port).first().map(SocketAddr::ip).filter(|_| named.is_some());
    if let Some(instead) = pinned {
        let authority = HeaderValue::from_str(url.authority()).map_err(|_| "not a URL: no host that can be sent".to_owned())?;
        headers.entry(HOST).or_insert(authority);
        url.set_ip_host(instead).map_err(|()| "not a URL: its host cannot be an address".to_owned())?;
    }
    let address = pinned.or(named);
    if let Some(address) = address {
        seen.found(&[SocketAddr::new(address, port)]);
    }
    // A `Host` other than the URL's cannot stand beside HTTP/2's `:authority`.
    let client = client(port, headers.contains_key(HOST), &request.way, seen)?;
    // User name and password of a URL become the credentials that every client makes of them.
    let mut sending = client.request(method, url).headers(headers);
    if !request.body.is_empty() {
        sending = sending.body(request.body.clone());
    }
    let request = sending.build().map_err(|error| format!("not a request: {}", root_cause(&error.without_url())))?;
    Ok(Prepared { client, request, address, impossible })
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("not a header name: {name}"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| format!("header {name} has a value that cannot be sent"))?;
        value.set_sensitive(true); // kept out of every debug output, and out of HTTP/2's compression table
        map.append(known, value);
    }
    Ok(map)
}

/// The URL as it may be recorded: user name and password are for the request alone.
pub(crate) fn without_credentials(url: &str) -> String {
    if let Ok(mut parsed) = Url::parse(url)
        && parsed.has_host()
    {
        if parsed.username().is_empty() && parsed.password().is_none() {
            return url.to_owned();
        }
        // Both can fail only for URLs without a host.
        let _ = parsed.set_username("");
        let _ = parsed.set_password(None);
        return parsed.into();
    }
    // Not a URL that could be asked; whatever stands before an @ might still be a password.
    match (url.split_once("//"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}//{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        (_, None) => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_a_url_are_not_recorded() {
        assert_eq!(without_credentials("https://u:p@a.example/x?y=z@1"), "https://a.example/x?y=z@1");
        assert_eq!(without_credentials("https://u@a.example/"), "https://a.example/");
        assert_eq!(without_credentials("https://a.example/me@home"), "https://a.example/me@home");
        for broken in ["https://u:s3cret@a b/", "https://u:s3cret@", "u:s3cret@a b"] {
            assert!(!without_credentials(broken).contains("s3cret"), "{broken}");
        }
    }
}
