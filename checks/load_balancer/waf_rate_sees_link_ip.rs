//! A rule of the web ACL goes by the source address, and all requests come from the VPC link.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::LoadBalancer;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::firewall::{WebAcl, WebAclRule};
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "waf-rate-sees-link-ip",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "a rule of the web ACL goes by source addresses, and those are the VPC link's",
    phase: None, // in bursts, or never: it depends on the traffic
    needs: &[Part::Routes, Part::Integrations, Part::Listeners, Part::LoadBalancers, Part::WebAcls, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::Stages],
    symptoms: &[Symptom::LbForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("waf_rate_sees_link_ip.md"),
};

/// The header that carries the client's address to the web ACL; `X-Forwarded-*` cannot be mapped.
const HEADER: &str = "x-client-ip";

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct WafRateSeesLinkIp;

impl Check for WafRateSeesLinkIp {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(deployment.reading_load_balancers(), |out, lb| {
            let subject = Subject::from_arn(SubjectKind::LoadBalancer, &lb.arn);
            let Some(acl) = deployment.web_acl(&lb.arn)? else {
                out.fine(subject, format!("load balancer {} has no web ACL", lb.name));
                return Ok(());
            };
            let by_source: Vec<(usize, &WebAclRule)> = acl.rules.iter().enumerate().filter(|(_, rule)| goes_by_source(rule)).collect();
            if by_source.is_empty() {
                out.fine(subject, format!("no rule of web ACL {} goes by the source address", acl.name));
            } else {
                out.found(finding(deployment, lb, acl, subject, &by_source));
            }
            Ok(())
        });
        Ok(())
    }
}

fn counts_sources(rule: &WebAclRule) -> bool {
    rule.rate_key.as_deref() == Some("IP")
}

fn compares_sources(rule: &WebAclRule) -> bool {
    rule.statements.iter().any(|statement| statement == "ip-set-reference") && !rule.forwarded_ip
}

/// A rule that only counts stops nobody.
fn goes_by_source(rule: &WebAclRule) -> bool {
    rule.action.as_deref() != Some("count") && (counts_sources(rule) || compares_sources(rule))
}

fn finding(deployment: &Deployment, lb: &LoadBalancer, acl: &WebAcl, subject: Subject, rules: &[(usize, &WebAclRule)]) -> Finding {
    let names = rules.iter().map(|(_, rule)| rule.name.as_str()).collect::<Vec<_>>().join(", ");
    let rate = rules.iter().any(|(_, rule)| counts_sources(rule));
    let summary = format!("web ACL {} goes by source addresses in {names}, and all requests come from the VPC link's", acl.name);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        // That the link's interfaces are the source is inferred; an IP set may well hold the link's addresses on purpose.
        .confidence(if rate { Confidence::Likely } else { Confidence::Possible })
        .effect(Effect::weakens(Phase::Http, subject.clone()));
    for (_, rule) in rules.iter().take(3) {
        let (field, found) = match counts_sources(rule) {
            true => ("RateBasedStatement.AggregateKeyType", format!("{}: IP", rule.name)),
            false => ("IPSetReferenceStatement.IPSetForwardedIPConfig", format!("{}: not set", rule.name)),
        };
        let evidence = Evidence::found(subject.clone(), field, found, source::GET_WEB_ACL_FOR_RESOURCE);
        finding = finding.evidence(evidence.expected("a forwarded address"));
    }
    finding.fix(forward(deployment, lb, acl, rules))
}

/// API Gateway's own header with the address is `Forwarded`, which AWS WAF does not take apart: so a header of one's own.
fn forward(deployment: &Deployment, lb: &LoadBalancer, acl: &WebAcl, rules: &[(usize, &WebAclRule)]) -> Fix {
    let (key, value) = (format!("overwrite:header.{HEADER}"), "$context.identity.sourceIp");
    let mut fix = Fix::new(format!("hand the client's address on in {HEADER}, and let the rules go by it"), Risk::Safe, Vec::new());
    let behind = deployment.integration_readers().items.into_iter().filter(|(_, listener)| listener.load_balancer_arn == lb.arn);
    for (integration, _) in behind {
        fix.change.push(remedy::set(&["integrations", "known", &integration.id, "request_parameters", &key], json!(value)));
        let arguments = format!("--request-parameters {}", quote(&json!({&key: value}).to_string()));
        fix = fix.cli(update_integration(deployment, &integration.id, &arguments));
    }
    fix = then_deploy(deployment, fix);
    for (index, rule) in rules {
        let index = index.to_string();
        let at = ["web_acls", &lb.arn, "known", "rules", &index];
        if counts_sources(rule) {
            fix.change.push(remedy::set(&[&at[..], &["rate_key"]].concat(), json!("FORWARDED_IP")));
        }
        if compares_sources(rule) {
            fix.change.push(remedy::set(&[&at[..], &["forwarded_ip"]].concat(), json!(true)));
        }
        fix = fix.console(format!(
            "WAF & Shield: Web ACLs → {} → Rules → {} → Edit → IP address in header → {HEADER}, match for missing IP: no match",
            acl.name, rule.name
        ));
    }
    fix
}
