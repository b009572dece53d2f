//! The API has no stage, so nothing of it is served.

use super::new_stage::create_default_stage;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "no-stage",
    hop: Hop::Stage,
    severity: Severity::Error,
    title: "the API has no stage",
    phase: Some(Phase::Edge),
    needs: &[Part::Stages],
    optional: &[],
    symptoms: &[Symptom::GatewayNotFound],
    refines: &[],
    since: "0.1.0",
    page: include_str!("no_stage.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct NoStage;

impl Check for NoStage {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        let stages = deployment.stages()?;
        let subject = Subject::new(SubjectKind::Api, deployment.api_id());
        if !stages.is_empty() {
            let names: Vec<&str> = stages.keys().map(String::as_str).collect();
            out.fine(subject, format!("the API has a stage: {}", names.join(", ")));
            return Ok(());
        }
        let answer = ExpectedAnswer::gateway(Some(404), Symptom::GatewayNotFound);
        out.found(
            Finding::new(&META, subject.clone(), "the API has no stage, so nothing of it is served")
                .evidence(Evidence::absent(subject.clone(), "StageName", source::GET_STAGES).expected("at least one stage"))
                .effect(Effect::blocks_all(Phase::Edge, subject, answer))
                .fix(create_default_stage(deployment)),
        );
        Ok(())
    }
}
