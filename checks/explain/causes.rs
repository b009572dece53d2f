//! Which rows of the catalogue a class of answers speaks for, ranked: one table, and what the text itself says on top of it.

use super::Cause;
use crate::catalogue::{self, Kind};
use crate::finding::Confidence;
use crate::semantics::latency::{Limits, hint};
use crate::symptom::Symptom;
use Confidence::{Certain, Likely, Possible};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A row of the catalogue and why it may be the cause.
type Row = (&'static str, Confidence, &'static str);

/// The surest that anything is ever said of a row: of a check what the catalogue says of it, of a page likely, because only a text speaks for it.
static SUREST: LazyLock<BTreeMap<&'static str, Confidence>> = LazyLock::new(|| {
    let of = |row: &catalogue::Row| match (row.kind, row.confidence) {
        (Kind::Check, "certain") => Certain,
        (Kind::Check, "possible") => Possible,
        (Kind::Check | Kind::Page, _) => Likely,
    };
    catalogue::rows().map(|row| (row.id, of(&row))).collect()
});

/// A cause, no surer than the catalogue allows.
pub(super) fn cause(check: &'static str, confidence: Confidence, why: impl Into<String>) -> Cause {
    let surest = SUREST.get(check).copied().unwrap_or(Possible);
    Cause { check, confidence: confidence.min(surest), why: why.into() }
}

/// The rows of a symptom, in the order in which they are most likely.
pub(super) fn of(symptom: Symptom) -> Vec<Cause> {
    let rows = TABLE.iter().find(|(of, _)| *of == symptom).map_or(&[][..], |(_, rows)| rows);
    rows.iter().map(|(check, confidence, why)| cause(check, *confidence, *why)).collect()
}

/// What the text itself speaks for comes first; what it names twice stays once, with the words that came first.
pub(super) fn first(spoken: Vec<Cause>, rest: Vec<Cause>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for cause in spoken.into_iter().chain(rest) {
        if !causes.iter().any(|known| known.check == cause.check) {
            causes.push(cause);
        }
    }
    causes
}

/// What is ranked for an answer: first what the text itself speaks for, then the rows of its symptom, which the time that it took
/// orders where they are equally sure. With what the time hints at.
pub(super) fn ranked(spoken: Vec<Cause>, symptom: Symptom, elapsed_ms: Option<u64>) -> (Vec<Cause>, Option<String>) {
    let mut rest = of(symptom);
    let hint = elapsed_ms.and_then(|elapsed| hint(symptom, elapsed, Limits::default()).map(|hint| (elapsed, hint)));
    let says = hint.map(|(elapsed, hint)| {
        let place = |cause: &Cause| hint.first.iter().position(|id| *id == cause.check).unwrap_or(hint.first.len());
        rest.sort_by_key(|cause| (std::cmp::Reverse(cause.confidence), place(cause)));
        format!("it took {elapsed} ms: {}", hint.says)
    });
    (first(spoken, rest), says)
}

