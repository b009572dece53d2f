//! The listener wants a certificate of its client, and an HTTP API cannot present one.

use super::mutual::{breaks, mode, switch_off, tls_listeners};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::walks::forwards_to;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lb-mtls-verify",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listener wants a client certificate, which an HTTP API cannot present",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("lb_mtls_verify.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LbMtlsVerify;

impl Check for LbMtlsVerify {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(tls_listeners(deployment), |out, (integration, listener)| {
            match mode(listener) {
                "verify" => out.found(finding(deployment, integration, listener)),
                "off" | "passthrough" => {
                    out.fine(
                        Deployment::listener_subject(listener),
                        format!("listener {} insists on no client certificate", listener.port),
                    );
                }
                other => {
                    let what = format!("this version does not know the mutual authentication mode \"{other}\"");
                    return Err(Gap::undecided(Part::Listeners, what));
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, listener: &Listener) -> Finding {
    let subject = Deployment::listener_subject(listener);
    let summary = format!(
        "listener {} wants a client certificate, and integration {} of an HTTP API has none to present",
        listener.port, integration.id
    );
    // That the connection fails follows from both documented facts; the status does not.
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::found(subject, "MutualAuthentication.Mode", "verify", source::DESCRIBE_LISTENERS).expected("off"));
    breaks(finding, integration).fix(switch_off(deployment, listener)).fix(second_listener(deployment, listener))
}

/// The clients with certificates keep their listener, and API Gateway gets one of its own.
fn second_listener(deployment: &Deployment, listener: &Listener) -> Fix {
    let group = forwards_to(&listener.default_actions).next().unwrap_or("GROUP");
    let certificate = listener.certificate_arns.first().map_or("CERTIFICATE", String::as_str);
    let command = format!(
        "elbv2 create-listener --load-balancer-arn {} --protocol {} --port 8443 --certificates {} --default-actions {}",
        quote(&listener.load_balancer_arn),
        quote(&listener.protocol),
        quote(&format!("CertificateArn={certificate}")),
        quote(&format!("Type=forward,TargetGroupArn={group}"))
    );
    Fix::new("make a second listener without it, copy the rules, and name that one in the integration", Risk::Safe, Vec::new())
        .cli(aws(deployment, &command))
        .console(
            "EC2: Load balancers → (load balancer) → Add listener; open its port for the VPC link; then API Gateway: Integrations → Edit",
        )
}
