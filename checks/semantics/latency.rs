//! What the time until an answer hints at. A hint orders causes and never decides: clocks measure the way there and back as well, and how
//! fast API Gateway gives up on a connection is not published.

use crate::symptom::Symptom;

/// API Gateway's limit for an integration, unless it is set lower, in milliseconds.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
pub const INTEGRATION_TIMEOUT_MS: u64 = 30_000;
/// How long the load balancer waits for a target to accept a connection, in milliseconds.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>
pub const TARGET_CONNECT_TIMEOUT_MS: u64 = 10_000;
/// The load balancer's idle timeout, unless it is set otherwise, in milliseconds.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>
pub const IDLE_TIMEOUT_MS: u64 = 60_000;
/// As near as that to a limit, the limit is what ended the wait.
const NEAR_MS: u64 = 600;
/// Faster than that, nobody waited for anybody.
const FAST_MS: u64 = 2_000;

/// What a time hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// In words, to stand after "it took …".
    pub says: &'static str,
    /// Ids of the catalogue that fit this time better than others, the best first.
    pub first: &'static [&'static str],
}

/// The limits as they are configured, as far as they are known. Milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The integration's `TimeoutInMillis`.
    pub integration_ms: Option<u64>,
    /// The load balancer's `idle_timeout.timeout_seconds`.
    pub idle_ms: Option<u64>,
}

/// What `elapsed_ms` until this answer hints at, if anything.
pub fn hint(symptom: Symptom, elapsed_ms: u64, limits: Limits) -> Option<Hint> {
    let integration = limits.integration_ms.unwrap_or(INTEGRATION_TIMEOUT_MS);
    let idle = limits.idle_ms.unwrap_or(IDLE_TIMEOUT_MS);
    let near = |limit: u64| elapsed_ms.abs_diff(limit) <= NEAR_MS;
    match symptom {
        Symptom::GatewayServiceUnavailable | Symptom::GatewayTimeout => gave_up(elapsed_ms, integration),
        Symptom::LbGatewayTimeout if near(TARGET_CONNECT_TIMEOUT_MS) => Some(NO_CONNECTION),
        Symptom::LbGatewayTimeout if near(idle) => Some(SILENT),
        // A shorter idle timeout than the usual one: a target that was connected to and said nothing.
        Symptom::LbGatewayTimeout if elapsed_ms > TARGET_CONNECT_TIMEOUT_MS + NEAR_MS => Some(SILENT),
        Symptom::LbBadGateway if elapsed_ms <= FAST_MS => Some(REFUSED),
        Symptom::LbBadGateway => Some(BROKE_OFF),
        _ => None,
    }
}

fn gave_up(elapsed_ms: u64, integration_ms: u64) -> Option<Hint> {
    if elapsed_ms + NEAR_MS >= integration_ms {
        return Some(WAITED);
    }
    (elapsed_ms <= FAST_MS).then_some(NOBODY_THERE)
}

const NOBODY_THERE: Hint = Hint {
    says: "too short for a timeout: nobody to connect to, or the connection was refused at once",
    first: &["vpclink-inactive", "vpclink-pending", "vpclink-failed", "lb-internet-facing", "cm-no-instances", "lb-not-active"],
};
const WAITED: Hint = Hint {
    says: "as long as API Gateway waits: packets are dropped on the way to the load balancer, or the answer is too slow",
    first: &["lb-sg-ingress-from-link", "vpclink-sg-egress", "nacl-link-out", "nacl-lb-in", "backend-slower-than-30s"],
};
const NO_CONNECTION: Hint = Hint {
    says: "ten seconds are how long the load balancer tries to connect to a target",
    first: &["target-sg-traffic-port", "lb-sg-egress", "nacl-lb-to-target", "nacl-target-return"],
};
const SILENT: Hint = Hint {
    says: "longer than the load balancer tries to connect: the target took the request and stayed silent for the idle timeout",
    first: &["idle-timeout-shorter-than-backend"],
};
const REFUSED: Hint = Hint {
    says: "too short for an application at work: the connection was refused or broken off at once",
    first: &["hc-connect-refused", "tg-protocol-https-vs-plain", "container-port-mismatch"],
};
const BROKE_OFF: Hint = Hint {
    says: "the target took the request and broke off while it worked",
    first: &["task-exits", "keepalive-race", "response-header-too-big"],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn first(symptom: Symptom, elapsed_ms: u64) -> Option<&'static str> {
        hint(symptom, elapsed_ms, Limits::default()).and_then(|hint| hint.first.first().copied())
    }

    #[test]
    fn the_same_answer_means_another_thing_fast_and_slow() {
        use Symptom::{GatewayServiceUnavailable, LbBadGateway, LbGatewayTimeout};
        assert_eq!(first(GatewayServiceUnavailable, 40), Some("vpclink-inactive"));
        assert_eq!(first(GatewayServiceUnavailable, 30_010), Some("lb-sg-ingress-from-link"));
        assert_eq!(first(GatewayServiceUnavailable, 9_000), None, "neither fast nor at the limit");
        assert_eq!(first(LbGatewayTimeout, 10_020), Some("target-sg-traffic-port"));
        assert_eq!(first(LbGatewayTimeout, 25_000), Some("idle-timeout-shorter-than-backend"));
        assert_eq!(first(LbGatewayTimeout, 60_001), Some("idle-timeout-shorter-than-backend"));
        assert_eq!(first(LbGatewayTimeout, 3_000), None);
        assert_eq!(first(LbBadGateway, 4), Some("hc-connect-refused"));
        assert_eq!(first(LbBadGateway, 8_000), Some("task-exits"));
        assert_eq!(first(Symptom::TargetAnswer, 30_000), None);
    }

    #[test]
    fn configured_limits_count() {
        let limits = Limits { integration_ms: Some(5_000), idle_ms: Some(10_000) };
        let found = |symptom, elapsed| hint(symptom, elapsed, limits).map(|hint| hint.first[0]);
        assert_eq!(found(Symptom::GatewayServiceUnavailable, 5_050), Some("lb-sg-ingress-from-link"));
        // Ten seconds are the connect timeout and this idle timeout: the more frequent fault stands first.
        assert_eq!(found(Symptom::LbGatewayTimeout, 10_000), Some("target-sg-traffic-port"));
    }

    #[test]
    fn hints_name_rows_of_the_catalogue() {
        for hint in [NOBODY_THERE, WAITED, NO_CONNECTION, SILENT, REFUSED, BROKE_OFF] {
            assert!(hint.first.iter().all(|id| catalogue::row(id).is_some()), "{:?}", hint.first);
        }
    }
}
