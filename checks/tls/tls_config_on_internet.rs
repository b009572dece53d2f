//! An integration without VPC link has a secure server name, which is documented for private integrations only.

use crate::check::{Check, Hop, Meta, Outcome};
use crate::finding::{Confidence, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Integration;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::steps::{aws, quote, then_deploy};

static META: Meta = Meta {
    id: "tls-config-on-internet",
    hop: Hop::Tls,
    severity: Severity::Info,
    title: "an integration without VPC link has a secure server name",
    phase: None,
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("tls_config_on_internet.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct TlsConfigOnInternet;

impl Check for TlsConfigOnInternet {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.attached_integrations(), |out, integration| {
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            match integration.server_name() {
                Some(name) if !integration.is_private() => out.found(finding(deployment, integration, name, subject)),
                Some(_) => out.fine(subject, format!("integration {} goes through a VPC link", integration.id)),
                None => out.fine(subject, format!("integration {} has no secure server name", integration.id)),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, integration: &Integration, name: &str, subject: Subject) -> Finding {
    let summary = format!("integration {} goes over the internet and has the secure server name {name}", integration.id);
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Possible)
        .evidence(
            Evidence::found(subject.clone(), "ConnectionType", &integration.connection_type, source::GET_INTEGRATIONS).expected("VPC_LINK"),
        )
        .evidence(Evidence::found(subject, "TlsConfig.ServerNameToVerify", name, source::GET_INTEGRATIONS))
        .fix(without(deployment, integration))
}

/// Nobody documents that a `TlsConfig` can be taken off, so a new integration takes over; nothing shows that requests fare better.
fn without(deployment: &Deployment, integration: &Integration) -> Fix {
    let api = quote(deployment.api_id());
    let (kind, method) = (quote(&integration.integration_type), integration.method.as_deref().unwrap_or("ANY"));
    let uri = quote(integration.uri.as_deref().unwrap_or_default());
    let create = format!(
        "apigatewayv2 create-integration --api-id {api} --integration-type {kind} --integration-method {} --integration-uri {uri} --payload-format-version 1.0 --query IntegrationId --output text",
        quote(method)
    );
    let mut fix = Fix::new("use a new integration without a secure server name, and switch the routes to it", Risk::Safe, Vec::new())
        .cli(format!("INTEGRATION=$({})", aws(deployment, &create)));
    for route in deployment.routes_of(&integration.id).unwrap_or_default() {
        let command =
            format!("apigatewayv2 update-route --api-id {api} --route-id {} --target integrations/\"$INTEGRATION\"", quote(&route.id));
        fix = fix.cli(aws(deployment, &command));
    }
    then_deploy(deployment, fix.console("API Gateway: Integrations → Manage → Create, with the same URL; then Routes → attach it"))
}
