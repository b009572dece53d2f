//! Lines that tell of TLS handshakes: a Network Load Balancer's log, and an Application Load Balancer's connection log.

use super::balancer_log::fields;
use super::causes::cause;
use super::gateway_log::grouped;
use super::{Cause, Explanation, Item, Kind, next};
use crate::finding::Confidence::{Certain, Likely, Possible};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// More lines are not looked at.
const MOST: usize = 5_000;

/// Explains the lines of a log, each kind of line once.
pub(super) fn lines(text: &str) -> Option<Explanation> {
    let network: Vec<Item> = text.lines().take(MOST).filter_map(network).collect();
    let (items, whose) = if network.is_empty() {
        (text.lines().take(MOST).filter_map(application).collect(), "an Application Load Balancer's connection log")
    } else {
        (network, "a Network Load Balancer's TLS log")
    };
    let taken_for = match items.len() {
        0 => return None,
        1 => format!("a line of {whose}"),
        count => format!("{count} lines of {whose}"),
    };
    Some(Explanation { kind: Kind::ConnectionLog, taken_for, items: grouped(items.into_iter()) })
}

/// `tls 2.0 time elb listener client:port destination:port connection_time handshake_time received sent alert cert …`
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html>
fn network(line: &str) -> Option<Item> {
    let fields = fields(line);
    let at = |number: usize| fields.get(number).copied();
    if at(0)? != "tls" || !at(1)?.starts_with(|c: char| c.is_ascii_digit()) || fields.len() < 14 {
        return None;
    }
    let handshake = at(8)?;
    let alert = at(11)?;
    if alert != "-" {
        let client = "the client of the Network Load Balancer, normally API Gateway,";
        let mut item = Item::new(format!("{client} broke the TLS handshake off: {}", meaning(alert)));
        item.next = next::handshake();
        item.causes = of_alert(alert);
        if item.causes.is_empty() {
            item.undecided = Some("why: the certificate that the listener presents, and the name that the integration verifies".to_owned());
        }
        return Some(item);
    }
    if handshake == "-" {
        let mut item = Item::new("a connection to the TLS listener without a TLS handshake");
        let why = "who opened it spoke no TLS: an integration without secure server name speaks plain HTTP";
        item.causes = vec![cause("tls-missing-nlb-tls", Possible, why)];
        item.next = next::handshake();
        return Some(item);
    }
    Some(Item::new("a TLS handshake with the Network Load Balancer that succeeded"))
}

/// <https://datatracker.ietf.org/doc/html/rfc8446#section-6>
fn meaning(alert: &str) -> &'static str {
    match alert {
        "40" => "no agreement on parameters",
        "42" | "43" => "the certificate is bad or of an unsupported kind",
        "45" => "the certificate is expired",
        "46" => "something about the certificate is not acceptable",
        "48" => "the authority of the certificate is not known",
        "70" => "the version of TLS is not supported",
        "112" => "the name is not recognised",
        "116" => "a certificate is required",
        _ => "an alert",
    }
}

fn of_alert(alert: &str) -> Vec<Cause> {
    match alert {
        "40" | "70" => vec![cause("ssl-policy-tls13-only", Possible, "client and listener found no version and cipher in common")],
        "42" | "43" | "46" => vec![
            cause(
                "server-name-san-mismatch",
                Likely,
                "the client does not accept the listener's certificate: its names may not hold the secure server name",
            ),
            cause("lb-cert-expired", Possible, "the listener's certificate may not be valid now"),
        ],
        "45" => vec![cause("lb-cert-expired", Certain, "the client says that the listener's certificate is expired")],
        "48" => vec![
            cause("lb-cert-private-ca", Likely, "the client does not know the authority of the listener's certificate"),
            cause("lb-cert-self-signed", Likely, "a self-signed certificate looks the same"),
            cause("lb-cert-incomplete-chain", Possible, "a certificate without its chain looks the same"),
        ],
        "112" => vec![cause("server-name-san-mismatch", Likely, "the name in the handshake is not one of the listener's")],
        _ => Vec::new(),
    }
}

/// `time client_ip client_port listener_port protocol cipher latency subject validity serial verify_status trace`
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-connection-logs.html>
fn application(line: &str) -> Option<Item> {
    let fields = fields(line);
    let at = |number: usize| fields.get(number).copied();
    OffsetDateTime::parse(at(0)?, &Rfc3339).ok()?;
    let is_port = |field: &str| field.parse::<u16>().is_ok();
    if !(10..=16).contains(&fields.len()) || !is_port(at(2)?) || !is_port(at(3)?) || at(1)?.parse::<std::net::IpAddr>().is_err() {
        return None;
    }
    let (protocol, verified) = (at(4)?, at(10)?);
    // Any failure that has no name of its own, also one without mutual TLS.
    let unmapped = verified.ends_with("UnmappedConnectionError");
    if let Some(reason) = verified.strip_prefix("Failed").filter(|_| !unmapped) {
        let why = if reason.to_ascii_lowercase().contains("missing") {
            "the listener wants a client certificate, and the client, which is API Gateway, has none to show"
        } else {
            "the listener does not accept the client certificate"
        };
        let mut item = Item::new("a TLS handshake with the load balancer that failed for the client certificate");
        item.causes = vec![cause("lb-mtls-verify", Certain, why)];
        item.next = next::handshake();
        return Some(item);
    }
    if protocol == "-" || unmapped {
        let mut item = Item::new("a connection to the load balancer without a finished TLS handshake");
        item.causes = vec![
            cause("secure-server-name-missing", Possible, "who opened it may have spoken plain HTTP"),
            cause("server-name-san-mismatch", Possible, "who opened it may not have accepted the certificate"),
            cause("ssl-policy-tls13-only", Possible, "client and listener may have had no version and cipher in common"),
            cause("lb-mtls-verify", Possible, "the listener may want a client certificate"),
        ];
        item.undecided =
            Some("why, since the log names no reason: the integration's TlsConfig, and the listener's certificate and policy".to_owned());
        return Some(item);
    }
    Some(Item::new("a TLS handshake with the load balancer that succeeded"))
}
