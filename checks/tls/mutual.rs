//! Listeners that ask API Gateway for a certificate of its own: an HTTP API has none to present.

use super::served::handshake_fails;
use crate::check::Phase;
use crate::finding::{Effect, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, MutualAuthentication};
use crate::model::deployment::Deployment;
use crate::model::gateway::Integration;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walk::Walk;
use crate::remedy::set;
use crate::steps::{aws, quote};
use serde_json::json;

/// Every used integration with the listener that reads what it sends, if that ends TLS sessions.
pub(super) fn tls_listeners(deployment: &Deployment) -> Walk<(&Integration, &Listener)> {
    deployment.integration_readers().then(|(integration, listener)| Ok(listener.speaks_tls().then_some((integration, listener))))
}

/// What a listener asks of its clients.
pub(super) fn mode(listener: &Listener) -> &str {
    listener.mutual_authentication.as_ref().map_or("off", |mutual| mutual.mode.as_str())
}

/// The effect of a handshake that fails for an integration that speaks TLS. One that does not is stopped before, by
/// `secure-server-name-missing`.
pub(super) fn breaks(finding: Finding, integration: &Integration) -> Finding {
    let through = Subject::new(SubjectKind::Integration, &integration.id);
    if integration.speaks_tls() {
        finding.effect(Effect::blocks_all(Phase::Tls, through, handshake_fails()))
    } else {
        finding.severity(Severity::Warning).effect(Effect::weakens(Phase::Tls, through))
    }
}

/// Asks nobody for a certificate any more.
pub(super) fn switch_off(deployment: &Deployment, listener: &Listener) -> Fix {
    let off = MutualAuthentication { mode: "off".to_owned(), trust_store_arn: None, trust_store_association_status: None };
    let change = vec![set(&["listeners", &listener.arn, "known", "mutual_authentication"], json!(off))];
    // Whoever else uses the listener then gets in without a certificate, too.
    Fix::new(format!("switch mutual authentication of listener {} off", listener.port), Risk::Disruptive, change)
        .cli(aws(deployment, &format!("elbv2 modify-listener --listener-arn {} --mutual-authentication Mode=off", quote(&listener.arn))))
        .console(format!("EC2: Load balancers → listener {} → Security → Edit → Mutual authentication: off", listener.port))
}
