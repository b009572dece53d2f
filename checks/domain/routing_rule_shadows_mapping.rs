//! A routing rule of the custom domain takes the request away from this API.

use super::entry::{console, direct, subject, update_domain, words};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::Domain;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::request::Request;
use crate::remedy;
use crate::semantics::domains::{Way, take, uses_mappings, uses_rules};
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "routing-rule-shadows-mapping",
    hop: Hop::Domain,
    severity: Severity::Error,
    title: "a routing rule of the custom domain takes the request away",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Domains, Part::RoutingRules],
    optional: &[Part::ApiMappings],
    symptoms: &[Symptom::TargetAnswer, Symptom::GatewayForbidden, Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("routing_rule_shadows_mapping.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RoutingRuleShadowsMapping;

impl Check for RoutingRuleShadowsMapping {
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
        return direct(deployment, out, "the default endpoint has no routing rules");
    };
    let domain = found.domain;
    // What the other API answers is its own business; that nothing takes a request is API Gateway's own error.
    let (what, evidence, answer) = match found.way {
        Way::Open { why, .. } => return Err(Gap::undecided(Part::RoutingRules, why)),
        Way::Rule { rule, invokes, .. } if invokes.api_id != deployment.api_id() => {
            let what = format!("routing rule {} (priority {}) takes {} to API {}", rule.id, rule.priority, words(request), invokes.api_id);
            let evidence = Evidence::found(subject(domain), "Actions.InvokeApi.ApiId", &invokes.api_id, source::LIST_ROUTING_RULES);
            (what, evidence.expected("no rule that takes the request"), ExpectedAnswer::target().inferred())
        }
        Way::Nothing if uses_rules(domain) && !uses_mappings(domain) => {
            let what = format!("no routing rule takes {}, and {} evaluates no mappings", words(request), domain.name);
            let evidence = Evidence::absent(subject(domain), "Conditions", source::LIST_ROUTING_RULES);
            (what, evidence, ExpectedAnswer::gateway(None, Symptom::GatewayForbidden).inferred())
        }
        Way::Rule { .. } | Way::Mapping { .. } | Way::Nothing => {
            out.fine(subject(domain), format!("no routing rule takes {} away", words(request)));
            return Ok(()); // where no mapping takes it either, mapping-missing speaks
        }
    };
    let mode = domain.routing_mode.as_deref().unwrap_or_default();
    out.found(
        Finding::new(&META, subject(domain), what)
            .confidence(Confidence::Likely)
            .evidence(evidence)
            .evidence(Evidence::found(subject(domain), "RoutingMode", mode, source::GET_DOMAIN_NAMES).expected("API_MAPPING_ONLY"))
            .effect(Effect::blocks_request(Phase::Edge, index, answer))
            .fix(mappings_only(deployment, domain, request))
            .fix(look_at_rules(deployment, domain)),
    );
    Ok(())
}

/// Without rules the mappings decide; that is proved where one of them leads here.
fn mappings_only(deployment: &Deployment, domain: &Domain, request: &Request) -> Fix {
    let mappings = deployment.api_mappings(&domain.name).unwrap_or_default();
    let here = matches!(take(&[], mappings, request), Way::Mapping { mapping, .. } if mapping.api_id == deployment.api_id());
    let change = remedy::set(&["domains", "known", &domain.name, "routing_mode"], json!("API_MAPPING_ONLY"));
    let title = "let the mappings decide alone: every routing rule of the domain stops working";
    Fix::new(title, Risk::Disruptive, if here { vec![change] } else { Vec::new() })
        .cli(update_domain(deployment, domain, "--routing-mode API_MAPPING_ONLY"))
        .console(format!("{} → Routing details → Routing mode: API mappings only", console(domain)))
}

fn look_at_rules(deployment: &Deployment, domain: &Domain) -> Fix {
    let query = "--query 'RoutingRules[].[Priority,RoutingRuleId,Conditions,Actions]'";
    Fix::new("or narrow the rule's conditions, so that it leaves the request to the mappings", Risk::Disruptive, Vec::new())
        .cli(aws(deployment, &format!("apigatewayv2 list-routing-rules --domain-name {} {query}", quote(&domain.name))))
        .console(format!("{} → Routing details → (rule) → Edit", console(domain)))
}
