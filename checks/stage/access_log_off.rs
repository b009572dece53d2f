//! The stage writes no access log, or one that does not tell who answered.

use super::access_log::{lacking, write_log};
use super::asked::asked_stages;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Effect, Evidence, Finding, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Stage;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;

static META: Meta = Meta {
    id: "access-log-off",
    hop: Hop::Stage,
    severity: Severity::Info,
    title: "the stage writes no access log that tells who answered",
    phase: None,
    needs: &[Part::Stages],
    optional: &[Part::LogGroups],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("access_log_off.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct AccessLogOff;

impl Check for AccessLogOff {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for stage in asked_stages(deployment)? {
            let subject = Subject::new(SubjectKind::Stage, &stage.name);
            let log = stage.access_log.as_ref().filter(|log| log.destination_arn.is_some());
            let Some(log) = log else {
                out.found(off(deployment, stage, subject));
                continue;
            };
            let missing = lacking(log.format.as_deref().unwrap_or_default());
            if missing.is_empty() {
                out.fine(subject, format!("stage {} writes an access log that tells who answered", stage.name));
            } else {
                out.found(silent(deployment, stage, subject, &missing));
            }
        }
        Ok(())
    }
}

fn off(deployment: &Deployment, stage: &Stage, subject: Subject) -> Finding {
    let summary = format!("stage {} writes no access log: after an error nobody can tell who answered, and why", stage.name);
    Finding::new(&META, subject.clone(), summary)
        .evidence(Evidence::absent(subject.clone(), "AccessLogSettings", source::GET_STAGES).expected("a log group and a format"))
        .effect(Effect::weakens(Phase::Edge, subject))
        .fix(write_log(deployment, stage, format!("write an access log on stage {}", stage.name), Risk::Safe))
}

fn silent(deployment: &Deployment, stage: &Stage, subject: Subject, missing: &[&str]) -> Finding {
    let lacks = missing.join(", ");
    let summary = format!("the access log of stage {} does not tell who answered: its format lacks {lacks}", stage.name);
    let format = stage.access_log.as_ref().and_then(|log| log.format.clone()).unwrap_or_default();
    // What reads the log now may depend on its format.
    let title = format!("write a format on stage {} that tells who answered", stage.name);
    Finding::new(&META, subject.clone(), summary)
        .evidence(
            Evidence::found(subject.clone(), "AccessLogSettings.Format", format, source::GET_STAGES).expected(format!("with {lacks}")),
        )
        .effect(Effect::weakens(Phase::Edge, subject))
        .fix(write_log(deployment, stage, title, Risk::Disruptive))
}
