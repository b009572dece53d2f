//! The founding case: the listener speaks HTTPS, the integration has no secure server name, so API Gateway speaks plain HTTP to it.

use super::missing::finding;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{ExpectedAnswer, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "secure-server-name-missing",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "an integration without secure server name speaks plain HTTP to an HTTPS listener",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::ListenerCertificates, Part::Certificates, Part::Stages],
    symptoms: &[Symptom::PlainHttpToHttpsPort],
    refines: &[],
    since: "0.1.0",
    page: include_str!("secure_server_name_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct SecureServerNameMissing;

impl Check for SecureServerNameMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_readers(), |out, (integration, listener)| {
            if listener.protocol != "HTTPS" {
                return Ok(()); // a TLS listener of a Network Load Balancer is tls-missing-nlb-tls
            }
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if integration.speaks_tls() {
                let name = integration.server_name().unwrap_or("a name");
                out.fine(subject, format!("integration {} speaks TLS to the HTTPS listener, naming {name}", integration.id));
                return Ok(());
            }
            let answer = ExpectedAnswer::load_balancer(Some(400), Symptom::PlainHttpToHttpsPort);
            out.found(finding(&META, deployment, integration, listener, answer));
            Ok(())
        });
        Ok(())
    }
}
