//! Everything that can be wrong before anything is sent. An error never quotes a header's value.

use super::ProbeRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri};
use url::{Host, Url};

/// Who asks. A user's own `User-Agent` wins.
const OUR_NAME: &str = concat!("apigw-doctor/", env!("CARGO_PKG_VERSION"));

/// A request that can be sent.
pub(super) struct Prepared {
    /// With TLS, or plain.
    pub(super) tls: bool,
    /// Name or address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    method: Method,
    /// What stands in the `Host` field, or in HTTP/2's `:authority`.
    authority: HeaderValue,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// Reads a request.
pub(super) fn prepare(request: &ProbeRequest) -> Result<Prepared, String> {
    let url = Url::parse(&request.url).map_err(|error| format!("not a URL: {error}"))?;
    let tls = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err("the URL is neither http nor https".to_owned()),
    };
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Err("not a URL: it names no host".to_owned()),
    };
    let port = url.port_or_known_default().ok_or("not a URL: it names no port")?;
    let method = Method::from_bytes(request.method.to_ascii_uppercase().as_bytes()).map_err(|_| "not an HTTP method".to_owned())?;
    let mut headers = header_map(&request.headers)?;
    let own_host = headers.remove(HOST);
    let named = url
        .port()
        .map_or_else(|| url.host_str().unwrap_or_default().to_owned(), |port| format!("{}:{port}", url.host_str().unwrap_or_default()));
    let authority =
        own_host.map_or_else(|| HeaderValue::from_str(&named), Ok).map_err(|_| "not a URL: no host that can be sent".to_owned())?;
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(OUR_NAME));
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    if let Some(basic) = credentials(&url) {
        headers.entry(AUTHORIZATION).or_insert(basic);
    }
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let body = Bytes::from(request.body.clone());
    let prepared = Prepared { tls, host, port, method, authority, path, headers, body };
    // Whether it can be sent at all is found out here, and not on the connection.
    prepared.request(false)?;
    Ok(prepared)
}

impl Prepared {
    /// The request in the form of this version of HTTP.
    pub(super) fn request(&self, http2: bool) -> Result<Request<Full<Bytes>>, String> {
        let wrong = |error: hyper::http::Error| format!("not a request: {error}");
        let path: Uri = self.path.parse().map_err(|error| format!("not a request: {error}"))?;
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        *request.uri_mut() = path;
        if http2 {
            let scheme = if self.tls { "https" } else { "http" };
            let whole = Uri::builder().scheme(scheme).authority(self.authority.as_bytes()).path_and_query(self.path.as_str());
            *request.uri_mut() = whole.build().map_err(wrong)?;
        } else {
            request.headers_mut().insert(HOST, self.authority.clone());
        }
        Ok(request)
    }
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

/// User name and password of a URL, as every client sends them.
fn credentials(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let pair = [&decoded(url.username())[..], b":", &decoded(url.password().unwrap_or_default())[..]].concat();
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Without percent-encoding.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
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

    #[test]
    fn credentials_in_a_url_are_sent_as_basic_ones() {
        let url = Url::parse("https://a:b%3Ac%zz@example.com/").expect("a URL");
        let value = credentials(&url).expect("credentials");
        assert_eq!(value.to_str().expect("ASCII"), format!("Basic {}", STANDARD.encode("a:b:c%zz")));
        assert!(credentials(&Url::parse("https://example.com/").expect("a URL")).is_none());
    }
}
