//! A rule would take the request, but its host condition does not match the Host that arrives, or may not.

use super::asked::{Asked, Landing, asked};
use super::new_rule::{drop_conditions, mapping};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Condition, Rule};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::semantics::mapping::HostHeader;
use crate::semantics::rules::{Match, glob};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

/// The mapping that decides which Host the load balancer sees.
const MAPPING: &str = "overwrite:header.host";

static META: Meta = Meta {
    id: "rule-host-mismatch",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the Host that arrives does not match the host condition of the listener's rule",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets, Part::Api, Part::LoadBalancers],
    symptoms: &[Symptom::LbFixedResponse],
    refines: &["default-action-fixed-response"],
    since: "0.1.0",
    page: include_str!("rule_host_mismatch.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RuleHostMismatch;

impl Check for RuleHostMismatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| look(deployment, out, &asked));
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, asked: &Asked<'_>) -> Result<(), Gap> {
    let landing = asked.landing(deployment)?;
    let port = asked.listener.port;
    let Some(refusal) = landing.refusal() else {
        out.fine(landing.subject(), format!("listener {port} refuses nothing by default, whatever the Host"));
        return Ok(());
    };
    let missed = if landing.takes_default() {
        let excludes = |rule: &&Rule| rule.conditions.iter().any(|condition| is_host(condition) && landing.says(condition) == Match::No);
        landing.forwarding_rules().find(|rule| excludes(rule) && landing.rest_holds(rule, is_host))
    } else if landing.may_take_default() {
        let open = landing.forwarding_rules().find(|rule| landing.hangs_on_host(rule));
        match (open, landing.open_at(is_host)) {
            (None, Some(why)) => return Err(Gap::undecided(Part::Rules, why)),
            (open, _) => open,
        }
    } else {
        out.fine(landing.subject(), format!("a rule of listener {port} takes {} with the Host that is sent", asked.words()));
        return Ok(());
    };
    if let Some(rule) = missed {
        out.found(finding(deployment, asked, &landing, rule, refusal.status));
    }
    Ok(()) // no rule hangs on the Host alone: default-action-fixed-response and rule-path-mismatch speak
}

fn is_host(condition: &Condition) -> bool {
    matches!(condition, Condition::HostHeader { .. })
}

fn patterns(rule: &Rule) -> Vec<String> {
    let of = |condition: &Condition| match condition {
        Condition::HostHeader { values, .. } => values.clone(),
        _ => Vec::new(),
    };
    rule.conditions.iter().flat_map(of).collect()
}

fn regexes(rule: &Rule) -> Vec<String> {
    let of = |condition: &Condition| match condition {
        Condition::HostHeader { regexes, .. } => regexes.clone(),
        _ => Vec::new(),
    };
    rule.conditions.iter().flat_map(of).collect()
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, rule: &Rule, status: u16) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Rule, &rule.arn);
    let integration = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let name = rule.priority.map_or_else(|| "a rule".to_owned(), |priority| format!("rule {priority}"));
    let patterns = patterns(rule);
    let wanted = [&patterns[..], &regexes(rule)].concat().join(" or ");
    let open = !landing.takes_default();
    let arrives = match &asked.arrival.host {
        HostHeader::Known(host) => format!("{host} arrives"),
        HostHeader::Unknown => "which Host API Gateway sends is not documented".to_owned(),
    };
    let answer = ExpectedAnswer::load_balancer(Some(status), Symptom::LbFixedResponse);
    let mut effect = Effect::blocks_request(Phase::Rule, asked.index, if open { answer.inferred() } else { answer });
    effect.blocks = if open { Blocks::Some } else { Blocks::All };
    let sent = match asked.integration.mapping(MAPPING) {
        Some(value) => Evidence::found(integration, "RequestParameters.overwrite:header.host", value, source::GET_INTEGRATIONS),
        None => Evidence::absent(integration, "RequestParameters.overwrite:header.host", source::GET_INTEGRATIONS),
    };
    let mut finding =
        Finding::new(&META, subject.clone(), format!("{name} of listener {} is for the host {wanted}, and {arrives}", asked.listener.port))
            .severity(if open { Severity::Warning } else { Severity::Error })
            .confidence(match (open, may_be_default(deployment, asked, &patterns)) {
                (false, _) => Confidence::Certain,
                (true, false) => Confidence::Likely,
                (true, true) => Confidence::Possible,
            })
            .evidence(Evidence::found(subject, "Conditions.host-header", &wanted, source::DESCRIBE_RULES))
            .evidence(sent.expected("a constant that the rule's host condition matches"))
            .effect(effect);
    if let Some(name) = a_name(asked, &patterns) {
        finding = finding.fix(send(deployment, asked, &name));
    }
    // On a listener that only this API uses, the host says nothing.
    finding.fix(drop_conditions(deployment, asked.listener, rule, is_host, "take the rule's host condition away"))
}

/// Whether a pattern matches one of the names that sources say API Gateway sends when no mapping sets the Host.
fn may_be_default(deployment: &Deployment, asked: &Asked<'_>, patterns: &[String]) -> bool {
    let endpoint = deployment.api().ok().and_then(|api| api.endpoint.strip_prefix("https://"));
    let balancer = deployment.load_balancer(&asked.listener.load_balancer_arn).ok().flatten().map(|lb| lb.dns_name.as_str());
    let named = [endpoint, balancer, asked.integration.server_name()];
    named.into_iter().flatten().any(|name| patterns.iter().any(|pattern| glob(pattern, name, true)))
}

/// A Host that the rule matches: the secure server name if it does, else a pattern without wildcard, else one made of a pattern.
fn a_name(asked: &Asked<'_>, patterns: &[String]) -> Option<String> {
    let server_name = asked.integration.server_name().filter(|name| patterns.iter().any(|pattern| glob(pattern, name, true)));
    let plain = patterns.iter().find(|pattern| !pattern.contains(['*', '?'])).map(String::as_str);
    let made = || patterns.first().map(|pattern| pattern.replace('*', "api").replace('?', "a"));
    server_name.or(plain).map(str::to_owned).or_else(made)
}

fn send(deployment: &Deployment, asked: &Asked<'_>, name: &str) -> Fix {
    let mut all = asked.integration.request_parameters.clone();
    all.retain(|key, _| !key.eq_ignore_ascii_case(MAPPING));
    all.insert(MAPPING.to_owned(), name.to_owned());
    let change = vec![remedy::set(&["integrations", "known", &asked.integration.id, "request_parameters"], json!(all))];
    // The application sees the same Host: one that builds links from it, or checks it, has to agree.
    let fix = Fix::new(format!("send the Host {name}, which the application then sees, too"), Risk::Disruptive, change)
        .cli(update_integration(deployment, &asked.integration.id, &mapping(MAPPING, name)))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → all incoming requests: header.host, overwrite, {name}"));
    then_deploy(deployment, fix)
}
