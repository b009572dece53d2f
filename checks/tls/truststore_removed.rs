//! The trust store by which the listener verifies client certificates is no longer shared with it.

use super::mutual::{mode, switch_off, tls_listeners};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Severity};
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "truststore-removed",
    hop: Hop::Tls,
    severity: Severity::Warning,
    title: "the trust store of the listener was taken away",
    phase: None,
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("truststore_removed.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TruststoreRemoved;

impl Check for TruststoreRemoved {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(tls_listeners(deployment).unique_by(|(_, listener)| &listener.arn), |out, (_, listener)| {
            let store = listener.mutual_authentication.as_ref().filter(|_| mode(listener) != "off");
            if store.is_some_and(|store| store.trust_store_association_status.as_deref() == Some("removed")) {
                out.found(finding(deployment, listener));
            } else {
                out.fine(Deployment::listener_subject(listener), format!("listener {} misses no trust store", listener.port));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, listener: &Listener) -> Finding {
    let subject = Deployment::listener_subject(listener);
    let store = listener.mutual_authentication.as_ref().and_then(|mutual| mutual.trust_store_arn.as_deref()).unwrap_or("a trust store");
    let summary = format!("listener {} verifies client certificates by {store}, which is no longer shared with it", listener.port);
    // What a listener does without its trust store is inferred. For this API nothing changes: lb-mtls-verify stops its requests in any case.
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(
            Evidence::found(subject.clone(), "MutualAuthentication.TrustStoreAssociationStatus", "removed", source::DESCRIBE_LISTENERS)
                .expected("active"),
        )
        .effect(Effect::weakens(Phase::Tls, subject))
        .fix(switch_off(deployment, listener))
}
