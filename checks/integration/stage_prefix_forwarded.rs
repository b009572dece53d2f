//! A named stage's name stays in the path that a private integration sends to the load balancer.

use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::balancing::{Action, Condition, Rule};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::{DEFAULT_STAGE, Integration, Stage};
use crate::model::part::Part;
use crate::model::request::Request;
use crate::model::subject::{Subject, SubjectKind};
use crate::model::walks::forwards_to;
use crate::remedy;
use crate::semantics::mapping::arrival;
use crate::semantics::routes::{self, RouteMatch};
use crate::semantics::rules::{Evaluation, evaluate};
use crate::source;
use crate::steps::{CONSOLE_INTEGRATION, quote, then_deploy, update_integration};
use crate::symptom::Symptom;
use serde_json::json;

/// The mapping that takes the stage's name out again.
const MAPPING: (&str, &str) = ("overwrite:path", "$request.path");

static META: Meta = Meta {
    id: "stage-prefix-forwarded",
    hop: Hop::Integration,
    severity: Severity::Warning,
    title: "the stage's name stays in the path that the backend gets",
    phase: Some(Phase::Rule), // the earliest moment: when the listener's rules miss
    needs: &[Part::Stages, Part::Routes, Part::Integrations],
    optional: &[Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    symptoms: &[Symptom::TargetAnswer, Symptom::LbFixedResponse, Symptom::LbRedirect],
    refines: &["default-action-fixed-response", "rule-path-mismatch"],
    since: "0.1.0",
    page: include_str!("stage_prefix_forwarded.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct StagePrefixForwarded;

impl Check for StagePrefixForwarded {
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
    let Some(stage) = deployment.stage_for(request)? else { return Ok(()) }; // no-stage or no-default-stage reports it
    if stage.name == DEFAULT_STAGE {
        out.fine(Subject::new(SubjectKind::Stage, &stage.name), "stage $default adds nothing to the path");
        return Ok(());
    }
    let Some(route) = routes::select(deployment.routes()?, &request.method, request.bare_path()).chosen else {
        return Ok(()); // route-missing and its like report it
    };
    let integrations = deployment.integrations()?;
    let Some(integration) = route.route.integration_id().and_then(|id| integrations.get(id)) else {
        return Ok(()); // route-without-target reports it
    };
    if !integration.is_private() {
        return Ok(()); // only private integrations get the stage's name
    }
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    if let Some(mapping) = integration.mapping(MAPPING.0).filter(|mapping| !mapping.is_empty()) {
        out.fine(subject, format!("integration {} sets the path itself: {mapping}", integration.id));
        return Ok(());
    }
    let landing = Landing::of(deployment, request, stage, &route, integration);
    if let Some(finding) = landing.as_ref().and_then(|landing| diverted(landing, index, request, stage, integration)) {
        out.found(finding.fix(take_it_out(deployment, stage, integration)));
        return Ok(());
    }
    if let Some(who) = landing.and_then(|landing| landing.expected_by(deployment, &stage.name)) {
        out.fine(subject, format!("{who}, so /{} in the path is expected", stage.name));
        return Ok(());
    }
    let seen = |finding: &Finding| finding.subject == subject && finding.evidence.iter().any(|known| known.subject == stage_subject(stage));
    if !out.findings.iter().any(seen) {
        out.found(finding(request, stage, integration).fix(take_it_out(deployment, stage, integration)));
    }
    Ok(())
}

fn stage_subject(stage: &Stage) -> Subject {
    Subject::new(SubjectKind::Stage, &stage.name)
}

/// What the listener does with the request, with the stage's name before the path and without it.
struct Landing<'a> {
    with: Evaluation<'a>,
    without: Evaluation<'a>,
}

impl<'a> Landing<'a> {
    fn of(
        deployment: &'a Deployment,
        request: &Request,
        stage: &Stage,
        route: &RouteMatch,
        integration: &Integration,
    ) -> Option<Landing<'a>> {
        let named = deployment.listener_of(integration).ok()??;
        let listener = *deployment.read_by(named).ok()?.first()?;
        let rules: Vec<&'a Rule> = deployment.rules(listener).ok()?;
        let on = |stage: &str| evaluate(&rules, listener, &arrival(request, stage, route, integration), None);
        Some(Landing { with: on(&stage.name), without: on(DEFAULT_STAGE) })
    }

    /// Who shows that the prefix is expected: the rule that takes the request, or the health check of the group behind it.
    fn expected_by(&self, deployment: &Deployment, stage: &str) -> Option<String> {
        let prefix = format!("/{stage}");
        let prefixed = |path: &str| path.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']));
        for candidate in &self.with.candidates {
            if let Some(pattern) = candidate.rule.and_then(|rule| path_patterns(rule).find(|pattern| prefixed(pattern))) {
                return Some(format!("a rule of the listener takes {pattern}"));
            }
            for group in forwards_to(candidate.actions).filter_map(|arn| deployment.target_group(arn).ok()?) {
                if let Some(path) = group.health_check.path.as_deref().filter(|path| prefixed(path)) {
                    return Some(format!("target group {} is checked at {path}", group.name));
                }
            }
        }
        None
    }
}

fn path_patterns(rule: &Rule) -> impl Iterator<Item = &String> {
    let values = rule.conditions.iter().filter_map(|condition| match condition {
        Condition::PathPattern { values, .. } => Some(values),
        _ => None,
    });
    values.flatten()
}

/// The finding when the prefix is what makes the listener answer by itself instead of forwarding.
fn diverted(landing: &Landing<'_>, index: usize, request: &Request, stage: &Stage, integration: &Integration) -> Option<Finding> {
    let [with] = landing.with.candidates.as_slice() else { return None };
    let without = landing.without.candidates.first()?;
    forwards_to(without.actions).next()?;
    let answer = with.actions.iter().find_map(|action| match action {
        Action::FixedResponse { status, .. } => Some(ExpectedAnswer::load_balancer(Some(*status), Symptom::LbFixedResponse)),
        Action::Redirect { status, .. } => Some(ExpectedAnswer::load_balancer(Some(*status), Symptom::LbRedirect)),
        Action::Forward { .. } | Action::Authenticate { .. } | Action::Unknown { .. } => None,
    })?;
    let mut finding = finding(request, stage, integration)
        .severity(Severity::Error)
        .confidence(if without.certain { Confidence::Certain } else { Confidence::Likely })
        .effect(Effect::blocks_request(Phase::Rule, index, answer));
    let missed = landing.with.rejected.iter().filter(|(rule, _)| without.rule.is_some_and(|wanted| wanted.arn == rule.arn));
    for (rule, why) in missed {
        let subject = Subject::from_arn(SubjectKind::Rule, &rule.arn);
        finding = finding.evidence(Evidence::found(subject, "Conditions", why, source::DESCRIBE_RULES));
    }
    Some(finding)
}

fn finding(request: &Request, stage: &Stage, integration: &Integration) -> Finding {
    let subject = Subject::new(SubjectKind::Integration, &integration.id);
    let path = request.bare_path();
    let summary = format!("integration {} sends /{}{path} instead of {path} to the load balancer", integration.id, stage.name);
    // The application may serve these paths: then nothing is wrong. If it does not, the answer is its own.
    let effect = Effect::blocks_all(Phase::Target, stage_subject(stage), ExpectedAnswer::target().inferred()).and_through(subject.clone());
    Finding::new(&META, subject.clone(), summary)
        .confidence(Confidence::Likely)
        .evidence(Evidence::found(stage_subject(stage), "StageName", &stage.name, source::GET_STAGES))
        .evidence(Evidence::absent(subject, "RequestParameters.overwrite:path", source::GET_INTEGRATIONS).expected(MAPPING.1))
        .effect(effect)
}

fn take_it_out(deployment: &Deployment, stage: &Stage, integration: &Integration) -> Fix {
    let (key, value) = MAPPING;
    let change = vec![remedy::set(&["integrations", "known", &integration.id, "request_parameters", key], json!(value))];
    // Only the changed mapping: the others stay as they are, and their constant values may be secrets.
    let arguments = format!("--request-parameters {}", quote(&json!({key: value}).to_string()));
    // An application that expects the prefix would lose it, for every route of this integration.
    let fix = Fix::new(format!("send the path without /{}, unless the application expects it", stage.name), Risk::Disruptive, change)
        .cli(update_integration(deployment, &integration.id, &arguments))
        .console(format!("{CONSOLE_INTEGRATION} → Parameter mapping → all incoming requests: path, overwrite, {value}"));
    then_deploy(deployment, fix)
}
