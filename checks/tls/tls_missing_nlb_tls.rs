//! The founding case on a Network Load Balancer: the listener ends TLS, and API Gateway speaks plain HTTP to it.

use super::missing::finding;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{ExpectedAnswer, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "tls-missing-nlb-tls",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "an integration without secure server name speaks plain HTTP to a Network Load Balancer's TLS listener",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners],
    optional: &[Part::ListenerCertificates, Part::Certificates, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayInternalError, Symptom::PlainHttpToHttpsPort],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tls_missing_nlb_tls.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TlsMissingNlbTls;

impl Check for TlsMissingNlbTls {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_listeners(), |out, (integration, listener)| {
            if listener.protocol != "TLS" {
                return Ok(()); // an HTTPS listener of an Application Load Balancer is secure-server-name-missing
            }
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if integration.speaks_tls() {
                let name = integration.server_name().unwrap_or("a name");
                out.fine(subject, format!("integration {} speaks TLS to the TLS listener, naming {name}", integration.id));
                return Ok(());
            }
            // AWS's knowledge center speaks of the 400 for both kinds of load balancer. But this kind reads no HTTP and has no such page.
            let answer = ExpectedAnswer::gateway(None, Symptom::GatewayServiceUnavailable).inferred();
            out.found(finding(&META, deployment, integration, listener, answer));
            Ok(())
        });
        Ok(())
    }
}
