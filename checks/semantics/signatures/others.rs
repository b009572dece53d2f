//! The words of CDNs and proxies in front, and of programs behind the load balancer.

use super::{EXPECTS_TLS, Headers, Shape, Signature, target};
use crate::finding::Confidence;
use crate::symptom::{Producer, Symptom};

/// A row for the words of something between the client and API Gateway.
const fn edge(words: &'static [&'static str], mark: &'static str) -> Signature {
    let (producer, symptom, surest) = (Producer::EdgeInFront, Symptom::Unrecognised, Confidence::Likely);
    Signature { shape: Shape::Words(words), statuses: &[], headers: Headers::Any, producer, symptom, surest, mark }
}

const RENDERED: &str = "the status with the name of nginx or a relative below: the load balancer's own pages have no footer";
const APACHE: &str = "the words are Apache's, with its signature below";

pub(super) static TABLE: &[Signature] = &[
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/troubleshooting-response-errors.html
    edge(&["the request could not be satisfied", "cloudfront"], "the body is CloudFront's own error page"),
    edge(&["the request could not be satisfied", "connect to the server for this app or website"], "the words are CloudFront's"),
    edge(&["<hr><center>cloudfront</center>"], "the page has CloudFront's footer"),
    // https://developers.cloudflare.com/support/troubleshooting/http-status-codes/
    edge(&["<hr><center>cloudflare</center>"], "the page has Cloudflare's footer"),
    edge(&["cf-error-details"], "the body is Cloudflare's own error page"),
    edge(&[" | cloudflare</title>"], "the body is Cloudflare's own error page"),
    edge(&["cloudflare ray id"], "the body names Cloudflare's ray"),
    edge(&["| 52", ": web server is down"], "the words are Cloudflare's"),
    edge(&["| 52", ": connection timed out"], "the words are Cloudflare's"),
    edge(&["| 52", ": origin is unreachable"], "the words are Cloudflare's"),
    edge(&["| 52", ": ssl handshake failed"], "the words are Cloudflare's"),
    edge(&["| 52", ": invalid ssl certificate"], "the words are Cloudflare's"),
    Signature {
        shape: Shape::OneOf(&[
            "error code: 1000",
            "error code: 1003",
            "error code: 1010",
            "error code: 1015",
            "error code: 1016",
            "error code: 1020",
            "error code: 520",
            "error code: 521",
            "error code: 522",
            "error code: 523",
            "error code: 524",
            "error code: 525",
            "error code: 526",
            "error code: 530",
        ]),
        ..edge(&[], "the words are Cloudflare's")
    },
    // https://www.squid-cache.org/Doc/config/error_directory/
    edge(&["the requested url could not be retrieved", "squid"], "the body is a Squid proxy's error page"),
    // https://docs.fastly.com/en/guides/common-service-and-domain-errors
    edge(&["fastly error: unknown domain"], "the body is Fastly's own error text"),
    // https://techdocs.akamai.com/property-mgr/docs/failed-requests
    edge(&["<h1>access denied</h1>", "reference #"], "the body is Akamai's own error page"),
    // https://learn.microsoft.com/en-us/azure/application-gateway/application-gateway-troubleshooting-502
    edge(&["<hr><center>microsoft-azure-application-gateway"], "the page has the footer of Azure's Application Gateway"),
    // https://cloud.google.com/load-balancing/docs/https/troubleshooting-ext-https-lbs
    edge(
        &["the server encountered a temporary error and could not complete your request", "30 seconds"],
        "the words are those of Google's load balancers",
    ),
    // Seen in the field: https://docs.imperva.com/
    edge(&["incapsula incident id"], "the body is Imperva's own error page"),
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
    // https://github.com/haproxy/haproxy/blob/master/src/http.c
    target(&[400], Shape::Words(&["<h1>400 bad request</h1>", "your browser sent an invalid request."]), "the words are HAProxy's"),
    target(&[403], Shape::Words(&["request forbidden by administrative rules."]), "the words are HAProxy's"),
    target(&[408], Shape::Words(&["your browser didn't send a complete request in time."]), "the words are HAProxy's"),
    // https://github.com/Kong/kong/blob/master/kong/runloop/handler.lua
    target(&[404], Shape::Json(&["\"no route matched with those values\""]), "the words are Kong's"),
    target(&[503], Shape::Json(&["\"failure to get a peer from the ring-balancer\""]), "the words are Kong's"),
    target(&[503], Shape::Json(&["\"name resolution failed\""]), "the words are Kong's"),
    // https://github.com/Kong/kong/blob/master/kong/error_handlers.lua
    target(&[502], Shape::Json(&["\"an invalid response was received from the upstream server\""]), "the words are Kong's"),
    target(&[503], Shape::Json(&["\"the upstream server is currently unavailable\""]), "the words are Kong's"),
    target(&[504], Shape::Json(&["\"the upstream server is timing out\""]), "the words are Kong's"),
    // https://github.com/Kong/kong/blob/master/kong/plugins/key-auth/handler.lua
    target(&[401], Shape::Json(&["\"no api key found in request\""]), "the words are Kong's"),
    // https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts
    target(&[400], Shape::Words(&["invalid http_host header: "]), "the words are Django's"),
    // https://github.com/rails/rails/blob/main/actionpack/lib/action_dispatch/middleware/host_authorization.rb
    target(&[403], Shape::Words(&["blocked host", "config.hosts"]), "the words are those of Rails"),
    // https://github.com/vitejs/vite/blob/main/packages/vite/src/node/server/middlewares/hostCheck.ts
    target(&[403], Shape::Words(&["blocked request. this host", "is not allowed"]), "the words are Vite's"),
    // https://github.com/encode/starlette/blob/master/starlette/middleware/trustedhost.py
    target(&[400, 403], Shape::Text("invalid host header"), "the words are those of Starlette or of webpack's server"),
    // The same pages as browsers show them, without tags.
    target(&[502], Shape::Words(&["502 bad gateway nginx"]), RENDERED),
    target(&[503], Shape::Words(&["503 service temporarily unavailable nginx"]), RENDERED),
    target(&[504], Shape::Words(&["504 gateway time-out nginx"]), RENDERED),
    target(&[404], Shape::Words(&["404 not found nginx"]), RENDERED),
    target(&[403], Shape::Words(&["403 forbidden nginx"]), RENDERED),
    target(&[500], Shape::Words(&["500 internal server error nginx"]), RENDERED),
    target(&[502], Shape::Words(&["502 bad gateway openresty"]), RENDERED),
    target(&[503], Shape::Words(&["503 service temporarily unavailable openresty"]), RENDERED),
    target(&[504], Shape::Words(&["504 gateway time-out openresty"]), RENDERED),
    target(&[404], Shape::Words(&["404 not found openresty"]), RENDERED),
    target(&[403], Shape::Words(&["403 forbidden openresty"]), RENDERED),
    target(&[500], Shape::Words(&["500 internal server error openresty"]), RENDERED),
    // https://github.com/apache/httpd/blob/trunk/modules/http/http_protocol.c
    target(&[404], Shape::Words(&["requested url", "not found on this server", "apache/", " server at ", " port "]), APACHE),
    target(&[403], Shape::Words(&["you don't have permission to access", "apache/", " server at ", " port "]), APACHE),
    target(&[503], Shape::Words(&["the server is temporarily unable to service your request", "apache/", " server at "]), APACHE),
    target(&[502], Shape::Words(&["received an invalid response from an upstream server", "apache/", " server at "]), APACHE),
    target(&[504], Shape::Words(&["did not receive a timely response from the upstream server", "apache/", " server at "]), APACHE),
    target(&[500], Shape::Words(&["encountered an internal error or misconfiguration", "apache/", " server at "]), APACHE),
    target(&[], Shape::Words(&["apache/", " server at ", " port "]), APACHE),
    target(&[], Shape::Words(&["http status ", "apache tomcat/"]), "the body is Tomcat's own error page"),
    // https://github.com/rails/rails/blob/main/actionpack/lib/action_dispatch/middleware/debug_exceptions.rb
    target(&[404], Shape::Words(&["no route matches [", "] \"/"]), "the words are those of Rails"),
    // https://github.com/django/django/blob/main/django/views/templates/technical_404.html
    target(&[404], Shape::Words(&["page not found (404)", "request method:"]), "the words are Django's"),
    target(
        &[404],
        Shape::Alone(&["cannot get /", "cannot post /", "cannot put /", "cannot delete /", "cannot patch /"]),
        "the words are Express's",
    ),
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
    target(&[503, 400, 500], Shape::Words(&["<hr><p>http error "]), "the body is the error page of Windows' HTTP server"),
    target(&[500, 502, 503], Shape::Words(&["http error 50", " - ancm "]), "the words are those of ASP.NET Core's module in IIS"),
    target(&[], Shape::Words(&["<h2>http error "]), "the body is IIS's own error page"),
    target(&[], Shape::Words(&["<title>iis ", " - http error"]), "the body is IIS's own error page"),
    // https://github.com/varnishcache/varnish-cache/blob/master/bin/varnishd/builtin.vcl
    target(&[503], Shape::Words(&["guru meditation", "varnish"]), "the body is Varnish's own error page"),
    // https://github.com/pallets/werkzeug/blob/main/src/werkzeug/exceptions.py
    target(&[], Shape::Words(&["<!doctype html><html lang=en><title>"]), "the body is Werkzeug's own error page"),
    // https://github.com/python/cpython/blob/main/Lib/http/server.py
    target(&[], Shape::Words(&["<p>error code: ", "error response"]), "the body is the error page of Python's own server"),
];
