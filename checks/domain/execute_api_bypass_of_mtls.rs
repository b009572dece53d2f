//! A custom domain asks clients for a certificate, and the default endpoint lets them in without one.

use super::entry::subject;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::Domain;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote, then_deploy};
use serde_json::json;

static META: Meta = Meta {
    id: "execute-api-bypass-of-mtls",
    hop: Hop::Domain,
    severity: Severity::Warning,
    title: "clients can go around mutual TLS by the default endpoint",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Domains, Part::ApiMappings],
    optional: &[Part::Stages],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("execute_api_bypass_of_mtls.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ExecuteApiBypassOfMtls;

impl Check for ExecuteApiBypassOfMtls {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let api = deployment.api()?;
        let at = Subject::new(SubjectKind::Api, deployment.api_id());
        if api.execute_api_disabled {
            out.fine(at, "the default endpoint is disabled: nobody goes around the custom domains");
            return Ok(());
        }
        let mut guarded = Vec::new();
        for domain in deployment.domains()?.values().filter(|domain| domain.mutual_tls.is_some()) {
            if deployment.api_mappings(&domain.name)?.iter().any(|mapping| mapping.api_id == deployment.api_id()) {
                guarded.push(domain);
            }
        }
        if guarded.is_empty() {
            out.fine(at, "no custom domain of the API asks clients for a certificate");
        } else {
            out.found(finding(deployment, at, &guarded, &api.endpoint));
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, at: Subject, guarded: &[&Domain], endpoint: &str) -> Finding {
    let names: Vec<&str> = guarded.iter().map(|domain| domain.name.as_str()).collect();
    let names = names.join(" and ");
    let summary = format!("{names} asks clients for a certificate, and {endpoint} serves the same API without one");
    let mut finding = Finding::new(&META, at.clone(), summary)
        .evidence(Evidence::found(at.clone(), "DisableExecuteApiEndpoint", "false", source::GET_API).expected("true"))
        .effect(Effect::weakens(Phase::Edge, at));
    for domain in guarded {
        let store = domain.mutual_tls.as_ref().and_then(|tls| tls.truststore_uri.as_deref()).unwrap_or("set");
        finding =
            finding.evidence(Evidence::found(subject(domain), "MutualTlsAuthentication.TruststoreUri", store, source::GET_DOMAIN_NAMES));
    }
    finding.fix(disable(deployment))
}

/// Where requests were asked about that use the endpoint, closing it stops them: then nothing is proved on the model.
fn disable(deployment: &Deployment) -> Fix {
    let used = deployment.requests().iter().any(|request| request.domain.is_none());
    let change = if used { Vec::new() } else { vec![remedy::set(&["api", "known", "execute_api_disabled"], json!(true))] };
    let command = format!("apigatewayv2 update-api --api-id {} --disable-execute-api-endpoint", quote(deployment.api_id()));
    let fix = Fix::new("disable the default endpoint, once no client uses it", Risk::Disruptive, change)
        .cli(aws(deployment, &command))
        .console("API Gateway: (API) → API details → Edit → Default endpoint: Disable");
    then_deploy(deployment, fix)
}
