//! An integration goes over the internet to a name or address that only exists inside a VPC.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{Integration, Route};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote, then_deploy};
use crate::symptom::Symptom;
use serde_json::json;
use std::net::IpAddr;

static META: Meta = Meta {
    id: "integration-not-private",
    hop: Hop::Integration,
    severity: Severity::Error,
    title: "an integration without VPC link names an internal load balancer",
    phase: Some(Phase::Connect),
    needs: &[Part::Routes, Part::Integrations],
    optional: &[Part::Listeners, Part::LoadBalancers, Part::Stages],
    symptoms: &[Symptom::GatewayServiceUnavailable, Symptom::GatewayNotFound, Symptom::GatewayTimeout],
    refines: &[],
    since: "0.1.0",
    page: include_str!("integration_not_private.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct IntegrationNotPrivate;

impl Check for IntegrationNotPrivate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.attached_integrations(), |out, integration| {
            let subject = Subject::new(SubjectKind::Integration, &integration.id);
            if integration.is_private() {
                out.fine(subject, format!("integration {} goes through a VPC link", integration.id));
                return Ok(());
            }
            let Some((host, _)) = integration.uri.as_deref().and_then(host_and_path) else { return Ok(()) }; // a function, or a service
            if is_internal(host) {
                out.found(finding(deployment, integration, host, subject)?);
            } else {
                out.fine(subject, format!("integration {} goes to {host}, which does not look internal", integration.id));
            }
            Ok(())
        });
        Ok(())
    }
}

/// Host without port, and path, of an `http` or `https` URL.
fn host_and_path(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"))?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let bracketed = authority.strip_prefix('[').and_then(|inner| inner.split_once(']')).map(|(address, _)| address);
    Some((bracketed.unwrap_or_else(|| authority.split(':').next().unwrap_or(authority)), path))
}

/// The name of an internal Application Load Balancer, or an address that is not routed on the internet.
/// An internal Network Load Balancer has no such mark in its name: nothing is said about those.
fn is_internal(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let on_elb = host.ends_with(".elb.amazonaws.com") || host.ends_with(".elb.amazonaws.com.cn");
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local(),
        Err(_) => host.starts_with("internal-") && on_elb,
    }
}

fn finding(deployment: &Deployment, integration: &Integration, host: &str, subject: Subject) -> Result<Finding, Gap> {
    let uri = integration.uri.as_deref().unwrap_or_default();
    // That the host cannot be reached follows from what it is; which status API Gateway makes of it is seen in the field.
    let answer = ExpectedAnswer::gateway(Some(503), Symptom::GatewayServiceUnavailable).inferred();
    let summary = format!("integration {} goes over the internet to {host}, which is only reachable inside its VPC", integration.id);
    let finding = Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject.clone(), "ConnectionType", &integration.connection_type, source::GET_INTEGRATIONS).expected("VPC_LINK"),
        )
        .evidence(
            Evidence::found(subject.clone(), "IntegrationUri", uri, source::GET_INTEGRATIONS)
                .expected("the ARN of the load balancer's listener"),
        )
        .effect(Effect::blocks_all(Phase::Connect, subject, answer));
    Ok(match twin(deployment, host, uri)? {
        Some(twin) => finding.fix(use_the_twin(deployment, integration, twin)?),
        None => finding.fix(make_it_private(deployment, host)),
    })
}

/// A private integration of the same API that leads to the same load balancer, if the URL adds nothing to the path.
fn twin<'a>(deployment: &'a Deployment, host: &str, uri: &str) -> Result<Option<&'a Integration>, Gap> {
    if !host_and_path(uri).is_some_and(|(_, path)| matches!(path, "" | "/" | "/{proxy}")) {
        return Ok(None);
    }
    let leads_there = |integration: &&Integration| {
        let listener = deployment.listener_of(integration).ok().flatten();
        let lb = listener.and_then(|listener| deployment.load_balancer(&listener.load_balancer_arn).ok()?);
        integration.is_private() && lb.is_some_and(|lb| lb.dns_name.eq_ignore_ascii_case(host))
    };
    Ok(deployment.integrations()?.values().find(leads_there))
}

fn use_the_twin(deployment: &Deployment, integration: &Integration, twin: &Integration) -> Result<Fix, Gap> {
    let target = format!("integrations/{}", twin.id);
    let uses_it = |route: &&Route| route.integration_id() == Some(&integration.id);
    let routes: Vec<&Route> = deployment.routes()?.values().filter(uses_it).collect();
    let change = routes.iter().map(|route| remedy::set(&["routes", "known", &route.id, "target"], json!(target))).collect();
    let title = format!("attach integration {}, which reaches the same load balancer by VPC link", twin.id);
    let mut fix = Fix::new(title, Risk::Safe, change);
    for route in routes {
        let (api, id) = (quote(deployment.api_id()), quote(&route.id));
        let command = format!("apigatewayv2 update-route --api-id {api} --route-id {id} --target {}", quote(&target));
        fix = fix.cli(aws(deployment, &command)).console(format!("API Gateway: Routes → {} → Change integration → {}", route.key, twin.id));
    }
    Ok(then_deploy(deployment, fix))
}

/// Which link and which listener is not among the facts: these steps look them up.
fn make_it_private(deployment: &Deployment, host: &str) -> Fix {
    let mut fix = Fix::new("make it a private integration: a VPC link, and the listener's ARN as URI", Risk::Safe, Vec::new())
        .cli(aws(deployment, "apigatewayv2 get-vpc-links --query 'Items[].[VpcLinkId,Name,VpcLinkStatus]'"));
    if host.parse::<IpAddr>().is_err() {
        let by_name = quote(&format!("LoadBalancers[?DNSName=='{host}'].LoadBalancerArn"));
        let balancer = aws(deployment, &format!("elbv2 describe-load-balancers --query {by_name} --output text"));
        let query = "--query 'Listeners[].[ListenerArn,Protocol,Port]'";
        fix = fix.cli(aws(deployment, &format!("elbv2 describe-listeners --load-balancer-arn \"$({balancer})\" {query}")));
    }
    let fix = fix.console(
        "API Gateway: Integrations → Create → Private resource → ALB/NLB → the listener → the VPC link; then attach it to the route",
    );
    then_deploy(deployment, fix)
}

#[cfg(test)]
mod tests {
    use super::{host_and_path, is_internal};

    #[test]
    fn only_hosts_inside_a_vpc_are_internal() {
        let host = |uri| host_and_path(uri).map(|(host, _)| host);
        assert_eq!(
            host("http://internal-orders-1.eu-central-1.elb.amazonaws.com:8080/a?b"),
            Some("internal-orders-1.eu-central-1.elb.amazonaws.com")
        );
        assert_eq!(host("https://[fd00::1]:8443/"), Some("fd00::1"));
        assert_eq!(host("arn:aws:lambda:eu-central-1:123456789012:function:orders"), None);
        for inside in ["INTERNAL-orders-1.eu-central-1.elb.amazonaws.com", "10.20.10.21", "172.31.0.5", "fd00::1", "127.0.0.1"] {
            assert!(is_internal(inside), "{inside}");
        }
        for outside in ["orders-1.eu-central-1.elb.amazonaws.com", "internal-tools.example.com", "172.32.0.5", "api.example.com"] {
            assert!(!is_internal(outside), "{outside}");
        }
    }
}
