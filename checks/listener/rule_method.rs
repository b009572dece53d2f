//! A rule would take the request, but not with this method.

use super::asked::{Asked, asked};
use super::missed::{Missed, missed};
use super::new_rule::{change_conditions, drop_conditions, has_room};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Evidence, Finding, Fix, Risk, Severity};
use crate::model::balancing::Condition;
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

static META: Meta = Meta {
    id: "rule-method",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the rule that would take the request is for other methods",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbFixedResponse],
    refines: &["default-action-fixed-response"],
    since: "0.1.0",
    page: include_str!("rule_method.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RuleMethod;

impl Check for RuleMethod {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let landing = asked.landing(deployment)?;
            if let Some(missed) = missed(out, &asked, &landing, is_method, "method")? {
                out.found(finding(deployment, &asked, &missed));
            }
            Ok(())
        });
        Ok(())
    }
}

fn is_method(condition: &Condition) -> bool {
    matches!(condition, Condition::HttpRequestMethod { .. })
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, missed: &Missed<'_>) -> Finding {
    let of = |condition: &Condition| match condition {
        Condition::HttpRequestMethod { values } => values.clone(),
        _ => Vec::new(),
    };
    let wanted: Vec<String> = missed.rule.conditions.iter().flat_map(of).collect();
    let method = &asked.arrival.method;
    let summary = format!("{} is for {}, and {method} arrives", missed.words(asked), wanted.join(", "));
    let mut finding = missed.finding(&META, asked, summary).evidence(
        Evidence::found(missed.subject(), "Conditions.http-request-method", wanted.join(", "), source::DESCRIBE_RULES).expected(method),
    );
    if *method != asked.request.method {
        let integration = Subject::new(SubjectKind::Integration, &asked.integration.id);
        finding = finding.evidence(Evidence::found(integration, "IntegrationMethod", method, source::GET_INTEGRATIONS).expected("ANY"));
        if wanted.contains(&asked.request.method) {
            finding = finding.fix(pass_on(deployment, asked));
        }
    }
    finding.fix(take_it(deployment, asked, missed, &wanted))
}

/// The client's method is the right one, and the integration makes another one of it.
fn pass_on(deployment: &Deployment, asked: &Asked<'_>) -> Fix {
    let id = &asked.integration.id;
    let change = remedy::set(&["integrations", "known", id, "method"], json!("ANY"));
    let fix = Fix::new("pass the client's method on", Risk::Disruptive, vec![change])
        .cli(update_integration(deployment, id, "--integration-method ANY"))
        .console(format!("{CONSOLE_INTEGRATION} → HTTP method: ANY"));
    then_deploy(deployment, fix)
}

/// A rule holds five values: where there is no room for another one, the condition goes.
fn take_it(deployment: &Deployment, asked: &Asked<'_>, missed: &Missed<'_>, wanted: &[String]) -> Fix {
    let (rule, method) = (missed.rule, &asked.arrival.method);
    if !has_room(rule) {
        return drop_conditions(deployment, asked.listener, rule, is_method, "take the rule's method condition away");
    }
    let mut conditions = rule.conditions.clone();
    for condition in conditions.iter_mut().filter(|condition| is_method(condition)) {
        *condition = Condition::HttpRequestMethod { values: [wanted, std::slice::from_ref(method)].concat() };
    }
    change_conditions(deployment, asked.listener, rule, &conditions, format!("let the rule take {method}, too"))
}
