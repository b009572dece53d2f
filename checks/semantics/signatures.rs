//! The shapes of known answers, as one table, and the small interpreter that matches it.
//!
//! A row says: a body of this shape, with one of these statuses, from a server header of this kind, was written by this producer. The first
//! row that fits decides, so what is certain stands before what is likely. A comment at each row links to where its shape was published.
//! Deliberately left out: latency (an answer does not carry it) and `apigw-requestid` (it proves that the request went through an HTTP API,
//! never that API Gateway wrote the answer).

use super::reading::{Message, Reading, Server};
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
    /// The mark a person reads.
    pub(super) mark: &'static str,
}

/// What a body must look like. All words are lower case: bodies are compared without regard to case and white space.
pub(super) enum Shape {
    /// JSON of the one key `message`, with one of these texts.
    Message(&'static [&'static str]),
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
    /// Nothing names an application, but nginx may be named: the load balancer's page about plain HTTP is said to carry its footer.
    NginxAtMost,
    /// Nothing names an application.
    NoApplication,
    /// Nothing names an application or the load balancer.
    NeitherApplicationNorBalancer,
}

impl Signature {
    /// The first row that fits.
    pub(super) fn of(reading: &Reading<'_>) -> Option<&'static Signature> {
        TABLE.iter().find(|signature| signature.fits(reading))
    }

    fn fits(&self, reading: &Reading<'_>) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&reading.status)) && self.headers_fit(reading) && self.shape_fits(reading)
    }

    fn headers_fit(&self, reading: &Reading<'_>) -> bool {
        match self.headers {
            Headers::Any => true,
            Headers::NoBalancer => reading.server != Server::Balancer,
            Headers::NginxAtMost => reading.application.is_none() || reading.server_is_nginx(),
            Headers::NoApplication => reading.application.is_none(),
            Headers::NeitherApplicationNorBalancer => reading.application.is_none() && reading.server != Server::Balancer,
        }
    }

    fn shape_fits(&self, reading: &Reading<'_>) -> bool {
        match &self.shape {
            Shape::Message(texts) => matches!(&reading.message, Some(Message::Text(said)) if texts.contains(&said.as_str())),
            Shape::Words(words) => !reading.is_json && words.iter().all(|word| reading.text.contains(word)),
            Shape::Text(text) => reading.text == *text,
            Shape::StockPage => reading.is_stock_page() || (reading.server == Server::Balancer && reading.is_empty),
            Shape::FooterPage => reading.has_footer(),
            Shape::Any => true,
        }
    }
}

/// Does this body say what API Gateway would say with this status? (Whoever says it.)
pub(super) fn is_gateway_wording(reading: &Reading<'_>) -> bool {
    let speaks_gateway = |row: &&Signature| row.producer == Producer::ApiGateway && row.statuses.contains(&reading.status);
    TABLE.iter().filter(speaks_gateway).any(|row| row.shape_fits(reading))
}

/// The 400 of the founding case, and the words that are not it.
pub(super) const PLAIN_HTTP: &str = "the plain http request was sent to https port";

/// A row for a text of API Gateway's own. Its errors carry no `server` header and none of an application's headers.
const fn gateway(statuses: &'static [u16], texts: &'static [&'static str], symptom: Symptom) -> Signature {
    let mark = "the body is API Gateway's one-key JSON, in its words for this status";
    let headers = Headers::NeitherApplicationNorBalancer;
    Signature { shape: Shape::Message(texts), statuses, headers, producer: Producer::ApiGateway, symptom, mark }
}

/// A row for a page of the load balancer's own. The `server` header may be switched off, so its absence proves nothing.
const fn balancer(statuses: &'static [u16], symptom: Symptom) -> Signature {
    let mark = "the body is the load balancer's own page: the status as title and heading, no footer";
    let headers = Headers::NoApplication;
    Signature { shape: Shape::StockPage, statuses, headers, producer: Producer::LoadBalancer, symptom, mark }
}

/// A row for a status that only the load balancer uses.
const fn balancer_code(statuses: &'static [u16], symptom: Symptom) -> Signature {
    let mark = "only the load balancer uses this status";
    let headers = Headers::NoApplication;
    Signature { shape: Shape::Any, statuses, headers, producer: Producer::LoadBalancer, symptom, mark }
}

/// A row for the words of a program behind the load balancer.
const fn target(statuses: &'static [u16], shape: Shape, mark: &'static str) -> Signature {
    let (producer, symptom) = (Producer::Target, Symptom::TargetAnswer);
    Signature { shape, statuses, headers: Headers::NoBalancer, producer, symptom, mark }
}

/// A row for the words of something between the client and API Gateway.
const fn edge(words: &'static [&'static str], mark: &'static str) -> Signature {
    let (producer, symptom) = (Producer::EdgeInFront, Symptom::Unrecognised);
    Signature { shape: Shape::Words(words), statuses: &[], headers: Headers::Any, producer, symptom, mark }
}

/// The table. Order matters: first the sentence, then the certain shapes, then the words of programs.
pub(super) static TABLE: &[Signature] = &[
    // https://repost.aws/knowledge-center/api-gateway-private-integration-errors
    Signature {
        shape: Shape::Words(&[PLAIN_HTTP]),
        statuses: &[400],
        headers: Headers::NginxAtMost,
        producer: Producer::LoadBalancer,
        symptom: Symptom::PlainHttpToHttpsPort,
        mark: "the body says that a plain HTTP request was sent to an HTTPS port",
    },
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    gateway(&[401], &["unauthorized"], Symptom::GatewayUnauthorized),
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
    gateway(
        &[403],
        &[
            "missing authentication token",
            "the security token included in the request is invalid.",
            "the security token included in the request is expired",
            "user is not authorized to access this resource",
            "user is not authorized to access this resource with an explicit deny",
        ],
        Symptom::GatewayForbidden,
    ),
    gateway(&[429], &["limit exceeded"], Symptom::GatewayTooManyRequests),
    gateway(&[400], &["bad request"], Symptom::GatewayOther),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    gateway(&[413], &["request entity too large", "request too long"], Symptom::GatewayOther),
    gateway(&[431], &["request header fields too large"], Symptom::GatewayOther),
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
    // https://www.squid-cache.org/Doc/config/error_directory/
    edge(&["the requested url could not be retrieved", "squid"], "the body is a Squid proxy's error page"),
    // https://docs.fastly.com/en/guides/common-service-and-domain-errors
    edge(&["fastly error: unknown domain"], "the body is Fastly's own error text"),
    // Near misses of the founding 400: the same complaint in the words of programs that a load balancer never runs.
    // https://go.dev/src/net/http/server.go
    target(
        &[400],
        Shape::Words(&["client sent an http request to an https server"]),
        "the words are Go's: a program behind the load balancer speaks TLS and was sent plain HTTP",
    ),
    // https://github.com/apache/httpd/blob/trunk/modules/ssl/ssl_engine_kernel.c
    target(
        &[400],
        Shape::Words(&["speaking plain http to an ssl-enabled server port"]),
        "the words are Apache's: a server behind the load balancer speaks TLS and was sent plain HTTP",
    ),
    // https://github.com/apache/tomcat/blob/main/java/org/apache/tomcat/util/net/TLSClientHelloExtractor.java
    target(
        &[400],
        Shape::Words(&["this combination of host and port requires tls"]),
        "the words are Tomcat's: a server behind the load balancer speaks TLS and was sent plain HTTP",
    ),
    // https://go.dev/src/net/http/server.go
    target(&[404], Shape::Text("404 page not found"), "the body is Go's own 404"),
    // https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c
    target(
        &[],
        Shape::FooterPage,
        "the page has a footer, which the load balancer's own pages never have: nginx or a relative of it wrote it",
    ),
    // https://github.com/envoyproxy/envoy/blob/main/source/common/router/router.cc
    target(&[503, 504, 502], Shape::Words(&["upstream connect error or disconnect/reset before headers"]), "the words are Envoy's"),
    target(&[503], Shape::Text("no healthy upstream"), "the words are Envoy's"),
    // https://docs.haproxy.org/2.8/configuration.html
    target(&[502, 503, 504], Shape::Words(&["no server is available to handle this request"]), "the words are HAProxy's"),
    // https://github.com/pillarjs/finalhandler/blob/master/index.js
    target(&[], Shape::Words(&["<pre>cannot ", "</pre>"]), "the body is Express's own error page"),
    // https://github.com/apache/tomcat/blob/main/java/org/apache/catalina/valves/ErrorReportValve.java
    target(&[], Shape::Words(&["<h1>http status "]), "the body is Tomcat's own error page"),
    // https://github.com/apache/httpd/blob/trunk/modules/http/http_protocol.c
    target(&[], Shape::Words(&["<!doctype html public \"-//ietf//dtd html 2.0//en\">"]), "the body is Apache's own error page"),
    // https://github.com/spring-projects/spring-boot/blob/main/module/spring-boot-webmvc/src/main/java/org/springframework/boot/webmvc/autoconfigure/error/ErrorMvcAutoConfiguration.java
    target(&[], Shape::Words(&["whitelabel error page"]), "the body is Spring Boot's own error page"),
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
                Shape::StockPage | Shape::FooterPage | Shape::Any => Vec::new(),
            };
            for word in words {
                assert_eq!(word, word.to_lowercase(), "{word}");
                assert!(!word.contains("  ") && !word.is_empty(), "{word}");
            }
        }
    }
}
