//! The listener's rule is for a host, and the integration leaves the Host to API Gateway.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::listener::asked::{Asked, asked};
use crate::listener::host::{ByHost, MAPPING, a_name, by_host, drop_condition, may_be_default, patterns, send};
use crate::model::balancing::Rule;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "host-not-what-rules-expect",
    hop: Hop::Integration,
    severity: Severity::Warning,
    title: "the listener's rule is for a host, and the integration does not say which Host it sends",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets, Part::Api, Part::LoadBalancers],
    symptoms: &[Symptom::LbFixedResponse],
    refines: &["default-action-fixed-response"],
    since: "0.1.0",
    page: include_str!("host_not_what_rules_expect.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct HostNotWhatRulesExpect;

impl Check for HostNotWhatRulesExpect {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| look(deployment, out, &asked));
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, asked: &Asked<'_>) -> Result<(), Gap> {
    let subject = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let port = asked.listener.port;
    if asked.integration.mapping(MAPPING).is_some() {
        out.fine(subject, format!("integration {} says which Host it sends", asked.integration.id));
        return Ok(()); // whether it is the right one is for rule-host-mismatch
    }
    let landing = asked.landing(deployment)?;
    let Some(refusal) = landing.refusal() else {
        out.fine(subject, format!("listener {port} refuses nothing by default, whatever the Host"));
        return Ok(());
    };
    match by_host(&landing)? {
        ByHost::Taken => out.fine(subject, format!("a rule of listener {port} takes {}, whatever the Host", asked.words())),
        ByHost::Missed(rule) => out.found(finding(deployment, asked, rule, refusal.status)),
        ByHost::Otherwise => {} // default-action-fixed-response and rule-path-mismatch speak
    }
    Ok(())
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, rule: &Rule, status: u16) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let at = Subject::from_arn(SubjectKind::Rule, &rule.arn);
    let name = rule.priority.map_or_else(|| "a rule".to_owned(), |priority| format!("rule {priority}"));
    let patterns = patterns(rule);
    let wanted = patterns.join(" or ");
    let summary = format!(
        "{name} of listener {} is for the host {wanted}, and which Host integration {} sends is not documented",
        asked.listener.port, asked.integration.id
    );
    let answer = ExpectedAnswer::load_balancer(Some(status), Symptom::LbFixedResponse).inferred();
    let mut effect = Effect::blocks_request(Phase::Rule, asked.index, answer);
    effect.blocks = Blocks::Some;
    let known = may_be_default(deployment, asked, &patterns);
    let mut finding = Finding::new(&META, subject.clone(), summary)
        .confidence(if known { Confidence::Possible } else { Confidence::Likely })
        .evidence(
            Evidence::absent(subject, "RequestParameters.overwrite:header.host", source::GET_INTEGRATIONS)
                .expected("a constant that the rule's host condition matches"),
        )
        .evidence(Evidence::found(at, "Conditions.host-header", &wanted, source::DESCRIBE_RULES))
        .effect(effect);
    if let Some(name) = a_name(asked, &patterns) {
        finding = finding.fix(send(deployment, asked, &name));
    }
    finding.fix(drop_condition(deployment, asked, rule))
}
