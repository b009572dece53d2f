//! The route asks for a token, and the request brings none.

use super::guard::{Taken, taken};
use crate::check::{Check, Hop, Meta, Outcome, Phase};
use crate::finding::{Confidence, Effect, Evidence, ExpectedAnswer, Finding, Severity};
use crate::model::deployment::Deployment;
use crate::model::fetched::Gap;
use crate::model::part::Part;
use crate::model::subject::Subject;
use crate::source;
use crate::symptom::Symptom;

static META: Meta = Meta {
    id: "route-needs-jwt",
    hop: Hop::Route,
    // The authorizer does its work: no fault of the chain, but the reason of this answer.
    severity: Severity::Info,
    title: "the route asks for a token, and the request brings none",
    phase: Some(Phase::Edge),
    needs: &[Part::Routes],
    optional: &[Part::Api, Part::Authorizers, Part::Stages],
    symptoms: &[Symptom::GatewayUnauthorized],
    refines: &[],
    since: "0.1.0",
    page: include_str!("route_needs_jwt.md"),
};

/// The check; its [`Meta`] says what is fixed about it.
#[derive(Debug)]
pub struct RouteNeedsJwt;

impl Check for RouteNeedsJwt {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn examine(&self, deployment: &Deployment, out: &mut Outcome) -> Result<(), Gap> {
        for taken in taken(deployment)? {
            let key = &taken.route.key;
            if taken.route.authorization_type != "JWT" {
                out.fine(taken.subject(), format!("route {key} asks for no JSON Web Token"));
                continue;
            }
            if taken.is_preflight(deployment) == Some(true) {
                continue; // API Gateway answers itself; where $default catches it, cors-preflight-authorized speaks
            }
            // The authorizer says where it looks; where that was not read, it is the usual place.
            let missing = taken.missing_identity(deployment);
            let place = missing.as_ref().map_or(Some(USUAL), |places| places.first().copied());
            match place {
                Some(_) if missing.is_err() && taken.request.carries("authorization") => {
                    out.fine(taken.subject(), format!("route {key} asks for a token, and the request carries the header Authorization"));
                }
                Some(place) => out.found(finding(deployment, &taken, place, missing.is_ok())),
                None => out.fine(taken.subject(), format!("route {key} asks for a token, and the request has one where it looks")),
            }
        }
        Ok(())
    }
}

/// Where a JWT authorizer usually looks for the token.
const USUAL: &str = "$request.header.Authorization";

fn finding(deployment: &Deployment, taken: &Taken<'_>, place: &str, known: bool) -> Finding {
    let words = taken.words();
    let answer = ExpectedAnswer::gateway(Some(401), Symptom::GatewayUnauthorized);
    let summary = format!("route {} asks for a token, and {words} is asked without one", taken.route.key);
    // A preflight request is answered without the authorizer where CORS is configured; a token may also stand in the query string.
    let open = taken.is_preflight(deployment).is_none() || (!known && taken.request.path.contains('?'));
    let mut finding = Finding::new(&META, Subject::request(&taken.request.method, taken.request.bare_path()), summary)
        .confidence(if open { Confidence::Likely } else { Confidence::Certain })
        .evidence(Evidence::found(taken.subject(), "AuthorizationType", "JWT", source::GET_ROUTES))
        .evidence(
            Evidence::absent(Subject::request(&taken.request.method, taken.request.bare_path()), "header or query string", source::REQUEST)
                .expected(place),
        )
        .effect(Effect::blocks_request(Phase::Edge, taken.index, answer))
        .fix(taken.with_identity(deployment, "send a token", place, "Bearer TOKEN"));
    finding.fixes.extend(taken.open(deployment));
    finding
}
