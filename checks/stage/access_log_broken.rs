//! The access log goes to a log group that does not exist.

use super::access_log::{group_name, region_of, write_log};
use super::asked::asked_stages;
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::gateway::Stage;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::remedy;
use crate::source;
use crate::steps::{aws, quote};
use serde_json::json;

static META: Meta = Meta {
    id: "access-log-broken",
    hop: Hop::Stage,
    severity: Severity::Warning,
    title: "the access log goes to a log group that does not exist",
    phase: None,
    needs: &[Part::Stages, Part::LogGroups],
    optional: &[],
    symptoms: &[],
    refines: &[],
    since: "0.1.0",
    page: include_str!("access_log_broken.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct AccessLogBroken;

impl Check for AccessLogBroken {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for stage in asked_stages(deployment)? {
            out.each(|out| look(deployment, out, stage));
        }
        Ok(())
    }
}

fn look(deployment: &Deployment, out: &mut Outcome, stage: &Stage) -> Result<(), Gap> {
    let Some(arn) = stage.access_log.as_ref().and_then(|log| log.destination_arn.as_deref()) else {
        return Ok(()); // access-log-off reports it
    };
    let Some(group) = group_name(arn) else {
        return Ok(()); // a delivery stream is not looked at
    };
    let subject = Subject::new(SubjectKind::Stage, &stage.name);
    if region_of(arn) != Some(deployment.region()) {
        out.found(elsewhere(deployment, stage, subject, arn));
    } else if deployment.log_group_exists(arn)? {
        out.fine(subject, format!("log group {group} exists"));
    } else {
        out.found(gone(deployment, stage, subject, (arn, group)));
    }
    Ok(())
}

fn finding(stage: &Stage, subject: Subject, arn: &str, why: &str) -> Finding {
    // That nothing is written then is inferred: AWS does not say what becomes of such lines.
    Finding::new(
        &META,
        subject.clone(),
        format!("the access log of stage {} goes to a log group {why}: it is most likely lost", stage.name),
    )
    .confidence(Confidence::Likely)
    .evidence(Evidence::found(subject.clone(), "AccessLogSettings.DestinationArn", arn, source::GET_STAGES))
    .effect(Effect::weakens(Phase::Edge, subject))
}

fn gone(deployment: &Deployment, stage: &Stage, subject: Subject, (arn, group): (&str, &str)) -> Finding {
    let create = Fix::new(
        format!("create the log group {group} again"),
        Risk::Safe,
        vec![remedy::set(&["log_groups", arn], json!({"known": true}))],
    )
    .cli(aws(deployment, &format!("logs create-log-group --log-group-name {}", quote(group))))
    .console(format!("CloudWatch: Logs → Log groups → Create → {group}"));
    finding(stage, subject.clone(), arn, "that does not exist")
        .evidence(Evidence::absent(subject, "logGroupName", source::DESCRIBE_LOG_GROUPS).expected(group))
        .fix(create)
}

fn elsewhere(deployment: &Deployment, stage: &Stage, subject: Subject, arn: &str) -> Finding {
    let region = region_of(arn).unwrap_or_default();
    let title = format!("write the access log of stage {} to a log group in {}", stage.name, deployment.region());
    finding(stage, subject, arn, &format!("in another Region, {region}")).fix(write_log(deployment, stage, title, Risk::Disruptive))
}
