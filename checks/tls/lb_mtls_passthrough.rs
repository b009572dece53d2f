//! The listener hands client certificates on to the target, and requests of an HTTP API come without one.

use super::mutual::mode;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Severity};
use crate::listener::asked::asked;
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-mtls-passthrough",
    hop: Hop::Tls,
    severity: Severity::Info,
    title: "the target may wait for a client certificate that an HTTP API does not send",
    phase: None,
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::TargetAnswer],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_mtls_passthrough.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbMtlsPassthrough;

impl Check for LbMtlsPassthrough {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        // A Network Load Balancer knows only `verify`, so the listeners that read HTTP are all there are.
        out.over(asked(deployment).unique_by(|asked| &asked.listener.arn), |out, asked| {
            let listener = asked.listener;
            if mode(listener) == "passthrough" {
                out.found(finding(listener));
            } else {
                out.fine(Deployment::listener_subject(listener), format!("listener {} hands no client certificates on", listener.port));
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(listener: &Listener) -> Finding {
    let subject = Deployment::listener_subject(listener);
    let summary = format!(
        "listener {} hands client certificates on to the target; requests of this API have none, so the target gets no X-Amzn-Mtls-Clientcert header",
        listener.port
    );
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject.clone(), "MutualAuthentication.Mode", "passthrough", source::DESCRIBE_LISTENERS))
        .effect(Effect::weakens(Phase::Target, subject))
}
