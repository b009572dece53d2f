//! The answers themselves: status, headers, body, who wrote it, what it is.

use crate::symptom::{Producer, Symptom};
use Producer::{ApiGateway, EdgeInFront, LoadBalancer, Target, Unknown};
use Symptom::{TargetAnswer, Unrecognised};

/// Status, headers, body; who wrote it, what it is.
pub(super) type Sample = (u16, &'static [(&'static str, &'static str)], &'static str, Producer, Symptom);

pub(super) const ID: (&str, &str) = ("apigw-requestid", "JOpY9h1fvHcESXg=");
pub(super) const JSON: (&str, &str) = ("content-type", "application/json");
pub(super) const ELB: (&str, &str) = ("server", "awselb/2.0");
pub(super) const NGINX: (&str, &str) = ("server", "nginx/1.22.1");
pub(super) const CLOUDFRONT: (&str, &str) = ("via", "1.1 0123456789abcdef.cloudfront.net (CloudFront)");

macro_rules! page {
    ($status:literal) => {
        concat!(
            "<html>\r\n<head><title>",
            $status,
            "</title></head>\r\n<body>\r\n<center><h1>",
            $status,
            "</h1></center>\r\n</body>\r\n</html>\r\n"
        )
    };
    ($status:literal, $footer:literal) => {
        concat!(
            "<html>\r\n<head><title>",
            $status,
            "</title></head>\r\n<body>\r\n<center><h1>",
            $status,
            "</h1></center>\r\n<hr><center>",
            $footer,
            "</center>\r\n</body>\r\n</html>\r\n"
        )
    };
}

pub(super) const PLAIN: &str = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n</body>\r\n</html>\r\n";
pub(super) const PLAIN_NGINX: &str = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";

pub(super) const PLAIN_BARE_NGINX: &str = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
pub(super) const REST_ID: (&str, &str) = ("x-amz-apigw-id", "AbCdEFGhIAMFabc=");

