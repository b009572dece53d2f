//! The request lacks what the Lambda authorizer is told to look at, so the function is not even called.

use super::guard::{Taken, taken};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::{Subject, SubjectKind};
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "lambda-authorizer-identity-missing",
    hop: Hop::Route,
    // The authorizer does its work: no fault of the chain, but the reason of this answer.
    severity: Severity::Info,
    title: "the request lacks what the Lambda authorizer looks at",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes, Part::Authorizers],
    optional: &[Part::Api, Part::Stages],
    symptoms: &[Symptom::GatewayUnauthorized],
    // Where nobody calls the function, it does not matter whether it could be called.
    refines: &["lambda-authorizer-broken"],
    since: "0.1.0",
    page: include_str!("lambda_authorizer_identity_missing.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct LambdaAuthorizerIdentityMissing;

impl Check for LambdaAuthorizerIdentityMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for taken in taken(deployment)? {
            let key = &taken.route.key;
            if taken.route.authorization_type != "CUSTOM" {
                out.fine(taken.subject(), format!("no Lambda authorizer stands before route {key}"));
                continue;
            }
            if taken.is_preflight(deployment) == Some(true) {
                continue; // API Gateway answers itself; where $default catches it, cors-preflight-authorized speaks
            }
            out.each(|out| {
                let missing = taken.missing_identity(deployment)?;
                match missing.first() {
                    Some(first) => out.found(finding(deployment, &taken, &missing, first)),
                    None => out.fine(taken.subject(), format!("the request has everything that the authorizer of route {key} looks at")),
                }
                Ok(())
            });
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, taken: &Taken<'_>, missing: &[&str], first: &str) -> Finding {
    let request = Subject::request(&taken.request.method, taken.request.bare_path());
    let answer = ExpectedAnswer::gateway(Some(401), Symptom::GatewayUnauthorized);
    let places = missing.join(", ");
    let summary = format!("the authorizer of route {} looks at {places}, and {} has nothing there", taken.route.key, taken.words());
    let id = taken.route.authorizer_id.as_deref().unwrap_or_default();
    let mut finding = Finding::new(&META, request.clone(), summary)
        // A preflight request is answered without the authorizer where CORS is configured.
        .confidence(if taken.is_preflight(deployment).is_none() { Confidence::Likely } else { Confidence::Certain })
        .evidence(Evidence::found(taken.subject(), "AuthorizationType", "CUSTOM", source::GET_ROUTES))
        .evidence(Evidence::found(Subject::new(SubjectKind::Authorizer, id), "IdentitySource", &places, source::GET_AUTHORIZERS))
        .evidence(Evidence::absent(request, "header or query string", source::REQUEST).expected(&places))
        .effect(Effect::blocks_request(Phase::Edge, taken.index, answer))
        .fix(taken.with_identity(deployment, "send what the authorizer looks at", first, "VALUE"));
    finding.fixes.extend(taken.open(deployment));
    finding
}
