//! The route asks for a signed request, and the request is not signed.

use super::guard::{Taken, taken, url};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Fix, Risk, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::Subject;
use crate::source;
use crate::steps::quote;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "route-needs-iam",
    hop: Hop::Route,
    // IAM does its work: no fault of the chain, but the reason of this answer.
    severity: Severity::Info,
    title: "the route asks for a signed request, and the request is not signed",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Stages],
    symptoms: &[Symptom::GatewayForbidden],
    refines: &[],
    since: "0.1.0",
    page: include_str!("route_needs_iam.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RouteNeedsIam;

impl Check for RouteNeedsIam {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for taken in taken(deployment)? {
            let key = &taken.route.key;
            if taken.route.authorization_type != "AWS_IAM" {
                out.fine(taken.subject(), format!("route {key} asks for no signature"));
            } else if taken.is_preflight(deployment) == Some(true) {
                // API Gateway answers itself; where $default catches it, cors-preflight-authorized speaks.
            } else if taken.request.carries("authorization") {
                out.fine(taken.subject(), format!("route {key} asks for a signature, and the request carries the header Authorization"));
            } else {
                out.found(finding(deployment, &taken));
            }
        }
        Ok(())
    }
}

fn finding(deployment: &Deployment, taken: &Taken<'_>) -> Finding {
    let answer = ExpectedAnswer::gateway(Some(403), Symptom::GatewayForbidden);
    let summary = format!("route {} asks for a signature of IAM, and {} is asked without one", taken.route.key, taken.words());
    // A preflight request is answered without authorization where CORS is configured; a signature may also stand in the query string.
    let open = taken.is_preflight(deployment).is_none() || taken.request.path.contains("X-Amz-Signature");
    let mut finding = Finding::new(&META, Subject::request(&taken.request.method, taken.request.bare_path()), summary)
        .confidence(if open { Confidence::Likely } else { Confidence::Certain })
        .evidence(Evidence::found(taken.subject(), "AuthorizationType", "AWS_IAM", source::GET_ROUTES))
        .evidence(Evidence::absent(Subject::request(&taken.request.method, taken.request.bare_path()), "Authorization", source::REQUEST))
        .effect(Effect::blocks_request(Phase::Edge, taken.index, answer))
        .fix(sign(deployment, taken));
    finding.fixes.extend(taken.open(deployment));
    finding
}

/// Asks with a signature, made by curl from the credentials in the environment.
fn sign(deployment: &Deployment, taken: &Taken<'_>) -> Fix {
    let provider = quote(&format!("aws:amz:{}:execute-api", deployment.region()));
    let identity = "--user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" --header \"X-Amz-Security-Token: $AWS_SESSION_TOKEN\"";
    let url = quote(&url(deployment, taken.request));
    let line = format!("curl -i -X {} --aws-sigv4 {provider} {identity} {url}", quote(&taken.request.method));
    Fix::new("sign the request, as an identity that may execute-api:Invoke", Risk::Safe, Vec::new()).cli(line)
}
