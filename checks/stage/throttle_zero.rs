//! A limit of zero lets no request through.

use super::asked::asked_stages;
use super::throttling::Limits;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Stage;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "throttle-zero",
    hop: Hop::Stage,
    severity: Severity::Error,
    title: "a limit of zero lets no request through",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages, Part::Routes],
    optional: &[],
    symptoms: &[Symptom::GatewayTooManyRequests],
    refines: &[],
    since: "0.1.0",
    page: include_str!("throttle_zero.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ThrottleZero;

impl Check for ThrottleZero {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let asked: Vec<&str> = asked_stages(deployment)?.into_iter().map(|stage| stage.name.as_str()).collect();
        for stage in deployment.stages()?.values() {
            let severity = if asked.contains(&stage.name.as_str()) { META.severity } else { Severity::Info };
            out.each(|out| look(deployment, out, stage, severity));
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, stage: &Stage, severity: Severity) -> Result<(), Gap> {
    let subject = Subject::new(SubjectKind::Stage, &stage.name);
    let mut closed = Vec::new();
    if stage.route_settings.is_empty() {
        let zero = Limits::by_default(stage).filter(Limits::is_zero);
        closed.extend(zero.map(|limits| (limits, subject.clone(), format!("every request to stage {}", stage.name))));
    } else {
        // Some routes have settings of their own: each is judged by what holds for it.
        for route in deployment.routes()?.values() {
            let zero = Limits::of(stage, &route.key).filter(Limits::is_zero);
            let route = Subject::new(SubjectKind::Route, &route.key);
            closed.extend(zero.map(|limits| (limits, route.clone(), format!("every request that {route} takes on stage {}", stage.name))));
        }
    }
    if closed.is_empty() {
        out.fine(subject.clone(), format!("no limit of stage {} is zero", stage.name));
    }
    for (limits, closed, what) in closed {
        // That zero stops everything is seen in the field, not documented.
        let answer = ExpectedAnswer::gateway(Some(429), Symptom::GatewayTooManyRequests).inferred();
        let effect = Effect::blocks_all(Phase::Edge, subject.clone(), answer);
        let mut finding = Finding::new(&META, closed.clone(), format!("{what} is refused: its limits are {}", limits.words()))
            .severity(severity)
            .confidence(Confidence::Likely)
            .evidence(limits.evidence("both above zero, or not set"))
            .effect(if closed == subject { effect } else { effect.and_through(closed) });
        finding.fixes.push(limits.raise(deployment));
        out.found(finding);
    }
    Ok(())
}
