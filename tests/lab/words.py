"""Answers in the words of programs that people run behind a load balancer, as their sources write them.

They are spoken by a plain socket, so that nothing is added to them. Each names the source of its words.
"""

from lab.servers import Act, says


def _answer(status: str, body: str, *headers: str) -> Act:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body.encode())}", "Connection: close", "", body]
    return says("\r\n".join(lines).encode())


_HTML, _JSON = "Content-Type: text/html; charset=utf-8", "Content-Type: application/json"

# https://go.dev/src/net/http/server.go (NotFound)
go_404 = _answer("404 Not Found", "404 page not found\n", "Content-Type: text/plain; charset=utf-8", "X-Content-Type-Options: nosniff")

# https://go.dev/src/net/http/server.go (the TLS listener's answer to plain HTTP)
go_plain_to_tls = _answer("400 Bad Request", "Client sent an HTTP request to an HTTPS server.\n", "Content-Type: text/plain; charset=utf-8")

# https://github.com/apache/tomcat/blob/main/java/org/apache/tomcat/util/net/TLSClientHelloExtractor.java
tomcat_plain_to_tls = _answer(
    "400 ", "Bad Request\r\nThis combination of host and port requires TLS.\r\n", "Content-Type: text/plain;charset=UTF-8"
)

# https://github.com/apache/httpd/blob/trunk/modules/ssl/ssl_engine_kernel.c
apache_plain_to_tls = _answer(
    "400 Bad Request",
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>400 Bad Request</title>\n</head><body>\n'
    "<h1>Bad Request</h1>\n<p>Your browser sent a request that this server could not understand.<br />\n"
    "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n"
    " Instead use the HTTPS scheme to access this URL, please.<br />\n</p>\n</body></html>\n",
    "Server: Apache/2.4.62 (Debian)",
    "Content-Type: text/html; charset=iso-8859-1",
)

# https://github.com/apache/httpd/blob/trunk/modules/http/http_protocol.c
apache_503 = _answer(
    "503 Service Unavailable",
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>503 Service Unavailable</title>\n</head><body>\n'
    "<h1>Service Unavailable</h1>\n<p>The server is temporarily unable to service your\nrequest due to maintenance downtime or "
    "capacity\nproblems. Please try again later.</p>\n</body></html>\n",
    "Server: Apache",
    "Content-Type: text/html; charset=iso-8859-1",
)

# https://github.com/apache/tomcat/blob/main/java/org/apache/catalina/valves/ErrorReportValve.java
tomcat_404 = _answer(
    "404 ",
    '<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head><body>'
    "<h1>HTTP Status 404 – Not Found</h1><hr class=\"line\" /></body></html>",
    "Content-Type: text/html;charset=utf-8",
    "Content-Language: en",
)

# https://github.com/envoyproxy/envoy/blob/main/source/common/router/router.cc
envoy_503 = _answer(
    "503 Service Unavailable",
    "upstream connect error or disconnect/reset before headers. reset reason: connection timeout",
    "Content-Type: text/plain",
    "Server: envoy",
)
envoy_no_host = _answer("503 Service Unavailable", "no healthy upstream", "Content-Type: text/plain", "Server: envoy")

# https://github.com/pillarjs/finalhandler/blob/master/index.js
express_404 = _answer(
    "404 Not Found",
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n'
    "<pre>Cannot GET /health</pre>\n</body>\n</html>\n",
    "X-Powered-By: Express",
    _HTML,
)

# An application that was written for Lambda, or by somebody who liked API Gateway's style.
node_not_found = _answer("404 Not Found", '{"message":"Not Found"}', "X-Powered-By: Express", _JSON, 'ETag: W/"17-x"')
python_unauthorized = _answer("401 Unauthorized", '{"message":"Unauthorized"}', "Server: uvicorn", _JSON, "WWW-Authenticate: Bearer")
java_forbidden = _answer("403 Forbidden", '{"message":"Forbidden"}', "Server: Jetty(12.0.9)", _JSON)
nameless_not_found = _answer("404 Not Found", '{"message":"Not Found"}', _JSON)
nameless_unavailable = _answer("503 Service Unavailable", '{"message":"Service Unavailable"}', _JSON)
worded_differently = _answer("503 Service Unavailable", '{"message":"Service Unavailable","retry":30}', _JSON)

# https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts
django_host = _answer(
    "400 Bad Request",
    "<h1>DisallowedHost at /health</h1><pre>Invalid HTTP_HOST header: 'x'. You may need to add 'x' to ALLOWED_HOSTS.</pre>",
    "Server: gunicorn",
    _HTML,
)

# https://www.rfc-editor.org/rfc/rfc9110#status.421
misdirected = _answer("421 Misdirected Request", "Misdirected Request", "Server: Apache", "Content-Type: text/plain")

# A page of the load balancer's own: from another one, which the application asked and whose answer it handed on.
_STOCK_503 = (
    "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n"
    "<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"
)
another_balancer = _answer("503 Service Temporarily Unavailable", _STOCK_503, "Server: awselb/2.0", "Content-Type: text/html")
another_balancer_through_express = _answer(
    "503 Service Temporarily Unavailable", _STOCK_503, "X-Powered-By: Express", "Content-Type: text/html"
)

nothing_at_all = _answer("500 Internal Server Error", "")
quotes_the_sentence = _answer(
    "400 Bad Request",
    '{"error":"the payment service said: The plain HTTP request was sent to HTTPS port"}',
    "Server: orders/1",
    _JSON,
)
healthy_by_word = _answer("200 OK", '{"message":"Service Unavailable"}', _JSON)


def redirects(location: str, status: str = "301 Moved Permanently") -> Act:
    return _answer(status, "", "Server: orders/1", f"Location: {location}")


# What stands in front of API Gateway.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/troubleshooting-response-errors.html
cloudfront_403 = _answer(
    "403 Forbidden",
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">\n<HTML><HEAD>'
    '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">\n<TITLE>ERROR: The request could not be satisfied'
    "</TITLE>\n</HEAD><BODY>\n<H1>403 ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n<HR noshade size=\"1px\">\n"
    "Request blocked.\n<PRE>\nGenerated by cloudfront (CloudFront)\nRequest ID: x==\n</PRE>\n</BODY></HTML>",
    "Server: CloudFront",
    "Content-Type: text/html",
    "X-Cache: Error from cloudfront",
    "Via: 1.1 x.cloudfront.net (CloudFront)",
    "X-Amz-Cf-Id: x==",
)
# https://www.squid-cache.org/Doc/config/error_directory/
squid_503 = _answer(
    "503 Service Unavailable",
    "<html><head><title>ERROR: The requested URL could not be retrieved</title></head><body><h1>ERROR</h1>"
    "<h2>The requested URL could not be retrieved</h2><p>Generated by proxy (squid/5.7)</p></body></html>",
    "Server: squid/5.7",
    "Content-Type: text/html;charset=utf-8",
    "X-Squid-Error: ERR_CONNECT_FAIL 111",
)
# What API Gateway says, handed on by a CDN.
gateway_404_through_cloudfront = _answer(
    "404 Not Found",
    '{"message":"Not Found"}',
    _JSON,
    "apigw-requestid: x=",
    "X-Cache: Error from cloudfront",
    "Via: 1.1 x.cloudfront.net (CloudFront)",
)
