//! A limit so low that few callers at once go beyond it.

use super::throttling::Limits;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::semantics::routes;
use crate::symptom::Symptom;

/// Below these a page that loads some things at once, or a health check beside a little traffic, is refused.
/// A choice of this doctor, not a number of AWS.
const LOW_RATE: f64 = 10.0;
const LOW_BURST: u32 = 5;

static META: Meta = Meta {
    id: "throttle-low",
    hop: Hop::Stage,
    severity: Severity::Warning,
    title: "a limit is so low that few callers at once go beyond it",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages, Part::Routes],
    optional: &[],
    symptoms: &[Symptom::GatewayTooManyRequests],
    refines: &[],
    since: "0.1.0",
    page: include_str!("throttle_low.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ThrottleLow;

impl Check for ThrottleLow {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let all = deployment.routes()?;
        for request in deployment.requests() {
            let Some(stage) = deployment.stage_for(request)? else { continue }; // no-stage or no-default-stage reports it
            let Some(chosen) = routes::select(all, &request.method, request.bare_path()).chosen else {
                continue; // route-missing and its like report it
            };
            let key = &chosen.route.key;
            match Limits::of(stage, key) {
                Some(limits) if limits.is_zero() => {} // throttle-zero reports it
                Some(limits) if is_low(&limits) => report(deployment, out, key, &limits),
                Some(limits) => {
                    out.fine(Subject::new(SubjectKind::Route, key), format!("route {key} has limits that are not low: {}", limits.words()))
                }
                None => out.fine(Subject::new(SubjectKind::Stage, &stage.name), format!("only the account's limits hold for route {key}")),
            }
        }
        Ok(())
    }
}

fn is_low(limits: &Limits<'_>) -> bool {
    let settings = limits.settings;
    settings.rate_limit.is_some_and(|rate| rate < LOW_RATE) || settings.burst_limit.is_some_and(|burst| burst < LOW_BURST)
}

/// Once per route, however many requests it takes.
fn report(deployment: &Deployment, out: &mut Outcome, key: &str, limits: &Limits<'_>) {
    let subject = Subject::new(SubjectKind::Route, key);
    if out.findings.iter().any(|finding| finding.subject == subject) {
        return;
    }
    let stage = Subject::new(SubjectKind::Stage, &limits.stage.name);
    let answer = ExpectedAnswer::gateway(Some(429), Symptom::GatewayTooManyRequests);
    let summary = format!("stage {} lets route {key} take {}; what goes beyond is refused", limits.stage.name, limits.words());
    let mut finding = Finding::new(&META, subject.clone(), summary)
        // How many requests come is not known.
        .confidence(Confidence::Likely)
        .evidence(limits.evidence("more than callers send at once"))
        .effect(Effect::blocks_some(Phase::Edge, stage, answer).and_through(subject));
    finding.fixes.push(limits.raise(deployment));
    out.found(finding);
}
