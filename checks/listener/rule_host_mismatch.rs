//! A rule would take the request, but its host condition does not match the Host that the integration sends.

use super::asked::{Asked, Landing, asked};
use super::host::{ByHost, MAPPING, a_name, by_host, drop_condition, patterns, send};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Blocks, Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::balancing::Rule;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::mapping::HostHeader;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "rule-host-mismatch",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the Host that arrives does not match the host condition of the listener's rule",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
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
    if asked.integration.mapping(MAPPING).is_none() {
        return Ok(()); // which Host is sent then is not documented: host-not-what-rules-expect speaks
    }
    match by_host(&landing)? {
        ByHost::Taken => {
            out.fine(landing.subject(), format!("a rule of listener {port} takes {} with the Host that is sent", asked.words()))
        }
        ByHost::Missed(rule) => out.found(finding(deployment, asked, &landing, rule, refusal.status)),
        ByHost::Otherwise => {} // default-action-fixed-response and rule-path-mismatch speak
    }
    Ok(())
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, rule: &Rule, status: u16) -> Finding {
    let subject = Subject::from_arn(SubjectKind::Rule, &rule.arn);
    let integration = Subject::new(SubjectKind::Integration, &asked.integration.id);
    let name = rule.priority.map_or_else(|| "a rule".to_owned(), |priority| format!("rule {priority}"));
    let patterns = patterns(rule);
    let wanted = patterns.join(" or ");
    let open = !landing.takes_default();
    let arrives = match &asked.arrival.host {
        HostHeader::Known(host) => format!("{host} arrives"),
        HostHeader::Unknown => "the Host that the integration sends differs from request to request".to_owned(),
    };
    let answer = ExpectedAnswer::load_balancer(Some(status), Symptom::LbFixedResponse);
    let mut effect = Effect::blocks_request(Phase::Rule, asked.index, if open { answer.inferred() } else { answer });
    effect.blocks = if open { Blocks::Some } else { Blocks::All };
    let sent = asked.integration.mapping(MAPPING).unwrap_or_default();
    let mut finding =
        Finding::new(&META, subject.clone(), format!("{name} of listener {} is for the host {wanted}, and {arrives}", asked.listener.port))
            .severity(if open { Severity::Warning } else { Severity::Error })
            .confidence(if open { Confidence::Possible } else { Confidence::Certain })
            .evidence(Evidence::found(subject, "Conditions.host-header", &wanted, source::DESCRIBE_RULES))
            .evidence(
                Evidence::found(integration, "RequestParameters.overwrite:header.host", sent, source::GET_INTEGRATIONS)
                    .expected("a constant that the rule's host condition matches"),
            )
            .effect(effect);
    if let Some(name) = a_name(asked, &patterns) {
        finding = finding.fix(send(deployment, asked, &name));
    }
    finding.fix(drop_condition(deployment, asked, rule))
}
