//! API Gateway: custom domain names, their mappings and routing rules.
//!
//! AWS does not tell which domains lead to an API, so each domain of the Region is asked where it leads. Those that
//! are known to lead elsewhere are dropped; one whose mappings could not be read may lead here, and stays.

use super::call::Call;
use super::certificates;
use super::gather::all;
use super::outcome::{Answer, Lacks, Refusal, need, text};
use super::reader::{Reader, by_key, each};
use apigw_doctor_checks::model::domain::{
    ApiMapping, Domain, DomainConfiguration, DomainState, HeaderGlob, InvokeApi, MutualTls, RoutingCondition, RoutingRule,
};
use apigw_doctor_checks::model::fetched::Fetched;
use aws_sdk_apigatewayv2::operation::get_domain_name::GetDomainNameOutput;
use aws_sdk_apigatewayv2::types;
use std::collections::BTreeSet;

/// Each domain takes a call or two, and API Gateway allows an account ten a second. Beyond so many, only the one that was asked
/// about is followed.
const FOLLOWED: usize = 25;

/// Reads the domains that lead to an API, and the one that was asked about.
pub(super) async fn domains(reader: &Reader<'_>, api: &str, asked: Option<&str>) {
    let request = |token| reader.aws().gateway.get_domain_names().set_next_token(token).send();
    let answer = reader.pages(Call::GetDomainNames, request, |page| (page.items, page.next_token)).await;
    let found = answer.and_then(|items| by_key(Call::GetDomainNames, &items, to_domain, |domain| domain.name.clone())).fetched();
    let Some(all_domains) = found.value() else { return reader.facts.record(|facts| facts.domains = found) };
    let few = all_domains.len() <= FOLLOWED;
    let ways = all(all_domains.values().map(|domain| async move {
        let is_asked = asked == Some(domain.name.as_str());
        if few || is_asked { read_ways(reader, domain).await } else { Ways::not_followed(domain, all_domains.len()) }
    }))
    .await;
    let is_asked = |domain: &Domain| asked == Some(domain.name.as_str());
    let kept: Vec<(&Domain, &Ways)> =
        all_domains.values().zip(&ways).filter(|(domain, ways)| is_asked(domain) || ways.lead_to(api) != Some(false)).collect();
    reader.facts.record(|facts| {
        facts.domains = Fetched::Known(kept.iter().map(|(domain, _)| (domain.name.clone(), (*domain).clone())).collect());
        for (domain, ways) in &kept {
            facts.api_mappings.insert(domain.name.clone(), ways.mappings.clone());
            if let Some(rules) = &ways.rules {
                facts.routing_rules.insert(domain.name.clone(), rules.clone());
            }
        }
    });
    let surely = kept.iter().filter(|(domain, ways)| is_asked(domain) || ways.lead_to(api) == Some(true));
    let arns: BTreeSet<String> = surely.flat_map(|(domain, _)| certificates_of(domain, reader.region())).collect();
    certificates::each(reader, &arns).await;
}

/// Where a domain leads.
#[derive(Debug)]
struct Ways {
    mappings: Fetched<Vec<ApiMapping>>,
    /// Absent when the domain's routing mode does not look at rules.
    rules: Option<Fetched<Vec<RoutingRule>>>,
}

impl Ways {
    fn not_followed(domain: &Domain, count: usize) -> Ways {
        let what =
            format!("there are {count} custom domain names, and of more than {FOLLOWED} only the one that is asked about is followed");
        Ways { mappings: Fetched::Failed { what: what.clone() }, rules: uses_rules(domain).then_some(Fetched::Failed { what }) }
    }

    /// Whether a domain leads to an API; `None` if that could not be read.
    fn lead_to(&self, api: &str) -> Option<bool> {
        let mapped = self.mappings.value().map(|mappings| mappings.iter().any(|mapping| mapping.api_id == api));
        let invoked = match &self.rules {
            None => Some(false),
            Some(rules) => rules.value().map(|rules| rules.iter().flat_map(|rule| &rule.invokes).any(|invoke| invoke.api_id == api)),
        };
        match (mapped, invoked) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            (None, _) | (_, None) => None,
        }
    }
}

async fn read_ways(reader: &Reader<'_>, domain: &Domain) -> Ways {
    let rules = async {
        match uses_rules(domain) {
            true => Some(rules(reader, &domain.name).await.fetched()),
            false => None,
        }
    };
    let (mappings, rules) = tokio::join!(mappings(reader, &domain.name), rules);
    Ways { mappings: mappings.fetched(), rules }
}

/// True when the routing mode of a domain looks at routing rules.
pub(super) fn uses_rules(domain: &Domain) -> bool {
    domain.routing_mode.as_deref().is_some_and(|mode| mode != "API_MAPPING_ONLY")
}

