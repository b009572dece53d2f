//! The asked way in is IPv4 only, while another way into the same API has IPv6.

use super::entry::{configuration, console, subject, update_domain};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::domain::Domain;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::domains::serving;
use crate::source;
use crate::steps::{aws, quote};
use crate::symptom::Symptom;
use serde_json::json;

const BOTH: &str = "dualstack";

static META: Meta = Meta {
    id: "ipv6-client-on-ipv4-api",
    hop: Hop::Domain,
    severity: Severity::Info,
    title: "this way in has no IPv6, and another way into the API has",
    phase: Some(Phase::Edge),
    needs: &[Part::Api, Part::Domains],
    optional: &[],
    symptoms: &[Symptom::ConnectFailed, Symptom::NoDns],
    refines: &[],
    since: "0.1.0",
    page: include_str!("ipv6_client_on_ipv4_api.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct Ipv6ClientOnIpv4Api;

impl Check for Ipv6ClientOnIpv4Api {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let api = deployment.api()?;
        let domains = deployment.domains()?;
        let endpoint = api.ip_address_type.as_deref() == Some(BOTH);
        // Only where some way in has IPv6 is it plain that clients with IPv6 alone are expected.
        let domain_with = domains.values().find(|domain| has_ipv6(domain)).map(|domain| domain.name.clone());
        let elsewhere = domain_with.or_else(|| (endpoint && !api.execute_api_disabled).then(|| api.endpoint.clone()));
        for request in deployment.requests() {
            let domain = match &request.domain {
                Some(host) => serving(domains, host),
                None => None,
            };
            if domain.is_none() && request.domain.is_some() {
                out.gap(Gap::undecided(Part::Domains, "the custom domain of the request is not known"));
                continue;
            }
            let at = domain.map_or_else(|| Subject::new(SubjectKind::Api, deployment.api_id()), subject);
            let own = domain.map_or(endpoint, has_ipv6);
            match &elsewhere {
                Some(elsewhere) if !own => out.found(finding(deployment, at, domain, elsewhere)),
                _ => out.fine(at, if own { "it has IPv6" } else { "no way into the API has IPv6" }),
            }
        }
        Ok(())
    }
}

fn has_ipv6(domain: &Domain) -> bool {
    domain.configurations.iter().any(|one| one.ip_address_type.as_deref() == Some(BOTH))
}

fn finding(deployment: &Deployment, at: Subject, domain: Option<&Domain>, elsewhere: &str) -> Finding {
    let source = if domain.is_some() { source::GET_DOMAIN_NAMES } else { source::GET_API };
    let summary = format!("{at} has no IPv6, while {elsewhere} has: a client with IPv6 alone gets in there, and not here");
    Finding::new(&META, at.clone(), summary)
        .confidence(Confidence::Possible)
        .evidence(Evidence::found(at.clone(), "IpAddressType", "ipv4", source).expected(BOTH))
        .effect(Effect::weakens(Phase::Edge, at))
        .fix(domain.map_or_else(|| on_api(deployment), |domain| on_domain(deployment, domain)))
}

fn on_api(deployment: &Deployment) -> Fix {
    let command = format!("apigatewayv2 update-api --api-id {} --ip-address-type {BOTH}", quote(deployment.api_id()));
    Fix::new("give the default endpoint IPv6, too", Risk::Safe, vec![remedy::set(&["api", "known", "ip_address_type"], json!(BOTH))])
        .cli(aws(deployment, &command))
        .console("API Gateway: (API) → API details → Edit → IP address type: Dualstack")
}

fn on_domain(deployment: &Deployment, domain: &Domain) -> Fix {
    let mut fix = Fix::new("give the custom domain IPv6, too", Risk::Safe, Vec::new());
    for (index, one) in domain.configurations.iter().enumerate() {
        let place = index.to_string();
        fix.change.push(remedy::set(&["domains", "known", &domain.name, "configurations", &place, "ip_address_type"], json!(BOTH)));
        let certificate = quote(one.certificate_arn.as_deref().unwrap_or("CERTIFICATE"));
        let arguments = configuration(one, &certificate, &format!(",IpAddressType={BOTH}"));
        fix = fix.cli(update_domain(deployment, domain, &arguments));
    }
    fix.console(format!("{} → Edit → IP address type: Dualstack; then an AAAA record beside the A record", console(domain)))
}
