//! Lines of access logs.

use super::{Sample, holds};
use crate::explain::Kind::{BalancerLog, ConnectionLog, GatewayLog};
use crate::explain::text;
use crate::symptom::Producer::{ApiGateway, LoadBalancer, Target, Unknown};

#[test]
fn lines_of_logs_are_explained() {
    holds(SAMPLES);
}

pub(super) const SAMPLES: &[Sample] = &[
    // API Gateway, JSON.
    (
        r#"{"requestId":"JKJaXmPLvHcESHA=","ip":"192.0.2.1","requestTime":"01/May/2025:10:00:00 +0000","httpMethod":"GET","routeKey":"ANY /{proxy+}","status":"503","protocol":"HTTP/1.1","responseLength":"33","integrationStatus":"-","integrationErrorMessage":"-","integrationLatency":"12"}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("vpclink-inactive"),
        true,
    ),
    (
        r#"{"requestId":"JKJaXmPLvHcESHA=","ip":"192.0.2.1","httpMethod":"GET","routeKey":"ANY /{proxy+}","status":503,"integrationStatus":"-","integrationLatency":30003,"responseLatency":30011}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("lb-sg-ingress-from-link"),
        true,
    ),
    (
        r#"2025-05-01T10:00:00.000Z {"request_id":"JKJaXmPLvHcESHA=","source_ip":"192.0.2.1","route_key":"GET /health","status":"503","integration":{"status":"-","error":"INTEGRATION_NETWORK_FAILURE","latency":"40"}}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("lb-internet-facing"),
        true,
    ),
    (
        r#"{"requestId":"JKJaXmPLvHcESHA=","ip":"192.0.2.1","routeKey":"-","status":"404","responseLength":"23","integrationStatus":"-"}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("route-missing"),
        true,
    ),
    (
        r#"{"requestId":"a=","requestTime":"t","routeKey":"GET /orders","status":"500","integrationStatus":"-","authorizer.error":"Internal server error","error.message":"Internal Server Error"}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("lambda-authorizer-broken"),
        true,
    ),
    (
        r#"{"requestId":"a=","stage":"$default","routeKey":"GET /orders","status":"401","integrationStatus":"-","errorMessage":"Unauthorized"}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("route-needs-jwt"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"$default","status":"429","error":{"message":"Too Many Requests","responseType":"THROTTLED"}}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("throttle-zero"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"500","integrationStatus":"-","integrationErrorMessage":"Execution failed due to configuration error: Host name 'orders.internal' does not match the certificate subject provided by the peer (CN=*.example.com)"}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("server-name-san-mismatch"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"500","integrationStatus":"-","integrationErrorMessage":"PKIX path building failed"}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("lb-cert-private-ca"),
        true,
    ),
    // From behind: the log does not say who.
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"404","integrationStatus":"404","responseLength":"139"}"#,
        GatewayLog,
        Some(Unknown),
        Some("stage-prefix-forwarded"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"500","integrationStatus":"500","responseLength":"87"}"#,
        GatewayLog,
        Some(Unknown),
        None,
        false,
    ),
    // Its length is that of the load balancer's own page.
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"502","integrationStatus":"502","responseLength":"122","integrationLatency":"5"}"#,
        GatewayLog,
        Some(LoadBalancer),
        Some("hc-connect-refused"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"503","integrationStatus":"503","responseLength":"162"}"#,
        GatewayLog,
        Some(LoadBalancer),
        Some("tg-empty"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"502","integrationStatus":"502","responseLength":"2048"}"#,
        GatewayLog,
        Some(Unknown),
        Some("hc-connect-refused"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"200","integrationStatus":"500"}"#,
        GatewayLog,
        Some(Unknown),
        Some("response-mapping-hides-status"),
        true,
    ),
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"200","integrationStatus":"200"}"#,
        GatewayLog,
        Some(Target),
        None,
        true,
    ),
    // Too little is logged.
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"500","responseLength":"87"}"#,
        GatewayLog,
        Some(Unknown),
        Some("access-log-off"),
        true,
    ),
    // Quotes of $context.error.messageString make a line that is no JSON.
    (
        r#"{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"403","errorMessage":""Forbidden"","integrationStatus":"-"}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("route-needs-iam"),
        true,
    ),
    // CloudWatch's own JSON around it.
    (
        r#"{"events":[{"logStreamName":"x","timestamp":1,"message":"{\"requestId\":\"a=\",\"ip\":\"192.0.2.1\",\"routeKey\":\"-\",\"status\":\"404\",\"integrationStatus\":\"-\"}"}]}"#,
        GatewayLog,
        Some(ApiGateway),
        Some("route-missing"),
        true,
    ),
    // The common log format, as documented and with an error behind.
    (
        r#"192.0.2.1 - - [24/Jan/2023:17:52:06 +0000] "GET GET /health HTTP/1.1" 503 33 fQke_hDCDoEEMpw="#,
        GatewayLog,
        Some(ApiGateway),
        Some("lb-sg-ingress-from-link"),
        true,
    ),
    (
        r#"192.0.2.1 - - [24/Jan/2023:17:52:06 +0000] "GET GET /health HTTP/1.1" 502 122 fQke_hDCDoEEMpw="#,
        GatewayLog,
        Some(LoadBalancer),
        Some("hc-connect-refused"),
        true,
    ),
    (
        r#"192.0.2.1 - - [24/Jan/2023:17:52:06 +0000] "GET $default HTTP/1.1" 504 31 fQke_hDCDoEEMpw= The integration timed out"#,
        GatewayLog,
        Some(ApiGateway),
        Some("integration-timeout-short"),
        true,
    ),
    // Application Load Balancer.
    (
        r#"h2 2023-03-08T12:07:54.384610Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 10.0.23.17:31130 0.001 0.002 0.000 200 200 49 1010 "GET https://api.example.com:443/ HTTP/2.0" "curl/7.86.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-64087a9a-2727432954942aed221e5921" "api.example.com" "arn:aws:acm:eu-central-1:123456789012:certificate/x" 2 2023-03-08T12:07:54.381000Z "forward" "-" "-" "10.0.23.17:31130" "200" "-" "-""#,
        BalancerLog,
        Some(Target),
        None,
        true,
    ),
    (
        r#"https 2023-03-08T12:07:54.384610Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 10.0.23.17:8080 -1 -1 -1 502 - 49 277 "GET https://api.example.com:443/health HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-x" "api.example.com" "arn:aws:acm:eu-central-1:123456789012:certificate/x" 2 2023-03-08T12:07:54.381000Z "forward" "-" "-" "10.0.23.17:8080" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("hc-connect-refused"),
        true,
    ),
    (
        r#"https 2023-03-08T12:07:54.384610Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 10.0.23.17:8080 0.003 0.001 -1 502 - 49 277 "POST https://api.example.com:443/orders HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-x" "api.example.com" "-" 2 2023-03-08T12:07:54.381000Z "forward" "-" "-" "10.0.23.17:8080" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("keepalive-race"),
        true,
    ),
    (
        r#"http 2023-03-08T12:07:54.384610Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 503 - 49 300 "GET http://api.example.com:80/health HTTP/1.1" "-" - - arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-x" "-" "-" 0 2023-03-08T12:07:54.381000Z "forward" "-" "-" "-" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("tg-empty"),
        true,
    ),
    (
        r#"http 2023-03-08T12:08:04.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 10.0.23.17:8080 -1 -1 -1 504 - 49 300 "GET http://api.example.com:80/health HTTP/1.1" "-" - - arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-x" "-" "-" 0 2023-03-08T12:07:54.381000Z "forward" "-" "-" "10.0.23.17:8080" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("target-sg-traffic-port"),
        true,
    ),
    (
        r#"http 2023-03-08T12:08:14.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 10.0.23.17:8080 0.000 -1 -1 504 - 49 300 "GET http://api.example.com:80/slow HTTP/1.1" "-" - - arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-x" "-" "-" 0 2023-03-08T12:07:54.381000Z "forward" "-" "-" "10.0.23.17:8080" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("idle-timeout-shorter-than-backend"),
        true,
    ),
    (
        r#"http 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 10.0.23.17:8080 0.000 29.998 -1 460 - 49 0 "GET http://api.example.com:80/slow HTTP/1.1" "-" - - arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-x" "-" "-" 0 2023-03-08T12:07:54.381000Z "forward" "-" "-" "10.0.23.17:8080" "-" "-" "-""#,
        BalancerLog,
        None,
        Some("backend-slower-than-30s"),
        true,
    ),
    (
        r#"http 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 464 - 49 0 "GET http://api.example.com:80/ HTTP/1.1" "-" - - arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/f138b1630cf46114 "Root=1-x" "-" "-" 0 2023-03-08T12:08:24.381000Z "forward" "-" "-" "-" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("tg-protocol-version"),
        true,
    ),
    (
        r#"https 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 403 - 49 300 "GET https://api.example.com:443/ HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "Root=1-x" "api.example.com" "session-reused" 0 2023-03-08T12:08:24.381000Z "waf" "-" "-" "-" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("waf-blocks"),
        true,
    ),
    (
        r#"https 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 404 - 49 300 "GET https://api.example.com:443/prod/health HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "Root=1-x" "api.example.com" "-" 0 2023-03-08T12:08:24.381000Z "waf,fixed-response" "-" "-" "-" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("default-action-fixed-response"),
        true,
    ),
    (
        r#"http 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 301 - 49 300 "GET http://api.example.com:80/ HTTP/1.1" "-" - - - "Root=1-x" "-" "-" 0 2023-03-08T12:08:24.381000Z "redirect" "https://api.example.com:443/" "-" "-" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("listener-redirects-to-https"),
        true,
    ),
    (
        r#"https 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 500 - 49 300 "GET https://api.example.com:443/ HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "Root=1-x" "api.example.com" "-" 1 2023-03-08T12:08:24.381000Z "waf-failed" "-" "WAFConnectionTimeout" "-" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("waf-fail-closed"),
        true,
    ),
    (
        r#"https 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 400 - 49 300 "GET https://api.example.com:443/health HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "-" "-" "-" - 2023-03-08T12:08:24.381000Z "-" "-" "-" "-" "-" "Acceptable" "GetHeadZeroContentLength""#,
        BalancerLog,
        Some(LoadBalancer),
        Some("desync-strictest"),
        true,
    ),
    (
        r#"https 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 - -1 -1 -1 463 - 49 300 "GET https://api.example.com:443/ HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "-" "-" "-" - 2023-03-08T12:08:24.381000Z "-" "-" "-" "-" "-" "-" "-""#,
        BalancerLog,
        Some(LoadBalancer),
        None,
        false,
    ),
    (
        r#"https 2023-03-08T12:08:24.390000Z app/orders/50dc6c495c0c9188 10.0.3.7:37217 10.0.1.2:8080 0.001 0.200 0.000 404 404 49 300 "GET https://api.example.com:443/prod/health HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:x "Root=1-x" "api.example.com" "-" 1 2023-03-08T12:08:24.181000Z "forward" "-" "-" "10.0.1.2:8080" "404" "-" "-""#,
        BalancerLog,
        Some(Target),
        Some("stage-prefix-forwarded"),
        true,
    ),
    // Connections.
    (
        "tls 2.0 2018-12-20T02:59:40 net/orders/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443 5 2 98 246 48 arn:aws:acm:us-east-2:123456789012:certificate/x - ECDHE-RSA-AES128-SHA tlsv12 - orders.example.com - - - 2018-12-20T02:59:30",
        ConnectionLog,
        None,
        Some("lb-cert-private-ca"),
        true,
    ),
    (
        "2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 - - - Failed:ClientCertMissing TID_3180a73013c8ca4bac2f731159d4b0fe",
        ConnectionLog,
        None,
        Some("lb-mtls-verify"),
        true,
    ),
];