/// Asks for a custom domain; `Kind::Missing` if there is none.
pub(super) async fn domain(reader: &Reader<'_>, name: &str) -> Result<Domain, Refusal> {
    let output = reader.ask(Call::GetDomainName, reader.aws().gateway.get_domain_name().domain_name(name).send()).await?;
    to_domain(&as_listed(output)).map_err(|lacks| Refusal::unreadable(Call::GetDomainName, lacks))
}

/// The mappings of a custom domain.
pub(super) async fn mappings(reader: &Reader<'_>, domain: &str) -> Result<Vec<ApiMapping>, Refusal> {
    let request = |token| reader.aws().gateway.get_api_mappings().domain_name(domain).set_next_token(token).send();
    let items = reader.pages(Call::GetApiMappings, request, |page| (page.items, page.next_token)).await?;
    each(Call::GetApiMappings, &items, to_mapping)
}

/// The routing rules of a custom domain.
pub(super) async fn rules(reader: &Reader<'_>, domain: &str) -> Result<Vec<RoutingRule>, Refusal> {
    let request = |token| reader.aws().gateway.list_routing_rules().domain_name(domain).set_next_token(token).send();
    let items = reader.pages(Call::ListRoutingRules, request, |page| (page.routing_rules, page.next_token)).await?;
    each(Call::ListRoutingRules, &items, to_rule)
}

/// The certificates that a domain shows to clients. One of another Region cannot be asked for here.
fn certificates_of(domain: &Domain, region: &str) -> BTreeSet<String> {
    let arns = domain.configurations.iter().flat_map(|one| [&one.certificate_arn, &one.ownership_certificate_arn]);
    arns.flatten().filter(|arn| arn.split(':').nth(3) == Some(region)).cloned().collect()
}

/// `GetDomainName` answers with the fields of an item of `GetDomainNames`.
fn as_listed(output: GetDomainNameOutput) -> types::DomainName {
    types::DomainName::builder()
        .set_domain_name(output.domain_name)
        .set_domain_name_configurations(output.domain_name_configurations)
        .set_mutual_tls_authentication(output.mutual_tls_authentication)
        .set_routing_mode(output.routing_mode)
        .build()
}

fn to_domain(domain: &types::DomainName) -> Result<Domain, Lacks> {
    Ok(Domain {
        name: text(domain.domain_name.clone(), "DomainName")?,
        configurations: domain.domain_name_configurations().iter().map(to_configuration).collect(),
        // Without a truststore it is empty, and off.
        mutual_tls: domain.mutual_tls_authentication.as_ref().filter(|mutual| has_truststore(mutual)).map(|mutual| MutualTls {
            truststore_uri: mutual.truststore_uri.clone(),
            truststore_version: mutual.truststore_version.clone(),
            truststore_warnings: mutual.truststore_warnings().to_vec(),
        }),
        routing_mode: domain.routing_mode.as_ref().map(|mode| mode.as_str().to_owned()),
    })
}

fn has_truststore(mutual: &types::MutualTlsAuthentication) -> bool {
    mutual.truststore_uri.as_deref().is_some_and(|uri| !uri.is_empty())
}

fn to_configuration(found: &types::DomainNameConfiguration) -> DomainConfiguration {
    let state = DomainState {
        status: found.domain_name_status.as_ref().map(|status| status.as_str().to_owned()),
        message: found.domain_name_status_message.clone().filter(|message| !message.is_empty()),
    };
    DomainConfiguration {
        api_gateway_domain_name: found.api_gateway_domain_name.clone(),
        hosted_zone_id: found.hosted_zone_id.clone(),
        certificate_arn: found.certificate_arn.clone(),
        ownership_certificate_arn: found.ownership_verification_certificate_arn.clone(),
        endpoint_type: found.endpoint_type.as_ref().map(|kind| kind.as_str().to_owned()),
        security_policy: found.security_policy.as_ref().map(|policy| policy.as_str().to_owned()),
        ip_address_type: found.ip_address_type.as_ref().map(|kind| kind.as_str().to_owned()),
        state: Fetched::Known(state),
    }
}

fn to_mapping(mapping: &types::ApiMapping) -> Result<ApiMapping, Lacks> {
    Ok(ApiMapping {
        id: text(mapping.api_mapping_id.clone(), "ApiMappingId")?,
        api_id: text(mapping.api_id.clone(), "ApiId")?,
        stage: text(mapping.stage.clone(), "Stage")?,
        // Without a key the mapping is that of the root.
        key: mapping.api_mapping_key.as_deref().unwrap_or_default().trim_matches('/').to_owned(),
    })
}

fn to_rule(rule: &types::RoutingRule) -> Result<RoutingRule, Lacks> {
    let invokes = rule.actions().iter().filter_map(|action| action.invoke_api.as_ref());
    Ok(RoutingRule {
        id: text(rule.routing_rule_id.clone(), "RoutingRuleId")?,
        priority: need(rule.priority.and_then(|priority| u32::try_from(priority).ok()), "Priority")?,
        conditions: rule.conditions().iter().map(to_condition).collect::<Result<_, _>>()?,
        invokes: invokes.map(to_invoke).collect::<Result<_, _>>()?,
    })
}

