//! The listener's security policy admits TLS 1.3 alone, and nobody publishes whether API Gateway speaks that to backends.

use super::mutual::{breaks, tls_listeners};
use super::served::may_stop;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Listener, SslPolicy};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::remedy::set;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "ssl-policy-tls13-only",
    hop: Hop::Tls,
    severity: Severity::Warning,
    title: "the listener's security policy admits TLS 1.3 alone",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::SslPolicies, Part::TargetGroups, Part::TargetHealth],
    optional: &[],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("ssl_policy_tls13_only.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct SslPolicyTls13Only;

impl Check for SslPolicyTls13Only {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(tls_listeners(deployment), |out, (integration, listener)| {
            let unknown = |what: &str| Gap::undecided(Part::SslPolicies, format!("listener {}: {what}", listener.port));
            let name = listener.ssl_policy.as_deref().ok_or_else(|| unknown("its security policy is not known"))?;
            let policy = deployment.ssl_policy(name)?.ok_or_else(|| unknown("AWS does not find its security policy"))?;
            match policy.protocols.as_slice() {
                [] => return Err(unknown("its security policy names no protocol")),
                [only] if only == "TLSv1.3" => out.found(finding(deployment, integration, listener, policy)),
                several => {
                    let fact = format!("listener {} admits {} ({name})", listener.port, several.join(", "));
                    out.fine(Deployment::listener_subject(listener), fact);
                }
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, listener: &Listener, policy: &SslPolicy) -> Finding {
    let subject = Deployment::listener_subject(listener);
    let summary =
        format!("listener {} admits TLS 1.3 alone; whether API Gateway offers that to load balancers is not published", listener.port);
    let finding = Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Possible)
        .evidence(Evidence::found(subject.clone(), "SslPolicy", &policy.name, source::DESCRIBE_LISTENERS))
        .evidence(
            Evidence::found(subject, "SslProtocols", policy.protocols.join(", "), source::DESCRIBE_SSL_POLICIES)
                .expected("TLSv1.2 as well"),
        );
    may_stop(breaks(finding, integration)).fix(admit_older(deployment, listener, policy))
}

/// The policy of the same family that admits TLS 1.2 as well, with its strong ciphers. What it admits has to be read anew.
fn admit_older(deployment: &Deployment, listener: &Listener, policy: &SslPolicy) -> Fix {
    let fips = policy.name.contains("FIPS");
    let name = if fips { "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04" } else { "ELBSecurityPolicy-TLS13-1-2-2021-06" };
    let change = vec![set(&["listeners", &listener.arn, "known", "ssl_policy"], json!(name))];
    Fix::new(format!("use {name}, which admits TLS 1.2 as well"), Risk::Safe, change)
        .cli(aws(deployment, &format!("elbv2 modify-listener --listener-arn {} --ssl-policy {name}", quote(&listener.arn))))
        .console(format!("EC2: Load balancers → listener {} → Security → Edit → Security policy", listener.port))
}
