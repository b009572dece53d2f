//! Custom domain names: which are followed, which are kept, and what a request that comes in by one looks like.

use super::article::{API, GET_DOMAINS, article};
use super::{collected, facts, resolved};
use crate::collect::replay::{Replay, Script, ok, refused_json};
use crate::collect::{Accumulator, Silent, collect};
use apigw_doctor_checks::model::domain::RoutingCondition;
use apigw_doctor_checks::model::facts::Facts;
use apigw_doctor_checks::model::fetched::Fetched;

const CERTIFICATE: &str = "arn:aws:acm:eu-central-1:123456789012:certificate/domain";

fn domain(name: &str, mode: &str) -> String {
    format!(
        r#"{{"domainName":"{name}","routingMode":"{mode}","domainNameConfigurations":[{{"apiGatewayDomainName":"d-1.execute-api.eu-central-1.amazonaws.com",
        "certificateArn":"{CERTIFICATE}","hostedZoneId":"Z1","endpointType":"REGIONAL","securityPolicy":"TLS_1_2","domainNameStatus":"AVAILABLE"}}]}}"#
    )
}

fn mapping(api: &str, key: &str) -> String {
    format!(r#"{{"items":[{{"apiMappingId":"m1","apiId":"{api}","apiMappingKey":"{key}","stage":"prod"}}]}}"#)
}

fn with(script: Script, domains: &[String]) -> Script {
    script.on(GET_DOMAINS, [ok(format!(r#"{{"items":[{}]}}"#, domains.join(",")))])
}

/// Names of the domains that were kept.
fn kept(facts: &Facts) -> Vec<&str> {
    facts.domains.value().expect("read").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn domains_that_lead_elsewhere_are_dropped_and_certificates_of_the_others_read() {
    let script = with(article(), &["here.example.com", "there.example.com"].map(|name| domain(name, "API_MAPPING_ONLY")))
        .on("GET /v2/domainnames/here.example.com/apimappings", [ok(mapping(API, ""))])
        .on("GET /v2/domainnames/there.example.com/apimappings", [ok(mapping("other", ""))]);
    let replay = Replay::start(script);
    let facts = collected(&replay).await.expect("healthy").facts;
    assert_eq!((kept(&facts), facts.api_mappings.len(), facts.routing_rules.len()), (vec!["here.example.com"], 1, 0));
    let state = facts.domains.value().expect("read")["here.example.com"].configurations[0].state.value().cloned().expect("read");
    assert_eq!((state.status.as_deref(), state.message), (Some("AVAILABLE"), None));
    assert!(facts.certificates[CERTIFICATE].value().is_some());
    assert_eq!(replay.count("routingrules"), 0, "nobody looks at rules there");
}

#[tokio::test]
async fn every_page_of_domains_and_mappings_is_read() {
    let first = format!(r#"{{"items":[{}],"nextToken":"p2"}}"#, domain("a.example.com", "API_MAPPING_ONLY"));
    let second = format!(r#"{{"items":[{}]}}"#, domain("b.example.com", "API_MAPPING_ONLY"));
    let empty = r#"{"items":[],"nextToken":"p2"}"#;
    let facts = facts(
        article()
            .on("GET /v2/domainnames ", [ok(first)])
            .on("GET /v2/domainnames?nextToken=p2", [ok(second)])
            .on("/apimappings", [ok(r#"{"items":[]}"#)])
            .on("GET /v2/domainnames/b.example.com/apimappings", [ok(empty), ok(mapping(API, ""))]),
    )
    .await;
    assert_eq!(kept(&facts), ["b.example.com"]);
}

#[tokio::test]
async fn a_rule_that_invokes_the_api_leads_to_it() {
    let rules = format!(
        r#"{{"routingRules":[{{"routingRuleId":"r1","priority":10,"conditions":[{{"matchBasePaths":{{"anyOf":["orders"]}}}}],
        "actions":[{{"invokeApi":{{"apiId":"{API}","stage":"prod","stripBasePath":true}}}}]}}]}}"#
    );
    let script = with(article(), &[domain("api.example.com", "ROUTING_RULE_THEN_API_MAPPING")])
        .on("/apimappings", [ok(mapping("other", ""))])
        .on("GET /v2/domainnames/api.example.com/routingrules", [ok(rules)]);
    let known = facts(script.clone()).await;
    let rule = &known.routing_rules["api.example.com"].value().expect("read")[0];
    assert_eq!(rule.conditions, [RoutingCondition::BasePaths { any_of: vec!["orders".to_owned()] }]);
    assert!(rule.invokes[0].strip_base_path);
    let denied = facts(script.on("GET /v2/domainnames/api.example.com/routingrules", [refused_json(403, "AccessDeniedException")])).await;
    assert_eq!(denied.routing_rules["api.example.com"], Fetched::Denied { action: "apigateway:ListRoutingRules".to_owned() });
    assert_eq!(kept(&denied), ["api.example.com"], "it may lead here");
}

#[tokio::test]
async fn mutual_tls_without_a_truststore_is_off() {
    for (answer, expected) in [("{}", None), (r#"{"truststoreUri":""}"#, None), (r#"{"truststoreUri":"s3://b/k"}"#, Some("s3://b/k"))] {
        let asks = domain("api.example.com", "API_MAPPING_ONLY").replacen('{', &format!(r#"{{"mutualTlsAuthentication":{answer},"#), 1);
        let facts = facts(with(article(), &[asks]).on("/apimappings", [ok(mapping(API, ""))])).await;
        let mutual = facts.domains.value().expect("read")["api.example.com"].mutual_tls.as_ref();
        assert_eq!(mutual.map(|mutual| mutual.truststore_uri.as_deref()), expected.map(Some), "{answer}");
    }
}

#[tokio::test]
async fn denied_and_empty_domains_are_told_apart() {
    let denied = facts(article().on(GET_DOMAINS, [refused_json(403, "AccessDeniedException")])).await;
    assert_eq!(denied.domains, Fetched::Denied { action: "apigateway:GET".to_owned() });
    assert_eq!(facts(article()).await.domains, Fetched::Known(Default::default()));
    let script = with(article(), &[domain("api.example.com", "API_MAPPING_ONLY")]);
    let unknown = facts(script.on("/apimappings", [refused_json(403, "AccessDeniedException")])).await;
    assert_eq!(unknown.api_mappings["api.example.com"], Fetched::Denied { action: "apigateway:GET".to_owned() });
}

#[tokio::test]
async fn of_very_many_domains_only_the_one_that_was_asked_about_is_followed() {
    let domains: Vec<String> = (10..36).map(|i| domain(&format!("d{i}.example.com"), "API_MAPPING_ONLY")).collect();
    let script = with(article(), &domains)
        .on("GET /v2/domainnames/d20.example.com ", [ok(domain("d20.example.com", "API_MAPPING_ONLY"))])
        .on("/apimappings", [ok(mapping(API, ""))]);
    let replay = Replay::start(script);
    let api = resolved(&replay, "d20.example.com").await.expect("it leads here");
    let facts = collect(&replay.session(), &api, super::now(), &Silent, &Accumulator::default()).await.expect("healthy").facts;
    assert!(facts.api_mappings["d20.example.com"].value().is_some());
    let Fetched::Failed { what } = &facts.api_mappings["d10.example.com"] else { panic!("{:?}", facts.api_mappings) };
    assert!(what.contains("26 custom domain names"), "{what}");
    assert_eq!((facts.api_mappings.len(), replay.count("/apimappings")), (26, 2), "once to find the API, once to read it");
}

#[tokio::test]
async fn what_was_asked_of_a_domain_is_kept() {
    let script = article()
        .on("GET /v2/domainnames/", [refused_json(404, "NotFoundException")])
        .on("GET /v2/domainnames/%2A.example.com ", [ok(domain("*.example.com", "API_MAPPING_ONLY"))])
        .on("GET /v2/domainnames/%2A.example.com/apimappings", [ok(mapping(API, "orders"))]);
    let entry = |api: crate::collect::ApiRef| api.entry.expect("it came in by a domain");
    let base = entry(resolved(&Replay::start(script.clone()), "https://api.example.com/orders").await.expect("one API"));
    assert_eq!((base.host.as_str(), base.domain.as_str(), base.base.as_str()), ("api.example.com", "*.example.com", "/orders"));
    assert_eq!((base.stage.as_str(), base.path), ("prod", None));
    let below = entry(resolved(&Replay::start(script), "https://api.example.com/orders/1").await.expect("one API"));
    assert_eq!(below.path.as_deref(), Some("/orders/1"));
    let plain = resolved(&Replay::start(article()), API).await.expect("an id");
    assert_eq!(plain.entry, None);
}
