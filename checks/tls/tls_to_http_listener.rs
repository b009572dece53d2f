//! The opposite of the founding case: a secure server name is set, so API Gateway opens a TLS session with a listener that speaks plain HTTP.

use super::served::{NameVerdict, handshake, handshake_fails};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::Listener;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy::set;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, aws, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::{Value, json};

static META: Meta = Meta {
    id: "tls-to-http-listener",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "an integration with a secure server name speaks TLS to an HTTP listener",
    phase: Some(Phase::Tls),
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::ListenerCertificates, Part::Certificates, Part::Stages],
    symptoms: &[Symptom::GatewayInternalError, Symptom::GatewayServiceUnavailable],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tls_to_http_listener.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TlsToHttpListener;

impl Check for TlsToHttpListener {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.integration_readers(), |out, (integration, listener)| {
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            match listener.protocol.as_str() {
                "HTTP" if integration.speaks_tls() => out.found(finding(deployment, integration, listener, subject)),
                "HTTP" => out.fine(subject, format!("integration {} speaks plain HTTP to HTTP listener {}", integration.id, listener.port)),
                "HTTPS" | "TLS" if integration.speaks_tls() => {
                    out.fine(subject, format!("integration {} speaks TLS, and so does listener {}", integration.id, listener.port));
                }
                _ => {} // plain HTTP to HTTPS is secure-server-name-missing; behind TCP the target may well speak TLS
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, listener: &Listener, subject: Subject) -> Finding {
    let at = Deployment::listener_subject(listener);
    let name = integration.server_name().unwrap_or_default();
    let summary = format!(
        "integration {} has a secure server name, so API Gateway speaks TLS, but listener {} speaks plain HTTP",
        integration.id, listener.port
    );
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject.clone(), "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS)
                .expected("no TlsConfig, or an HTTPS listener"),
        )
        .evidence(Evidence::found(at.clone(), "Protocol", &listener.protocol, source::DESCRIBE_LISTENERS).expected("HTTPS"))
        .evidence(Evidence::found(at, "Port", listener.port.to_string(), source::DESCRIBE_LISTENERS))
        .effect(Effect::blocks_all(Phase::Tls, subject, handshake_fails()));
    let neighbours = deployment.listeners_on(&listener.load_balancer_arn);
    let fits = |neighbour: &&&Listener| takes_the_name(deployment, integration, neighbour);
    let finding = match neighbours.iter().filter(|neighbour| neighbour.speaks_tls()).find(fits) {
        Some(neighbour) => finding.fix(point_to(deployment, integration, neighbour)),
        None => finding,
    };
    finding.fix(without_tls(deployment, integration))
}

/// Whether the neighbour presents a certificate for the name; where that cannot be read, the proof of the fix says what remains unknown.
fn takes_the_name(deployment: &Deployment, integration: &Integration, neighbour: &Listener) -> bool {
    let Ok(handshake) = handshake(deployment, integration, neighbour) else { return true };
    handshake.verdict(integration.server_name().unwrap_or_default()).unwrap_or(NameVerdict::Covered) == NameVerdict::Covered
}

fn point_to(deployment: &Deployment, integration: &Integration, neighbour: &Listener) -> Fix {
    let title = format!("point the integration to {} listener {} of the same load balancer", neighbour.protocol, neighbour.port);
    let change = vec![set(&["integrations", "known", &integration.id, "uri"], json!(neighbour.arn))];
    let fix = Fix::new(title, Risk::Safe, change)
        .cli(update_integration(deployment, &integration.id, &format!("--integration-uri {}", quote(&neighbour.arn))))
        .console(format!("{CONSOLE_INTEGRATION} → Load balancer listener: {} {}", neighbour.protocol, neighbour.port));
    then_deploy(deployment, fix)
}

/// Nobody documents that a `TlsConfig` can be taken off an integration, so a new one without it takes over the routes.
pub(crate) fn without_tls(deployment: &Deployment, integration: &Integration) -> Fix {
    let new = format!("{}-plain", integration.id);
    let copy = Integration { id: new.clone(), tls_config: None, ..integration.clone() };
    let mut change: Vec<Value> = vec![set(&["integrations", "known", &new], json!(copy))];
    let api = quote(deployment.api_id());
    let mut fix = Fix::new("use a new integration without TLS, and switch the routes to it", Risk::Safe, Vec::new())
        .cli(format!("INTEGRATION=$({})", aws(deployment, &create(&api, integration))));
    for route in deployment.routes().into_iter().flat_map(|routes| routes.values()) {
        if route.integration_id() == Some(integration.id.as_str()) {
            change.push(set(&["routes", "known", &route.id, "target"], json!(format!("integrations/{new}"))));
            let command =
                format!("apigatewayv2 update-route --api-id {api} --route-id {} --target integrations/\"$INTEGRATION\"", quote(&route.id));
            fix = fix.cli(aws(deployment, &command));
        }
    }
    fix.change = change;
    let console = "API Gateway: Integrations → Manage → Create, without a secure server name; then Routes → attach it. Copy response parameter mappings by hand";
    then_deploy(deployment, fix.console(console))
}

fn create(api: &str, integration: &Integration) -> String {
    let mut command = format!(
        "apigatewayv2 create-integration --api-id {api} --integration-type {} --connection-type VPC_LINK --payload-format-version 1.0",
        quote(&integration.integration_type)
    );
    let method = Some(integration.method.as_deref().unwrap_or("ANY"));
    let options = [
        ("integration-method", method),
        ("integration-uri", integration.uri.as_deref()),
        ("connection-id", integration.connection_id.as_deref()),
    ];
    for (option, value) in options {
        command.extend(value.map(|value| format!(" --{option} {}", quote(value))));
    }
    if !integration.request_parameters.is_empty() {
        command.push_str(&format!(" --request-parameters {}", quote(&json!(integration.request_parameters).to_string())));
    }
    command.extend(integration.timeout_ms.map(|timeout| format!(" --timeout-in-millis {timeout}")));
    command + " --query IntegrationId --output text"
}