#[test]
fn several_lines_are_counted_and_each_kind_is_explained_once() {
    let line = |status: &str, integration: &str| {
        format!(r#"{{"requestId":"a=","ip":"192.0.2.1","routeKey":"GET /x","status":"{status}","integrationStatus":"{integration}"}}"#)
    };
    let log = [line("200", "200"), line("503", "-"), line("503", "-"), line("200", "200"), line("404", "404"), line("503", "-")].join("\n");
    let found = text(&log);
    assert_eq!(found.taken_for, "6 lines of an API Gateway access log");
    let counts: Vec<(usize, bool)> = found.items.iter().map(|item| (item.count, item.what.starts_with("503"))).collect();
    assert_eq!(counts, [(3, true), (1, false), (2, false)], "errors first, the most frequent first");
}

#[test]
fn another_programs_log_is_none_of_ours() {
    for line in [
        r#"192.0.2.1 - alice [24/Jan/2023:17:52:06 +0000] "GET /health HTTP/1.1" 503 33 "-" "curl/8""#,
        r#"{"level":"error","status":503,"message":"upstream failed"}"#,
        r#"{"timestamp":"t","status":404,"error":"Not Found","message":"","path":"/x","requestId":"1"}"#,
    ] {
        assert_ne!(text(line).kind, GatewayLog, "{line}");
    }
}