pub(super) const FOUNDING: &[Sample] = &[
    (400, &[ID, ELB], PLAIN, LoadBalancer, Symptom::PlainHttpToHttpsPort),
    (400, &[ID], PLAIN, LoadBalancer, Symptom::PlainHttpToHttpsPort),
    (400, &[ID], PLAIN_BARE_NGINX, LoadBalancer, Symptom::PlainHttpToHttpsPort),
    (400, &[NGINX], PLAIN_NGINX, Target, Symptom::PlainHttpToHttpsPort),
    (400, &[ID], PLAIN_NGINX, Target, Symptom::PlainHttpToHttpsPort),
    (400, &[ID, ELB], PLAIN_NGINX, LoadBalancer, Symptom::PlainHttpToHttpsPort),
    (400, &[], "400  the PLAIN http request\nwas sent to HTTPS port", LoadBalancer, Symptom::PlainHttpToHttpsPort),
    // The same complaint of other programs, and the sentence where it is only quoted.
    (400, &[ID], "Client sent an HTTP request to an HTTPS server.\n", Target, TargetAnswer),
    (
        400,
        &[("server", "Apache/2.4.57")],
        "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br /></p>",
        Target,
        TargetAnswer,
    ),
    (400, &[ID], "Bad Request\r\nThis combination of host and port requires TLS.\r\n", Target, TargetAnswer),
    (400, &[("x-powered-by", "Express")], PLAIN, Target, TargetAnswer),
    (400, &[ID], r#"{"error":"upstream said: The plain HTTP request was sent to HTTPS port"}"#, Target, TargetAnswer),
    (200, &[ID], "<p>How to fix: The plain HTTP request was sent to HTTPS port</p>", Target, TargetAnswer),
    (400, &[NGINX], page!("400 Bad Request", "nginx/1.22.1"), Target, TargetAnswer),
];

pub(super) const GATEWAY: &[Sample] = &[
    (
        403,
        &[REST_ID],
        r#"{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-central-1:********1234:abc/prod/GET/x"}"#,
        ApiGateway,
        Symptom::GatewayForbidden,
    ),
    (403, &[ID], r#"{"message":"Signature expired: 20250501T000000Z is now earlier than 20250501T001000Z"}"#, Target, TargetAnswer),
    (400, &[REST_ID], r#"{"message": "Missing required request parameters: [id]"}"#, ApiGateway, Symptom::GatewayOther),
    (415, &[REST_ID], r#"{"message": "Unsupported Media Type"}"#, ApiGateway, Symptom::GatewayOther),
    (400, &[REST_ID], r#"{"message": "Invalid request body"}"#, ApiGateway, Symptom::GatewayOther),
    // The kind of the error in a header decides where the body says nothing; an application's answer through a REST API has none.
    (
        500,
        &[REST_ID, ("x-amzn-errortype", "AuthorizerConfigurationException")],
        r#"{"message":null}"#,
        ApiGateway,
        Symptom::GatewayInternalError,
    ),
    (500, &[REST_ID], r#"{"message":null}"#, Unknown, Unrecognised),
    (401, &[ID, JSON, ("www-authenticate", "Bearer")], r#"{"message":"Unauthorized"}"#, ApiGateway, Symptom::GatewayUnauthorized),
    (403, &[ID, JSON], r#"{"message":"Forbidden"}"#, ApiGateway, Symptom::GatewayForbidden),
    (403, &[JSON], r#"{"message":"Missing Authentication Token"}"#, ApiGateway, Symptom::GatewayForbidden),
    (404, &[ID, JSON], r#"{"message":"Not Found"}"#, ApiGateway, Symptom::GatewayNotFound),
    (404, &[], "{ \"Message\" : \"NOT FOUND\" }\n", ApiGateway, Symptom::GatewayNotFound),
    (429, &[ID, JSON], r#"{"message":"Too Many Requests"}"#, ApiGateway, Symptom::GatewayTooManyRequests),
    (429, &[JSON], r#"{"message":"Limit Exceeded"}"#, ApiGateway, Symptom::GatewayTooManyRequests),
    (500, &[ID, JSON], r#"{"message":"Internal Server Error"}"#, ApiGateway, Symptom::GatewayInternalError),
    (503, &[ID, JSON], r#"{"message":"Service Unavailable"}"#, ApiGateway, Symptom::GatewayServiceUnavailable),
    (504, &[ID, JSON], r#"{"message":"Endpoint request timed out"}"#, ApiGateway, Symptom::GatewayTimeout),
    (413, &[ID, JSON], r#"{"message":"Request Entity Too Large"}"#, ApiGateway, Symptom::GatewayOther),
    (400, &[ID, JSON], r#"{"message":"Bad Request"}"#, ApiGateway, Symptom::GatewayOther),
    (431, &[ID, JSON], r#"{"message":"Request Header Fields Too Large"}"#, ApiGateway, Symptom::GatewayOther),
    (
        404,
        &[ID, JSON, CLOUDFRONT, ("x-cache", "Error from cloudfront")],
        r#"{"message":"Not Found"}"#,
        ApiGateway,
        Symptom::GatewayNotFound,
    ),
    (403, &[], r#"{"message":"missing authentication token"}"#, ApiGateway, Symptom::GatewayForbidden),
    (429, &[], r#"{"message":"limit exceeded"}"#, ApiGateway, Symptom::GatewayTooManyRequests),
    // REST APIs have words of their own.
    (403, &[JSON, REST_ID], r#"{"message":"Missing Authentication Token"}"#, ApiGateway, Symptom::GatewayForbidden),
    (500, &[JSON, REST_ID], r#"{"message": "Internal server error"}"#, ApiGateway, Symptom::GatewayInternalError),
    (500, &[], r#"{"message": "Internal server error"}"#, ApiGateway, Symptom::GatewayInternalError),
    (504, &[JSON, REST_ID], r#"{"message": "Endpoint request timed out"}"#, ApiGateway, Symptom::GatewayTimeout),
    (500, &[ID, JSON], r#"{"message":"Internal server error"}"#, Target, TargetAnswer),
    (403, &[ID, JSON], r#"{"message":"Missing Authentication Token"}"#, Target, TargetAnswer),
    // Answers to HEAD: the length is all there is of the body.
    (401, &[ID, ("content-length", "26"), JSON], "", ApiGateway, Symptom::GatewayUnauthorized),
    (403, &[ID, ("content-length", "23")], "", ApiGateway, Symptom::GatewayForbidden),
    (404, &[ID, ("Content-Length", " 23 "), JSON], "", ApiGateway, Symptom::GatewayNotFound),
    (429, &[ID, ("content-length", "31")], "", ApiGateway, Symptom::GatewayTooManyRequests),
    (500, &[ID, ("content-length", "35")], "", ApiGateway, Symptom::GatewayInternalError),
    (503, &[ID, ("content-length", "33")], "", ApiGateway, Symptom::GatewayServiceUnavailable),
    (503, &[ID, ("content-length", "34")], "", Unknown, Unrecognised),
    (503, &[ID, ("content-length", "33"), ("content-type", "text/html")], "", Unknown, Unrecognised),
    (503, &[("content-length", "33")], "", Unknown, Unrecognised),
    (503, &[ID, ("content-length", "33"), NGINX], "", Target, TargetAnswer),
    // The same words from others.
    (404, &[ID, ("server", "kong/3.4.0")], r#"{"message":"Not Found"}"#, Target, TargetAnswer),
    (404, &[ID, ("x-powered-by", "Express")], r#"{"message":"Not Found"}"#, Target, TargetAnswer),
    (503, &[ID, ("set-cookie", "AWSALB=x; Path=/")], r#"{"message":"Service Unavailable"}"#, Target, TargetAnswer),
    (404, &[ID, ELB, JSON], r#"{"message":"Not Found"}"#, LoadBalancer, Symptom::LbFixedResponse),
    (404, &[ID, JSON], r#"{"message":"Not Found","statusCode":404}"#, Target, TargetAnswer),
    (404, &[ID, JSON], r#"{"detail":"Not Found"}"#, Target, TargetAnswer),
    (404, &[ID, JSON], r#"{"message":"user not found"}"#, Target, TargetAnswer),
    (502, &[ID, JSON], r#"{"message":"Internal Server Error"}"#, Target, TargetAnswer),
    (200, &[ID, JSON], r#"{"message":"Not Found"}"#, Target, TargetAnswer),
    (500, &[ID, JSON], r#"{"message":null}"#, Unknown, Unrecognised),
    (503, &[ID], "", Unknown, Unrecognised),
];

pub(super) const BALANCER: &[Sample] = &[
    (301, &[ID, ELB, ("location", "https://a.example/health")], page!("301 Moved Permanently"), LoadBalancer, Symptom::LbRedirect),
    (302, &[ELB, ("location", "https://a.example/")], "", LoadBalancer, Symptom::LbRedirect),
    (400, &[ELB], page!("400 Bad Request"), LoadBalancer, Symptom::LbBadRequest),
    (401, &[ELB], page!("401 Authorization Required"), LoadBalancer, Symptom::LbUnauthorized),
    (561, &[], "", LoadBalancer, Symptom::LbUnauthorized),
    (403, &[ELB], page!("403 Forbidden"), LoadBalancer, Symptom::LbForbidden),
    (500, &[ELB], page!("500 Internal Server Error"), LoadBalancer, Symptom::LbInternalError),
    (502, &[ID, ELB], page!("502 Bad Gateway"), LoadBalancer, Symptom::LbBadGateway),
    (502, &[ELB, ("content-length", "0")], "", LoadBalancer, Symptom::LbBadGateway),
    (503, &[ID, ELB], page!("503 Service Temporarily Unavailable"), LoadBalancer, Symptom::LbServiceUnavailable),
    (503, &[ID], page!("503 Service Temporarily Unavailable"), LoadBalancer, Symptom::LbServiceUnavailable),
    (504, &[ELB], page!("504 Gateway Time-out"), LoadBalancer, Symptom::LbGatewayTimeout),
    (464, &[ELB], page!("464"), LoadBalancer, Symptom::LbProtocolMismatch),
    (464, &[ID], page!("464 Protocol"), LoadBalancer, Symptom::LbProtocolMismatch),
    (460, &[], "", LoadBalancer, Symptom::LbOther),
    (405, &[ELB], page!("405 Not Allowed"), LoadBalancer, Symptom::LbOther),
    (404, &[ID, ELB, ("content-type", "text/plain")], "nothing here", LoadBalancer, Symptom::LbFixedResponse),
    (200, &[ELB], "OK", LoadBalancer, Symptom::LbFixedResponse),
    (404, &[ELB], "404 page not found", LoadBalancer, Symptom::LbFixedResponse),
    (503, &[ELB], page!("503 Service Temporarily Unavailable", "nginx"), LoadBalancer, Symptom::LbOther),
    // The same pages from others.
    (503, &[ID, NGINX], page!("503 Service Temporarily Unavailable", "nginx/1.22.1"), Target, TargetAnswer),
    (502, &[ID], page!("502 Bad Gateway", "nginx"), Target, TargetAnswer),
    (502, &[ID, NGINX], page!("502 Bad Gateway"), Target, TargetAnswer),
    (500, &[ID], page!("503 Service Temporarily Unavailable"), Target, TargetAnswer),
    (404, &[ID], page!("404 Not Found"), Target, TargetAnswer),
    (464, &[("server", "gunicorn")], "", Target, TargetAnswer),
    (301, &[ID, NGINX, ("location", "https://a.example/health/")], page!("301 Moved Permanently", "nginx"), Target, TargetAnswer),
    (503, &[("server", "istio-envoy")], "no healthy upstream", Target, TargetAnswer),
    (503, &[ID], "upstream connect error or disconnect/reset before headers. reset reason: connection failure", Target, TargetAnswer),
    (503, &[ID], "no healthy upstream", Target, TargetAnswer),
    (
        503,
        &[ID],
        "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n",
        Target,
        TargetAnswer,
    ),
];

pub(super) const OTHERS: &[Sample] = &[
    // Pages as browsers show them.
    (400, &[], "400 Bad Request\nThe plain HTTP request was sent to HTTPS port\nnginx/1.18.0", Target, Symptom::PlainHttpToHttpsPort),
    (502, &[], "502 Bad Gateway\nnginx/1.18.0 (Ubuntu)", Target, TargetAnswer),
    (503, &[], "503 Service Temporarily Unavailable\nnginx", Target, TargetAnswer),
    (504, &[], "504 Gateway Time-out\nnginx", Target, TargetAnswer),
    (404, &[], "404 Not Found\nnginx", Target, TargetAnswer),
    (403, &[], "403 Forbidden\nnginx", Target, TargetAnswer),
    (500, &[], "500 Internal Server Error\nnginx/1.25", Target, TargetAnswer),
    (404, &[], "HTTP Status 404 – Not Found\nType Status Report\nApache Tomcat/9.0.65", Target, TargetAnswer),
    (404, &[], "No route matches [GET] \"/prod/health\"", Target, TargetAnswer),
    (404, &[], "Page not found (404)\nRequest Method: GET\nRequest URL: http://orders.internal/prod/health", Target, TargetAnswer),
    (404, &[], "Cannot GET /prod/health", Target, TargetAnswer),
    // Relatives of nginx say the sentence as well, and so does Cloudflare at its own port.
    (
        400,
        &[],
        "<center>The plain HTTP request was sent to HTTPS port</center><hr><center>openresty/1.21.4</center>",
        Target,
        Symptom::PlainHttpToHttpsPort,
    ),
    (
        400,
        &[],
        "<center>The plain HTTP request was sent to HTTPS port</center><hr><center>Angie/1.5.0</center>",
        Target,
        Symptom::PlainHttpToHttpsPort,
    ),
    (
        400,
        &[("server", "kong/3.4.0")],
        "<center>The plain HTTP request was sent to HTTPS port</center>",
        Target,
        Symptom::PlainHttpToHttpsPort,
    ),
    (400, &[], "<center>The plain HTTP request was sent to HTTPS port</center><hr><center>cloudflare</center>", EdgeInFront, Unrecognised),
    (
        403,
        &[],
        "<H2>The request could not be satisfied.</H2>Bad request. We can't connect to the server for this app or website at this time.",
        EdgeInFront,
        Unrecognised,
    ),
    (530, &[], "<title>Origin DNS error | api.example.com | Cloudflare</title>", EdgeInFront, Unrecognised),
    (403, &[], "Sorry, you have been blocked. Cloudflare Ray ID: 8a1b2c3d4e5f", EdgeInFront, Unrecognised),
    (521, &[], "<title>api.example.com | 521: Web server is down</title>", EdgeInFront, Unrecognised),
    (522, &[], "<title>api.example.com | 522: Connection timed out</title>", EdgeInFront, Unrecognised),
    (523, &[], "<title>api.example.com | 523: Origin is unreachable</title>", EdgeInFront, Unrecognised),
    (525, &[], "<title>api.example.com | 525: SSL handshake failed</title>", EdgeInFront, Unrecognised),
    (526, &[], "<title>api.example.com | 526: Invalid SSL certificate</title>", EdgeInFront, Unrecognised),
    (403, &[], "error code: 1020", EdgeInFront, Unrecognised),
    (500, &[], "error code: 1045", Target, TargetAnswer),
    (502, &[], page!("502 Bad Gateway", "Microsoft-Azure-Application-Gateway/v2"), EdgeInFront, Unrecognised),
    (
        502,
        &[],
        "<h2>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.</h2>",
        EdgeInFront,
        Unrecognised,
    ),
    (403, &[], "Request unsuccessful. Incapsula incident ID: 123-456", EdgeInFront, Unrecognised),
    (400, &[ID], "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>", Target, TargetAnswer),
    (403, &[ID], "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>", Target, TargetAnswer),
    (
        408,
        &[ID],
        "<html><body><h1>408 Request Time-out</h1>\nYour browser didn't send a complete request in time.\n</body></html>",
        Target,
        TargetAnswer,
    ),
    (404, &[ID], r#"{"message":"no Route matched with those values"}"#, Target, TargetAnswer),
    (404, &[], r#"{"message":"no Route matched with those values","request_id":"8b5f"}"#, Target, TargetAnswer),
    (503, &[], r#"{"message":"failure to get a peer from the ring-balancer"}"#, Target, TargetAnswer),
    (503, &[], r#"{"message":"name resolution failed"}"#, Target, TargetAnswer),
    (502, &[], r#"{"message":"An invalid response was received from the upstream server"}"#, Target, TargetAnswer),
    (503, &[], r#"{"message":"The upstream server is currently unavailable"}"#, Target, TargetAnswer),
    (504, &[], r#"{"message":"The upstream server is timing out"}"#, Target, TargetAnswer),
    (401, &[], r#"{"message":"No API key found in request"}"#, Target, TargetAnswer),
    (400, &[ID], "DisallowedHost: Invalid HTTP_HOST header: '10.0.1.23:8000'.", Target, TargetAnswer),
    (403, &[ID], "Blocked hosts: orders.internal\n\nconfig.hosts << \"orders.internal\"", Target, TargetAnswer),
    (403, &[ID], "Blocked request. This host (\"orders.internal\") is not allowed.", Target, TargetAnswer),
    (400, &[], "Invalid host header", Target, TargetAnswer),
    (503, &[ID], "<h2>Service Unavailable</h2>\n<hr><p>HTTP Error 503. The service is unavailable.</p>", Target, TargetAnswer),
    (502, &[ID], "HTTP Error 502.5 - ANCM Out-Of-Process Startup Failure", Target, TargetAnswer),
    (200, &[ID], "ok\n", Target, TargetAnswer),
    (204, &[ID], "", Target, TargetAnswer),
    (404, &[ID], "404 page not found\n", Target, TargetAnswer),
    (404, &[ID], "<!DOCTYPE html>\n<html lang=\"en\"><body><pre>Cannot GET /health</pre></body></html>", Target, TargetAnswer),
    (404, &[ID], "<!doctype html><html><body><h1>HTTP Status 404 – Not Found</h1></body></html>", Target, TargetAnswer),
    (
        404,
        &[ID],
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head><title>404 Not Found</title></head></html>",
        Target,
        TargetAnswer,
    ),
    (404, &[ID], "<html><body><h1>Whitelabel Error Page</h1></body></html>", Target, TargetAnswer),
    (500, &[("server", "uvicorn")], "Internal Server Error", Target, TargetAnswer),
    (200, &[ID, CLOUDFRONT, ("x-cache", "Miss from cloudfront")], "ok", Target, TargetAnswer),
    (200, &[CLOUDFRONT, ("x-cache", "Miss from cloudfront")], "ok", Target, TargetAnswer),
    (
        403,
        &[("server", "CloudFront"), ("x-cache", "Error from cloudfront"), CLOUDFRONT],
        "<H1>403 ERROR</H1><H2>The request could not be satisfied.</H2><PRE>Generated by cloudfront (CloudFront)</PRE>",
        EdgeInFront,
        Unrecognised,
    ),
    (301, &[("server", "CloudFront"), CLOUDFRONT], page!("301 Moved Permanently", "CloudFront"), EdgeInFront, Unrecognised),
    (520, &[("server", "cloudflare"), ("cf-ray", "1-FRA")], "error code: 520", EdgeInFront, Unrecognised),
    (403, &[], page!("403 Forbidden", "cloudflare"), EdgeInFront, Unrecognised),
    (403, &[("server", "AkamaiGHost")], "<H1>Access Denied</H1>", EdgeInFront, Unrecognised),
    (503, &[], "<title>ERROR: The requested URL could not be retrieved</title> Generated by proxy (squid/5.7)", EdgeInFront, Unrecognised),
    (500, &[], "Fastly error: unknown domain: a.example.", EdgeInFront, Unrecognised),
    (404, &[("via", "1.1 proxy")], "gone", EdgeInFront, Unrecognised),
    (999, &[], "?", Unknown, Unrecognised),
    (521, &[], "<div id=\"cf-error-details\"><h1>Web server is down</h1></div>", EdgeInFront, Unrecognised),
    (403, &[], "<title>Attention Required! | Cloudflare</title>", EdgeInFront, Unrecognised),
    (403, &[], "<H1>Access Denied</H1>\nYou don't have permission.<P>\nReference #18.abc</P>", EdgeInFront, Unrecognised),
    // What stands behind the HTTP API is not in front of it.
    (
        403,
        &[ID, ("via", "1.1 x.cloudfront.net (CloudFront)")],
        "<H1>403 ERROR</H1><H2>The request could not be satisfied.</H2><PRE>Generated by cloudfront (CloudFront)</PRE>",
        Target,
        TargetAnswer,
    ),
    (504, &[ID], "upstream request timeout", Target, TargetAnswer),
    (403, &[ID], "RBAC: access denied", Target, TargetAnswer),
    (503, &[ID], "no available server\n", Target, TargetAnswer),
    (502, &[ID], "Bad Gateway", Target, TargetAnswer),
    (504, &[ID], "Gateway Timeout", Target, TargetAnswer),
    (
        502,
        &[ID],
        "<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>",
        Target,
        TargetAnswer,
    ),
    (504, &[ID], "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>", Target, TargetAnswer),
    (
        500,
        &[ID],
        "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n    <h1><p>Internal Server Error</p></h1>\n  </body>\n</html>",
        Target,
        TargetAnswer,
    ),
    (400, &[ID], "Invalid HTTP request received.", Target, TargetAnswer),
    (
        400,
        &[("server", "Microsoft-HTTPAPI/2.0")],
        "<BODY><h2>Bad Request - Invalid Hostname</h2>\n<hr><p>HTTP Error 400. The request hostname is invalid.</p></BODY>",
        Target,
        TargetAnswer,
    ),
    (404, &[ID], "<body><h2>HTTP Error 404.0 - Not Found</h2></body>", Target, TargetAnswer),
    (500, &[ID], "<title>IIS 10.0 Detailed Error - 500.19 - HTTP Error</title>", Target, TargetAnswer),
    (404, &[ID], "<h2>HTTP ERROR 404 Not Found</h2><hr><a href=\"x\">Powered by Jetty:// 9.4</a>", Target, TargetAnswer),
    (400, &[ID], "<h1>Bad Message 400</h1><pre>reason: Bad Host header</pre>", Target, TargetAnswer),
    (503, &[ID], "<h1>Error 503 Backend fetch failed</h1><p>Guru Meditation:</p><p>Varnish cache server</p>", Target, TargetAnswer),
    (404, &[ID], "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n", Target, TargetAnswer),
    (404, &[ID], "<h1>Error response</h1>\n<p>Error code: 404</p>", Target, TargetAnswer),
];
