//! The mapping that takes the request leads to another API, or to another stage than the one in question.

use super::entry::{console, direct, key_words, subject, wanted_stage, words};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::{ApiMapping, Domain};
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::remedy;
use crate::semantics::domains::Way;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "mapping-wrong-stage",
    hop: Hop::Domain,
    severity: Severity::Error,
    title: "the mapping leads to another API or stage than the one in question",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Domains, Part::ApiMappings, Part::Stages],
    optional: &[Part::RoutingRules],
    symptoms: &[Symptom::TargetAnswer, Symptom::GatewayNotFound, Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("mapping_wrong_stage.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct MappingWrongStage;

impl Check for MappingWrongStage {
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
    let Way::Mapping { mapping, .. } = found.way else { return Ok(()) }; // mapping-missing and routing-rule-shadows-mapping speak
    let domain = found.domain;
    let here = mapping.api_id == deployment.api_id();
    let exists = here && deployment.stages()?.contains_key(&mapping.stage);
    let mut finding = if !here {
        // What comes back is the other API's.
        let effect = Effect::blocks_request(Phase::Edge, index, ExpectedAnswer::target().inferred());
        finding(domain, mapping, request, &format!("API {}", mapping.api_id)).effect(effect)
    } else if !exists {
        let answer = ExpectedAnswer::gateway(None, Symptom::GatewayNotFound).inferred();
        let effect = Effect::blocks_request(Phase::Edge, index, answer);
        finding(domain, mapping, request, &format!("stage {}, which does not exist", mapping.stage)).effect(effect)
    } else if request.stage.as_ref().is_some_and(|stage| *stage != mapping.stage) {
        let effect = Effect::weakens(Phase::Edge, subject(domain));
        finding(domain, mapping, request, &format!("stage {}", mapping.stage)).effect(effect).severity(Severity::Warning)
    } else {
        out.fine(subject(domain), format!("{} is mapped to stage {}", key_words(mapping), mapping.stage));
        return Ok(());
    };
    if let Some(stage) = wanted_stage(deployment, request)? {
        finding = finding.fix(lead_here(deployment, domain, mapping, &stage)?);
    }
    out.found(finding);
    Ok(())
}

fn finding(domain: &Domain, mapping: &ApiMapping, request: &Request, to: &str) -> Finding {
    let asked = request.stage.as_ref().map_or_else(String::new, |stage| format!(", and stage {stage} is in question"));
    let summary = format!("the mapping for {} takes {} to {to}{asked}", key_words(mapping), words(request));
    let found = |field, value: &str| Evidence::found(subject(domain), field, value, source::GET_API_MAPPINGS);
    Finding::new(&META, subject(domain), summary)
        .evidence(found("ApiMappingKey", &format!("/{}", mapping.key)))
        .evidence(found("ApiId", &mapping.api_id))
        .evidence(found("Stage", &mapping.stage))
}

/// Others who use the mapping lose what it leads to now.
fn lead_here(deployment: &Deployment, domain: &Domain, mapping: &ApiMapping, stage: &str) -> Result<Fix, Gap> {
    let all = deployment.api_mappings(&domain.name)?;
    let place = all.iter().position(|other| other.id == mapping.id).map(|place| place.to_string());
    let change = place.map_or_else(Vec::new, |place| {
        let here = ["api_mappings", domain.name.as_str(), "known", place.as_str()];
        let at = |member| [&here[..], &[member]].concat();
        vec![remedy::set(&at("api_id"), json!(deployment.api_id())), remedy::set(&at("stage"), json!(stage))]
    });
    let (name, id) = (quote(&domain.name), quote(&mapping.id));
    let (api, stage_word) = (quote(deployment.api_id()), quote(stage));
    let command = format!("apigatewayv2 update-api-mapping --domain-name {name} --api-mapping-id {id} --api-id {api} --stage {stage_word}");
    let title = format!("map {} to stage {stage} of this API, if that is what clients should get", key_words(mapping));
    Ok(Fix::new(title, Risk::Disruptive, change)
        .cli(aws(deployment, &command))
        .console(format!("{} → API mappings → Configure", console(domain))))
}
