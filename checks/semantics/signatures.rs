//! The shapes of known answers, as one table, and the small interpreter that matches it.
//!
//! A row says: a body of this shape, with one of these statuses, from a server header of this kind, was written by this producer. The first
//! row that fits decides, so what is certain stands before what is likely. A comment at each row links to where its shape was published.
//! A row also bounds how sure it can make: what AWS documents may be certain, what was only seen in the field is likely.
//! Deliberately left out: latency (an answer does not carry it) and `apigw-requestid` (it proves that the request went through an HTTP API,
//! never that API Gateway wrote the answer).

use super::reading::{Message, Reading, Server};
use crate::finding::Confidence;
use crate::symptom::{Producer, Symptom};

/// One row.
pub(super) struct Signature {
    /// What a body must look like.
    pub(super) shape: Shape,
    /// Which statuses; empty means any.
    pub(super) statuses: &'static [u16],
    /// Who may be named by the other headers.
    pub(super) headers: Headers,
    /// Who writes this.
    pub(super) producer: Producer,
    /// What it is.
    pub(super) symptom: Symptom,
    /// The surest that this row makes, when every other mark agrees.
    pub(super) surest: Confidence,
    /// The mark a person reads.
    pub(super) mark: &'static str,
}

/// What a body must look like. All words are lower case: bodies are compared without regard to case and white space.
pub(super) enum Shape {
    /// JSON of the one key `message`, with one of these texts.
    Message(&'static [&'static str]),
    /// The same, in exactly these letters.
    Said(&'static [&'static str]),
    /// No body, as `HEAD` requests get it, but a `content-length` of this many bytes and a type that may be JSON.
    Length(usize),
    /// A short text that is not JSON and holds all of these words.
    Words(&'static [&'static str]),
    /// Exactly this text.
    Text(&'static str),
    /// The load balancer's own page: title and heading are the status, and nothing stands below them.
    StockPage,
    /// The same page with a footer, as nginx and its relatives write it.
    FooterPage,
    /// The body does not matter.
    Any,
}

/// What the other headers may say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Headers {
    /// Anything.
    Any,
    /// Nothing names the load balancer: a fixed response may say anything.
    NoBalancer,
    /// Nothing names an application.
    NoApplication,
    /// Nothing names an application or the load balancer.
    NeitherApplicationNorBalancer,
    /// The same, and nothing shows that the request went through an HTTP API.
    NotThroughHttpApi,
    /// The request went through an HTTP API, and nothing names the load balancer.
    ThroughHttpApi,
    /// nginx or a relative of it is named, with its version or in the `server` header.
    NamesNginx,
}