/// The catalogue's "by status" list. <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>
/// documents the load balancer's side; API Gateway's is mostly seen in the field, and therefore at most likely.
static TABLE: &[(Symptom, &[Row])] = &[
    (
        Symptom::PlainHttpToHttpsPort,
        &[
            (
                "secure-server-name-missing",
                Likely,
                "API Gateway speaks plain HTTP unless the integration has a secure server name, and the listener is HTTPS",
            ),
            ("tls-missing-tcp-passthrough", Possible, "behind a TCP listener it is the target itself that expects TLS"),
            ("tg-protocol-http-vs-tls", Possible, "the load balancer speaks plain HTTP to a target that expects TLS"),
            ("tls-missing-nlb-tls", Possible, "a Network Load Balancer's TLS listener is said to answer so, too"),
        ],
    ),
    (
        Symptom::GatewayNotFound,
        &[
            ("route-missing", Possible, "no route takes the method and the path"),
            ("method-missing", Possible, "the path has a route, but for another method: API Gateway says 404, not 405"),
            ("no-default-stage", Possible, "without a stage $default the URL has to begin with the stage's name"),
            ("greedy-misses-root", Possible, "ANY /{proxy+} does not take /"),
            ("trailing-slash-or-case", Possible, "a route takes neither another case nor a slash more"),
            ("no-stage", Possible, "an API without a stage answers so to everything"),
            ("stage-without-deployment", Possible, "nothing was ever deployed to the stage"),
            ("execute-api-disabled", Possible, "the default endpoint may be switched off in favour of a custom domain"),
            ("mapping-missing", Possible, "no mapping of the custom domain takes the path"),
            ("mapping-stage-in-url", Possible, "the URL of a custom domain must not repeat the stage"),
        ],
    ),
    (
        Symptom::GatewayUnauthorized,
        &[
            ("route-needs-jwt", Possible, "the route has a JWT authorizer, and the request brings no valid token"),
            ("jwt-alg-unsupported", Possible, "the token is not signed with RSA, names no known key, or is for another audience"),
            ("lambda-authorizer-identity-missing", Possible, "the request lacks the header that the Lambda authorizer looks at"),
            ("jwt-issuer-unreachable", Possible, "API Gateway cannot fetch the issuer's keys"),
            ("cors-preflight-authorized", Possible, "a browser's preflight request brings no credentials"),
        ],
    ),
    (
        Symptom::GatewayForbidden,
        &[
            ("route-needs-iam", Possible, "the route wants a request signed for IAM"),
            ("lambda-authorizer-deny", Possible, "a Lambda authorizer says no"),
            ("client-mtls-rejected", Possible, "the custom domain wants a client certificate that it trusts"),
            ("mapping-missing", Possible, "no mapping of the custom domain takes the path"),
            ("domain-cname-to-execute-api", Possible, "a domain name that is not set up at API Gateway leads to the API's own endpoint"),
        ],
    ),
    (
        Symptom::GatewayTooManyRequests,
        &[
            ("throttle-zero", Possible, "a limit of zero refuses every request: check whether any gets through"),
            ("throttle-low", Possible, "the stage's limit, or the account's in the Region, is lower than the traffic"),
        ],
    ),
    (
        Symptom::GatewayInternalError,
        &[
            ("tls-to-http-listener", Possible, "the integration has a secure server name, and the listener does not speak TLS"),
            ("server-name-san-mismatch", Possible, "the secure server name is not on the listener's certificate"),
            ("lb-cert-expired", Possible, "the listener's certificate is not valid now"),
            ("lb-cert-private-ca", Possible, "the listener's certificate is of a private authority"),
            ("lb-cert-self-signed", Possible, "the listener's certificate is signed by itself"),
            ("lb-cert-incomplete-chain", Possible, "the listener presents its certificate without the chain"),
            ("ssl-policy-tls13-only", Possible, "the listener's policy admits TLS 1.3 alone"),
            ("lb-mtls-verify", Possible, "the listener wants a client certificate, which an HTTP API cannot present"),
            ("lambda-authorizer-broken", Possible, "API Gateway could not ask the Lambda authorizer"),
            ("stage-variable-missing", Possible, "the integration refers to a stage variable that is not set"),
            ("uri-listener-gone", Possible, "the integration's listener was deleted"),
        ],
    ),
    (
        Symptom::GatewayServiceUnavailable,
        &[
            ("lb-sg-ingress-from-link", Possible, "the load balancer's security groups do not admit the VPC link"),
            ("vpclink-sg-egress", Possible, "the VPC link's security groups do not let it out to the listener's port"),
            ("vpclink-inactive", Possible, "after 60 days without traffic a VPC link needs minutes to wake up"),
            ("vpclink-failed", Possible, "the VPC link failed"),
            ("vpclink-pending", Possible, "the VPC link is minutes old"),
            ("lb-internet-facing", Possible, "a VPC link does not reach an internet-facing load balancer"),
            ("lb-not-active", Possible, "the load balancer is not active"),
            ("cm-no-instances", Possible, "behind Cloud Map: nothing is registered"),
            ("cm-no-port", Possible, "behind Cloud Map: the instances have no port"),
            ("integration-timeout-short", Possible, "the integration's time limit is below what the backend takes"),
            ("backend-slower-than-30s", Possible, "API Gateway waits 30 seconds at most"),
            ("nacl-link-out", Possible, "a network ACL drops what the VPC link sends"),
            ("nacl-lb-in", Possible, "a network ACL drops what arrives at the load balancer"),
            ("nacl-lb-return", Possible, "a network ACL drops the load balancer's answers"),
            ("nacl-link-return", Possible, "a network ACL drops the answers at the VPC link"),
            ("vpclink-vpc-differs-from-lb", Possible, "the VPC link and the load balancer are in different VPCs"),
        ],
    ),
    (
        Symptom::GatewayTimeout,
        &[
            ("integration-timeout-short", Possible, "the integration's time limit is below what the backend takes"),
            ("backend-slower-than-30s", Possible, "API Gateway waits 30 seconds at most"),
            ("lb-sg-ingress-from-link", Possible, "dropped packets look like a slow backend"),
            ("vpclink-sg-egress", Possible, "dropped packets look like a slow backend"),
        ],
    ),
    (Symptom::GatewayOther, &[]),
    (
        Symptom::LbRedirect,
        &[
            ("listener-redirects-to-https", Likely, "the integration leads to the listener that only redirects to HTTPS"),
            ("action-authenticate", Possible, "an authenticate action sends clients to a login"),
            ("uri-wrong-listener", Possible, "the integration may be meant for the neighbouring listener"),
        ],
    ),
    (
        Symptom::LbBadRequest,
        &[(
            "desync-strictest",
            Possible,
            "API Gateway sends Content-Length: 0 with a GET, which the strictest desync mode refuses; else the request is malformed or its headers too large",
        )],
    ),
    (
        Symptom::LbUnauthorized,
        &[
            ("action-authenticate", Likely, "an authenticate action of the listener refuses the request"),
            ("action-jwt-validation", Possible, "a jwt-validation action of the listener refuses the token"),
        ],
    ),
    (
        Symptom::LbForbidden,
        &[
            ("waf-blocks", Likely, "a web ACL on the load balancer blocks: an HTTP API itself cannot have one"),
            ("waf-rate-sees-link-ip", Possible, "a rule that counts by source address sees only the VPC link's few"),
        ],
    ),
    (
        Symptom::LbFixedResponse,
        &[
            ("default-action-fixed-response", Likely, "no rule took the request, and the default action answers by itself"),
            ("rule-path-mismatch", Possible, "the path that arrives is not the one that the rule is for"),
            ("stage-prefix-forwarded", Possible, "a named stage stays in the path that the listener sees"),
            ("rule-host-mismatch", Possible, "the rule is for another Host than API Gateway sends"),
            ("host-not-what-rules-expect", Possible, "the integration does not set the Host that the rule is for"),
            ("rule-header-secret", Possible, "the rule wants a header that the integration does not add"),
            ("rule-order", Possible, "a rule with a lower number takes the request first"),
        ],
    ),
    (
        Symptom::LbInternalError,
        &[
            ("waf-fail-closed", Possible, "AWS WAF could not be asked, and the load balancer does not go on without it"),
            ("action-authenticate", Possible, "the identity provider could not be reached"),
        ],
    ),
    (
        Symptom::LbBadGateway,
        &[
            ("hc-connect-refused", Possible, "nothing listens at the target's port, or it closes the connection at once"),
            ("tg-protocol-https-vs-plain", Possible, "the target group speaks TLS, and the container does not"),
            ("container-port-mismatch", Possible, "the process listens on another port than the one that is registered"),
            ("keepalive-race", Possible, "the application closes idle connections sooner than the load balancer"),
            ("tg-protocol-http-vs-tls", Possible, "the target expects TLS, and the target group speaks plain HTTP"),
            ("response-header-too-big", Possible, "the answer's headers are larger than 32 KB"),
        ],
    ),
    (
        Symptom::LbServiceUnavailable,
        &[
            (
                "tg-empty",
                Likely,
                "no target is registered; unhealthy targets alone do not cause it, since the load balancer then asks them all",
            ),
            ("service-desired-zero", Possible, "the service wants no tasks"),
            ("no-loadbalancers-block", Possible, "the service does not register its tasks at all"),
            ("rule-forwards-to-unpopulated-tg", Possible, "the rule forwards to another target group than the one that the service fills"),
            ("forward-weight-zero", Possible, "all weight is on the empty group"),
            ("target-draining", Possible, "every target is on its way out"),
            ("target-az-not-enabled", Possible, "the targets are in zones that the load balancer does not use"),
        ],
    ),
    (
        Symptom::LbGatewayTimeout,
        &[
            ("target-sg-traffic-port", Possible, "the targets' security group does not admit the load balancer on the target's port"),
            ("idle-timeout-shorter-than-backend", Possible, "the target is slower than the load balancer's idle timeout"),
            ("lb-sg-egress", Possible, "the load balancer's security groups do not let it out to the target's port"),
            ("nacl-lb-to-target", Possible, "a network ACL drops what the load balancer sends"),
            ("nacl-target-return", Possible, "a network ACL drops the target's answers"),
        ],
    ),
    (
        Symptom::LbProtocolMismatch,
        &[("tg-protocol-version", Likely, "the target group is for HTTP/2 or gRPC, and API Gateway speaks HTTP/1.1")],
    ),
    (Symptom::LbOther, &[]),
    (
        Symptom::NoDns,
        &[
            ("domain-no-dns", Likely, "the name has no DNS record; a private or misspelt name looks the same"),
            ("domain-status-not-available", Possible, "a custom domain that is still being set up may not resolve yet"),
        ],
    ),
    (
        Symptom::ConnectFailed,
        &[
            ("http-scheme-used", Possible, "API Gateway listens on 443 only"),
            ("domain-no-dns", Possible, "the name may lead to an address that is not API Gateway's, which never refuses port 443"),
            ("ipv6-client-on-ipv4-api", Possible, "the client has only IPv6, and the API only IPv4"),
        ],
    ),
    (
        Symptom::TlsFailed,
        &[
            ("domain-cname-to-execute-api", Possible, "the record leads to the API's own endpoint, whose certificate is for another name"),
            ("domain-cert-wildcard-depth", Possible, "a wildcard covers one label only"),
            ("domain-cert-expired", Possible, "the domain's certificate is not valid now"),
            ("client-mtls-rejected", Possible, "the domain wants a client certificate"),
            ("domain-status-not-available", Possible, "the domain's configuration is still being changed"),
            ("domain-no-dns", Possible, "the name may lead to somebody else's server"),
        ],
    ),
    (
        Symptom::TimedOut,
        &[
            ("http-scheme-used", Possible, "API Gateway listens on 443 only: packets to port 80 may just be dropped"),
            (
                "backend-slower-than-30s",
                Possible,
                "API Gateway waits up to 30 seconds for what is behind it: a client with less patience sees nothing",
            ),
            ("lb-sg-ingress-from-link", Possible, "API Gateway may be waiting for a connection that a security group drops"),
            ("vpclink-sg-egress", Possible, "API Gateway may be waiting for a connection that a security group drops"),
            ("domain-no-dns", Possible, "the name may lead to an address that nobody answers at"),
        ],
    ),
    (
        Symptom::Reset,
        &[
            ("client-mtls-rejected", Possible, "a domain with mutual TLS breaks off when the client shows no certificate that it trusts"),
            ("domain-status-not-available", Possible, "the domain's configuration is still being changed"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_of_the_catalogue_and_said_once_per_symptom() {
        for (symptom, rows) in TABLE {
            let mut seen = std::collections::BTreeSet::new();
            for (check, confidence, why) in *rows {
                assert!(catalogue::row(check).is_some(), "{check}");
                assert!(seen.insert(check), "{}: {check} twice", symptom.name());
                assert!(*confidence < Certain, "{check}: a status alone makes nothing certain");
                assert!(!why.is_empty() && why.len() < 160 && !why.ends_with('.'), "{why}");
            }
            assert!(rows.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{}: the surer first", symptom.name());
        }
    }

    #[test]
    fn every_symptom_that_is_somebodys_fault_has_rows() {
        let blameless = [Symptom::TargetAnswer, Symptom::ProtocolError, Symptom::Unrecognised];
        for symptom in Symptom::ALL.iter().filter(|symptom| !blameless.contains(symptom)) {
            assert!(TABLE.iter().any(|(of, _)| of == symptom), "{}", symptom.name());
        }
    }

    #[test]
    fn nothing_is_surer_than_the_catalogue() {
        assert_eq!(cause("tg-empty", Certain, "x").confidence, Certain);
        assert_eq!(cause("domain-no-dns", Certain, "x").confidence, Likely, "a page is never certain");
        assert_eq!(cause("tg-protocol-version", Certain, "x").confidence, Likely, "the catalogue says likely");
        assert_eq!(cause("lb-is-client-hairpin", Certain, "x").confidence, Possible);
    }

    #[test]
    fn time_orders_and_does_not_decide() {
        let symptom = Symptom::GatewayServiceUnavailable;
        let first = |elapsed| ranked(Vec::new(), symptom, elapsed).0.swap_remove(0);
        assert_eq!((first(Some(30)).check, first(Some(30)).confidence), ("vpclink-inactive", Possible));
        assert_eq!((first(Some(30_000)).check, first(Some(30_000)).confidence), ("lb-sg-ingress-from-link", Possible));
        assert_eq!(ranked(Vec::new(), symptom, None), (of(symptom), None));
        let said = vec![cause("lb-internet-facing", Possible, "x")];
        assert_eq!(ranked(said, symptom, Some(30_000)).0[0].check, "lb-internet-facing", "what is said comes before what the clock says");
    }
}