fn to_condition(condition: &types::RoutingRuleCondition) -> Result<RoutingCondition, Lacks> {
    if let Some(headers) = &condition.match_headers {
        let glob = |one: &types::RoutingRuleMatchHeaderValue| {
            Ok(HeaderGlob { header: text(one.header.clone(), "Header")?, value_glob: need(one.value_glob.clone(), "ValueGlob")? })
        };
        return Ok(RoutingCondition::Headers { any_of: headers.any_of().iter().map(glob).collect::<Result<_, _>>()? });
    }
    Ok(match &condition.match_base_paths {
        Some(paths) => RoutingCondition::BasePaths { any_of: paths.any_of().to_vec() },
        None => RoutingCondition::Unknown,
    })
}

fn to_invoke(invoke: &types::RoutingRuleActionInvokeApi) -> Result<InvokeApi, Lacks> {
    Ok(InvokeApi {
        api_id: text(invoke.api_id.clone(), "InvokeApi.ApiId")?,
        stage: text(invoke.stage.clone(), "InvokeApi.Stage")?,
        strip_base_path: invoke.strip_base_path.unwrap_or(false),
    })
}

#[cfg(test)]
mod tests {
    use super::{ApiMapping, Fetched, Lacks, RoutingCondition, Ways, certificates_of, to_domain, to_mapping, to_rule, types};

    fn mapped(api: &str) -> Fetched<Vec<ApiMapping>> {
        let mapping = ApiMapping { id: "m1".to_owned(), api_id: api.to_owned(), stage: "prod".to_owned(), key: String::new() };
        Fetched::Known(vec![mapping])
    }

    #[test]
    fn a_domain_that_could_not_be_asked_may_lead_here() {
        let failed = || Fetched::Failed { what: "throttled".to_owned() };
        assert_eq!(Ways { mappings: mapped("a"), rules: None }.lead_to("a"), Some(true));
        assert_eq!(Ways { mappings: mapped("b"), rules: None }.lead_to("a"), Some(false));
        assert_eq!(Ways { mappings: failed(), rules: None }.lead_to("a"), None);
        assert_eq!(Ways { mappings: mapped("b"), rules: Some(Fetched::Denied { action: "x".to_owned() }) }.lead_to("a"), None);
        assert_eq!(Ways { mappings: mapped("a"), rules: Some(Fetched::Denied { action: "x".to_owned() }) }.lead_to("a"), Some(true));
    }

    #[test]
    fn a_rule_keeps_its_conditions_also_those_of_later_days() {
        let header = types::RoutingRuleMatchHeaderValue::builder().header("x-version").value_glob("v2*").build();
        let headers = types::RoutingRuleMatchHeaders::builder().any_of(header).build();
        let paths = types::RoutingRuleMatchBasePaths::builder().any_of("orders").build();
        let invoke = types::RoutingRuleActionInvokeApi::builder().api_id("a").stage("prod").strip_base_path(true).build();
        let rule = types::RoutingRule::builder()
            .routing_rule_id("r1")
            .priority(5)
            .conditions(types::RoutingRuleCondition::builder().match_headers(headers).build())
            .conditions(types::RoutingRuleCondition::builder().match_base_paths(paths).build())
            .conditions(types::RoutingRuleCondition::builder().build())
            .actions(types::RoutingRuleAction::builder().invoke_api(invoke).build())
            .build();
        let rule = to_rule(&rule).expect("complete");
        assert_eq!((rule.priority, rule.conditions.len(), rule.invokes[0].strip_base_path), (5, 3, true));
        assert_eq!(rule.conditions[2], RoutingCondition::Unknown);
        assert_eq!(to_rule(&types::RoutingRule::builder().routing_rule_id("r1").build()), Err(Lacks("Priority")));
    }

    #[test]
    fn a_mapping_without_a_key_is_that_of_the_root() {
        let mapping = |key: Option<&str>| {
            let built = types::ApiMapping::builder().api_mapping_id("m").api_id("a").stage("s").set_api_mapping_key(key.map(str::to_owned));
            to_mapping(&built.build()).expect("complete").key
        };
        assert_eq!((mapping(None), mapping(Some("orders/v1"))), (String::new(), "orders/v1".to_owned()));
    }

    #[test]
    fn certificates_of_another_region_are_not_asked_for() {
        let arn = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/1");
        let configuration = |region: &str| types::DomainNameConfiguration::builder().certificate_arn(arn(region)).build();
        let domain = types::DomainName::builder()
            .domain_name("api.example.com")
            .domain_name_configurations(configuration("us-east-1"))
            .domain_name_configurations(configuration("eu-central-1"))
            .build();
        let domain = to_domain(&domain).expect("complete");
        assert_eq!(certificates_of(&domain, "eu-central-1").into_iter().collect::<Vec<_>>(), [arn("eu-central-1")]);
    }
}
