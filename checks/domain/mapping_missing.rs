//! A custom domain has no API mapping that takes the request.

use super::entry::{ask, console, direct, key_words, subject, wanted_stage, words};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::{ApiMapping, Domain};
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::remedy;
use crate::semantics::domains::{Way, uses_mappings};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "mapping-missing",
    hop: Hop::Domain,
    severity: Severity::Error,
    title: "no mapping of the custom domain takes the request",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Domains, Part::ApiMappings],
    optional: &[Part::RoutingRules, Part::Stages],
    symptoms: &[Symptom::GatewayForbidden, Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("mapping_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct MappingMissing;

impl Check for MappingMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for (index, request) in deployment.requests().iter().enumerate() {
            out.each(|out| look(deployment, out, index, request));
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, index: usize, request: &Request) -> Result<(), Gap> {
    let Some(found) = deployment.way_in(request)? else {
        return direct(deployment, out, "the default endpoint needs no mapping");
    };
    match found.way {
        Way::Mapping { mapping, .. } => {
            out.fine(subject(found.domain), format!("a mapping for {} takes {}", key_words(mapping), words(request)));
        }
        Way::Nothing if uses_mappings(found.domain) => {
            let mappings = deployment.api_mappings(&found.domain.name)?;
            out.found(finding(deployment, found.domain, mappings, index, request)?);
        }
        Way::Rule { .. } | Way::Open { .. } | Way::Nothing => {} // routing-rule-shadows-mapping speaks
    }
    Ok(())
}

fn finding(deployment: &Deployment, domain: &Domain, mappings: &[ApiMapping], index: usize, request: &Request) -> Result<Finding, Gap> {
    let keys: Vec<String> = mappings.iter().map(|mapping| format!("/{}", mapping.key)).collect();
    let listed = if keys.is_empty() { "it has none".to_owned() } else { format!("its mappings are for {}", keys.join(", ")) };
    // That nothing matches is documented; sources disagree about the status for HTTP APIs.
    let answer = ExpectedAnswer::gateway(None, Symptom::GatewayForbidden).inferred();
    let evidence = match keys.as_slice() {
        [] => Evidence::absent(subject(domain), "ApiMappingKey", source::GET_API_MAPPINGS),
        _ => Evidence::found(subject(domain), "ApiMappingKey", keys.join(", "), source::GET_API_MAPPINGS),
    };
    let mut finding = Finding::new(&META, subject(domain), format!("no mapping of {} takes {}: {listed}", domain.name, words(request)))
        .evidence(evidence.expected("a key that the path begins with, or the empty one"))
        .effect(Effect::blocks_request(Phase::Edge, index, answer));
    for mapping in mappings.iter().filter(|mapping| mapping.api_id == deployment.api_id() && !mapping.key.is_empty()) {
        let title = format!("begin the path with the key of the mapping to stage {}", mapping.stage);
        finding = finding.fix(ask(title, request, &format!("/{}{}", mapping.key, request.path)));
    }
    Ok(match wanted_stage(deployment, request)? {
        Some(stage) => finding.fix(create(deployment, domain, &stage)),
        None => finding,
    })
}

/// An empty key takes what no other mapping does, so nothing that works now is changed.
fn create(deployment: &Deployment, domain: &Domain, stage: &str) -> Fix {
    let mapping = json!({"id": "to-be-created", "api_id": deployment.api_id(), "stage": stage, "key": ""});
    let (name, api) = (quote(&domain.name), quote(deployment.api_id()));
    let command = format!("apigatewayv2 create-api-mapping --domain-name {name} --api-id {api} --stage {}", quote(stage));
    let title = format!("map what no other mapping takes to stage {stage}");
    Fix::new(title, Risk::Safe, vec![remedy::append(&["api_mappings", &domain.name, "known"], mapping)])
        .cli(aws(deployment, &command))
        .console(format!("{} → API mappings → Configure → Add: this API, stage {stage}, no path", console(domain)))
}
