//! The load balancer sends whoever has no session to a login page, before it forwards anything.

use super::asked::{Asked, Landing, asked};
use super::login::{Guard, guard};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "action-authenticate",
    hop: Hop::Listener,
    severity: Severity::Error,
    title: "the load balancer asks for a login before it forwards",
    phase: Some(Phase::Rule),
    needs: &[Part::Stages, Part::Routes, Part::Integrations, Part::Listeners, Part::Rules, Part::TargetGroups, Part::TargetHealth],
    optional: &[Part::VpcLinks, Part::NetworkInterfaces, Part::Subnets],
    symptoms: &[Symptom::LbRedirect, Symptom::LbUnauthorized, Symptom::LbInternalError],
    refines: &[],
    since: "0.1.0",
    page: include_str!("action_authenticate.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct ActionAuthenticate;

impl Check for ActionAuthenticate {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        out.over(asked(deployment), |out, asked| {
            let landing = asked.landing(deployment)?;
            match guard(&landing, &["authenticate-oidc", "authenticate-cognito"]) {
                Some(guard) => out.found(finding(deployment, &asked, &landing, &guard)),
                None => out.fine(landing.subject(), format!("listener {} asks {} for no login", asked.listener.port, asked.words())),
            }
            Ok(())
        });
        Ok(())
    }
}

fn finding(deployment: &Deployment, asked: &Asked<'_>, landing: &Landing<'_>, guard: &Guard<'_>) -> Finding {
    let denied = guard.on_unauthenticated == Some("deny");
    let (what, answer) = if denied {
        ("refuses it without a session", ExpectedAnswer::load_balancer(Some(401), Symptom::LbUnauthorized))
    } else {
        ("sends it to the login page of the identity provider", ExpectedAnswer::load_balancer(Some(302), Symptom::LbRedirect))
    };
    let summary = format!("{} takes {} and {what}", guard.words(landing), asked.words());
    let finding = guard.finding(&META, asked, landing, summary, answer);
    guard.bypass(deployment, asked, landing, "a login").into_iter().fold(finding, Finding::fix)
}