impl Signature {
    /// The first row that fits.
    pub(super) fn of(reading: &Reading<'_>) -> Option<&'static Signature> {
        TABLE.iter().find(|signature| signature.fits(reading))
    }

    /// The statuses that a body of this shape goes with, most likely first; 500 where the shape says nothing of it.
    pub(super) fn statuses_of(reading: &Reading<'_>) -> Vec<u16> {
        let fits = |row: &&Signature| {
            !matches!(row.shape, Shape::Any | Shape::Length(_) | Shape::StockPage | Shape::FooterPage) && row.shape_fits(reading)
        };
        let statuses = TABLE.iter().filter(fits).flat_map(|row| if row.statuses.is_empty() { &[500][..] } else { row.statuses });
        statuses.copied().collect()
    }

    /// The first row that fits goes by the status alone, or there is no body to go by.
    pub(super) fn is_by_status(reading: &Reading<'_>) -> bool {
        reading.is_empty || Signature::of(reading).is_some_and(|row| matches!(row.shape, Shape::Any | Shape::Length(_)))
    }

    fn fits(&self, reading: &Reading<'_>) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&reading.status)) && self.headers_fit(reading) && self.shape_fits(reading)
    }

    fn headers_fit(&self, reading: &Reading<'_>) -> bool {
        match self.headers {
            Headers::Any => true,
            Headers::NoBalancer => reading.server != Server::Balancer,
            Headers::NoApplication => reading.application.is_none(),
            Headers::NeitherApplicationNorBalancer => is_unsigned(reading),
            Headers::NotThroughHttpApi => is_unsigned(reading) && !reading.went_through_http_api(),
            Headers::ThroughHttpApi => reading.server != Server::Balancer && reading.went_through_http_api(),
            Headers::NamesNginx => reading.names_nginx_version() && reading.server != Server::Balancer,
        }
    }

    fn shape_fits(&self, reading: &Reading<'_>) -> bool {
        match &self.shape {
            Shape::Message(texts) => matches!(&reading.message, Some(Message::Text(said)) if texts.contains(&said.as_str())),
            Shape::Said(texts) => reading.said.as_deref().is_some_and(|said| texts.contains(&said)),
            Shape::Length(length) => {
                reading.is_empty
                    && reading.type_may_be_json()
                    && reading.promised_length() == Some(*length)
                    && reading.went_through_http_api()
            }
            Shape::Words(words) => !reading.is_json && words.iter().all(|word| reading.text.contains(word)),
            Shape::Text(text) => reading.text == *text,
            Shape::StockPage => reading.is_stock_page() || (reading.server == Server::Balancer && reading.is_empty),
            Shape::FooterPage => reading.has_footer(),
            Shape::Any => true,
        }
    }
}

/// Nothing names an application or the load balancer.
fn is_unsigned(reading: &Reading<'_>) -> bool {
    reading.application.is_none() && reading.server != Server::Balancer
}

/// Does this body say what API Gateway would say with this status? (Whoever says it.)
pub(super) fn is_gateway_wording(reading: &Reading<'_>) -> bool {
    let speaks_gateway = |row: &&Signature| row.producer == Producer::ApiGateway && row.statuses.contains(&reading.status);
    TABLE.iter().filter(speaks_gateway).any(|row| !matches!(row.shape, Shape::Length(_)) && row.shape_fits(reading))
}

/// Are these the words of a REST API, which an HTTP API does not use?
pub(super) fn is_rest_wording(reading: &Reading<'_>) -> bool {
    let rest_only = |row: &&Signature| row.headers == Headers::NotThroughHttpApi && row.producer == Producer::ApiGateway;
    TABLE.iter().filter(rest_only).any(|row| row.shape_fits(reading))
}

/// The 400 of the founding case, and the words that are not it.
pub(super) const PLAIN_HTTP: &str = "the plain http request was sent to https port";

/// The same complaint in the words of Go, Apache and Tomcat.
pub(super) const EXPECTS_TLS: [&str; 3] = [
    "client sent an http request to an https server",
    "speaking plain http to an ssl-enabled server port",
    "this combination of host and port requires tls",
];

/// A row for a text of API Gateway's own. Its errors carry no `server` header and none of an application's headers.
const fn gateway(statuses: &'static [u16], texts: &'static [&'static str], symptom: Symptom) -> Signature {
    let mark = "the body is API Gateway's one-key JSON, in its words for this status";
    let (headers, surest) = (Headers::NeitherApplicationNorBalancer, Confidence::Likely);
    Signature { shape: Shape::Message(texts), statuses, headers, producer: Producer::ApiGateway, symptom, surest, mark }
}

/// A row for a text that REST APIs write and HTTP APIs do not.
const fn rest(statuses: &'static [u16], texts: &'static [&'static str], symptom: Symptom) -> Signature {
    let mark = "the body is API Gateway's one-key JSON in words of REST APIs, which HTTP APIs do not use";
    let (headers, surest) = (Headers::NotThroughHttpApi, Confidence::Likely);
    Signature { shape: Shape::Said(texts), statuses, headers, producer: Producer::ApiGateway, symptom, surest, mark }
}

/// A row for an answer to `HEAD`: no body, and the length of API Gateway's own.
const fn headless(statuses: &'static [u16], length: usize, symptom: Symptom) -> Signature {
    let mark = "no body, but exactly the length of API Gateway's own one for this status";
    let (headers, surest) = (Headers::NeitherApplicationNorBalancer, Confidence::Likely);
    Signature { shape: Shape::Length(length), statuses, headers, producer: Producer::ApiGateway, symptom, surest, mark }
}

/// A row for a page of the load balancer's own. The `server` header may be switched off, so its absence proves nothing.
const fn balancer(statuses: &'static [u16], symptom: Symptom) -> Signature {
    let mark = "the body is the load balancer's own page: the status as title and heading, no footer";
    let (headers, surest) = (Headers::NoApplication, Confidence::Certain);
    Signature { shape: Shape::StockPage, statuses, headers, producer: Producer::LoadBalancer, symptom, surest, mark }
}

/// A row for a status that only the load balancer uses.
const fn balancer_code(statuses: &'static [u16], symptom: Symptom) -> Signature {
    let mark = "only the load balancer uses this status";
    let (headers, surest) = (Headers::NoApplication, Confidence::Certain);
    Signature { shape: Shape::Any, statuses, headers, producer: Producer::LoadBalancer, symptom, surest, mark }
}

/// A row for the words of a program behind the load balancer.
const fn target(statuses: &'static [u16], shape: Shape, mark: &'static str) -> Signature {
    let (producer, symptom, surest) = (Producer::Target, Symptom::TargetAnswer, Confidence::Likely);
    Signature { shape, statuses, headers: Headers::NoBalancer, producer, symptom, surest, mark }
}

/// A row for the words of something between the client and API Gateway.
const fn edge(words: &'static [&'static str], mark: &'static str) -> Signature {
    let (producer, symptom, surest) = (Producer::EdgeInFront, Symptom::Unrecognised, Confidence::Likely);
    Signature { shape: Shape::Words(words), statuses: &[], headers: Headers::Any, producer, symptom, surest, mark }
}

/// The table. Order matters: first the sentence, then the certain shapes, then the words of programs.
pub(super) static TABLE: &[Signature] = &[
    // https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c
    Signature {
        shape: Shape::Words(&[PLAIN_HTTP]),
        statuses: &[400],
        headers: Headers::NamesNginx,
        producer: Producer::Target,
        symptom: Symptom::PlainHttpToHttpsPort,
        surest: Confidence::Likely,
        mark: "the body says that a plain HTTP request was sent to an HTTPS port, and nginx is named, which a load balancer never is",
    },
    // https://repost.aws/knowledge-center/api-gateway-private-integration-errors
    Signature {
        shape: Shape::Words(&[PLAIN_HTTP]),
        statuses: &[400],
        headers: Headers::NoApplication,
        producer: Producer::LoadBalancer,
        symptom: Symptom::PlainHttpToHttpsPort,
        surest: Confidence::Certain,
        mark: "the body says that a plain HTTP request was sent to an HTTPS port",
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
    Signature { surest: Confidence::Certain, ..gateway(&[401], &["unauthorized"], Symptom::GatewayUnauthorized) },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    rest(&[500], &["Internal server error"], Symptom::GatewayInternalError),
    rest(
        &[403],
        &[
            "Missing Authentication Token",
            "The security token included in the request is invalid.",
            "The security token included in the request is expired",
            "User is not authorized to access this resource",
            "User is not authorized to access this resource with an explicit deny",
            "User is not authorized to access this resource with an explicit deny in an identity-based policy",
        ],
        Symptom::GatewayForbidden,
    ),
    rest(&[429], &["Limit Exceeded"], Symptom::GatewayTooManyRequests),
    rest(&[504], &["Network error communicating with endpoint", "Endpoint request timed out"], Symptom::GatewayTimeout),
    // The same words behind an HTTP API: a REST API or a program that talks like one.
    Signature {
        headers: Headers::ThroughHttpApi,
        ..target(
            &[500, 403, 429],
            Shape::Said(&[
                "Internal server error",
                "Missing Authentication Token",
                "The security token included in the request is invalid.",
                "User is not authorized to access this resource",
                "User is not authorized to access this resource with an explicit deny",
                "Limit Exceeded",
            ]),
            "the words are those of a REST API or of an application, and the request went through an HTTP API, which has other words",
        )
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
    gateway(&[403], &["forbidden"], Symptom::GatewayForbidden),
    // https://github.com/cortexlabs/cortex/issues/1225
    gateway(&[404], &["not found"], Symptom::GatewayNotFound),
    gateway(&[429], &["too many requests"], Symptom::GatewayTooManyRequests),
    gateway(&[500], &["internal server error"], Symptom::GatewayInternalError),
    gateway(&[503], &["service unavailable"], Symptom::GatewayServiceUnavailable),
    // The first two are REST wordings; the Knowledge Center says 504 of HTTP APIs too and shows no body.
    // https://repost.aws/knowledge-center/api-gateway-504-errors
    gateway(
        &[504],
        &["endpoint request timed out", "network error communicating with endpoint", "gateway timeout"],
        Symptom::GatewayTimeout,
    ),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    gateway(&[403], &["missing authentication token", "user is not authorized to access this resource"], Symptom::GatewayForbidden),
    gateway(&[429], &["limit exceeded"], Symptom::GatewayTooManyRequests),
    gateway(&[400], &["bad request"], Symptom::GatewayOther),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    gateway(&[413], &["request entity too large", "request too long"], Symptom::GatewayOther),
    gateway(&[431], &["request header fields too large"], Symptom::GatewayOther),
    // The lengths of the bodies above. https://github.com/cortexlabs/cortex/issues/1225
    headless(&[401], 26, Symptom::GatewayUnauthorized),
    headless(&[403], 23, Symptom::GatewayForbidden),
    headless(&[404], 23, Symptom::GatewayNotFound),
    headless(&[429], 31, Symptom::GatewayTooManyRequests),
    headless(&[500], 35, Symptom::GatewayInternalError),
    headless(&[503], 33, Symptom::GatewayServiceUnavailable),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    balancer(&[301, 302, 303, 307, 308], Symptom::LbRedirect),
    balancer(&[400], Symptom::LbBadRequest),
    balancer(&[401, 561], Symptom::LbUnauthorized),
    balancer(&[403], Symptom::LbForbidden),
    balancer(&[500], Symptom::LbInternalError),
    balancer(&[502], Symptom::LbBadGateway),
    balancer(&[503], Symptom::LbServiceUnavailable),
    balancer(&[504], Symptom::LbGatewayTimeout),
    balancer(&[464], Symptom::LbProtocolMismatch),
    balancer(&[405, 408, 413, 414, 460, 463, 501, 505], Symptom::LbOther),
    balancer_code(&[464], Symptom::LbProtocolMismatch),
    balancer_code(&[561], Symptom::LbUnauthorized),
    balancer_code(&[460, 463], Symptom::LbOther),
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/troubleshooting-response-errors.html
    edge(&["the request could not be satisfied", "cloudfront"], "the body is CloudFront's own error page"),
    edge(&["<hr><center>cloudfront</center>"], "the page has CloudFront's footer"),
    // https://developers.cloudflare.com/support/troubleshooting/http-status-codes/
    edge(&["<hr><center>cloudflare</center>"], "the page has Cloudflare's footer"),
    edge(&["cf-error-details"], "the body is Cloudflare's own error page"),
    edge(&["attention required! | cloudflare"], "the body is Cloudflare's own challenge"),
    // https://www.squid-cache.org/Doc/config/error_directory/
    edge(&["the requested url could not be retrieved", "squid"], "the body is a Squid proxy's error page"),
    // https://docs.fastly.com/en/guides/common-service-and-domain-errors
    edge(&["fastly error: unknown domain"], "the body is Fastly's own error text"),
    // https://techdocs.akamai.com/property-mgr/docs/failed-requests
    edge(&["<h1>access denied</h1>", "reference #"], "the body is Akamai's own error page"),
    // Near misses of the founding 400: the same complaint in the words of programs that a load balancer never runs.
    // https://go.dev/src/net/http/server.go
    target(
        &[400],
        Shape::Words(&[EXPECTS_TLS[0]]),
        "the words are Go's: a program behind the load balancer speaks TLS and was sent plain HTTP",
    ),
    // https://github.com/apache/httpd/blob/trunk/modules/ssl/ssl_engine_kernel.c
    target(
        &[400],
        Shape::Words(&[EXPECTS_TLS[1]]),
        "the words are Apache's: a server behind the load balancer speaks TLS and was sent plain HTTP",
    ),
    // https://github.com/apache/tomcat/blob/main/java/org/apache/tomcat/util/net/TLSClientHelloExtractor.java
    target(
        &[400],
        Shape::Words(&[EXPECTS_TLS[2]]),
        "the words are Tomcat's: a server behind the load balancer speaks TLS and was sent plain HTTP",
    ),
    // https://go.dev/src/net/http/server.go
    target(&[404], Shape::Text("404 page not found"), "the body is Go's own 404, which Traefik writes as well"),
    // https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c
    target(
        &[],
        Shape::FooterPage,
        "the page has a footer, which the load balancer's own pages never have: nginx or a relative of it wrote it",
    ),
    // https://github.com/envoyproxy/envoy/blob/main/source/common/router/router.cc
    target(&[503, 504, 502], Shape::Words(&["upstream connect error or disconnect/reset before headers"]), "the words are Envoy's"),
    target(&[503], Shape::Text("no healthy upstream"), "the words are Envoy's"),
    target(&[504], Shape::Text("upstream request timeout"), "the words are Envoy's"),
    target(&[403], Shape::Text("rbac: access denied"), "the words are Envoy's"),
    // https://github.com/traefik/traefik/blob/master/pkg/server/service/loadbalancer/wrr/wrr.go
    target(&[503], Shape::Text("no available server"), "the words are Traefik's"),
    // https://github.com/traefik/traefik/blob/master/pkg/proxy/httputil/proxy.go
    target(&[502], Shape::Text("bad gateway"), "a bare text, as Traefik and other proxies in Go write it"),
    target(&[504], Shape::Text("gateway timeout"), "a bare text, as Traefik and other proxies in Go write it"),
    // https://docs.haproxy.org/2.8/configuration.html
    target(&[502, 503, 504], Shape::Words(&["no server is available to handle this request"]), "the words are HAProxy's"),
    target(&[502], Shape::Words(&["the server returned an invalid or incomplete response"]), "the words are HAProxy's"),
    target(&[504], Shape::Words(&["the server didn't respond in time"]), "the words are HAProxy's"),
    // https://github.com/pillarjs/finalhandler/blob/master/index.js
    target(&[], Shape::Words(&["<pre>cannot ", "</pre>"]), "the body is Express's own error page"),
    // https://github.com/apache/tomcat/blob/main/java/org/apache/catalina/valves/ErrorReportValve.java
    target(&[], Shape::Words(&["<h1>http status "]), "the body is Tomcat's own error page"),
    // https://github.com/apache/httpd/blob/trunk/modules/http/http_protocol.c
    target(&[], Shape::Words(&["<!doctype html public \"-//ietf//dtd html 2.0//en\">"]), "the body is Apache's own error page"),
    // https://github.com/spring-projects/spring-boot/blob/main/module/spring-boot-webmvc/src/main/java/org/springframework/boot/webmvc/autoconfigure/error/ErrorMvcAutoConfiguration.java
    target(&[], Shape::Words(&["whitelabel error page"]), "the body is Spring Boot's own error page"),
    // https://github.com/benoitc/gunicorn/blob/master/gunicorn/util.py
    target(&[], Shape::Words(&["<h1><p>", "</p></h1>"]), "the body is gunicorn's own error page"),
    // https://github.com/encode/uvicorn/blob/master/uvicorn/protocols/http/h11_impl.py
    target(&[400], Shape::Text("invalid http request received."), "the words are uvicorn's"),
    // https://github.com/jetty/jetty.project/blob/jetty-12.0.x/jetty-core/jetty-server/src/main/java/org/eclipse/jetty/server/handler/ErrorHandler.java
    target(&[], Shape::Words(&["powered by jetty"]), "the body is Jetty's own error page"),
    target(&[400], Shape::Words(&["bad message 400"]), "the body is Jetty's own error page"),
    // https://learn.microsoft.com/en-us/troubleshoot/developer/webapps/aspnet/site-behavior-performance/http-status-code
    target(&[400], Shape::Words(&["bad request - invalid hostname"]), "the body is Windows' own error page"),
    target(&[], Shape::Words(&["<h2>http error "]), "the body is IIS's own error page"),
    target(&[], Shape::Words(&["<title>iis ", " - http error"]), "the body is IIS's own error page"),
    // https://github.com/varnishcache/varnish-cache/blob/master/bin/varnishd/builtin.vcl
    target(&[503], Shape::Words(&["guru meditation", "varnish"]), "the body is Varnish's own error page"),
    // https://github.com/pallets/werkzeug/blob/main/src/werkzeug/exceptions.py
    target(&[], Shape::Words(&["<!doctype html><html lang=en><title>"]), "the body is Werkzeug's own error page"),
    // https://github.com/python/cpython/blob/main/Lib/http/server.py
    target(&[], Shape::Words(&["<p>error code: ", "error response"]), "the body is the error page of Python's own server"),
];

#[cfg(test)]
mod tests {
    use super::{Shape, TABLE};

    #[test]
    fn words_are_written_as_they_are_compared() {
        for signature in TABLE {
            let words = match &signature.shape {
                Shape::Message(words) | Shape::Words(words) => words.to_vec(),
                Shape::Text(text) => vec![*text],
                Shape::Said(_) | Shape::Length(_) | Shape::StockPage | Shape::FooterPage | Shape::Any => Vec::new(),
            };
            for word in words {
                assert_eq!(word, word.to_lowercase(), "{word}");
                assert!(!word.contains("  ") && !word.is_empty(), "{word}");
            }
        }
    }
}
