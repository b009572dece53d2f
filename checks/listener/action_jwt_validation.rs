//! The load balancer itself verifies a token before it forwards, and the request that was asked about carries none.

use super::asked::{Asked, Landing, asked};
use super::login::{Guard, guard};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "action-jwt-validation",
    hop: Hop::Listener,
    severity: Severity::Warning,
    title: "the load balancer refuses requests without a valid token",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbUnauthorized],
    refines: &[],
    since: "0.1.0",
    page: include_str!("action_jwt_validation.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ActionJwtValidation;

impl Check for ActionJwtValidation {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let landing = asked.landing(deployment)?;
            match guard(&landing, &["jwt-validation"]) {
                Some(guard) => out.found(finding(deployment, &asked, &landing, &guard)),
                None => out.fine(landing.subject(), format!("listener {} asks {} for no token", asked.listener.port, asked.words())),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, guard: &Guard<'_>) -> Finding {
    // That it rejects is documented, the status is not. A client may well send a token: the one that was asked about sends none.
    let answer = ExpectedAnswer::load_balancer(Some(401), Symptom::LbUnauthorized).inferred();
    let summary = format!("{} takes {} and validates a token, which the request does not carry", guard.words(landing), asked.words());
    let finding = guard.finding(&META, asked, landing, summary, answer);
    let confidence = finding.confidence.min(Confidence::Likely);
    guard.bypass(deployment, asked, landing, "a token").into_iter().fold(finding.confidence(confidence), Finding::fix)
}
